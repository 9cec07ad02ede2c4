"""What lies outside of the program: which method of ours waits for what, and what a child does."""

from __future__ import annotations

import inspect
import os
import sys
from types import CodeType

from .answers import Thing

__all__ = [
    *("HTTP", "code_of", "is_half_of_a_pair", "outside_of", "peer_of", "room_of", "rooms_of"),
    "waits_at",
]

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
}
_PEERS = ("net", "tls", "http", "https", "child_process")
HTTP = ("http", "https")
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


def rooms_of(thing: object) -> list[str]:
    """The rooms of this package where the classes of a thing are."""
    modules = [one.__module__.split(".") for one in type(thing).__mro__]
    return [path[1] for path in modules if path[0] == __package__.split(".")[0] and len(path) > 1]


def room_of(thing: object) -> str | None:
    """Whose an endpoint is, as ``"net"`` or ``"http"``; None if it has no peer."""
    return next((room for room in rooms_of(thing) if room in _PEERS), None)


def peer_of(thing: object) -> str | None:
    """Whose doing the events of an endpoint are: a peer's, a child's; None if it has neither."""
    room = room_of(thing)
    return None if room is None else _OUTSIDE[room]


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


# What Linux calls it when a process reads, writes, or waits for another: that differs from machine
# to machine.
_CALLS = {"0": "read", "63": "read", "1": "write", "20": "write", "64": "write", "66": "write"}
_WAITS = ("61", "247", "260", "95")


def waits_at(pid: object) -> tuple[str, int] | None:
    """Where the process `pid` waits, as ``("read", 0)``, if it does and the system says that.

    A shell waits where those wait that it has started.
    """
    if sys.platform != "linux":
        return None
    try:
        return _waits_at(str(pid))
    except (OSError, ValueError):
        return None


def _waits_at(pid: str) -> tuple[str, int] | None:
    with open(f"/proc/{pid}/syscall", encoding="ascii") as file:
        number, *arguments = file.read().split()
    how = _CALLS.get(number)
    if how is not None and arguments:
        return how, int(arguments[0], 16)
    if number in _WAITS:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            started = file.read().split()
        for other in started:
            found = _waits_at(other)
            if found is not None and _file_of(other, found[1]) == _file_of(pid, found[1]):
                return found
    return None


def _file_of(pid: str, descriptor: int) -> str:
    return os.readlink(f"/proc/{pid}/fd/{descriptor}")


def is_half_of_a_pair(face: Thing) -> bool:
    """Whether what comes out of a stream is what is written to its other half."""
    code = code_of(getattr(face, "_read", None))
    return code is not None and code.co_filename == os.path.join(_PACKAGE, "streams", "pairs.py")
