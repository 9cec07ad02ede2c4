"""The benchmarks run, whoever of the peers is there."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import channels, objects, stalls, works
from benchmarks.chains import chain, fan_out, merge
from benchmarks.every import every_work
from benchmarks.lane import with_lane
from benchmarks.libraries import libraries
from benchmarks.page import REASONS, page
from benchmarks.page import main as make_page
from benchmarks.pictures import TITLES
from benchmarks.tcp import exchange
from benchmarks.works import Work, figures_of, measure

# It starts many a process.
pytestmark = pytest.mark.slow


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


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.host
def test_every_work_is_done_and_its_figures_are_kept(tmp_path):
    path = tmp_path / "figures.json"
    answered = run_benchmarks("--quick", "--json", str(path), "--pypy", "/no/such/pypy")
    assert answered.returncode == 0, answered.stderr
    figures = json.loads(path.read_text("utf-8"))
    measured = [*figures["works"], *figures["memory"]]
    assert {work["name"] for work in measured} == {work.name for work in every_work()}
    for work in measured:
        assert f"\n{work['name']}: " in answered.stdout
        assert work["about"] in answered.stdout
        assert all(0 < each["least"] <= each["most"] for each in figures_of(work).values())
    assert "processors" in figures["machine"]
    assert "streams2 on PyPy (" in str(figures["works"][0]["missing"])


def test_every_work_has_a_name_of_its_own():
    names = [work.name for work in every_work()]
    assert len(set(names)) == len(names)
    assert {work.group for work in every_work()} == set(TITLES)


def test_a_peer_that_is_missing_is_named_beside_the_figures(monkeypatch):
    monkeypatch.setattr(objects, "aiostream", None)
    monkeypatch.setattr(works, "importlib", NothingThere())
    monkeypatch.setattr(works, "which_node", lambda: None)
    monkeypatch.setattr(objects, "without_node", works.without_node)
    pipe = next(work for work in objects.works() if work.name == "pipe")
    found = measure(pipe, rounds=1, quick=True)
    assert "aiostream (not installed)" in found["missing"]
    assert "Node (not found" in str(found["missing"])
    assert "aiostream" not in found["seconds"]


def test_another_interpreter_does_the_same_work():
    pipe = next(work for work in objects.works() if work.name == "pipe")
    (with_another,) = with_lane([pipe], sys.executable)
    seconds, result = with_another.contestants["streams2 on PyPy"](100)
    assert (result, seconds > 0) == (4950, True)


class NothingThere:
    def import_module(self, name):
        raise ImportError(name)


def test_who_takes_long_does_fewer_rounds(monkeypatch):
    monkeypatch.setattr(works, "LONG", -1)
    work = Work("w", "some work", 10, 5, "values", lambda size: size, {"a": lambda n: (1.0, n)})
    assert measure(work, rounds=7, quick=True)["seconds"]["a"]["rounds"] == 3


def test_who_takes_very_long_does_one_round(monkeypatch):
    monkeypatch.setattr(works, "VERY_LONG", -1)
    work = Work("w", "some work", 10, 5, "values", lambda size: size, {"a": lambda n: (1.0, n)})
    assert measure(work, rounds=7, quick=True)["seconds"]["a"]["rounds"] == 1


@pytest.mark.parametrize("stages", [0, 3])
@pytest.mark.parametrize("library", libraries(), ids=lambda library: library.name)
def test_each_library_does_the_same(library, stages):
    assert chain(library, 100, 16, stages) == 4950
    assert chain(library, 100, 1, 1, step=lambda value: value * 2) == 9900
    assert fan_out(library, 100, 16, 8) == 8 * 4950
    assert merge(library, 100, 4) == 4950


@pytest.mark.host
def test_a_message_that_comes_back_another_is_no_echo():
    async def main():
        async def garble(reader, writer):
            writer.write(bytes(len(await reader.read(1024))))
            await reader.read()
            writer.close()

        async with await asyncio.start_server(garble, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(AssertionError, match="another message came back"):
                await exchange(port, 1, 1)

    asyncio.run(main())


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
    figures = tmp_path / "figures.json"
    figures.write_text(json.dumps({"machine": {}, "rounds": 1, "works": []}), "utf-8")
    kept = ["--into", str(figures), "--on", "a disk"]
    stalls.main([str(tmp_path / "in"), str(tmp_path / "out"), *kept])
    assert (tmp_path / "out").read_bytes() == b"x" * 1_000_000
    shown = page(json.loads(figures.read_text("utf-8")))
    assert "A file of 1,000,000 bytes is copied to a disk, and a task" in shown
    assert [line.split(" | ")[0] for line in shown.splitlines()[-4:]] == [
        *("| streams2", "| the control", "| threads alone", "| the control")
    ]
    printed = capsys.readouterr().out
    rows = ["", "streams2", "the control", "threads alone", "the control"]
    assert [line[:13].strip() for line in printed.splitlines()] == rows


@pytest.mark.parametrize("beats", [[], [(0.5, 0.75)], [(0.5, 0.75), (1.0, 1.25)]])
def test_a_control_tells_its_beats_be_there_none(beats):
    assert stalls.read(stalls.written(beats)) == beats
    assert stalls.found("the control", 0.01, beats, None)["beats"] == len(beats)


def test_a_beat_is_the_copys_own_only_if_the_control_was_on_time():
    control = [(0.001 * n, 0.001 * n + 0.0005) for n in range(100)]
    held_up = [each for each in control if not 0.040 <= each[0] < 0.060] + [(0.040, 0.060)]
    late = [(0.045, 0.059), (0.070, 0.075)]
    assert stalls.own(late, control) == 1
    assert stalls.own(late, sorted(held_up)) == 0


def test_the_page_has_the_quickest_first():
    times = {
        "slow": {"median": 2.0, "least": 1.5, "most": 3.0},
        "fast": {"median": 1.0, "least": 0.5, "most": 1.5},
    }
    work = {"name": "w", "about": "work", "size": 1000, "unit": "values", "seconds": times}
    figures = {"machine": {"python": "CPython"}, "rounds": 7, "works": [work]}
    shown = page(figures)
    assert "### work: 1,000 values" in shown
    assert shown.index("| fast | 1.000 | 0.500 | 1.500 | 1.0 |") < shown.index("| slow | 2.000")


def test_the_page_says_what_is_slow_and_who_was_missing(tmp_path):
    pytest.importorskip("matplotlib")
    figures = {
        "machine": {"python": "CPython"},
        "rounds": 7,
        "works": [of_figures("behind", 3.0, 1.0), of_figures("ahead", 0.5, 1.0)],
        "memory": [],
    }
    (tmp_path / "figures.json").write_text(json.dumps(figures), "utf-8")
    make_page([str(tmp_path / "figures.json"), str(tmp_path)])
    written = (tmp_path / "performance.md").read_text("utf-8")
    slow, _, rest = written.partition("## Objects through streams")
    assert "| the work behind: 1,000 values | Node 26 | 3.0 | 3.0 |" in slow
    assert "- the work behind: 1,000 values: 2.0 times as long" in slow
    assert "ahead" not in slow
    assert "Without: a peer (not installed)." in rest
    assert "](performance-objects.png)" in rest
    assert (tmp_path / "performance-objects.png").stat().st_size > 1000


def test_what_stands_in_the_way_is_said_of_works_that_there_are():
    named = {work.name for work in every_work()}
    assert set(REASONS) <= named
    figures = {"machine": {}, "rounds": 1, "works": [of_figures("echo-1", 3.0, 1.0)]}
    assert "More than half of the time is the system's" in page(figures)


def of_figures(name, ours, nodes):
    both = {"streams2": ours, "Node 26": nodes, "streams2 on PyPy": max(ours, 6.0 * (ours > 1))}
    seconds = {who: {"median": each, "least": each, "most": each} for who, each in both.items()}
    return {
        "name": name,
        "about": f"the work {name}",
        "group": "objects",
        "size": 1000,
        "unit": "values",
        "measured": "seconds",
        "missing": ["a peer (not installed)"],
        "seconds": seconds,
    }
