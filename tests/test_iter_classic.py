"""From `Readable` and `Writable` to iterable streams and back, as Node 26.10 does it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from streams2 import Readable, Writable, errors
from streams2 import iter as streams
from streams2.events.abort import AbortController

from .test_iter import batches, code_of, in_a_run


async def turns(many: int = 6) -> None:
    for _ in range(many):
        await asyncio.sleep(0)


def events_of(stream: Any) -> list[Any]:
    seen: list[Any] = []
    for event in ("end", "finish", "close"):
        stream.on(event, lambda event=event: seen.append(event))
    stream.on("error", lambda error: seen.append((type(error).__name__, str(error))))
    return seen


def unread(*chunks: Any, end: bool = True, **options: Any) -> Readable[Any]:
    readable: Readable[Any] = Readable(read=lambda self, size: None, **options)
    for chunk in (*chunks, *([None] if end else ())):
        readable.push(chunk)
    return readable


def slow(callbacks: list[Any], written: list[Any], mark: int = 4) -> Writable[bytes]:
    def write(self, chunk, encoding, done):
        written.append(chunk)
        callbacks.append(done)

    return Writable(high_water_mark=mark, write=write)


# -- from a Readable ------------------------------------------------------------------------------


@in_a_run
async def test_all_that_a_readable_has_is_one_batch():
    assert await batches(streams.from_readable(unread(b"abc", b"de"))) == [[b"abc", b"de"]]
    assert await batches(streams.from_(unread(b"abc", b"de"))) == [[b"abc", b"de"]]
    many = await batches(streams.from_readable(unread(*[b"x" * 10] * 200)))
    assert list(map(len, many)) == [128, 72]
    assert await streams.array(streams.from_readable(Readable.from_(["a", "b"]))) == [b"a", b"b"]
    assert await batches(streams.from_readable(unread("é", encoding="utf8"))) == [["é".encode()]]


@in_a_run
async def test_objects_are_taken_as_a_source_takes_them():
    class Tea:
        def to_streamable(self):
            return "tea"

    objects = unread("a", b"b", ["c", ["d"]], Tea(), object_mode=True)
    assert await batches(streams.from_readable(objects)) == [[b"a", b"b", b"c", b"d", b"tea"]]
    bad = unread("a", 5, object_mode=True)
    with pytest.raises(errors.InvalidArgTypeError):
        await batches(streams.from_readable(bad))
    assert bad.destroyed


@in_a_run
async def test_to_leave_is_to_destroy():
    readable = unread(b"abc", end=False)
    seen = events_of(readable)
    iterator: Any = streams.from_readable(readable).__aiter__()
    assert await iterator.__anext__() == [b"abc"]
    await iterator.aclose()
    await turns()
    assert seen == [("AbortError", "The operation was aborted"), "close"]


@pytest.mark.parametrize(
    ("error", "expected"), [(KeyError("boom"), KeyError), (None, errors.StreamPrematureCloseError)]
)
def test_what_a_readable_fails_with_is_raised(error, expected):
    @in_a_run
    async def test():
        readable = unread(b"abc", end=False)
        iterator = streams.from_readable(readable).__aiter__()
        assert await iterator.__anext__() == [b"abc"]
        reading = asyncio.ensure_future(iterator.__anext__())
        await turns()
        readable.destroy(error)
        with pytest.raises(expected):
            await reading
        with pytest.raises(StopAsyncIteration):
            await iterator.__anext__()

    test()


@pytest.mark.parametrize("bad", [5, None, object(), "text"])
def test_what_is_no_classic_stream_is_refused(bad):
    for make in (
        streams.from_readable,
        streams.from_writable,
        streams.to_readable,
        streams.to_writable,
    ):
        with pytest.raises(errors.InvalidArgTypeError):
            make(bad)
    if not isinstance(bad, str):
        with pytest.raises(errors.InvalidArgTypeError):
            streams.to_readable_sync(bad)


# -- from a Writable ------------------------------------------------------------------------------


@in_a_run
async def test_strict_writes_until_the_stream_is_full():
    callbacks: list[Any] = []
    written: list[Any] = []
    writer = streams.from_writable(slow(callbacks, written, mark=10))
    await writer.write("12345")
    assert writer.can_write is True
    await writer.write("1234567")
    assert writer.can_write is False
    assert await code_of(writer.write("x")) == "ERR_INVALID_STATE"
    assert writer.write_sync("z") is writer.writev_sync(["z"]) is False
    drained = streams.ondrain(writer)
    assert drained is not None
    while callbacks:
        callbacks.pop()()
        await turns()
    assert await drained is True
    ended = writer.end()
    assert writer.end_sync() == -1
    assert await ended == 12
    assert await writer.end() == 12
    assert writer.can_write is None
    assert streams.ondrain(writer) is None
    assert await code_of(writer.write("late")) == "ERR_STREAM_WRITE_AFTER_END"


@in_a_run
async def test_unbounded_writes_and_waits():
    callbacks: list[Any] = []
    written: list[Any] = []
    writer = streams.from_writable(slow(callbacks, written), backpressure="unbounded")
    piping = asyncio.ensure_future(streams.pipe_to(["abcde", ["x", "y"], "z"], writer))
    await turns()
    assert written == [b"abcde"]
    while not piping.done():
        if callbacks:
            callbacks.pop()()
        await turns()
    assert await piping == 8
    assert b"".join(written) == b"abcdexyz"


@in_a_run
async def test_drop_newest_counts_what_it_throws_away():
    callbacks: list[Any] = []
    written: list[Any] = []
    writer = streams.from_writable(slow(callbacks, written), backpressure="drop-newest")
    assert await asyncio.gather(writer.write("abcde"), writer.write("x")) == [None, None]
    ended = writer.end()
    callbacks.pop()()
    assert await ended == 6
    assert written == [b"abcde"]


@pytest.mark.parametrize(
    ("error", "expected"), [(KeyError("gone"), KeyError), (None, errors.StreamPrematureCloseError)]
)
def test_a_writable_that_fails_tells_who_waits(error, expected):
    @in_a_run
    async def test():
        writable = slow([], [])
        writable.on("error", lambda error: None)
        writer = streams.from_writable(writable, backpressure="unbounded")
        waiting = [writer.write("abcde"), streams.ondrain(writer)]
        writable.destroy(error)
        told = await asyncio.gather(*waiting, return_exceptions=True)
        assert list(map(type, told)) == [expected] * 2

    test()


@in_a_run
async def test_what_waits_when_a_writable_is_ended_is_given_up():
    callbacks: list[Any] = []
    writer = streams.from_writable(slow(callbacks, []), backpressure="unbounded")
    waiting = [writer.write("abcde"), streams.ondrain(writer)]
    ended = writer.end()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(told[0], errors.AbortError)
    assert told[1] is False
    callbacks.pop()()
    assert await ended == 5


@in_a_run
async def test_fail_destroys():
    writable = slow([], [])
    seen = events_of(writable)
    writer = streams.from_writable(writable)
    assert streams.from_writable(writable) is writer
    writer.fail(KeyError("mine"))
    writer.fail()
    with pytest.raises(KeyError):
        await writer.write("a")
    await turns()
    assert seen == [("KeyError", "'mine'"), "close"]


def test_a_writable_of_objects_and_a_policy_that_takes_back_are_refused():
    with pytest.raises(errors.InvalidStateError):
        streams.from_writable(Writable(object_mode=True, write=lambda self, c, e, done: done()))
    with pytest.raises(errors.InvalidArgValueError):
        streams.from_writable(slow([], []), backpressure="drop-oldest")


# -- to a Readable --------------------------------------------------------------------------------


@in_a_run
async def test_a_readable_reads_ahead_up_to_its_mark():
    read, closed = [], []

    def source():
        try:
            while True:
                read.append(1)
                yield [b"x" * 10, b"x" * 10]
        finally:
            closed.append(1)

    async def async_source():
        batches = source()
        try:
            for batch in batches:
                yield batch
        finally:
            batches.close()

    for readable in (
        streams.to_readable_sync(source(), high_water_mark=50),
        streams.to_readable(async_source(), high_water_mark=50),
    ):
        read.clear()
        await turns()
        assert read == []
        readable.read(0)
        await turns(20)
        assert (len(read), readable.readable_length) == (3, 50)
        assert readable.read() == b"x" * 10
        await turns()
        assert (len(read), readable.readable_length) == (3, 50)
        readable.destroy()
        await turns(20)
    assert closed == [1, 1]


@in_a_run
async def test_a_readable_ends_and_fails_as_its_source_does():
    readable = streams.to_readable(streams.from_([["a", "b"], "c"]))
    seen = events_of(readable)
    assert [chunk async for chunk in readable] == [b"a", b"b", b"c"]
    await turns()
    assert seen == ["end", "close"]

    async def failing():
        yield [b"a"]
        raise KeyError("source")

    readable = streams.to_readable(failing())
    seen = events_of(readable)
    readable.resume()
    await turns(20)
    assert seen == [("KeyError", "'source'"), "close"]


@in_a_run
async def test_a_signal_destroys_a_readable():
    control = AbortController()
    writer, stream = streams.push()
    readable = streams.to_readable(stream, signal=control.signal)
    seen = events_of(readable)
    readable.resume()
    await turns()
    control.abort(KeyError("why"))
    await turns(20)
    assert seen == [("AbortError", "The operation was aborted"), "close"]
    assert writer.can_write is None


# -- to a Writable --------------------------------------------------------------------------------


class Told:
    """A writer that writes down what it is asked."""

    def __init__(self, *methods: str, sync: bool = True, fails: str = "") -> None:
        self.calls: list[Any] = []
        self.sync = sync
        self.fails = fails
        for name in methods:
            setattr(self, name, self.method(name))

    def method(self, name):
        def plain(*arguments):
            self.calls.append((name, *arguments))
            if name == self.fails:
                raise KeyError(name)
            return (9 if self.sync else -1) if name == "end_sync" else self.sync

        async def waits(*arguments):
            plain(*arguments)

        return plain if name.endswith("_sync") or name == "fail" else waits


ALL = ("write", "writev", "write_sync", "writev_sync", "end", "end_sync", "fail")


@pytest.mark.parametrize(
    ("methods", "sync", "expected"),
    [
        (("write",), True, [("write", b"a"), ("write", b"b"), ("write", b"c")]),
        (ALL, True, [("write_sync", b"a"), ("writev_sync", [b"b", b"c"]), ("end_sync",)]),
        (
            ALL,
            False,
            [
                *(("write_sync", b"a"), ("write", b"a"), ("writev_sync", [b"b", b"c"])),
                *(("writev", [b"b", b"c"]), ("end_sync",), ("end",)),
            ],
        ),
    ],
)
def test_a_writable_uses_what_a_writer_has(methods, sync, expected):
    @in_a_run
    async def test():
        writer: Any = Told(*methods, sync=sync)
        writable = streams.to_writable(writer)
        seen = events_of(writable)
        assert writable.write("a") is writable.write("b") is True
        writable.end("c")
        await turns(20)
        assert writer.calls == expected
        assert seen == ["finish", "close"]

    test()


@pytest.mark.parametrize("fails", ["write", "write_sync", "end"])
def test_what_a_writer_fails_with_destroys_and_is_told_to_it(fails):
    @in_a_run
    async def test():
        names = ("write", "end", "fail", *(["write_sync"] if fails == "write_sync" else []))
        writer: Any = Told(*names, fails=fails)
        writable = streams.to_writable(writer)
        seen = events_of(writable)
        writable.end("a")
        await turns(20)
        assert seen == [("KeyError", repr(fails)), "close"]
        assert writer.calls[-1][0] == "fail"

    test()


@in_a_run
async def test_destroying_a_writable_fails_its_writer():
    writer: Any = Told("write", "end", "fail")
    writable = streams.to_writable(writer)
    events_of(writable)
    writable.destroy(KeyError("mine"))
    quiet: Any = Told("write", "fail")
    streams.to_writable(quiet).destroy()
    await turns()
    assert [call[0] for call in writer.calls] == ["fail"]
    assert quiet.calls == []


@in_a_run
async def test_a_pushed_stream_holds_a_writable_back():
    writer, readable = streams.push()
    writable = streams.to_writable(writer)
    for chunk in (b"x" * 20000, b"yyyyy", b"z"):
        assert writable.write(chunk) is True
    writable.end()
    found = await batches(readable)
    assert [[len(chunk) for chunk in batch] for batch in found] == [[20000], [5, 1]]
