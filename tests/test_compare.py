"""The comparison: what it measures is so, whatever the machine's speed."""

from __future__ import annotations

import ast
import asyncio
import functools
import hashlib
import inspect
import os
import random
import re
from pathlib import Path
from typing import Any, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams2 import Readable, Writable, finished, run
from streams2.compare import VARIANTS, UnsuitableInputError, open_input
from streams2.compare.blocking_endpoints import BlockingInput, BlockingOutput
from streams2.compare.code_lines import code_lines
from streams2.compare.endpoints import SlowFile
from streams2.compare.inputs import MADE_BYTES, Digest, Input, digest
from streams2.compare.measurements import Gauge
from streams2.compare.pacing import TokenBucket
from streams2.compare.rates import format_bytes, format_rate, parse_rate, parse_size
from streams2.compare.resources import any_open, peak_rss_bytes
from streams2.compare.timeline import Timeline
from streams2.compare.variants import Variant, by_names

BY_NAME = {variant.name: variant for variant in VARIANTS}
BOUNDED = ["pause_resume", "pipe", "async_iteration", "channel"]
IN_PYTHON = [variant for variant in VARIANTS if variant.endpoints != "node"]


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


@pytest.mark.parametrize(
    ("text", "size"), [("1", 1), ("64KiB", 65536), ("1.5 kB", 1500), (" 2MiB ", 2 * 1024**2)]
)
def test_a_size(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "big", "KiB", "-1", "1e3", "64K", "64KB/s", "\u0663"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a size.*such as 64KiB"):
        parse_size(text)


@pytest.mark.parametrize("text", ["0", "0.5", "1.5", "0.0001KiB"])
def test_what_is_no_whole_number_of_bytes(text: str) -> None:
    with pytest.raises(ValueError, match="no whole number of bytes above 0"):
        parse_size(text)


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


# -- timelines ------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=300), st.sampled_from([2, 4, 10]))
def test_a_timeline_is_short_and_loses_no_peak(values: list[int], most_cells: int) -> None:
    timeline = Timeline(most_cells)
    for second, held in enumerate(values):
        timeline.add(float(second), held)
    points = timeline.points()
    assert len(points) <= 2 * most_cells
    assert points == sorted(points, key=lambda point: point[0])
    assert len({second for second, _ in points}) == len(points)
    for second, held in points:
        assert values[int(second)] == held
    seen = [held for _, held in points]
    assert max(seen) == max(values)
    assert min(seen) == min(values)


def test_a_short_timeline_is_complete() -> None:
    timeline = Timeline()
    points = [(float(second), second % 3) for second in range(100)]
    for point in points:
        timeline.add(*point)
    assert timeline.points() == points


# -- what a process has ---------------------------------------------------------------------------


def test_open_files_are_seen(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"")
    other.write_bytes(b"")
    wanted = [str(path), str(tmp_path / "missing")]
    assert not any_open(wanted)
    with other.open():
        assert not any_open(wanted)
    with path.open() as file:
        assert any_open(wanted)
        copied = os.dup(file.fileno())
    assert any_open(wanted)
    os.close(copied)
    assert not any_open(wanted)


def test_open_files_are_seen_where_nothing_lists_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams2.compare.resources._DESCRIPTORS", ())
    test_open_files_are_seen(tmp_path)


def test_a_process_knows_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    peak = peak_rss_bytes()
    assert peak is None or 5e6 < peak < 1e11


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
    # The line that only closes a bracket is none: in JavaScript there would be many such.
    assert code_lines(with_a_function_inside) == 7


# What a variant may use: the library it is written with, and none of the comparison.
LIBRARIES = {
    *("__future__", "asyncio", "concurrent.futures", "io", "queue"),
    *(
        "collections.abc",
        "streams2",
        "streams2.bridge",
        "streams2.channel",
        "streams2.iter",
        "threading",
    ),
    *("anyio", "anyio.abc", "trio", "trio.abc"),
}


@pytest.mark.parametrize("variant", IN_PYTHON, ids=lambda variant: variant.name)
def test_a_variant_is_a_function_with_nothing_hidden_elsewhere(variant: Variant) -> None:
    module = inspect.getmodule(variant.cat)
    assert module is not None
    text = inspect.getsource(module)
    tree = ast.parse(text)
    _, *rest = tree.body
    assert ast.get_docstring(tree)
    functions = [node for node in rest if not isinstance(node, (ast.Import, ast.ImportFrom))]
    assert {type(node) for node in functions} <= {ast.FunctionDef, ast.AsyncFunctionDef}
    names = [node.name for node in functions if hasattr(node, "name")]
    bridge = ["cat_by_bridge"] if variant.name == "channel" else []
    assert names == list(dict.fromkeys([variant.function, variant.handled, *bridge]))
    assert variant.function_under_fault in names
    imported = {node.module for node in rest if isinstance(node, ast.ImportFrom)}
    for node in rest:
        if isinstance(node, ast.Import):
            imported.update(name.name for name in node.names)
    assert imported <= LIBRARIES
    fits_on_a_slide(text)


def fits_on_a_slide(text: str) -> None:
    # Two slides, where both forms are long.
    assert len(text.splitlines()) <= 70
    assert max(map(len, text.splitlines())) <= 100


def test_so_is_the_one_for_node() -> None:
    text = Path(BY_NAME["node"].module).read_text()
    assert re.findall(r"require\((.*?)\)", text) == ["'node:stream/promises'"]
    assert re.findall(r"function (\w+)", text) == ["cat", "catOrFail"]
    fits_on_a_slide(text)


def test_variants_by_their_names() -> None:
    assert by_names("channel, pipe") == [BY_NAME["channel"], BY_NAME["pipe"]]
    with pytest.raises(ValueError, match=r"'dog' is no variant\. There are: naive, pause_resume, "):
        by_names("pipe,dog")
    with pytest.raises(ValueError, match="'pipe,pipe' names a variant twice"):
        by_names("pipe,pipe")


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


# -- the files ------------------------------------------------------------------------------------


def open_descriptors() -> int:
    return len(os.listdir("/dev/fd"))


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


def test_a_blocking_file_fails_when_it_is_told_to(tmp_path: Path) -> None:
    path = tmp_path / "file"
    sizes: list[int] = []
    with BlockingOutput(str(path), on_written=sizes.append, fail_after=5) as output:
        output.write(b"abc")
        with pytest.raises(OSError, match="No space left on device"):
            output.write(b"def")
        output.write(b"de")
    assert path.read_bytes() == b"abcde"
    assert sizes == [3, 2]
    sizes.clear()
    with BlockingInput(str(path), on_read=sizes.append, fail_after=4) as source:
        assert (source.read(3), source.read(3)) == (b"abc", b"de")
        with pytest.raises(OSError, match="Input/output error"):
            source.read(1)
    assert sizes == [3, 2]


# -- inputs ---------------------------------------------------------------------------------------


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
