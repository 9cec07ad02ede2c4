"""TCP over loopback: messages to a server and back, by 1, 100 and 1,000 connections.

Each server is a process of its own. The client is the same for all of them, so that the times
differ by what the server takes; with one connection, much of the time is the client's.
"""

from __future__ import annotations

import asyncio
import atexit
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from .servers import HOST, SERVERS, allow_many_sockets
from .works import (
    NODE_PROGRAMS,
    Run,
    Work,
    node_name,
    not_installed,
    optional,
    which_node,
    without_node,
)

MESSAGE = bytes(range(256)) * 4


class _Server:
    """A server that is started when it is first wanted, and lives until all is measured."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.process: subprocess.Popen[str] | None = None
        self._port = 0

    def port(self, *arguments: str) -> int:
        if self.process is None:
            pipe = subprocess.PIPE
            command = [*self.command, *arguments]
            here = Path(__file__).parent.parent
            self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=here)
            assert self.process.stdout is not None
            self._port = int(self.process.stdout.readline())
            atexit.register(self.process.communicate)
        return self._port


class _Client(asyncio.Protocol):
    """Sends a message, waits until all of it is back, and sends the next."""

    def __init__(self, rounds: int, done: asyncio.Future[int]) -> None:
        self.rounds = rounds
        self.done = done
        self.lost: asyncio.Future[None] = done.get_loop().create_future()
        self.got = bytearray()
        self.messages = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def begin(self) -> None:
        self.transport.write(MESSAGE)

    def data_received(self, data: bytes) -> None:
        self.got += data
        if len(self.got) < len(MESSAGE):
            return
        if self.got != MESSAGE:
            self.fail("another message came back")
            return
        self.got.clear()
        self.messages += 1
        if self.messages < self.rounds:
            self.begin()
        elif not self.done.done():
            self.done.set_result(self.messages)

    def connection_lost(self, error: Exception | None) -> None:
        self.lost.set_result(None)
        self.fail(f"the connection was lost: {error}")

    def fail(self, why: str) -> None:
        if not self.done.done():
            self.done.set_exception(AssertionError(why))


async def exchange(port: int, connections: int, count: int) -> tuple[float, int]:
    """The seconds that `count` messages took, and how many came back as they were."""
    loop = asyncio.get_running_loop()
    clients: list[_Client] = []
    try:
        for _ in range(connections):
            made = partial(_Client, count // connections, loop.create_future())
            clients.append((await loop.create_connection(made, HOST, port))[1])
        start = time.perf_counter()
        for client in clients:
            client.begin()
        messages = await asyncio.gather(*(client.done for client in clients))
        return time.perf_counter() - start, sum(messages)
    finally:
        for client in clients:
            client.transport.close()
        await asyncio.gather(*(client.lost for client in clients))


def commands() -> dict[str, list[str]]:
    """How each server is started."""
    found = {
        kind: [sys.executable, "-m", "benchmarks.servers", kind]
        for kind in SERVERS
        if "uvloop" not in kind or optional("uvloop") is not None
    }
    binary = which_node()
    if binary is not None:
        found[node_name(binary)] = [binary, str(NODE_PROGRAMS), "serve", "0"]
    return found


def of(server: _Server, upstream: _Server | None, connections: int) -> Run:
    def run(count: int) -> tuple[float, Any]:
        allow_many_sockets()
        arguments = () if upstream is None else (str(upstream.port()),)
        return asyncio.run(exchange(server.port(*arguments), connections, count))

    return run


def works() -> list[Work]:
    """What is measured with TCP."""
    missing = [*without_node(), *not_installed("uvloop")]
    found = []
    upstream = _Server([sys.executable, "-m", "benchmarks.servers", "asyncio protocols"])
    for name, behind in (("echo", None), ("proxy", upstream)):
        servers = {who: _Server(command) for who, command in commands().items()}
        for connections in (1, 100, 1000):
            several = "s" if connections > 1 else ""
            about = f"TCP {name} of 1 KiB, {connections:,} connection{several}"
            size = 5_000 if connections == 1 else 10_000
            contestants = {who: of(each, behind, connections) for who, each in servers.items()}
            found.append(
                Work(
                    *(f"{name}-{connections}", about, size, 1_000, "messages"),
                    *(lambda count: count, contestants, missing),
                    group="tcp",
                )
            )
    return found
