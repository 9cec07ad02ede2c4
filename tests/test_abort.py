"""Ends from outside: signals, `destroy`, and ``async with``."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest

from streams2 import (
    AbortController,
    AbortError,
    AbortSignal,
    Duplex,
    InvalidArgTypeError,
    OutOfRangeError,
    Readable,
    Transform,
    Writable,
    add_abort_signal,
    destroy,
    run,
)
from streams2.events.abort import add_abort_listener

from .twins import Twins, turn

twins = Twins()


def source(**options: Any) -> Readable[Any]:
    return Readable(read=lambda self, size: None, **options)


def test_a_controller_aborts_its_signal_once() -> None:
    controller, heard = AbortController(), []
    controller.signal.on("abort", lambda: heard.append(controller.signal.reason))
    controller.abort("first")
    controller.abort("second")
    assert heard == ["first"]
    assert controller.signal.aborted


def test_without_a_reason_it_is_an_abort_error() -> None:
    signal = AbortSignal.abort()
    assert signal.aborted
    assert signal.reason.code == "ABORT_ERR"
    with pytest.raises(AbortError):
        signal.throw_if_aborted()


def test_any_follows_the_first_of_several() -> None:
    one, other = AbortController(), AbortController()
    either = AbortSignal.any([one.signal, other.signal])
    assert not either.aborted
    other.abort("other")
    one.abort("one")
    assert either.reason == "other"


def test_what_any_made_lives_no_longer_than_somebody_wants_it() -> None:
    lasting = AbortController()
    unwanted = weakref.ref(AbortSignal.any([lasting.signal]))
    gc.collect()
    assert unwanted() is None
    told: list[str] = []
    for _ in range(2):
        AbortSignal.any([lasting.signal]).on("abort", lambda: told.append("listens"))
    gc.collect()
    lasting.abort()
    assert told == ["listens", "listens"]


@pytest.mark.parametrize("stop", ["remove", "remove all", "remove all of the name"])
def test_nobody_wants_what_any_made_when_the_last_stops_listening(stop: str) -> None:
    def listen() -> weakref.ref[AbortSignal]:
        either = AbortSignal.any([lasting.signal, AbortSignal.any([lasting.signal])])
        either.on("abort", print)
        either.on("abort", repr)
        either.remove_listener("abort", repr)
        if stop == "remove":
            either.remove_listener("abort", print)
        else:
            either.remove_all_listeners(*(["abort"] if "name" in stop else []))
        return weakref.ref(either)

    lasting = AbortController()
    unwanted = listen()
    gc.collect()
    assert unwanted() is None


def test_a_timeout_aborts_with_a_timeout_error() -> None:
    async def main() -> object:
        signal = AbortSignal.timeout(0)
        heard = asyncio.get_running_loop().create_future()
        signal.on("abort", lambda: heard.set_result(signal.reason))
        return await heard

    assert isinstance(asyncio.run(main()), TimeoutError)
    with pytest.raises(OutOfRangeError, match="seconds"):
        AbortSignal.timeout(-1)


@pytest.mark.parametrize("kind", [Readable, Writable, Duplex, Transform])
def test_what_is_aborted_before_it_is_made_does_not_construct(kind: Any) -> None:
    def main() -> list[str]:
        told = []
        stream = kind(
            signal=AbortSignal.abort(),
            construct=lambda _, done: told.append("construct") or done(),
            destroy=lambda _, error, done: told.append("destroy") or done(error),
        )
        stream.on("error", lambda error: told.append(error.code))
        stream.on("close", lambda: told.append("close"))
        assert stream.destroyed
        return told

    # Node has "construct" at the end: docs/differences.md, 16.
    assert run(main) == ["destroy", "ABORT_ERR", "close"]


@pytest.mark.parametrize("how", ["option", "function", "aborted before"])
def test_a_signal_destroys_its_stream_with_an_abort_error(how: str) -> None:
    def main() -> tuple[Readable[Any], list[Any]]:
        controller, heard = AbortController(), []
        if how == "aborted before":
            controller.abort(KeyError("why"))
        stream = source(signal=controller.signal) if how == "option" else source()
        stream.on("error", heard.append)
        if how != "option":
            assert add_abort_signal(controller.signal, stream) is stream
        controller.abort(KeyError("why"))
        return stream, heard

    stream, (error,) = run(main)
    assert stream.destroyed
    assert error.code == "ABORT_ERR"
    assert isinstance(error.__cause__, KeyError)


def test_a_stream_that_is_over_is_left_alone() -> None:
    async def main() -> Writable[Any]:
        controller = AbortController()
        sink: Writable[Any] = Writable(
            write=lambda self, chunk, encoding, done: done(), signal=controller.signal
        )
        sink.end()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        controller.abort()
        return sink

    sink = run(main)
    assert sink.writable_finished
    assert sink.errored is None


def test_destroy_says_abort_error_of_what_is_not_done() -> None:
    def main() -> list[Any]:
        heard: list[Any] = []
        for error in (None, KeyError("mine")):
            stream = source()
            stream.on("error", heard.append)
            destroy(stream, error)
        return heard

    aborted, mine = run(main)
    assert aborted.code == "ABORT_ERR"
    assert isinstance(mine, KeyError)
    with pytest.raises(InvalidArgTypeError, match="stream"):
        destroy("no stream")  # type: ignore[arg-type]


ENDS = ("w", "w ended", "w written, ended", "final", "r", "r pushed, ended", "r ended", "d read",
        "d ended", "d both")  # fmt: skip


def stream_at_its_end(name: str) -> Any:
    def never(self: Any, *args: Any) -> None:
        pass

    def at_once(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
        done()

    if name[0] == "d":
        duplex: Duplex[Any, Any] = Duplex(read=never, write=at_once)
        if name != "d ended":
            duplex.resume().push(None)
        if name != "d read":
            duplex.end("x")
        return duplex
    if name[0] == "r":
        readable = source()
        if "pushed" in name:
            readable.push("a")
        if "ended" in name:
            readable.push(None)
        return readable
    ends = name == "final"
    writable: Writable[Any] = Writable(write=at_once if ends else never, final=never)
    if ends or "written" in name:
        writable.write("a")
    return writable if name == "w" else writable.end()


@twins.program(
    """
    const never = () => {}, atOnce = (chunk, encoding, done) => done();
    const make = (name) => {
      if (name[0] === 'd') {
        const duplex = new Duplex({ read: never, write: atOnce });
        if (name !== 'd ended') duplex.resume().push(null);
        if (name !== 'd read') duplex.end('x');
        return duplex;
      }
      if (name[0] === 'r') {
        const readable = new Readable({ read: never });
        if (name.includes('pushed')) readable.push('a');
        if (name.includes('ended')) readable.push(null);
        return readable;
      }
      const ends = name === 'final';
      const writable = new Writable({ write: ends ? atOnce : never, final: never });
      if (ends || name.includes('written')) writable.write('a');
      return name === 'w' ? writable : writable.end();
    };
    for (const name of ['w', 'w ended', 'w written, ended', 'final', 'r', 'r pushed, ended',
                        'r ended', 'd read', 'd ended', 'd both']) {
      for (const turns of [0, 5]) {
        const stream = make(name).on('error', (error) => say(name, turns, error));
        stream.on('close', () => say(name, turns, 'close'));
        for (let n = 0; n < turns; n++) await turn();
        destroy(stream);
        for (let n = 0; n < 5; n++) await turn();
      }
    }
    """
)
async def test_destroy_says_abort_error_until_the_end_was_read_and_said(say: Any) -> None:
    for name in ENDS:
        for turns in (0, 5):
            stream = stream_at_its_end(name)
            stream.on("error", lambda error, name=name, turns=turns: say(name, turns, error))
            stream.on("close", lambda name=name, turns=turns: say(name, turns, "close"))
            for _ in range(turns):
                await turn()
            destroy(stream)
            for _ in range(5):
                await turn()


def test_a_block_destroys_its_stream_and_waits_for_the_close() -> None:
    async def main() -> None:
        stream = source()
        closed: list[bool] = []
        stream.on("error", id)
        stream.on("close", lambda: closed.append(True))
        async with stream as same:
            assert same is stream
        assert closed == [True]
        assert stream.errored is not None

    asyncio.run(main())


def test_a_block_raises_what_the_stream_failed_with() -> None:
    async def main() -> None:
        async with source() as stream:
            stream.on("error", id)
            stream.destroy(KeyError("inside"))

    with pytest.raises(KeyError, match="inside"):
        asyncio.run(main())


def test_a_block_that_is_cancelled_while_it_waits_for_the_close_is_left_all_the_same() -> None:
    async def main() -> None:
        held: list[Any] = []
        stream = source(destroy=lambda self, error, done: held.append(lambda: done(error)))

        async def use() -> None:
            async with stream:
                pass

        stream.on("error", id)
        task = asyncio.ensure_future(use())
        while not held:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        held.pop()()
        await asyncio.sleep(0)
        assert stream.closed

    asyncio.run(main())


@twins.program("""
    const one = new AbortController(), reason = new Error('why');
    one.signal.throwIfAborted();
    one.abort(reason);
    try { one.signal.throwIfAborted(); } catch (error) { say(error === reason); }
    const both = AbortSignal.any([new AbortController().signal, one.signal]);
    say(both.aborted, both.reason === reason, AbortSignal.any([]).aborted);
    const [a, b] = [new AbortController(), new AbortController()];
    const either = AbortSignal.any([a.signal, b.signal, a.signal]);
    const nested = AbortSignal.any([either, b.signal]);
    for (const [name, signal] of Object.entries({ a: a.signal, either, nested }))
      signal.addEventListener('abort', () => say(name, either.aborted, nested.aborted));
    a.abort('a'); b.abort('b');
    say(either.reason, nested.reason, b.signal.reason);
    const stop = events.addAbortListener(one.signal, () => say('in a tick')); say('now');
    await turn(); stop[Symbol.dispose]();
    const last = new AbortController();
    events.addAbortListener(last.signal, () => say('stopped'))[Symbol.dispose]();
    events.addAbortListener(last.signal, () => say('heard'));
    last.abort(); last.abort();
    for (const [signal, listener] of [[5, () => {}], [last.signal, 5]])
      try { events.addAbortListener(signal, listener); } catch (error) { say(error); }
""")
async def test_what_signals_say(say: Any) -> None:
    one, reason = AbortController(), KeyError("why")
    one.signal.throw_if_aborted()
    one.abort(reason)
    try:
        one.signal.throw_if_aborted()
    except KeyError as error:
        say(error is reason)
    both = AbortSignal.any([AbortController().signal, one.signal])
    say(both.aborted, both.reason is reason, AbortSignal.any([]).aborted)
    a, b = AbortController(), AbortController()
    either = AbortSignal.any([a.signal, b.signal, a.signal])
    nested = AbortSignal.any([either, b.signal])
    for name, signal in {"a": a.signal, "either": either, "nested": nested}.items():
        signal.on("abort", lambda name=name: say(name, either.aborted, nested.aborted))
    a.abort("a")
    b.abort("b")
    say(either.reason, nested.reason, b.signal.reason)
    stop = add_abort_listener(one.signal, lambda: say("in a tick"))
    say("now")
    await turn()
    stop()
    last = AbortController()
    add_abort_listener(last.signal, lambda: say("stopped"))()
    add_abort_listener(last.signal, lambda: say("heard"))
    last.abort()
    last.abort()
    for signal, listener in ((5, print), (last.signal, 5)):
        try:
            add_abort_listener(signal, listener)  # type: ignore[arg-type]
        except InvalidArgTypeError as error:
            say(error)


def test_a_reason_that_is_no_exception_is_in_the_error() -> None:
    signal = AbortSignal.abort("it is late")
    with pytest.raises(AbortError, match="it is late"):
        signal.throw_if_aborted()
    stream = source()
    stream.on("error", id)
    run(lambda: add_abort_signal(signal, stream))
    assert stream.errored is not None
    assert str(stream.errored.__cause__) == "it is late"


def test_a_listener_that_fails_keeps_no_other_from_stopping() -> None:
    heard: list[str] = []

    def fails() -> None:
        raise KeyError("a listener")

    def main() -> None:
        controller = AbortController()
        controller.signal.on("abort", fails)
        controller.signal.on("abort", lambda: heard.append("the last"))
        controller.abort()
        heard.append("abort has returned")

    with pytest.raises(KeyError, match="a listener"):
        run(main)
    assert heard == ["the last", "abort has returned"]


def test_a_coroutine_may_listen_to_a_signal() -> None:
    heard: list[str] = []

    async def listen() -> None:
        heard.append("a coroutine")

    def main() -> None:
        controller = AbortController()
        controller.signal.on("abort", listen)
        controller.abort()

    run(main)
    assert heard == ["a coroutine"]


@twins.program("""
    const controller = new AbortController(); const { signal } = controller;
    const second = () => say('second');
    signal.addEventListener('abort', () => { say('first');
      signal.removeEventListener('abort', second); });
    signal.addEventListener('abort', second);
    signal.addEventListener('abort', () => say('third'));
    controller.abort();
""")
def test_a_listener_that_is_taken_away_while_a_signal_aborts_is_not_told(say: Any) -> None:
    controller = AbortController()
    signal = controller.signal

    def first() -> None:
        say("first")
        signal.remove_listener("abort", second)

    def second() -> None:
        say("second")

    signal.on("abort", first)
    signal.on("abort", second)
    signal.on("abort", lambda: say("third"))
    controller.abort()


@twins.program("""
    for (const count of [1, 2, 3]) {
      const controller = new AbortController(); const { signal } = controller;
      for (let n = 0; n < count; n++) {
        signal.addEventListener('abort', () => { say(count, 'listener', n);
          signal.addEventListener('abort', () => say(count, 'late', n)); });
      }
      controller.abort();
    }
""")
def test_a_listener_that_comes_while_a_signal_aborts_is_told_unless_the_last_brings_it(
    say: Any,
) -> None:
    def listen(signal: AbortSignal, count: int, number: int) -> None:
        def listener() -> None:
            say(count, "listener", number)
            signal.on("abort", lambda: say(count, "late", number))

        signal.on("abort", listener)

    for count in (1, 2, 3):
        controller = AbortController()
        for number in range(count):
            listen(controller.signal, count, number)
        controller.abort()
