"""The check in a process of its own: what hangs is ended, and what leaves is noticed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .checking import Verdict

__all__ = ["Outcome", "check_file"]

_SHOWN = 2_000
_GRACE = 3.0


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        verdict: as of `check`; without the recording, which was made in another process.
        printed: the first 2,000 bytes of what the program printed, as text.
    """

    verdict: Verdict
    printed: str = ""


def check_file(
    number: int, path: str, *, seconds: float = 10.0, page: str | None = None
) -> Outcome:
    """Check a learner's file in a process of its own.

    Args:
        number: of the exercise, from 1.
        path: the file.
        seconds: how long it may take.
        page: where to write a page to step through the recording; None for nowhere.

    Raises:
        OSError: the file cannot be read, or a process cannot be started.
    """
    try:
        with tokenize.open(path) as file:
            source = file.read()
    except (SyntaxError, UnicodeDecodeError) as error:
        return Outcome(_fault(number, f"It is no text in Python's encoding: {error}."))
    with tempfile.TemporaryDirectory() as directory:
        told = Path(directory, "verdict.json")
        stuck = Path(directory, "stuck.txt")
        order = {
            "number": number,
            "source": source,
            "file": os.path.abspath(path),
            "seconds": seconds,
            "page": None if page is None else os.path.abspath(page),
            "told": str(told),
            "stuck": str(stuck),
        }
        status, printed = _run(order, seconds + _GRACE)
        verdict = _read(number, told)
        if verdict is None:
            verdict = _fault(number, _no_verdict(status, stuck, os.path.abspath(path), seconds))
    return Outcome(verdict, printed)


def _fault(number: int, sentence: str) -> Verdict:
    return Verdict(number, False, (sentence,))


def _read(number: int, told: Path) -> Verdict | None:
    try:
        verdict = json.loads(told.read_text(encoding="utf-8"))
        return Verdict(number, verdict["passed"], tuple(verdict["sentences"]))
    except (OSError, ValueError):
        return None


def _no_verdict(status: int | None, stuck: Path, file: str, seconds: float) -> str:
    if status is None or (stuck.exists() and stuck.stat().st_size):
        lines = re.findall(
            rf'File "{re.escape(file)}", line (\d+)',
            stuck.read_text("utf-8", "replace") if stuck.exists() else "",
        )
        place = f": it was in line {lines[0]}" if lines else ""
        return f"Your program had not come to an end after {seconds:g} seconds{place}."
    if status < 0:
        return (
            f"Your program was ended by {signal.Signals(-status).name} before the check was over."
        )
    return f"Your program ended the process (exit status {status}) before the check was over."


# -- the process ----------------------------------------------------------------------------------


def _run(order: dict[str, object], seconds: float) -> tuple[int | None, str]:
    """The exit status, or None if it had to be ended; and what it printed."""
    with subprocess.Popen(
        [sys.executable, "-m", "streams2.learn.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        kept = bytearray()
        reader = threading.Thread(target=_keep_some, args=(process.stdout, kept), daemon=True)
        reader.start()
        try:
            process.stdin.write(json.dumps(order).encode())
            process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            status: int | None = process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            _end_all(process)
        reader.join(_GRACE)
        return status, bytes(kept).decode("utf-8", "replace")


def _keep_some(output: IO[bytes], kept: bytearray) -> None:
    """Read all of it, so that who prints a lot is not held up, and keep the beginning."""
    while data := output.read1(65536):  # type: ignore[attr-defined]
        kept += data[: max(_SHOWN - len(kept), 0)]


def _end_all(process: subprocess.Popen[bytes]) -> None:
    """End it, and what it has started."""
    if os.name == "posix":
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    process.kill()
