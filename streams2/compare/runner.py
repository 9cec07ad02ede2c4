"""Run the variants on the same input and into the same kind of sink, each in a fresh process.

In every round each variant runs once, one after the other: what else the machine does meanwhile
then falls on all of them.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Sequence
from typing import Callable

from .inputs import Digest, Input, digest
from .job import Job, Observed
from .luck import luck_of
from .measurements import FaultFound, Measurement, Run, summarize
from .noise import TOLERANCE
from .processes import (
    ProcessDiedError,
    ProcessHungError,
    command_for,
    find_node,
    node_version,
    run_job,
)
from .settings import Settings
from .variants import VARIANTS, Variant

__all__ = ["OnProgress", "available", "compare", "fault_found"]

OnProgress = Callable[[str, int, int], object]
"""Called with a variant's name, the round from 0 on, and how many bytes it has written in it."""

_PATIENCE = 3.0
"""After how many seconds in which nothing moves a variant hangs."""

_PATIENCE_IN_CHUNKS = 4


def available(variants: Sequence[Variant] = VARIANTS) -> tuple[list[Variant], list[str]]:
    """Those of `variants` that can run here, and what there is to say, a line each."""
    left: list[Variant] = []
    notes: list[str] = []
    for variant in variants:
        there, note = _node() if variant.endpoints == "node" else _package(variant)
        if there:
            left.append(variant)
        if note is not None:
            notes.append(note)
    return left, notes


def _node() -> tuple[bool, str | None]:
    node = find_node()
    version = node_version(node) if node is not None else None
    if version is not None:
        return True, f"node is {version}, {node}"
    asked = os.environ.get("STREAMS2_NODE")
    why = f"$STREAMS2_NODE, {asked}, is none" if asked else "there is none on PATH"
    return False, f"node is left out: {why}. Set STREAMS2_NODE to the path of a Node"


def _package(variant: Variant) -> tuple[bool, str | None]:
    needed = variant.needs
    if needed is None or importlib.util.find_spec(needed) is not None:
        return True, None
    how = f"pip install 'streams2[{needed}]'"
    return False, f"{variant.name} is left out: {needed} is not installed. Install it: {how}"


def compare(
    source: Input,
    settings: Settings,
    *,
    on_progress: OnProgress,
    variants: Sequence[Variant],
    patience: float = _PATIENCE,
    tolerance: float = TOLERANCE,
) -> list[Measurement]:
    """Copy `source` with each of `variants`, as often as `settings` say.

    Args:
        source: what to copy.
        settings: how.
        on_progress: called with a variant's name, the round, and how many bytes it has written.
        variants: what to run, in this order.
        patience: after how many seconds in which nothing moves a variant is given up. Where a
            chunk takes its time, it is given more.
        tolerance: which part is no difference between two times.

    Returns:
        What was measured, in the order of `variants`. A variant that fails is measured as well.

    Raises:
        OSError: there is no place for the copies, or no process can be started.
    """
    runs: dict[str, list[Run]] = {variant.name: [] for variant in variants}
    for number in range(settings.rounds):
        for variant in variants:
            name = variant.name
            found = _run(
                source,
                settings,
                variant,
                patience + _seconds_of_a_chunk(settings) * _PATIENCE_IN_CHUNKS,
                lambda written, name=name, number=number: on_progress(name, number, written),  # type: ignore[misc]  # mypy cannot infer defaults
            )
            runs[name].append(found)
    return [
        summarize(
            *(variant.name, variant.model, variant.bound(settings), runs[variant.name]),
            lines=variant.lines,
            settings=settings,
            tolerance=tolerance,
        )
        for variant in variants
    ]


def _seconds_of_a_chunk(settings: Settings) -> float:
    rates = [rate for rate in (settings.sink_rate, settings.source_rate) if rate is not None]
    return settings.chunk_size / min(rates) if rates else 0.0


def _run(
    source: Input,
    settings: Settings,
    variant: Variant,
    patience: float,
    on_progress: Callable[[int], object],
) -> Run:
    with tempfile.TemporaryDirectory(prefix="streams2-") as directory:
        job = Job(
            module=variant.module,
            function=variant.function_under_fault if settings.fault else variant.function,
            endpoints=variant.endpoints,
            source=os.path.abspath(source.path),
            sink=os.path.join(directory, "output"),
            size=source.digest.bytes,
            settings=settings,
            patience=patience,
        )
        try:
            seen = run_job(command_for(variant.endpoints, find_node()), job, on_progress)
        except ProcessHungError:
            seen = _nothing_seen("hung", None)
        except ProcessDiedError as error:
            seen = _nothing_seen("died", str(error))
        copied = digest(job.sink) if os.path.exists(job.sink) else Digest(0, "")
    return _judged(seen, copied, source, settings, luck_of(variant, job, seen))


def _nothing_seen(outcome: str, error: str | None) -> Observed:
    return Observed(
        outcome=outcome,
        error=error,
        files_closed=None,
        bytes_held=None,
        seconds=0.0,
        cpu_seconds=0.0,
        peak_buffered_bytes=0,
        peak_rss_bytes=None,
        pauses=0,
        drains=0,
    )


def _judged(
    seen: Observed, copied: Digest, source: Input, settings: Settings, luck: str | None
) -> Run:
    error = seen.error
    if seen.outcome == "hung":
        error = "it hangs"
    elif seen.outcome == "uncaught":
        error = f"uncaught {seen.error}"
    return Run(
        ok=error is None and copied == source.digest,
        seconds=seen.seconds,
        cpu_seconds=seen.cpu_seconds,
        bytes=copied.bytes,
        sha256=copied.sha256,
        peak_buffered_bytes=seen.peak_buffered_bytes,
        peak_rss_bytes=seen.peak_rss_bytes,
        pauses=seen.pauses,
        drains=seen.drains,
        timeline=seen.timeline,
        at_peak=seen.at_peak,
        error=error,
        fault=None if settings.fault is None else fault_found(settings.fault, seen),
        luck=luck,
    )


def fault_found(kind: str, seen: Observed) -> FaultFound:
    """How a variant took a fault of this kind, by what was seen of it."""
    return FaultFound.of(kind, seen.outcome, seen.files_closed, seen.bytes_held)
