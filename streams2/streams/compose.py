"""compose: several streams as one, which is written to at the one end and read at the other.

>>> from streams2 import Readable, Transform, run
>>> def each(function):
...     def transform(self, chunk, encoding, done):
...         done(None, function(chunk))
...     return Transform(object_mode=True, transform=transform)
>>> async def main():
...     loud_and_clear = compose(each(str.strip), each(str.upper))
...     return await Readable.from_([" come ", "in "]).compose(loud_and_clear).to_array()
>>> run(main)
['COME', 'IN']
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from ..core.calling import Callback
from ..core.chunks import Chunk
from ..errors import InvalidArgValueError, MissingArgsError, NoRunningLoopError, expect
from ..events.abort import AbortSignal
from ..loop.ticks import running_loop
from .destroy import add_abort_signal, destroy_early
from .duplexify import Composable, Ends
from .finished import finished, is_readable, is_writable
from .foreign import OldStage, as_stage
from .pipeline import start_pipeline
from .readable import Duplex, Readable
from .stream import Stream

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault
    from typing_extensions import Unpack

    U = TypeVarWithDefault("U", default=Any)
else:
    U = TypeVar("U")

__all__ = ["compose"]


class _Composed(Ends):
    """The ends of a pipeline, which fails and goes as a whole."""

    def __init__(self, streams: list[object]) -> None:
        _, last = start_pipeline(tuple(streams), self.pipeline_is_over, None, True)
        super().__init__(Duplex, as_stage(streams[0]), last)
        self.last = last
        finished(last, self.last_is_over)

    def listen_to_tail(self) -> None:
        self.tail.on("data", self.forward)

    def forward(self, chunk: Chunk) -> None:
        if not self.duplex.push(chunk):
            self.tail.pause()

    def read(self, size: int) -> None:
        self.tail.resume()

    def last_is_over(self, error: BaseException | None) -> None:
        self.ended()
        if error is not None and self.over:
            # It failed when the pipeline had no more to do with it.
            self.pipeline_is_over(error)

    def pipeline_is_over(self, error: BaseException | None, value: object = None) -> None:
        if error is not None and self.duplex.readable_length:
            # Some chunks came through before. Whoever has just been woken for them gets them.
            with suppress(NoRunningLoopError):
                running_loop().call_soon(self.settle, error)
                return
        told = self.settle(error)
        if not told and self.head is None and self.tail is None:
            self.duplex.destroy()

    def destroy(self, error: BaseException | None, callback: Callback) -> None:
        if self.over:
            # One of the streams may be open still, on a side that the pipeline does not look after.
            self.destroy_ends(error)
            if self.left_by_reader:
                # All the work was done, and nobody failed.
                error = None
        super().destroy(error, callback)

    def destroy_ends(self, error: BaseException | None) -> None:
        destroy_early(self.last, error)


def compose(
    *streams: Unpack[tuple[Unpack[tuple[object, ...]], Composable[U]]],
) -> Duplex[Chunk, U]:
    """Make one Duplex of several streams, each piped into the next.

    What is written to it goes to the first, what the last one gives can be read from it. If one
    fails, all are destroyed, and so is the Duplex.

    Args:
        streams: one or more: streams, iterables, and functions as `Duplex.from_` takes them.

    Returns:
        The Duplex. It cannot be written to if the first cannot, nor read from if the last cannot.

    Raises:
        MissingArgsError: there are no streams.
        InvalidArgValueError: one that is followed by another cannot be read from, or one that
            follows another cannot be written to.

    Node: stream.compose
    """
    if not streams:
        raise MissingArgsError("streams")
    if len(streams) == 1:
        return Duplex.from_(streams[0])
    stages = list(streams)
    for end in (0, -1):
        if callable(stages[end]) and not isinstance(stages[end], Stream):
            stages[end] = Duplex.from_(stages[end])
    for index, given in enumerate(stages):
        stage = as_stage(given)
        if not isinstance(stage, (Stream, OldStage)):
            continue
        reads, writes = _directions(stage)
        if index < len(stages) - 1 and not reads:
            raise InvalidArgValueError.given(f"streams[{index}]", "readable", streams[index])
        if index > 0 and not writes:
            raise InvalidArgValueError.given(f"streams[{index}]", "writable", streams[index])
    return _Composed(stages).duplex  # type: ignore[no-any-return]


def _directions(stage: Stream | OldStage) -> tuple[bool, bool]:
    if isinstance(stage, OldStage):
        return stage.readable, stage.writable
    return is_readable(stage), is_writable(stage)


def compose_onto(
    source: Readable[Chunk], stream: Composable[U], signal: AbortSignal | None
) -> Duplex[Chunk, Chunk]:
    """`source` piped into `stream`, the two as one: what `Readable.compose` does."""
    if signal is not None:
        expect("signal", signal, AbortSignal)
    composed = compose(source, stream)
    return composed if signal is None else add_abort_signal(signal, composed)
