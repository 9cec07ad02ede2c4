"""The old-style Stream, which many an npm package is: its pipe is Node's."""

from __future__ import annotations

from typing import Any

import pyee
import pytest

from streams2 import Duplex, EventEmitter, PassThrough, Readable, Stream, Writable, finished, run
from streams2.errors import InvalidArgTypeError

from .support import BoomError
from .twins import Twins

twins = Twins()


class Old(Stream):
    """A source and a destination that says what it is asked for."""

    def __init__(self, say: Any, name: str, answer: Any = None) -> None:
        super().__init__()
        self.say, self.name, self.answer = say, name, answer
        self.readable = self.writable = True

    def write(self, chunk: Any) -> Any:
        self.say(self.name, "write", chunk)
        return self.answer

    def end(self) -> None:
        self.say(self.name, "end")

    def destroy(self) -> None:
        self.say(self.name, "destroy")

    def pause(self) -> None:
        self.say(self.name, "pause")

    def resume(self) -> None:
        self.say(self.name, "resume")


OLD = """
    class Old extends Stream {
        constructor(name, answer) {
            super();
            this.name = name; this.answer = answer;
            this.readable = this.writable = true;
        }
        write(chunk) { say(this.name, 'write', chunk); return this.answer; }
        end() { say(this.name, 'end'); }
        destroy() { say(this.name, 'destroy'); }
        pause() { say(this.name, 'pause'); }
        resume() { say(this.name, 'resume'); }
    }
"""


@twins.program(
    OLD
    + """
    const a = new Old('a'), b = new Old('b', false);
    b.on('pipe', (source) => say('pipe', source === a));
    say(a.pipe(b) === b, a.eventNames(), b.eventNames());
    a.emit('data', 1);
    b.writable = false;
    a.emit('data', 2);
    b.writable = true;
    b.answer = undefined;
    a.emit('data', 3);
    b.emit('drain');
    a.readable = false;
    b.emit('drain');
    a.emit('end');
    say(a.eventNames(), b.eventNames());
    a.emit('close');
    a.emit('data', 4);
"""
)
def test_a_pipe_of_old_streams(say: Any) -> None:
    a, b = Old(say, "a"), Old(say, "b", False)
    b.on("pipe", lambda source: say("pipe", source is a))
    say(a.pipe(b) is b, a.event_names(), b.event_names())
    a.emit("data", 1)
    b.writable = False
    a.emit("data", 2)
    b.writable = True
    b.answer = None
    a.emit("data", 3)
    b.emit("drain")
    a.readable = False
    b.emit("drain")
    a.emit("end")
    say(a.event_names(), b.event_names())
    a.emit("close")
    a.emit("data", 4)


@twins.program(
    OLD
    + """
    for (const end of [true, false]) {
        for (const event of ['end', 'close']) {
            const a = new Old('a'), b = new Old('b');
            a.pipe(b, { end });
            say(end, event, a.eventNames());
            a.emit(event);
            say(a.eventNames(), b.eventNames());
        }
    }
    const c = new Old('c'), d = new Old('d');
    c.pipe(d);
    d.emit('close');
    say(c.eventNames(), d.eventNames());
"""
)
def test_either_end_takes_it_away_and_ends_or_destroys(say: Any) -> None:
    for end in (True, False):
        for event in ("end", "close"):
            a, b = Old(say, "a"), Old(say, "b")
            a.pipe(b, end=end)
            say(end, event, a.event_names())
            a.emit(event)
            say(a.event_names(), b.event_names())
    c, d = Old(say, "c"), Old(say, "d")
    c.pipe(d)
    d.emit("close")
    say(c.event_names(), d.event_names())


@twins.program(
    OLD
    + """
    for (const failing of [0, 1]) {
        for (const heard of [true, false]) {
            const ends = [new Old('a'), new Old('b')];
            ends[0].pipe(ends[1]);
            if (heard) ends[failing].on('error', (error) => say('heard', error));
            try {
                ends[failing].emit('error', new Error('boom'));
            } catch (error) {
                say('raised', error);
            }
            say(ends[0].eventNames(), ends[1].eventNames());
        }
    }
"""
)
def test_an_error_takes_it_away_and_is_raised_if_nobody_listens(say: Any) -> None:
    for failing in (0, 1):
        for heard in (True, False):
            ends = [Old(say, "a"), Old(say, "b")]
            ends[0].pipe(ends[1])
            if heard:
                ends[failing].on("error", lambda error: say("heard", error))
            try:
                ends[failing].emit("error", BoomError("boom"))
            except BoomError as error:
                say("raised", error)
            say(ends[0].event_names(), ends[1].event_names())


@twins.program(
    OLD
    + """
    const a = new Old('a'), sink = new Writable({
        objectMode: true, highWaterMark: 2,
        write(chunk, encoding, done) { say('sink', chunk); nextTick(done); },
    });
    sink.on('finish', () => say('finish'));
    a.pipe(sink);
    a.emit('data', 1);
    a.emit('data', 2);
    a.emit('data', 3);
    a.emit('end');
    const source = Readable.from(['x', 'y']);
    source.pipe(new Old('b'));
    finished(source, (error) => say('finished', error));
    await new Promise((done) => setTimeout(done, 10));
"""
)
def test_old_and_new_can_be_piped_to_each_other(say: Any) -> None:
    def write(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
        from streams2 import next_tick

        say("sink", chunk)
        next_tick(done)

    a: Stream = Old(say, "a")
    sink = Writable(object_mode=True, high_water_mark=2, write=write)
    sink.on("finish", lambda: say("finish"))
    a.pipe(sink)
    a.emit("data", 1)
    a.emit("data", 2)
    a.emit("data", 3)
    a.emit("end")
    source = Readable.from_(["x", "y"])
    source.pipe(Old(say, "b"))
    finished(source, lambda error: say("finished", error))


@pytest.mark.parametrize("destination", [None, 5, "x", {}, EventEmitter()])
def test_what_cannot_be_written_to_is_refused(destination: Any) -> None:
    old = Stream()
    with pytest.raises(InvalidArgTypeError, match="destination"):
        old.pipe(destination)
    assert old.event_names() == []


def test_an_emitter_of_others_will_do() -> None:
    class Log(pyee.EventEmitter):
        writable = True

        def __init__(self) -> None:
            super().__init__()
            self.got: list[Any] = []

        def write(self, chunk: Any) -> None:
            self.got.append(chunk)

        def end(self) -> None:
            self.got.append("end")

    old, log = Stream(), Log()
    assert old.pipe(log) is log
    old.emit("data", 1)
    old.emit("end")
    old.emit("data", 2)
    assert log.got == [1, "end"]


@pytest.mark.parametrize("kind", [Readable, Writable, Duplex, PassThrough])
def test_every_stream_is_one_and_a_bare_one_has_no_life(kind: Any) -> None:
    assert isinstance(kind(), Stream)
    for name in ("destroy", "destroyed", "closed", "errored", "write", "read"):
        assert not hasattr(Stream(), name)


def test_a_subclass_calls_its_own_what_it_likes() -> None:
    old = Stream()
    old.destroyed = old.closed = True  # type: ignore[attr-defined]
    assert run(lambda: old.emit("data", 1)) is False
