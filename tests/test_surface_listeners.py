"""What listener methods return, what events give, and what errors say of listeners."""

from __future__ import annotations

import asyncio
import re
import sys
import traceback
import typing
from pathlib import Path

import pytest

import streams2
from streams2 import AbortController, EventEmitter, PassThrough, Readable, Writable, next_tick, run
from streams2.errors import InvalidArgTypeError, SignatureError, UnhandledError
from streams2.events import error_monitor, listening

from .support import BoomError, Sink
from .twins import Twins

twins = Twins()


# -- chaining --------------------------------------------------------------------------------------


def kinds():
    return [EventEmitter(), AbortController().signal, Readable(), Writable(), PassThrough()]


@pytest.mark.parametrize("number", range(5))
def test_every_listener_method_returns_the_emitter(number):
    def f(*args):
        pass

    async def main():
        every_one_returns(kinds()[number], f)
        assert kinds()[number].add_listener("x", f).listener_count("x") == 1

    run(main)


def every_one_returns(emitter, f):
    assert emitter.on("x", f) is emitter
    assert emitter.once("x", f) is emitter
    assert emitter.add_listener("x", f) is emitter
    assert emitter.prepend_listener("x", f) is emitter
    assert emitter.prepend_once_listener("x", f) is emitter
    assert emitter.off("x", f) is emitter
    assert emitter.off("not there", f) is emitter
    assert emitter.remove_listener("x", f) is emitter
    assert emitter.remove_all_listeners("x") is emitter
    assert emitter.remove_all_listeners() is emitter
    assert emitter.on("removeListener", f).on("x", f).remove_all_listeners("x") is emitter
    assert emitter.set_max_listeners(5) is emitter


METHODS = ["on", "once", "add_listener", "prepend_listener", "prepend_once_listener"]


@pytest.mark.parametrize("method", METHODS)
def test_without_a_listener_each_is_a_decorator_that_returns_the_function(method):
    e = EventEmitter()
    seen = []

    def f(value):
        seen.append(value)

    assert getattr(e, method)("x")(f) is f
    e.emit("x", 1)
    assert seen == [1]


@pytest.mark.parametrize("method", [*METHODS, "off", "remove_listener"])
@pytest.mark.parametrize("listener", [5, "f", [], {}, True])
def test_what_cannot_be_called_is_no_listener(method, listener):
    e = EventEmitter()
    with pytest.raises(InvalidArgTypeError, match='"listener" argument must be a function'):
        getattr(e, method)("x", listener)
    assert e.event_names() == []
    with pytest.raises(InvalidArgTypeError, match='"listener"'):
        e.on("x")(listener)


@twins.program("""
    const e = new EventEmitter(), f = () => {};
    e.on('c', f).on('a', f).once('b', f).on('a', f);
    say(e.eventNames());
    e.off('c', f).on('c', f);
    say(e.eventNames());
""")
def test_the_names_of_events_keep_their_order(say):
    e = EventEmitter()

    def f():
        pass

    e.on("c", f).on("a", f).once("b", f).on("a", f)
    say(e.event_names())
    e.off("c", f).on("c", f)
    say(e.event_names())


# -- what an event gives ---------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["one", "all", "pipe", "destroyed"])
def test_unpipe_gives_the_source_and_nothing_else(how):
    given = []

    def main():
        source, sink = Readable(read=lambda self, size: None), Sink()
        sink.on("unpipe", lambda *args: given.append(args == (source,)))
        source.pipe(sink)
        {
            "one": lambda: source.unpipe(sink),
            "all": source.unpipe,
            "pipe": source._readable_state.fan.pipes[0].unpipe,
            "destroyed": sink.destroy,
        }[how]()

    run(main)
    assert given == [True]


@twins.program("""
    const source = new Readable({ read() {} }), sink = new Writable({ write(c, e, cb) { cb(); } });
    source.pipe(sink); source.pipe(sink);
    sink.on('unpipe', () => say('unpipe', source._readableState.pipes.length));
    say(source.listenerCount('data'));
    source.unpipe(sink);
    say(source.listenerCount('data'), sink.listenerCount('unpipe'));
    sink.emit('unpipe', source);
    say(source.listenerCount('data'), sink.listenerCount('unpipe'));
    source.unpipe();
    say(source.listenerCount('data'), sink.listenerCount('unpipe'));
""")
def test_of_two_pipes_between_the_same_two_one_goes_at_a_time(say):
    source, sink = Readable(read=lambda self, size: None), Sink()
    source.pipe(sink)
    source.pipe(sink)
    sink.on("unpipe", lambda _: say("unpipe", len(source._readable_state.fan.pipes)))
    say(source.listener_count("data"))
    source.unpipe(sink)
    say(source.listener_count("data"), sink.listener_count("unpipe"))
    sink.emit("unpipe", source)
    say(source.listener_count("data"), sink.listener_count("unpipe"))
    source.unpipe()
    say(source.listener_count("data"), sink.listener_count("unpipe"))


def test_the_types_and_the_table_name_the_same_events():
    by_count = {0: listening.Bare, 2: listening.Two}
    for count, names in by_count.items():
        for name in typing.get_args(names):
            assert len(listening.GIVES[name]) == count, name
    for name in (*typing.get_args(listening.Failure), *typing.get_args(listening.One), "data"):
        assert len(listening.GIVES[name]) == 1, name
    assert error_monitor in listening.GIVES


DOCS = Path(__file__).parents[1] / "docs" / "events.md"


def test_the_table_in_the_docs_is_made_of_it():
    rows = dict(re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", DOCS.read_text(), re.MULTILINE))
    said = {name: tuple(re.findall(r"`([^`]+)`", gives)) for name, gives in rows.items()}
    assert said == {**listening.GIVES, **listening.CALLED_WITH}


@pytest.mark.once
def test_every_event_that_is_emitted_is_in_the_table():
    sources = [path.read_text("utf-8") for path in Path(streams2.__file__).parent.rglob("*.py")]
    called = re.compile(r"\b(?:emit|client\.tell)\(\s*\"(\w+)\"")
    emitted = {event for source in sources for event in called.findall(source)}
    assert len(emitted) > 30
    assert emitted - set(listening.GIVES) == set()


# -- a listener that does not take what its event gives --------------------------------------------


def here():
    return rf"{re.escape(__file__)}, line \d+"


@pytest.mark.parametrize(
    ("event", "args", "listener", "said"),
    [
        ("end", (), lambda chunk: None, r"called with nothing, and it takes \(chunk\)"),
        ("unpipe", (1,), lambda source, info: None, r"with source, and it takes \(source, info\)"),
        ("data", (b"x",), lambda: None, r"with chunk, and it takes \(\)"),
        ("error", (BoomError(),), lambda: None, r"with error, and it takes \(\)"),
        ("newListener", ("x", print), lambda event: None, r"with event, listener, and it takes"),
        ("own", (1, "b"), lambda: None, r"with int, str, and it takes \(\)"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_it_is_named_with_its_place_and_what_it_is_given(event, args, listener, said, method):
    e = EventEmitter()
    getattr(e, method)(event, listener)
    with pytest.raises(SignatureError, match=said) as caught:
        e.emit(event, *args)
    assert re.search(
        rf"^The listener of '{event}', .*<lambda> \({here()}\), is called", str(caught.value)
    )
    assert isinstance(caught.value, TypeError)
    assert caught.value.code == "ERR_INVALID_ARG_TYPE"


class Able:
    def __call__(self, a, b):
        pass

    def method(self, a, b):
        pass


@pytest.mark.parametrize(("listener", "name"), [(Able(), "Able"), (Able().method, "Able.method")])
def test_any_kind_of_function_is_named(listener, name):
    with pytest.raises(SignatureError, match=rf"{name} \({here()}\)"):
        EventEmitter().on("end", listener).emit("end")


def test_a_type_error_of_the_listeners_own_is_left_alone():
    def fails(chunk):
        len(5)

    def fails_deeper(chunk):
        fails()

    def fails_in_a_stream(chunk):
        Writable().write(5)

    for listener in (fails, fails_deeper, fails_in_a_stream):
        with pytest.raises(TypeError) as caught:
            EventEmitter().on("data", listener).emit("data", b"x")
        assert not isinstance(caught.value, SignatureError)


def test_a_coroutine_function_is_named_too():
    async def listener(a, b):
        pass

    with pytest.raises(SignatureError, match=r"listener of 'end', .*listener"):
        EventEmitter().on("end", listener).emit("end")


# -- an 'error' that nobody hears ------------------------------------------------------------------


def notes(error):
    return getattr(error, "__notes__", [])


def test_the_chain_of_the_users_own_error_stays_whole():
    cause = KeyError("cause")
    error = BoomError()
    error.__cause__ = cause
    with pytest.raises(BoomError) as caught:
        EventEmitter().emit("error", error)
    assert caught.value is error
    assert error.__cause__ is cause
    assert error.__context__ is None


def test_a_context_is_the_users_own():
    def main():
        try:
            raise ValueError("first")
        except ValueError:
            EventEmitter().emit("error", BoomError())

    with pytest.raises(BoomError) as caught:
        main()
    assert isinstance(caught.value.__context__, ValueError)
    assert caught.value.__context__.__context__ is None


@pytest.mark.parametrize("kind", [EventEmitter, Readable, Writable, PassThrough])
def test_it_names_the_stream(kind):
    with pytest.raises(BoomError) as caught:
        kind().emit("error", BoomError())
    [note] = notes(caught.value)
    assert f"<{kind.__name__}" in note
    assert "nobody listened" in note
    if sys.version_info >= (3, 11):
        assert note in "".join(traceback.format_exception(caught.value))


def test_it_names_the_stream_where_it_ends_a_run():
    def main():
        Writable(write=lambda self, chunk, enc, done: done(BoomError())).write(b"x")

    with pytest.raises(BoomError) as caught:
        run(main)
    assert any("<Writable" in note for note in notes(caught.value))


def test_what_is_no_exception_is_wrapped_and_named_too():
    with pytest.raises(UnhandledError, match="'boom'") as caught:
        EventEmitter().emit("error", "boom")
    assert notes(caught.value)


def test_emitted_again_it_is_named_once_for_each_emitter():
    error = BoomError()
    e = EventEmitter()
    for _ in range(3):
        with pytest.raises(BoomError):
            e.emit("error", error)
    assert len(notes(error)) == 1


def test_in_a_tick_of_a_plain_loop_it_is_the_same():
    heard = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: heard.append(context["exception"]))
        next_tick(EventEmitter().emit, "error", BoomError())
        await asyncio.sleep(0.001)

    asyncio.run(main())
    assert [error.__context__ for error in heard] == [None]
