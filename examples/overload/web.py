"""HTTP over TCP, as far as the five servers need it: one request, one answer, good-bye.

h11 does the talking, so that what the servers differ in is their flow control alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from http import HTTPStatus

import h11

from .authentication import Authentication
from .gauge import Gauge

AT_ONCE = 65536


class Conversation:
    """The request of one connection, and its answer, in bytes. It knows no sockets."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.SERVER)
        self._name = b""
        self._body = bytearray()

    def receive(self, data: bytes) -> bytes | None:
        """Take what has come. The name of who asks, once the whole request is there.

        Raises:
            ConnectionError: the other side has left, or talks nonsense.
        """
        try:
            self._http.receive_data(data)
            while True:
                event = self._http.next_event()
                if event is h11.NEED_DATA:
                    return None
                if isinstance(event, h11.Request):
                    self._name = dict(event.headers)[b"authorization"]
                elif isinstance(event, h11.Data):
                    self._body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    return self._name
                else:
                    raise ConnectionResetError("the client has left")
        except (h11.RemoteProtocolError, KeyError) as error:
            raise ConnectionAbortedError("this is no request") from error

    def answer(self, status: HTTPStatus) -> bytes:
        """The bytes of an answer."""
        text = f"{status.phrase}\n".encode()
        headers = [("content-length", str(len(text))), ("connection", "close")]
        events = (
            h11.Response(status_code=status, headers=headers, reason=status.phrase.encode()),
            h11.Data(data=text),
            h11.EndOfMessage(),
        )
        return b"".join(self._http.send(event) or b"" for event in events)


class Connection:
    """A connection that a server has accepted: it counts until it is closed."""

    def __init__(self, connected: socket.socket, gauge: Gauge) -> None:
        connected.setblocking(False)
        self._socket = connected
        self._gauge = gauge
        self._conversation = Conversation()
        gauge.entered()

    async def request(self) -> bytes:
        """Wait for the whole request; the name of who asks."""
        loop = asyncio.get_running_loop()
        while True:
            name = self._conversation.receive(await loop.sock_recv(self._socket, AT_ONCE))
            if name is not None:
                return name

    async def answer(self, status: HTTPStatus) -> None:
        """Answer the request."""
        answer = self._conversation.answer(status)
        await asyncio.get_running_loop().sock_sendall(self._socket, answer)

    def close(self) -> None:
        """Part. It counts no more."""
        self._gauge.left()
        self._socket.close()


async def accept(listener: socket.socket, gauge: Gauge) -> Connection:
    """Wait for the next connection. Until this is called, it waits in the backlog of `listener`."""
    connected, _ = await asyncio.get_running_loop().sock_accept(listener)
    return Connection(connected, gauge)


async def serve(connection: Connection, authentication: Authentication) -> None:
    """Read a request, ask whether it is allowed, answer, and part."""
    with contextlib.closing(connection), contextlib.suppress(ConnectionError):
        name = await connection.request()
        allowed = await authentication.allows(name)
        await connection.answer(HTTPStatus.OK if allowed else HTTPStatus.FORBIDDEN)


async def refuse(connection: Connection) -> None:
    """Read a request, answer that there is no room, and part."""
    with contextlib.closing(connection), contextlib.suppress(ConnectionError):
        await connection.request()
        await connection.answer(HTTPStatus.SERVICE_UNAVAILABLE)


def serve_blocking(connected: socket.socket, authentication: Authentication, gauge: Gauge) -> None:
    """`serve`, for a thread."""
    conversation = Conversation()
    gauge.entered()
    with connected, contextlib.suppress(ConnectionError):
        while (name := conversation.receive(connected.recv(AT_ONCE))) is None:
            pass
        allowed = authentication.allows_blocking(name)
        connected.sendall(conversation.answer(HTTPStatus.OK if allowed else HTTPStatus.FORBIDDEN))
    gauge.left()
