"""Bodies of an ASGI application as streams: what a client sends, and what it is sent.

    async def app(scope, receive, send):
        request = asgi.body(receive)
        response = asgi.respond(send, headers={"content-type": "text/plain"}, request=request)
        await promises.pipeline(request, upper, response)

>>> from streams2 import promises, run
>>> messages = [{"type": "http.request", "body": b"hello"}]
>>> async def receive():
...     return messages.pop(0)
>>> async def send(message):
...     print(message["type"], message.get("body", message.get("status")))
>>> run(lambda: promises.pipeline(body(receive), respond(send, 201)))
http.response.start 201
http.response.body b'hello'
http.response.body b''

A body is received as fast as it is read, and no faster: a server that holds back what nobody
receives stops its client. A chunk of the response counts as written when `send` returns, and a
server lets that wait for a slow client.

Not here: the scope, routes, and all else that a web framework is for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, Callable, Union

from .core.calling import Callback
from .core.chunks import flat_view
from .core.encodings import BytesLike
from .errors import HangUpError, InvalidArgTypeError, OutOfRangeError, expect_function, is_whole
from .events.naming import by_name
from .loop.coroutines import failure_of
from .loop.waking import spawn
from .streams.readable import Readable
from .streams.sinks import writable_to
from .streams.writable import Writable

__all__ = ["body", "respond"]

Receive = Callable[[], Awaitable[Mapping[str, object]]]
Send = Callable[[Any], Awaitable[None]]
Text = Union[str, bytes]
Headers = Union[Mapping[str, Text], Mapping[bytes, Text], Iterable[tuple[Text, Text]]]


@by_name
def body(receive: Receive, *, high_water_mark: int | None = None) -> Readable[bytes]:
    """The body of a request.

    Args:
        receive: what the server called the application with. Nobody else may receive from it.
        high_water_mark: how many bytes to receive ahead (default 64 KiB).

    Returns:
        A stream of bytes. A client that goes away before all was received is its ``'error'``: a
        `HangUpError`, whose `code` is ``"ECONNRESET"``.

    Raises:
        InvalidArgTypeError: `receive` cannot be called.

    Node: http.IncomingMessage, for what ASGI has instead
    """
    client = _Client(expect_function("receive", receive))
    stream: Readable[bytes] = Readable(
        high_water_mark=high_water_mark,
        read=lambda _stream, _size: client.read(),
        destroy=lambda _stream, error, callback: client.let_go(error, callback),
    )
    client.stream = stream
    stream._life.own = client
    return stream


@by_name
def respond(
    send: Send,
    status: int = 200,
    headers: Headers = (),
    *,
    request: Readable[bytes] | None = None,
    high_water_mark: int | None = None,
) -> Writable[BytesLike]:
    """The response to a request. Its head is sent with the first chunk, or with the end.

    Args:
        send: what the server called the application with.
        status: the status code (default 200).
        headers: names and values, as a mapping or as pairs (default none). Names are sent in lower
            case, as ASGI wants them.
        request: what `body` gave. With it, a client that goes away while it is responded to is
            heard of at once, also by a response that has nothing to write for the time being.
            What the client has sent is then received up to the mark of that stream.
        high_water_mark: how many bytes may wait to be sent before `write` answers False (default
            64 KiB).

    Returns:
        A stream to write the body to. A client that has gone away is its ``'error'``: a
        `HangUpError`, whose `code` is ``"ECONNRESET"``; if the server tells.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        OutOfRangeError: `status` is no number from 100 to 999.

    Node: http.ServerResponse, for what ASGI has instead
    """
    client: object = None
    if request is not None:
        client = request._life.own if isinstance(request, Readable) else None
        if not isinstance(client, _Client):
            raise InvalidArgTypeError.given("request", "what asgi.body() gave", request)
    if not is_whole(status):
        raise InvalidArgTypeError.given("status", "a whole number", status)
    if not 100 <= status <= 999:
        raise OutOfRangeError.given("status", ">= 100 and <= 999", status)
    sink = _Response(expect_function("send", send), status, _encoded(headers))
    stream: Writable[BytesLike] = writable_to(Writable, sink, {"high_water_mark": high_water_mark})
    if isinstance(client, _Client):
        client.watch(lambda: stream.destroy(HangUpError("aborted")))
        sink.let_go = client.unwatch
    return stream


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI wants them."""
    pairs: Any = headers.items() if isinstance(headers, Mapping) else headers
    try:
        return [(_as_bytes(name).lower(), _as_bytes(value)) for name, value in pairs]
    except (TypeError, ValueError):
        wanted = "a mapping, or pairs, of text or bytes in latin-1"
        raise InvalidArgTypeError.given("headers", wanted, headers) from None


def _as_bytes(text: object) -> bytes:
    if isinstance(text, str):
        return text.encode("latin-1")
    if not isinstance(text, bytes):
        raise TypeError
    return text


class _Client:
    """Who sent a request, as the messages tell of him that the server has for the application.

    Attributes:
        stream: the body of the request.
    """

    stream: Readable[bytes]

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.all_received = self.gone = False
        self.on_gone: Callable[[], object] | None = None
        self.task: asyncio.Task[None] | None = None

    def is_receiving(self) -> bool:
        return self.task is not None and not self.task.done()

    # -- the body -------------------------------------------------------------------------------

    def read(self) -> None:
        """Receive until the stream has enough, unless that goes on already."""
        if not self.is_receiving() and not self.all_received:
            self.task = spawn(self.fill())

    async def fill(self) -> None:
        try:
            while await self.take_one():
                pass
        except asyncio.CancelledError:
            # By `let_go`, when the stream is destroyed; or by the end of the program.
            if not self.stream.destroyed:
                raise
        except Exception as error:
            self.stream.destroy(failure_of(error))
        if self.all_received:
            self.task = None
            self.listen()

    async def take_one(self) -> bool:
        """Receive one message; whether the next is welcome."""
        message = await self.receive()
        if message["type"] == "http.disconnect":
            self.lose()
            return False
        chunk, stream = message.get("body"), self.stream
        more = bool(message.get("more_body"))
        self.all_received = not more
        room = stream.push(chunk) if chunk else True
        if not more:
            stream.push(None)
        return room and more and not stream.destroyed

    def let_go(self, error: BaseException | None, callback: Callback) -> None:
        """The stream is destroyed: take no more for it, but hear whether the client goes away."""
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()
        self.task = None
        self.listen()
        callback(error)

    # -- a client that goes away ----------------------------------------------------------------

    def lose(self) -> None:
        """The client is gone."""
        self.gone = True
        if not self.all_received:
            self.stream.destroy(HangUpError("aborted"))
        on_gone, self.on_gone = self.on_gone, None
        if on_gone is not None:
            on_gone()

    def watch(self, on_gone: Callable[[], object]) -> None:
        """Have `on_gone` called when the client goes away."""
        self.on_gone = on_gone
        if self.gone:
            self.lose()
        elif self.all_received or self.stream.destroyed:
            self.listen()
        else:
            # What tells of it comes behind the body.
            self.stream.read(0)

    def unwatch(self) -> None:
        """Nobody wants to know any more."""
        self.on_gone = None
        if self.task is not None and (self.all_received or self.stream.destroyed):
            self.task.cancel()

    def listen(self) -> None:
        """Receive what comes behind the body, if somebody wants to know."""
        if self.on_gone is not None and not self.gone and not self.is_receiving():
            self.task = spawn(self.hear())

    async def hear(self) -> None:
        try:
            while not self.gone:
                message = await self.receive()
                if message["type"] == "http.disconnect":
                    self.lose()
        except asyncio.CancelledError:
            if self.on_gone is not None:
                raise


class _Response:
    """Sends what is written, one message after the other."""

    interrupt = True

    def __init__(self, send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.send = send
        self.head: dict[str, object] | None = {
            "type": "http.response.start",
            "status": status,
            "headers": headers,
        }
        self.let_go: Callable[[], None] = lambda: None

    async def write(self, chunks: list[BytesLike]) -> None:
        """Send all of `chunks`; a server returns from each when it has room for more."""
        for chunk in chunks:
            await self.tell(bytes(flat_view(chunk)), True)

    async def finish(self) -> None:
        """Say that this was all. A server may then say that the client is gone: it is served."""
        await self.tell(b"", False)
        self.let_go()

    async def tell(self, chunk: bytes, more: bool) -> None:
        head, self.head = self.head, None
        try:
            if head is not None:
                await self.send(head)
            await self.send({"type": "http.response.body", "body": chunk, "more_body": more})
        except OSError as error:
            raise HangUpError("aborted") from error

    async def close(self) -> None:
        """The stream is over: nobody need watch for it."""
        self.let_go()
