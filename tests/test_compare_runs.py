"""The comparison's runs: what a variant does, with and without a fault, and in whose process."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams2.compare import VARIANTS, available, compare, open_input, processes
from streams2.compare.child import observe
from streams2.compare.drivers.record import Record
from streams2.compare.inputs import Input
from streams2.compare.job import Job, Observed
from streams2.compare.measurements import FaultFound, Measurement
from streams2.compare.processes import ProcessDiedError, ProcessHungError, find_node, run_job
from streams2.compare.runner import fault_found
from streams2.compare.settings import Settings
from streams2.compare.variants import Variant
from streams2.fs import file as files

from . import compare_variants, oracles

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
BY_NAME = {variant.name: variant for variant in VARIANTS}
IN_PYTHON = [variant for variant in VARIANTS if variant.endpoints != "node"]

CHUNK = 4096
CHUNKS = 40
SMALL = Settings(sink_rate=1e6, chunk_size=CHUNK, high_water_mark=CHUNK)

# A machine that is busy is not a variant that hangs.
PATIENCE = 60.0


def ignore(*_: Any) -> None:
    pass


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Input]:
    path = tmp_path / "small"
    path.write_bytes(
        random.Random(0).getrandbits(8 * CHUNK * CHUNKS).to_bytes(CHUNK * CHUNKS, "big")
    )
    with open_input(str(path)) as source:
        yield source


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files go. Nothing may be left there at the end."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    yield directory
    assert list(directory.iterdir()) == []


@pytest.fixture(autouse=True)
def tests_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setenv("PYTHONWARNINGS", "error")


def in_this_process(
    variant: Variant, source: Input, output: Path, settings: Settings, patience: float = PATIENCE
) -> Observed:
    function = variant.function_under_fault if settings.fault else variant.function
    job = Job(
        module=variant.module,
        function=function,
        endpoints=variant.endpoints,
        source=source.path,
        sink=str(output),
        size=source.digest.bytes,
        settings=settings,
        patience=patience,
    )
    return observe(Job.from_json(job.as_json()), ignore)


def mine(name: str, **more: Any) -> Variant:
    module = compare_variants.__name__
    return Variant(name, "none", "streams", module, function=name, function_under_fault=name)


def run_mine(source: Input, name: str, **more: Any) -> Measurement:
    settings = dataclasses.replace(SMALL, sink_rate=None)
    (found,) = compare(source, settings, on_progress=ignore, variants=[mine(name)], **more)
    return found


# -- without a fault ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chunk", "mark"), [(4096, 4096), (1000, 5000), (5000, 1000), (3000, 4096), (CHUNK * 50, 1)]
)
@pytest.mark.parametrize("variant", IN_PYTHON, ids=lambda variant: variant.name)
def test_a_variant_copies_and_keeps_within_its_bound(
    variant: Variant, chunk: int, mark: int, small: Input, tmp_path: Path
) -> None:
    settings = Settings(sink_rate=4e6, chunk_size=chunk, high_water_mark=mark)
    output = tmp_path / "output"
    seen = in_this_process(variant, small, output, settings)
    assert output.read_bytes() == Path(small.path).read_bytes()
    assert (seen.outcome, seen.error, seen.files_closed, seen.bytes_held) == (
        *("completed", None),
        *(True, 0),
    )
    bound = variant.bound(settings)
    assert bound is None or seen.peak_buffered_bytes <= bound
    assert seen.seconds > 0
    # The timeline begins and ends empty, and its peak is the peak.
    assert seen.timeline[0][1] == seen.timeline[-1][1] == 0
    assert max(held for _, held in seen.timeline) == seen.peak_buffered_bytes
    assert [seconds for seconds, _ in seen.timeline] == sorted(s for s, _ in seen.timeline)


def test_pauses_and_drains_are_counted(small: Input, tmp_path: Path) -> None:
    settings = dataclasses.replace(SMALL, sink_rate=None)
    seen = {
        variant.name: in_this_process(variant, small, tmp_path / variant.name, settings)
        for variant in IN_PYTHON
    }
    for name in ("pause_resume", "pipe", "async_iteration"):
        # Every chunk reaches the mark.
        assert seen[name].drains == CHUNKS
    for name in ("pause_resume", "pipe"):
        assert CHUNKS <= seen[name].pauses <= CHUNKS + 1
    assert seen["asyncio"].drains > 0
    for name in ("naive", "async_iteration", "channel", "threads"):
        assert seen[name].pauses == 0


@pytest.mark.parametrize("variant", IN_PYTHON, ids=lambda variant: variant.name)
def test_a_slow_source_is_waited_for(variant: Variant, small: Input, tmp_path: Path) -> None:
    settings = Settings(source_rate=2e6, chunk_size=CHUNK, high_water_mark=CHUNK)
    seen = in_this_process(variant, small, tmp_path / "output", settings)
    assert seen.outcome == "completed"
    # What is made slow takes that long: a chunk more or less, and what is saved up while idle.
    assert seen.seconds > (CHUNKS - 1) * CHUNK / 2e6 - 0.05


def test_naive_holds_what_the_sink_has_not_taken(small: Input, tmp_path: Path) -> None:
    settings = dataclasses.replace(SMALL, fault="slow-start")
    seen = in_this_process(BY_NAME["naive"], small, tmp_path / "output", settings)
    assert seen.peak_buffered_bytes == CHUNK * CHUNKS


# -- with a fault ---------------------------------------------------------------------------------

YES, NO, ANY = True, False, None

# The fault and the variant; its outcome, whether the caller was told, whether the files were
# closed, whether bytes were lost.
EXPECTED: dict[tuple[str, str], tuple[Any, Any, Any, Any]] = {
    ("source", "naive"): ("uncaught", NO, NO, YES),
    # What had been read may just have been written.
    ("source", "pause_resume"): ("uncaught", NO, NO, ANY),
    ("source", "pipe"): ("raised", YES, YES, NO),
    # Nobody ends the sink.
    ("source", "async_iteration"): ("raised", YES, NO, NO),
    ("source", "channel"): ("raised", YES, YES, NO),
    ("source", "iter"): ("raised", YES, YES, NO),
    ("source", "asyncio"): ("raised", YES, YES, NO),
    ("source", "threads"): ("raised", YES, YES, NO),
    ("source", "anyio"): ("raised", YES, YES, NO),
    ("source", "trio"): ("raised", YES, YES, NO),
    ("source", "node"): ("raised", YES, YES, NO),
    # The source may have been read to its end by then.
    ("sink", "naive"): ("uncaught", NO, ANY, YES),
    ("sink", "pause_resume"): ("uncaught", NO, NO, YES),
    ("sink", "pipe"): ("raised", YES, YES, NO),
    # The source is closed when the iterator is collected, and only CPython does that at once.
    ("sink", "async_iteration"): ("raised", YES, ANY, NO),
    ("sink", "channel"): ("raised", YES, YES, NO),
    ("sink", "iter"): ("raised", YES, YES, NO),
    # A StreamReader cannot be closed.
    ("sink", "asyncio"): ("raised", YES, NO, NO),
    ("sink", "threads"): ("hung", NO, NO, YES),
    ("sink", "anyio"): ("raised", YES, YES, NO),
    ("sink", "trio"): ("raised", YES, YES, NO),
    ("sink", "node"): ("raised", YES, YES, NO),
    # Either all had been read, and it goes on to the end, or it waits for what will not come.
    ("abort", "naive"): (ANY, NO, ANY, ANY),
    ("abort", "pause_resume"): ("hung", NO, NO, ANY),
    ("abort", "pipe"): ("raised", YES, YES, NO),
    ("abort", "async_iteration"): ("raised", YES, NO, NO),
    ("abort", "channel"): ("raised", YES, YES, NO),
    ("abort", "iter"): ("raised", YES, YES, NO),
    ("abort", "asyncio"): ("raised", YES, NO, NO),
    ("abort", "threads"): ("raised", YES, YES, NO),
    ("abort", "anyio"): ("raised", YES, YES, NO),
    ("abort", "trio"): ("raised", YES, YES, NO),
    ("abort", "node"): ("raised", YES, YES, NO),
    **{("slow-start", name): ("completed", None, YES, NO) for name in BY_NAME},
}
THESE_HANG = {("sink", "threads"), ("abort", "pause_resume"), ("abort", "naive")}
ERRORS = {"source": "Input/output error", "sink": "No space left on device"}


def judge(found: FaultFound, expected: tuple[Any, Any, Any, Any]) -> None:
    outcome, told, closed, lost = expected
    assert outcome in (ANY, found.outcome)
    assert found.error_reached_caller is told
    assert closed in (ANY, found.files_closed)
    assert found.bytes_lost is not None
    assert lost in (ANY, found.bytes_lost > 0)


@pytest.mark.parametrize(
    ("kind", "name"),
    [pytest.param(*each, marks=pytest.mark.live if "node" in each else ()) for each in EXPECTED],
)
def test_how_a_variant_takes_a_fault(
    kind: str, name: str, small: Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = dataclasses.replace(SMALL, fault=kind)
    patience = 0.5 if (kind, name) in THESE_HANG else PATIENCE
    if name == "node":
        monkeypatch.setenv("STREAMS2_NODE", oracles.node())
    if name in ("node", "threads"):
        # Of a thread that hangs a process is rid only by its own end.
        variants = [BY_NAME[name]]
        (found,) = compare(
            small, settings, on_progress=ignore, variants=variants, patience=patience
        )
        assert found.fault is not None
        assert found.fault.kind == kind
        judge(found.fault, EXPECTED[kind, name])
        assert found.ok == (kind == "slow-start")
        return
    for driver in ("streams", "asyncio_streams", "iterables", "anyio_tasks", "trio_tasks"):
        monkeypatch.setattr(f"streams2.compare.drivers.{driver}.SLOW_START_SECONDS", 0.05)
    output = tmp_path / "output"
    seen = in_this_process(BY_NAME[name], small, output, settings, patience)
    judge(fault_found(kind, seen), EXPECTED[kind, name])
    written, content = output.read_bytes(), Path(small.path).read_bytes()
    # Whatever goes wrong, nothing is written twice, or in another order.
    assert content.startswith(written)
    assert (written == content) == (kind == "slow-start" or seen.outcome == "completed")
    if seen.outcome in ("raised", "uncaught") and kind in ERRORS:
        assert ERRORS[kind] in (seen.error or "")


def test_a_file_that_opens_late_does_not_pass_for_closed(
    small: Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine, a source may fail before its sink is open."""
    output, has_failed = tmp_path / "output", threading.Event()
    opening, ending = files.open_and_remember, Record.end

    def late(handle: Any, path: Any, *how: int) -> bool:
        if path == str(output):
            has_failed.wait()
        return opening(handle, path, *how)

    def end(self: Record, *outcome: Any) -> None:
        ending(self, *outcome)
        has_failed.set()

    monkeypatch.setattr(Record, "end", end)
    monkeypatch.setattr(files, "opened_at_once", lambda *_: None)
    monkeypatch.setattr(files, "open_and_remember", late)
    settings = dataclasses.replace(SMALL, fault="source")
    seen = in_this_process(BY_NAME["naive"], small, output, settings)
    judge(fault_found("source", seen), EXPECTED["source", "naive"])


@pytest.mark.parametrize("kind", ["source", "sink", "abort"])
@pytest.mark.parametrize("variant", IN_PYTHON, ids=lambda variant: variant.name)
def test_with_failures_handled_all_are_closed_and_the_caller_is_told(
    kind: str, variant: Variant, small: Input, tmp_path: Path
) -> None:
    handled = variant.in_form("handled")
    settings = dataclasses.replace(SMALL, fault=kind, sink_rate=3e6)
    seen = in_this_process(handled, small, tmp_path / "output", settings)
    judge(fault_found(kind, seen), ("raised", YES, YES, NO))
    # And when nothing fails, it copies as the other form does.
    settings = dataclasses.replace(SMALL, sink_rate=None)
    seen = in_this_process(handled, small, tmp_path / "whole", settings)
    assert (seen.outcome, seen.files_closed, seen.bytes_held) == ("completed", True, 0)
    assert (tmp_path / "whole").read_bytes() == Path(small.path).read_bytes()


@pytest.mark.parametrize("kind", ["source", "sink"])
def test_by_the_bridge_both_sides_are_closed(kind: str, small: Input, tmp_path: Path) -> None:
    bridge = BY_NAME["channel"]._replace(
        function="cat_by_bridge", function_under_fault="cat_by_bridge"
    )
    seen = in_this_process(bridge, small, tmp_path / "whole", SMALL)
    assert seen.outcome == "completed"
    assert (tmp_path / "whole").read_bytes() == Path(small.path).read_bytes()
    seen = in_this_process(bridge, small, tmp_path / "half", dataclasses.replace(SMALL, fault=kind))
    # It offers nothing to wait for: nobody hears of the error. But both have ended.
    assert (seen.outcome, ERRORS[kind] in (seen.error or "")) == ("uncaught", True)


def test_every_fault_of_every_variant_is_expected_to_end_somehow() -> None:
    from streams2.compare.settings import FAULTS

    assert set(EXPECTED) == {(kind, name) for kind in FAULTS for name in BY_NAME}


@pytest.mark.parametrize("fault", ["source", "sink", "abort"])
@pytest.mark.parametrize("name", ["pipe", "channel"])
@pytest.mark.parametrize("rate", [None, 3e6])
def test_an_error_is_reported_once(
    name: str, fault: str, rate: float | None, small: Input, tmp_path: Path
) -> None:
    # With no rate, the sink is in the middle of a write more often than not.
    settings = dataclasses.replace(SMALL, fault=fault, sink_rate=rate)
    for number in range(3):
        seen = in_this_process(BY_NAME[name], small, tmp_path / str(number), settings)
        # Reported a second time, to nobody, it would be uncaught.
        assert seen.outcome == "raised"
        assert seen.files_closed


@pytest.mark.usefixtures("temporary")
def test_an_error_that_is_reported_twice_is_uncaught(small: Input) -> None:
    found = run_mine(small, "raises_and_uncaught")
    assert found.error == "uncaught ValueError: twice"


# -- processes ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("temporary")
def test_every_run_has_a_process_of_its_own(small: Input) -> None:
    progress: list[tuple[str, int]] = []
    settings = dataclasses.replace(SMALL, sink_rate=None, rounds=2)
    found = compare(
        small,
        settings,
        on_progress=lambda name, number, _: progress.append((name, number)),
        variants=[mine("right"), mine("which_process")],
    )
    right, process = found
    assert right.ok
    assert right.error is None
    assert right.rounds == process.rounds == 2
    assert right.seconds_min <= right.seconds <= right.seconds_max
    assert right.spread["seconds"] == (right.seconds_min, right.seconds_max)
    assert right.spread["peak_buffered_bytes"][1] >= right.peak_buffered_bytes
    assert not process.ok
    assert 0 < process.bytes < 10
    # Interleaved: all variants in the first round, and all in the second.
    assert list(dict.fromkeys(progress)) == [
        ("right", 0),
        ("which_process", 0),
        ("right", 1),
        ("which_process", 1),
    ]


@pytest.mark.usefixtures("temporary")
def test_a_process_is_new_and_tells_its_memory(small: Input, monkeypatch: Any) -> None:
    seen: list[bytes] = []
    real = processes.run_job

    def spy(command: Any, job: Job, on_progress: Any) -> Observed:
        observed = real(command, job, on_progress)
        seen.append(Path(job.sink).read_bytes())
        return observed

    monkeypatch.setattr("streams2.compare.runner.run_job", spy)
    settings = dataclasses.replace(SMALL, sink_rate=None, rounds=3)
    (found,) = compare(small, settings, on_progress=ignore, variants=[mine("which_process")])
    assert len({*seen, str(os.getpid()).encode()}) == 4
    assert found.cpu_seconds > 0
    if os.path.exists("/proc/self/status"):
        assert found.peak_rss_bytes is not None
        assert 5e6 < found.peak_rss_bytes < 5e8


@pytest.mark.usefixtures("temporary")
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("wrong", None),
        ("raises", "ValueError: no cat today"),
        ("raises_later", "ValueError: no cat today"),
        ("uncaught", "uncaught ValueError: no cat today"),
        ("killed", "its process was killed by SIGKILL"),
        ("leaves", "its process ended with status 3: I have had enough"),
    ],
)
def test_a_variant_that_fails_is_told_of(name: str, error: str | None, small: Input) -> None:
    found = run_mine(small, name)
    assert not found.ok
    assert found.error == error
    assert found.fault is None
    assert found.throughput >= 0


@pytest.mark.usefixtures("temporary")
@pytest.mark.parametrize("name", ["hangs", "never_ends"])
def test_a_variant_that_hangs_is_given_up(name: str, small: Input) -> None:
    found = run_mine(small, name, patience=0.3)
    assert not found.ok
    assert found.error == "it hangs"


@pytest.mark.usefixtures("temporary")
def test_a_process_that_dies_under_a_fault_has_told_nothing(small: Input) -> None:
    settings = dataclasses.replace(SMALL, fault="sink")
    (found,) = compare(small, settings, on_progress=ignore, variants=[mine("killed")])
    assert found.fault == FaultFound("sink", "died", False, None, None)


def a_job(small: Input, tmp_path: Path, patience: float) -> Job:
    return Job(
        *("module", "cat", "streams", small.path, str(tmp_path / "output"), small.digest.bytes),
        SMALL,
        patience,
    )


def test_a_process_that_falls_silent_is_killed(
    small: Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_SECONDS_TO_START", 0.1)
    started: list[subprocess.Popen[str]] = []
    real = subprocess.Popen

    def popen(*arguments: Any, **options: Any) -> Any:
        started.append(real(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(processes.subprocess, "Popen", popen)
    silent = [sys.executable, "-c", "import threading; threading.Event().wait()"]
    with pytest.raises(ProcessHungError):
        run_job(silent, a_job(small, tmp_path, 0.1), ignore)
    assert started[0].returncode == -signal.SIGKILL


def test_a_process_that_does_not_listen(small: Input, tmp_path: Path) -> None:
    with pytest.raises(ProcessDiedError, match="its process ended with status 0"):
        run_job([sys.executable, "-c", ""], a_job(small, tmp_path, PATIENCE), ignore)


def test_an_interrupt_leaves_no_process(small: Input, tmp_path: Path) -> None:
    def interrupt(_written: int) -> None:
        raise KeyboardInterrupt

    talks = "import sys\nwhile True: print('{\"written\": 1}', flush=True)"
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        run_job([sys.executable, "-c", talks], a_job(small, tmp_path, PATIENCE), interrupt)
    assert threading.active_count() == before


@pytest.mark.usefixtures("temporary")
def test_a_process_takes_no_module_from_where_it_is_started(
    small: Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "asyncio", "streams2"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(tmp_path)
    assert run_mine(small, "right").ok


# -- Node -----------------------------------------------------------------------------------------


@pytest.mark.live
def test_node_copies_too(small: Input, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMS2_NODE", oracles.node())
    variants, notes = available([BY_NAME["node"]])
    assert notes == [f"node is {processes.node_version(oracles.node())}, {oracles.node()}"]
    settings = dataclasses.replace(SMALL, source_rate=4e6)
    (found,) = compare(small, settings, on_progress=ignore, variants=variants)
    assert (found.ok, found.error, found.lines) == (True, None, 2)
    assert found.bound_bytes is not None
    assert CHUNK <= found.peak_buffered_bytes <= found.bound_bytes
    assert found.drains > 0
    assert found.pauses > 0
    assert max(held for _, held in found.timeline) == found.peak_buffered_bytes
    assert found.peak_rss_bytes is not None
    assert found.peak_rss_bytes > 1e7


def test_without_a_node_it_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STREAMS2_NODE", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_node() is None
    variants, notes = available()
    assert variants == IN_PYTHON
    assert notes == [
        "node is left out: there is none on PATH. Set STREAMS2_NODE to the path of a Node"
    ]


def test_what_is_named_as_a_node_and_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "node"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    for path in (tmp_path / "missing", broken):
        monkeypatch.setenv("STREAMS2_NODE", str(path))
        variants, notes = available()
        assert variants == IN_PYTHON
        why = f"$STREAMS2_NODE, {path}, is none"
        assert notes == [f"node is left out: {why}. Set STREAMS2_NODE to the path of a Node"]


def test_who_does_not_ask_for_node_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMS2_NODE", "/nowhere")
    assert available(IN_PYTHON) == (IN_PYTHON, [])
