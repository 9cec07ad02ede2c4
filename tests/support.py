"""What several test modules need: plain streams, a loop turned by hand, a bare pipe's two ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from hypothesis import settings

from streams2 import EventEmitter, Readable, Writable, ticks
from streams2.core.ends import Fan, tell_unpiped

# A busy machine is no failure, and neither is an interpreter that still warms up.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


class BoomError(Exception):
    """What goes wrong in a test."""


class Source(Readable[Any]):
    """Has nothing of its own: chunks are pushed from outside."""

    def _read(self, size: int) -> None:
        pass


class Sink(Writable[Any]):
    """Takes chunks.

    Args:
        take: called with each chunk.
        finish: called with the callback of each write: `later`, say, or a list's `append`. At
            once by default.
        options: as for `Writable`.

    Attributes:
        got: the chunks, so far.
    """

    def __init__(
        self,
        take: Callable[[Any], object] = id,
        finish: Callable[[Callable[..., None]], object] = lambda done: done(),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.got: list[Any] = []
        self.take = take
        self.finish = finish

    def _write(self, chunk: Any, encoding: Any, callback: Any) -> None:
        self.got.append(chunk)
        self.take(chunk)
        self.finish(callback)


def failing(error: BaseException) -> Callable[[Callable[..., None]], object]:
    """A way to finish a write: badly."""
    return lambda done: done(error)


class Turns:
    """A loop that turns when it is told to."""

    def __init__(self) -> None:
        self.due: deque[Callable[[], object]] = deque()

    def soon(self, callback: Callable[[], object]) -> None:
        self.due.append(callback)

    def run(self) -> None:
        """Turn until nothing is left to do."""
        while self.due:
            self.due.popleft()()


@contextmanager
def turns() -> Iterator[Turns]:
    """Streams in this block tick when the loop that it gives is run, and never by themselves."""
    loop = Turns()
    with ticks.use(loop.soon):
        yield loop


class BareSource(EventEmitter):
    """All that a pipe asks of a source, and nothing more. It is no Readable.

    Attributes:
        calls: what was asked of it, ``"pause"`` or ``"resume"``.
    """

    def __init__(self) -> None:
        super().__init__()
        self._readable_state = self
        self.fan = Fan()
        self.readable_flowing: bool | None = None
        self.readable_ended = False
        self.calls: list[str] = []

    @property
    def data_listened(self) -> bool:
        return self.listener_count("data") > 0

    def pause(self) -> None:
        self.calls.append("pause")
        self.readable_flowing = False

    def resume(self) -> None:
        self.calls.append("resume")
        self.readable_flowing = True

    def unpipe(self, destination: Any = None) -> None:
        for pipe in list(self.fan.pipes):
            if destination in (None, pipe.destination):
                self.fan.pipes.remove(pipe)
                if not self.fan.pipes:
                    self.pause()
                tell_unpiped(self, pipe.destination)
                if destination is not None:
                    break

    def send(self, chunk: Any) -> None:
        """Emit a chunk, as a source does."""
        self.fan.emitted()
        self.emit("data", chunk)

    def finish(self) -> None:
        self.readable_ended = True
        self.emit("end")


class BareDestination(EventEmitter):
    """All that a pipe asks of a destination, and nothing more. It is no Writable.

    Attributes:
        got: the chunks written to it.
        calls: what else was asked of it: ``"end"``, or ``("destroy", error)`` and the like.
        answer: what the next `write` answers.
        owes_drain: whether it owes a drain for an answer of False.
        inside: called with each chunk inside of `write`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.got: list[Any] = []
        self.calls: list[Any] = []
        self.answer = True
        self.owes_drain = True
        self.writable_need_drain = False
        self.inside: Callable[[Any], object] = id
        self._life = self
        self.stays_open = False

    def write(self, chunk: Any) -> bool:
        self.got.append(chunk)
        answer = self.answer
        if not answer and self.owes_drain:
            self.writable_need_drain = True
        self.inside(chunk)
        return answer

    def drain(self) -> None:
        self.writable_need_drain = False
        self.emit("drain")

    def end(self) -> None:
        self.calls.append("end")

    def destroy(self, error: BaseException | None = None) -> None:
        self.calls.append(("destroy", error))

    def fail_unheard(self, error: Any) -> None:
        self.calls.append(("fail unheard", error))
