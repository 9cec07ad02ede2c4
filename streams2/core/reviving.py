"""A second life for a stream that is over: a socket that is connected again has one.

What its readable side has in its buffer, who listens to it and whether it flows stay as they are.
"""

from __future__ import annotations

from typing import Any

from .life import LIFECYCLE, Life
from .machine import Machine
from .supply import SUPPLY

__all__ = ["revive"]


def revive(life: Life) -> None:
    """Let a stream that was destroyed be open, as if nothing had been read or written."""
    life.machine = Machine(LIFECYCLE, life)
    life.errored, life.error_emitted = None, False
    life.closed_before, life.healthy = False, True
    read: Any = life.read_side
    if read is not None and read.enabled:
        read.supply = Machine(SUPPLY, read)
        read.reading = read.reading_more = read.emitted_readable = False
        read.sync = True
    write: Any = life.write_side
    if write is not None and write.enabled:
        write.__init__(
            life.face,
            life,
            write.high_water_mark,
            object_mode=write.object_mode,
            decode_strings=write.decode_strings,
            default_encoding=write.default_encoding,
        )
