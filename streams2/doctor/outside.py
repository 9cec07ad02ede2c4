"""What lies outside of the program: which method of ours waits for what, and what a child does."""

from __future__ import annotations

import inspect
import os
import sys
from types import CodeType

from .answers import Thing

__all__ = ["code_of", "is_half_of_a_pair", "outside_of", "peer_of", "reads_its_input"]

_OUTSIDE = {
    "fs": "the disk",
    "net": "its peer",
    "tls": "its peer",
    "http": "its peer",
    "https": "its peer",
    "child_process": "the child",
    "zlib": "a thread that compresses",
    "crypto": "a thread",
    "readline": "its input",
    "io": "the system",
    "asgi": "its client",
    "brokers": "the broker",
}
_PEERS = ("net", "tls", "http", "https", "child_process")
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def outside_of(function: Thing) -> str | None:
    """What outside of the program a method of ours waits for: the disk, a peer, a child."""
    code = code_of(function)
    if code is None or not code.co_filename.startswith(_PACKAGE):
        return None
    room = code.co_filename[len(_PACKAGE) + 1 :].split(os.sep)[0]
    if room.startswith("stdio"):
        return "what is at the other end of it"
    return _OUTSIDE.get(room)


def peer_of(thing: object) -> str | None:
    """Whose doing the events of an endpoint are: a peer's, a child's; None if it has neither."""
    modules = [one.__module__.split(".") for one in type(thing).__mro__]
    rooms = [path[1] for path in modules if path[0] == __package__.split(".")[0] and len(path) > 1]
    return next((_OUTSIDE[room] for room in rooms if room in _PEERS), None)


def code_of(function: Thing) -> Thing:
    """The code of a function, however it is bound or wrapped; None if it has none."""
    function = getattr(function, "__func__", function)
    while hasattr(function, "func") or hasattr(function, "__wrapped__"):
        function = getattr(function, "func", None) or function.__wrapped__
    function = getattr(function, "__func__", function)
    if not hasattr(function, "__code__") and not isinstance(function, type):
        # An object that can be called.
        function = inspect.getattr_static(type(function), "__call__", None)
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None  # In PyPy, there is another kind.


# What Linux says a process does that reads its standard input: the number of the call, and 0.
_READS = ("0 0x0 ", "63 0x0 ")


def reads_its_input(pid: object) -> bool:
    """Whether the process `pid` waits for its standard input, where the system says that."""
    if sys.platform != "linux":
        return False
    try:
        with open(f"/proc/{pid}/syscall", encoding="ascii") as call:
            return call.read().startswith(_READS)
    except OSError:
        return False


def is_half_of_a_pair(face: Thing) -> bool:
    """Whether what comes out of a stream is what is written to its other half."""
    code = code_of(face._read)
    return code is not None and code.co_filename == os.path.join(_PACKAGE, "streams", "pairs.py")
