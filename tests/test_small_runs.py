"""The runs to step through: those that were asked for, to scale, and with their fault."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from streams2.compare import VARIANTS, Settings
from streams2.compare.settings import FAULTS
from streams2.compare.small_choice import small_runs
from streams2.compare.small_plan import CHUNKS, HIGH_WATER_MARK, SmallPlan, plan_for
from streams2.compare.small_run import (
    SmallRun,
    can_be_stepped,
    record_small_runs,
    why_not_stepped,
)
from streams2.compare.stepped.node import source_of_node
from streams2.compare.variants import FORMS, Variant, by_names
from streams2.trace import Lane, Trace, difference, moments

from . import oracles
from .test_compare_report import report

# Which Node there is, is not known before a test asks for it.
STEPPED = [variant for variant in VARIANTS if variant.name != "node" and can_be_stepped(variant)]
THREADS = [pytest.mark.host, pytest.mark.once]
KIB = 1024


def each(variants: Iterable[Variant], *values: Any) -> list[Any]:
    """Each variant with each of the values. Threads take their time, and need only be seen once.

    So need those of other libraries, but for one run that ends well, and one that does not.
    """
    return [
        pytest.param(
            *(variant, value) if values else (variant,),
            marks=marks_of(variant, value),
            id=f"{variant.name}-{value}" if values else variant.name,
        )
        for variant in variants
        for value in values or [None]
    ]


def marks_of(variant: Variant, value: object) -> Any:
    if variant.name == "threads":
        return THREADS
    foreign = variant.endpoints != "streams"
    return pytest.mark.once if foreign and value not in (None, "sink") else ()


def plan_of(variant: Variant, fault: str | None) -> SmallPlan:
    alike = variant.endpoints != "streams"
    return plan_for(Settings(fault=fault), KIB, scaled=False, alike=alike)


def record(variant: Variant, plan: SmallPlan | None = None) -> SmallRun:
    (run,) = record_small_runs([variant], plan or plan_of(variant, None))
    return run


# -- each variant, each fault ---------------------------------------------------------------------

# As in the table of the real runs (tests/test_compare_runs.py): the outcome, and whether both sides
# were closed.
PLAIN = {
    ("naive", "source"): ("uncaught", False),
    ("naive", "sink"): ("uncaught", True),  # It had read to the end.
    ("naive", "abort"): ("completed", True),
    ("pause_resume", "source"): ("uncaught", False),
    ("pause_resume", "sink"): ("uncaught", False),
    ("pause_resume", "abort"): ("hung", False),
    ("pipe", "source"): ("uncaught", False),
    ("pipe", "sink"): ("uncaught", False),
    ("pipe", "abort"): ("hung", False),
    ("async_iteration", "source"): ("raised", False),
    # Which collects the iterator, or does not.
    ("async_iteration", "sink"): ("raised", None),
    ("async_iteration", "abort"): ("raised", False),
    ("channel", "source"): ("raised", False),
    ("channel", "sink"): ("uncaught", False),
    ("channel", "abort"): ("raised", False),
    ("iter", "source"): ("raised", True),
    ("iter", "sink"): ("raised", True),
    ("iter", "abort"): ("raised", True),
    ("asyncio", "source"): ("raised", True),
    ("asyncio", "sink"): ("raised", False),  # A StreamReader cannot be closed.
    ("asyncio", "abort"): ("raised", False),
    ("threads", "source"): ("raised", True),
    ("threads", "sink"): ("hung", False),
    ("threads", "abort"): ("raised", True),
}


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("variant", "fault"), each(STEPPED, None, *FAULTS))
def test_a_run_ends_as_the_real_one_and_is_recorded_as_it_was(
    variant: Variant, fault: str | None, form: str
) -> None:
    plan = plan_of(variant, fault)
    run = record(variant.in_form(form), plan)
    # What those who took part counted, and what the recording comes to.
    assert run.trace.counters == run.counters
    whole = b"".join(plan.chunks)
    assert whole.startswith(run.output)
    assert run.counters.bytes_written == len(run.output)
    if fault in (None, "slow-start"):
        assert run.output == whole
        assert run.fault is None or run.fault.error_reached_caller is None
        return
    assert run.fault is not None
    assert run.fault.kind == fault
    if form == "handled" or variant.name in ("anyio", "trio"):
        outcome, closed = "raised", True
        assert run.fault.bytes_lost == 0
    else:
        outcome, closed = PLAIN[variant.name, fault]
    assert run.fault.outcome == outcome
    assert closed in (None, run.fault.files_closed)
    # A run leaves nothing behind that would complain of it.
    gc.collect()


def test_who_is_left_open_can_be_seen() -> None:
    (pause_resume,) = by_names("pause_resume")
    run = record(pause_resume, SmallPlan(fault="sink"))
    lives = {event.owner: event.after for event in run.trace.events if event.machine == "lifecycle"}
    # The sink is closed, with the error that nobody hears; the source never was.
    assert lives.get("sink") == "closed"
    assert lives.get("source") == "open"


def test_naive_holds_all_that_it_has_read() -> None:
    naive, pipe = by_names("naive,pipe")
    slow = SmallPlan(fault="slow-start")
    assert record(naive, slow).counters.peak_buffered_bytes == sum(map(len, CHUNKS))
    assert record(pipe, slow).counters.peak_buffered_bytes < sum(map(len, CHUNKS))


# -- those that are not streams2's own ------------------------------------------------------------

FOREIGN = [variant for variant in STEPPED if variant.endpoints != "streams"]


@pytest.mark.parametrize(("variant", "fault"), each(FOREIGN, None, "slow-start"))
def test_what_was_read_and_not_written_is_where_the_recording_says(
    variant: Variant, fault: str | None
) -> None:
    run = record(variant, plan_of(variant, fault))
    sizes = [0, *(chunk.size for chunk in run.trace.chunks)]
    places: dict[tuple[str, str], int] = {}
    read = written = 0
    for event in run.trace.events:
        size = sizes[event.chunk or 0]
        read += size if event.kind == "read" else 0
        written += size if event.kind == "written" else 0
        for hold in event.holds:
            held = sum(sizes[number] for number in hold.chunks)
            assert hold.unit != "bytes" or hold.length == held
            places[event.owner, hold.side] = held
        # Whoever reads and whoever writes may have a chunk in hand; who takes from a budget has all
        # that was there.
        in_hand = read - written - sum(places.values())
        assert 0 <= in_hand <= (2 * 4 if variant.name != "iter" else 5 * 4), event
    assert read == written == run.counters.bytes_read
    assert not any(places.values())


def waits(run: SmallRun) -> list[tuple[str, str]]:
    return [(event.owner, event.name) for event in run.trace.events if event.kind == "wait"]


def paced(source_seconds: float, sink_seconds: float) -> SmallPlan:
    return SmallPlan((b"row ",) * 12, 12, source_seconds, sink_seconds)


@pytest.mark.parametrize("variant", each(by_names("threads,anyio,trio")))
def test_who_is_ahead_waits_and_the_recording_says_why(variant: Variant) -> None:
    # So fast, and so slow, that who is ahead is so on the busiest machine.
    ahead, behind = record(variant, paced(0, 0.01)), record(variant, paced(0.01, 0))
    names = {"threads": "queue", "anyio": "stream", "trio": "channel"}
    name = names[variant.name]
    put, take = ("put", "get") if variant.name == "threads" else ("send", "receive")
    assert (name, put) in waits(ahead)
    assert (name, take) in waits(behind)
    shown = [moments(Lane("", "", "", *parts(run.trace))) for run in (ahead, behind)]
    full, empty = ({moment.why for moment in steps} for steps in shown)
    end = "It goes on when somebody takes."
    assert f'read waits because `{name}.{put}("row ")` finds {name} full: 5 of 5. {end}' in full
    assert any(text.startswith(f"write waits because `{name}.{take}()` finds") for text in empty)
    # A thread, too, shows where it waits.
    states = {state for moment in shown[0] for state in moment.tasks.values()}
    code = f"queue.{put}(data)" if variant.name == "threads" else "send.send("
    assert any(state.startswith(code) for state in states)


def test_asyncio_pauses_its_reader_and_waits_for_its_writer() -> None:
    (asyncio,) = by_names("asyncio")
    run = record(asyncio)
    assert run.counters.pauses > 0
    assert run.counters.drains > 0
    assert {("source", "read"), ("sink", "drain")} == set(waits(run))
    why = {moment.why for moment in moments(Lane("", "", "", *parts(run.trace)))}
    drain = "cat waits because `sink.drain()` finds sink at 16, above its mark of 12. "
    assert f"{drain}It goes on when sink is down to 3." in why
    pause = "Paused because source has 16 bytes, more than its 12. "
    assert f"{pause}It goes on when source has no more than 6." in why


def test_a_budget_fills_and_one_write_waits_for_room() -> None:
    run = record(*by_names("iter"))
    assert ("budget", "send") in waits(run)
    assert ("budget", "receive") in waits(run)
    full = {moment.why for moment in moments(Lane("", "", "", *parts(run.trace)))}
    why = "`writer.write()` finds the budget used up: 12 of 12. It goes on when somebody reads."
    assert f"A send waits because {why}" in full
    steps = [(event.before, event.after) for event in run.trace.events if event.machine == "push"]
    assert {("accepting", "full"), ("full", "waiting"), ("closing", "closed")} <= set(steps)
    assert {event.owner for event in run.trace.events if event.machine} == {"budget"}
    pending = [
        hold.length for event in run.trace.events for hold in event.holds if hold.side == "putting"
    ]
    # The second would be an error: `pipe_to` awaits the first.
    assert max(pending) == 1


def parts(trace: Trace) -> tuple[Any, ...]:
    return trace.events, trace.chunks, trace.subjects, trace.sources


def test_who_listens_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    (anyio,) = by_names("anyio")
    heard = record(anyio)
    monkeypatch.setattr("streams2.compare.stepped.anyio_tasks.AnyioEnds.hearing", nullcontext)
    unheard = record(anyio)
    assert heard.counters == unheard.counters
    ends = [
        [(event.seconds, event.kind) for event in run.trace.events if event.owner == "sink"]
        for run in (heard, unheard)
    ]
    assert ends[0] == ends[1]


def test_what_was_swapped_is_there_again() -> None:
    import queue

    import anyio
    import trio

    from streams2.compare.variants import anyio_channel, threads

    assert threads.Queue is queue.Queue  # type: ignore[attr-defined]
    assert anyio_channel.create_memory_object_stream is anyio.create_memory_object_stream  # type: ignore[attr-defined]
    assert "trio" in trio.open_memory_channel.__module__


# -- Node ----------------------------------------------------------------------------------------


@pytest.mark.live
@pytest.mark.once
@pytest.mark.parametrize("fault", [None, "source", "sink", "slow-start"])
@pytest.mark.parametrize("form", FORMS)
def test_on_node_a_run_is_that_of_pipe_event_for_event(
    fault: str | None, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMS2_NODE", oracles.node())
    node, pipe = [
        record(variant.in_form(form), SmallPlan(fault=fault)) for variant in by_names("node,pipe")
    ]
    assert node.trace.counters == node.counters == pipe.counters
    assert (node.output, node.fault, node.at_peak) == (pipe.output, pipe.fault, pipe.at_peak)
    assert not difference(node.trace, pipe.trace)


@pytest.mark.live
@pytest.mark.once
def test_on_node_who_gives_up_is_heard_by_the_form_that_handles_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STREAMS2_NODE", oracles.node())
    (node,) = by_names("node")
    ends = {form: record(node.in_form(form), SmallPlan(fault="abort")).fault for form in FORMS}
    found = {form: (one.outcome, one.files_closed) for form, one in ends.items() if one}
    # As in the real runs, nobody gives the signal to a plain `pipe`.
    assert found == {"plain": ("completed", True), "handled": ("raised", True)}
    text = source_of_node(node).lines
    assert text[0] == "function cat(source, sink) {"
    assert text[-1] == "}"


def test_where_no_node_can_be_recorded_it_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (node,) = by_names("node")
    monkeypatch.setenv("STREAMS2_NODE", "/nowhere/node")
    assert why_not_stepped(node) == "$STREAMS2_NODE, /nowhere/node, is no Node"
    monkeypatch.delenv("STREAMS2_NODE")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert why_not_stepped(node) == "there is no Node on PATH"
    monkeypatch.setattr("streams2.compare.stepped.node.find_node", lambda: "node")
    for version, why in [
        ("v20.19.1", "to be recorded it has to be Node 22.3 or newer, and this is v20.19.1"),
        ("v22.2.0", "to be recorded it has to be Node 22.3 or newer, and this is v22.2.0"),
        ("v22.3.0", None),
        ("v26.10.0", None),
    ]:
        monkeypatch.setattr(
            "streams2.compare.stepped.node.node_version", lambda _, version=version: version
        )
        assert why_not_stepped(node) == why


# -- to scale -------------------------------------------------------------------------------------


def plan(chunk: int, mark: int, size: int = 100 * KIB * KIB, **more: Any) -> SmallPlan:
    settings = Settings(chunk_size=chunk, high_water_mark=mark, **more)
    return plan_for(settings, size, scaled=True)


@pytest.mark.parametrize(
    ("chunk", "mark", "in_a_mark", "scale"),
    [
        (64 * KIB, 64 * KIB, 1, "1 chunk to a mark, as in the real run"),
        (64 * KIB, 256 * KIB, 4, "4 chunks to a mark, as in the real run"),
        (64 * KIB, 96 * KIB, 1.5, "1.5 chunks to a mark, as in the real run"),
        (64 * KIB, 16 * KIB, 0.25, "0.25 chunks to a mark, as in the real run"),
        (64 * KIB, 1, 0.25, "0.25 chunks to a mark; the real run has 1.53e-05"),
        (1, 1, 1, "1 chunk to a mark, as in the real run"),
        (1000, 3333, 3.25, "3.25 chunks to a mark; the real run has 3.33"),
        (KIB, 64 * KIB, 8, "8 chunks to a mark: the 64 of the real run are too many"),
    ],
)
def test_marks_are_those_that_were_asked_for_to_scale(
    chunk: int, mark: int, in_a_mark: float, scale: str
) -> None:
    found = plan(chunk, mark)
    (size,) = {len(word) for word in found.chunks}
    assert found.high_water_mark == in_a_mark * size
    assert found.scale == scale
    # There is enough to fill both sides, and more.
    assert found.size > 2 * found.high_water_mark + 2 * size


@pytest.mark.parametrize("size", [0, 1, 1000])
def test_a_mark_above_all_there_is_holds_nobody_back(size: int) -> None:
    found = plan(100, 1001, size)
    assert found.high_water_mark > found.size
    assert found.scale == "a mark above all there is, as in the real run"
    (pipe,) = by_names("pipe")
    run = record(pipe, found)
    assert run.counters.pauses == 0
    assert run.output == b"".join(found.chunks)


@pytest.mark.parametrize(
    ("variant", "mark"),
    [
        *each([one for one in STEPPED if one.name != "threads"], 1, 3, 4, 5, 8, 9, 32),
        *each(by_names("threads"), 5),
    ],
)
def test_a_small_run_holds_what_the_real_one_may(variant: Variant, mark: int) -> None:
    settings = Settings(chunk_size=4, high_water_mark=mark)
    alike = variant.endpoints != "streams"
    found = plan_for(settings, 10_000, scaled=True, alike=alike)
    assert found.high_water_mark == mark
    run = record(variant, found)
    assert run.output == b"".join(found.chunks)
    bound = variant.bound(settings)
    assert bound is None or run.counters.peak_buffered_bytes <= bound


def test_unless_it_was_asked_for_marks_are_the_usual_ones() -> None:
    usual = plan_for(Settings(chunk_size=1), 10, scaled=False)
    assert (usual.chunks, usual.high_water_mark, usual.scale) == (CHUNKS, HIGH_WATER_MARK, None)
    assert usual == SmallPlan()


@pytest.mark.parametrize(
    ("rates", "slow_source"),
    [
        ({}, False),
        ({"sink_rate": 5.0}, False),
        ({"source_rate": 5.0}, True),
        ({"source_rate": 5.0, "sink_rate": 6.0}, True),
        ({"source_rate": 6.0, "sink_rate": 6.0}, False),
    ],
)
def test_who_is_slow_is_slow_here(rates: dict[str, float], slow_source: bool) -> None:
    found = plan_for(Settings(**rates), 10, scaled=False)  # type: ignore[arg-type]
    assert (found.source_seconds > found.sink_seconds) is slow_source


# -- which ones -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "shown", "left_out"),
    [
        (None, ["pipe", "channel"], []),
        ("naive,pause_resume", ["naive", "pause_resume"], []),
        ("channel,naive", ["channel", "naive"], []),
        ("async_iteration", ["async_iteration"], []),
        ("naive,channel,pipe", ["pipe", "channel"], []),
        ("pause_resume,naive,channel", ["pause_resume", "naive"], []),
        ("asyncio,naive", ["asyncio", "naive"], []),
        ("anyio,trio,pipe", ["anyio", "trio"], []),
        ("node,pipe", ["pipe"], ["node"]),
        ("node", ["pipe", "channel"], ["node"]),
    ],
)
def test_two_of_those_that_were_asked_for(
    asked: str | None, shown: list[str], left_out: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMS2_NODE", "/nowhere/node")
    wanted = None if asked is None else by_names(asked)
    found = small_runs(report(fault="abort"), wanted, scaled=False)
    assert [run.variant.name for run in found.runs] == shown
    assert list(found.left_out) == left_out
    assert all(run.fault is not None and run.fault.kind == "abort" for run in found.runs)


def test_they_have_the_form_that_was_asked_for() -> None:
    import dataclasses

    for form, function in (("plain", "cat"), ("handled", "cat_or_fail")):
        asked = dataclasses.replace(report(fault="sink"), form=form)
        found = small_runs(asked, None, scaled=False)
        assert {run.function for run in found.runs} == {function}
