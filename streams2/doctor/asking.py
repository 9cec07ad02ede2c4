"""Who asks: a run that can never go on, Ctrl-C, SIGUSR1; and another process, by both.

>>> import os
>>> ask(os.getpid() * 0 - 1)
Traceback (most recent call last):
ProcessLookupError: [Errno 3] No process -1

A process that is asked answers on its own standard error, and in the file that whoever asks has put
there for it.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time

from .answers import Thing
from .explain import explain, explain_interrupted
from .running import called_by_loop, frames_at_work, users_line

__all__ = ["answer", "ask", "why"]

_END = "\n\x00"
_PATIENCE = 15.0


def why(loop: Thing, *, asked: bool = False) -> str:
    """Why the tasks of `loop` wait, as text; if another process has asked, it is told, too."""
    # A signal interrupts what is at work. Who asks without one is a part of it, and about to wait.
    at_work = called_by_loop(frames_at_work()) if asked else []
    text = (explain_interrupted(loop) if at_work else explain(loop=loop)).text
    if asked:
        line = users_line(at_work)
        if line is not None:
            at = f"`{line.function}` is at work at {line}"
            text = f"{at}, and nothing else goes on until it is done.\n{text}"
        answer(text)
    return text


def _path(pid: int) -> str:
    return os.path.join(tempfile.gettempdir(), f"streams2-doctor-{os.getuid()}-{pid}")


def answer(text: str) -> None:
    """Write `text` for who has asked this process, if somebody has."""
    try:
        file = os.open(_path(os.getpid()), os.O_WRONLY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        about = os.fstat(file)
        if stat.S_ISREG(about.st_mode) and about.st_uid == os.getuid():
            os.write(file, (text + _END).encode("utf-8", "replace"))
    finally:
        os.close(file)


def ask(pid: int) -> str:
    """Ask the process `pid` why it stands still.

    Args:
        pid: of a program that is in `run`, `run_async` or a `watch`, on this machine and of this
            user.

    Returns:
        What it says.

    Raises:
        ProcessLookupError: there is no such process.
        PermissionError: it is another user's.
        RuntimeError: it does not listen to SIGUSR1, so it is in none of these.
        TimeoutError: it does not answer.
    """
    if pid <= 0:
        raise ProcessLookupError(errno.ESRCH, f"No process {pid}")
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        raise ProcessLookupError(errno.ESRCH, f"No process {pid}") from None
    if not _listens(pid):
        raise RuntimeError(
            f"process {pid} does not listen to SIGUSR1: it is in no streams2.run, run_async"
            " or doctor.watch"
        )
    path = _path(pid)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.kill(pid, signal.SIGUSR1)
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            text = os.pread(file, 1 << 20, 0).decode("utf-8")
            if text.endswith(_END):
                return text[: -len(_END)]
            time.sleep(0.02)
    finally:
        os.close(file)
        os.unlink(path)
    raise TimeoutError(f"process {pid} does not answer")


def _listens(pid: int) -> bool:
    """Whether a process handles SIGUSR1: one that does not would die of it."""
    bit = 1 << (signal.SIGUSR1 - 1)
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            caught = [line for line in status if line.startswith("SigCgt:")]
        return bool(int(caught[0].split()[1], 16) & bit) if caught else False
    except FileNotFoundError:
        said = subprocess.run(
            ["ps", "-o", "sigcatch=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout.strip()
        return bool(said) and bool(int(said, 16) & bit)


def main(pid: int) -> int:
    """What ``streams2 doctor PID`` does. Returns the exit status."""
    try:
        print(ask(pid))
    except (OSError, RuntimeError) as error:
        print(f"streams2 doctor: {error}", file=sys.stderr)
        return 1
    return 0
