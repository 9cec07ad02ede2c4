"""HTTP against raw sockets: bad input, limits, back-pressure, and exchanges that are cut off."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import re
import warnings
from contextlib import asynccontextmanager
from typing import Any

import pytest

from streams2 import AbortController, Readable, finished, http, net, promises, run

pytestmark = pytest.mark.host

KIB = 1024


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@asynccontextmanager
async def listening(server: Any) -> Any:
    """The port at which `server` listens, until all of it is closed."""
    ready = asyncio.get_running_loop().create_future()
    server.listen(0, "127.0.0.1", callback=lambda: ready.set_result(None))
    await ready
    closed = asyncio.get_running_loop().create_future()
    try:
        yield server.address()["port"]
    finally:
        server.close(lambda error: closed.set_result(error))
        if hasattr(server, "close_all_connections"):
            server.close_all_connections()
        await closed


async def say(port: int, *parts: bytes, eof: bool = False) -> bytes:
    """All that a server answers to this."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await turns()
    if eof:
        writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def echo(req: Any, res: Any) -> None:
    req.pipe(res)


# -- what is no request ---------------------------------------------------------------------------

HOST = b"Host: x\r\n"
CHUNKED = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
#: As Node 26 says it of the same bytes.
BAD = {
    b"garbage\r\n\r\n": "HPE_INVALID_METHOD",
    b"get / HTTP/1.1\r\n" + HOST + b"\r\n": "HPE_INVALID_METHOD",
    b"GET / HTTP/3.7\r\n" + HOST + b"\r\n": "HPE_INVALID_VERSION",
    b"GET / HTPT/1.1\r\n" + HOST + b"\r\n": "HPE_INVALID_CONSTANT",
    b"GET /a\x01b HTTP/1.1\r\n" + HOST + b"\r\n": "HPE_INVALID_URL",
    b"GET a HTTP/1.1\r\n" + HOST + b"\r\n": "HPE_INVALID_URL",
    b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n": "HPE_INVALID_HEADER_TOKEN",
    b"GET / HTTP/1.1\r\nHost\r\n\r\n": "HPE_INVALID_HEADER_TOKEN",
    b"GET / HTTP/1.1\r\nHost: x\x01\r\n\r\n": "HPE_INVALID_HEADER_TOKEN",
    b"GET / HTTP/1.1\nHost: x\n\n": "HPE_INVALID_VERSION",
    b"GET / HTTP/1.1\r\nHost: x\n\r\n": "HPE_CR_EXPECTED",
    b"GET / HTTP/1.1\r\nHost: x\ry\r\n\r\n": "HPE_LF_EXPECTED",
    b"POST / HTTP/1.1\r\nContent-Length: abc\r\n\r\n": "HPE_INVALID_CONTENT_LENGTH",
    b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n": (
        "HPE_UNEXPECTED_CONTENT_LENGTH"
    ),
    b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n": (
        "HPE_INVALID_TRANSFER_ENCODING"
    ),
    b"GET / HTTP/1.1\r\nX: " + b"a" * 17000: "HPE_HEADER_OVERFLOW",
    CHUNKED + b"zz\r\n": "HPE_INVALID_CHUNK_SIZE",
}


@pytest.mark.parametrize("request_", BAD, ids=lambda given: repr(given[:40]))
def test_bad_input_is_told_once_and_answered(request_: bytes) -> None:
    async def main() -> None:
        told: list[str] = []
        async with listening(http.create_server(echo)) as port:
            answer = await say(port, request_)
        status = b"431 Request Header" if "OVERFLOW" in BAD[request_] else b"400 Bad Request"
        assert answer.startswith(b"HTTP/1.1 " + status)
        assert answer.endswith(b"Connection: close\r\n\r\n")
        server = http.create_server(echo)

        def on_client_error(error: Any, socket: Any) -> None:
            told.append(error.code)
            socket.destroy()

        server.on("clientError", on_client_error)
        async with listening(server) as port:
            assert await say(port, request_) == b""
        assert told == [BAD[request_]]

    run(main)


def test_a_request_without_a_host_is_refused() -> None:
    async def main() -> None:
        async with listening(http.create_server(echo)) as port:
            answer = await say(port, b"GET / HTTP/1.1\r\n\r\n")
        lines = answer.split(b"\r\n")
        assert lines[:2] == [b"HTTP/1.1 400 Bad Request", b"Connection: close"]
        assert lines[2].startswith(b"Date: ")
        assert lines[3:] == [b"Transfer-Encoding: chunked", b"", b"0", b"", b""]

    run(main)


@pytest.mark.parametrize("body", [b"", b"abc"])
def test_what_comes_with_an_upgrade_that_nobody_hears_is_dropped(body: bytes) -> None:
    upgrade = b"POST /1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: y\r\n"
    upgrade += b"Content-Length: %d\r\n\r\n" % len(body) + body
    asked: list[str] = []

    async def main() -> None:
        server = http.create_server(lambda req, res: res.end(asked.append(req.url)))
        server.on("clientError", lambda error, socket: asked.append(error.code))
        async with listening(server) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(upgrade + b"GET /2 HTTP/1.1\r\nHost: x\r\n\r\n\0\1")
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            await reader.read()
            writer.close()
            await writer.wait_closed()

    run(main)
    assert asked == ["/1", "/3"]


def test_a_request_that_is_late_and_heard_of_may_still_come() -> None:
    asked: list[str] = []

    async def main() -> None:
        server = http.create_server(
            lambda req, res: res.end(asked.append(req.url)), headers_timeout=20
        )
        late = asyncio.Event()
        server.on("clientError", lambda error, _: (asked.append(error.code), late.set()))
        async with listening(server) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /1 HTTP/1.1\r\n")
            await late.wait()
            writer.write(b"Host: x\r\nConnection: close\r\n\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
            writer.close()
            await writer.wait_closed()

    run(main)
    assert asked == ["ERR_HTTP_REQUEST_TIMEOUT", "/1"]


def test_what_is_cut_off_is_an_error_of_the_request_once() -> None:
    async def main() -> list[str]:
        told: list[str] = []

        def on(req: Any, res: Any) -> None:
            req.on("aborted", lambda: told.append("aborted"))
            req.on("error", lambda error: told.append(error.code))
            req.on("end", lambda: told.append("end"))
            req.resume()

        async with listening(http.create_server(on)) as port:
            head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"
            assert b"400 Bad Request" in await say(port, head, eof=True)
        return told

    assert run(main) == ["aborted", "ECONNRESET"]


def test_headers_without_end_are_given_up() -> None:
    async def main() -> None:
        server = http.create_server(echo, headers_timeout=50)
        async with listening(server) as port:
            answer = await say(port, b"GET / HTTP/1.1\r\nHost: x\r\n")
        assert answer == b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"

    run(main)


def test_a_request_may_come_byte_by_byte() -> None:
    async def main() -> None:
        async with listening(http.create_server(echo)) as port:
            whole = (
                b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"
            )
            answer = await say(port, *[bytes([byte]) for byte in whole])
        assert answer.endswith(b"1\r\nh\r\n1\r\ni\r\n0\r\n\r\n")

    run(main)


def test_a_body_of_another_length_than_said() -> None:
    async def main() -> list[str]:
        told: list[str] = []

        def on(req: Any, res: Any) -> None:
            req.resume()
            res.strict_content_length = True
            res.set_header("Content-Length", 3)
            for body in ("long", None):
                try:
                    res.write(body) if body else res.end("ab")
                except http.errors.ContentLengthMismatchError as error:
                    told.append(error.code)
            res.end("abc")

        async with listening(http.create_server(on)) as port:
            request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            assert (await say(port, request)).endswith(b"\r\n\r\nabc")
        return told

    assert run(main) == ["ERR_HTTP_CONTENT_LENGTH_MISMATCH"] * 2


# -- one after the other --------------------------------------------------------------------------


def test_pipelined_requests_are_read_one_by_one() -> None:
    async def main() -> None:
        waiting: list[Any] = []

        def on(req: Any, res: Any) -> None:
            req.resume()
            waiting.append((req, res))

        async with listening(http.create_server(on)) as port:
            one = b"GET /%d HTTP/1.1\r\nHost: x\r\n%s\r\n"
            many = b"".join(one % (n, b"Connection: close\r\n" * (n == 3)) for n in (1, 2, 3))
            answer = asyncio.ensure_future(say(port, many))
            answered = 0
            while answered < 3:
                while len(waiting) == answered:
                    await asyncio.sleep(0)
                await turns(50)
                assert len(waiting) == answered + 1
                req, res = waiting[answered]
                res.end(req.url)
                answered += 1
            assert re.findall(rb"\r\n\r\n(/\d)", await answer) == [b"/1", b"/2", b"/3"]

    run(main)


@pytest.mark.filterwarnings("ignore::streams2.errors.warnings.BackpressureWarning")
def test_what_comes_while_a_response_waits_stops_the_client() -> None:
    async def main() -> None:
        responses: list[Any] = []

        def on(req: Any, res: Any) -> None:
            req.resume()
            responses.append(res)

        async with listening(http.create_server(on)) as port:
            client = net.connect(port, "127.0.0.1")
            flood = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 4000
            sent = 0
            while sent < 64 * 1024 * KIB and client.writable_length < 1024 * KIB:
                client.write(flood)
                sent += len(flood)
                await turns(50)
            assert len(responses) == 1
            assert sent < 64 * 1024 * KIB
            client.destroy()

    run(main)


def test_a_client_that_does_not_read_stops_the_response() -> None:
    produced = 0

    async def main() -> None:
        def make(self: Any, size: int) -> None:
            nonlocal produced
            produced += 16 * KIB
            self.push(bytes(16 * KIB) if produced < 256 * 1024 * KIB else None)

        server = http.create_server(lambda req, res: Readable(read=make).pipe(res))
        async with listening(server) as port:
            client = net.connect(port, "127.0.0.1")
            client.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            before = -1
            while produced != before or not produced:
                before = produced
                await turns(200)
            client.destroy()
        assert produced < 32 * 1024 * KIB

    run(main)


# -- clients --------------------------------------------------------------------------------------


async def outcome_of(request: Any) -> list[Any]:
    """What a request and its response tell, until the request has closed."""
    told: list[Any] = []
    closed = asyncio.get_running_loop().create_future()

    def on_response(res: Any) -> None:
        told.append(res.status_code)
        res.on("aborted", lambda: told.append("aborted"))
        res.on("error", lambda error: told.append(f"res {error.code} {error}"))
        res.on("end", lambda: told.append("end"))
        res.resume()

    request.on("response", on_response)
    request.on("error", lambda error: told.append(f"req {error.code}"))
    request.on("close", lambda: closed.set_result(None))
    request.end()
    await closed
    await turns()
    return told


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"", ["req ECONNRESET"]),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
            [200, "aborted", "res ECONNRESET aborted"],
        ),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall", [200, "end"]),
        (b"HTTP/1.1 204 No Content\r\n\r\n", [204, "end"]),
        (b"SMTP\r\n\r\n", ["req HPE_INVALID_CONSTANT"]),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20000, ["req HPE_HEADER_OVERFLOW"]),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 Fine\r\n\r\n", [204, "end"]),
        (b"HTTP/1.1 200 OK\r\nContent-Le", ["req ECONNRESET"]),
        (
            # What is too much is told, and the response is whole all the same.
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef",
            [200, "req HPE_INVALID_CONSTANT", "end"],
        ),
        (b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: e\r\n\r\nmore", []),
    ],
)
def test_what_a_server_may_do_to_a_client(answer: bytes, told: list[Any]) -> None:
    async def main() -> list[Any]:
        def on(socket: Any) -> None:
            socket.once("data", lambda _: socket.end(answer))

        async with listening(net.create_server(on)) as port:
            return await outcome_of(http.request({"port": port, "host": "127.0.0.1"}))

    assert run(main) == told


@pytest.mark.parametrize("when", ["before", "waiting", "in the body", "after"])
def test_a_signal_aborts_a_request(when: str) -> None:
    """Until its response is there; not only until it is sent."""

    async def main() -> list[str]:
        controller, told = AbortController(), []
        closed = asyncio.get_running_loop().create_future()

        def on(req: Any, res: Any) -> None:
            req.resume()
            if when == "waiting":
                req.on("end", controller.abort)
            elif when == "in the body":
                res.write("some")
            else:
                res.end("all")

        async with listening(http.create_server(on)) as port:
            if when == "before":
                controller.abort()
            where = f"http://127.0.0.1:{port}/"
            request = http.get(where, agent=False, signal=controller.signal)
            request.on("error", lambda error: told.append(f"req {error.code}"))
            request.on("close", lambda: closed.set_result(None))

            def on_response(res: Any) -> None:
                res.on("error", lambda error: told.append(f"res {error.code}"))
                res.on("data", lambda _: when == "in the body" and controller.abort())
                res.on("end", lambda: told.append("end"))

            request.on("response", on_response)
            await closed
            controller.abort()
            await turns(20)
        return told

    assert (
        run(main)
        == {
            "before": ["req ABORT_ERR"],
            "waiting": ["req ABORT_ERR"],
            "in the body": ["req ABORT_ERR", "res ECONNRESET"],
            "after": ["end"],
        }[when]
    )


@pytest.mark.parametrize(("of_agent", "own"), [(20, None), (None, 20), (20, 30), (60_000, 20)])
def test_a_request_that_says_no_timeout_has_that_of_its_agent(
    of_agent: float | None, own: float | None
) -> None:
    async def main() -> float | None:
        async with listening(http.create_server(lambda req, res: req.resume())) as port:
            agent = http.Agent(timeout=of_agent)
            request = http.get(f"http://127.0.0.1:{port}/", agent=agent, timeout=own)
            request.on("error", id)
            told = asyncio.get_running_loop().create_future()
            request.on("timeout", lambda: told.set_result(request.socket.timeout))
            timeout: float | None = await told
            request.destroy()
        return timeout

    assert run(main) == (own or of_agent)


def test_nobody_listens_there() -> None:
    async def main() -> list[Any]:
        async with listening(net.create_server()) as port:
            pass
        return await outcome_of(http.request(f"http://127.0.0.1:{port}/"))

    assert run(main) == ["req ECONNREFUSED"]


def test_an_agent_makes_no_more_connections_than_it_may() -> None:
    async def main() -> None:
        peers: set[Any] = set()

        def on(req: Any, res: Any) -> None:
            peers.add(req.socket.remote_port)
            req.resume()
            res.end("ok")

        agent = http.Agent(keep_alive=True, max_sockets=2)
        async with listening(http.create_server(on)) as port:
            asked = [
                outcome_of(http.request({"port": port, "host": "127.0.0.1", "agent": agent}))
                for _ in range(10)
            ]
            assert await asyncio.gather(*asked) == [[200, "end"]] * 10
            assert 1 <= len(peers) <= 2
            agent.destroy()

    run(main)


def test_an_upgrade_hands_over_the_socket() -> None:
    async def main() -> bytes:
        server = http.create_server()

        def on(req: Any, socket: Any, head: bytes) -> None:
            socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: e\r\n")
            socket.write("Connection: upgrade\r\n\r\n")
            socket.write(head)
            socket.pipe(socket)

        server.on("upgrade", on)
        done = asyncio.get_running_loop().create_future()
        async with listening(server) as port:
            headers = {"Connection": "Upgrade", "Upgrade": "e"}
            request = http.request({"port": port, "host": "127.0.0.1", "headers": headers})

            def on_upgrade(res: Any, socket: Any, head: bytes) -> None:
                socket.on("data", lambda chunk: (done.set_result(chunk), socket.destroy()))
                socket.write(b"hello")

            request.on("upgrade", on_upgrade)
            request.end()
            return await done

    assert run(main) == b"hello"


# -- faults ---------------------------------------------------------------------------------------

#: STREAMS2_KILLS=500 for the long run.
KILLS = int(os.environ.get("STREAMS2_KILLS", "25"))


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


@pytest.mark.parametrize("seed", range(KILLS))
def test_an_exchange_that_is_killed_anywhere_leaves_nothing(seed: int) -> None:
    draw = random.Random(seed)

    async def main() -> None:
        victims: list[Any] = []
        over = asyncio.get_running_loop().create_future()

        def on(req: Any, res: Any) -> None:
            victims.extend([req, res, req.socket])
            req.on("error", lambda _: None)
            req.pipe(res)

        async with listening(http.create_server(on)) as port:
            request = http.request({"port": port, "host": "127.0.0.1", "method": "POST"})
            request.on("error", lambda _: None)
            request.on("close", lambda: over.done() or over.set_result(None))
            request.on("socket", victims.append)
            request.on("response", lambda res: victims.append(res.on("error", id).resume()))
            victims.append(request)
            size = draw.choice([0, 10, 100 * KIB, 1024 * KIB])
            source = Readable.from_([bytes(size)] * 4, object_mode=False) if size else None
            if source is not None:
                finished(source.pipe(request), lambda _: source.destroy(), readable=False)
            else:
                request.end()
            await turns(draw.choice([0, 1, 2, 5, 10, 30, 100]))
            draw.choice(victims).destroy()
            await asyncio.wait_for(over, 10)
            if source is not None:
                source.destroy()

    before = descriptors()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run(main)
        gc.collect()
    assert [str(one.message) for one in caught] == []
    assert descriptors() == before


def test_a_pipeline_from_a_request_to_a_response() -> None:
    async def main() -> bytes:
        async def on(req: Any, res: Any) -> None:
            await promises.pipeline(req, res)

        async with listening(http.create_server(on)) as port:
            request = b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi"
            return await say(port, request)

    assert run(main).endswith(b"\r\n\r\nhi")


def test_all_that_a_message_can_be_asked_and_told() -> None:
    async def main() -> None:
        seen: list[Any] = []

        def on(req: Any, res: Any) -> None:
            assert (req.method, req.url, req.http_version) == ("POST", "/a?b", "1.1")
            assert req.connection is req.socket is res.socket is res.connection
            assert req.headers["x-two"] == "1, 2"
            assert req.headers_distinct["x-two"] == ["1", "2"]
            assert req.raw_headers[:4] == ["X-Two", "1", "X-Two", "2"]
            req.set_timeout(10_000)
            res.set_timeout(10_000)
            req.on("end", lambda: seen.append((req.trailers, req.trailers_distinct)))
            req.resume()
            res.write_continue()
            res.write_processing()
            res.write_early_hints({"link": "</style.css>; rel=preload"})
            res.set_headers({"X-A": "a", "X-B": "b"})
            res.append_header("x-a", "c").remove_header("x-b")
            assert res.get_headers() == {"x-a": ["a", "c"]}
            assert (res.get_raw_header_names(), res.has_header("X-B")) == (["X-A"], False)
            assert (res.headers_sent, res.finished, res.writable_ended) == (False, False, False)
            res.status_code, res.status_message = 201, "Made"
            res.flush_headers()
            assert res.headers_sent
            assert res.chunked_encoding
            with pytest.raises(http.errors.HeadersSentError):
                res.write_head(200)
            res.end("done")

        async with listening(http.create_server(on)) as port:
            headers = {"X-Two": ["1", "2"], "Trailer": "X-T"}
            request = http.request(
                f"http://127.0.0.1:{port}/a?b", method="POST", headers=headers, agent=False
            )
            assert (request.path, request.host, request.method) == ("/a?b", "127.0.0.1", "POST")
            informed: list[int] = []
            request.on("information", lambda res: informed.append(res.status_code))
            request.on("response", lambda res: seen.append((res.status_code, res.status_message)))
            request.set_timeout(10_000)
            request.set_no_delay()
            request.set_socket_keep_alive(True)
            request.write("body")
            request.add_trailers({"X-T": "t"})
            told = await outcome_of(request)
            assert told == [201, "end"]
            assert informed == [100, 102, 103]
        assert sorted(seen, key=str) == [(201, "Made"), ({"x-t": "t"}, {"x-t": ["t"]})]

    run(main)


@pytest.mark.slow
def test_all_that_a_server_can_be_told() -> None:
    async def main() -> None:
        server = http.Server(echo, keep_alive_timeout=7000, max_requests_per_socket=1)
        assert (server.timeout, server.keep_alive_timeout) == (0, 7000)
        assert (server.headers_timeout, server.request_timeout) == (60_000, 300_000)
        async with listening(server) as port:
            request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
            assert b"Connection: close" in await say(port, request)
            assert server.set_timeout(30, lambda socket: socket.destroy()) is server
            assert await say(port, b"GET") == b""
            server.close_idle_connections()
            server.close_all_connections()
        assert http.METHODS[0] == "ACL"
        assert http.STATUS_CODES[418] == "I'm a Teapot"
        assert http.MAX_HEADER_SIZE == 16384
        with pytest.raises(http.errors.InvalidTokenError):
            http.validate_header_name("a b")
        with pytest.raises(http.errors.InvalidCharError):
            http.validate_header_value("a", "\n")

    run(main)


@pytest.mark.parametrize(
    ("options", "request_", "wanted"),
    [
        # A body of unknown length ends with the connection, and says so.
        ({}, b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", [b"200 OK close"]),
        ({}, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", [b"200 OK keep-alive timeout=5"]),
        (
            {"keep_alive_timeout": 100},
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            [b"200 OK keep-alive timeout=0"],
        ),
        ({"keep_alive_timeout": 0}, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", [b"200 OK keep-alive"]),
        (
            # The client is told to close; if it does not, it is told off.
            {"max_requests_per_socket": 2},
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3,
            [
                b"200 OK keep-alive timeout=5, max=2",
                b"200 OK close",
                b"503 Service Unavailable close",
            ],
        ),
    ],
)
def test_what_is_said_of_the_connection(
    options: dict[str, Any], request_: bytes, wanted: list[bytes]
) -> None:
    async def main() -> tuple[bytes, int]:
        dropped: list[Any] = []
        server = http.create_server(lambda req, res: res.end("hi"), **options)
        server.on("dropRequest", lambda req, socket: dropped.append(req))
        async with listening(server) as port:
            client = net.connect(port, "127.0.0.1", allow_half_open=True)
            client.write(request_)
            said = b""
            async for chunk in client:
                said += chunk
                if said.count(b"HTTP/1.1 ") == len(wanted) and not client.writable_ended:
                    client.end()
        return said, len(dropped)

    said, dropped = run(main)
    pattern = rb"HTTP/1.1 ([^\r]*)|Connection: ([^\r]*)|Keep-Alive: ([^\r]*)"
    found = b" ".join(b"".join(found.groups(b"")) for found in re.finditer(pattern, said))
    assert found == b" ".join(wanted)
    assert dropped == (b"503" in said)


def test_an_aborted_request_says_so() -> None:
    async def main() -> list[str]:
        told: list[str] = []
        async with listening(http.create_server(lambda req, res: req.resume())) as port:
            request = http.get(f"http://127.0.0.1:{port}/", agent=False)
            request.on("abort", lambda: told.append("abort"))
            request.on("error", lambda error: told.append(error.code))
            request.on("socket", lambda socket: request.abort())
            request.on("close", lambda: told.append("close"))
            while "close" not in told:
                await asyncio.sleep(0)
        assert isinstance(http.global_agent(), http.Agent)
        assert http.Agent().get_name({"host": "x", "port": 1}) == "x:1:"
        return told

    assert run(main) == ["abort", "ECONNRESET", "close"]


def test_what_is_written_after_the_end_is_an_error_and_the_response_is_sent() -> None:
    told: list[Any] = []

    def on(req: Any, res: Any) -> None:
        res.on("error", lambda error: told.append(("error", error.code)))
        res.end(bytes(200_000))
        assert res.write("more", callback=lambda error: told.append(("write", error.code))) is False
        res.end("more", callback=lambda error: told.append(("end", error.code)))

    async def main() -> None:
        async with listening(http.create_server(on)) as port:
            answer = await say(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.endswith(b"\r\n\r\n" + bytes(200_000))

    run(main)
    late = "ERR_STREAM_WRITE_AFTER_END"
    assert told == [("write", late), ("error", late), ("end", late), ("error", late)]
