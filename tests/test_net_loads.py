"""net under load and under faults: nothing lost, nothing hoarded, nothing left open."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import os
import random
import socket as sockets
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any, Callable

import pytest

from streams2 import net, run
from streams2.errors import InvalidHandleTypeError
from streams2.io.sockets import WatchedSocket

from . import oracles

pytestmark = pytest.mark.host

MIB = 1 << 20
RUNS = int(os.environ.get("STREAMS2_KILLS", "25"))


def port_of(server: net.Server) -> int:
    address: Any = server.address()
    port: int = address["port"]
    return port


def listening(server: net.Server) -> asyncio.Future[int]:
    found: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    server.listen(0, "127.0.0.1", callback=lambda: found.set_result(port_of(server)))
    return found


async def closed(socket: net.Socket) -> bool:
    done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    socket.on("close", done.set_result)
    return await done


def loops() -> list[Any]:
    """The ways to run a coroutine function: asyncio's loop, ours, and uvloop's if it is there."""
    found: list[Any] = [pytest.param(run, id="run")]
    found.append(pytest.param(lambda main: asyncio.run(main()), id="asyncio"))
    with suppress(ImportError):
        import uvloop

        def on_uvloop(main: Any) -> Any:
            loop = uvloop.new_event_loop()
            try:
                return loop.run_until_complete(main())
            finally:
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.run_until_complete(loop.shutdown_default_executor())
                loop.close()

        found.append(pytest.param(on_uvloop, id="uvloop"))
    return found


on_every_loop = pytest.mark.parametrize("run_it", loops())


@on_every_loop
def test_a_slow_reader_stops_the_peer_that_sends(run_it: Any) -> None:
    """What the peer could send before it had to wait is no more than the buffers hold."""

    async def main() -> tuple[int, int]:
        arrived: asyncio.Future[net.Socket] = asyncio.get_running_loop().create_future()
        server = net.create_server(arrived.set_result, pause_on_connect=True)
        port = await listening(server)
        with sockets.create_connection(("127.0.0.1", port)) as peer:
            peer.setblocking(False)
            peer.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, 64 * 1024)
            socket = await arrived
            socket.read(0)  # It reads ahead, up to its mark, and no further.
            sent = quiet = 0
            while quiet < 50:
                try:
                    sent += peer.send(bytes(64 * 1024))
                    quiet = 0
                except BlockingIOError:
                    quiet += 1
                await asyncio.sleep(0)
            held = socket.readable_length
        socket.destroy()
        server.close()
        return sent, held

    sent, held = run_it(main)
    assert held <= 2 * 64 * 1024
    assert sent < 16 * MIB


@pytest.mark.slow
@on_every_loop
def test_a_thousand_connections_echo_at_once(run_it: Any) -> None:
    many = 1000
    wanted = [f"{number} ".encode() * 500 for number in range(many)]

    async def main() -> list[bytes]:
        server = net.create_server(lambda socket: socket.pipe(socket))
        port = await listening(server)

        async def ask(number: int) -> bytes:
            client = net.connect(port, "127.0.0.1")
            client.end(wanted[number])
            return b"".join([chunk async for chunk in client])

        answers: list[bytes] = []
        for first in range(0, many, 250):
            answers += await asyncio.gather(*(ask(first + each) for each in range(250)))
        server.close()
        return answers

    assert run_it(main) == wanted


@on_every_loop
def test_a_writer_that_does_not_wait_for_a_reader_that_does_not_read(run_it: Any) -> None:
    async def main() -> tuple[bool, int, bool]:
        arrived: asyncio.Future[net.Socket] = asyncio.get_running_loop().create_future()
        server = net.create_server(arrived.set_result, pause_on_connect=True)
        client = net.connect(await listening(server), "127.0.0.1")
        peer = await arrived
        while client.write(bytes(MIB)):
            await asyncio.sleep(0)
        needs_drain = client.writable_need_drain
        waiting = client.writable_length
        peer.resume()
        drained = await client.drained()
        for socket in (client, peer):
            socket.destroy()
        server.close()
        return needs_drain, waiting, drained

    needs_drain, waiting, drained = run_it(main)
    assert needs_drain
    assert drained
    assert waiting <= 2 * MIB


@on_every_loop
def test_a_server_is_closed_at_the_end_of_its_block(run_it: Any) -> None:
    async def main() -> tuple[bool, bool]:
        async with net.create_server() as server:
            await listening(server)
            before = server.listening
        return before, server.listening

    assert run_it(main) == (True, False)


def test_a_run_ends_although_one_that_is_unreferenced_listens() -> None:
    seen: list[str] = []

    def main() -> None:
        server = net.create_server(lambda socket: socket.unref())

        def on_listening() -> None:
            client = net.connect(port_of(server), "127.0.0.1", lambda: seen.append("connect"))
            client.on("connect", client.unref)
            server.unref()

        server.listen(0, "127.0.0.1", callback=on_listening)

    run(main)
    assert seen == ["connect"]
    assert [each for each in gc.get_objects() if isinstance(each, WatchedSocket)] == [] or all(
        each.closed for each in gc.get_objects() if isinstance(each, WatchedSocket)
    )


@pytest.mark.parametrize("where", ["path", "port"])
def test_unix_sockets_and_addresses(where: str, tmp_path: Any) -> None:
    path = str(tmp_path / "door")
    got: list[Any] = []

    async def main() -> None:
        server = net.create_server(lambda socket: socket.end("hello"))
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        server.on("listening", lambda: ready.set_result(None))
        if where == "path":
            server.listen(path=path)
        else:
            server.listen(path)
        await ready
        got.append(server.address())
        client = net.connect(path=path) if where == "path" else net.connect(path)
        got.extend([chunk async for chunk in client])
        got.append((client.remote_address, client.address()))
        server.close()

    run(main)
    assert got == [path, b"hello", (None, {})]
    assert not os.path.exists(path)


def test_bad_arguments_raise_at_the_call() -> None:
    async def main() -> list[str]:
        codes = []
        calls: list[Any] = [
            lambda: net.connect(70000),
            lambda: net.connect(-1),
            lambda: net.connect(1.5),  # type: ignore[arg-type]
            lambda: net.connect(),
            lambda: net.connect(True),
            lambda: net.connect(80, 5),  # type: ignore[arg-type]
            lambda: net.connect(80, local_address="here"),
            lambda: net.connect(80, local_port="x"),  # type: ignore[arg-type]
            lambda: net.connect(80, family=5),
            lambda: net.create_server().listen(70000),
            lambda: net.create_server(5),  # type: ignore[arg-type]
            lambda: net.Socket(fd=-1),
            lambda: net.Socket(fd=1 << 20),
            lambda: net.Socket().set_timeout("a"),  # type: ignore[arg-type]
            lambda: net.Socket().set_timeout(-1),
            lambda: net.Socket().set_timeout(1, 5),  # type: ignore[arg-type]
        ]
        for call in calls:
            with pytest.raises(Exception, match=r".") as raised:
                call()
            codes.append(raised.value.code)  # type: ignore[attr-defined]
        return codes

    assert run(main) == [
        *["ERR_SOCKET_BAD_PORT"] * 3,
        "ERR_MISSING_ARGS",
        *["ERR_INVALID_ARG_TYPE"] * 2,
        "ERR_INVALID_IP_ADDRESS",
        "ERR_INVALID_ARG_TYPE",
        "ERR_INVALID_ARG_VALUE",
        "ERR_SOCKET_BAD_PORT",
        "ERR_INVALID_ARG_TYPE",
        "ERR_OUT_OF_RANGE",
        "ERR_INVALID_FD_TYPE",
        "ERR_INVALID_ARG_TYPE",
        "ERR_OUT_OF_RANGE",
        "ERR_INVALID_ARG_TYPE",
    ]


def test_an_unknown_host_and_an_address_in_use() -> None:
    seen: list[Any] = []

    def main() -> None:
        client = net.connect(80, "no.such.host.invalid")
        client.on("lookup", lambda error, ip, family, host: seen.append((error.code, ip, host)))
        client.on("error", lambda error: seen.append((error.code, error.syscall, error.hostname)))
        server = net.create_server().listen(0, "127.0.0.1")

        def on_listening() -> None:
            other = net.create_server()
            port = port_of(server)

            def on_error(error: Any) -> None:
                place = f"127.0.0.1:{port}"
                words = f"listen EADDRINUSE: address already in use {place}"
                seen.append((error.code, error.message == words, error.port == port))
                server.close()

            other.on("error", on_error)
            other.listen(port, "127.0.0.1")

        server.on("listening", on_listening)

    run(main)
    assert ("EADDRINUSE", True, True) in seen
    # Without a name server, the answer is that there is none.
    codes = {each[0] for each in seen} - {"EADDRINUSE"}
    assert codes in ({"ENOTFOUND"}, {"EAI_AGAIN"})


# -- real peers -----------------------------------------------------------------------------------

NODE = """
const net = require('node:net'), crypto = require('node:crypto');
const port = process.argv[1], many = Number(process.argv[2]);
const exchange = (socket) => {
  const sum = crypto.createHash('sha256');
  socket.on('data', (chunk) => sum.update(chunk));
  socket.on('end', () => { console.log(sum.digest('hex')); server?.close(); });
  socket.end(Buffer.alloc(many, 'a few bytes'));
};
let server;
if (port === '0') {
  server = net.createServer({ allowHalfOpen: true }, exchange);
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
} else {
  exchange(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
}
"""


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize("node_serves", [True, False])
@on_every_loop
def test_64_mib_each_way_with_node_at_the_other_end(run_it: Any, node_serves: bool) -> None:
    many = 64 * MIB
    data = (b"a few bytes" * (many // 11 + 1))[:many]
    wanted = hashlib.sha256(data).hexdigest()

    async def exchange(socket: net.Socket) -> str:
        got = hashlib.sha256()
        socket.on("data", got.update)
        socket.end(data)
        await closed(socket)
        return got.hexdigest()

    async def main() -> list[str]:
        port, arrived, server = 0, None, None
        if not node_serves:
            arrived = asyncio.get_running_loop().create_future()
            server = net.create_server(arrived.set_result, allow_half_open=True)
            port = await listening(server)
        command = [oracles.node(), "-e", NODE, "--", str(port), str(many)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            if arrived is None or server is None:
                port = int(process.stdout.readline())
                sum_here = await exchange(net.connect(port, "127.0.0.1", allow_half_open=True))
            else:
                sum_here = await exchange(await arrived)
                server.close()
            return [sum_here, process.stdout.read().strip()]

    assert run_it(main) == [wanted, wanted]


# -- faults ---------------------------------------------------------------------------------------


def open_descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else set()


def kill_one(
    seed: int, run_it: Any, create_server: Any = net.create_server, connect: Any = net.connect
) -> None:
    """A conversation, either end of which is destroyed, reset or ended at some point."""
    draw = random.Random(seed)

    async def main() -> None:
        ends: list[net.Socket] = []
        overs: list[asyncio.Future[bool]] = []

        def join(socket: net.Socket) -> None:
            over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            ends.append(socket)
            overs.append(over)
            socket.on("error", lambda _: None)
            socket.on("close", over.set_result)

        def welcome(socket: net.Socket) -> None:
            join(socket)
            socket.pipe(socket)
            # Once it is ended, nobody would read the rest.
            socket.on("unpipe", lambda _: socket.resume())

        server = create_server(allow_half_open=draw.random() < 0.5)
        server.on("connection", welcome)
        port = await listening(server)
        client = connect(port, "127.0.0.1")
        join(client)
        client.resume()
        steps = draw.randrange(30)
        for step in range(60):
            if client.writable and draw.random() < 0.7:
                client.write(bytes(draw.randrange(1, 200_000)))
            if step == steps and ends:
                victim = draw.choice(ends)
                deed = draw.choice(["destroy", "fail", "reset", "end", "destroy_soon", "close"])
                if deed == "destroy":
                    victim.destroy()
                elif deed == "fail":
                    victim.destroy(ValueError("killed"))
                elif deed == "reset":
                    with suppress(InvalidHandleTypeError):  # One of TLS.
                        victim.reset_and_destroy()
                elif deed == "end":
                    victim.end()
                elif deed == "destroy_soon":
                    victim.destroy_soon()
                else:
                    server.close()
            await asyncio.sleep(0)
        client.end()
        await asyncio.wait_for(asyncio.gather(*overs), 20)
        if server.listening:
            server.close()
        await asyncio.sleep(0.01)
        assert all(socket.destroyed for socket in ends)
        assert len(asyncio.all_tasks()) == 1

    run_it(main)


def kill_all(kill: Callable[[int], None]) -> None:
    """One after the other; each leaves what was open before it, and no more."""
    kill(0)
    before, threads = open_descriptors(), threading.active_count()
    for seed in range(1, RUNS):
        kill(seed)
        assert open_descriptors() == before, seed
        assert threading.active_count() <= threads, seed


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are counted in /proc")
@on_every_loop
def test_whoever_is_killed_leaves_nothing_open(run_it: Any) -> None:
    kill_all(lambda seed: kill_one(seed, run_it))
