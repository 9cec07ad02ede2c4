"""Starts everybody, kills a worker, adds one, writes down what they say, and stops them all."""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

from streams2 import brokers
from streams2.brokers import Broker

from . import server
from .figures import Record, Sample
from .memory import resident

__all__ = ["conduct"]

ROOT = Path(__file__).parent.parent.parent
EVERY = 0.25


class Conductor:
    def __init__(self, options: argparse.Namespace, show: Callable[[Record], None]) -> None:
        self.options = options
        self.show = show
        self.record = Record(options.limit, options.lanes)
        self.processes: dict[str, asyncio.subprocess.Process] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self.start = time.time()
        self.url = ""

    def now(self) -> float:
        return time.time() - self.start

    async def add(self, name: str, role: str, *options: str) -> None:
        command = [sys.executable, "-m", "examples.distributed.roles", role, self.url, *options]
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.processes[name] = process
        self.tasks.append(asyncio.ensure_future(self.hear(name, process)))

    async def hear(self, name: str, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        samples = self.record.samples.setdefault(name, [])
        async for line in process.stdout:
            said = json.loads(line)
            samples.append(Sample(said.pop("at") - self.start, said))
            if "total" in said:
                self.record.produced = said["total"]

    def tell(self, name: str, line: str) -> None:
        stdin = self.processes[name].stdin
        assert stdin is not None
        stdin.write(f"{line}\n".encode())

    async def watch(self, broker: Broker, pid: int) -> None:
        """Ask the broker what it holds, now and again."""
        while True:
            for name in ("work", "done"):
                info = await broker.info(name)
                said = {"backlog": info.backlog, "unacknowledged": info.unacknowledged}
                self.record.queues.setdefault(name, []).append(Sample(self.now(), dict(said)))
            sample = Sample(self.now(), {"memory": resident(pid)})
            self.record.samples.setdefault("broker", []).append(sample)
            self.show(self.record)
            await asyncio.sleep(EVERY)

    async def play(self) -> None:
        options = self.options
        await self.add("consumer", "consumer", "--rate", str(options.rate * options.slow))
        for number in range(1, options.workers + 1):
            await self.add(f"worker-{number}", "worker")
        while not all(self.record.samples.get(name) for name in self.processes):
            if any(process.returncode for process in self.processes.values()):
                raise SystemExit("a process ended before it began")
            await asyncio.sleep(0.02)
        seconds = ("--seconds", str(options.seconds))
        await self.add("producer", "producer", "--rate", str(options.rate), *seconds)
        await asyncio.sleep(options.seconds / 3)
        if options.workers > 1:
            self.processes["worker-1"].kill()
            self.record.marks.append((self.now(), "worker-1 is killed"))
        await asyncio.sleep(options.seconds / 3)
        name = f"worker-{options.workers + 1}"
        await self.add(name, "worker")
        self.record.marks.append((self.now(), f"{name} is added"))
        await self.ends("producer")
        self.record.marks.append((self.now(), "all is sent"))
        self.tell("consumer", f"total {self.record.produced}")
        await self.ends("consumer")
        for name, process in self.processes.items():
            if process.returncode is None:
                self.tell(name, "stop")
                await self.ends(name)
        await asyncio.wait(self.tasks)

    async def ends(self, name: str) -> None:
        """Wait for the end of a process.

        Raises:
            SystemExit: it failed.
        """
        status = await self.processes[name].wait()
        await asyncio.sleep(0)
        if status:
            raise SystemExit(f"{name} ended with status {status}")
        await self.tasks[list(self.processes).index(name)]

    async def stop(self) -> None:
        for process in self.processes.values():
            if process.returncode is None:
                process.kill()
            await process.wait()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def conduct(options: argparse.Namespace, show: Callable[[Record], None]) -> Record:
    """Run it all. Whatever happens, nothing is left of it."""
    with tempfile.TemporaryDirectory() as directory:
        process, url = server.start(options.broker, Path(directory))
        conductor = Conductor(options, show)
        conductor.url = url
        try:
            async with brokers.connect(url) as broker:
                for name in ("work", "done"):
                    limits = {"limit": options.limit, "lanes": options.lanes}
                    await broker.declare(name, ack_wait=options.ack_wait, **limits)
                watching = asyncio.ensure_future(conductor.watch(broker, process.pid))
                try:
                    await conductor.play()
                finally:
                    watching.cancel()
                    await asyncio.wait([watching])
                    await conductor.stop()
        finally:
            process.terminate()
            process.wait()
    return conductor.record
