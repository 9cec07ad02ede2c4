"""What can be a callback and an option, and what errors say of the one that was given."""

from __future__ import annotations

import functools
import re

import pytest

from streams2 import (
    Duplex,
    PassThrough,
    Readable,
    Transform,
    Writable,
    destroy,
    finished,
    next_tick,
    pipeline,
    promises,
    run,
    timers,
)
from streams2.errors import InvalidArgTypeError, SignatureError

from .support import BoomError, Sink
from .twins import later


def notes(error):
    return "\n".join(getattr(error, "__notes__", []))


def place():
    return rf"{re.escape(__file__)}, line \d+"


# -- any callable is an option ---------------------------------------------------------------------

seen = []


def plain(stream, *args):
    seen.append((stream, args))


class Able:
    def __call__(self, stream, *args):
        seen.append((stream, args))

    def method(self, stream, *args):
        seen.append((stream, args))

    @classmethod
    def of_the_class(cls, stream, *args):
        seen.append((stream, args))

    @staticmethod
    def static(stream, *args):
        seen.append((stream, args))


CALLABLES = {
    "a function": plain,
    "a lambda": lambda stream, *args: plain(stream, *args),
    "partial": functools.partial(plain),
    "partial of a method": functools.partial(Able().method),
    "an object": Able(),
    "a bound method": Able().method,
    "a class method": Able.of_the_class,
    "a static method": Able.static,
    "a wrapped function": functools.wraps(plain)(lambda stream, *args: plain(stream, *args)),
    "of a list": seen.append,
    "a class": lambda: None,
}


@pytest.mark.parametrize("name", CALLABLES)
@pytest.mark.parametrize("option", ["read", "construct", "destroy", "write", "final", "transform"])
def test_any_callable_is_an_option_and_gets_the_stream_first(name, option):
    seen.clear()
    function = CALLABLES[name]
    if name == "of a list":

        def function(stream, *args):
            list.append(seen, (stream, args))

    if name == "a class":

        class function:  # noqa: N801
            def __init__(self, stream, *args):
                seen.append((stream, args))

    def main():
        kind = Transform if option == "transform" else Duplex
        options = {} if kind is Transform else {"write": lambda self, chunk, enc, done: done()}
        stream = kind(**{**options, option: function})
        if option == "read":
            stream.read()
        elif option == "destroy":
            stream.destroy()
        elif option != "construct":
            stream.end(b"x")
        return stream

    stream = run(main)
    assert seen
    assert seen[0][0] is stream


def test_a_builtin_is_an_option():
    r = Readable(object_mode=True, read=print)
    run(lambda: r.read() and None)
    with pytest.raises(TypeError, match=r"option 'read', len, is called with the stream, size"):
        run(lambda: Readable(read=len).read() and None)


@pytest.mark.parametrize("value", [5, "f", [], {}, True, b""])
@pytest.mark.parametrize("option", ["read", "construct", "destroy", "write", "writev", "final"])
def test_what_cannot_be_called_is_no_option(option, value):
    with pytest.raises(InvalidArgTypeError, match=f'"{option}" argument must be a function'):
        Duplex(**{option: value})


# -- a callback that cannot be called --------------------------------------------------------------


@pytest.mark.parametrize("callback", [5, "f", [], {}, True])
@pytest.mark.parametrize(
    "call",
    [
        lambda f: Sink().write(b"x", callback=f),
        lambda f: Sink().write(b"x", "utf8", f),
        lambda f: Sink().end(callback=f),
        lambda f: Sink().end(b"x", "utf8", f),
        lambda f: Sink().destroy(None, f),
        lambda f: Readable().destroy(None, f),
        lambda f: finished(Sink(), f),
        lambda f: pipeline(Readable.from_([1]), PassThrough(object_mode=True), callback=f),
        lambda f: next_tick(f),
    ],
    ids=[
        "write",
        "write 3",
        "end",
        "end 3",
        "destroy",
        "destroy r",
        "finished",
        "pipeline",
        "tick",
    ],
)
def test_it_raises_at_the_call(call, callback):
    def main():
        with pytest.raises(InvalidArgTypeError, match='"callback" argument must be a function'):
            call(callback)

    run(main)


def test_a_refused_call_changes_nothing():
    def main():
        sink = Sink()
        for call in (sink.write, sink.end):
            with pytest.raises(InvalidArgTypeError):
                call(b"x", callback=5)
        with pytest.raises(InvalidArgTypeError):
            sink.destroy(None, 5)
        assert (sink.got, sink.writable_length, sink.writable_ended) == ([], 0, False)
        assert not sink.destroyed

    run(main)


@pytest.mark.parametrize("method", ["write", "end"])
def test_a_function_in_the_place_of_another_argument_is_told_its_name(method):
    def main():
        with pytest.raises(InvalidArgTypeError, match=r"callback=\.\.\."):
            getattr(Sink(), method)(print)
        with pytest.raises(InvalidArgTypeError, match=r"callback=\.\.\."):
            getattr(Sink(), method)(b"x", print)

    run(main)


# -- a callback that does not take what it is given ------------------------------------------------


def wrong():
    """Takes nothing, though it is given something."""


CALLBACKS = {
    "the callback of write()": lambda: Sink().write(b"x", callback=wrong),
    "the callback of end()": lambda: Sink().end(callback=wrong),
    "the callback of destroy()": lambda: Sink().destroy(None, wrong),
    "the callback of finished()": lambda: finished(Sink().end(), wrong),
    "the callback of pipeline()": lambda: pipeline(Readable.from_([b"x"]), Sink(), callback=wrong),
}
LATE = {
    "the callback of write()": lambda: Sink(finish=later).write(b"x", callback=wrong),
    "the callback of end()": lambda: Sink(finish=later).end(b"x", callback=wrong),
    "the callback of destroy()": lambda: Writable(
        destroy=lambda self, error, done: later(done)
    ).destroy(None, wrong),
}
FAILED = {
    "the callback of write()": lambda: closed().write(b"x", callback=wrong),
    "the callback of end()": lambda: closed().end(callback=wrong),
    "the callback of destroy()": lambda: closed().destroy(None, wrong),
    "the callback of finished()": lambda: finished(closed(), wrong),
}
CASES = [(role, call) for cases in (CALLBACKS, LATE, FAILED) for role, call in cases.items()]


def closed():
    return Sink().destroy(BoomError()).on("error", lambda error: None)


@pytest.mark.parametrize(("role", "call"), CASES, ids=[role[16:] for role, _ in CASES])
def test_it_is_named_with_its_place_and_what_it_is_given(role, call):
    with pytest.raises(SignatureError) as caught:
        run(call)
    said = str(caught.value)
    assert re.search(
        rf"^T{re.escape(role[1:])}, wrong \({place()}\), is called with error or None", said
    )
    assert said.endswith("and it takes ()")


def test_a_type_error_of_the_callbacks_own_is_left_alone():
    def fails(error):
        len(5)

    for call in (
        lambda: Sink().write(b"x", callback=fails),
        lambda: Sink().end(callback=fails),
        lambda: Sink().destroy(None, fails),
    ):
        with pytest.raises(TypeError, match="len"):
            run(call)


def test_what_the_callback_of_destroy_raises_is_not_lost_and_the_stream_closes():
    told = []

    def fails(error):
        raise BoomError

    def main():
        stream = Sink().on("close", lambda: told.append("close"))
        with pytest.raises(BoomError):
            stream.destroy(None, fails)
        return stream

    assert run(main).closed
    assert told == ["close"]


# -- a method that does not take what it is given --------------------------------------------------


@pytest.mark.parametrize(
    ("option", "call"),
    [
        ("read", lambda s: s.read()),
        ("write", lambda s: s.write(b"x")),
        ("final", lambda s: s.end()),
        ("destroy", lambda s: s.destroy()),
        ("construct", lambda s: None),
        ("transform", lambda s: s.write(b"x")),
        ("flush", lambda s: s.end(b"x")),
    ],
)
def test_an_option_that_does_not_take_what_it_is_given_is_named(option, call):
    kind = Transform if option in ("transform", "flush") else Duplex
    options = {"write": lambda self, chunk, enc, done: done()} if kind is Duplex else {}
    if option == "flush":
        options["transform"] = lambda self, chunk, enc, done: done()
    with pytest.raises(SignatureError) as caught:
        run(lambda: call(kind(**{**options, option: lambda: None})) and None)
    said = rf"^The option '{option}', .*<lambda> \({place()}\), is called with the stream"
    assert re.search(said, str(caught.value))


def test_writev_is_named_too():
    def main():
        w = Writable(writev=lambda: None)
        w.cork()
        w.write(b"a")
        w.write(b"b")
        w.uncork()

    with pytest.raises(SignatureError, match=r"option 'writev'.*with the stream, chunks, callback"):
        run(main)


def test_a_method_of_a_class_is_named():
    class Mine(Writable):
        def _write(self, chunk, done):
            done()

    with pytest.raises(SignatureError) as caught:
        run(lambda: Mine().write(b"x") and None)
    said = rf"^The method '_write', .*Mine\._write \({place()}\), is called with chunk, encoding, "
    assert re.search(said, str(caught.value))
    assert str(caught.value).endswith("(chunk, done)")


# -- an error that is passed and never raised ------------------------------------------------------


def fails_with(error):
    return lambda self, *args: args[-1](error)


@pytest.mark.parametrize(
    ("to", "call"),
    [
        ("callback of _write", lambda e: Writable(write=fails_with(e)).write(b"x")),
        ("callback of _final", lambda e: Writable(final=fails_with(e)).end()),
        ("callback of _construct", lambda e: Writable(construct=fails_with(e))),
        ("callback of _destroy", lambda e: Writable(destroy=fails_with(e)).destroy()),
        ("callback of _transform", lambda e: Transform(transform=fails_with(e)).write(b"x")),
        ("callback of _flush", lambda e: Transform(flush=fails_with(e)).end()),
        ("destroy()", lambda e: Readable().destroy(e)),
        ("destroy()", lambda e: destroy(Readable(), e)),
    ],
)
def test_it_shows_where_it_was_passed(to, call):
    with pytest.raises(BoomError) as caught:
        run(lambda: call(BoomError()) and None)
    said = notes(caught.value)
    assert f"passed to {'the ' if to != 'destroy()' else ''}{to}:" in said
    assert re.search(rf'File "{re.escape(__file__)}", line \d+, in (<lambda>|main)', said)
    assert said.count("was not raised") == 1


def test_it_shows_so_in_a_promise_too():
    async def main():
        await promises.pipeline(Readable.from_([b"x"]), Writable(write=fails_with(BoomError())))

    with pytest.raises(BoomError) as caught:
        run(main)
    assert "passed to the callback of _write" in notes(caught.value)


def test_one_that_was_raised_says_so_itself():
    def write(self, chunk, encoding, done):
        try:
            raise BoomError
        except BoomError as error:
            done(error)

    with pytest.raises(BoomError) as caught:
        run(lambda: Writable(write=write).write(b"x") and None)
    assert "was not raised" not in notes(caught.value)


def test_errors_of_our_own_are_not_noted():
    heard = []
    run(lambda: finished(Readable().destroy(), heard.append) and None)
    assert [error.code for error in heard] == ["ERR_STREAM_PREMATURE_CLOSE"]
    assert "was not raised" not in notes(heard[0])


# -- functions that take something else than they are given ----------------------------------------


def no_chunks():
    """A stage that takes nothing, as no stage may."""


MISFITS = {
    "a middle stage": (
        lambda: pipeline(Readable.from_([1]), no_chunks, PassThrough(), callback=print),
        r"The function streams\[1\] of pipeline\(\), no_chunks .* an async iterable",
    ),
    "the last stage": (
        lambda: pipeline(Readable.from_([1]), no_chunks, callback=print),
        r"The function streams\[1\] of pipeline\(\), no_chunks",
    ),
    "the first stage": (
        lambda: pipeline(lambda it: [it], PassThrough(), callback=print),
        r"The function streams\[0\] of pipeline\(\), .* is called with nothing, .*\(it\)",
    ),
    "Duplex.from_": (lambda: Duplex.from_(no_chunks), "The function body, no_chunks"),
    "compose": (lambda: Readable.from_([1]).compose(no_chunks), "The function .*, no_chunks"),
    "a tick": (
        lambda: next_tick(no_chunks, 1),
        r"The callback of next_tick\(\), no_chunks .* is called with 1",
    ),
    "a timer": (lambda: timers.set_timeout(no_chunks, 1, "x"), "timer .* is called with 'x'"),
    "an immediate": (lambda: timers.set_immediate(no_chunks, 2), "immediate, .* called with 2"),
}


@pytest.mark.parametrize("call", MISFITS)
def test_a_function_that_does_not_take_what_it_is_given_is_named(call):
    go, said = MISFITS[call]
    with pytest.raises(SignatureError, match=f"(?s){said}") as caught:
        run(lambda: go() and None)
    assert re.search(r"\(.*test_surface_callbacks\.py, line \d+\)", str(caught.value))


def test_a_type_error_inside_of_such_a_function_is_its_own():
    def tick():
        return no_chunks(1)

    with pytest.raises(TypeError, match="positional argument") as caught:
        run(lambda: next_tick(tick))
    assert not isinstance(caught.value, SignatureError)
