"""The old-style stream: an emitter of chunks that knows how to be piped. Node: stream.Stream

>>> from streams2 import PassThrough, run
>>> class Ticker(Stream):
...     readable = True
...     def tick(self):
...         self.emit("data", "tick")
>>> def main():
...     ticker, sink = Ticker(), PassThrough(object_mode=True)
...     ticker.pipe(sink).on("data", print)
...     ticker.tick()
...     ticker.emit("end")
>>> run(main)
tick

Such a stream has no buffer and no state: it is what its subclass emits (``'data'``, ``'end'``,
``'close'``, ``'error'``), and what it defines of `write`, `end`, `destroy`, `pause`, `resume` and
the attributes `readable` and `writable`. A new stream is better a `Readable`, a `Writable` or a
`Transform`; they are such streams as well.
"""

from __future__ import annotations

from typing import Callable, TypeVar

from ..core.ends import stays_open
from ..core.foreign import EmitterOfOthers, Foreign, as_destination
from ..events.emitter import EventEmitter
from ..events.naming import by_name

__all__ = ["Stream"]

D = TypeVar("D")


class Stream(EventEmitter):
    """The base of all streams, old-style ones among them. Node: stream.Stream"""

    @by_name
    def pipe(self, destination: D, *, end: bool = True) -> D:
        """Write each chunk that this emits to `destination`, in the old way.

        What `write` answers False to is followed by this stream's `pause`, and a ``'drain'`` by its
        `resume`, if it has them: a stream without cannot be held up. Chunks for a destination that
        is not `writable` are dropped. An ``'error'`` of either, or the end of either, takes the
        pipe away; if nobody else listens for the error, it is raised.

        Args:
            destination: an emitter with `write` and `end`.
            end: call its `end` at ``'end'``, or its `destroy`, if it has one, at a ``'close'``
                before that (default True). Standard output and error are never ended.

        Returns:
            `destination`.

        Raises:
            InvalidArgTypeError: it is none. Nothing is connected.

        Node: Stream.prototype.pipe
        """
        as_destination(destination)
        _OldPipe(self, destination, end).connect()
        return destination


def _listening(thing: object) -> EventEmitter | Foreign:
    return thing if isinstance(thing, EventEmitter) else Foreign(thing)


def _can(thing: object, name: str) -> Callable[..., object] | None:
    found = getattr(thing, name, None)
    return found if callable(found) else None


class _OldPipe:
    """A source, a destination, and what each hears of the other."""

    def __init__(self, source: EmitterOfOthers, destination: object, end: bool) -> None:
        self.source = source
        self.destination = destination
        self.heard_from = _listening(source)
        self.told = _listening(destination)
        self.ends = end and not stays_open(destination)
        self.ended = False

    def connect(self) -> None:
        source, destination = self.heard_from, self.told
        source.add_listener("data", self.on_data)
        destination.add_listener("drain", self.on_drain)
        if self.ends:
            source.add_listener("end", self.on_end)
            source.add_listener("close", self.on_close)
        source.prepend_listener("error", self.on_source_error)
        destination.prepend_listener("error", self.on_destination_error)
        source.add_listener("end", self.disconnect)
        source.add_listener("close", self.disconnect)
        destination.add_listener("close", self.disconnect)
        destination.emit("pipe", self.source)

    def disconnect(self) -> None:
        source, destination = self.heard_from, self.told
        source.remove_listener("data", self.on_data)
        destination.remove_listener("drain", self.on_drain)
        source.remove_listener("end", self.on_end)
        source.remove_listener("close", self.on_close)
        source.remove_listener("error", self.on_source_error)
        destination.remove_listener("error", self.on_destination_error)
        source.remove_listener("end", self.disconnect)
        source.remove_listener("close", self.disconnect)
        destination.remove_listener("close", self.disconnect)

    def on_data(self, chunk: object) -> None:
        if not getattr(self.destination, "writable", False):
            return
        write = _can(self.destination, "write")
        pause = _can(self.source, "pause")
        if write is not None and write(chunk) is False and pause is not None:
            pause()

    def on_drain(self) -> None:
        resume = _can(self.source, "resume")
        if getattr(self.source, "readable", False) and resume is not None:
            resume()

    def on_end(self) -> None:
        self._finish("end")

    def on_close(self) -> None:
        self._finish("destroy")

    def _finish(self, how: str) -> None:
        finish = _can(self.destination, how)
        if not self.ended:
            self.ended = True
            if finish is not None:
                finish()

    def on_source_error(self, error: BaseException) -> None:
        self._fail(self.heard_from, error)

    def on_destination_error(self, error: BaseException) -> None:
        self._fail(self.told, error)

    def _fail(self, emitter: EventEmitter | Foreign, error: BaseException) -> None:
        self.disconnect()
        if emitter.listener_count("error") == 0:
            emitter.emit("error", error)
