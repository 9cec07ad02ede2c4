"""What is drawn of a recording as text; and that the size of all of it is that of what happened."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import Readable, Writable, next_tick, run
from streams2.bridge import channel_from_readable, writable_from_channel
from streams2.channel import Channel
from streams2.errors import OutOfRangeError, UnsettledError
from streams2.trace import Event, Lane, Subject, Trace, moments, page, record
from streams2.trace._identity import Identities
from streams2.trace._lane_data import lane_data
from streams2.trace._page import check_length
from streams2.trace._topology import topology
from streams2.trace._windows import Line

from .trace_programs import PROGRAMS, Program

pytestmark = pytest.mark.once

BY_NAME = {program.name: program for program in PROGRAMS}


def a_refusal() -> Trace:
    def main() -> None:
        source = Readable.from_([b"one", b"two"], object_mode=False)
        sink = Writable[bytes](
            high_water_mark=5, write=lambda self, chunk, encoding, done: next_tick(done)
        )
        source.pipe(sink)

    with record(code=[main], clock=lambda: 0.0) as trace:
        run(main)
    return trace


# -- as text --------------------------------------------------------------------------------------


def test_swim_lanes() -> None:
    drawn = a_refusal().to_text(width=61)
    assert drawn.splitlines()[:9] == [
        "     ms  source                    sink",
        "      0  │ push(“one”)             │",
        "      0  │ push(“two”)             │",
        "      0  │── write(“one”) ────────▶│",
        "      0  │── write(“two”) ────────▶│",
        "      0  │◀╌ False: 6 of 5 ╌╌╌╌╌╌╌╌│",
        "      0  │ pause                   │",
        "      0  │                         │ has written “one”",
        "      0  │ end                     │",
    ]


def test_swim_lanes_have_a_line_for_everybody() -> None:
    for program in PROGRAMS:
        head, *rows = program.record().to_text(width=120).splitlines()
        assert head.startswith("     ms  ")
        assert {row.index("│") for row in rows} == {9}


def test_a_sequence_diagram() -> None:
    drawn = a_refusal().to_mermaid()
    assert drawn.splitlines()[:9] == [
        "sequenceDiagram",
        "    participant p1 as source",
        "    participant p2 as sink",
        "    Note over p1: push(“one”)",
        "    Note over p1: push(“two”)",
        "    p1->>p2: write(“one”)",
        "    p1->>p2: write(“two”)",
        "    p2-->>p1: False#58; 6 of 5",
        "    Note over p1: pause",
    ]


def test_a_diagram_that_nobody_would_draw_is_refused() -> None:
    def main() -> None:
        Readable.from_(range(2000)).resume()

    with record(code=[main]) as trace:
        run(main)
    with pytest.raises(OutOfRangeError, match="record less"):
        trace.to_mermaid()
    assert len(trace.to_text().splitlines()) > 2000


def test_nothing_is_drawn_of_nothing() -> None:
    with record(code=[]) as trace:
        pass
    assert trace.to_text() == ""
    assert trace.to_mermaid() == "sequenceDiagram\n"
    assert "Nothing has happened yet" in page("nothing", [trace._lane()])


# -- who hands on to whom -------------------------------------------------------------------------


@pytest.mark.parametrize("program", PROGRAMS, ids=list(BY_NAME))
def test_who_hands_on_to_whom(program: Program) -> None:
    shape = topology(program.record()._lane())
    links = {tuple(_short(node) for node in link) for link in shape.links}
    assert {link for link in links if link[0] != link[1]} == program.arrows
    depth = {node: at for at, layer in enumerate(shape.layers) for node in layer}
    backwards = [link for link in shape.links if depth[link[0]] >= depth[link[1]]]
    assert len(backwards) == {"workers": 1, "choose": 1, "one_to_two": 1}.get(program.name, 0)


def _short(node: str) -> str:
    return node[len("task:") :] if node.startswith("task:") else node.partition("|")[0]


def test_a_channel_that_nobody_named_and_nobody_waits_on_is_not_drawn() -> None:
    trace = BY_NAME["results_of_go"].record()
    channels = [one.name for one in trace.subjects if one.kind == "channel"]
    assert len(channels) == 4
    lane = trace._lane()
    assert lane.undrawn == set(channels) - {"letters"}
    said = [text for moment in moments(lane) for text in moment.log]
    assert not [text for text in said if any(name in text for name in lane.undrawn)]


# -- what a recording must not change -------------------------------------------------------------


def test_a_recorded_bridge_fails_as_an_unrecorded_one() -> None:
    async def main() -> list[object]:
        source = Readable[str](
            object_mode=True, read=lambda self, size: self.destroy(OSError("no"))
        )
        channel: Channel[str] = Channel()
        channel_from_readable(source, channel)
        sink = Writable[str](object_mode=True, write=lambda self, chunk, encoding, done: done())
        failed: list[object] = []
        sink.on("error", failed.append)
        writable_from_channel(channel, sink)
        for _ in range(99):
            await asyncio.sleep(0)
        return [str(error) for error in failed]

    unrecorded = asyncio.run(main())
    with record(code=[main]) as trace:
        assert asyncio.run(main()) == unrecorded
    assert unrecorded
    assert page("a bridge", [trace._lane()])


# -- what stands still ----------------------------------------------------------------------------


def test_the_last_step_says_why_it_stands_still() -> None:
    trace = BY_NAME["stuck"].record()
    *_, last = moments(trace._lane())
    assert "`full` (a Channel, made at " in last.why
    assert "What would end it: " in last.why


def test_within_a_loop_the_doctor_is_asked_if_somebody_waits() -> None:
    async def main(waits: bool) -> Trace:
        with record(code=[]) as trace:
            channel = Channel[int](1)
            task = asyncio.ensure_future(channel.take())
            await asyncio.sleep(0)
            if not waits:
                channel.close()
                await task
        task.cancel()
        return trace

    *_, last = moments(asyncio.run(main(True))._lane())
    assert "`channel`" in last.why
    assert "What would end it" in last.why
    *_, last = moments(asyncio.run(main(False))._lane())
    assert last.why == ""


def test_an_error_of_another_kind_says_nothing_of_standing_still() -> None:
    with pytest.raises(ValueError, match="other"), record(code=[]) as trace:
        raise ValueError("other")
    assert trace._lane().standing == ""
    with pytest.raises(UnsettledError), record(code=[]) as trace:
        raise UnsettledError("it stands")
    assert trace._lane().standing == "it stands"


# -- sizes ----------------------------------------------------------------------------------------


def piled_up(many: int) -> Trace:
    """Everything stays in one tank."""

    def main() -> None:
        pile = Writable[int](object_mode=True, write=lambda self, chunk, encoding, done: None)
        for number in range(many):
            pile.write(number)

    with record(code=[]) as trace:
        run(main)
    return trace


def passed_on(many: int) -> Trace:
    def main() -> None:
        source = Readable.from_(range(many))
        sink = Writable[int](
            object_mode=True,
            high_water_mark=16,
            write=lambda self, chunk, encoding, done: next_tick(done),
        )
        source.pipe(sink)

    with record(code=[]) as trace:
        run(main)
    return trace


@pytest.mark.filterwarnings("ignore::streams2.errors.warnings.BackpressureWarning")
@pytest.mark.parametrize("recorded", [piled_up, passed_on])
def test_a_page_is_as_long_as_what_happened(recorded: Any) -> None:
    small, large = (len(page("it", [recorded(many)._lane()])) for many in (150, 600))
    frame = len(page("it", [recorded(0)._lane()]))
    assert large - frame < 4.5 * (small - frame)


def test_too_much_to_show_is_refused() -> None:
    events = [Event(0, 0.0, "emit", "sink", "close")] * 1_000_001
    lane = Lane("many", "", "", events, [], [Subject("sink", "writable")], [])
    with pytest.raises(OutOfRangeError, match=r"record\(code=\[\]\)"):
        check_length(lane)


def test_what_a_moment_changes_comes_to_what_there_is() -> None:
    """The data of a page, added up by a reader who knows nothing else of it."""
    for program in PROGRAMS:
        lane = program.record()._lane()
        shown = moments(lane)
        slots: dict[str, list[int]] = {}
        levels: dict[str, Any] = {}
        changes: Any = lane_data(lane, shown)["moments"]
        assert len(changes) == len(shown)
        for change, moment in zip(changes, shown):
            for slot, (left, came) in change.get("slots", {}).items():
                slots[slot] = [*slots.get(slot, [])[left:], *came]
            levels.update(change.get("levels", {}))
            assert {key: tuple(numbers) for key, numbers in slots.items() if numbers} == {
                key: tuple(numbers) for key, numbers in moment.slots.items() if len(numbers)
            }, program.name
            assert levels == moment.levels


@given(st.lists(st.sampled_from(["in", "out", "cut", "look"]), max_size=60))
def test_who_is_in_a_buffer_is_known_however_it_is_used(how: list[str]) -> None:
    chunks, buffer, line, expected = Identities(), deque(), Line(), []
    before = line.window()
    for number, what in enumerate(how):
        if what == "in":
            buffer.append(f"chunk {number}")
            expected.append(chunks.enters(buffer[-1]))
        elif what == "out" and buffer:
            assert chunks.leaves(buffer.popleft(), "buffer") == expected.pop(0)
        elif what == "cut" and buffer:
            buffer[0] = f"{buffer[0]} cut"
            expected[0] = chunks.held(buffer, "buffer")[0]
        window = chunks.held(buffer, "buffer")
        assert window == tuple(expected)
        left, came = window.since(before)
        assert (*tuple(before)[left:], *came) == tuple(window)
        before = window
    assert len(set(expected)) == len(expected)
