"""What a run that is small enough to watch copies, and how: the real one's settings, to scale.

What decides how streams and channels behave is how many chunks there are to a mark. So that is
kept; only a chunk has a few letters instead of some thousand bytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .settings import Settings

__all__ = ["CHUNKS", "HIGH_WATER_MARK", "SLOW_START_CHUNKS", "SmallPlan", "plan_for"]

CHUNKS = (
    b"Row, ",
    b"row, ",
    b"row ",
    b"your ",
    b"boat ",
    b"gently ",
    b"down ",
    b"the ",
    b"stream.",
)
"""What is copied, unless chunks or marks were asked for."""

HIGH_WATER_MARK = 12
"""The mark of the source and of the sink, in bytes, unless one was asked for."""

FAST_SECONDS = 0.001
"""How long the faster of source and sink takes for a chunk."""

SLOW_SECONDS = 0.004
"""How long the slower one takes."""

SLOW_START_CHUNKS = 4
"""How long a sink that is slow to start takes to open, in chunks that it would have written."""

# Words of one size, so that a chunk is as many marks as it is to be.
_WORDS = (
    *("the", "fat", "cat", "sat", "and", "ate", "the", "big", "rat", "and", "the"),
    *("dog", "ran", "off", "for", "one", "day", "but", "the", "cow", "did", "not"),
)
_WORD_BYTES = 4
_FEWEST_CHUNKS = 9
_MOST_CHUNKS_IN_A_MARK = 8


@dataclass(frozen=True)
class SmallPlan:
    """What is copied, and how.

    Attributes:
        chunks: what is copied.
        high_water_mark: of the source and of the sink, in bytes.
        source_seconds: how long the source takes for a chunk.
        sink_seconds: how long the sink does.
        fault: what goes wrong, one of `FAULTS`; None for nothing.
        scale: how the marks came about, in words; None if nobody asked for any.
    """

    chunks: tuple[bytes, ...] = CHUNKS
    high_water_mark: int = HIGH_WATER_MARK
    source_seconds: float = FAST_SECONDS
    sink_seconds: float = SLOW_SECONDS
    fault: str | None = None
    scale: str | None = None

    @property
    def size(self) -> int:
        """How many bytes are copied."""
        return sum(map(len, self.chunks))

    @property
    def half(self) -> int:
        """After how many bytes something goes wrong."""
        return self.size // 2

    @property
    def chunk_size(self) -> int:
        """How many bytes are asked for at a time, where one has to ask."""
        return max(map(len, self.chunks))

    @property
    def slots(self) -> int:
        """How many chunks a queue has room for, so that as much is held as by two marks."""
        return 2 * -(-self.high_water_mark // self.chunk_size) - 1

    @property
    def start_seconds(self) -> float:
        """How long the sink takes to open."""
        return SLOW_START_CHUNKS * self.sink_seconds if self.fault == "slow-start" else 0.0

    def fails_after(self, side: str) -> int | None:
        """After how many bytes this side fails, ``"source"`` or ``"sink"``; None if it does not."""
        return self.half if self.fault == side else None


def plan_for(settings: Settings, size: int, *, scaled: bool, alike: bool = False) -> SmallPlan:
    """The plan for a run like those of `settings`.

    Args:
        settings: of the real runs.
        size: of the real input, in bytes.
        scaled: whether chunks and marks are to be like theirs. Otherwise they are the usual ones.
        alike: whether all chunks are to have one size: so has what is read so many bytes at a time.
    """
    slow_source = settings.source_rate is not None and (
        settings.sink_rate is None or settings.source_rate < settings.sink_rate
    )
    chunks, mark, scale = _scaled(settings, size) if scaled else (CHUNKS, HIGH_WATER_MARK, None)
    if alike:
        # So many that the source is not read to its end when half is written: by then something
        # may have gone wrong, and who has read all takes that otherwise.
        in_a_mark = min(math.ceil(mark / _WORD_BYTES), _MOST_CHUNKS_IN_A_MARK)
        many = 4 * in_a_mark + 8 if settings.fault is not None else 2 * in_a_mark + 6
        if chunks == CHUNKS or settings.fault is not None:
            chunks = _words(many)
    return SmallPlan(
        chunks=chunks,
        high_water_mark=mark,
        source_seconds=SLOW_SECONDS if slow_source else FAST_SECONDS,
        sink_seconds=FAST_SECONDS if slow_source else SLOW_SECONDS,
        fault=settings.fault,
        scale=scale,
    )


def _scaled(settings: Settings, size: int) -> tuple[tuple[bytes, ...], int, str]:
    wanted = settings.high_water_mark / settings.chunk_size
    if settings.high_water_mark > size:
        chunks = _words(_FEWEST_CHUNKS)
        return chunks, sum(map(len, chunks)) + 1, "a mark above all there is, as in the real run"
    in_a_mark = min(wanted, _MOST_CHUNKS_IN_A_MARK)
    mark = max(1, round(in_a_mark * _WORD_BYTES))
    chunks = _words(max(_FEWEST_CHUNKS, 2 * math.ceil(in_a_mark) + 5))
    if in_a_mark < wanted:
        scale = f"{in_a_mark:g} chunks to a mark: the {wanted:.4g} of the real run are too many"
    elif mark == _WORD_BYTES * wanted:
        scale = f"{_chunks(wanted)} to a mark, as in the real run"
    else:
        scale = f"{_chunks(mark / _WORD_BYTES)} to a mark; the real run has {wanted:.3g}"
    return chunks, mark, scale


def _chunks(number: float) -> str:
    return "1 chunk" if number == 1 else f"{number:.3g} chunks"


def _words(count: int) -> tuple[bytes, ...]:
    return tuple(f"{_WORDS[index % len(_WORDS)]} ".encode() for index in range(count))
