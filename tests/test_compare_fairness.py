"""What a comparison must not say: noise for a result, luck for merit, one count for another."""

from __future__ import annotations

import dataclasses
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from streams2.compare import VARIANTS, Settings
from streams2.compare.code_lines import lines_of_functions
from streams2.compare.job import Job, Observed
from streams2.compare.luck import luck_of
from streams2.compare.measurements import Gauge, Whereabouts
from streams2.compare.noise import FELL_SHORT, ROUNDS_DIFFER, why_busy
from streams2.compare.presentation import Report
from streams2.compare.rates import parse_part
from streams2.compare.saving import check_place, save
from streams2.compare.small_plan import SmallPlan
from streams2.compare.small_run import record_small_runs
from streams2.compare.tables import footer, plain, tables
from streams2.compare.variants import bridge_lines, by_names
from streams2.compare.why import why_they_hold_it

from .test_compare_report import measurement, report, run, summarize

pytestmark = pytest.mark.once

MIB = 1024 * 1024

# -- noise ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "rates", "expected"),
    [
        ([1.0, 1.09], {"sink_rate": MIB}, None),
        ([1.0, 1.2], {"sink_rate": MIB}, FELL_SHORT),
        ([1.2, 1.2], {"sink_rate": MIB}, FELL_SHORT),
        # The slower of the two decides.
        ([2.0, 2.0], {"sink_rate": MIB, "source_rate": MIB / 2}, None),
        ([2.5, 2.5], {"sink_rate": MIB, "source_rate": MIB / 2}, FELL_SHORT),
        ([1.0, 1.09], {}, None),
        ([1.0, 1.11], {}, ROUNDS_DIFFER),
        ([5.0], {}, None),
        # Opening and closing files takes its time, however little there is to copy.
        ([0.04], {"sink_rate": 1000 * MIB}, None),
        ([], {"sink_rate": MIB}, None),
    ],
)
def test_when_a_time_is_no_result(
    seconds: list[float], rates: dict[str, float], expected: str | None
) -> None:
    assert why_busy(seconds, MIB, Settings(**rates)) == expected  # type: ignore[arg-type]


def test_which_part_is_no_difference_can_be_given() -> None:
    slow = ([1.0, 1.3], MIB, Settings(sink_rate=MIB))
    assert why_busy(*slow, tolerance=0.3) is None
    assert why_busy(*slow, tolerance=0.2) == FELL_SHORT
    assert why_busy([1.0, 1.0001], MIB, Settings(), tolerance=0.0) == ROUNDS_DIFFER


def test_of_nothing_no_time_is_too_long() -> None:
    assert why_busy([0.01, 0.5], 0, Settings(sink_rate=1.0)) is None


@pytest.mark.parametrize("text", ["", "ten", "-1%", "10 %%", "1e3", "%"])
def test_what_is_no_part(text: str) -> None:
    with pytest.raises(ValueError, match=r"no part of a whole\. Give one, such as 10% or 0\.1"):
        parse_part(text)


def test_a_busy_row_has_no_speed_and_nothing_is_ranked() -> None:
    busy = measurement(
        busy=FELL_SHORT, seconds_min=100.0, seconds_max=200.0, name="async_iteration"
    )
    found = report(busy, measurement(name="pipe"), rounds=2)
    _, speed, *_ = [plain(table).splitlines() for table in tables(found)]
    assert max(map(len, speed)) <= 80
    assert "100.00-200.00 s  this machine was busy  12.35 s" in speed[1]
    assert "KB/s" not in speed[1]
    assert "KB/s" in speed[2]
    told = " ".join(footer(found).split())
    assert "this machine was busy: its times are no result, and do not rank the variants." in told
    assert "More than 10% below the rates that were asked for: async_iteration." in told
    assert max(map(len, footer(found).splitlines())) <= 80
    calm = footer(report(measurement(), rounds=2))
    assert "busy" not in calm
    assert "differences this small rank nothing" in calm


def test_what_failed_has_no_time_that_says_anything() -> None:
    rounds = [run(seconds=9.0, ok=False), run(seconds=1.0)]
    assert summarize("pipe", "", None, rounds, settings=Settings(sink_rate=100.0)).busy is None
    rounds = [run(seconds=9.0), run(seconds=1.0)]
    assert summarize("pipe", "", None, rounds, settings=Settings(sink_rate=100.0)).busy


# -- luck -----------------------------------------------------------------------------------------


def seen(outcome: str, *, closed: bool, read: int, held: int) -> Observed:
    return Observed(
        *(outcome, None, closed, held, 1.0, 1.0, 10, None, 0, 0),
        bytes_read=read,
    )


def job(fault: str | None, function: str = "cat") -> Job:
    settings = Settings(fault=fault)
    return Job("m", function, "streams", "in", "out", 100, settings, 1.0)


READ_ALL = "closed, because it had read to the end"


@pytest.mark.parametrize(
    ("name", "fault", "what", "expected"),
    [
        ("naive", "sink", seen("uncaught", closed=True, read=100, held=50), READ_ALL),
        ("naive", "sink", seen("uncaught", closed=False, read=100, held=50), None),
        ("naive", "sink", seen("uncaught", closed=False, read=70, held=20), None),
        (
            *("naive", "abort", seen("completed", closed=True, read=100, held=0)),
            "wrote all, because it had read to the end before the caller gave up",
        ),
        (
            *("pause_resume", "source", seen("uncaught", closed=False, read=50, held=0)),
            "lost nothing, because what it had read was just written",
        ),
        ("pause_resume", "source", seen("uncaught", closed=False, read=50, held=9), None),
        (
            *("async_iteration", "sink", seen("raised", closed=True, read=60, held=10)),
            "closed, because CPython collects an iterator as soon as nobody has it",
        ),
        ("async_iteration", "sink", seen("raised", closed=False, read=60, held=10), None),
        ("async_iteration", "source", seen("raised", closed=False, read=60, held=0), None),
        ("pause_resume", "slow-start", seen("completed", closed=True, read=100, held=0), None),
        ("pause_resume", None, seen("completed", closed=True, read=100, held=0), None),
    ],
)
def test_what_is_luck(name: str, fault: str | None, what: Observed, expected: str | None) -> None:
    (variant,) = by_names(name)
    assert luck_of(variant, job(fault), what) == expected


def test_who_sees_to_it_needs_no_luck() -> None:
    for variant in VARIANTS:
        what = seen("raised", closed=True, read=100, held=0)
        assert luck_of(variant, job("sink", variant.handled), what) is None


def test_luck_has_a_star_and_a_footnote() -> None:
    from streams2.compare.measurements import FaultFound

    fault = FaultFound("sink", "uncaught", False, True, 7)
    found = report(measurement(name="naive", fault=fault, luck=READ_ALL), fault="sink")
    (table,) = tables(found)
    assert "closed*" in plain(table)
    assert f"* naive: luck: {READ_ALL}." in footer(found).splitlines()
    assert max(map(len, footer(found).splitlines())) <= 80
    # What is lucky is neither good nor bad.
    assert table.rows[0][2].good is None
    lost = FaultFound("source", "uncaught", False, False, 0)
    found = report(measurement(fault=lost, luck="lost nothing, because"), fault="source")
    assert re.search(r"LEFT OPEN +0 B\*", plain(tables(found)[0]))


# -- lines ----------------------------------------------------------------------------------------

PYTHON = '''\
"""A page."""

def cat(source, sink):
    """Docs."""
    # Nothing.
    source.pipe(
        sink,
    )

    text = "# this is no comment"

async def cat_or_fail(source, sink):
    try:
        cat(source, sink)
        source.cat(1)
    finally:
        sink.destroy()
'''

JAVASCRIPT = """\
// A page.

function cat(source, sink) {
  /* Docs,
     of two lines. */
  // Nothing.
  source.pipe(
    sink,
  );

  const text = '// this is no comment';
}

async function catOrFail(source, sink) {
  try {
    cat(source, sink);
    source.cat(1);
  } finally {
    sink.destroy();
  }
}
"""


def test_lines_are_counted_in_the_same_way_in_every_language() -> None:
    assert lines_of_functions(PYTHON) == {"cat": 4, "cat_or_fail": 6 + 4}
    assert lines_of_functions(JAVASCRIPT, "js") == {"cat": 4, "catOrFail": 6 + 4}


def test_pipe_is_as_long_on_node_as_here() -> None:
    pipe, node = by_names("pipe,node")
    assert pipe.lines == node.lines == (2, 2)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_every_variant_has_both_forms_on_its_page(variant: Any) -> None:
    plain_lines, handled = variant.lines
    assert handled is not None
    assert 2 <= plain_lines <= handled
    text = Path(variant.path).read_text(encoding="utf-8")
    for function in {variant.function, variant.handled}:
        assert f"function {function}(" in text or f"def {function}(" in text


def test_by_the_bridge_it_is_one_line() -> None:
    assert bridge_lines() == 2  # The line, and the function's head.


# -- why ------------------------------------------------------------------------------------------


def test_a_gauge_knows_where_the_bytes_of_the_peak_were() -> None:
    buffers = [0, 0]
    gauge = Gauge(holding=lambda: (buffers[0], buffers[1]))
    gauge.read(10)
    assert gauge.at_peak == Whereabouts(source=10, way=0, sink=0)
    buffers[:] = [0, 6]  # Four are in somebody's hands.
    gauge.read(5)
    assert gauge.at_peak == Whereabouts(source=5, way=4, sink=6)
    gauge.written(6)
    gauge.read(1)
    assert gauge.peak == 15
    assert gauge.at_peak == Whereabouts(source=5, way=4, sink=6)


def test_of_a_source_that_does_not_say_it_has_what_the_sink_has_not() -> None:
    gauge = Gauge(holding=lambda: (None, 3))
    gauge.read(10)
    assert gauge.at_peak == Whereabouts(source=7, way=0, sink=3)


KIB = 1024


def real(name: str, peak: int, at: Whereabouts | None, **more: Any) -> Any:
    return measurement(
        name=name, peak_buffered_bytes=peak * KIB, bound_bytes=512 * KIB, at_peak=at, **more
    )


def told(*measurements: Any, names: str = "pipe,channel", **settings: Any) -> list[str]:
    plan = SmallPlan()
    found: Report = report(*measurements, **settings)
    return why_they_hold_it(found, record_small_runs(by_names(names), plan), plan)


def test_the_page_says_why_128_and_192_and_why_33_and_28() -> None:
    one = 64 * KIB
    above, below = told(
        real("pipe", 128, Whereabouts(one, 0, one)),
        real("node", 128, Whereabouts(one, 0, one)),
        real("channel", 192, Whereabouts(one, one, one)),
    )
    assert above == (
        "In the tables, a chunk (64.0 KiB) is as large as a mark (64.0 KiB): one fills a side. "
        "pipe and node: 64.0 KiB in the source + 64.0 KiB in the sink = 128.0 KiB. channel: "
        "64.0 KiB in the source + 64.0 KiB on the way + 64.0 KiB in the sink = 192.0 KiB. "
        "What is on the way is a chunk that a put holds until it is taken."
    )
    assert "a chunk (4 to 7 bytes) is smaller than a mark (12 bytes)" in below
    assert "pipe: 16 in the source + 17 in the sink = 33." in below
    assert "channel: 16 in the source + 7 on the way + 5 in the sink = 28." in below
    assert "channel takes the next chunk when one is written" in below


def test_what_is_said_comes_from_the_figures() -> None:
    above, _ = told(
        real("pipe", 12, Whereabouts(3 * KIB, 0, 9 * KIB)),
        chunk_size=3 * KIB,
        high_water_mark=8 * KIB,
    )
    assert "a chunk (3.0 KiB) is smaller than a mark (8.0 KiB)" in above
    assert "pipe: 3.0 KiB in the source + 9.0 KiB in the sink = 12.0 KiB." in above
    assert "on the way" not in above
    above, _ = told(real("pipe", 8, Whereabouts(4096, 0, 4096)), chunk_size=4096, high_water_mark=1)
    assert "a chunk (4.0 KiB) is larger than a mark (1 B)" in above


def test_who_pushes_back_above_the_mark_and_who_has_a_queue() -> None:
    one = 64 * KIB
    above, queues, _ = told(
        real("asyncio", 256, Whereabouts(2 * one, 0, 2 * one)),
        dataclasses.replace(real("threads", 512, None)),
    )
    assert "asyncio pushes back above a mark and not at it" in above
    assert queues.startswith("threads: a queue with room for as many chunks as make it 512.0 KiB")


def test_of_what_nobody_saw_nothing_is_said() -> None:
    (only,) = told(real("threads", 1, None), names="naive")
    assert only.startswith("In the run to step through")


# -- files ----------------------------------------------------------------------------------------


def test_a_file_is_replaced_when_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")

    def fails(place: str) -> None:
        Path(place).write_text("half")
        raise OSError(28, "No space left on device", place)

    with pytest.raises(OSError, match="No space left") as raised:
        save(str(path), fails)
    assert raised.value.filename == str(path)
    assert path.read_text() == "old"
    save(str(path), lambda place: Path(place).write_text("new"))
    assert path.read_text() == "new"
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    real_file, link = tmp_path / "elsewhere" / "page.html", tmp_path / "link.html"
    link.symlink_to(real_file)
    check_place(str(link))
    save(str(link), lambda place: Path(place).write_text("new"))
    assert link.is_symlink()
    assert real_file.read_text() == "new"


@pytest.mark.host
def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo.html"
    os.mkfifo(fifo)
    check_place(str(fifo))
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        save(str(fifo), lambda place: Path(place).write_text("new"))
        assert os.read(reading, 10) == b"new"
    finally:
        os.close(reading)
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_a_place_that_cannot_be_written_is_named_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    # A file that must not be written to; root may write to every one.
    (tmp_path / "kept.html").write_text("kept")
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("kept.html"))
    for path, why in (
        ("a", "Is a directory"),
        ("a/", "Is a directory"),
        ("missing/page.html", "No such file or directory"),
        ("kept.html", "Permission denied"),
        ("a" * 300, "File name too long"),
    ):
        with pytest.raises(OSError, match=why) as raised:
            check_place(path)
        assert raised.value.filename == path
    check_place("a/page.html")
    assert list((tmp_path / "a").iterdir()) == []
