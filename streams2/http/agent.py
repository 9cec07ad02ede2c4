"""Agent: keeps the connections of clients, to use them again."""

from __future__ import annotations

import math
from collections import deque
from typing import Any, Callable, Optional

from .. import net
from ..errors import (
    InvalidArgTypeError,
    InvalidArgValueError,
    OutOfRangeError,
    is_number,
)
from ..events.emitter import EventEmitter
from ..events.naming import by_name
from ..loop.belongings import shared_by_loop
from ..loop.secluded import expect_sockets
from ..loop.ticks import next_tick

__all__ = ["Agent", "global_agent"]

Where = dict[str, Any]
"""Where to connect to, and how: what `create_connection` is given."""
Ready = Callable[[net.Socket, bool], object]
Waiting = Callable[[Optional[net.Socket], bool], object]


class Agent(EventEmitter):
    """Connections to hosts, some in use and some free.

    Args:
        keep_alive: keep a connection for the next request (default False; the global agent does).
        keep_alive_msecs: the delay of TCP's own keep-alive probes (default 1000).
        max_sockets: how many connections to one host there may be (default: any number). More
            requests wait.
        max_total_sockets: how many there may be to all hosts (default: any number).
        scheduling: which of those that are free is used first: ``"lifo"``, the last to have become
            free (default), or ``"fifo"``.
        max_free_sockets: how many of one host may wait (default 256).
        timeout: milliseconds of silence until a connection times out (default: none). A free one
            is closed then.
        no_delay: send small chunks at once (default True).

    Attributes:
        protocol, default_port: of what it asks for: ``"http:"`` and 80.
        options: what each of its connections is made with.
        sockets, free_sockets, requests: those in use, those that are free, and who waits, by
            `get_name`.

    Node: http.Agent
    """

    protocol = "http:"
    default_port = 80

    keep_alive: bool
    keep_alive_msecs: float
    max_sockets: float
    max_free_sockets: float
    free_sockets: dict[str, list[net.Socket]]

    @by_name
    def __init__(
        self,
        *,
        keep_alive: bool = False,
        keep_alive_msecs: float = 1000,
        max_sockets: float = math.inf,
        max_total_sockets: float = math.inf,
        scheduling: str = "lifo",
        max_free_sockets: int = 256,
        timeout: float | None = None,
        no_delay: bool = True,
    ) -> None:
        super().__init__()
        self.keep_alive = keep_alive
        self.keep_alive_msecs = keep_alive_msecs
        self.max_sockets = max_sockets
        if not is_number(max_total_sockets):
            raise InvalidArgTypeError.given("max_total_sockets", "a number", max_total_sockets)
        if not max_total_sockets >= 1:
            raise OutOfRangeError.given("max_total_sockets", ">= 1", max_total_sockets)
        self.max_total_sockets = max_total_sockets
        if scheduling not in ("fifo", "lifo"):
            raise InvalidArgValueError.given("scheduling", "'fifo' or 'lifo'", scheduling)
        self.scheduling = scheduling
        self.max_free_sockets = max_free_sockets
        self.timeout = timeout
        self.options: Where = {"no_delay": no_delay}
        self.sockets: dict[str, list[net.Socket]] = {}
        self.free_sockets = {}
        self.requests: dict[str, deque[Waiting]] = {}

    def get_name(self, options: Where) -> str:
        """Connections that may serve the same requests have the same name.

        Node: http.Agent.getName
        """
        parts = [options.get("host") or "localhost", options.get("port") or ""]
        parts.append(options.get("local_address") or "")
        parts += [part for part in (options.get("family"), options.get("path")) if part]
        return ":".join(map(str, parts))

    def where(self, options: Where, host: str) -> Where:
        """Where to connect to for a request.

        Args:
            options: what the request says of it; the agent's own options go before.
            host: whom the request names in its ``Host`` header.
        """
        return {**options, **self.options}

    def create_connection(self, options: Where) -> net.Socket:
        """A new socket on its way. Yours to replace. Node: http.Agent.createConnection"""
        expect_sockets("http.request")
        return net.connect(**options)

    def get(self, options: Where, ready: Ready) -> None:
        """Have `ready` called with a socket, and whether it was used before."""
        name = self.get_name(options)
        free = self.free_sockets.get(name, [])
        while free:
            socket = free.pop(0 if self.scheduling == "fifo" else -1)
            if not socket.destroyed and socket.writable:
                self._forget_empty(name)
                socket.ref()
                self.sockets.setdefault(name, []).append(socket)
                next_tick(ready, socket, True)
                return
        self._forget_empty(name)
        if self._has_room(name):
            next_tick(ready, self._connect(name, options), False)
        else:
            self.requests.setdefault(name, deque()).append(
                lambda socket, used: ready(socket, used) if socket else self.get(options, ready)
            )

    @property
    def total_socket_count(self) -> int:
        """How many connections there are. Node: http.Agent.totalSocketCount"""
        every = (*self.sockets.values(), *self.free_sockets.values())
        return sum(map(len, every))

    def _has_room(self, name: str) -> bool:
        few = len(self.sockets.get(name, [])) < self.max_sockets
        return few and self.total_socket_count < self.max_total_sockets

    def _connect(self, name: str, options: Where) -> net.Socket:
        socket = self.create_connection(options)
        if self.keep_alive:
            socket.set_keep_alive(True, self.keep_alive_msecs)
        # Whoever uses it listens, too; a free one just goes.
        socket.on("error", lambda _: None)
        self.sockets.setdefault(name, []).append(socket)
        socket.on("close", lambda _: self._lose(name, socket))
        return socket

    def free(self, options: Where, socket: net.Socket, msecs: float | None) -> None:
        """A request is done with `socket`: somebody else may have it, or it waits.

        Args:
            options: what it was made with.
            socket: the connection.
            msecs: how long the server keeps it, if it has said so.
        """
        name = self.get_name(options)
        waiting = self.requests.get(name)
        if socket.destroyed or not socket.writable:
            return
        if waiting:
            ready = waiting.popleft()
            self._forget_empty(name)
            ready(socket, False)
            self.emit("free", socket, options)
            return
        kept = self.free_sockets.get(name, [])
        if not self.keep_alive or len(kept) >= self.max_free_sockets or msecs == 0:
            socket.destroy()
            self.emit("free", socket, options)
            return
        self._leave(self.sockets, name, socket)
        self.free_sockets.setdefault(name, []).append(socket)
        socket.set_timeout(min(msecs or math.inf, self.timeout or math.inf, 2**31 - 1))
        socket.once("timeout", lambda: self._close_if_free(name, socket))
        # Nobody waits for what may never come.
        socket.unref()
        self.emit("free", socket, options)

    def _close_if_free(self, name: str, socket: net.Socket) -> None:
        if socket in self.free_sockets.get(name, []):
            socket.destroy()

    def _lose(self, name: str, socket: net.Socket) -> None:
        self._leave(self.sockets, name, socket)
        self._leave(self.free_sockets, name, socket)
        # What waits for another host waits, too, if it is the total that is reached.
        for one in (name, *self.requests):
            waiting = self.requests.get(one)
            if waiting and self._has_room(one):
                ready = waiting.popleft()
                self._forget_empty(one)
                ready(None, False)
                return

    def _leave(self, sockets: dict[str, list[net.Socket]], name: str, socket: net.Socket) -> None:
        if socket in sockets.get(name, []):
            sockets[name].remove(socket)
        self._forget_empty(name)

    def _forget_empty(self, name: str) -> None:
        for kept in (self.sockets, self.free_sockets):
            if name in kept and not kept[name]:
                del kept[name]
        if name in self.requests and not self.requests[name]:
            del self.requests[name]

    def destroy(self) -> None:
        """Close all connections. Node: http.Agent.destroy"""
        for kept in (self.sockets, self.free_sockets):
            for sockets in list(kept.values()):
                for socket in list(sockets):
                    socket.destroy()


def global_agent() -> Agent:
    """The agent of all requests that name none. It keeps connections for five seconds.

    Returns:
        The same one for every call while a loop runs.

    Node: http.globalAgent
    """
    return shared_by_loop("http.global_agent", bool, lambda: Agent(keep_alive=True, timeout=5000))
