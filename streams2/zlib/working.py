"""What a stream of this room has at work: an engine, now on the loop and now in a thread."""

from __future__ import annotations

from time import perf_counter
from typing import Optional, Union

from ..core.calling import Callback
from ..core.encodings import BytesLike
from ..io.answers import answer_soon
from ..io.offload import outcome_of
from ..io.worker import Worker
from ..loop.belongings import belong_to_running_loop
from ..loop.ticks import current_queue
from ..streams.transform import Transform
from .engine import Engine
from .errors import TrailingJunkError
from .options import Common

__all__ = ["Work"]

# How long a chunk is worked on before the loop has a turn, in seconds.
_LONGEST = 0.001

Above = Transform[Union[BytesLike, str], bytes]
Made = tuple[list[bytes], bool, Optional[Exception]]


class Work:
    """An engine and the stream above it.

    Args:
        engine: what does the work.
        options: the stream's, as checked.
        full_flush: what `flush` means if it is not told.
        most_flush: the greatest of the library's numbers for a flush.
        at_once: how many bytes of input are worked on without a thread.

    Attributes:
        stream: the stream, once it has its life.
        bytes_written: how much of the input was used up.
    """

    stream: Above

    def __init__(
        self, engine: Engine, options: Common, full_flush: int, most_flush: int, at_once: int
    ) -> None:
        self.engine = engine
        self.options = options
        self.full_flush = full_flush
        self.most_flush = most_flush
        self.at_once = at_once
        self.bytes_written = 0
        # Of a chunk that turns out to be wrong, nothing counts: so it is told from in between.
        self.used = 0
        self.closed = False
        self.callback: Callback | None = None
        # The output has no room, and the next piece is made when somebody reads.
        self.waiting = False
        # How much of a piece of `chunk_size` was made of earlier input.
        self.filled = 0
        self.worker: Worker | None = None

    def belong_to(self, stream: Above) -> None:
        """Be at work for `stream`, which has its life by now."""
        self.stream = stream
        stream._life.own = self

    def process(self, view: memoryview, flush: int, callback: Callback) -> None:
        """Work on a chunk: what `_transform` does."""
        self.callback = callback
        self.engine.give(view, flush)
        self.go_on()

    def room(self) -> int:
        """How much output is welcome."""
        state = self.stream._readable_state
        return max(state.high_water_mark - state.buffer.size, 1)

    def go_on(self) -> None:
        """Make as much output as there is room for."""
        if self.is_small():
            # Nobody is called back from inside of his own write.
            answer_soon(self.on_made, *outcome_of(self.make, (self.room(),)))
            return
        if self.worker is None:
            self.worker = Worker()
            belong_to_running_loop(self)
        self.worker(self.on_made, self.make, self.room())

    def is_small(self) -> bool:
        """Whether the input is worked on without a thread."""
        return len(self.engine.view) <= self.at_once

    def make(self, room: int) -> Made:
        """Pieces of output, whether there may be more, and what went wrong after them."""
        pieces: list[bytes] = []
        size = self.options.chunk_size
        while room > 0 and not self.engine.cancelled:
            wanted = size - self.filled
            try:
                piece = self.engine.take(wanted)
            except Exception as error:
                return pieces, False, error
            self.used = self.engine.consumed
            if piece:
                pieces.append(piece)
            if len(piece) < wanted:
                self.filled += len(piece)
                return pieces, False, None
            self.filled = 0
            room -= len(piece)
        return pieces, True, None

    def on_made(self, error: Exception | None, made: Made | None) -> None:
        """Hand out what was made, and go on while there is room and nobody else's turn."""
        enough = perf_counter() + _LONGEST
        small = self.is_small()
        while self.hand_out(*(made or ([], False, error))):
            # The stream itself asks for one tick, to read ahead; others have waited long enough.
            if not small or len(current_queue()) > 1 or perf_counter() > enough:
                self.go_on()
                return
            error, made = outcome_of(self.make, (self.room(),))

    def hand_out(self, pieces: list[bytes], more: bool, failure: Exception | None) -> bool:
        """Hand out pieces, and see what is next: whether to go on at once."""
        stream, life = self.stream, self.stream._life
        self.bytes_written = self.used
        room = True
        for piece in pieces:
            if life.destroyed:
                break
            room = stream.push(piece)
        if life.destroyed:
            self.done()
        elif failure is not None:
            self.engine.cancelled = True
            self.callback = None
            stream.destroy(failure)
        elif more and room:
            return True
        elif more:
            self.waiting = True
        elif not self.engine.left:
            self.done()
        elif self.options.reject_garbage_after_end:
            self.done(TrailingJunkError())
        else:
            # The data are over; what follows them is nobody's.
            stream.push(None)
            self.done()
        return False

    def done(self, error: Exception | None = None) -> None:
        """Say that the chunk is worked on."""
        callback, self.callback = self.callback, None
        if callback is not None:
            callback(error)

    def read(self) -> None:
        """Go on, for somebody has read."""
        if self.waiting:
            self.waiting = False
            self.go_on()

    def close(self) -> None:
        """Do no more: what `_destroy` does."""
        self.closed = True
        self.abandon()

    def abandon(self) -> None:
        """Let a thread that is at work come to its end."""
        self.engine.cancelled = True
