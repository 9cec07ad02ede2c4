"""The benchmarks run, whoever of the peers is there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import channels, stalls
from benchmarks.page import page
from benchmarks.works import Work, measure


@pytest.fixture
def few_values(monkeypatch):
    monkeypatch.setattr("sys.argv", ["channels", "20"])


def names() -> list[str]:
    return [contestant.name for group in channels.groups().values() for contestant in group]


def test_every_channel_stands_beside_a_queue_of_its_size(few_values, capsys):
    channels.main()
    printed = capsys.readouterr().out
    assert {"asyncio.Queue(1)", "asyncio.Queue(16)", "Channel(0)", "Channel(1)"} <= set(names())
    assert {"anyio(0)", "anyio(16)"} <= set(names())
    for name in names():
        assert name in printed


def test_a_peer_that_is_missing_is_named_with_what_would_bring_it(few_values, capsys, monkeypatch):
    monkeypatch.setattr(channels, "anyio", None)
    monkeypatch.setattr(channels, "aiochan", None)
    channels.main()
    printed = capsys.readouterr().out
    assert "Without anyio and aiochan: pip install 'streams2[benchmarks]'" in printed
    assert "anyio(" not in printed
    assert "Channel(16)" in printed


def run_benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    here = Path(__file__).parent.parent
    return subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)


def test_every_work_is_done_and_its_figures_are_kept(tmp_path):
    answered = run_benchmarks("--quick", "--json", str(tmp_path / "figures.json"))
    assert answered.returncode == 0, answered.stderr
    figures = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    names = {work["name"] for work in figures["works"]}
    assert {"pipe", "fanout", "map", "channel-0", "cat", "copy", "import"} <= names
    for work in figures["works"]:
        assert work["about"] in answered.stdout
        assert all(0 < times["least"] <= times["most"] for times in work["seconds"].values())
    assert "processors" in figures["machine"]


def test_a_work_that_is_not_there_is_an_error():
    answered = run_benchmarks("nonsense")
    assert answered.returncode == 2
    assert "there is no nonsense" in answered.stderr


def test_no_time_is_shown_of_who_did_not_do_the_work():
    honest, cheat = (lambda size: (1.0, size)), (lambda size: (0.1, size - 1))
    contestants = {"honest": honest, "cheat": cheat}
    work = Work("work", "some work", 10, 5, "values", lambda size: size, contestants)
    with pytest.raises(AssertionError, match="cheat gave 4, not 5"):
        measure(work, rounds=1, quick=True)


def test_stalls_are_measured_with_and_without_threads(tmp_path, capsys):
    (tmp_path / "in").write_bytes(b"x" * 1_000_000)
    stalls.main([str(tmp_path / "in"), str(tmp_path / "out")])
    assert (tmp_path / "out").read_bytes() == b"x" * 1_000_000
    printed = capsys.readouterr().out
    assert [line[:13].strip() for line in printed.splitlines()] == ["", "streams2", "threads alone"]


def test_the_page_has_the_quickest_first():
    times = {
        "slow": {"median": 2.0, "least": 1.5, "most": 3.0},
        "fast": {"median": 1.0, "least": 0.5, "most": 1.5},
    }
    work = {"name": "w", "about": "work", "size": 1000, "unit": "values", "seconds": times}
    figures = {"machine": {"python": "CPython"}, "rounds": 7, "works": [work]}
    shown = page(figures)
    assert "## work: 1,000 values" in shown
    assert shown.index("| fast | 1.000 | 0.500 | 1.500 | 1.0 |") < shown.index("| slow | 2.000")
