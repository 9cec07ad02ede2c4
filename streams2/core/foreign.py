"""Emitters of others: what a pipe, and `finished`, do with one that is none of our streams.

>>> import pyee
>>> class Log(pyee.EventEmitter):
...     def write(self, chunk):
...         print("log:", chunk)
...     def end(self):
...         print("the end")
>>> from streams2 import Readable, run
>>> log = Log()
>>> run(lambda: Readable.from_(["a", "b"]).pipe(log) is log)
log: a
log: b
the end
True

Node takes anything that has `on`, `write` and `end` for a destination, and many a port has such a
thing. It need not be an emitter of ours: pyee's will do.
"""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Protocol

from ..errors import InvalidArgTypeError
from ..events.emitter import EventEmitter
from .chunks import Chunk
from .ends import PipeDestination

__all__ = ["EmitterOfOthers", "Foreign", "as_destination", "can", "is_emitter"]


class EmitterOfOthers(Protocol):
    """What one can listen to, as a type checker sees it."""

    def on(self, event: str, f: Any) -> object: ...
    def emit(self, event: str, *args: Any) -> object: ...
    def remove_listener(self, event: str, f: Any) -> object: ...


def is_emitter(thing: object) -> bool:
    """Whether one can listen to `thing`: an object that emits, as ours and pyee's do."""
    return isinstance(thing, EventEmitter) or (
        not isinstance(thing, type) and can(thing, "on", "emit", "remove_listener")
    )


def as_destination(thing: Any) -> PipeDestination[Chunk, object]:
    """`thing` as a pipe wants it.

    Raises:
        InvalidArgTypeError: it cannot be written to, or not be listened to.
    """
    if is_emitter(thing) and can(thing, "write", "end"):
        ours = hasattr(getattr(thing, "_life", None), "fail_unheard")
        destination: PipeDestination[Chunk, object] = thing if ours else Foreign(thing)
        return destination
    wanted = "a Writable, or an emitter with write() and end()"
    raise InvalidArgTypeError.given("destination", wanted, thing)


def can(thing: object, *names: str) -> bool:
    """Whether `thing` has methods of these names."""
    for name in names:  # noqa: SIM110  # a generator costs more than what it asks
        if not callable(getattr(thing, name, None)):
            return False
    return True


class Foreign:
    """An emitter that is none of our streams, with the methods that ours have.

    Args:
        emitter: what it stands for.
    """

    stays_open = False

    def __init__(self, emitter: Any) -> None:
        self.emitter = emitter
        # Its life, as far as a pipe asks: it fails by itself.
        self._life = self

    def emit(self, event: str, *args: object) -> bool:
        """Emit it."""
        return bool(self.emitter.emit(event, *args))

    def add_listener(self, event: str, f: Callable[..., object]) -> None:
        """Listen."""
        self.emitter.on(event, f)

    def prepend_listener(self, event: str, f: Callable[..., object]) -> None:
        """Listen before all others, if its kind can do that."""
        getattr(self.emitter, "prepend_listener", self.emitter.on)(event, f)

    def once(self, event: str, f: Callable[..., object]) -> None:
        """Listen. Who does so here takes the listener away when it was called."""
        self.emitter.on(event, f)

    def remove_listener(self, event: str, f: Callable[..., object]) -> None:
        """Listen no more. Some raise for a listener that is not there."""
        with contextlib.suppress(KeyError, ValueError):
            self.emitter.remove_listener(event, f)

    def listener_count(self, event: str) -> int:
        """How many listen."""
        return len(self.emitter.listeners(event))

    @property
    def writable_need_drain(self) -> bool:
        """Whether it says that it is full."""
        return getattr(self.emitter, "writable_need_drain", False) is True

    def write(self, chunk: object) -> bool:
        """Write."""
        return self.emitter.write(chunk)  # type: ignore[no-any-return]  # what it says, it says

    def end(self) -> object:
        """Say that nothing more will be written."""
        return self.emitter.end()

    def destroy(self, error: BaseException | None = None) -> None:
        """Give it up, because it could not be written to.

        Raises:
            BaseException: the error, if it has no `destroy` that could be told.
        """
        if can(self.emitter, "destroy"):
            self.emitter.destroy(error)
        elif error is not None:
            raise error

    def fail_unheard(self, error: object) -> None:
        """Nobody but a pipe heard of its error: it is raised, as if there had been no pipe."""
        self.emitter.emit("error", error)
