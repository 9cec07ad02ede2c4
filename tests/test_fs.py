"""fs against Node: the programs of data/fs/programs.json, run here and there.

What Node does is recorded in data/fs/traces.json; ``python -m tests.test_fs`` records it anew.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import re

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams2 import fs, next_tick
from streams2.run import run

from . import oracles

DATA = Path(__file__).parent / "data" / "fs"
PROGRAMS: list[Any] = json.loads((DATA / "programs.json").read_text("utf-8"))
READ_EVENTS = ["open", "ready", "pause", "resume", "data", "end", "close", "error"]
WRITE_EVENTS = ["open", "ready", "drain", "prefinish", "finish", "close", "error", "pipe", "unpipe"]


def run_in_node(programs: Path, workplace: Path) -> Any:
    script = str(DATA / "run_programs.js")
    answered = subprocess.run(
        [oracles.node(), script, str(programs), str(workplace)], capture_output=True, check=True
    )
    return json.loads(answered.stdout)


def snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def shown(value: Any) -> Any:
    if isinstance(value, BaseException):
        return shown_error(value)
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>" if len(value) > 99 else f"<{value.decode('latin-1')}>"
    return "infinity" if value == math.inf else value


def shown_error(error: BaseException) -> Any:
    return {
        "code": getattr(error, "code", None),
        "message": getattr(error, "message", str(error)),
        "syscall": getattr(error, "syscall", None),
        "errno": getattr(error, "errno", None),
    }


class Program:
    """One program of programs.json: the same as in run_programs.js, for this library."""

    def __init__(self, program: Any, directory: Path) -> None:
        self.program = program
        self.directory = directory
        self.traces: dict[str, list[Any]] = {"after": []}
        self.streams: dict[str, Any] = {}
        self.fd = -1

    # -- the world it runs in -------------------------------------------------------------------

    def run(self) -> Any:
        self.prepare()
        try:
            run(self.start)
        except Exception as error:
            self.traces["after"].append(["uncaught", shown(error)])
        self.finish()
        return self.traces

    def prepare(self) -> None:
        here = self.directory
        (here / "abc").write_text("abcdefghijklmnopqrstuvwxyz")
        (here / "empty").write_text("")
        (here / "long").write_bytes(b"0123456789" * 20000)
        (here / "text").write_text("a\u20ac\U0001f600z", "utf-8")
        (here / "dir").mkdir()
        for fifo in self.program.get("fifos", ()):
            os.mkfifo(here / fifo)

    def start(self) -> None:
        options: dict[str, Any] = {}
        if "fd" in self.program:
            file, flags, skip = [*self.program["fd"], 0][:3]
            bits = {"r": os.O_RDONLY, "r+": os.O_RDWR, "w": os.O_WRONLY | os.O_CREAT}[flags]
            self.fd = options["fd"] = os.open(file, bits, 0o666)
            os.read(self.fd, skip) if skip else None
        for name, (kind, file, *rest) in self.program["streams"].items():
            given = {snake(key): value for each in rest for key, value in each.items()}
            create = fs.create_read_stream if kind == "read" else fs.create_write_stream
            self.streams[name] = create(file, **given, **options)
            self.traces[name] = []
            self.listen(name, READ_EVENTS if kind == "read" else WRITE_EVENTS)
        self.perform(self.program.get("do", ()))

    def listen(self, name: str, events: list[str]) -> None:
        stream, on = self.streams[name], self.program.get("on", {})
        if f"{name} readable" in on:
            events = [*events, "readable"]
        for event in events:
            if event not in self.program.get("silent", ()):
                stream.on(event, self.listener(name, event))
        if f"{name} once data" in on:
            stream.once("data", lambda _: self.perform(on[f"{name} once data"]))

    def listener(self, name: str, event: str) -> Any:
        with_arguments = event in ("data", "error")
        return lambda *args: self.happened(name, event, *(args if with_arguments else ()))

    def finish(self) -> None:
        self.perform(self.program.get("after", ()))
        after = self.traces["after"]
        for file in self.program.get("files", ()):
            path = self.directory / file
            after.append([file, shown(path.read_bytes()) if path.exists() else None])
        for file in self.program.get("modes", ()):
            after.append([file, format((self.directory / file).stat().st_mode & 0o777, "o")])

    # -- what it does ---------------------------------------------------------------------------

    def log(self, name: str, *entry: Any) -> None:
        self.traces[name].append([shown(value) for value in entry])

    def happened(self, name: str, event: str, *args: Any) -> None:
        self.log(name, event, *args)
        props_of, *events = self.program.get("props", [None])
        if props_of == name and event in events:
            self.props(name)
        self.perform(self.program.get("on", {}).get(f"{name} {event}", ()))

    def perform(self, actions: Any) -> None:
        for first, *rest in actions:
            if first in self.streams:
                getattr(self, snake(rest[0]).replace(" ", "_"))(first, *rest[1:])
            else:
                getattr(self, first.replace(" ", "_"))(*rest)

    def props(self, name: str) -> None:
        s = self.streams[name]
        side = "readable" if isinstance(s, fs.ReadStream) else "writable"
        self.log(
            name,
            "props",
            {
                "path": s.path,
                "hasFd": s.fd is not None,
                "pending": s.pending,
                "bytes": s.bytes_read if side == "readable" else s.bytes_written,
                "closed": s.closed,
                "destroyed": s.destroyed,
                "start": s.start,
                "end": shown(s.end) if side == "readable" else None,
                "flags": s.flags,
                "mode": s.mode,
                "autoClose": s.auto_close,
                "mark": getattr(s, f"{side}_high_water_mark"),
                "usable": getattr(s, side),
                "flowing": getattr(s, "readable_flowing", None),
                "encoding": getattr(s, "readable_encoding", None),
                "errored": s.errored and getattr(s.errored, "code", str(s.errored)),
            },
        )

    def called(self, name: str, label: str | None) -> Any:
        return (lambda error=None: self.happened(name, label, error)) if label else None

    def write(self, name: str, text: str, label: Any = None, encoding: Any = None) -> None:
        answer = self.streams[name].write(text, encoding, self.called(name, label))
        self.log(name, "wrote", answer)

    def end(self, name: str, text: Any = None, label: Any = None, encoding: Any = None) -> None:
        self.streams[name].end(text, encoding, self.called(name, label))

    def destroy(self, name: str, message: str | None = None) -> None:
        self.streams[name].destroy(Exception(message) if message else None)

    def close(self, name: str, label: str | None = None) -> None:
        self.streams[name].close(self.called(name, label))

    def set(self, name: str, attribute: str, value: Any) -> None:
        setattr(self.streams[name], snake(attribute), value)

    def set_encoding(self, name: str, encoding: str) -> None:
        self.streams[name].set_encoding(encoding)

    def read_all(self, name: str) -> None:
        for chunk in iter(self.streams[name].read, None):
            self.log(name, "read", chunk)

    def pause(self, name: str) -> None:
        self.streams[name].pause()

    def resume(self, name: str) -> None:
        self.streams[name].resume()

    def cork(self, name: str) -> None:
        self.streams[name].cork()

    def uncork(self, name: str) -> None:
        self.streams[name].uncork()

    def destroy_soon(self, name: str) -> None:
        self.streams[name].destroy_soon()

    def tick(self, actions: Any) -> None:
        next_tick(self.perform, actions)

    def later(self, actions: Any, turns: int = 5) -> None:
        if turns:
            asyncio.get_running_loop().call_soon(self.later, actions, turns - 1)
        else:
            self.perform(actions)

    def append(self, file: str, text: str) -> None:
        with open(file, "a") as opened:
            opened.write(text)

    def remove(self, file: str) -> None:
        os.unlink(file)

    def pipe(self) -> None:
        self.streams["r"].pipe(self.streams["w"])

    def fd_is_open(self) -> None:
        try:
            os.close(self.fd)
            self.traces["after"].append(["fd is open", True])
        except OSError:
            self.traces["after"].append(["fd is open", False])


@pytest.fixture(autouse=True)
def _in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    before = os.umask(0o022)
    yield
    os.umask(before)


def names() -> list[str]:
    return [program["name"] for program in PROGRAMS]


TRACES: dict[str, Any] = dict(json.loads((DATA / "traces.json").read_text("utf-8")))


@pytest.mark.parametrize("program", PROGRAMS, ids=names())
def test_trace_is_nodes(program: Any, tmp_path: Path) -> None:
    assert Program(program, tmp_path).run() == TRACES[program["name"]]


def test_recorded_traces_are_still_nodes(tmp_path: Path) -> None:
    assert dict(run_in_node(DATA / "programs.json", tmp_path)) == TRACES
