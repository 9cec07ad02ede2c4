"""What a page shows at each moment of a recording."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from streams2.compare.small_plan import CHUNKS
from streams2.compare.small_run import SmallRun, record_small_runs
from streams2.compare.stepped.loop import StandingLoop
from streams2.trace import Event, Lane, Moment, SourceCode, Subject, moments
from streams2.trace._diagrams import awaits_of, machine_diagram, task_diagram
from streams2.trace._frames import clock
from streams2.trace._lane_html import lane_html
from streams2.trace.diagram import MACHINES

pytestmark = pytest.mark.once

RUNS = record_small_runs()
ASSETS = [
    Path(__file__).parent.parent / "streams2" / folder / "assets" for folder in ("trace", "compare")
]


def lane_of(run: SmallRun) -> Lane:
    trace = run.trace
    return Lane(run.variant.name, "", "", trace.events, trace.chunks, trace.subjects, trace.sources)


each_run = pytest.mark.parametrize("run", RUNS, ids=[run.variant.name for run in RUNS])


# -- the small run --------------------------------------------------------------------------------


@each_run
def test_the_output_is_the_input(run: SmallRun) -> None:
    assert run.output == b"".join(CHUNKS)


@each_run
def test_the_trace_comes_to_what_those_who_took_part_counted(run: SmallRun) -> None:
    assert run.trace.counters == run.counters
    assert moments(lane_of(run))[-1].counters == run.counters


def test_the_pipe_pauses_and_the_channel_waits() -> None:
    pipe, channel = RUNS
    assert pipe.counters.pauses > 0
    assert channel.counters.pauses == 0
    assert any(event.kind == "wait" and event.name == "put" for event in channel.trace.events)


def test_it_is_the_same_every_time() -> None:
    again = record_small_runs()
    assert [run.trace.events for run in again] == [run.trace.events for run in RUNS]


def test_a_standing_loop_waits_for_nothing() -> None:
    loop = StandingLoop()
    try:
        loop.run_until_complete(asyncio.wait_for(asyncio.sleep(3600), 4000))
        assert loop.time() == 3600
        with pytest.raises(RuntimeError, match="never happen"):
            loop.run_until_complete(loop.create_future())
    finally:
        loop.close()


# -- moments --------------------------------------------------------------------------------------


@each_run
def test_a_tank_holds_the_chunks_that_its_level_says(run: SmallRun) -> None:
    size = {chunk.number: chunk.size for chunk in run.trace.chunks}
    for moment in moments(lane_of(run)):
        for owner, side in (("source", "readable"), ("sink", "writable")):
            held = [size[number] for number in moment.slots.get(f"{owner}|{side}", ())]
            assert sum(held) == moment.levels[f"{owner}|{side}"][0], moment


@each_run
def test_no_byte_is_anywhere_but_read_and_not_written(run: SmallRun) -> None:
    size = {chunk.number: chunk.size for chunk in run.trace.chunks}
    words = {chunk.number for chunk in run.trace.chunks if chunk.preview.encode() in CHUNKS}
    for moment in moments(lane_of(run)):
        done = set(moment.slots.get("sink|done", ()))
        seen = {number for numbers in moment.slots.values() for number in numbers} & words
        assert sum(size[number] for number in done) == moment.counters.bytes_written
        assert sum(size[number] for number in seen - done) == moment.counters.buffered_bytes


@each_run
def test_everything_recorded_is_in_a_moment(run: SmallRun) -> None:
    lane = lane_of(run)
    shown = moments(lane)
    assert len(shown) < len(lane.events)
    assert all(moment.log for moment in shown)
    assert [moment.seconds for moment in shown] == sorted(moment.seconds for moment in shown)
    said = "\n".join(text for moment in shown for text in moment.log)
    for event in lane.events:
        if event.kind in ("step", "written", "call"):
            assert event.name in said


def test_a_moment_of_the_pipe_is_lit_together() -> None:
    """The line, the answer, the tank and the machine, when the sink has enough."""
    shown = moments(lane_of(RUNS[0]))
    (at, *_) = [
        index
        for index, moment in enumerate(shown)
        if moment.machines["pipe source to sink|pipe"][1] == "flowing|awaiting drain"
    ]
    moment, before = shown[at], shown[at - 1]
    assert before.log == ["sink.write answers False"]
    assert moment.levels["sink|writable"][0] >= 12
    assert moment.line is not None
    assert "REFUSED" in line_text(RUNS[0], moment)
    assert shown[at + 1].machines["source|flow"] == ("paused", "flowing|paused", "pause")


def line_text(run: SmallRun, moment: Moment) -> str:
    assert moment.line is not None
    file, line = moment.line
    for source in run.trace.sources:
        if source.file == file and 0 <= line - source.first_line < len(source.lines):
            return source.lines[line - source.first_line]
    raise AssertionError(moment)


@each_run
def test_at_every_moment_a_shown_line_ran_last(run: SmallRun) -> None:
    begin, *shown = moments(lane_of(run))
    assert not begin.started
    assert begin.last_line in [(one.file, one.first_line) for one in run.trace.sources]
    for before, moment in zip([begin, *shown], shown):
        assert moment.last_line == (moment.line or before.last_line)
        assert moment.started is (before.started or moment.line is not None)


def test_a_line_that_is_not_shown_is_no_moment() -> None:
    def at(number: int, file: str, line: int) -> Event:
        return Event(number, float(number), "line", "work", "", file=file, line=line, task="work")

    ran = [at(0, "a.py", 11), at(1, "b.py", 11), at(2, "a.py", 99)]
    shown = moments(lane_with(*ran, text="def work():\n    again()\n"))
    assert [moment.last_line for moment in shown] == [("a.py", 10), ("a.py", 11)]
    assert {moment.last_line for moment in moments(lane_with(*ran))} == {None}


def test_a_task_is_where_it_waits() -> None:
    lane = lane_of(RUNS[1])
    shown = moments(lane)
    states = {moment.tasks["read"] for moment in shown}
    assert states >= {"", "running", "async for … in source", "channel.put(chunk)", "done"}
    waiting = next(moment for moment in shown if moment.tasks["read"] == "channel.put(chunk)")
    (line,) = [line for _, line, task in waiting.waiting if task == "read"]
    (one,) = [one for one in lane.awaits["read"] if one.text == "channel.put(chunk)"]
    assert one.first_line == line
    assert shown[-1].tasks["write"] == "done"


def test_one_clock_shows_what_happens_at_the_same_time_side_by_side() -> None:
    def at(*seconds: float) -> list[Moment]:
        return [Moment(0.0, []), *(Moment(one, []) for one in seconds)]

    assert clock([at(1, 1, 3), at(1, 2)]) == [(0, 0), (1, 1), (2, 1), (2, 2), (3, 2)]
    assert clock([at()]) == [(0,)]
    both = [moments(lane_of(run)) for run in RUNS]
    ticks = clock(both)
    assert ticks[-1] == tuple(len(lane) - 1 for lane in both)
    for before, after in zip(ticks, ticks[1:]):
        assert all(0 <= new - old <= 1 for old, new in zip(before, after))
        assert before != after


def lane_with(*events: Event, text: str = "") -> Lane:
    sources = [SourceCode("a.py", "work", 10, tuple(text.splitlines()))] if text else []
    subjects = [
        Subject("work", "function"),
        Subject("rest", "function"),
        Subject("sink", "writable"),
    ]
    return Lane("mine", "", "", list(events), [], subjects, sources, tasks=["work"])


def test_what_fails_and_what_stays_as_it_is_is_said() -> None:
    still = Event(0, 0.0, "step", "sink", "write", machine="demand", before="full", after="full")
    fails = Event(1, 1.0, "error", "sink", "write", value="BoomError: no")
    said = [text for moment in moments(lane_with(still, fails)) for text in moment.log]
    assert said[-2:] == ["sink demand: still full (write)", "sink.write fails: BoomError: no"]


def test_a_task_that_waits_where_its_text_says_nothing_of_it_is_running() -> None:
    def at(number: int, kind: str, line: int, task: str = "work") -> Event:
        return Event(number, float(number), kind, "work", "", file="a.py", line=line, task=task)

    text = "async def work():\n    await first\n    again()\n"
    lane = lane_with(at(0, "suspend", 11), at(1, "suspend", 12), at(2, "line", 1, "x"), text=text)
    shown = moments(lane)
    assert [moment.tasks for moment in shown] == [
        {"work": ""},
        {"work": "first"},
        {"work": "running"},
    ]


def test_text_that_is_no_python_is_shown_as_it_is() -> None:
    for text, marked in (("return 1 < 2", True), ("return (1 < 2", False)):
        page = lane_html(lane_with(text=text), 0, [], 1)
        assert ('<span class="k">return</span>' in page) is marked
        assert "1 &lt; 2" in page


# -- diagrams -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MACHINES)
def test_a_diagram_has_the_rows_of_its_table(name: str) -> None:
    table = MACHINES[name]
    states = [state.value for state in table.states()]
    drawn = machine_diagram(name, states)
    assert re.findall(r'data-state="([^"]*)"', drawn) == states
    arrows = {
        f"{state.value}|{target.value}"
        for (state, _), (target, _) in table.rows.items()
        if state is not target
    }
    assert set(re.findall(r'data-arrow="([^"]*)"', drawn)) == arrows
    for (state, event), (target, _) in table.rows.items():
        if state is not target:
            assert f">{event.value}</tspan>" in drawn


def test_states_that_were_not_reached_are_not_drawn() -> None:
    drawn = machine_diagram("pipe", ["flowing", "awaiting drain"])
    assert "unpiped" not in drawn


def test_where_a_coroutine_can_wait_is_read_from_its_text() -> None:
    text = """\
async def outer():
    async with lock:
        async for x in xs:
            await f(
                x
            )

    async def inner():
        await other()
"""
    source = SourceCode("a.py", "outer", 10, tuple(text.splitlines()))
    assert awaits_of("outer", [source]) == [
        (11, 11, "async with lock"),
        (12, 12, "async for … in xs"),
        (13, 15, "f(x)"),
    ]
    assert [one.text for one in awaits_of("inner", [source])] == ["other()"]
    assert awaits_of("outer", [SourceCode("b.py", "outer", 1, ("async def outer(",))]) == []
    drawn = task_diagram("outer", awaits_of("outer", [source]))
    assert re.findall(r'data-state="([^"]*)"', drawn)[0] == "running"


# -- colours --------------------------------------------------------------------------------------


def themes_of(css: str) -> tuple[dict[str, str], dict[str, str]]:
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css[: css.index("@media")]))
    start = css.index('[data-theme="dark"] {\n')
    dark = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css[start : css.index("}", start)]))
    return light, dark


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        ]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    brighter, darker = sorted([light(one), light(other)], reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


PAIRS = [
    *((ink, ground) for ink in ("ink", "soft", "mark") for ground in ("paper", "sheet")),
    *((ink, ground) for ink in ("machine", "channel") for ground in ("paper", "sheet", "lit")),
    *(("ink", ground) for ground in ("lit", "machine-pale", "channel-pale")),
    *(("soft", ground) for ground in ("lit", "machine-pale", "channel-pale")),
    ("machine", "machine-pale"),
    ("channel", "channel-pale"),
    ("paper", "machine"),
    ("paper", "channel"),
    *((ink, "paper") for ink in ("none", "await", "blocking", "good", "bad")),
    *((ink, f"{ink}-pale") for ink in ("none", "await")),
    *(("ink", f"{ink}-pale") for ink in ("none", "await")),
]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(ink: str, ground: str, dark: bool) -> None:
    page, report = [themes_of(next(folder.glob("*.css")).read_text())[dark] for folder in ASSETS]
    colours = {**page, **report}
    assert contrast(colours[ink], colours[ground]) >= 4.5
