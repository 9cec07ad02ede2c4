"""The comparison: what it measures is so, whatever the machine's speed."""

from __future__ import annotations

import ast
import asyncio
import errno
import functools
import hashlib
import inspect
import json
import os
import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams2 import Readable, Writable, finished, run
from streams2.compare import VARIANTS, Report, UnsuitableInputError, compare, open_input
from streams2.compare.code_lines import code_lines
from streams2.compare.endpoints import InputFile, SlowFile
from streams2.compare.inputs import MADE_BYTES, Digest, Input, digest
from streams2.compare.measurements import Gauge, Measurement
from streams2.compare.pacing import TokenBucket
from streams2.compare.presentation import as_json, footer, header, plain_table
from streams2.compare.rates import format_bytes, format_rate, parse_rate
from streams2.compare.runner import HIGH_WATER_MARK, memory_bound
from streams2.compare.variants import Variant
from streams2.fs import WriteStream

BY_NAME = {variant.name: variant for variant in VARIANTS}
BOUNDED = ["pause_resume", "pipe", "channel"]


def ignore(*_: Any) -> None:
    pass


# -- rates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("20MB/s", 20e6),
        ("1B/s", 1),
        ("3 KB/s", 3000),
        ("3kB/s", 3000),
        ("0.5GB/s", 5e8),
        ("1KiB/s", 1024),
        ("1.5MiB/s", 1.5 * 1024**2),
        (" 2GiB/s ", 2 * 1024**3),
        ("unlimited", None),
    ],
)
def test_a_rate(text: str, rate: float | None) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    "text",
    # 20Mb/s means megabits to many: it must not pass for 20 megabytes.
    [
        "",
        "fast",
        "20",
        "20MB",
        "MB/s",
        "20Mb/s",
        "20mb/s",
        "-1MB/s",
        "1e6B/s",
        "inf",
        "nanB/s",
        "٣B/s",
    ],
)
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a rate.*such as 20MB/s, or unlimited"):
        parse_rate(text)


def test_a_rate_of_nothing() -> None:
    with pytest.raises(ValueError, match="above 0"):
        parse_rate("0.0MB/s")


@settings(deadline=None)
@given(st.floats(1, 1e12))
def test_a_rate_that_was_printed_can_be_read(rate: float) -> None:
    shown = parse_rate(format_rate(rate))
    assert shown is not None
    # One digit behind the point, and none for bare bytes.
    assert abs(shown - rate) <= max(0.5, 0.05 * rate)


def test_units_change_where_the_number_would_be_too_long() -> None:
    assert format_rate(999.4) == "999 B/s"
    assert format_rate(999.96e6) == "1.0 GB/s"
    assert format_bytes(1023.99 * 1024) == "1.0 MiB"
    assert format_bytes(5000 * 1024**3) == "5000.0 GiB"


# -- pacing ---------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.integers(1, 10**9),
    st.lists(st.tuples(st.floats(0, 1), st.integers(1, 10**6)), min_size=1),
)
def test_a_bucket_keeps_to_its_rate(rate: int, spendings: list[tuple[float, int]]) -> None:
    now = 0.0
    bucket = TokenBucket(rate, clock=lambda: now)
    passed = 0
    starts: list[tuple[float, int]] = []
    for idle, size in spendings:
        now += idle
        starts.append((now, passed))
        now += bucket.spend(size)
        passed += size
        # Not from the beginning on, and not from any later moment on either.
        for started, passed_before in starts:
            allowed = rate * (now - started + 0.05)
            assert passed - passed_before <= allowed * (1 + 1e-9) + 1e-3


@settings(deadline=None)
@given(st.integers(1, 10**9), st.lists(st.integers(1, 10**6), min_size=1))
def test_a_bucket_that_is_never_idle_loses_no_time(rate: int, sizes: list[int]) -> None:
    now = 0.0
    bucket = TokenBucket(rate, clock=lambda: now)
    for size in sizes:
        now += bucket.spend(size)
    assert now == pytest.approx(sum(sizes) / rate)


def test_a_timer_that_fires_late_is_made_up_for() -> None:
    now = 0.0
    bucket = TokenBucket(1000, clock=lambda: now)
    for _ in range(100):
        now += bucket.spend(10) + 0.004
    assert now == pytest.approx(1.0, abs=0.01)


# -- lines of code --------------------------------------------------------------------------------


def four_lines() -> str:
    """This does not count,

    however long it is.
    """
    # Nor does this.

    text = """but
    this does"""
    return text.strip()  # and this is no line of its own


def with_a_function_inside() -> Callable[[], int]:
    @functools.wraps(four_lines)
    def inside() -> int:
        """Not this."""
        return len(
            "this"
            # not this
            "and this",
        )

    return inside


def test_lines_of_code() -> None:
    assert code_lines(four_lines) == 4
    assert code_lines(with_a_function_inside) == 8


@pytest.mark.parametrize("variant", VARIANTS, ids=BY_NAME)
def test_a_variant_is_one_function_with_nothing_hidden_elsewhere(variant: Variant) -> None:
    module = inspect.getmodule(variant.cat)
    assert module is not None
    text = inspect.getsource(module)
    tree = ast.parse(text)
    _, *rest = tree.body
    assert ast.get_docstring(tree)
    assert [type(node) for node in rest if not isinstance(node, (ast.Import, ast.ImportFrom))] in (
        [ast.FunctionDef],
        [ast.AsyncFunctionDef],
    )
    imported = [node.module for node in rest if isinstance(node, ast.ImportFrom)]
    assert set(imported) <= {"__future__", "streams2", "streams2.bridge", "streams2.channel"}
    # On a slide.
    assert len(text.splitlines()) <= 35
    assert max(map(len, text.splitlines())) <= 100


# -- what a variant holds, with a sink that writes a chunk when it is told to ----------------------


async def drive(
    variant: Variant, chunks: list[bytes], source_mark: int, sink_mark: int
) -> tuple[Gauge, list[bytes]]:
    """Copy `chunks`. The sink writes one only when nothing else is left to do."""
    gauge = Gauge()
    arrived: list[bytes] = []
    remaining = iter(chunks)
    in_flight: list[tuple[bytes, Callable[[], None]]] = []
    over: list[BaseException | None] = []

    def read(stream: Readable[bytes], _size: int) -> None:
        chunk = next(remaining, None)
        if chunk is not None:
            gauge.read(len(chunk))
        stream.push(chunk)

    def write(_: Any, chunk: bytes, _encoding: str, done: Callable[[], None]) -> None:
        in_flight.append((chunk, done))

    source: Readable[bytes] = Readable(high_water_mark=source_mark, read=read)
    sink: Writable[bytes] = Writable(high_water_mark=sink_mark, write=write)
    finished(sink, over.append)
    going = variant.cat(source, sink)
    task = asyncio.ensure_future(going) if inspect.isawaitable(going) else None
    for _ in range(2 * len(chunks) + 2):
        for _ in range(20):
            await asyncio.sleep(0)
        if in_flight:
            chunk, done = in_flight.pop()
            arrived.append(chunk)
            gauge.written(len(chunk))
            done()
    if task is not None:
        await task
    assert over == [None]
    return gauge, arrived


def random_chunks(count: int, size: int) -> list[bytes]:
    return [random.Random(n).getrandbits(8 * size).to_bytes(size, "big") for n in range(count)]


def test_naive_holds_all_there_is() -> None:
    chunks = random_chunks(100, 1000)
    gauge, arrived = asyncio.run(drive(BY_NAME["naive"], chunks, 1000, 1000))
    assert arrived == chunks
    assert gauge.peak == 100 * 1000
    assert gauge.held == 0


@pytest.mark.parametrize("name", BOUNDED)
def test_the_others_hold_both_marks_and_a_chunk(name: str) -> None:
    chunks = random_chunks(100, 1000)
    gauge, arrived = asyncio.run(drive(BY_NAME[name], chunks, 1000, 1000))
    assert arrived == chunks
    assert gauge.peak <= 3 * 1000
    assert gauge.held == 0


@pytest.mark.parametrize("name", BOUNDED)
@settings(deadline=None)
@given(
    sizes=st.lists(st.integers(1, 50), max_size=30),
    source_mark=st.integers(1, 100),
    sink_mark=st.integers(1, 100),
)
def test_whatever_the_chunks_the_rest_of_the_input_stays_where_it_is(
    name: str, sizes: list[int], source_mark: int, sink_mark: int
) -> None:
    chunks = [os.urandom(size) for size in sizes]
    gauge, arrived = asyncio.run(drive(BY_NAME[name], chunks, source_mark, sink_mark))
    assert b"".join(arrived) == b"".join(chunks)
    # Each side takes a last chunk when it is one byte below its mark; a put holds one more.
    largest = max(sizes, default=0)
    assert gauge.peak <= source_mark + sink_mark + 3 * largest


# -- the runner -----------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Input]:
    path = tmp_path / "small"
    path.write_bytes(random.Random(0).randbytes(10 * HIGH_WATER_MARK + 1))
    with open_input(str(path)) as source:
        yield source


@pytest.fixture
def no_copies_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Temporary files go to a directory of their own, which must be empty at the end."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    yield
    assert list(temporary.iterdir()) == []


@pytest.mark.usefixtures("no_copies_left")
@pytest.mark.parametrize("rate", [None, 4e6], ids=["unlimited", "slow"])
def test_every_variant_copies_the_file(small: Input, rate: float | None) -> None:
    progress: list[tuple[str, int]] = []
    results = compare(
        small, sink_rate=rate, on_progress=lambda name, written: progress.append((name, written))
    )
    assert [result.name for result in results] == ["naive", "pause_resume", "pipe", "channel"]
    for result in results:
        assert result.error is None
        assert result.ok
        assert (result.bytes, result.sha256) == (small.digest.bytes, small.digest.sha256)
        assert result.seconds > 0
        assert result.lines == code_lines(BY_NAME[result.name].cat)
        written = [size for name, size in progress if name == result.name]
        assert written == sorted(written)
        assert written[-1] == small.digest.bytes
        if result.name in BOUNDED:
            assert result.peak_buffered_bytes <= memory_bound()


@pytest.mark.usefixtures("no_copies_left")
def test_a_slow_sink_makes_the_difference(small: Input) -> None:
    naive, pipe = (
        compare(small, sink_rate=1e6, on_progress=ignore, variants=[BY_NAME[name]])[0]
        for name in ("naive", "pipe")
    )
    assert naive.peak_buffered_bytes > memory_bound()
    assert pipe.peak_buffered_bytes <= memory_bound()


def test_pauses_and_drains_are_counted(small: Input) -> None:
    naive, pause_resume, pipe, channel = compare(small, sink_rate=None, on_progress=ignore)
    for machine in (pause_resume, pipe):
        # Every whole chunk reaches the mark; the last byte does not.
        assert machine.drains == small.digest.bytes // HIGH_WATER_MARK
        assert machine.drains <= machine.pauses <= machine.drains + 1
    assert naive.pauses == channel.pauses == 0


def run_one(source: Input, cat: Callable[..., Any]) -> Measurement:
    (result,) = compare(
        source, sink_rate=None, on_progress=ignore, variants=[Variant("mine", "none", cat)]
    )
    return result


@pytest.mark.usefixtures("no_copies_left")
def test_an_output_that_is_not_the_input(small: Input) -> None:
    def cat(source: Readable[bytes], sink: Writable[bytes]) -> None:
        source.on("data", lambda chunk: sink.write(bytes(len(chunk))))
        source.on("end", sink.end)

    result = run_one(small, cat)
    assert not result.ok
    assert result.error is None
    assert result.bytes == small.digest.bytes
    assert result.sha256 == hashlib.sha256(bytes(result.bytes)).hexdigest()


def fails_at_once(*_: Any) -> None:
    raise ValueError("no cat today")


async def fails_later(source: Readable[bytes], sink: Writable[bytes]) -> None:
    source.pipe(sink)
    await asyncio.sleep(0)
    raise ValueError("no cat today")


def fails_to_read(source: Readable[bytes], sink: Writable[bytes]) -> None:
    source.pipe(sink)
    source.destroy(ValueError("no cat today"))


def fails_to_write(source: Readable[bytes], sink: Writable[bytes]) -> None:
    source.pipe(sink)
    source.once("data", lambda _: sink.destroy(ValueError("no cat today")))


@pytest.mark.usefixtures("no_copies_left")
@pytest.mark.parametrize("cat", [fails_at_once, fails_later, fails_to_read, fails_to_write])
def test_a_variant_that_fails_is_told_of_and_leaves_nothing_open(
    small: Input, cat: Callable[..., Any]
) -> None:
    before = open_descriptors()
    result = run_one(small, cat)
    assert not result.ok
    assert result.error == "ValueError: no cat today"
    assert open_descriptors() == before


@pytest.mark.usefixtures("no_copies_left")
@pytest.mark.parametrize("variant", VARIANTS, ids=BY_NAME)
@pytest.mark.parametrize("end", ["source", "sink"])
def test_a_file_that_fails_half_way(
    small: Input, variant: Variant, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = 0

    def fifth() -> bool:
        nonlocal chunks
        chunks += 1
        return chunks == 5

    def push(stream: InputFile, chunk: Any, encoding: str | None = None) -> bool:
        if fifth():
            stream.destroy(OSError(errno.EIO, "no more"))
            return False
        return real_push(stream, chunk, encoding)

    def write(stream: WriteStream, chunk: Any, encoding: str, callback: Any) -> None:
        if fifth():
            callback(OSError(errno.ENOSPC, "no more"))
        else:
            real_write(stream, chunk, encoding, callback)

    real_push, real_write = InputFile.push, WriteStream._write
    if end == "source":
        monkeypatch.setattr(InputFile, "push", push)
    else:
        monkeypatch.setattr(WriteStream, "_write", write)
    before = open_descriptors()
    (result,) = compare(small, sink_rate=None, on_progress=ignore, variants=[variant])
    assert not result.ok
    assert result.error is not None
    assert re.fullmatch(r"OSError: \[Errno \d+\] no more.*", result.error)
    assert result.bytes < small.digest.bytes
    assert open_descriptors() == before


def open_descriptors() -> int:
    return len(os.listdir("/dev/fd"))


def test_an_interrupt_is_no_failure_of_a_variant(small: Input) -> None:
    def cat(*_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_one(small, cat)


def test_a_slow_file_destroyed_while_a_chunk_waits(tmp_path: Path) -> None:
    told: list[tuple[str, BaseException | None]] = []
    path = tmp_path / "slow"

    async def main() -> None:
        loop = asyncio.get_running_loop()
        call_later = loop.call_later

        def remembering(*args: Any) -> asyncio.TimerHandle:
            timers.append(call_later(*args))
            return timers[-1]

        loop.call_later = remembering  # type: ignore[assignment]
        sink = SlowFile(str(path), rate=1, high_water_mark=1, on_written=ignore)
        sink.on("open", lambda _: loop.call_soon(sink.destroy, problem))
        sink.write(b"abc", callback=lambda error: told.append(("write", error)))
        sink.on("error", lambda error: told.append(("error", error)))
        over = loop.create_future()
        sink.on("close", lambda: over.set_result(None))
        await over

    problem = ValueError("enough")
    timers: list[asyncio.TimerHandle] = []
    before = open_descriptors()
    run(main)
    assert [timer.cancelled() for timer in timers] == [True]
    assert told == [("write", problem), ("error", problem)]
    assert path.read_bytes() == b""
    assert open_descriptors() == before


# -- inputs ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_copies_left")
def test_the_input_made_here() -> None:
    with open_input(None) as source:
        assert source.made
        assert source.digest.bytes == os.path.getsize(source.path) == MADE_BYTES == 32 * 1024**2
        # The same on every machine, so that results can be compared.
        assert source.digest.sha256.startswith("85621080e4621b97")
        with open(source.path, "rb") as file:
            lines = [int(line) for line in file]
    assert lines == list(range(MADE_BYTES // 64))
    assert not os.path.exists(source.path)


def test_an_input_of_the_users_stays(tmp_path: Path) -> None:
    path = tmp_path / "mine"
    path.write_bytes(b"abc")
    with open_input(str(path)) as source:
        assert source == Input(str(path), False, Digest(3, hashlib.sha256(b"abc").hexdigest()))
    assert digest(str(path)) == source.digest


@pytest.mark.parametrize("path", ["/dev/null", "/"])
def test_what_cannot_be_read_twice(path: str) -> None:
    with pytest.raises(UnsuitableInputError, match="is not a regular file"), open_input(path):
        pass


# -- presentation ---------------------------------------------------------------------------------


def measurement(**changes: Any) -> Measurement:
    fields: dict[str, Any] = {
        "name": "pause_resume",
        "model": "state machine",
        "ok": True,
        "seconds": 123.456,
        "bytes": 33554432,
        "sha256": "ab",
        "peak_buffered_bytes": 1023 * 1024,
        "pauses": 12345,
        "drains": 12345,
        "lines": 12,
    }
    return Measurement(**{**fields, **changes})


def report(*measurements: Measurement, made: bool = True, rate: float | None = 20e6) -> Report:
    source = Input("/some/where", made, Digest(33554432, "ab"))
    return Report(source, rate, list(measurements), memory_bound())


def test_the_table_fits_on_a_terminal() -> None:
    table = plain_table(report(measurement(), measurement(name="naive", ok=False)))
    head, row, wrong = table.splitlines()
    assert max(map(len, (head, row, wrong))) <= 80
    assert row.split() == [
        *("pause_resume", "equal", "123.46", "s", "271.8", "KB/s", "1023.0", "KiB"),
        *("12345", "12345", "12"),
    ]
    assert wrong.split()[:2] == ["naive", "WRONG"]
    # Each number ends where its heading does.
    assert [head.index(name) + len(name) for name in ("time", "pauses", "lines")] == [
        row.index("123.46 s") + 8,
        row.index("12345") + 5,
        len(row),
    ]


def test_the_footer_fits_and_says_what_failed() -> None:
    lines = footer(report(measurement(ok=False, error="OSError: gone"))).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "pause_resume failed: OSError: gone"
    assert "two high-water marks and a chunk are 192.0 KiB" in footer(report())


def test_the_header_names_input_and_sink() -> None:
    assert header(report()) == (
        "cat of an input made for this run (32.0 MiB) into a sink of 20.0 MB/s"
    )
    assert header(report(made=False, rate=None)) == (
        "cat of /some/where (32.0 MiB) into a sink of unlimited speed"
    )


def test_json_has_the_same() -> None:
    one = measurement()
    found = json.loads(as_json(report(one, measurement(ok=False, error="OSError: gone"))))
    assert found["input"] == {"path": None, "bytes": 33554432, "sha256": "ab"}
    assert found["sink_rate"] == 20e6
    assert list(found) == ["input", "sink_rate", "variants"]
    assert found["variants"][0] == {
        "name": "pause_resume",
        "model": "state machine",
        "ok": True,
        "seconds": 123.456,
        "bytes": 33554432,
        "sha256": "ab",
        "peak_buffered_bytes": 1023 * 1024,
        "pauses": 12345,
        "drains": 12345,
        "lines": 12,
    }
    assert found["variants"][1]["error"] == "OSError: gone"
    assert json.loads(as_json(report(made=False)))["input"]["path"] == "/some/where"
    assert json.loads(as_json(report(rate=None)))["sink_rate"] is None


def test_a_report_is_ok_if_every_output_is() -> None:
    assert report(measurement(), measurement()).ok
    assert not report(measurement(), measurement(ok=False)).ok
