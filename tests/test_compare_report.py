"""What is shown of a comparison: tables, JSON and a plot."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from streams2.compare import Report, Settings
from streams2.compare.inputs import Digest, Input
from streams2.compare.measurements import FaultFound, Measurement, Run, summarize
from streams2.compare.presentation import as_json
from streams2.compare.tables import Cell, Column, Table, footer, header, plain, tables

pytestmark = pytest.mark.once

SOURCE = Input("/some/where", True, Digest(33554432, "ab"))


def measurement(**changes: Any) -> Measurement:
    fields: dict[str, Any] = {
        "name": "async_iteration",
        "model": "await",
        "ok": True,
        "seconds": 123.456,
        "seconds_min": 100.0,
        "seconds_max": 200.0,
        "cpu_seconds": 12.345,
        "bytes": 33554432,
        "sha256": "ab",
        "peak_buffered_bytes": 1023 * 1024,
        "peak_rss_bytes": 1023 * 1024**2,
        "bound_bytes": 1023 * 1024,
        "pauses": 12345,
        "drains": 12345,
        "lines": 12,
        "lines_with_failures": 345,
    }
    return Measurement(**{**fields, **changes})


def report(*measurements: Measurement, made: bool = True, **settings: Any) -> Report:
    source = dataclasses.replace(SOURCE, made=made)
    return Report(source, Settings(**{"sink_rate": 20e6, **settings}), list(measurements))


def printed(found: Report) -> list[list[str]]:
    return [plain(table).splitlines() for table in tables(found)]


# -- tables ---------------------------------------------------------------------------------------


def test_a_bar_of_nothing_is_empty_and_of_ever_so_little_shows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from streams2.compare.terminal import print_table

    table = Table([Column("bar", left=True)], [[Cell("", bar=length)] for length in (0, 1e-9, 1)])
    _, nothing, little, whole = plain(table).splitlines()
    assert (nothing, little) == ("", "#")
    print_table(table)
    _, nothing, little, drawn, *_ = (line.strip() for line in capsys.readouterr().out.splitlines())
    assert (nothing, little) == ("", "▏")
    assert len(drawn) == len(whole) + 1


def test_the_tables_fit_on_a_terminal() -> None:
    small = measurement(name="pipe", peak_buffered_bytes=1)
    found = report(measurement(), measurement(name="naive", bound_bytes=None, ok=False), small)
    memory, speed, lines = printed(found)
    assert max(map(len, [*memory, *speed, *lines])) <= 80
    assert memory[1].split() == [
        *("async_iteration", "equal", "1023.0", "KiB", "1023.0", "KiB", "1023.0", "MiB"),
        "#" * 16,
    ]
    assert memory[2].split()[:5] == ["naive", "WRONG", "1023.0", "KiB", "none"]
    # However little it is, it can be seen.
    assert memory[3].split()[-1] == "#"
    assert speed[1].split() == [
        *("async_iteration", "123.46", "s", "271.8", "KB/s", "12.35", "s"),
        *("12345", "12345"),
    ]
    assert re.split("  +", lines[0]) == [
        *("lines of code", "when all goes well", "with failures handled")
    ]
    assert [line.split() for line in lines[1:]] == [
        [name, "12", "345"] for name in ("async_iteration", "naive", "pipe")
    ]
    # Each number ends where its heading does.
    assert [speed[0].index(name) + len(name) for name in ("time", "pauses", "drains")] == [
        speed[1].index("123.46 s") + 8,
        speed[1].index("12345") + 5,
        len(speed[1]),
    ]


def test_several_rounds_have_a_spread() -> None:
    spread: dict[str, Any] = {
        "seconds": (100.0, 200.0),
        "throughput": (1.0, 2.0),
        "cpu_seconds": (1.0, 1.001),
        "peak_rss_bytes": (25 * 1024**2, 1023 * 1024**2),
        "peak_buffered_bytes": (65536, 33554432),
        "pauses": (512, 512),
        "drains": (511, 512),
    }
    found = report(measurement(spread=spread, rounds=3), measurement(name="pipe"), rounds=3)
    *_, table, _ = printed(found)
    assert max(map(len, table)) <= 80
    assert table[1].split() == [
        *("async_iteration", "100.00-200.00", "1.00", "25.0-1023.0", "64-32768"),
        *("512", "511-512"),
    ]
    assert "medians of 3 rounds" in header(found)


FAULTS = [
    (FaultFound("sink", "raised", True, True, 0), "yes closed 0 B"),
    (FaultFound("sink", "uncaught", False, False, 2048), "no: uncaught LEFT OPEN 2.0 KiB"),
    (FaultFound("sink", "hung", False, False, 1), "no: it hangs LEFT OPEN 1 B"),
    (FaultFound("sink", "completed", False, True, 0), "no: silence closed 0 B"),
    (FaultFound("sink", "died", False, None, None), "no: it died ? ?"),
    (FaultFound("slow-start", "completed", None, True, 0), "no error closed 0 B"),
]


@pytest.mark.parametrize(("fault", "shown"), FAULTS)
def test_the_table_of_a_fault(fault: FaultFound, shown: str) -> None:
    half = measurement(fault=fault, bytes=33554432 // 2, ok=False, error="OSError: gone")
    found = report(half, fault=fault.kind)
    ((_, row),) = printed(found)
    assert len(row) <= 80
    assert " ".join(row.split()) == f"async_iteration {shown} 50% 1023.0 KiB"
    assert f"\nfault: {fault.kind}: " in header(found)
    # It went wrong as it was told to.
    assert "failed" not in footer(found)
    assert max(map(len, footer(found).splitlines())) <= 80


def test_the_footer_fits_and_says_what_failed_and_what_was_left_out() -> None:
    found = dataclasses.replace(
        report(measurement(ok=False, error="OSError: gone")), notes=["node is left out"]
    )
    lines = footer(found).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-2:] == ["node is left out", "async_iteration failed: OSError: gone"]


def test_what_cannot_be_known_is_no_number() -> None:
    memory, *_ = printed(report(measurement(peak_rss_bytes=None)))
    assert memory[1].split()[6] == "?"


def test_the_header_names_input_and_sink() -> None:
    assert header(report()).splitlines() == [
        "cat of an input made for this run (32.0 MiB) into a sink of 20.0 MB/s",
        "chunks of 64.0 KiB, high-water marks of 64.0 KiB, 1 round",
    ]
    assert header(report(made=False, sink_rate=None, source_rate=1e6)).splitlines() == [
        "cat of /some/where (32.0 MiB) into a sink of unlimited speed",
        "chunks of 64.0 KiB, high-water marks of 64.0 KiB, 1 round, a source of 1.0 MB/s",
    ]


# -- medians --------------------------------------------------------------------------------------


def run(**changes: Any) -> Run:
    fields: dict[str, Any] = {
        "ok": True,
        "seconds": 1.0,
        "cpu_seconds": 1.0,
        "bytes": 100,
        "sha256": "ab",
        "peak_buffered_bytes": 1,
        "peak_rss_bytes": 1,
        "pauses": 1,
        "drains": 1,
    }
    return Run(**{**fields, **changes})


def test_medians_and_spread() -> None:
    found = summarize(
        *("pipe", "state machine", 10),
        [
            run(seconds=2.0, peak_buffered_bytes=30, timeline=[(0.0, 30)]),
            run(seconds=4.0, peak_buffered_bytes=10, timeline=[(0.0, 10)], peak_rss_bytes=None),
            run(seconds=1.0, peak_buffered_bytes=20, timeline=[(0.0, 20)], peak_rss_bytes=7),
        ],
    )
    assert (found.name, found.model, found.bound_bytes, found.rounds) == (
        *("pipe", "state machine"),
        *(10, 3),
    )
    assert (found.seconds, found.seconds_min, found.seconds_max) == (2.0, 1.0, 4.0)
    assert found.peak_buffered_bytes == 20
    # The picture of the round that the number is of.
    assert found.timeline == [(0.0, 20)]
    assert found.spread["seconds"] == (1.0, 4.0)
    assert found.spread["throughput"] == (25.0, 100.0)
    assert found.spread["peak_buffered_bytes"] == (10, 30)
    assert found.spread["peak_rss_bytes"] == (1, 7)
    assert not found.within_bound
    assert found.ok
    assert found.error is None


def test_one_bad_round_is_not_hidden_by_good_ones() -> None:
    good = FaultFound("sink", "raised", True, True, 0)
    bad = FaultFound("sink", "uncaught", False, True, 7)
    found = summarize(
        *("pipe", "state machine", None),
        [run(fault=good), run(ok=False, bytes=1, error="gone", fault=bad), run(fault=good)],
    )
    assert (found.ok, found.bytes, found.error, found.fault) == (False, 1, "gone", bad)
    assert not found.within_bound


# -- JSON -----------------------------------------------------------------------------------------


def test_json_has_the_same() -> None:
    fault = FaultFound("sink", "raised", True, True, 0)
    one = measurement(timeline=[(0.0, 1)])
    failed = measurement(ok=False, error="OSError: gone", fault=fault)
    found = json.loads(as_json(report(one, failed)))
    assert list(found) == ["input", "sink_rate", "settings", "notes", "variants"]
    assert found["input"] == {"path": None, "bytes": 33554432, "sha256": "ab"}
    assert found["sink_rate"] == 20e6
    assert found["variants"][0] == {
        "name": "async_iteration",
        "model": "await",
        "ok": True,
        "seconds": 123.456,
        "bytes": 33554432,
        "sha256": "ab",
        "peak_buffered_bytes": 1023 * 1024,
        "pauses": 12345,
        "drains": 12345,
        "lines": 12,
        "lines_with_failures": 345,
        "at_peak": None,
        "busy": None,
        "bound_bytes": 1023 * 1024,
        "peak_rss_bytes": 1023 * 1024**2,
        "cpu_seconds": 12.345,
        "rounds": 1,
        "seconds_min": 100.0,
        "seconds_max": 200.0,
        "spread": {},
    }
    assert found["variants"][1]["error"] == "OSError: gone"
    assert found["variants"][1]["fault"] == dataclasses.asdict(fault)
    assert json.loads(as_json(report(made=False)))["input"]["path"] == "/some/where"
    assert json.loads(as_json(report(sink_rate=None)))["sink_rate"] is None


def test_a_report_is_ok_if_every_output_is_or_cannot_be() -> None:
    assert report(measurement(), measurement()).ok
    assert not report(measurement(), measurement(ok=False)).ok
    assert report(measurement(ok=False), fault="sink").ok


# -- the plot -------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="matplotlib is CPython's")
@pytest.mark.parametrize("count", [1, 4, 5, 8])
def test_the_plot_has_every_variant_on_one_scale(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streams2.compare import plot

    figures: list[Any] = []
    monkeypatch.setattr(plot, "_save", lambda figure, path: figures.append(figure))
    found = [
        measurement(
            name=f"variant {number}",
            timeline=[(0.0, 0), (1.0, 2**20 * (number + 1)), (2.0 + number, 0)],
            peak_buffered_bytes=2**20 * (number + 1),
            rounds=2,
        )
        for number in range(count)
    ]
    plot.write_plot(report(*found, high_water_mark=50_000), "a.png")
    (figure,) = figures
    shown = [axes for axes in figure.axes if axes.axison]
    panels, linear, (peaks, times) = shown[:count], shown[count:-2], shown[-2:]
    for part in (panels, linear):
        assert [axes.get_title("left") for axes in part] == [one.name for one in found]
    for axes, one in zip([*panels, *linear], [*found, *found]):
        held, mark = axes.get_lines()
        assert list(zip(*held.get_data())) == one.timeline
        assert list(mark.get_ydata()) == [50_000, 50_000]
    assert len({(axes.get_ylim(), axes.get_xlim()) for axes in panels}) == 1
    assert {axes.get_yscale() for axes in panels} == {"log"}
    assert {axes.get_yscale() for axes in linear} == {"linear"}
    assert {axes.get_ylim()[0] for axes in linear} == {0}
    assert len({axes.get_ylim() for axes in linear}) == 1
    (bottom, top), (left, right) = panels[0].get_ylim(), panels[0].get_xlim()
    assert bottom < 50_000
    assert top > 2**20 * count
    assert left == 0
    assert right > 1.0 + count
    for axes, values in (
        (peaks, [one.peak_buffered_bytes for one in found]),
        (times, [one.seconds for one in found]),
    ):
        assert [bar.get_width() for bar in axes.patches] == values


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="matplotlib is CPython's")
def test_a_plot_of_variants_that_saw_nothing(tmp_path: Path) -> None:
    from streams2.compare import plot

    path = tmp_path / "a.svg"
    path.write_text("older")
    blank = measurement(peak_buffered_bytes=0, seconds=0.0, seconds_min=0.0, seconds_max=0.0)
    plot.write_plot(report(blank), str(path))
    assert path.read_text().startswith("<?xml")
    assert list(tmp_path.iterdir()) == [path]
