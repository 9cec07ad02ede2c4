"""Runs one program of programs.json on the standard streams it is given."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from typing import Any

from streams2 import run, stdio

EVENTS = {
    "in": ["open", "ready", "pause", "resume", "data", "end", "close", "error"],
    "out": ["open", "ready", "drain", "prefinish", "finish", "close", "error", "pipe", "unpipe"],
}
_, program_text, trace_file, ask_fd = sys.argv
program = json.loads(program_text)
trace: dict[str, list[Any]] = {"after": []}
streams: dict[str, Any] = {}


def shown(value: Any) -> Any:
    if isinstance(value, BaseException):
        return {
            "code": getattr(value, "code", None),
            "message": getattr(value, "message", str(value)),
            "syscall": getattr(value, "syscall", None),
            "errno": getattr(value, "errno", None),
        }
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>" if len(value) > 99 else f"<{value.decode('latin-1')}>"
    return value


def happened(name: str, event: str, *args: Any) -> None:
    trace[name].append([event, *map(shown, args)])
    perform(program.get("on", {}).get(f"{name} {event}", ()))


def called(name: str, label: str | None) -> Any:
    return (lambda error: happened(name, label, error)) if label else None


def props(name: str) -> None:
    s = streams[name]
    found = {
        "fd": 0,  # Node's stays the same when the stream is closed
        "isTTY": s.is_tty,
        "destroyed": s.destroyed,
        "closed": s.closed,
        "pending": s.pending,
        "bytes": s.bytes_read,
        "mark": s.readable_high_water_mark,
        "readable": s.readable,
        "flowing": s.readable_flowing,
        "encoding": s.readable_encoding,
    }
    trace[name].append(["props", found])


def write_much(name: str, length: int, label: str | None = None) -> None:
    streams[name].write("x" * length, None, called(name, label))


def write(name: str, text: str, label: str | None = None) -> None:
    streams[name].write(text, None, called(name, label))


def end(name: str, text: str | None = None, label: str | None = None) -> None:
    streams[name].end(text, None, called(name, label))


def destroy(name: str, message: str | None = None) -> None:
    streams[name].destroy(Exception(message) if message else None)


def later(actions: Any, turns: int = 5) -> None:
    if turns:
        asyncio.get_running_loop().call_soon(later, actions, turns - 1)
    else:
        perform(actions)


def ask() -> None:
    os.write(int(ask_fd), b"x")


def pipe() -> None:
    streams["in"].pipe(streams["out"])


def fd_is_open(fd: int) -> None:
    try:
        os.fstat(fd)
        trace["after"].append([f"{fd} is open", True])
    except OSError:
        trace["after"].append([f"{fd} is open", False])


def perform(actions: Any) -> None:
    for first, *rest in actions:
        if first in streams:
            action = re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), rest[0])
            own = globals().get(action.replace(" ", "_"))
            if own is not None:
                own(first, *rest[1:])
            else:
                getattr(streams[first], action)(*rest[1:])
        else:
            globals()[first.replace(" ", "_")](*rest)


def listener(name: str, event: str) -> Any:
    with_arguments = event in ("data", "error")
    return lambda *args: happened(name, event, *(args if with_arguments else ()))


def main() -> None:
    for name in program["streams"]:
        stream = {"in": stdio.stdin, "out": stdio.stdout, "err": stdio.stderr}[name]()
        streams[name] = stream
        trace[name] = []
        for event in EVENTS["in" if name == "in" else "out"]:
            if event not in program.get("silent", ()):
                stream.on(event, listener(name, event))
    perform(program.get("do", ()))


try:
    run(main)
except Exception as error:
    trace["after"].append(["uncaught", shown(error)])
with open(trace_file, "w") as file:
    json.dump(trace, file)
