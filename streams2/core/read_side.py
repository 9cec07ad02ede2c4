"""The readable side of a stream: what it remembers, and all that it does between two calls.

A source pushes chunks into a buffer, and is asked for more (`_read`) while the buffer is below the
high-water mark. How they leave it is the state of the *flow* (`flow`); whether more will come is
the state of the *supply* (`supply`). Around these two, three promises are kept:

* Nobody is called back from inside his own `_read` or `read`: what there is to tell waits a tick.
* Who found too little in the buffer hears of more: ``'readable'`` is told, once, in a tick.
* The source is asked again only after it has pushed, and read ahead of whoever reads, up to the
  mark, for as long as it answers at once.

The face has the three methods that every chunk goes through (`push`, `read`, and `pause` with
`resume`); they work on this side directly.
"""

from __future__ import annotations

from typing import Any

from ..errors import (
    StreamPushAfterEofError,
    StreamUnshiftAfterEndEventError,
    UnknownEncodingError,
)
from ..loop.ticks import next_tick, require_ticks
from .chunks import NOTHING_YET, Chunk, ChunkQueue, byte_size
from .encodings import Decoder, is_encoding
from .ends import Fan
from .faces import ReadFace
from .flow import FLOW, FLOWING, IDLE, PARKED, PAUSED, PULLED, Flow, FlowEvent
from .intake import pushed
from .life import CONSTRUCTING, GONE, Life
from .machine import Machine
from .nesting import nesting_here
from .nodes_fields import ReadFields
from .object_flow import let_objects_flow
from .supply import END_TOLD, ENDED_UNTOLD, SUPPLY, SUPPLYING, Supply, SupplyEvent

__all__ = ["ReadSide"]


class ReadSide(ReadFields):
    """All that the readable side of a stream remembers between two calls.

    Attributes:
        enabled: False where a Duplex is made with ``readable=False``.
        buffer: the chunks that were pushed and not read.
        high_water_mark: how much to read ahead.
        flow, supply: how chunks leave, and whether more will come.
        fan: the pipes that read this side.
    """

    __slots__ = (
        *("buffer", "data_emitted", "data_listened", "decoder", "default_encoding"),
        *("emitted_readable", "enabled", "encoding", "face", "fan", "flow"),
        *("high_water_mark", "life", "listened", "need_readable", "object_mode"),
        *("paused_again", "plain_objects", "reading", "reading_more", "reads_ahead"),
        *("resume_scheduled", "supply", "sync"),
    )

    def __init__(
        self,
        face: ReadFace,
        life: Life,
        high_water_mark: int,
        *,
        object_mode: bool,
        encoding: str | None,
        default_encoding: str,
    ) -> None:
        if default_encoding != "utf8" and not is_encoding(default_encoding):
            raise UnknownEncodingError(default_encoding)
        self.face = face
        self.life = life
        life.read_side = self
        self.object_mode = object_mode
        self.high_water_mark = high_water_mark
        self.default_encoding = default_encoding
        self.encoding = encoding
        self.decoder = None if encoding is None else Decoder(encoding)
        # Objects that are handed on as they are.
        self.plain_objects = object_mode and encoding is None
        self.buffer = ChunkQueue(object_mode)
        self.flow: Machine[Flow, FlowEvent] = Machine(FLOW, self)
        self.supply: Machine[Supply, SupplyEvent] = Machine(SUPPLY, self)
        self.fan = Fan()
        self.enabled = True
        # Rule: the source is asked again only after it has pushed. _read was called and has not.
        self.reading = False
        # Rule: nobody is called from inside _read. It has not returned yet: what it pushes goes to
        # the buffer, never straight to 'data'.
        self.sync = True
        # Rule: who found too little hears of more. The next chunk is worth a 'readable'...
        self.need_readable = False
        # ...and only one: that 'readable' is already on its way.
        self.emitted_readable = False
        # Rule: one tick reads ahead, and one resumes, however often they are asked for.
        self.reading_more = False
        self.resume_scheduled = False
        # Off while nobody wants what would be read, and to wait for it would hold the run open:
        # standard input, paused.
        self.reads_ahead = True
        # A listener of 'pause' resumed the stream: is_paused() then says what was asked last, as
        # Node's does, while the stream flows.
        self.paused_again = False
        # There is a 'readable' listener, as far as the flow knows: it hears of a removal late.
        self.listened = False
        # A 'data' listener was added, and they were not all taken away one by one.
        self.data_listened = False
        self.data_emitted = False

    def disable(self) -> None:
        """Be a side that is not there."""
        self.enabled = False
        self.supply = Machine(SUPPLY, self, END_TOLD)

    # -- chunks come in -------------------------------------------------------------------------

    def add(self, chunk: Chunk, encoding: str | None) -> bool:
        """Take what was pushed, whatever it is; whether more is welcome."""
        decoder = self.decoder
        if not self.object_mode:
            if decoder is not None or type(chunk) is not bytes:
                chunk, undecoded = pushed(self, chunk, encoding or self.default_encoding)
                if chunk is None:
                    return False
                decoder = decoder if undecoded else None
            if not len(chunk):
                self.reading = False
                self.read_ahead()
                return self.wants_more()
        elif encoding:
            decoder = None
        if self.supply.state is not SUPPLYING:
            self.life.fail(StreamPushAfterEofError())
            return False
        if not self.life.healthy and self.life.failed:
            return False
        self.reading = False
        if decoder is not None:
            chunk = decoder.write(chunk)
            if not chunk and not self.object_mode:
                self.read_ahead()
                return self.wants_more()
        self.hand_on(chunk)
        return self.wants_more()

    def put_back(self, chunk: Chunk, encoding: str | None) -> bool:
        """Take what was unshifted; whether more is welcome."""
        if not self.object_mode:
            chunk, _ = pushed(self, chunk, encoding or self.default_encoding, keep=True)
            if chunk is None:
                return False
            if not len(chunk):
                return self.wants_more()
        if self.supply.state is END_TOLD:
            self.life.fail(StreamUnshiftAfterEndEventError())
        elif self.life.failed:
            return False
        else:
            self.hand_on(chunk, front=True)
        return self.wants_more()

    def wants_more(self) -> bool:
        """Whether there is room below the mark."""
        size = self.buffer.size
        return self.supply.state is SUPPLYING and (size < self.high_water_mark or size == 0)

    def hand_on(self, chunk: object, front: bool = False) -> None:
        """Emit a chunk at once where it may be, or else put it into the buffer."""
        if self.need_readable or not self.reading_more:
            require_ticks()
        buffer = self.buffer
        if not self.sync and self.flow.state is FLOWING and buffer.size == 0 and self.data_listened:
            if self.fan.awaiting:
                self.fan.emitted()
            self.data_emitted = True
            nesting = nesting_here()
            level = nesting.level
            if level and nesting.is_too_deep():
                buffer.push(chunk)
                nesting.put_off(self.let_flow_later)
            else:
                nesting.level = level + 1
                try:
                    self.face.emit("data", chunk)
                finally:
                    nesting.level = level
                    if not level and nesting.waiting:
                        nesting.go_on()
        else:
            (buffer.unshift if front else buffer.push)(chunk)
            if self.need_readable:
                self.emit_readable()
        if not self.reading_more and not self.reading:
            self.read_ahead()

    def end_of_input(self) -> None:
        """Nothing more will come: None was pushed."""
        if self.supply.state is SUPPLYING and not (self.sync and self.flow.state is IDLE):
            require_ticks()
        self.reading = False
        if self.supply.state is not SUPPLYING:
            return
        if self.decoder is not None:
            rest = self.decoder.end()
            if rest:
                self.buffer.push(rest)
        if not self.sync:
            self.supply.step(SupplyEvent.END)
        elif (
            self.need_readable
            or self.flow.state is FLOWING
            or self.face.listener_count("readable") > 0
        ):
            self.supply.step(SupplyEvent.END_IN_READ)
        else:
            self.supply.step(SupplyEvent.END_UNHEARD)

    # -- 'readable', and reading ahead ------------------------------------------------------------

    def emit_readable(self) -> None:
        """Emit ``'readable'`` in a tick, once for all who ask for it until then."""
        self.need_readable = False
        if not self.emitted_readable:
            self.emitted_readable = True
            next_tick(self.emit_readable_now)

    def emit_readable_at_once(self) -> None:
        """Emit ``'readable'`` for the end: nobody is inside of `_read`."""
        self.need_readable = False
        self.emitted_readable = True
        self.emit_readable_now()

    def emit_readable_now(self) -> None:
        """Emit ``'readable'``, if there still is something to be read, or an end to be met."""
        supplying = self.supply.state is SUPPLYING
        if (self.buffer.size or not supplying) and (self.life.healthy or not self.life.failed):
            self.face.emit("readable")
            self.emitted_readable = False
        if self.flow.state is FLOWING:
            self.let_flow()
        elif self.supply.state is SUPPLYING and self.buffer.size <= self.high_water_mark:
            self.need_readable = True

    def read_ahead(self) -> None:
        if not self.reading_more and self.life.machine.state is not CONSTRUCTING:
            self.reading_more = True
            if self.buffer.chunks is NOTHING_YET:
                self.buffer.prepare()  # `push` does not ask.
            next_tick(self.read_more)

    def read_more(self) -> None:
        """Read ahead, for as long as the source answers at once."""
        buffer = self.buffer
        while (
            not self.reading
            and self.reads_ahead
            and self.supply.state is SUPPLYING
            and (
                buffer.size < self.high_water_mark
                or (self.flow.state is FLOWING and buffer.size == 0)
            )
        ):
            before = buffer.size
            self.face.read(0)
            if buffer.size == before:
                break
        self.reading_more = False

    def start_work(self) -> None:
        """Read ahead for whoever asked before the stream was constructed."""
        if self.need_readable:
            self.read_ahead()

    # -- chunks go out --------------------------------------------------------------------------

    def has_enough(self) -> bool:
        """Whether there is something to be told of: as much as the mark, or the end."""
        if self.supply.state is not SUPPLYING:
            return True
        return self.buffer.size >= (self.high_water_mark or 1)

    def how_much(self, size: int | None) -> int:
        """How much a read of `size` takes out of the buffer."""
        buffered = self.buffer.size
        if not buffered:
            # Of objects, one is asked for whatever there is.
            wanted = self.object_mode and self.supply.state is SUPPLYING
            return int(wanted and (size is None or size > 0))
        if self.object_mode:
            return 1 if size is None or size > 0 else 0
        if size is None:
            if self.decoder is not None and self.flow.state is not FLOWING:
                return buffered
            chunks = self.buffer.chunks
            return buffered if len(chunks) == 1 else byte_size(chunks[0])
        if size <= 0:
            return 0
        if size <= buffered:
            return size
        return 0 if self.supply.state is SUPPLYING else buffered

    def take(self, amount: int) -> Chunk:
        """So much out of the buffer, or None if there is nothing."""
        buffer = self.buffer
        if not amount or not buffer.size:
            return None
        if self.object_mode:
            return buffer.shift()
        if amount >= buffer.size:
            is_text = self.decoder is not None
            # One chunk of bytes is handed on as it is; text may have to be made of it.
            if len(buffer.chunks) == 1 and not is_text:
                return buffer.shift()
            return buffer.take_all(text=is_text)
        return buffer.take(amount)

    # -- the end --------------------------------------------------------------------------------

    def end_soon(self) -> None:
        """All is read: tell the end in a tick."""
        if self.supply.state is not END_TOLD:
            next_tick(self.end_if_read)

    def end_if_read(self) -> None:
        """Tell the end, unless something was put back, or the stream has failed."""
        life = self.life
        if (
            life.errored is None
            and life.machine.state is not GONE
            and self.supply.state is not END_TOLD
            and self.buffer.size == 0
        ):
            self.supply.step(SupplyEvent.TELL)

    def tell_end(self) -> None:
        """Emit ``'end'``; then the stream goes, if its other side, if there is one, is done too."""
        face: Any = self.face
        self.face.emit("end")
        self.life.onlookers.tell()
        if self.life.write_side is not None and face.writable and not face.allow_half_open:
            next_tick(self.end_other_side)
        elif self.life.auto_destroy and self.life.over:
            self.face.destroy()

    def end_other_side(self) -> None:
        """Nothing will come any more, and so nothing is to be written."""
        face: Any = self.face
        if face.writable and not face.writable_ended and not self.life.destroyed:
            face.end()

    # -- flow -----------------------------------------------------------------------------------

    def schedule_resume(self) -> None:
        if not self.resume_scheduled:
            self.resume_scheduled = True
            next_tick(self.resume_now)

    def resume_now(self) -> None:
        """Tell that the stream flows, and let it."""
        if not self.reading:
            self.face.read(0)
        self.resume_scheduled = False
        self.face.emit("resume")
        self.let_flow()
        if self.flow.state is FLOWING and not self.reading:
            self.face.read(0)

    def tell_pause(self) -> None:
        self.face.emit("pause")

    def let_flow_later(self) -> None:
        # For what came too deep in the stack. Whoever pushed it has long gone on.
        try:
            self.let_flow()
        except Exception as error:
            self.face.destroy(error)

    def let_flow(self) -> None:
        """Read for as long as the stream flows and there is something to read."""
        # Not `while flow...`: CPython 3.11 never warms up to a loop that jumps back on a condition.
        while True:
            if self.plain_objects:
                let_objects_flow(self)
            if self.flow.state is not FLOWING or self.face.read() is None:
                return

    # -- listeners ------------------------------------------------------------------------------

    def listen(self, event: str) -> None:
        """A listener of `event` was added."""
        if event == "data":
            self.data_listened = True
            # Never cleared here: a 'readable' listener that has gone counts until the tick that
            # looks after it.
            self.listened = self.listened or self.face.listener_count("readable") > 0
            if self.flowing is not False:
                self.face.resume()
        elif event == "readable" and self.supply.state is not END_TOLD and not self.listened:
            self.listened = self.need_readable = True
            self.emitted_readable = False
            self.flow.step(FlowEvent.LISTEN)
            if self.buffer.size:
                self.emit_readable()
                return
            if self.supply.state is ENDED_UNTOLD:
                self.supply.step(SupplyEvent.LISTEN)
            if not self.reading:
                next_tick(self.face.read, 0)

    def forget(self, event: str) -> None:
        """A listener of `event` was taken away."""
        if event == "readable":
            # In a tick: `once` takes a listener away before it calls it, and that may add another.
            next_tick(self.forget_readable)
        elif event == "data" and self.face.listener_count("data") == 0:
            self.data_listened = False

    def forget_readable(self) -> None:
        """See who still listens to ``'readable'``."""
        self.listened = self.face.listener_count("readable") > 0
        if self.resume_scheduled and self.flow.state in (FLOWING, PULLED):
            self.flow.step(FlowEvent.RESUME)
        elif self.data_listened:
            self.face.resume()
        elif not self.listened:
            self.flow.step(FlowEvent.RELEASE)

    # -- asking ---------------------------------------------------------------------------------

    @property
    def flowing(self) -> bool | None:
        """Node's `readableFlowing`: None before anybody asked for chunks."""
        flow = self.flow.state
        if flow is FLOWING:
            return True
        return None if flow is IDLE or flow is PARKED else False

    @property
    def paused(self) -> bool:
        """Whether chunks are held back."""
        return self.flow.state in (PAUSED, PULLED, PARKED) or self.paused_again

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be read."""
        return self.supply.state is END_TOLD or not self.enabled
