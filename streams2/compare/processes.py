"""Starting the process of one run, listening to it, and leaving none behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from typing import IO, Any, Callable

from .job import Job, Observed
from .measurements import Whereabouts

__all__ = [
    "ProcessDiedError",
    "ProcessHungError",
    "command_for",
    "find_node",
    "node_version",
    "run_job",
]

_NODE_DRIVER = os.path.join(os.path.dirname(__file__), "drivers", "node.js")
# As ``python -m`` would, but with the modules that are found here, and not those of the directory
# that somebody happens to be in.
_CHILD = """\
import sys
sys.path[:] = sys.argv[1:]
from streams2.compare.child import main
main()
"""
_SECONDS_TO_START = 30.0
_LAST_WORDS = 3


class ProcessDiedError(Exception):
    """The process ended before it had told what it saw; the message says how."""


class ProcessHungError(Exception):
    """The process said nothing for so long that it was killed."""


def find_node() -> str | None:
    """The path of a Node: $STREAMS2_NODE, or else the one on PATH; None if there is none."""
    return shutil.which(os.environ.get("STREAMS2_NODE") or "node")


def node_version(node: str) -> str | None:
    """What ``node --version`` says, such as ``v26.10.0``; None if it cannot be run."""
    try:
        asked = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.strip() if asked.returncode == 0 else None


def command_for(endpoints: str, node: str | None) -> list[str]:
    """The command that does a job between such endpoints."""
    if endpoints == "node":
        assert node is not None, "a variant for Node is left out where there is none"
        return [node, _NODE_DRIVER]
    return [sys.executable, "-c", _CHILD, *sys.path]


def run_job(command: Sequence[str], job: Job, on_progress: Callable[[int], object]) -> Observed:
    """Have `job` done by a new process.

    However this function is left, by Ctrl-C too, the process is gone then.

    Args:
        command: starts the process.
        job: what it is to do.
        on_progress: called with how many bytes it has written, now and then.

    Raises:
        ProcessDiedError: it ended too early.
        ProcessHungError: it fell silent, and was killed.
        OSError: it cannot be started.
    """
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            encoding="utf-8",
        ) as process,
    ):
        # It gives up by itself when its variant hangs. This is for one that cannot even do that.
        watchdog = _Watchdog(process, job.patience + _SECONDS_TO_START)
        try:
            observed = _listen(process, job, on_progress, watchdog)
        finally:
            watchdog.stop()
            process.kill()
        process.wait()
        if observed is None and watchdog.barked:
            raise ProcessHungError
        if observed is None:
            raise ProcessDiedError(_how_it_died(process.returncode, _last_words(complaints)))
        return observed


def _listen(
    process: subprocess.Popen[str],
    job: Job,
    on_progress: Callable[[int], object],
    watchdog: _Watchdog,
) -> Observed | None:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(job.as_json() + "\n")
        process.stdin.close()
    except BrokenPipeError:
        return None
    for line in process.stdout:
        watchdog.pat()
        told: dict[str, Any] = json.loads(line)
        if "observed" in told:
            fields = told["observed"]
            fields["timeline"] = [(seconds, held) for seconds, held in fields["timeline"]]
            at_peak = fields["at_peak"]
            fields["at_peak"] = at_peak and Whereabouts(**at_peak)
            return Observed(**fields)
        on_progress(told["written"])
    return None


class _Watchdog:
    """Kills a process that has not been heard of for so many seconds."""

    def __init__(self, process: subprocess.Popen[str], seconds: float) -> None:
        self.barked = False
        self._process = process
        self._seconds = seconds
        self._heard = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while self._heard.wait(self._seconds):
            if self._stopped:
                return
            self._heard.clear()
        self.barked = True
        self._process.kill()

    def pat(self) -> None:
        """The process was heard of."""
        self._heard.set()

    def stop(self) -> None:
        """It need not be watched any more."""
        self._stopped = True
        self._heard.set()
        self._thread.join()


def _how_it_died(status: int, last_words: str) -> str:
    if status < 0:
        try:
            how = f"was killed by {signal.Signals(-status).name}"
        except ValueError:
            how = f"was killed by signal {-status}"
    else:
        how = f"ended with status {status}"
    return f"its process {how}" + (f": {last_words}" if last_words else "")


def _last_words(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode("utf-8", "replace").strip().splitlines()
    return " / ".join(line.strip() for line in lines[-_LAST_WORDS:])
