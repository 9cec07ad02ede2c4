"""A run on Node itself, by its own streams, and recorded there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from ...trace import Counters, SourceCode, Trace
from ...trace.command import NODE_RECORDER
from ..measurements import FaultFound, Whereabouts
from ..processes import find_node, node_version
from ..small_plan import SmallPlan
from ..variants import Variant
from .watched import Watched

__all__ = ["source_of_node", "watch_node", "why_no_node"]

_OLDEST = (22, 3)
"""Before, Node cannot load its own modules in the way that the recorder does."""

_SECONDS = 60.0


def why_no_node() -> str | None:
    """Why nothing can be recorded on Node here; None if it can."""
    node = find_node()
    version = node_version(node) if node is not None else None
    if version is None:
        asked = os.environ.get("STREAMS2_NODE")
        return f"$STREAMS2_NODE, {asked}, is no Node" if asked else "there is no Node on PATH"
    found = re.match(r"v(\d+)\.(\d+)\.", version)
    if found is None or (int(found[1]), int(found[2])) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        return f"to be recorded it has to be Node {oldest} or newer, and this is {version}"
    return None


class _Seen(NamedTuple):
    """What the run tells of itself."""

    outcome: str
    closed: bool
    held: int
    output: str
    counters: tuple[int, int, int, int, int]
    at_peak: dict[str, int] | None


def watch_node(variant: Variant, plan: SmallPlan) -> Watched:
    """Run `variant` once, and record it.

    Raises:
        RuntimeError: Node says something else than what it saw.
    """
    job = {
        "chunks": [chunk.decode() for chunk in plan.chunks],
        "high_water_mark": plan.high_water_mark,
        "source_seconds": plan.source_seconds,
        "sink_seconds": plan.sink_seconds,
        "start_seconds": plan.start_seconds,
        "fault": plan.fault,
        "module": variant.module,
        "function": variant.function,
        "recorder": str(NODE_RECORDER),
    }
    node = find_node()
    assert node is not None, "a variant for Node is left out where there is none"
    with tempfile.TemporaryDirectory() as directory:
        recording = Path(directory) / "recording.json"
        done = subprocess.run(
            [node, "--no-warnings", str(Path(__file__).parent / "node.js")],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env={**os.environ, "STREAMS2_TRACE": str(recording)},
            check=False,
        )
        if done.returncode != 0 or not done.stdout:
            raise RuntimeError(f"node failed: {done.stderr.strip() or done.stdout}")
        seen = _Seen(**json.loads(done.stdout))
        trace = Trace.from_json(recording.read_text(encoding="utf-8"))
    fault = None
    if plan.fault is not None:
        fault = FaultFound.of(plan.fault, seen.outcome, seen.closed, seen.held)
    at_peak = None if seen.at_peak is None else Whereabouts(**seen.at_peak)
    return Watched(trace, seen.output.encode(), Counters(*seen.counters), at_peak, fault)


def source_of_node(variant: Variant) -> SourceCode:
    """The text of the function that runs: the recording has no lines of JavaScript."""
    lines = Path(variant.module).read_text(encoding="utf-8").splitlines()
    first = next(at for at, line in enumerate(lines) if f"function {variant.function}(" in line)
    last = next(at for at in range(first, len(lines)) if lines[at] == "}")
    return SourceCode(variant.module, variant.function, first + 1, tuple(lines[first : last + 1]))
