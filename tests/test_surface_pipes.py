"""What can be piped to, and what not; and what `finished` makes of emitters of others."""

from __future__ import annotations

import io

import pyee
import pytest

from streams2 import (
    AbortController,
    EventEmitter,
    PassThrough,
    Readable,
    Writable,
    finished,
    pipe,
    promises,
    run,
)
from streams2.errors import InvalidArgTypeError

from .support import BoomError
from .twins import Twins

twins = Twins()


def source(**options):
    return Readable(read=lambda self, size: None, **options)


def foreign(base, **attributes):
    """An emitter with `write` and `end` that is none of our streams."""

    class Log(base):
        def __init__(self):
            super().__init__()
            self.got = []
            self.answers = None

        def write(self, chunk):
            self.got.append(chunk)
            return self.answers

        def end(self):
            self.got.append("end")
            self.emit("finish")

    log = Log()
    for name, value in attributes.items():
        setattr(log, name, value)
    return log


BASES = pytest.mark.parametrize("base", [EventEmitter, pyee.EventEmitter])


# -- no destination --------------------------------------------------------------------------------

NO_DESTINATIONS = {
    "None": None,
    "dict": {},
    "text": "x",
    "number": 5,
    "a list": [],
    "a file": io.BytesIO(),
    "a function": print,
    "a class": Writable,
    "a class of emitters": foreign(EventEmitter).__class__,
    "an emitter": EventEmitter(),
    "an emitter of pyee": pyee.EventEmitter(),
    "a readable": Readable(read=lambda self, size: None),
}


@pytest.mark.parametrize("destination", NO_DESTINATIONS.values(), ids=NO_DESTINATIONS)
def test_what_cannot_be_piped_to_is_refused_at_the_call_and_nothing_is_connected(destination):
    def main():
        r = source()
        r.push(b"x")
        with pytest.raises(InvalidArgTypeError, match=r'"destination".*write\(\) and end\(\)'):
            r.pipe(destination)
        with pytest.raises(InvalidArgTypeError, match='"destination"'):
            pipe(r, destination)
        with pytest.raises(InvalidArgTypeError, match='"destination"'):
            r.pipe(destination, end=False)
        assert r.event_names() == []
        assert r._readable_state.fan.pipes == []
        assert r.readable_flowing is None
        if isinstance(destination, pyee.EventEmitter):
            assert not destination.event_names()

    run(main)


@pytest.mark.parametrize("value", [None, 5, "x", {}, EventEmitter()])
def test_what_is_no_readable_is_no_source(value):
    with pytest.raises(InvalidArgTypeError, match='"source"'):
        pipe(value, Writable())


@pytest.mark.parametrize("value", [None, 5, "x", {}, EventEmitter, io.BytesIO()])
def test_what_does_not_emit_cannot_be_wrapped(value):
    with pytest.raises(InvalidArgTypeError, match='"stream"'):
        source().wrap(value)


# -- an emitter of others --------------------------------------------------------------------------


@BASES
def test_it_gets_every_chunk_and_the_end(base):
    log = foreign(base)
    r = Readable.from_(["a", "b"])
    assert run(lambda: r.pipe(log)) is log
    assert log.got == ["a", "b", "end"]
    assert not log.event_names()


@BASES
def test_it_can_be_left_open(base):
    log = foreign(base)
    run(lambda: Readable.from_(["a"]).pipe(log, end=False))
    assert log.got == ["a"]


@BASES
def test_the_source_waits_for_its_drain(base):
    log = foreign(base, answers=False)
    told = []

    def main():
        log.on("pipe", lambda source: told.append("pipe"))
        log.on("unpipe", lambda source: told.append("unpipe"))
        r = source(object_mode=True)
        p = pipe(r, log)
        r.push("a")
        r.push("b")
        return r, p

    r, p = run(main)
    assert log.got == ["a"]
    assert (r.is_paused(), p.state.value) == (True, "awaiting drain")

    def drained():
        log.answers = None
        log.emit("drain")

    run(drained)
    assert log.got == ["a", "b"]
    run(lambda: r.unpipe(log))
    assert told == ["pipe", "unpipe"]
    assert r._readable_state.fan.pipes == []


@BASES
def test_one_that_is_full_before_the_first_chunk_is_waited_for(base):
    log = foreign(base, writable_need_drain=True)
    r = Readable.from_(["a"])
    run(lambda: r.pipe(log))
    assert (log.got, r.is_paused()) == ([], True)


@BASES
@pytest.mark.parametrize("event", ["close", "finish"])
def test_one_that_is_over_is_unpiped(base, event):
    log = foreign(base)

    def main():
        r = source()
        r.pipe(log)
        log.emit(event)
        assert r._readable_state.fan.pipes == []
        assert r.is_paused()
        assert not log.event_names()

    run(main)


@BASES
def test_its_error_unpipes_it_and_is_raised_if_nobody_else_hears_it(base):
    log = foreign(base)

    def main():
        r = source()
        r.pipe(log)
        with pytest.raises(BoomError):
            log.emit("error", BoomError())
        assert r._readable_state.fan.pipes == []
        heard = []
        log.on("error", heard.append)
        r.pipe(log)
        log.emit("error", BoomError())
        assert [type(error) for error in heard] == [BoomError]
        assert r._readable_state.fan.pipes == []

    run(main)


@BASES
def test_what_its_write_raises_goes_to_its_destroy_or_ends_the_program(base):
    def fails(chunk):
        raise BoomError

    destroyed = []
    log = foreign(base, write=fails, destroy=destroyed.append)
    run(lambda: Readable.from_(["a"]).pipe(log))
    assert [type(error) for error in destroyed] == [BoomError]
    with pytest.raises(BoomError):
        run(lambda: Readable.from_(["a"]).pipe(foreign(base, write=fails)))


# -- finished --------------------------------------------------------------------------------------

ATTRIBUTES = {
    "unset": {},
    "true": {"writable": True, "readable": True},
    "false": {"writable": False, "readable": False},
    "closed": {"closed": True},
    "finished": {"writable_finished": True},
}
EVENTS = [["end"], ["finish"], ["close"], ["error"], ["end", "close"], ["close", "end"], []]


@twins.program("""
    const camel = { writable_finished: 'writableFinished' };
    for (const kind of ['w', 'r', 'rw'])
      for (const [name, attributes] of Object.entries({
        unset: {}, true: { writable: true, readable: true },
        false: { writable: false, readable: false },
        closed: { closed: true }, finished: { writable_finished: true },
      }))
        for (const events of [['end'], ['finish'], ['close'], ['error'], ['end', 'close'],
                              ['close', 'end'], []]) {
          const e = new EventEmitter();
          if (kind.includes('w')) e.write = e.end = () => {};
          if (kind.includes('r')) e.pipe = e.pause = e.resume = () => {};
          for (const [key, value] of Object.entries(attributes)) e[camel[key] ?? key] = value;
          let when = 'now';
          finished(e, (error) =>
            say(kind, name, events, when, error ? error.code ?? error.message : 'ok'));
          for (const event of events)
            if (event === 'error') e.emit('error', new Error('boom')); else e.emit(event);
          when = 'later';
        }
""")
def test_finished_takes_its_events_as_node_does(say):
    for kind in ("w", "r", "rw"):
        for name, attributes in ATTRIBUTES.items():
            for events in EVENTS:
                e = EventEmitter()
                if "w" in kind:
                    e.write = e.end = print
                if "r" in kind:
                    e.pipe = e.pause = e.resume = print
                for key, value in attributes.items():
                    setattr(e, key, value)
                now = [True]

                def over(error, kind=kind, name=name, events=events, now=now):
                    when = "now" if now[0] else "later"
                    said = "ok" if error is None else getattr(error, "code", str(error))
                    say(kind, name, events, when, said)

                finished(e, over)
                for event in events:
                    e.emit(event, *([BoomError("boom")] if event == "error" else []))
                now[0] = False


@BASES
def test_finished_of_it_stops_and_gives_up_and_can_be_awaited(base):
    async def main():
        log = foreign(base)
        stop = finished(log, print)
        assert log.event_names()
        stop()
        stop()
        assert not log.event_names()
        controller = AbortController()
        errors = []
        finished(log, errors.append, signal=controller.signal)
        controller.abort()
        assert [error.code for error in errors] == ["ABORT_ERR"]
        waiting = promises.finished(log, cleanup=True)
        Readable.from_(["a"]).pipe(log)
        await waiting
        assert not log.event_names()

    run(main)


@pytest.mark.parametrize("value", [None, 5, {}, "x", EventEmitter(), io.BytesIO(), PassThrough])
def test_what_is_no_stream_is_not_waited_for(value):
    with pytest.raises(InvalidArgTypeError, match='"stream"'):
        finished(value, print)
