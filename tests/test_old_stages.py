"""Old-style streams and emitters of others in `pipeline`, `compose`, `Duplex.from_`, `finished`."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from streams2 import (
    Duplex,
    EventEmitter,
    PassThrough,
    Readable,
    Stream,
    compose,
    finished,
    pipeline,
    run,
)
from streams2.errors import InvalidArgTypeError

from .support import BoomError
from .twins import Twins, turn

twins = Twins()


def text(chunk: Any) -> str:
    return chunk.decode() if isinstance(chunk, bytes) else str(chunk)


class Old(Stream):
    """Says what it is asked for."""

    def __init__(self, say: Any) -> None:
        super().__init__()
        self.say = say
        self.readable = self.writable = True

    def write(self, chunk: Any) -> bool:
        self.say("write", text(chunk))
        return True

    def end(self) -> None:
        self.say("end")
        self.emit("finish")
        self.emit("close")

    def destroy(self, error: Any = None) -> None:
        self.say("destroy", error)
        self.emit("close")


class Loud(Old):
    """Emits what is written to it, in capitals."""

    def write(self, chunk: Any) -> bool:
        self.emit("data", text(chunk).upper())
        return True

    def end(self) -> None:
        self.emit("end")
        self.emit("close")

    def pause(self) -> None:
        self.say("pause")

    def resume(self) -> None:
        self.say("resume")


OLD = """
    class Old extends Stream {
        constructor() { super(); this.readable = this.writable = true; }
        write(chunk) { say('write', String(chunk)); return true; }
        end() { say('end'); this.emit('finish'); this.emit('close'); }
        destroy(error) { say('destroy', error); this.emit('close'); }
    }
    class Loud extends Old {
        write(chunk) { this.emit('data', String(chunk).toUpperCase()); return true; }
        end() { this.emit('end'); this.emit('close'); }
        pause() { say('pause'); }
        resume() { say('resume'); }
    }
    const told = (error) => say('told', error);
    const heard = (stream) => stream
        .on('data', (chunk) => say('data', String(chunk)))
        .on('end', () => say('end'))
        .on('error', (error) => say('error', error));
"""


def teller(say: Any) -> Any:
    return lambda error=None, *_: say("told", error)


def heard(stream: Any, say: Any) -> Any:
    stream.on("data", lambda chunk: say("data", text(chunk)))
    stream.on("end", lambda: say("end"))
    return stream.on("error", lambda error: say("error", error))


# -- pipeline --------------------------------------------------------------------------------------


@twins.program(
    OLD
    + """
    const old = new Old();
    say(pipeline(old, heard(new PassThrough()), told) instanceof PassThrough);
    old.emit('data', 'x');
    old.emit('end');
"""
)
def test_a_source(say: Any) -> None:
    old = Old(say)
    last = pipeline(old, heard(PassThrough(), say), callback=teller(say))
    say(isinstance(last, PassThrough))
    old.emit("data", "x")
    old.emit("end")


@twins.program(
    OLD
    + """
    const old = new Old();
    pipeline(old, heard(new PassThrough()), told);
    old.emit('error', new Error('boom'));
"""
)
def test_a_source_that_fails(say: Any) -> None:
    old = Old(say)
    pipeline(old, heard(PassThrough(), say), callback=teller(say))
    old.emit("error", BoomError("boom"))


@twins.program(
    OLD
    + """
    const old = new Loud();
    pipeline(old, heard(new PassThrough()), told);
    old.emit('data', 'x');
    old.emit('close');
"""
)
def test_a_source_that_closes_before_its_end(say: Any) -> None:
    old = Loud(say)
    pipeline(old, heard(PassThrough(), say), callback=teller(say))
    old.emit("data", "x")
    old.emit("close")


@twins.program(
    OLD
    + """
    const old = new Old();
    say(pipeline(Readable.from(['1', '2']), old, told) === old);
"""
)
def test_a_sink(say: Any) -> None:
    old = Old(say)
    say(pipeline(Readable.from_(["1", "2"]), old, callback=teller(say)) is old)


@twins.program(
    OLD
    + """
    const old = new Old(), source = new PassThrough();
    source.write('q');
    source.on('close', () => say('source closed'));
    pipeline(source, old, told);
    old.emit('error', new Error('boom'));
"""
)
def test_a_sink_that_fails(say: Any) -> None:
    old, source = Old(say), PassThrough()
    source.write("q")
    source.on("close", lambda: say("source closed"))
    pipeline(source, old, callback=teller(say))
    old.emit("error", BoomError("boom"))


@twins.program(
    OLD
    + """
    pipeline(Readable.from(['a', 'b']), new Loud(), heard(new PassThrough()), told);
"""
)
def test_a_stage_that_closes_at_its_end(say: Any) -> None:
    pipeline(Readable.from_(["a", "b"]), Loud(say), heard(PassThrough(), say), callback=teller(say))


@twins.program(
    OLD
    + """
    class Finishes extends Loud { end() { this.emit('end'); this.emit('finish'); } }
    pipeline(Readable.from(['a', 'b']), new Finishes(), heard(new PassThrough()), told);
"""
)
def test_a_stage_that_finishes(say: Any) -> None:
    class Finishes(Loud):
        def end(self) -> None:
            self.emit("end")
            self.emit("finish")

    stages = Readable.from_(["a", "b"]), Finishes(say), heard(PassThrough(), say)
    pipeline(*stages, callback=teller(say))


def test_a_sink_that_finishes_from_inside_of_its_end() -> None:
    """Row 12: Node waits for ever."""
    said: list[Any] = []

    def say(*values: Any) -> None:
        said.append(values)

    async def words() -> Any:
        yield "a"
        yield "b"

    run(lambda: pipeline(words, Old(say), callback=teller(say)) and None)
    assert said == [("write", "a"), ("write", "b"), ("end",), ("told", None)]


@twins.program(
    OLD
    + """
    const old = new Loud();
    pipeline(old, async (chunks) => { for await (const chunk of chunks) say('got', chunk); }, told);
    old.emit('data', 'x');
    old.emit('end');
"""
)
def test_a_source_of_a_function(say: Any) -> None:
    async def eat(chunks: Any) -> None:
        async for chunk in chunks:
            say("got", chunk)

    old = Loud(say)
    pipeline(old, eat, callback=teller(say))
    old.emit("data", "x")
    old.emit("end")


@twins.program(
    OLD
    + """
    const sink = new EventEmitter();
    sink.write = (chunk) => { say('write', String(chunk)); return true; };
    sink.end = () => { say('end'); sink.emit('finish'); };
    pipeline(Readable.from(['a']), sink, told);
    await turn(); await turn(); await turn();

    const source = new EventEmitter();
    source.pipe = (to) => { source.on('data', (c) => to.write(c)).on('end', () => to.end()); };
    pipeline(source, heard(new PassThrough()), told);
    source.emit('data', 'x');
    source.emit('end');
"""
)
async def test_emitters_that_know_how(say: Any) -> None:
    class Emitter(EventEmitter):
        pass

    sink: Any = Emitter()
    sink.write = lambda chunk: (say("write", text(chunk)), True)[1]
    sink.end = lambda: (say("end"), sink.emit("finish"))
    pipeline(Readable.from_(["a"]), sink, callback=teller(say))
    for _ in range(3):
        await turn()

    def pipe(to: Any) -> None:
        source.on("data", to.write).on("end", lambda: to.end())

    source: Any = Emitter()
    source.pipe = pipe
    pipeline(source, heard(PassThrough(), say), callback=teller(say))
    source.emit("data", "x")
    source.emit("end")


def test_a_stage_that_cannot_be_read_is_refused() -> None:
    class Sink(EventEmitter):
        def write(self, chunk: Any) -> bool:
            return True

        def end(self) -> None:
            pass

    async def main() -> None:
        with pytest.raises(InvalidArgTypeError, match="something with pipe"):
            pipeline(Sink(), PassThrough(), callback=lambda error=None: None)

    run(main)


# -- finished --------------------------------------------------------------------------------------


@twins.program(
    OLD
    + """
    for (const [readable, writable, ...events] of [
        [true, false, 'end'], [true, false, 'close'], [false, true, 'finish', 'close'],
        [true, true, 'end', 'finish', 'close'], [true, true, 'close'],
    ]) {
        for (const Kind of [Old, Loud]) {
            const old = new Kind();
            Object.assign(old, { readable, writable });
            finished(old, (error) => say(readable, writable, events, error));
            for (const event of events) { say(event); old.emit(event); }
            await turn();
        }
    }
    const failing = new Old();
    finished(failing, told);
    failing.emit('error', new Error('boom'));

    const request = new EventEmitter();
    request.setHeader = request.abort = request.write = request.end = () => {};
    finished(request, told);
    request.emit('complete');
    const aborted = new EventEmitter();
    aborted.setHeader = aborted.abort = aborted.write = aborted.end = () => {};
    finished(aborted, told);
    aborted.emit('abort');
"""
)
async def test_finished(say: Any) -> None:
    kinds: list[Any] = [
        (True, False, "end"),
        (True, False, "close"),
        (False, True, "finish", "close"),
        (True, True, "end", "finish", "close"),
        (True, True, "close"),
    ]
    for readable, writable, *events in kinds:
        for kind in (Old, Loud):
            old = kind(say)
            old.readable, old.writable = readable, writable
            finished(old, partial(say, readable, writable, events))
            for event in events:
                say(event)
                old.emit(event)
            await turn()
    failing = Old(say)
    finished(failing, teller(say))
    failing.emit("error", BoomError("boom"))

    for event in ("complete", "abort"):
        request: Any = EventEmitter()
        request.set_header = request.abort = request.write = request.end = lambda: None
        finished(request, teller(say))
        request.emit(event)


# -- compose and Duplex.from_ ----------------------------------------------------------------------


@twins.program(
    OLD
    + """
    heard(compose(new Loud(), new PassThrough())).end('abc');
    await turn();
    heard(compose(new PassThrough(), new Loud(), new PassThrough())).end('abc');
    await turn();
    const deaf = new Loud();
    deaf.writable = false;
    try { compose(new PassThrough(), deaf); } catch (error) { say(error); }
    const dumb = new Loud();
    dumb.readable = false;
    try { compose(dumb, new PassThrough()); } catch (error) { say(error); }
"""
)
async def test_composed(say: Any) -> None:
    heard(compose(Loud(say), PassThrough()), say).end("abc")
    await turn()
    heard(compose(PassThrough(), Loud(say), PassThrough()), say).end("abc")
    await turn()
    deaf, dumb = Loud(say), Loud(say)
    deaf.writable = dumb.readable = False
    for stages in ((PassThrough(), deaf), (dumb, PassThrough())):
        try:
            compose(*stages)
        except ValueError as error:
            say(error)


@twins.program(
    OLD
    + """
    const loud = new Loud(), duplex = heard(Duplex.from(loud));
    say(duplex.readable, duplex.writable);
    loud.emit('data', 'x');
    loud.emit('end');
    await turn(); await turn();
    const source = new Loud(), pair = heard(Duplex.from({ readable: source, writable: new Old() }));
    say(pair.readable, pair.writable);
    source.emit('data', 'y');
    pair.end('z');
    await turn();
    source.emit('end');
    await turn();
    const given = heard(Duplex.from(new Loud()));
    given.destroy(new Error('boom'));
"""
)
async def test_a_duplex_of_it(say: Any) -> None:
    loud = Loud(say)
    duplex = heard(Duplex.from_(loud), say)
    say(duplex.readable, duplex.writable)
    loud.emit("data", "x")
    loud.emit("end")
    await turn()
    await turn()
    source = Loud(say)
    pair = heard(Duplex.from_({"readable": source, "writable": Old(say)}), say)
    say(pair.readable, pair.writable)
    source.emit("data", "y")
    pair.end("z")
    await turn()
    source.emit("end")
    await turn()
    given = heard(Duplex.from_(Loud(say)), say)
    given.destroy(BoomError("boom"))
