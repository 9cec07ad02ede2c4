"""A program that shows its figures to others: by a socket that its user alone can open.

>>> stop = serve()
>>> ask(os.getpid())["pid"] == os.getpid()
True
>>> stop()

Whoever connects gets one line of JSON, and is hung up on. A thread does that: the program's loop
may be blocked, and then the figures are wanted most.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from typing import Any, Callable

from .stats import Figure, Stats, stats

__all__ = ["Snapshot", "ask", "serve"]

Snapshot = Mapping[str, Any]
"""``pid``, ``program``, ``time`` in seconds, and ``figures``: each `Figure` as a dictionary."""

_PATIENCE = 5.0


def _folder() -> str:
    """Where the sockets are: a folder of the user's that nobody else can look into.

    Raises:
        OSError: there is one that is not.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    path = os.path.join(tempfile.gettempdir(), f"streams2-top-{user}")
    os.makedirs(path, mode=0o700, exist_ok=True)
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != user or found.st_mode & 0o077:
        raise PermissionError(f"{path} is open to others, or is theirs: remove it")
    return path


def _path_of(pid: int) -> str:
    return os.path.join(_folder(), f"{pid}.sock")


def serve(figures: Stats | None = None) -> Callable[[], None]:
    """Let ``streams2 top PID`` look at this program.

    Args:
        figures: what to show; by default what `stats` counts, of all streams, from now on.

    Returns:
        A function that ends it.

    Raises:
        OSError: there can be no such socket here.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise OSError("streams2 top needs sockets of Unix, and there are none here")
    path = _path_of(os.getpid())
    if os.path.exists(path):
        os.unlink(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(path)
    listening.listen(4)
    counting = stats() if figures is None else figures

    def answer() -> None:
        while True:
            try:
                asking, _ = listening.accept()
            except OSError:
                return
            with asking:
                try:
                    asking.settimeout(_PATIENCE)
                    asking.sendall(json.dumps(_snapshot(counting)).encode() + b"\n")
                except OSError:
                    pass  # Whoever asked has left.

    thread = threading.Thread(target=answer, name="streams2 top", daemon=True)
    thread.start()

    def stop() -> None:
        atexit.unregister(stop)
        if os.path.exists(path):
            os.unlink(path)
        try:
            # What waits in accept() is not woken by close() alone.
            listening.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        listening.close()
        thread.join(_PATIENCE)
        if figures is None:
            counting.stop()

    atexit.register(stop)
    return stop


def _snapshot(figures: Stats) -> Snapshot:
    shown: list[Figure] = list(figures)
    return {
        "pid": os.getpid(),
        "program": os.path.basename(sys.argv[0]) if sys.argv else "",
        "time": time.time(),
        "figures": [figure.as_dict() for figure in shown],
    }


def ask(pid: int) -> Snapshot:
    """What the program `pid` shows now.

    Raises:
        OSError: it shows nothing, or has ended.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(_PATIENCE)
        asking.connect(_path_of(pid))
        with asking.makefile("rb") as answer:
            line = answer.readline()
    if not line:
        raise ConnectionResetError("the program has ended")
    snapshot: Snapshot = json.loads(line)
    return snapshot
