"""A comparison that is done, and the same as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from .inputs import Input
from .measurements import Measurement
from .noise import TOLERANCE
from .settings import Settings

__all__ = ["Report", "as_json"]


@dataclass(frozen=True)
class Report:
    """A comparison that is done.

    Attributes:
        source: what was copied.
        settings: how every variant was run.
        measurements: one for each variant.
        notes: what else a reader should know, a line each: a variant left out, say.
        trace: what the recorded small run of each variant came to, if there is one.
        form: in which form all variants ran, one of `FORMS`; None for what is usual.
        tolerance: which part is no difference between two times.
    """

    source: Input
    settings: Settings
    measurements: list[Measurement]
    notes: list[str] = field(default_factory=list)
    trace: dict[str, dict[str, int]] = field(default_factory=dict)
    form: str | None = None
    tolerance: float = TOLERANCE

    @property
    def ok(self) -> bool:
        """Whether every output equals the input; with a fault, which forbids that, always."""
        return self.settings.fault is not None or all(found.ok for found in self.measurements)

    @property
    def sink_rate(self) -> float | None:
        """How many bytes a second the sink took; None for as many as the disk did."""
        return self.settings.sink_rate


def as_json(report: Report) -> str:
    """The report as one JSON object.

    Sizes are in bytes and times in seconds. A rate of null is no limit, and a `bound_bytes` of null
    no bound. An input whose `path` is null was made for this comparison and is gone. `busy` says
    why a variant's times are no result, and is null if they are one; `at_peak` is null if nobody
    knows. `error` is there only if a variant failed, `fault` only if there was to be one, and
    `luck` only if what came of it is luck; `trace`, what the small run of each variant on the page
    came to, only if a page was made.
    """
    found: dict[str, object] = {
        "input": {
            "path": None if report.source.made else report.source.path,
            "bytes": report.source.digest.bytes,
            "sha256": report.source.digest.sha256,
        },
        "sink_rate": report.sink_rate,
        "settings": asdict(report.settings),
        "notes": report.notes,
        "variants": [_fields(measurement) for measurement in report.measurements],
    }
    if report.trace:
        found["trace"] = report.trace
    return json.dumps(found, indent=2)


def _fields(measurement: Measurement) -> dict[str, object]:
    fields = asdict(measurement)
    # For the plots: hundreds of points would bury the numbers.
    del fields["timeline"]
    for name in ("error", "fault", "luck"):
        if fields[name] is None:
            del fields[name]
    return fields
