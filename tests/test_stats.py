"""Figures of streams: what is counted, who gets it, and that nobody counts unasked."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys

import pytest

from streams2 import PassThrough, Readable, Writable, doctor, promises, run
from streams2.command import main as command
from streams2.doctor.publishing import ask
from streams2.doctor.top import rows_of
from streams2.errors import InvalidArgTypeError, StreamPrematureCloseError


class Clock:
    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


class Slow(Writable):
    def _write(self, chunk, encoding, callback):
        asyncio.get_running_loop().call_soon(callback)


def counted(figures, *names):
    return [tuple(getattr(figure, name) for name in names) for figure in figures]


def test_chunks_and_bytes_are_counted_in_and_out():
    def main():
        source = Readable.from_([b"12345", "é", b"6"], object_mode=False)
        source.pipe(Slow(high_water_mark=4))

    with doctor.stats() as figures:
        run(main)
    assert counted(figures, "kind", "side", "chunks_in", "chunks_out", "bytes_in", "bytes_out") == [
        ("Readable", "reading", 3, 3, 8, 8),
        ("Slow", "writing", 3, 3, 8, 8),
    ]
    assert counted(figures, "held", "mark", "unit", "state")[1] == (0, 4, "bytes", "gone")
    assert all("test_stats.py" in figure.name for figure in figures)


def test_writev_and_what_is_never_written():
    def writev(self, chunks, callback):
        callback()

    async def main():
        together = Writable(writev=writev, object_mode=True)
        together.cork()
        for n in range(5):
            together.write(n)
        together.uncork()
        lost = Writable(write=lambda *_: None, high_water_mark=1)
        lost.write(b"abc")
        lost.write(b"def")
        await asyncio.sleep(0)
        seen.append(counted(figures.of(lost), "chunks_in", "chunks_out", "held", "peak", "state"))
        lost.destroy()
        with pytest.raises(StreamPrematureCloseError):
            await promises.finished(lost)
        refused = Writable(write=lambda *_: None)
        refused.end()
        refused.on("error", id).write(b"late")

    seen = []
    with doctor.stats() as figures:
        run(main)
    assert seen == [[(2, 0, 6, 6, "refusing")]]
    chunks = counted(figures, "chunks_in", "chunks_out")
    assert chunks[:2] == [(5, 5), (2, 0)]
    assert sum(pair[0] for pair in chunks[2:]) == 0


def test_time_waiting_is_counted_until_it_is_over():
    clock = Clock()

    async def main():
        sink = Slow(high_water_mark=1)
        source = PassThrough()
        source.pause()
        clock.time = 1.0
        sink.write(b"x")
        clock.time = 3.0
        await sink.drained()
        clock.time = 10.0
        source.resume()
        seen.extend(f.seconds_waiting for f in (*figures.of(source), *figures.of(sink)))
        source.end()
        source.pause()
        clock.time = 12.0
        source.destroy()
        clock.time = 20.0
        sink.end()

    seen: list[float] = []
    with doctor.stats(clock=clock) as figures:
        run(main)
    assert seen == [10.0, 0.0, 2.0] or seen == [10.0, 2.0]
    assert max(f.seconds_waiting for f in figures) == 12.0


def test_only_those_that_are_named():
    async def main():
        mine, other = PassThrough(), PassThrough()
        with doctor.stats(mine=mine) as figures:
            for stream in (mine, other):
                stream.resume().end(b"x")
            await promises.finished(mine)
        assert counted(figures, "name", "bytes_out") == [("mine", 1), ("mine", 1)]
        assert figures.of(other) == ()

    run(main)
    with pytest.raises(InvalidArgTypeError, match="mine"):
        doctor.stats(mine=5)


def test_nobody_counts_unasked():
    before = Writable.write, Readable.push, Readable.emit
    figures = doctor.stats()
    other = doctor.stats()
    figures.stop()
    figures.stop()
    assert (Writable.write, Readable.push, Readable.emit) != before
    other.stop()
    assert (Writable.write, Readable.push, Readable.emit) == before


def a_copy():
    Readable.from_([b"abc"] * 4, object_mode=False).pipe(Slow(high_water_mark=1))


def test_prometheus_gets_them():
    client = pytest.importorskip("prometheus_client")
    with doctor.stats() as figures:
        run(a_copy)
    registry = client.CollectorRegistry()
    end = doctor.to_prometheus(figures, registry)
    (name,) = {figure.name for figure in figures if figure.side == "writing"}
    labels = {"stream": name, "side": "writing"}
    assert registry.get_sample_value("streams2_bytes_out_total", labels) == 12
    assert registry.get_sample_value("streams2_chunks_in_total", labels) == 4
    assert registry.get_sample_value("streams2_mark", labels) == 1
    assert registry.get_sample_value("streams2_seconds_waiting_total", labels) >= 0
    end()
    assert registry.get_sample_value("streams2_mark", labels) is None


def test_opentelemetry_gets_them():
    metrics = pytest.importorskip("opentelemetry.sdk.metrics")
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    reader = InMemoryMetricReader()
    provider = metrics.MeterProvider([reader], shutdown_on_exit=False)
    with doctor.stats() as figures:
        run(a_copy)
    doctor.to_opentelemetry(figures, provider.get_meter("test"))
    (resource,) = json.loads(reader.get_metrics_data().to_json())["resource_metrics"]
    found = {
        metric["name"]: [
            point["value"]
            for point in metric["data"]["data_points"]
            if point["attributes"]["side"] == "writing"
        ]
        for scope in resource["scope_metrics"]
        for metric in scope["metrics"]
    }
    assert found["streams2.bytes_out"] == [12]
    assert found["streams2.chunks_in"] == [4]
    assert found["streams2.peak"] == [3]
    provider.shutdown()


def test_a_client_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with doctor.stats() as figures, pytest.raises(ImportError, match=r"streams2\[metrics\]"):
        doctor.to_prometheus(figures)


# -- streams2 top ---------------------------------------------------------------------------------

FIGURE = {
    "name": "Disk at app.py:3",
    "kind": "Disk",
    "side": "writing",
    "state": "refusing",
    "chunks_in": 30,
    "chunks_out": 20,
    "bytes_in": 3 << 20,
    "bytes_out": 2 << 20,
    "seconds_waiting": 1.25,
    "held": 512,
    "peak": 2048,
    "mark": 1024,
    "unit": "bytes",
}


def shows(time, **figure):
    return {"pid": 1, "program": "app.py", "time": time, "figures": [{**FIGURE, **figure}]}


def test_the_table_tells_what_happens_in_a_second():
    (row,) = rows_of(shows(12.0), shows(10.0, bytes_out=1 << 20))
    assert row == (
        *("Disk at app.py:3", "w", "refusing", "██·· 512 B", "2.0 KiB"),
        *("20", "512.0 KiB", "1.2 s"),
    )
    (row,) = rows_of(shows(12.0, held=0, mark=0, unit="objects"), None)
    assert row[3] == "···· 0"


APP = """
import sys, time
from streams2 import Readable, Writable, run, timers
def write(self, chunk, encoding, callback):
    timers.set_timeout(callback, 20)
def main():
    Readable.from_([b"x" * 100] * 20, object_mode=False).pipe(Writable(write=write))
run(main)
print("done", sys.argv[1])
"""


@pytest.mark.host
def test_a_script_is_shown_and_what_it_prints_comes_after(tmp_path, capsys):
    pytest.importorskip("rich")
    app = tmp_path / "app.py"
    app.write_text(APP)
    assert command(["top", "--once", "--interval", "0.1", "--run", str(app), "well"]) == 0
    printed = capsys.readouterr().out
    assert "app.py (" in printed
    assert "Writable at" in printed
    assert printed.endswith("done well\n")


@pytest.mark.host
def test_a_program_shows_its_figures_to_its_user_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    stop = doctor.serve()
    try:
        run(a_copy)
        shown = ask(os.getpid())
        assert [f["bytes_out"] for f in shown["figures"]] == [12, 12]
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        folder.chmod(0o755)
        with pytest.raises(PermissionError):
            ask(os.getpid())
        folder.chmod(0o700)
    finally:
        stop()
    with pytest.raises(OSError, match="No such file"):
        ask(os.getpid())


@pytest.mark.host
def test_one_that_shows_nothing_is_told_how(capsys):
    assert command(["top", str(os.getpid())]) == 1
    assert "STREAMS2_TOP=1" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["top"], ["top", "--run"], ["top", "1", "--interval", "0"]])
def test_what_makes_no_sense_is_refused(words, capsys):
    with pytest.raises(SystemExit):
        command(words)
    assert "usage:" in capsys.readouterr().err


@pytest.mark.host
def test_the_environment_asks_for_it():
    program = (
        "import os, streams2\n"
        "from streams2.doctor.publishing import ask\n"
        "print(ask(os.getpid())['pid'] == os.getpid())"
    )
    environment = {**os.environ, "STREAMS2_TOP": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout == "True\n"
