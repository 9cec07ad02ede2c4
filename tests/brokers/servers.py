"""Servers of a test's own: started on a port of their own, killed, and started again."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

PROGRAMS = {"redis": "redis-server", "nats": "nats-server"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A broker.

    Args:
        kind: ``"redis"`` or ``"nats"``.
        directory: where it keeps its queues.
        durable: whether they outlive it.
    """

    def __init__(self, kind: str, directory: Path, durable: bool = True) -> None:
        program = shutil.which(PROGRAMS[kind])
        if program is None:
            pytest.skip(f"needs {PROGRAMS[kind]}")
        self.kind = kind
        self.port = free_port()
        self.url = f"{kind}://127.0.0.1:{self.port}"
        self.directory = directory
        self.durable = durable
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        where = str(self.directory)
        if self.kind == "nats":
            return [self.program, "-js", "-sd", where, "-a", "127.0.0.1", "-p", str(self.port)]
        keeps = ["--appendonly", "yes", "--appendfsync", "always"] if self.durable else []
        port = ["--port", str(self.port), "--bind", "127.0.0.1"]
        return [self.program, *port, "--dir", where, "--save", "", *keeps]

    def start(self) -> Server:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(self.command(), **quiet)  # type: ignore[call-overload]
        while True:
            assert self.process is not None
            assert self.process.poll() is None, "the server has ended"
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return self

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    @property
    def resident(self) -> int:
        """Bytes that it holds in memory."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024
