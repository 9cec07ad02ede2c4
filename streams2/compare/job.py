"""What the process of one run is told, and what it answers: both as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from .measurements import Whereabouts
from .settings import Settings
from .timeline import Point

__all__ = ["Job", "Observed"]


@dataclass(frozen=True)
class Job:
    """One run of one variant.

    Attributes:
        module: the module with the variant's function.
        function: the function's name.
        endpoints: what it copies between: ``"streams"``, ``"asyncio"``, ``"iter"`` or
            ``"blocking"``.
        source: the path of the input.
        sink: the path of the output, which does not exist yet.
        size: of the input, in bytes.
        settings: as for every variant.
        patience: after how many seconds in which nothing moves a variant is given up.
    """

    module: str
    function: str
    endpoints: str
    source: str
    sink: str
    size: int
    settings: Settings
    patience: float

    @property
    def half(self) -> int:
        """After how many bytes a fault strikes."""
        return self.size // 2

    def as_json(self) -> str:
        """The job in one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        """The job that `as_json` wrote."""
        fields: dict[str, Any] = json.loads(text)
        return cls(**{**fields, "settings": Settings(**fields["settings"])})


@dataclass(frozen=True)
class Observed:
    """What the process saw of the run.

    Attributes:
        outcome: ``"completed"``, ``"raised"``, ``"uncaught"``, ``"hung"`` or ``"died"``, as of
            `FaultFound`.
        error: in words; None if it completed or hung.
        files_closed: whether neither file was open any more; None if nobody could look.
        bytes_held: read and not written when the outcome was known; None if nobody could count.
        seconds, cpu_seconds, peak_buffered_bytes, peak_rss_bytes, pauses, drains, timeline,
            at_peak: as of `Run`.
        bytes_read: from the source, when the outcome was known.
    """

    outcome: str
    error: str | None
    files_closed: bool | None
    bytes_held: int | None
    seconds: float
    cpu_seconds: float
    peak_buffered_bytes: int
    peak_rss_bytes: int | None
    pauses: int
    drains: int
    timeline: list[Point] = field(default_factory=list)
    bytes_read: int = 0
    at_peak: Whereabouts | None = None
