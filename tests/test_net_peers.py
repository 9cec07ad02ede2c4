"""Sockets with peers that are neither Python nor Node: nc, socat and openssl, each way."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import socket as sockets
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Callable

import pytest

from streams2 import Readable, fs, net, pipeline, promises, run, tls

from . import oracles
from .test_net_loads import MIB, closed, listening

pytestmark = [pytest.mark.host, pytest.mark.live, pytest.mark.slow, pytest.mark.once]

KEYS = Path(__file__).parent / "data" / "tls"
GOOD: dict[str, Any] = {"cert": KEYS / "leaf.pem", "key": KEYS / "leaf.key"}
SIZE = 64 * MIB

Connect = Callable[[], net.Socket]


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("net") / "big"
    path.write_bytes(b"".join(bytes([n % 251]) * 65537 for n in range(SIZE // 65536))[:SIZE])
    return path


def sum_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@asynccontextmanager
async def program(
    *command: str, stdin: Path | None = None, stdout: Path | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program that is run beside the test; without a file, its stdin is a pipe that is open."""
    reads = stdin.open("rb") if stdin else None
    writes = stdout.open("wb") if stdout else None
    try:
        process = await asyncio.create_subprocess_exec(
            oracles.tool(command[0]),
            *command[1:],
            stdin=reads or subprocess.PIPE,
            stdout=writes or subprocess.DEVNULL,
        )
    finally:
        for file in (reads, writes):
            if file:
                file.close()
    try:
        yield process
        await asyncio.wait_for(process.wait(), 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        process._transport.close()  # type: ignore[attr-defined]


def free_port() -> int:
    with sockets.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


async def connected(connect: Connect, event: str = "connect") -> net.Socket:
    """A connection to a program, which may not listen yet."""
    for _ in range(1000):
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        socket = connect()
        socket.once(event, lambda done=done: done.set_result(True))
        socket.once("close", lambda _, done=done: done.done() or done.set_result(False))
        socket.on("error", id)
        if await done:
            return socket
        await asyncio.sleep(0.01)
    raise AssertionError("nobody listens")


# -- a program asks -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "client",
    [("nc", "-N", "127.0.0.1", "PORT"), ("socat", "-t60", "-", "TCP:127.0.0.1:PORT")],
    ids=["nc", "socat"],
)
def test_a_client_gets_its_own_bytes_back(
    client: tuple[str, ...], big: Path, tmp_path: Path
) -> None:
    """It ends its side when it has sent all: the other stays open until the last byte is back."""

    async def main() -> None:
        server = net.create_server(lambda socket: socket.pipe(socket), allow_half_open=True)
        port = str(await listening(server))
        command = [each.replace("PORT", port) for each in client]
        async with program(*command, stdin=big, stdout=tmp_path / "back"):
            pass
        server.close()

    run(main)
    assert sum_of(tmp_path / "back") == sum_of(big)


def test_a_client_of_tls_sends_and_gets_64_mib(big: Path, tmp_path: Path) -> None:
    """openssl never ends its side: it is told by the end of ours, when all has come."""

    async def main() -> str:
        got, size = hashlib.sha256(), 0

        def welcome(socket: tls.TLSSocket) -> None:
            def on_data(chunk: bytes) -> None:
                nonlocal size
                got.update(chunk)
                size += len(chunk)
                end_if_done()

            def end_if_done() -> None:
                if size == SIZE and source.readable_ended:
                    socket.end()

            socket.on("data", on_data)
            source = fs.create_read_stream(str(big))
            source.pipe(socket, end=False)
            source.on("end", end_if_done)

        server = tls.create_server(welcome, **GOOD)
        where = f"127.0.0.1:{await listening(server)}"
        command = ["openssl", "s_client", "-connect", where, "-CAfile", str(KEYS / "ca.pem")]
        command += ["-verify_return_error", "-verify_hostname", "localhost", "-quiet"]
        async with program(*command, stdin=big, stdout=tmp_path / "back"):
            pass
        server.close()
        return got.hexdigest()

    assert run(main) == sum_of(big) == sum_of(tmp_path / "back")


# -- a program serves -----------------------------------------------------------------------------


@pytest.mark.parametrize("tool", ["nc", "socat"])
def test_a_server_gets_and_sends_64_mib(tool: str, big: Path, tmp_path: Path) -> None:
    door = tmp_path / "door"

    async def main() -> str:
        got, port = hashlib.sha256(), free_port()
        commands = {
            "nc": ["nc", "-l", "-N", "127.0.0.1", str(port)],
            "socat": ["socat", "-t60", "-", f"UNIX-LISTEN:{door}"],
        }

        def connect() -> net.Socket:
            if tool == "socat":
                return net.connect(path=str(door), allow_half_open=True)
            return net.connect(port, "127.0.0.1", allow_half_open=True)

        async with program(*commands[tool], stdin=big, stdout=tmp_path / "there"):
            socket = await connected(connect)
            socket.on("data", got.update)
            fs.create_read_stream(str(big)).pipe(socket)
            assert await closed(socket) is False
        return got.hexdigest()

    assert run(main) == sum_of(big) == sum_of(tmp_path / "there")


def test_a_server_answers_when_our_side_has_ended(big: Path, tmp_path: Path) -> None:
    """sha256sum says nothing before its input ends: our end reaches it, and its answer us."""
    door = tmp_path / "door"

    async def main() -> list[str]:
        async with program("socat", "-t60", f"UNIX-LISTEN:{door}", "EXEC:sha256sum"):
            socket = await connected(lambda: net.connect(path=str(door), allow_half_open=True))
            source = fs.create_read_stream(str(big))
            source.pipe(socket)
            answer = b"".join([chunk async for chunk in socket])
        return answer.decode().split()

    assert run(main)[0] == sum_of(big)


def test_a_server_of_tls_gets_64_mib_and_sends_them(big: Path, tmp_path: Path) -> None:
    """One after the other: s_server takes nothing more once it has sent all."""

    async def exchange(stdin: Path | None, stdout: Path | None, send: bool) -> str:
        got, port = hashlib.sha256(), free_port()
        command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-naccept", "1"]
        command += ["-cert", str(KEYS / "leaf.pem"), "-key", str(KEYS / "leaf.key"), "-quiet"]
        command += ["-nbio"]  # Otherwise it may wait for us before it has sent anything.
        async with program(*command, stdin=stdin, stdout=stdout):
            ca = KEYS / "ca.pem"
            socket = await connected(lambda: tls.connect(port, "localhost", ca=ca), "secureConnect")
            socket.on("data", got.update)
            if send:
                fs.create_read_stream(str(big)).pipe(socket)
            await promises.finished(socket)
        return got.hexdigest()

    async def main() -> str:
        await exchange(None, tmp_path / "there", True)
        return await exchange(big, None, False)

    assert run(main) == sum_of(big) == sum_of(tmp_path / "there")


def test_a_client_that_goes_away_in_the_middle() -> None:
    """nc is killed while bytes are on their way to it: a reset, told once."""

    async def main() -> tuple[str, list[bool]]:
        gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        had_error: list[bool] = []
        sockets: list[net.Socket] = []
        drained = asyncio.Event()

        def welcome(socket: net.Socket) -> None:
            sockets.append(socket)
            socket.on("close", had_error.append)
            endless = Readable[bytes](read=lambda self, size: self.push(bytes(65536)))
            pipeline(endless, socket, callback=lambda error: gone.set_result(error.code))
            socket.once("drain", drained.set)

        server = net.create_server(welcome)
        port = await listening(server)
        async with program("nc", "127.0.0.1", str(port)) as process:
            await drained.wait()
            # Stopped, it reads no more: what is on its way when it is killed is lost, for sure.
            process.send_signal(signal.SIGSTOP)
            stopped = (os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
            await asyncio.to_thread(os.waitid, *stopped)
            socket = sockets[0]
            before = socket.bytes_written
            while socket.bytes_written == before and not socket.writable_need_drain:
                await asyncio.sleep(0.01)
            process.kill()
            code = await gone
        server.close()
        return code, had_error

    code, had_error = run(main)
    assert code in ("ECONNRESET", "EPIPE")
    assert had_error == [True]
