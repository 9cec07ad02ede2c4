"""What a comparison is told: how fast, how large, how often, and what is to go wrong."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FAULTS", "SLOW_START_SECONDS", "Settings"]

SLOW_START_SECONDS = 0.5
"""How long a sink that is slow to start takes to open."""

FAULTS = {
    "source": "reading fails half way, with an I/O error",
    "sink": "writing fails half way, as on a full disk",
    "slow-start": "the sink takes half a second to open",
    "abort": "the caller gives up half way",
}
"""What may be made to go wrong, and what it is."""


@dataclass(frozen=True)
class Settings:
    """How every variant is run.

    Attributes:
        sink_rate: how many bytes a second the sink takes; None for as many as the disk does.
        source_rate: how many bytes a second the source gives; None for as many as the disk does.
        chunk_size: how many bytes are read at a time.
        high_water_mark: the mark of the source and of the sink, in bytes.
        rounds: how often each variant is run.
        fault: what goes wrong, one of `FAULTS`; None for nothing.
    """

    sink_rate: float | None = None
    source_rate: float | None = None
    chunk_size: int = 64 * 1024
    high_water_mark: int = 64 * 1024
    rounds: int = 1
    fault: str | None = None
