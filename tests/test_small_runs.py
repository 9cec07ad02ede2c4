"""The runs to step through: those that were asked for, to scale, and with their fault."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from streams2.compare import VARIANTS, Settings
from streams2.compare.settings import FAULTS
from streams2.compare.small_choice import small_runs
from streams2.compare.small_plan import CHUNKS, HIGH_WATER_MARK, SmallPlan, plan_for
from streams2.compare.small_run import SmallRun, can_be_stepped, record_small_runs
from streams2.compare.variants import FORMS, Variant, by_names

from .test_compare_report import report

STEPPED = [variant for variant in VARIANTS if can_be_stepped(variant)]
KIB = 1024


def record(variant: Variant, plan: SmallPlan | None = None) -> SmallRun:
    (run,) = record_small_runs([variant], plan)
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
}


@pytest.mark.parametrize("fault", [None, *FAULTS])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("variant", STEPPED, ids=lambda variant: variant.name)
def test_a_run_ends_as_the_real_one_and_is_recorded_as_it_was(
    variant: Variant, form: str, fault: str | None
) -> None:
    run = record(variant.in_form(form), SmallPlan(fault=fault))
    # What those who took part counted, and what the recording comes to.
    assert run.trace.counters == run.counters
    whole = b"".join(CHUNKS)
    assert whole.startswith(run.output)
    assert run.counters.bytes_written == len(run.output)
    if fault in (None, "slow-start"):
        assert run.output == whole
        assert run.fault is None or run.fault.error_reached_caller is None
        return
    assert run.fault is not None
    assert run.fault.kind == fault
    if form == "handled":
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


@pytest.mark.parametrize("variant", STEPPED, ids=lambda variant: variant.name)
@pytest.mark.parametrize("mark", [1, 3, 4, 5, 8, 9, 32])
def test_a_small_run_holds_what_the_real_one_may(variant: Variant, mark: int) -> None:
    settings = Settings(chunk_size=4, high_water_mark=mark)
    found = plan_for(settings, 10_000, scaled=True)
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
        ("threads,naive", ["naive"], ["threads"]),
        ("asyncio,node", ["pipe", "channel"], ["asyncio", "node"]),
    ],
)
def test_two_of_those_that_were_asked_for(
    asked: str | None, shown: list[str], left_out: list[str]
) -> None:
    wanted = None if asked is None else by_names(asked)
    found = small_runs(report(fault="abort"), wanted, scaled=False)
    assert [run.variant.name for run in found.runs] == shown
    assert found.left_out == left_out
    assert all(run.fault is not None and run.fault.kind == "abort" for run in found.runs)


def test_they_have_the_form_that_was_asked_for() -> None:
    import dataclasses

    for form, function in (("plain", "cat"), ("handled", "cat_or_fail")):
        asked = dataclasses.replace(report(fault="sink"), form=form)
        found = small_runs(asked, None, scaled=False)
        assert {run.function for run in found.runs} == {function}
