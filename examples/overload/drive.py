"""Starts the service and a server, sends the load, and keeps the books."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .load import Visit, arrivals, load

ROOT = Path(__file__).resolve().parents[2]

#: The same visitors for every server.
SEED = 1


@dataclass(frozen=True)
class Service:
    """How slow the authentication is.

    Attributes:
        at_once: how many questions it looks at at a time.
        seconds: how long it looks at each.
    """

    at_once: int = 5
    seconds: float = 0.05

    @property
    def capacity(self) -> float:
        """How many requests a second can be served, at the very best."""
        return self.at_once / self.seconds


@dataclass(frozen=True)
class Reading:
    """A look at the server: when, how many requests it holds, and its memory in bytes."""

    at: float
    held: int
    memory: int


@dataclass
class Ordeal:
    """What happened to one server under one load.

    Attributes:
        form: which server.
        rate: how many people came a second.
        seconds: for how long they came.
        visits: what became of each.
        readings: of the server, from the first visitor until the last was back.
    """

    form: str
    rate: float
    seconds: float
    visits: list[Visit] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)


def drive(form: str, service: Service, rate: float, seconds: float, patience: float) -> Ordeal:
    """Put one server to one load.

    Args:
        form: which server.
        service: the authentication that it needs.
        rate: how many come a second.
        seconds: for how long.
        patience: how long, in seconds, one tries to connect.
    """
    ordeal = Ordeal(form, rate, seconds)
    slowness = str(service.at_once), str(service.seconds)
    with running("authentication", *slowness) as authentication:
        port = first_line(authentication)
        with running("server", form, port) as server:
            target = int(first_line(server))
            # One request, so that whatever a server sets up at the first is there.
            asyncio.run(load(target, [0.0], patience))
            reader = threading.Thread(target=read_gauge, args=(server, ordeal.readings))
            reader.start()
            ordeal.visits = asyncio.run(load(target, arrivals(rate, seconds, SEED), patience))
            server.terminate()
            reader.join()
    return ordeal


@contextlib.contextmanager
def running(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A module of this package, in a process of its own for as long as it is needed."""
    command = [sys.executable, "-m", f"{__package__}.{module}", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    """The port that a process prints at its start.

    Raises:
        RuntimeError: it did not start.
    """
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise RuntimeError(f"did not start: {process.args!r}")
    return line


def read_gauge(server: subprocess.Popen[str], readings: list[Reading]) -> None:
    """Collect what a server prints, until it ends."""
    assert server.stdout is not None
    begun = time.perf_counter()
    for line in server.stdout:
        held, memory = map(int, line.split())
        readings.append(Reading(time.perf_counter() - begun, held, memory))
