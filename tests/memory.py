"""How much a chain of streams holds, looked at whenever anything moves."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import partial
from typing import Any, Callable

from streams2 import Readable

from .support import Sink

__all__ = ["Gauge", "Measured", "measured_sink"]


class Gauge:
    """Adds up what streams hold.

    Attributes:
        peak: the most that they held at one time, together.
        at_rest: the most that each side of each held while no chunk was on its way, by its label.
    """

    def __init__(self) -> None:
        self.sides: dict[str, Callable[[], int]] = {}
        self.peak = 0
        self.at_rest: dict[str, int] = {}

    def watch(self, label: str, stream: Any) -> None:
        for side in ("readable", "writable"):
            length = f"{side}_length"
            if hasattr(stream, length):
                self.sides[f"{label}, {side}"] = partial(getattr, stream, length)
        for event in ("data", "drain", "pause", "resume", "end", "finish"):
            stream.prepend_listener(event, self.look)

    def look(self, *_: Any) -> None:
        self.peak = max(self.peak, sum(length() for length in self.sides.values()))

    def look_at_rest(self) -> None:
        self.look()
        for side, length in self.sides.items():
            self.at_rest[side] = max(self.at_rest.get(side, 0), length())


class Measured(Readable[bytes]):
    """A source of chunks of given sizes that looks at the gauge at every push."""

    def __init__(self, gauge: Gauge, sizes: Iterable[int], **options: Any) -> None:
        super().__init__(**options)
        self.gauge = gauge
        self.sizes = deque(sizes)
        self.on("end", gauge.look)

    def _read(self, size: int) -> None:
        self.push(bytes(self.sizes.popleft()) if self.sizes else None)

    def push(self, chunk: Any, encoding: str | None = None) -> bool:
        answer = super().push(chunk, encoding)
        self.gauge.look()
        return answer


def measured_sink(gauge: Gauge, finish: Callable[..., object], **options: Any) -> Sink:
    """A sink that looks at the gauge at every write."""
    return Sink(lambda _: gauge.look(), finish=finish, **options)
