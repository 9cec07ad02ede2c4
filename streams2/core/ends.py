"""The two ends of a pipe, as the pipe knows them; and what a source keeps of its pipes."""

from __future__ import annotations

from typing import Callable, Protocol, TypeVar

__all__ = ["Fan", "PipeDestination", "PipeSource", "stays_open", "tell_unpiped"]

In = TypeVar("In", contravariant=True)
Out = TypeVar("Out", covariant=True)
Itself = TypeVar("Itself", covariant=True)


class Joint(Protocol):
    """A pipe, as its source knows it."""

    @property
    def destination(self) -> Emitter: ...
    def emitting(self) -> None: ...


class Fan:
    """All the pipes of one source.

    Attributes:
        pipes: the pipes, oldest first.
        awaiting: those that wait for their destination to drain.
        leaving: whether one of them is to leave: the first that hears of it. Of two pipes between
            the same two streams one goes, and another for a second ``'unpipe'``.
    """

    __slots__ = ("awaiting", "branched", "leaving", "pipes")

    def __init__(self) -> None:
        self.pipes: list[Joint] = []
        self.awaiting: list[Joint] = []
        self.leaving = False
        # The source has had several pipes since one alone last refused. A destination that ever
        # refused and leaves then restarts the source, even though nobody waits for it: in Node,
        # too.
        self.branched = False

    def emitted(self) -> None:
        """The source is about to emit a chunk: refusals of earlier chunks are void."""
        for pipe in list(self.awaiting):
            pipe.emitting()


class Emitter(Protocol):
    """What both ends of a pipe are: something with listeners."""

    def emit(self, event: str, *args: object) -> bool: ...
    def add_listener(self, event: str, f: Callable[..., object]) -> object: ...
    @property
    def prepend_listener(self) -> Callable[[str, Callable[..., object]], object]: ...
    @property
    def once(self) -> Callable[[str, Callable[..., object]], object]: ...
    def remove_listener(self, event: str, f: Callable[..., object]) -> object: ...
    def listener_count(self, event: str) -> int: ...


class Outlet(Protocol):
    """Where the pipes of a source come together. Before it emits a chunk, it tells its fan so."""

    @property
    def fan(self) -> Fan: ...
    @property
    def data_listened(self) -> bool: ...


class PipeSource(Emitter, Protocol[Out]):
    """What a pipe reads: it emits ``'data'`` and ``'end'``, and can be held up."""

    @property
    def _readable_state(self) -> Outlet: ...
    @property
    def readable_flowing(self) -> bool | None: ...
    @property
    def readable_ended(self) -> bool: ...
    def pause(self) -> object: ...
    def resume(self) -> object: ...
    def unpipe(self, destination: object = None) -> object: ...
    def read(self) -> Out | None: ...


class Failing(Protocol):
    """What a pipe asks of the life of its destination."""

    @property
    def stays_open(self) -> bool: ...
    def fail_unheard(self, error: BaseException) -> None: ...


class PipeDestination(Emitter, Protocol[In, Itself]):
    """What a pipe writes: `write` answers False when it wants no more before ``'drain'``."""

    @property
    def writable_need_drain(self) -> bool: ...
    @property
    def _life(self) -> Failing: ...
    def write(self, chunk: In) -> bool: ...
    def end(self) -> Itself: ...
    def destroy(self, error: BaseException | None = None) -> object: ...


def tell_unpiped(source: PipeSource[object], destination: Emitter) -> None:
    """Tell `destination` that a pipe from `source`, which is off its fan, has gone."""
    fan = source._readable_state.fan
    # A listener of the one 'unpipe' may take another pipe away, and have it told.
    outer, fan.leaving = fan.leaving, True
    try:
        destination.emit("unpipe", source)
    finally:
        fan.leaving = outer


def stays_open(destination: object) -> bool:
    """Whether a pipe must not end `destination`: the process's standard output outlives it."""
    return getattr(getattr(destination, "_life", None), "stays_open", False) is True
