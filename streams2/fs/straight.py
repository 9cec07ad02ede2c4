"""From file to file, the short way: a chunk that nobody looks at on its way through a pipe.

>>> import os, tempfile
>>> from streams2 import fs, run
>>> def main():
...     fs.create_read_stream(source).pipe(fs.create_write_stream(copy))
>>> folder = tempfile.mkdtemp()
>>> source, copy = (os.path.join(folder, name) for name in ("source", "copy"))
>>> with open(source, "wb") as file:
...     _ = file.write(b"streams" * 100_000)
>>> run(main)
>>> os.path.getsize(copy)
700000

A chunk as large as the mark is refused, though it is written at once: ``'data'``, False,
``'pause'``, ``'drain'``, ``'resume'``, and all is as it was, but for the chunk. If nobody but the
pipe listens to these, and every method on the way is the one that it was made with, nobody can tell
whether the chunk went round. Of the time that a copy to /dev/null takes, the round trip is three
quarters.

What ends otherwise (a write that has to wait, that fails, or is cut short) goes round like any
chunk: who is to hear of it hears of it there.
"""

from __future__ import annotations

from typing import Any, Callable, Protocol, TypeVar

from ..core import machine
from ..core.demand import ACCEPTING
from ..core.flow import FLOWING
from ..core.life import OPEN
from ..core.pipe import AWAITING_DRAIN, Pipe
from ..core.pipe import FLOWING as PIPE_FLOWS
from ..core.supply import SUPPLYING
from ..core.write_side import WriteSide
from ..streams.readable import Readable
from ..streams.writable import Writable

__all__ = ["TakesAtOnce", "is_about_to_be_straight", "spelled_out", "straight_ahead"]

F = TypeVar("F", bound=Callable[..., object])


class TakesAtOnce(Protocol):
    """The file beneath a stream that is written.

    Attributes:
        answer_is_due: it has written, and its stream is about to hear of it.
    """

    answer_is_due: bool

    def takes_at_once(self, chunk: bytes | memoryview) -> bool:
        """Write `chunk`, if that needs no wait. False: the stream is to be given it."""


def _as_made(method: F) -> F:
    """A method as its class was made: debug mode or a recorder may have come before this."""
    while hasattr(method, "__wrapped__"):
        method = method.__wrapped__
    return method


class _Faces:
    """What is spelled out here, unless somebody replaces it: a subclass, a recorder, anybody."""

    _read: object = None
    _write: object = None
    push, read = _as_made(Readable.push), _as_made(Readable.read)
    pause, resume = _as_made(Readable.pause), _as_made(Readable.resume)
    emit, write = _as_made(Writable.emit), _as_made(Writable.write)
    written = _as_made(WriteSide.written)
    names = frozenset(["_read", "_write", "emit", "pause", "push", "read", "resume", "write"])


# What the round trip emits, beside the chunk itself.
_OF_SOURCE = ("pause", "readable", "resume")


def spelled_out(method: F) -> F:
    """Say which `_read`, or `_write`, it is that is spelled out here. A decorator."""
    setattr(_Faces, method.__name__, method)
    return method


def straight_ahead(source: Any) -> TakesAtOnce | None:
    """The file where the next chunk of `source` ends up, if nobody looks at it on its way there.

    Args:
        source: a stream whose file has just been read.
    """
    pipe = _only_pipe(source)
    if pipe is None or pipe.state is not PIPE_FLOWS:
        return None
    destination: Any = pipe.destination
    if not (_goes_on(source) and _comes_round(destination, pipe)):
        return None
    if not (_is_plain_source(source) and _is_plain_destination(destination)):
        return None
    file: TakesAtOnce = destination._life.own
    return file


def is_about_to_be_straight(source: Any) -> bool:
    """Whether the pipe waits only for an answer that is there: the chunk before is written."""
    pipe = _only_pipe(source)
    if pipe is None or pipe.state is not AWAITING_DRAIN:
        return False
    destination: Any = pipe.destination
    if not (_is_plain_source(source) and _is_plain_destination(destination)):
        return False
    file: TakesAtOnce = destination._life.own
    return file.answer_is_due


def _only_pipe(source: Any) -> Pipe | None:
    pipes = source._readable_state.fan.pipes
    if len(pipes) != 1 or machine.observers:
        return None
    return pipes[0] if type(pipes[0]) is Pipe else None


def _goes_on(source: Any) -> bool:
    """Whether the source flows, and would emit what it is given at once, to the pipe alone."""
    side = source._readable_state
    return (
        side.flow.state is FLOWING
        and side.supply.state is SUPPLYING
        and side.data_emitted
        and not side.sync
        and not side.buffer.size
        and side.decoder is None
        and side.life.healthy
        and source.listener_count("data") == 1
        and not any(map(source.listener_count, _OF_SOURCE))
    )


def _comes_round(destination: Any, pipe: Pipe) -> bool:
    """Whether the destination rests, and tells nobody but the pipe when it does so again."""
    side = destination._writable_state
    return (
        side.demand.state is ACCEPTING
        and side.in_flight is None
        and not (side.buffer or side.corked or side.untold)
        and side.life.machine.state is OPEN
        and side.life.healthy
        and destination.listener_count("drain") <= pipe.listens_for_drain
    )


def _is_plain_source(source: Any) -> bool:
    kind = type(source)
    return (
        kind._read is _Faces._read
        and kind.push is _Faces.push
        and kind.read is _Faces.read
        and kind.emit is _Faces.emit
        and kind.pause is _Faces.pause
        and kind.resume is _Faces.resume
        and _Faces.names.isdisjoint(source.__dict__)
    )


def _is_plain_destination(destination: Any) -> bool:
    kind = type(destination)
    return (
        getattr(kind, "_write", None) is _Faces._write
        and kind.write is _Faces.write
        and kind.emit is _Faces.emit
        and WriteSide.written is _Faces.written
        and _Faces.names.isdisjoint(destination.__dict__)
    )
