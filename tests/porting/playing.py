"""One program, run in a folder of its own, and talked to by a script."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
import tempfile
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, TypeVar

from .cases import Case, data
from .outcomes import Outcome, differences, files_below, split_crash
from .peers import Peer, Server, connect

#: How long one step may take, in seconds: far longer than any does.
PATIENCE = 30.0

HOOKS = Path(__file__).parent / "hooks"

T = TypeVar("T")


def node_command(node: str, folder: Path) -> list[str]:
    """How the program of a pair is run in Node."""
    return [node, "--require", str(HOOKS / "crash.js"), str(folder / "node.js")]


def python_command(folder: Path) -> list[str]:
    """How its port is run."""
    return [sys.executable, "-W", "error", str(folder / "port.py")]


class Output:
    """What a program writes to a pipe: read at once, and kept."""

    def __init__(self) -> None:
        self.text = bytearray()
        self._seen = 0
        self._news = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._transport: asyncio.BaseTransport | None = None

    async def open(self) -> int:
        """Returns the end that the program gets."""
        readable, writable = os.pipe()
        reader = asyncio.StreamReader()
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(readable, "rb", 0)
        )
        self._reading = asyncio.ensure_future(self._read(reader))
        return writable

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(1 << 16):
            self.text += chunk
            self._news.set()
        self._news.set()

    async def until(self, pattern: bytes) -> re.Match[bytes]:
        """Wait until what came since the last wait matches."""
        while not (found := re.compile(pattern).search(self.text, self._seen)):
            assert self._reading is not None
            if self._reading.done():
                raise AssertionError(f"it ended before {pattern!r} came: {bytes(self.text)!r}")
            self._news.clear()
            await self._news.wait()
        self._seen = found.end()
        return found

    async def at_end(self) -> bytes:
        """All of it, when there is no more to come."""
        assert self._reading is not None
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
        return bytes(self.text)

    def close(self) -> None:
        """Read no more: the program's next write fails. What was read is forgotten."""
        self.text.clear()
        if self._reading is not None:
            self._reading.cancel()
        if self._transport is not None:
            self._transport.close()


class Player:
    """Runs a program and does what its case says."""

    def __init__(self, case: Case, side: str, command: list[str], folder: Path) -> None:
        self.case = case
        self.side = side
        self.command = command
        self.folder = folder
        self.stdout = Output()
        self.stderr = Output()
        self.peers: dict[str, Peer] = {}
        self.servers = {name: Server() for name in case.servers}
        self.port: int | None = None
        self.process: asyncio.subprocess.Process | None = None

    async def play(self) -> Outcome:
        """Run the program to its end."""
        try:
            return await self._play()
        finally:
            if self.process is not None and self.process.returncode is None:
                self.process.kill()
                await self.process.wait()
            self.stdout.close()
            self.stderr.close()
            for peer in self.peers.values():
                await peer.close()
            for server in self.servers.values():
                await server.close()

    async def _play(self) -> Outcome:
        for path, contents in self.case.files.items():
            _make(self.folder / path, contents)
        for server in self.servers.values():
            await server.open()
        process = self.process = await self._start()
        feeding = asyncio.ensure_future(self._feed(self.case.stdin, last=not self.case.talk))
        for number, step in enumerate(self.case.talk):
            await self._in_time(self._step(step), f"step {number}, {step}")
        await self._in_time(feeding, "its input to be read")
        _end_input(process)
        hanging_up = asyncio.gather(*(peer.hang_up() for peer in self.peers.values()))
        await self._in_time(hanging_up, "its peers to hear all")
        status = await self._in_time(process.wait(), "its end")
        stderr, crash = split_crash(await self._in_time(self.stderr.at_end(), "its standard error"))
        return Outcome(
            status,
            self._shown(await self._in_time(self.stdout.at_end(), "its output")),
            self._shown(stderr),
            crash and self._shown(crash.encode()).decode(),
            files_below(self.folder),
            {name: (self._shown(bytes(p.heard)), p.ending) for name, p in self.peers.items()},
        )

    async def _start(self) -> asyncio.subprocess.Process:
        ports = {name: str(server.port) for name, server in self.servers.items()}
        args = [_filled(arg, ports) for arg in self.case.args]
        env = {**os.environ, "PYTHONPATH": str(HOOKS)}
        for name in ("NODE_OPTIONS", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"):
            env.pop(name, None)
        env.update({name: _filled(value, ports) for name, value in self.case.env.items()})
        writable = [await self.stdout.open(), await self.stderr.open()]
        if self.case.stdout == "full":
            os.close(writable[0])
            writable[0] = os.open("/dev/full", os.O_WRONLY)
        try:
            return await asyncio.create_subprocess_exec(
                *self.command,
                *args,
                cwd=self.folder,
                env=env,
                stdin=asyncio.subprocess.PIPE,
                stdout=writable[0],
                stderr=writable[1],
            )
        finally:
            for fd in writable:
                os.close(fd)

    async def _in_time(self, done: Awaitable[T], what: str) -> T:
        try:
            return await asyncio.wait_for(done, PATIENCE)
        except asyncio.TimeoutError:
            problem = f"waited {PATIENCE} seconds for {what}"
        except AssertionError as error:
            problem = f"{what}: {error}"
        said = [bytes(self.stdout.text[-500:]), bytes(self.stderr.text[-2000:])]
        said += [bytes(peer.heard[-200:]) for peer in self.peers.values()]
        told = [f"{name} {text!r}" for name, text in zip(["stdout", "stderr", *self.peers], said)]
        where = f"{self.case.pair}, {self.case.name}, {self.side}"
        raise AssertionError(f"{where}: {problem}. {', '.join(told)}")

    async def _feed(self, what: bytes, *, last: bool) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.process.stdin.write(what)
            await self.process.stdin.drain()
        if last:
            _end_input(self.process)

    async def _step(self, step: dict[str, Any]) -> None:
        """Do one step of the talk. It has one verb, and the name of a peer where that matters."""
        told = dict(step)
        name = told.pop("as", None)
        if "accept" in told:
            self.peers[name] = await self.servers[told["accept"]].accept()
        elif name is not None:
            await self._do_as(name, **told)
        else:
            await self._do(**told)

    async def _do(self, **told: Any) -> None:
        """A step that is not over a socket."""
        assert self.process is not None
        ((verb, what),) = ((k, v) for k, v in told.items() if k != "to")
        if verb == "stdin":
            await self._feed(data(what or ""), last=what is None)
        elif verb == "stdout":
            await self.stdout.until(re.escape(what.encode()))
        elif verb == "stderr":
            await self.stderr.until(re.escape(what.encode()))
        elif verb == "close":
            {"stdout": self.stdout, "stderr": self.stderr}[what].close()
        elif verb == "signal":
            self.process.send_signal(signal.Signals[what])
        elif verb == "append":
            with (self.folder / told["to"]).open("ab") as file:
                file.write(data(what))
        elif verb == "rename":
            (self.folder / what).rename(self.folder / told["to"])
        else:
            raise AssertionError(f"there is no step {verb!r}")

    async def _do_as(self, name: str, **told: Any) -> None:
        """A step of a peer. One that nobody knows connects first."""
        ((verb, what),) = told.items()
        if name not in self.peers:
            self.peers[name] = await connect(await self._listening())
        peer = self.peers[name]
        if verb == "send":
            peer.send(data(what))
        elif verb == "until":
            await peer.until(data(what))
        elif verb == "bytes":
            await peer.bytes(what)
        elif verb in ("connect", "until_end", "end", "reset", "leave"):
            assert what is True
            if verb != "connect":
                await getattr(peer, verb)()
        else:
            raise AssertionError(f"there is no step {verb!r}")

    async def _listening(self) -> int:
        """The port that the program listens on: it says so in its first line."""
        if self.port is None:
            found = await self.stdout.until(rb"\Alistening on (\d+)\n")
            self.port = int(found.group(1))
        return self.port

    def _shown(self, text: bytes) -> bytes:
        """What was said, without what is another one in each run."""
        for name, server in self.servers.items():
            text = re.sub(rb":%d\b" % server.port, b":{%s}" % name.encode(), text)
        if self.port is not None:
            text = re.sub(rb"\blistening on %d\b" % self.port, b"listening on PORT", text)
        return text.replace(os.fsencode(self.folder), b"FOLDER")


def _make(path: Path, contents: bytes | None) -> None:
    if contents is None:
        path.mkdir(parents=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)


def _filled(text: str, ports: dict[str, str]) -> str:
    for name, port in ports.items():
        text = text.replace(f"{{{name}}}", port)
    return text


def _end_input(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()


async def play_both(
    case: Case, commands: list[list[str]], folder: Path, at_a_time: asyncio.Semaphore
) -> list[str]:
    """Run the two programs of a pair, Node's first, each in a folder of its own.

    Returns:
        Where they differ, or what has failed.
    """

    async def play(side: str, command: list[str]) -> Outcome:
        async with at_a_time:
            own = Path(tempfile.mkdtemp(prefix=f"{side}-", dir=folder))
            return await Player(case, side, command, own).play()

    plays = map(play, ("Node", "Python"), commands)
    node, python = await asyncio.gather(*plays, return_exceptions=True)
    if isinstance(node, Outcome) and isinstance(python, Outcome):
        return [f"{case.name}: {one}" for one in differences(node, python)]
    failed = [one for one in (node, python) if isinstance(one, BaseException)]
    for one in failed:
        if not isinstance(one, AssertionError):
            raise one
    return [str(one) for one in failed]
