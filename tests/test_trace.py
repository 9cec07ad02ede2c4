"""A recording: it tells what happened, and nothing happens differently because of it."""

from __future__ import annotations

import asyncio
import contextlib
import cProfile
import inspect
import json
import re
import subprocess
import sys
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import Readable, Transform, Writable, pipe, run
from streams2.channel import Channel, alts, mult, sliding_buffer
from streams2.channel.watching import watchers
from streams2.core.pipe import PIPE, Pipe
from streams2.errors import (
    InvalidArgTypeError,
    InvalidArgValueError,
    OutOfRangeError,
    UnsettledError,
)
from streams2.events import EventEmitter
from streams2.streams.readable_base import ReadableBase
from streams2.trace import Event, Trace, moments, record, record_threads

from .conformance.corpus import Case, load, themes
from .conformance.runner import run as run_on_streams2
from .core_async.generator import generate
from .core_async.runner import run_program
from .support import BoomError, Sink, Source, turns


def of_kind(trace: Trace, *kinds: str) -> list[Event]:
    return [event for event in trace.events if event.kind in kinds]


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events]


def levels(event: Event) -> dict[str, tuple[int, int | None]]:
    return {hold.side: (hold.length, hold.mark) for hold in event.holds}


# -- nothing happens differently ------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("theme", themes(), ids=lambda path: path.stem)
def test_recorded_programs_do_what_they_do_on_node(theme: Path) -> None:
    for case in load(theme):
        with record(code=[]) as trace:
            got = run_on_streams2(case.program)
        assert got == case.trace, case.name
        assert_readable(trace, case)


def assert_readable(trace: Trace, case: Case) -> None:
    named = {subject.name for subject in trace.subjects}
    assert {event.owner for event in trace.events} <= named, case.name
    numbers = {event.chunk for event in trace.events} - {None}
    assert numbers <= {chunk.number for chunk in trace.chunks}, case.name


@pytest.mark.slow
def test_recorded_channels_do_what_they_do_unrecorded() -> None:
    for seed in range(40):
        program = generate(seed)
        if any(name in ("puts", "takes") for name, *_ in program):
            continue  # a crowd: each of its events would be recorded with a thousand who wait
        expected = repr(run_program(program))
        with record(code=[]) as trace:
            assert repr(run_program(program)) == expected, seed
        assert Trace.from_json(trace.to_json()).events == trace.events


WRAPPED = [
    (ReadableBase, "push"),
    (ReadableBase, "read"),
    (Writable, "write"),
    (Writable, "end"),
    (EventEmitter, "emit"),
    (Channel, "put"),
    (Channel, "take"),
    (Channel, "__anext__"),
]


def test_afterwards_everything_is_as_it_was() -> None:
    def methods() -> list[Any]:
        return [cls.__dict__[name] for cls, name in WRAPPED]

    before, tracing = methods(), sys.gettrace()
    with turns():
        sink = Sink()
        on_write = sink._writable_state.on_write
        with record(), record():
            assert all(now is not then for now, then in zip(methods(), before))
            assert watchers
            sink.write(b"x")
        assert sink._writable_state.on_write == on_write
        with pytest.raises(BoomError), record():
            raise BoomError
    assert methods() == before
    assert not watchers
    assert sys.gettrace() is tracing


def test_arguments_are_given_by_name_as_well() -> None:
    async def main() -> Any:
        channel: Channel[Any] = Channel(3)
        answers = [channel.offer(value="a"), channel.put_callback(value="b")]
        answers.append(await channel.put(value="c"))
        channel.close(error=BoomError())
        return answers + [await channel.take() for _ in range(3)], await channel.take()

    with record(code=[]) as trace:
        answers, error = asyncio.run(main())
    assert answers == [True, True, True, "a", "b", "c"]
    assert isinstance(error, BoomError)
    calls = [(event.name, event.chunk) for event in of_kind(trace, "call")]
    assert calls[:4] == [("offer", 1), ("put_callback", 2), ("put", 3), ("close", None)]

    with turns(), record(code=[]) as trace:
        source, sink = Source(), Sink()
        source.push(chunk=b"d")
        source.read(size=1)
        sink.write(chunk=b"e")
        sink.end(chunk=b"f")
    calls = [(event.name, event.chunk) for event in of_kind(trace, "call")]
    assert calls[:4] == [("push", 1), ("read", None), ("write", 2), ("end", 3)]


def test_a_channel_is_closed_with_an_error_while_it_is_recorded() -> None:
    with record(code=[]):
        Channel().close(BoomError())


def test_nothing_is_recorded_before_or_after() -> None:
    with turns() as loop:
        sink = Sink()
        sink.write(b"before")
        with record() as trace:
            sink.write(b"within")
        sink.write(b"after")
        loop.run()
    assert [chunk.preview for chunk in trace.chunks] == ["within"]


def test_a_write_that_ends_after_the_recording_ends_all_the_same() -> None:
    held: list[Any] = []
    with turns() as loop:
        sink = Sink(finish=held.append)
        with record() as trace:
            sink.write(b"x")
        held.pop()()
        loop.run()
        assert sink.writable_length == 0
    assert "written" not in {event.kind for event in trace.events}


@pytest.mark.parametrize("code", [None, []])
def test_two_recordings_at_once_hear_the_same(code: list[Any] | None) -> None:
    with turns() as loop, record(code=code) as outer:
        sink = Sink()
        with record(code=code) as inner:
            sink.write(b"x")
            loop.run()
        Sink().write(b"y")
    assert [chunk.preview for chunk in inner.chunks] == ["x"]
    assert [chunk.preview for chunk in outer.chunks] == ["x", "y"]
    for trace in (inner, outer):
        assert next(event.chunk for event in of_kind(trace, "written")) == 1


def test_an_emitter_that_is_no_stream_is_not_recorded() -> None:
    heard: list[Any] = []
    emitter = EventEmitter()
    emitter.on("data", heard.append)
    with record(code=[]) as trace:
        assert emitter.emit("data", b"x")
    assert heard == [b"x"]
    assert trace.events == []


def test_an_event_of_the_users_own_is_not_recorded() -> None:
    heard: list[Any] = []
    with turns():
        source = Source()
        source.on("mine", heard.append)
        with record(code=[]) as trace:
            assert source.emit("mine", 1)
            source.emit("close")
    assert heard == [1]
    assert names(of_kind(trace, "emit")) == ["close"]


def test_what_is_still_waited_for_when_the_recording_ends_is_not_recorded() -> None:
    async def main() -> None:
        channel = Channel[str]()
        with record(code=[]) as trace:
            taking = asyncio.ensure_future(channel.take())
            await asyncio.sleep(0)
        await channel.put("a")
        assert await taking == "a"
        assert [event.kind for event in trace.events] == ["call", "wait"]

    asyncio.run(main())


def test_a_named_thing_may_be_anything() -> None:
    with record(code=[], mine=EventEmitter()) as trace:
        pass
    assert [(subject.name, subject.kind) for subject in trace.subjects] == [("mine", "other")]


@pytest.mark.parametrize("code", [None, []])
def test_other_threads_are_not_recorded(code: list[Any] | None) -> None:
    def elsewhere() -> None:
        channel = Channel[str](1)
        channel.offer("elsewhere")
        run(lambda: Readable.from_([1]).resume())

    with record(code=code) as trace:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        Channel[str](1).offer("here")
    assert [chunk.preview for chunk in trace.chunks] == ["here"]
    assert of_kind(trace, "step") == []


def test_code_must_be_code() -> None:
    with pytest.raises(InvalidArgTypeError, match="code"), record(code=[42]):  # type: ignore[list-item]
        pass
    assert sys.gettrace() is None or "coverage" in sys.modules


# -- a pipe ---------------------------------------------------------------------------------------


def test_the_steps_of_a_pipe_are_recorded_with_what_the_ends_hold() -> None:
    held: list[Any] = []
    with turns() as loop:
        source, sink = Source(), Sink(finish=held.append, high_water_mark=3)
        with record(source=source, sink=sink) as trace:
            pipe(source, sink)
            loop.run()
            for chunk in (b"ab", b"cd"):
                source.push(chunk)
            loop.run()
            while held:
                held.pop(0)()
                loop.run()
    steps = [
        (event.name, event.before, event.after)
        for event in of_kind(trace, "step")
        if event.machine == "pipe"
    ]
    assert steps == [
        ("refused", "flowing", "awaiting drain"),
        ("drained", "awaiting drain", "flowing"),
    ]
    states = {state.value for state in PIPE.states()}
    assert {state for _, *both in steps for state in both} <= states
    answers = [event for event in of_kind(trace, "answer") if event.name == "write"]
    assert [event.value for event in answers] == ["True", "False"]
    assert [levels(event) for event in answers] == [{"writable": (2, 3)}, {"writable": (4, 3)}]
    written = of_kind(trace, "written")
    assert [(event.chunk, levels(event)["writable"][0]) for event in written] == [(1, 2), (2, 0)]
    assert trace.counters == (4, 4, 4, 1, 1)


def test_a_chunk_keeps_its_number_from_push_to_written() -> None:
    with turns() as loop:
        source, sink = Source(), Sink()
        with record() as trace:
            source.pipe(sink)
            loop.run()
            source.push(b"ab")
            source.push(b"ab")
            loop.run()
    way = [(event.kind, event.name) for event in trace.events if event.chunk == 1]
    assert way == [("call", "push"), ("emit", "data"), ("call", "write"), ("written", "written")]
    assert [chunk.size for chunk in trace.chunks] == [2, 2]


def test_the_same_object_on_its_way_twice_is_two_chunks() -> None:
    chunk = b"the very same"
    with turns() as loop:
        source = Source()
        with record() as trace:
            source.push(chunk)
            source.push(chunk)
            source.on("data", id)
            loop.run()
    assert [event.chunk for event in of_kind(trace, "emit") if event.name == "data"] == [1, 2]


def test_the_same_object_written_twice_is_written_twice() -> None:
    chunk, held = b"the very same", []
    with turns() as loop:
        sink = Sink(finish=held.append)
        with record(code=[]) as trace:
            sink.write(chunk)
            sink.write(chunk)
            while held:
                held.pop()()
                loop.run()
    assert len(of_kind(trace, "written")) == 2
    assert trace.counters.bytes_written == 26
    assert trace.events[-1].holds[-1].chunks == ()


def test_an_object_that_is_written_and_still_to_be_read_is_two_chunks() -> None:
    chunk = b"the very same"
    with turns() as loop:
        source, sink = Source(), Sink()
        with record(code=[]) as trace:
            source.push(chunk)
            sink.write(chunk)
            loop.run()
            source.on("data", id)
            loop.run()
    assert [event.chunk for event in of_kind(trace, "written")] == [2]
    assert [event.chunk for event in of_kind(trace, "emit") if event.name == "data"] == [1]


def test_a_chunk_that_is_written_to_two_is_one_chunk() -> None:
    with turns() as loop:
        held: list[Any] = []
        source, sinks = Source(), (Sink(finish=held.append), Sink(finish=held.append))
        for sink in sinks:
            source.pipe(sink)
        with record(code=[]) as trace:
            source.push(b"abc")
            loop.run()
            for done in held:
                done()
            loop.run()
    assert [sink.got for sink in sinks] == [[b"abc"], [b"abc"]]
    assert [(event.owner, event.chunk) for event in of_kind(trace, "written")] == [
        ("sink", 1),
        ("sink 2", 1),
    ]
    assert len(trace.chunks) == 1


def test_what_is_in_flight_is_told_from_what_waits() -> None:
    with turns():
        sink = Sink(finish=id)
        with record() as trace:
            for chunk in (b"a", b"b", b"c"):
                sink.write(chunk)
    (hold,) = of_kind(trace, "answer")[-1].holds
    assert (hold.chunks, hold.in_flight) == ((1, 2, 3), 1)


def test_a_write_that_fails_is_recorded() -> None:
    with turns() as loop:
        sink = Sink(finish=lambda done: done(BoomError("no")))
        sink.on("error", id)
        with record() as trace:
            sink.write(b"a")
            loop.run()
    (failed,) = of_kind(trace, "error")
    assert (failed.name, failed.chunk, failed.value) == ("written", 1, "BoomError: no")
    assert trace.counters.bytes_written == 0


def test_a_call_that_raises_is_recorded() -> None:
    with turns():
        sink = Sink()
        with record() as trace, pytest.raises(InvalidArgTypeError):
            sink.write(42)
    with turns(), record(code=[]) as unheard, pytest.raises(InvalidArgTypeError):
        Channel[int]().take_callback(42)  # type: ignore[arg-type]
    assert unheard.events == []
    call, error = of_kind(trace, "call", "error")
    assert (call.name, error.name) == ("write", "write")
    assert error.value is not None
    assert error.value.startswith("InvalidArgTypeError: ")
    assert error.holds[0].chunks == ()


def test_chunks_lost_with_their_stream_are_held_no_more() -> None:
    with turns() as loop:
        sink = Sink(finish=id)
        sink.on("error", id)
        with record() as trace:
            sink.write(b"a")
            sink.write(b"b")
            sink.destroy(BoomError())
            loop.run()
    assert sum(event.kind == "written" for event in trace.events) == 0


def test_both_sides_of_a_transform_are_recorded() -> None:
    with turns() as loop:
        upper = Transform[bytes, bytes](
            transform=lambda self, chunk, encoding, done: done(None, chunk.upper())
        )
        with record(upper=upper) as trace:
            upper.write(b"a")
            loop.run()
    assert {hold.side for event in trace.events for hold in event.holds} == {"readable", "writable"}
    assert [chunk.preview for chunk in trace.chunks] == ["a", "A"]
    assert [subject.kind for subject in trace.subjects if subject.name == "upper"] == ["duplex"]


sizes = st.lists(st.integers(1, 9), max_size=12)


@pytest.mark.slow
@given(sizes, st.integers(0, 12), st.integers(0, 12), st.lists(st.booleans(), max_size=40))
def test_what_is_held_is_what_the_chunks_come_to(
    chunks: list[int], source_mark: int, sink_mark: int, order: list[bool]
) -> None:
    """Pushes and written chunks in any order: the numbers agree with the lengths, always."""
    held: list[Any] = []
    with turns() as loop:
        source = Source(high_water_mark=source_mark)
        sink = Sink(finish=held.append, high_water_mark=sink_mark)
        with record(code=[]) as trace:
            source.pipe(sink)
            loop.run()
            for write in order:
                if write and held:
                    held.pop(0)()
                elif chunks:
                    source.push(b"x" * chunks.pop())
                loop.run()
    size = {chunk.number: chunk.size for chunk in trace.chunks}
    for event in trace.events:
        for hold in event.holds:
            assert sum(size[number] for number in hold.chunks) == hold.length, event
    held_now = source.readable_length + sink.writable_length
    assert trace.counters.buffered_bytes == held_now


# -- channels -------------------------------------------------------------------------------------


def test_a_put_that_waits_and_the_take_that_frees_it() -> None:
    async def main() -> None:
        channel = Channel[str]()
        putting = asyncio.ensure_future(channel.put("a"))
        await asyncio.sleep(0)
        assert await channel.take() == "a"
        await putting
        channel.close()

    with record() as trace:
        asyncio.run(main())
    events = [event for event in trace.events if event.owner == "channel"]
    assert [(event.kind, event.name, event.chunk) for event in events] == [
        ("call", "put", 1),
        ("wait", "put", 1),
        ("call", "take", None),
        ("answer", "take", 1),
        ("answer", "put", None),
        ("call", "close", None),
        ("answer", "close", None),
    ]
    assert levels(events[1]) == {"values": (0, 0), "putting": (1, None), "taking": (0, None)}
    assert levels(events[3])["putting"] == (0, None)


def test_a_take_that_waits() -> None:
    async def main() -> None:
        channel = Channel[str](2)
        taking = asyncio.ensure_future(channel.take())
        await asyncio.sleep(0)
        await channel.put("a")
        assert await taking == "a"

    with record() as trace:
        asyncio.run(main())
    events = [event for event in trace.events if event.owner == "channel"]
    assert [(event.kind, event.name) for event in events] == [
        ("call", "take"),
        ("wait", "take"),
        ("call", "put"),
        ("answer", "put"),
        ("answer", "take"),
    ]
    assert levels(events[1])["taking"] == (1, None)
    assert events[-1].chunk == events[2].chunk == 1


def test_async_for_takes() -> None:
    async def main() -> list[str]:
        channel = Channel[str](2)
        await channel.put("a")
        channel.close()
        return [value async for value in channel]

    with record() as trace:
        assert asyncio.run(main()) == ["a"]
    takes = [event.value for event in of_kind(trace, "answer") if event.name == "take"]
    assert takes == ["a", "None"]


def test_alts_puts_and_takes() -> None:
    async def main() -> None:
        full, empty = Channel[str](1), Channel[str]()
        assert await alts([(full, "a"), empty], priority=True) == (True, full)
        assert await alts([empty, full], priority=True) == ("a", full)
        waiting = asyncio.ensure_future(alts([empty]))
        await asyncio.sleep(0)
        await empty.put("b")
        assert await waiting == ("b", empty)

    with record() as trace:
        asyncio.run(main())
    assert [
        (event.owner, event.name, event.chunk)
        for event in of_kind(trace, "answer", "wait")
        if event.chunk is not None or event.kind == "wait"
    ] == [("full", "take", 1), ("empty", "take", None), ("empty", "take", 2)]


def test_callbacks_put_and_take() -> None:
    got: list[Any] = []
    with record() as trace:
        channel = Channel[str]()
        channel.take_callback(got.append)
        channel.put_callback("a")
        assert channel.poll() is None
    assert got == ["a"]
    assert names(of_kind(trace, "call")) == ["take_callback", "put_callback", "poll"]
    assert of_kind(trace, "answer")[0].chunk == 1


# -- lines ----------------------------------------------------------------------------------------


def copy(source: Readable[bytes], sink: Writable[bytes]) -> None:
    @source.on("data")
    def each(chunk: bytes) -> None:
        sink.write(chunk)


def line_of(function: Any, text: str) -> int:
    lines, first = inspect.getsourcelines(function)
    return first + next(index for index, line in enumerate(lines) if text in line)


def test_the_running_line_comes_with_what_it_does() -> None:
    with turns() as loop:
        source, sink = Source(), Sink()
        with record(code=[copy]) as trace:
            copy(source, sink)
            loop.run()
            source.push(b"a")
            loop.run()
    (call,) = [event for event in of_kind(trace, "call") if event.name == "write"]
    assert (call.file, call.line) == (__file__, line_of(copy, "sink.write"))
    (push,) = [event for event in of_kind(trace, "call") if event.name == "push"]
    assert push.line is None
    (text,) = trace.sources
    assert text.function == "copy"
    assert text.lines[0].startswith("def copy")
    assert text.first_line == line_of(copy, "def copy")


def test_the_file_of_the_block_is_recorded_by_default() -> None:
    with record() as trace:
        first = Channel[int](1)
        first.offer(1)
    lines = of_kind(trace, "line")
    here = line_of(test_the_file_of_the_block_is_recorded_by_default, "first.offer")
    assert here in {event.line for event in lines}
    assert {event.file for event in lines} == {__file__}


def test_a_coroutine_is_suspended_and_resumes() -> None:
    async def get(channel: Channel[str]) -> str | None:
        return await channel.take()

    async def main() -> None:
        channel = Channel[str]()
        task = asyncio.ensure_future(get(channel))
        await asyncio.sleep(0)
        await channel.put("a")
        assert await task == "a"

    with record(code=[get]) as trace:
        asyncio.run(main())
    life = [event for event in trace.events if event.owner == "get"]
    assert [event.kind for event in life] == ["line", "suspend", "resume", "return"]
    assert {event.task for event in life} == {"get"}
    assert {event.line for event in life} == {line_of(get, "take")}


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Tells a recording by hand what the interpreter would tell it.

    What the interpreter calls while it traces is seen by no debugger and no coverage measurement.
    """
    traced: list[Any] = []
    monkeypatch.setattr(sys, "settrace", traced.append)
    return lambda frame, event, value=None: traced[0](frame, event, value)


async def take_one(channel: Channel[str], timeout: int = 0) -> str | None:
    return await channel.take()


@pytest.fixture
def coroutine() -> Any:
    coroutine = take_one(Channel[str]())
    yield coroutine
    coroutine.close()


@pytest.fixture
def future() -> Any:
    loop = asyncio.new_event_loop()
    yield loop.create_future()
    loop.close()


def test_what_the_interpreter_tells_of_a_coroutine(tell: Any, coroutine: Any, future: Any) -> None:
    frame = coroutine.cr_frame
    with record(code=[take_one]) as trace:
        told = tell(frame, "call")
        assert told(frame, "line", None) == told(frame, "exception", None) == told
        told(frame, "return", future)
        tell(frame, "call")
        told(frame, "return", "a")
    life = [(event.owner, event.kind, event.task) for event in trace.events]
    assert life == [
        ("take_one", "line", "take_one"),
        ("take_one", "suspend", "take_one"),
        ("take_one", "resume", "take_one"),
        ("take_one", "return", "take_one"),
    ]
    assert {(subject.name, subject.kind) for subject in trace.subjects} == {
        ("channel", "channel"),
        ("take_one", "function"),
    }
    assert [source.function for source in trace.sources] == ["take_one"]
    # It is over: what the interpreter still tells is not for it.
    assert tell(frame, "call") is None
    assert told(frame, "line", None) is None
    assert len(trace.events) == len(life)


def test_a_coroutine_that_goes_on_with_an_error_may_return_untold(
    tell: Any, coroutine: Any
) -> None:
    frame = coroutine.cr_frame
    with record(code=[take_one]) as trace:
        told = tell(frame, "call")
        told(frame, "return", None)
        told(frame, "return", None)
    assert [event.kind for event in trace.events] == ["return", "return"]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [(take_one, True), (sys.modules[__name__], True), (__file__, True), (levels, False)],
    ids=["the function", "its module", "its file", "another function"],
)
def test_only_the_code_that_was_asked_for_is_followed(
    code: Any, wanted: bool, tell: Any, coroutine: Any
) -> None:
    one_line = (number for number in ())
    with record(code=[code]):
        assert (tell(coroutine.cr_frame, "call") is not None) is wanted
        assert tell(coroutine.cr_frame, "line") is None
        assert tell(one_line.gi_frame, "call") is None


def test_a_call_comes_with_a_line_of_the_block(tell: Any) -> None:
    with record() as trace:
        Channel[int](1).offer(1)
    (call,) = of_kind(trace, "call")
    assert call.file == __file__
    assert call.line is not None
    assert call.task is None


def test_code_without_a_text_is_recorded_without_it(tell: Any) -> None:
    names: dict[str, Any] = {}
    exec(compile("def counted():\n    yield 1", "<no text>", "exec"), names)
    counting = names["counted"]()
    with record(code=[names["counted"]]) as trace:
        told = tell(counting.gi_frame, "call")
        told(counting.gi_frame, "line", None)
    assert [(event.owner, event.kind) for event in trace.events] == [("counted", "line")]
    assert trace.sources == []


# -- names ----------------------------------------------------------------------------------------


def test_names_are_given_or_those_of_variables_or_of_classes() -> None:
    with turns() as loop:
        given = Source()
        with record(mine=given) as trace:
            variable = Sink()
            given.pipe(variable)
            [Channel[int](1)][0].offer(1)
            [Channel[int](1)][0].offer(1)
            loop.run()
    names = [subject.name for subject in trace.subjects if subject.kind != "function"]
    assert names == ["mine", "variable", "channel", "channel 2"]
    with turns() as loop:
        given = Source()
        with record(mine=given) as trace:
            machine = Pipe(given, Sink(finish=id, high_water_mark=1))
            loop.run()
            given.push(b"x")
    assert machine.state.value == "awaiting drain"
    assert "pipe mine to sink" in {subject.name for subject in trace.subjects}


# -- what becomes of it ---------------------------------------------------------------------------


def record_a_small_pipe() -> Trace:
    def main() -> None:
        source = Readable.from_([b"</script>", b"b"], object_mode=False)
        sink = Writable[bytes](write=lambda self, chunk, encoding, done: done())
        source.pipe(sink)

    with record() as trace:
        run(main)
    return trace


def test_json_has_everything(tmp_path: Path) -> None:
    trace = record_a_small_pipe()
    path = tmp_path / "trace.json"
    found = json.loads(trace.to_json(str(path)))
    assert json.loads(path.read_text()) == found
    assert [event["kind"] for event in found["events"]] == [event.kind for event in trace.events]
    assert found["counters"]["bytes_written"] == 10
    sink = {"name": "sink", "kind": "writable", "objects": False, "methods": []}
    assert sink in found["subjects"]
    first = {"number": 1, "size": 9, "preview": "</script>", "kind": "bytes"}
    assert found["chunks"][0] == {**first, "crc": zlib.crc32(b"</script>")}


def test_a_trace_comes_back_from_json() -> None:
    trace = record_a_small_pipe()
    back = Trace.from_json(trace.to_json())
    assert back.events == trace.events
    assert back.chunks == trace.chunks
    assert back.subjects == trace.subjects
    assert back.sources == trace.sources
    assert back.counters == trace.counters
    assert back.to_json() == trace.to_json()
    assert back.to_text() == trace.to_text()
    assert back._repr_html_() == trace._repr_html_()


def test_whatever_stands_in_a_buffer_comes_back_from_json() -> None:
    async def main() -> None:
        sliding, source = Channel(sliding_buffer(2)), Readable(object_mode=True, read=lambda *_: 0)
        for value in ("a", "b", "c", "a"):
            await sliding.put(value)
        for value in ("a", {"b": 1}, "c"):
            source.push(value)
        source.read()
        source.unshift("first")
        source.push("last")
        while source.read() is not None:
            await sliding.take() if sliding.buffered else None

    with record() as trace:
        asyncio.run(main())
    back = Trace.from_json(trace.to_json())
    assert [[*hold.chunks] for event in back.events for hold in event.holds] == [
        [*hold.chunks] for event in trace.events for hold in event.holds
    ]
    assert back.events == trace.events
    assert back._repr_html_() == trace._repr_html_()


@pytest.mark.parametrize("text", ["", "[]", "1", "null", '{"events": []}', '{"version": 2}'])
def test_what_is_no_recording_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgValueError, match="recording"):
        Trace.from_json(text)


def channel_of(many: int) -> Trace:
    async def main() -> None:
        channel = Channel[int](many)
        for number in range(many):
            await channel.put(number)
        channel.close()
        async for _ in channel:
            pass

    with record(code=[], clock=lambda: 0.0) as trace:
        asyncio.run(main())
    return trace


def copied(most: int | None = None) -> tuple[Trace, list[int]]:
    got: list[int] = []

    def write(stream: object, chunk: int, encoding: str, done: Any) -> None:
        got.append(chunk)
        done()

    def main() -> None:
        Readable.from_(range(50)).pipe(Writable(object_mode=True, write=write))

    with record(code=[], clock=lambda: 0.0, most=most) as trace:
        run(main)
    return trace, got


def test_of_what_is_long_the_first_events_can_be_recorded() -> None:
    whole, got = copied()
    first, as_much = copied(most=100)
    assert got == as_much == list(range(50))
    assert whole.complete
    assert not first.complete
    assert first.events == whole.events[:100]
    assert not Trace.from_json(first.to_json()).complete
    # Nothing is left behind where it ended in the middle.
    assert not watchers
    assert copied()[0].events == whole.events


def test_as_many_as_there_are_are_all() -> None:
    whole, _ = copied()
    assert copied(most=len(whole.events))[0].complete
    assert copied(most=0)[0].events == []


def test_the_most_is_a_whole_number() -> None:
    with pytest.raises(InvalidArgTypeError, match="most"):
        record(most=1.5)  # type: ignore[arg-type]
    with pytest.raises(OutOfRangeError, match="most"):
        record(most=-1)


def test_json_is_as_long_as_what_happened_however_much_is_held() -> None:
    lengths = [len(channel_of(many).to_json()) / many for many in (200, 1600)]
    # Numbers have more digits: that is all.
    assert lengths[1] < lengths[0] * 1.1


def test_to_record_a_channel_of_thousands_takes_no_longer_for_each_event() -> None:
    # Counted, not timed: each object that is looked at has its place looked at.
    def calls(many: int) -> int:
        profile = cProfile.Profile()
        profile.runcall(channel_of, many)
        return sum(entry.callcount for entry in profile.getstats())

    few, more = calls(100), calls(800)
    assert more < few * 8 * 1.2


def test_html_is_one_file_with_the_recording_in_it(tmp_path: Path) -> None:
    trace = record_a_small_pipe()
    path = tmp_path / "mine.html"
    trace.to_html(str(path), title="Mine & yours")
    page = path.read_text(encoding="utf-8")
    assert "<title>Mine &amp; yours</title>" in page
    assert page.count("</script>") == 2
    assert "src=" not in page
    assert "url(" not in page


# -- standing still -------------------------------------------------------------------------------


def stuck() -> None:
    sink = Writable[bytes](high_water_mark=3, write=lambda self, chunk, encoding, done: None)
    Readable.from_([b"abc", b"def"], object_mode=False).pipe(sink)


async def stuck_and_waited_for() -> None:
    await Channel().take()


@pytest.mark.parametrize(
    ("main", "said"),
    [
        (
            stuck,
            r"`sink` \(a Writable, made at .*\) was given (a chunk of |chunk 1 \()3 bytes",
        ),
        (stuck_and_waited_for, "`stuck_and_waited_for` waits at .*"),
    ],
)
def test_a_run_that_stands_still_says_why_whoever_catches_its_error(main: Any, said: str) -> None:
    with record() as trace, contextlib.suppress(UnsettledError):
        run(main)
    assert re.match(said, moments(trace._lane())[-1].why)
    assert re.match(said, Trace.from_json(trace.to_json())._recording.standing)


def test_a_program_that_went_on_has_nothing_to_explain() -> None:
    with record() as trace:
        with contextlib.suppress(UnsettledError):
            run(stuck_and_waited_for)
        Channel[int](1).offer(1)
    assert moments(trace._lane())[-1].why == ""
    assert moments(record_a_small_pipe()._lane())[-1].why == ""


def test_what_one_hands_to_several_is_in_all_their_places() -> None:
    async def main() -> None:
        news, left, right = Channel[int](), Channel[int](1), Channel[int](1)
        copies = mult(news)
        copies.tap(left)
        copies.tap(right)
        for number in (1, 1, 2):
            await news.put(number)
            await left.take()
            await right.take()
        news.close()

    with record() as trace:
        asyncio.run(main())
    given = [
        (event.owner, event.chunk) for event in of_kind(trace, "call") if event.name == "offer"
    ]
    lefts, rights = (
        [chunk for owner, chunk in given if owner == name] for name in ("left", "right")
    )
    assert len(lefts) == 3
    assert lefts == rights


# -- how a task ends -----------------------------------------------------------------------------


class Door:
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...
    async def __aenter__(self) -> None: ...
    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0)


def test_what_leaves_a_task_is_known_whatever_runs_on_its_way() -> None:
    async def by_finally() -> None:
        try:
            raise ValueError
        finally:
            await asyncio.sleep(0)

    async def by_with() -> None:
        with Door(), Door():
            raise KeyError

    async def cancelled_within_with() -> None:
        with Door():
            await asyncio.sleep(100)

    async def cancelled_within_async_with() -> None:
        async with Door():
            await asyncio.sleep(100)

    async def caught() -> None:
        for _ in range(3):
            try:
                await asyncio.sleep(0)
                raise ValueError
            except ValueError:
                await asyncio.sleep(0)

    async def caught_a_cancellation() -> None:
        try:
            async with Door():
                await asyncio.sleep(100)
        except asyncio.CancelledError:
            await asyncio.sleep(0)

    async def main() -> None:
        doing = [by_finally, by_with, caught, cancelled_within_with]
        doing += [cancelled_within_async_with, caught_a_cancellation]
        tasks = [asyncio.ensure_future(do()) for do in doing]
        await asyncio.wait(tasks[:3])
        for task in tasks[3:]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    with record() as trace:
        asyncio.run(main())
    left = {event.owner: event.value for event in of_kind(trace, "return")}
    assert {name: value for name, value in left.items() if not name.startswith("__")} == {
        "by_finally": "ValueError",
        "by_with": "KeyError",
        "cancelled_within_with": "CancelledError",
        "cancelled_within_async_with": "CancelledError",
        "caught": None,
        "caught_a_cancellation": None,
        "main": None,
    }


@pytest.mark.host
def test_threads_are_recorded_with_their_lines_if_they_are_asked_for() -> None:
    def work(letter: str) -> None:
        with Door():
            Channel[str](1).offer(letter)
            raise ValueError

    def go_on(letter: str) -> None:
        with contextlib.suppress(ValueError):
            work(letter)

    with record_threads() as trace:
        for letter in "ab":
            thread = threading.Thread(target=go_on, args=(letter,))
            thread.start()
            thread.join()
    assert [event.task for event in of_kind(trace, "call")] == ["go_on", "go_on 2"]
    left = [(event.owner, event.value) for event in of_kind(trace, "return")]
    ends = [(owner, value) for owner, value in left if not owner.startswith("__")]
    assert ends == [
        *[("work", "ValueError"), ("go_on", None)],
        *[("work", "ValueError"), ("go_on 2", None)],
    ]


# -- the document ---------------------------------------------------------------------------------

DOCUMENT = Path(__file__).parent.parent / "docs" / "trace.md"
EXAMPLES = re.findall(
    r"```python\n(.*?)```\n\n```text\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL
)


def test_every_program_of_the_document_says_what_it_prints() -> None:
    assert DOCUMENT.read_text(encoding="utf-8").count("```python") == len(EXAMPLES) > 2


@pytest.mark.parametrize(("program", "printed"), EXAMPLES)
def test_the_documents_examples(program: str, printed: str, tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text(program)
    command = [sys.executable, "-W", "error", "example.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (printed, "")
