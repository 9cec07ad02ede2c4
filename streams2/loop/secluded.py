"""Loops that ask nothing of the system, as in a browser: what they have not is said at the call.

A browser's Python has no sockets, processes or threads, and a loop on a clock of its own choice has
nothing to wait for them with. A program that asks for one hears so at once, and by the name of its
call, and not later from something below.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Callable

from ..errors import FeatureUnavailableOnPlatformError

__all__ = ["IN_BROWSER", "Secluded", "expect_processes", "expect_sockets", "is_secluded"]

IN_BROWSER = sys.platform == "emscripten"
"""Whether this is Python in a browser, or in Node: Pyodide."""

_INSTEAD_OF_SOCKETS = "duplex_pair() is a connection within the program"
_INSTEAD_OF_PROCESSES = "a Transform does what a program between two pipes would"


class Secluded:
    """What is mixed into a loop that asks nothing of the system."""


def is_secluded() -> bool:
    """Whether the running loop can wait for nothing of the system's."""
    return IN_BROWSER or isinstance(asyncio._get_running_loop(), Secluded)


def expect_sockets(call: str) -> None:
    """Look whether there are sockets.

    Args:
        call: what needs one, by its public name.

    Raises:
        FeatureUnavailableOnPlatformError: there are none.
    """
    if is_secluded():
        raise _unavailable(call, "sockets", _INSTEAD_OF_SOCKETS)


def expect_processes(call: str) -> None:
    """Look whether there are other processes. As `expect_sockets`."""
    if is_secluded():
        raise _unavailable(call, "processes", _INSTEAD_OF_PROCESSES)


def _unavailable(call: str, what: str, instead: str) -> FeatureUnavailableOnPlatformError:
    where = "in a browser" if IN_BROWSER else "on a loop that asks nothing of the system"
    return FeatureUnavailableOnPlatformError(call, f"there are no {what} {where}; {instead}")


# -- what asyncio itself asks a loop for ----------------------------------------------------------

_OF_SOCKETS = (
    *("create_connection", "create_server", "create_datagram_endpoint", "sendfile", "start_tls"),
    *("create_unix_connection", "create_unix_server", "connect_accepted_socket"),
    *("connect_read_pipe", "connect_write_pipe", "add_reader", "add_writer"),
    *("sock_recv", "sock_recv_into", "sock_recvfrom", "sock_sendall", "sock_sendto"),
    *("sock_connect", "sock_accept", "sock_sendfile"),
)
_OF_PROCESSES = ("subprocess_exec", "subprocess_shell")


def _refusing(name: str, what: str, instead: str) -> Callable[..., Any]:
    def refuse(*_: object, **__: object) -> Any:
        raise _unavailable(f"asyncio's {name}", what, instead)

    refuse.__name__ = name
    return refuse


for _name in _OF_SOCKETS:
    setattr(Secluded, _name, _refusing(_name, "sockets", _INSTEAD_OF_SOCKETS))
for _name in _OF_PROCESSES:
    setattr(Secluded, _name, _refusing(_name, "processes", _INSTEAD_OF_PROCESSES))
