"""Bodies of httpx and of aiohttp are streams, and streams are their bodies: by async iteration."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from streams2 import PassThrough, Readable, Writable, asgi, promises

from .test_asgi import served

pytestmark = pytest.mark.host

CHUNK = 64 * 1024
COUNT = 64


async def echo(scope: Any, receive: Any, send: Any) -> None:
    request = asgi.body(receive)
    await promises.pipeline(request, asgi.respond(send, request=request))


async def keep_and_answer(scope: Any, receive: Any, send: Any) -> None:
    """The same, for a client that reads nothing before it has sent everything: httpx."""
    request = asgi.body(receive)
    kept = Readable.from_(await request.to_array(), object_mode=False)
    await promises.pipeline(kept, asgi.respond(send, request=request))


class Chunks:
    """A source, and a sink for what comes back, which must be the same."""

    def __init__(self) -> None:
        self.sent, self.back = hashlib.sha256(), hashlib.sha256()
        self.on_the_way = 0

    def source(self) -> Readable[bytes]:
        return Readable.from_(self.made(), object_mode=False, high_water_mark=CHUNK)

    def made(self) -> Any:
        for number in range(COUNT):
            chunk = bytes([number]) * CHUNK
            self.sent.update(chunk)
            self.on_the_way += len(chunk)
            yield chunk

    def sink(self) -> Writable[bytes]:
        async def write(stream: Any, chunk: bytes, encoding: Any) -> None:
            self.back.update(chunk)
            self.on_the_way -= len(chunk)

        return Writable(write=write)

    def check(self) -> None:
        assert self.back.hexdigest() == self.sent.hexdigest()
        assert self.on_the_way == 0


@asynccontextmanager
async def echoing(app: Any = echo) -> AsyncIterator[str]:
    async with served(app) as (host, port):
        yield f"http://{host}:{port}/"


def test_httpx_sends_a_stream_and_its_answer_is_read_as_one() -> None:
    httpx = pytest.importorskip("httpx")

    async def main() -> None:
        chunks = Chunks()
        async with echoing(keep_and_answer) as url, httpx.AsyncClient(trust_env=False) as client:
            body = chunks.source().pipe(PassThrough())
            async with client.stream("POST", url, content=body) as response:
                await promises.pipeline(response.aiter_bytes(), chunks.sink())
        chunks.check()

    asyncio.run(main())


def test_aiohttp_sends_a_stream_and_its_answer_is_read_as_one() -> None:
    aiohttp = pytest.importorskip("aiohttp")

    async def main() -> None:
        chunks = Chunks()
        async with echoing() as url, aiohttp.ClientSession() as session:
            body = chunks.source().pipe(PassThrough())
            async with session.post(url, data=body) as response:
                answer = Readable.from_(response.content.iter_any(), object_mode=False)
                await promises.pipeline(answer, chunks.sink())
        chunks.check()

    asyncio.run(main())


def test_aiohttp_serves_streams() -> None:
    aiohttp = pytest.importorskip("aiohttp")
    from aiohttp import web

    async def echo(request: Any) -> Any:
        body = Readable.from_(request.content.iter_any(), object_mode=False)
        return web.Response(body=body.pipe(PassThrough()))

    async def main() -> None:
        chunks = Chunks()
        app = web.Application()
        app.router.add_post("/", echo)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        url, body = f"http://{host}:{port}/", chunks.source()
        async with aiohttp.ClientSession() as session, session.post(url, data=body) as response:
            await promises.pipeline(response.content.iter_any(), chunks.sink())
        await runner.cleanup()
        chunks.check()

    asyncio.run(main())


@pytest.mark.parametrize("library", ["httpx", "aiohttp"])
def test_a_source_that_fails_fails_the_request(library: str) -> None:
    module = pytest.importorskip(library)

    def failing() -> Any:
        yield b"x"
        raise LookupError("no more")

    async def main() -> None:
        body = Readable.from_(failing(), object_mode=False)
        async with echoing() as url:
            if library == "httpx":
                async with module.AsyncClient(trust_env=False) as client:
                    with pytest.raises(LookupError):
                        await client.post(url, content=body)
            else:
                async with module.ClientSession() as session:
                    with pytest.raises(module.ClientError):
                        await session.post(url, data=body)
        assert body.destroyed

    asyncio.run(main())
