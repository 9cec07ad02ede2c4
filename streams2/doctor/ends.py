"""The other end of a pair, a socket, a message or a child, where that is in the same program.

What waits for such a peer waits for the program itself: for whoever should write at the other end,
or read there. A descriptor of such a one wakes nobody while nothing has come by it.
"""

from __future__ import annotations

import selectors
import socket

from ..io.sockets import Listener, open_sockets
from .answers import Thing
from .outside import HTTP, is_half_of_a_pair, room_of, waits_at

__all__ = ["Ends", "is_unanswered"]

_MAPPED = "::ffff:"


class Ends:
    """Who is at the other end of what.

    Args:
        streams: all there are.
        children: the child processes.

    Attributes:
        idle_servers: servers that have clients in this program, and whom nobody calls now.
    """

    def __init__(self, streams: list[Thing], children: list[Thing]) -> None:
        self._streams, self._children = streams, children
        socks = [(one, _sock_of(one)) for one in streams]
        named = [(one, _names_of(sock)) for one, sock in socks if sock is not None]
        by_names: dict[object, list[Thing]] = {}
        for one, names in named:
            by_names.setdefault(names, []).append(one)
        self.idle_servers: list[Thing] = []
        self._twins: dict[int, Thing] = {}
        self._served: set[object] = set()
        for one, (own, its) in named:
            others = by_names.get((its, own), [])
            # Unix sockets of one path are not told apart.
            if own != its and len(others) == len(by_names[own, its]) == 1:
                self._twins[id(one)] = others[0]
                self._served.add(own)
        self._fds = {sock.fileno() for one, sock in socks if sock and id(one) in self._twins}
        self._listeners = {
            one.fd: _names_of(one.sock)[0] for one in open_sockets() if isinstance(one, Listener)
        }

    # -- who writes, and who reads ----------------------------------------------------------------

    def writer_of(self, face: Thing) -> Thing:
        """What has to be written to, or ended, for something to come out of `face`; or None."""
        return self._far(face, "_writable_state", "writable_finished")

    def reader_of(self, face: Thing) -> Thing:
        """What has to be read for `face` to take more; or None."""
        return self._far(face, "_readable_state", "readable_ended")

    def _far(self, face: Thing, side: str, over: str) -> Thing:
        if is_half_of_a_pair(face):
            return _other_half(face)
        twin = self._twins.get(id(_socket_of(face)))
        if twin is None:
            return None
        return self._message_on(twin, side, over)

    def _message_on(self, twin: Thing, side: str, over: str) -> Thing:
        """The message that is under way on a socket; or else the socket."""
        messages = (
            one
            for one in self._streams
            if hasattr(one, side) and room_of(one) in HTTP and _socket_of(one) is twin
            # A request that was sent may still have its socket.
            if not getattr(one, over) and not one.destroyed
        )
        return next(messages, twin)

    def ahead_of(self, face: Thing) -> list[Thing]:
        """The messages that have all connections of the agent for which a request waits."""
        agent = getattr(face, "agent", None)
        if agent is None or room_of(face) not in HTTP or face.socket is not None:
            return []
        taken = [socket for sockets in agent.sockets.values() for socket in sockets]
        return [
            one
            for one in self._streams
            if room_of(one) in HTTP
            and any(_socket_of(one) is socket for socket in taken)
            and not one.destroyed
            and (is_unanswered(one) or not getattr(one, "readable_ended", True))
        ]

    def connections_of(self, server: Thing) -> list[Thing]:
        """What a server still has, though it listens no more: sockets, or what is sent there."""
        sockets = [one for one in self._streams if room_of(one) in ("net", "tls")]
        owners = [getattr(one._life.own.on_over, "__self__", None) for one in sockets]
        mine = [
            one
            for one, desk in zip(sockets, owners)
            if desk is not None and desk.server is server and desk.listening is None
            if not one.destroyed
        ]
        return [self._message_on(one, "_writable_state", "writable_finished") for one in mine]

    # -- children ---------------------------------------------------------------------------------

    def awaited_by_child(self, thing: Thing) -> tuple[Thing, str]:
        """What a child waits for, which or whose stream is `thing`.

        Returns:
            Our stream, and ``"writable"`` if it is to be written to, ``"readable"`` if read; or
            None, and no word.
        """
        for child in self._children:
            streams = [one for one in getattr(child, "stdio", ()) if one is not None]
            if thing is child or any(one is thing for one in streams):
                return self._of_child(child)
        return None, ""

    @staticmethod
    def _of_child(child: Thing) -> tuple[Thing, str]:
        found = waits_at(child.pid)
        if found is None or found[1] >= len(child.stdio):
            return None, ""
        how, stream = found[0], child.stdio[found[1]]
        if how == "read" and getattr(stream, "writable", False):
            return stream, "writable"
        if how == "write" and hasattr(stream, "_readable_state"):
            return stream, "readable"
        return None, ""

    # -- what wakes nobody ------------------------------------------------------------------------

    def is_silent(self, key: selectors.SelectorKey, owner: Thing) -> bool:
        """Whether a descriptor tells of nothing, and only this program could change that.

        Args:
            key: what a loop watches.
            owner: whose method it calls.
        """
        if key.fd in self._fds:
            return not _is_ready(key)
        if self._serves_us(key.fd):
            if _is_ready(key):
                return False
            self.idle_servers.append(owner)
            return True
        for child in self._children:
            if _is_of(child, owner) and self._of_child(child)[0] is not None:
                return not _is_ready(key)
        return False

    def _serves_us(self, fd: int) -> bool:
        name = self._listeners.get(fd)
        if name is None:
            return False
        if isinstance(name, tuple):
            ports = {own[1] for own in self._served if isinstance(own, tuple)}
            return name[1] in ports
        return name in self._served


def is_unanswered(face: Thing) -> bool:
    """Whether `face` is a request of a client that was sent, and whose response has not begun."""
    return (
        room_of(face) in HTTP
        and hasattr(face, "res")
        and face.res is None
        and bool(face.writable_finished)
        and not face.destroyed
    )


def _socket_of(face: Thing) -> Thing:
    """The socket of a message; or else the thing itself."""
    return getattr(face, "socket", None) if room_of(face) in HTTP else face


def _sock_of(face: Thing) -> socket.socket | None:
    if room_of(face) not in ("net", "tls"):
        return None
    sock = getattr(getattr(face._life.own, "connection", None), "sock", None)
    return sock if isinstance(sock, socket.socket) and sock.fileno() >= 0 else None


def _names_of(sock: socket.socket) -> tuple[object, object]:
    """What a socket is called, and its peer; the same twice where it has none."""
    try:
        return _name(sock.getsockname()), _name(sock.getpeername())
    except OSError:
        own = _name(sock.getsockname()) if sock.fileno() >= 0 else ""
        return own, own


def _name(address: object) -> object:
    if not isinstance(address, tuple):
        return address
    host, port = str(address[0]), address[1]
    return host[len(_MAPPED) :] if host.startswith(_MAPPED) else host, port


def _other_half(face: Thing) -> Thing:
    read = getattr(face._read, "__func__", face._read)
    for cell in getattr(read, "__closure__", None) or ():
        other = getattr(cell.cell_contents, "other", None)
        if other is not None:
            return other.stream
    return None


def _is_of(child: Thing, owner: Thing) -> bool:
    """Whether what a loop calls is about a child: its end, or what it reads and writes."""
    if getattr(getattr(owner, "process", None), "pid", None) == child.pid:
        return True
    handles = [one._life.own.handle for one in child.stdio if one is not None]
    return any(one is known for one in handles for known in getattr(owner, "__dict__", {}).values())


def _is_ready(key: selectors.SelectorKey) -> bool:
    with selectors.DefaultSelector() as once:
        once.register(key.fd, key.events)
        return bool(once.select(0))
