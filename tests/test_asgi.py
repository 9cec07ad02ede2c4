"""ASGI bodies: alone, with messages made by hand; and under a real server, with a slow client."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Any

import pytest

from streams2 import Readable, Transform, asgi, finished, pipeline, promises, run

from .test_net_loads import loops

uvicorn = pytest.importorskip("uvicorn")

KIB = 1024


def request(*chunks: bytes, cut: bool = False) -> list[dict[str, Any]]:
    """The messages of a request; `cut`: the client goes away before the last of them."""
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": chunk, "more_body": cut or index < len(chunks) - 1}
        for index, chunk in enumerate(chunks)
    ]
    return [*messages, {"type": "http.disconnect"}]


class Server:
    """The two functions that an application is called with.

    Attributes:
        received: how many messages were received so far.
        sent: what was sent.
        slow: whether `send` waits until it is `let_go`.
    """

    def __init__(self, messages: list[dict[str, Any]], *, slow: bool = False) -> None:
        self.messages, self.received, self.sent = messages, 0, []
        self.gate = asyncio.Event()
        self.slow = slow
        self.broken = False

    async def receive(self) -> dict[str, Any]:
        message = self.messages[self.received]
        if message["type"] == "http.disconnect":
            await self.gate.wait()
        self.received += 1
        return message

    async def send(self, message: dict[str, Any]) -> None:
        if self.broken:
            raise OSError
        self.sent.append(message)
        if self.slow:
            await self.gate.wait()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


def events_of(stream: Any, *names: str) -> list[Any]:
    """What the stream emits from now on: names, or errors by their codes."""
    told: list[Any] = []
    for name in names:
        stream.on(name, lambda name=name: told.append(name))
    stream.on("error", lambda error: told.append(error.code))
    return told


async def turns(count: int = 50) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


# -- the body -------------------------------------------------------------------------------------


def test_a_body_is_a_stream_of_bytes() -> None:
    async def main() -> None:
        server = Server(request(b"one ", b"", b"two ", b"three"))
        assert [chunk async for chunk in asgi.body(server.receive)] == [b"one ", b"two ", b"three"]
        assert server.received == 4

    run(main)


def test_a_message_needs_neither_a_body_nor_a_word_on_more() -> None:
    async def main() -> None:
        server = Server([{"type": "http.request"}])
        assert [chunk async for chunk in asgi.body(server.receive)] == []

    run(main)


def test_nothing_is_received_before_it_is_asked_for_and_no_more_than_the_mark() -> None:
    async def main() -> None:
        server = Server(request(*[b"x" * 10] * 100))
        stream = asgi.body(server.receive, high_water_mark=30)
        await turns()
        assert server.received == 0
        assert stream.read() is None
        await turns()
        assert server.received == 3
        assert len(stream.read() or b"") == 10
        await turns()
        assert server.received == 4
        stream.destroy()

    run(main)


def test_a_client_that_goes_away_in_the_middle_is_an_error_once() -> None:
    async def main() -> list[Any]:
        server = Server(request(b"half", cut=True))
        stream = asgi.body(server.receive)
        told = events_of(stream, "end", "close")
        stream.on("data", lambda chunk: told.append(chunk))
        server.gate.set()
        await turns()
        assert isinstance(stream.errored, ConnectionResetError)
        assert str(stream.errored) == "aborted"
        return told

    assert run(main) == [b"half", "ECONNRESET", "close"]


def test_a_body_that_is_destroyed_stops_to_receive() -> None:
    async def main() -> list[Any]:
        server = Server(request(b"half", cut=True))
        stream = asgi.body(server.receive)
        told = events_of(stream, "close")
        stream.resume()
        await turns()
        stream.destroy()
        await turns()
        assert len(asyncio.all_tasks()) == 1
        return told

    assert run(main) == ["close"]


def test_what_receive_raises_is_the_streams_error() -> None:
    async def broken() -> dict[str, Any]:
        raise KeyError("type")

    async def main() -> None:
        with pytest.raises(KeyError):
            await promises.finished(asgi.body(broken).resume())

    run(main)


# -- the response ---------------------------------------------------------------------------------


def test_the_head_goes_with_the_first_chunk() -> None:
    async def main() -> None:
        server = Server(request(b""))
        response = asgi.respond(server.send, 201, {"Content-Type": "text/plain", b"X": b"\xff"})
        await turns()
        assert server.sent == []
        response.write("über")
        response.end(memoryview(b"!"))
        await promises.finished(response)
        assert server.sent == [
            {
                "type": "http.response.start",
                "status": 201,
                "headers": [(b"content-type", b"text/plain"), (b"x", b"\xff")],
            },
            {"type": "http.response.body", "body": "über".encode(), "more_body": True},
            {"type": "http.response.body", "body": b"!", "more_body": True},
            {"type": "http.response.body", "body": b"", "more_body": False},
        ]

    run(main)


def test_a_response_without_a_body_has_a_head_and_an_end() -> None:
    async def main() -> None:
        server = Server(request(b""))
        asgi.respond(server.send, headers=[("a", "1"), ("a", "2")]).end()
        await turns()
        assert [message["type"] for message in server.sent] == [
            "http.response.start",
            "http.response.body",
        ]
        assert server.sent[0]["headers"] == [(b"a", b"1"), (b"a", b"2")]

    run(main)


def test_a_chunk_is_written_when_send_returns() -> None:
    async def main() -> None:
        server = Server(request(b""), slow=True)
        response = asgi.respond(server.send, high_water_mark=10)
        assert response.write(b"x" * 9)
        assert not response.write(b"y")
        await turns()
        assert response.writable_length == 10
        server.gate.set()
        await response.drained()
        assert server.body == b"x" * 9 + b"y"
        response.end()

    run(main)


def test_a_send_that_says_the_client_is_gone_is_an_error_once() -> None:
    async def main() -> list[Any]:
        server = Server(request(b""))
        server.broken = True
        response = asgi.respond(server.send)
        told = events_of(response, "finish", "close")
        response.write(b"x", callback=lambda error: told.append(("written", error.code)))
        response.end(callback=lambda error: told.append(("ended", error.code)))
        await turns()
        return told

    written, ended = ("written", "ECONNRESET"), ("ended", "ECONNRESET")
    assert run(main) == [written, ended, "ECONNRESET", "close"]


@pytest.mark.parametrize("read", ["all of it", "nothing", "destroyed"])
def test_a_client_that_goes_away_while_it_is_responded_to_is_heard_of(read: str) -> None:
    async def main() -> list[Any]:
        server = Server(request(b"a", b"b"))
        body = asgi.body(server.receive)
        told_of_body = events_of(body)
        if read == "all of it":
            await body.to_array()
        elif read == "destroyed":
            body.destroy()
        response = asgi.respond(server.send, request=body)
        told = events_of(response, "finish", "close")
        response.write(b"so far")
        await turns()
        assert told == []
        server.gate.set()
        await turns()
        assert told_of_body == []
        return told

    assert run(main) == ["ECONNRESET", "close"]


def test_a_client_that_goes_away_early_fails_both_and_a_pipeline_once() -> None:
    async def main() -> list[Any]:
        server = Server(request(b"half", cut=True))
        body = asgi.body(server.receive)
        response = asgi.respond(server.send, request=body)
        told: list[Any] = []
        pipeline(body, response, callback=lambda error, *_: told.append(error.code))
        server.gate.set()
        await turns()
        assert body.destroyed
        assert response.destroyed
        return told

    assert run(main) == ["ECONNRESET"]


def test_it_is_not_listened_for_when_all_is_sent() -> None:
    async def main() -> None:
        server = Server(request(b"a"))
        body = asgi.body(server.receive)
        await promises.pipeline(body, asgi.respond(server.send, request=body))
        assert server.body == b"a"
        await turns()
        assert len(asyncio.all_tasks()) == 1

    run(main)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda server: asgi.body(5), "ERR_INVALID_ARG_TYPE"),
        (lambda server: asgi.respond(None), "ERR_INVALID_ARG_TYPE"),
        (lambda server: asgi.respond(server.send, "200"), "ERR_INVALID_ARG_TYPE"),
        (lambda server: asgi.respond(server.send, True), "ERR_INVALID_ARG_TYPE"),
        (lambda server: asgi.respond(server.send, 99), "ERR_OUT_OF_RANGE"),
        (lambda server: asgi.respond(server.send, 1000), "ERR_OUT_OF_RANGE"),
        (lambda server: asgi.respond(server.send, headers=5), "ERR_INVALID_ARG_TYPE"),
        (lambda server: asgi.respond(server.send, headers={"a": 5}), "ERR_INVALID_ARG_TYPE"),
        (lambda server: asgi.respond(server.send, headers={"a": "€"}), "ERR_INVALID_ARG_TYPE"),
        (lambda server: asgi.respond(server.send, headers=["abc"]), "ERR_INVALID_ARG_TYPE"),
        (lambda server: asgi.respond(server.send, request=Readable()), "ERR_INVALID_ARG_TYPE"),
        (lambda server: asgi.respond(server.send, request=5), "ERR_INVALID_ARG_TYPE"),
    ],
)
def test_bad_arguments_raise_at_the_call(make: Any, code: str) -> None:
    async def main() -> None:
        with pytest.raises((TypeError, ValueError)) as raised:
            make(Server([]))
        assert raised.value.code == code  # type: ignore[attr-defined]

    asyncio.run(main())


# -- under a real server --------------------------------------------------------------------------


def servers() -> list[Any]:
    """Loops, and what uvicorn reads requests with there: h11, or httptools where that is there."""
    found = [pytest.param(*one.values, "h11", id=f"{one.id}-h11") for one in loops()]
    if find_spec("httptools"):
        last = loops()[1:]
        found[1:2] = [
            pytest.param(*one.values, "httptools", id=f"{one.id}-httptools") for one in last
        ]
    return found


under_every_server = pytest.mark.parametrize(("run_it", "http"), servers())


@asynccontextmanager
async def served(app: Any, http: str = "h11") -> AsyncIterator[tuple[str, int]]:
    """The address at which uvicorn serves `app`. Its sockets have small buffers."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * KIB)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * KIB)
    config = uvicorn.Config(app, http=http, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    # Signals are for the tests.
    server.install_signal_handlers = lambda: None
    task = asyncio.ensure_future(server._serve([listener]))
    try:
        while not server.started:
            await asyncio.sleep(0)
        yield listener.getsockname()
    finally:
        server.should_exit = True
        await task
        listener.close()


async def connected(address: tuple[str, int]) -> socket.socket:
    client = socket.socket()
    client.setblocking(False)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * KIB)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * KIB)
    await asyncio.get_running_loop().sock_connect(client, address)
    return client


#: What may be on the way: in four buffers of sockets, which Linux makes twice as large as asked
#: for; in two marks of the server's, and two of a stream's.
ON_THE_WAY = 1024 * KIB
CHUNK = 16 * KIB


@pytest.mark.host
@under_every_server
def test_a_client_that_does_not_read_stops_the_source(run_it: Any, http: str) -> None:
    produced = 0

    def produce() -> Any:
        nonlocal produced
        for _ in range(1024):
            produced += CHUNK
            yield bytes(CHUNK)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        request = asgi.body(receive)
        response = asgi.respond(send, request=request)
        await promises.pipeline(Readable.from_(produce(), object_mode=False), response)

    async def main() -> int:
        loop = asyncio.get_running_loop()
        async with served(app, http) as address:
            with await connected(address) as client:
                await loop.sock_sendall(client, b"GET / HTTP/1.0\r\n\r\n")
                received = 0
                while data := await loop.sock_recv(client, CHUNK):
                    received += len(data)
                    await turns(10)
                    assert produced <= received + ON_THE_WAY
        return received

    assert run_it(main) > 1024 * CHUNK == produced


@pytest.mark.host
@under_every_server
@pytest.mark.parametrize("goes", [False, True])
def test_a_client_is_served_slowly_or_goes_away(run_it: Any, http: str, goes: bool) -> None:
    """Who gets all of it has not gone away, though its connection closes then."""
    told: list[Any] = []
    sources: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        request = asgi.body(receive)
        response = asgi.respond(send, request=request)
        chunks = (bytes(CHUNK) for _ in range(512))
        sources.append(Readable.from_(chunks, object_mode=False))
        try:
            await promises.pipeline(sources[0], response)
            told.append("all")
        except Exception as error:
            told.append(getattr(error, "code", error))
        told.append(sources[0].destroyed)

    async def main() -> int:
        loop = asyncio.get_running_loop()
        received = 0
        async with served(app, http) as address:
            with await connected(address) as client:
                await loop.sock_sendall(
                    client, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                )
                while not goes or received < 3 * CHUNK:
                    await turns(20)
                    data = await loop.sock_recv(client, CHUNK)
                    if not data:
                        break
                    received += len(data)
            while len(told) < 2:
                await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1
        return received

    received = run_it(main)
    assert told == ["ECONNRESET" if goes else "all", True]
    assert goes or received > 512 * CHUNK


@pytest.mark.host
@under_every_server
def test_an_application_that_does_not_read_stops_the_client(run_it: Any, http: str) -> None:
    size = 1024 * CHUNK

    async def main() -> tuple[int, bytes]:
        loop = asyncio.get_running_loop()
        may_read = asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            request = asgi.body(receive)
            response = asgi.respond(send, request=request)
            await may_read.wait()
            digest = hashlib.sha256()
            async for chunk in request:
                digest.update(chunk)
            response.end(digest.hexdigest())
            await promises.finished(response)

        async with served(app, http) as address:
            with await connected(address) as client:
                head = f"POST / HTTP/1.0\r\nContent-Length: {size}\r\n\r\n"
                await loop.sock_sendall(client, head.encode())
                sent = stalled = 0
                while stalled < 20:
                    try:
                        sent += client.send(bytes(CHUNK))
                        stalled = 0
                    except BlockingIOError:
                        stalled += 1
                    await turns(10)
                may_read.set()
                await loop.sock_sendall(client, bytes(size - sent))
                answer = b""
                while data := await loop.sock_recv(client, CHUNK):
                    answer += data
        return sent, answer

    sent, answer = run_it(main)
    assert sent <= ON_THE_WAY < size
    assert hashlib.sha256(bytes(size)).hexdigest().encode() in answer


@pytest.mark.host
@under_every_server
def test_a_real_client_that_goes_away_is_told_once_to_each(run_it: Any, http: str) -> None:
    told: list[Any] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        over = asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            request = asgi.body(receive)
            response = asgi.respond(send, request=request)
            finished(response, lambda error: (told.append(("response", error.code)), over.set()))
            request.on("error", lambda error: told.append(("request", error.code)))
            request.resume()
            response.write(b"so far")
            await over.wait()

        async with served(app, http) as address:
            for head in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"POST / HTTP/1.0\r\n"):
                with await connected(address) as client:
                    length = b"Content-Length: 5\r\n\r\nab" if head.startswith(b"POST") else b""
                    await loop.sock_sendall(client, head + length)
                    await loop.sock_recv(client, CHUNK)
                await over.wait()
                over.clear()

    run_it(main)
    assert told == [
        ("response", "ECONNRESET"),
        ("request", "ECONNRESET"),
        ("response", "ECONNRESET"),
    ]


@pytest.mark.host
@under_every_server
def test_an_echo_by_a_pipeline_with_a_transform(run_it: Any, http: str) -> None:
    class Upper(Transform[bytes, bytes]):
        def _transform(self, chunk: bytes, encoding: Any, callback: Any) -> None:
            callback(None, chunk.upper())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        request = asgi.body(receive)
        await promises.pipeline(request, Upper(), asgi.respond(send, request=request))

    async def main() -> bytes:
        loop = asyncio.get_running_loop()
        answer = b""
        async with served(app, http) as address:
            with await connected(address) as client:
                await loop.sock_sendall(
                    client, b"POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello"
                )
                while data := await loop.sock_recv(client, CHUNK):
                    answer += data
        return answer

    # With httptools, uvicorn sends chunks also to who has only heard of HTTP/1.0.
    assert run_it(main).endswith((b"\r\n\r\nHELLO", b"\r\n\r\n5\r\nHELLO\r\n0\r\n\r\n"))
