"""An echo or a proxy: ``python -m benchmarks.servers KIND [PORT]``; with a PORT, a proxy to it.

Prints the port that it listens at, and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from typing import Any, Callable, cast

from streams2 import net, run

from .works import optional

HOST = "127.0.0.1"
BACKLOG = 1024


def of_streams2(port: int | None) -> None:
    def echo(socket: net.Socket) -> None:
        socket.pipe(socket)

    def proxy(socket: net.Socket) -> None:
        upstream = net.connect(port=port, host=HOST)
        socket.pipe(upstream).pipe(socket)

    def listening() -> None:
        address = server.address()
        assert isinstance(address, dict)
        announce(address["port"])

    server = net.create_server(echo if port is None else proxy)
    run(lambda: server.listen(0, HOST, BACKLOG, listening))


def announce(port: int) -> None:
    print(port, flush=True)


async def serve(server: asyncio.AbstractServer) -> None:
    announce(server.sockets[0].getsockname()[1])  # type: ignore[attr-defined]
    await server.serve_forever()


async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def by_streams(port: int | None) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if port is None:
            await hand_on(reader, writer)
            return
        back, forth = await asyncio.open_connection(HOST, port)
        await asyncio.gather(hand_on(reader, forth), hand_on(back, writer))

    await serve(await asyncio.start_server(client, HOST, 0, backlog=BACKLOG))


class Peer(asyncio.Protocol):
    """Writes what it receives to `to`, and is paused while that has too much."""

    to: asyncio.Transport
    source: Peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Of uvloop, it is one by its methods alone.
        self.transport = self.to = cast(asyncio.Transport, transport)
        self.source = self

    def data_received(self, data: bytes) -> None:
        self.to.write(data)

    def pause_writing(self) -> None:
        self.source.transport.pause_reading()

    def resume_writing(self) -> None:
        self.source.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self.to.close()


class Forth(Peer):
    """Of a proxy: the side of the client, which connects to the other server first."""

    def __init__(self, port: int) -> None:
        self.port = port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.pause_reading()
        self.connecting = asyncio.ensure_future(self.connect())

    async def connect(self) -> None:
        back: Peer
        _, back = await asyncio.get_running_loop().create_connection(Peer, HOST, self.port)
        self.to, back.to = back.transport, self.transport
        self.source, back.source = back, self
        self.transport.resume_reading()


async def by_protocols(port: int | None) -> None:
    def factory() -> Peer:
        return Peer() if port is None else Forth(port)

    loop = asyncio.get_running_loop()
    await serve(await loop.create_server(factory, HOST, 0, backlog=BACKLOG))


def on_asyncio(main: Callable[[int | None], Coroutine[Any, Any, None]]) -> Any:
    return lambda port: asyncio.run(main(port))


def of_uvloop(port: int | None) -> None:
    uvloop = optional("uvloop")
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(by_protocols(port))


SERVERS: dict[str, Callable[[int | None], None]] = {
    "streams2": of_streams2,
    "asyncio streams": on_asyncio(by_streams),
    "asyncio protocols": on_asyncio(by_protocols),
    "uvloop, protocols": of_uvloop,
}


def allow_many_sockets() -> None:
    """Have room for two sockets for each connection: many systems allow 1,024 if nobody asks."""
    resource = optional("resource")
    if resource is not None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main() -> None:
    """Serve."""
    allow_many_sockets()
    kind, *port = sys.argv[1:]

    def leave() -> None:
        sys.stdin.read()
        # Whoever measured is done: there is nothing left to be told.

        os._exit(0)

    threading.Thread(target=leave, daemon=True).start()
    SERVERS[kind](int(port[0]) if port else None)


if __name__ == "__main__":
    main()
