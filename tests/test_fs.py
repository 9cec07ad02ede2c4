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
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams2 import fs, next_tick, run
from streams2.fs.arguments import parse_flags

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


@pytest.mark.live
def test_recorded_traces_are_still_nodes(tmp_path: Path) -> None:
    assert dict(run_in_node(DATA / "programs.json", tmp_path)) == TRACES


# -- arguments ------------------------------------------------------------------------------------

# As JSON, so that Node can be asked; what JSON lacks is in the other list.
BAD_OPTIONS: list[tuple[dict[str, Any], str]] = [
    ({"start": -1}, "ERR_OUT_OF_RANGE"),
    ({"start": 1.5}, "ERR_OUT_OF_RANGE"),
    ({"start": 2**53}, "ERR_OUT_OF_RANGE"),
    ({"start": "1"}, "ERR_INVALID_ARG_TYPE"),
    ({"start": True}, "ERR_INVALID_ARG_TYPE"),
    ({"end": -1}, "ERR_OUT_OF_RANGE"),
    ({"end": 1.5}, "ERR_OUT_OF_RANGE"),
    ({"end": "5"}, "ERR_INVALID_ARG_TYPE"),
    ({"start": 5, "end": 4}, "ERR_OUT_OF_RANGE"),
    ({"highWaterMark": -1}, "ERR_INVALID_ARG_VALUE"),
    ({"highWaterMark": 1.5}, "ERR_INVALID_ARG_VALUE"),
    ({"highWaterMark": "5"}, "ERR_INVALID_ARG_VALUE"),
    ({"fd": -1}, "ERR_OUT_OF_RANGE"),
    ({"fd": 1.5}, "ERR_OUT_OF_RANGE"),
    ({"fd": 2**31}, "ERR_OUT_OF_RANGE"),
    ({"fd": "1"}, "ERR_INVALID_ARG_TYPE"),
    ({"fd": True}, "ERR_INVALID_ARG_TYPE"),
    ({"encoding": "foo"}, "ERR_INVALID_ARG_VALUE"),
    ({"encoding": 5}, "ERR_INVALID_ARG_VALUE"),
]
BAD_FLUSH = [({"flush": value}, "ERR_INVALID_ARG_TYPE") for value in ("x", 1, 0, {})]
# Node finds these out when it opens the file, and emits 'error'.
BAD_AT_OPEN: list[tuple[dict[str, Any], str]] = [
    ({"flags": "zz"}, "ERR_INVALID_ARG_VALUE"),
    ({"flags": ""}, "ERR_INVALID_ARG_VALUE"),
    ({"flags": "rw"}, "ERR_INVALID_ARG_VALUE"),
    ({"flags": {}}, "ERR_INVALID_ARG_VALUE"),
    ({"flags": 1.5}, "ERR_OUT_OF_RANGE"),
    ({"mode": "foo"}, "ERR_INVALID_ARG_VALUE"),
    ({"mode": "0o777"}, "ERR_INVALID_ARG_VALUE"),
    ({"mode": -1}, "ERR_OUT_OF_RANGE"),
    ({"mode": 1.5}, "ERR_OUT_OF_RANGE"),
    ({"mode": 2**32}, "ERR_OUT_OF_RANGE"),
]
BAD_PATHS: list[tuple[Any, str]] = [
    (None, "ERR_INVALID_ARG_TYPE"),
    (5, "ERR_INVALID_ARG_TYPE"),
    ({}, "ERR_INVALID_ARG_TYPE"),
    (["abc"], "ERR_INVALID_ARG_TYPE"),
    ("a\0b", "ERR_INVALID_ARG_VALUE"),
]


def code_raised(create: Any, path: Any, options: dict[str, Any]) -> str:
    with pytest.raises((TypeError, ValueError)) as raised:
        create(path, **{snake(name): value for name, value in options.items()})
    for name in options:
        assert snake(name) in str(raised.value) or "start" in str(raised.value)
    return raised.value.code  # type: ignore[union-attr]


@pytest.mark.parametrize(("options", "code"), BAD_OPTIONS + BAD_AT_OPEN)
def test_bad_options_to_read(options: dict[str, Any], code: str) -> None:
    assert code_raised(fs.create_read_stream, "abc", options) == code


@pytest.mark.parametrize(
    ("options", "code"),
    [bad for bad in BAD_OPTIONS if "end" not in bad[0]] + BAD_FLUSH + BAD_AT_OPEN,
)
def test_bad_options_to_write(options: dict[str, Any], code: str) -> None:
    assert code_raised(fs.create_write_stream, "out", options) == code
    assert not os.path.exists("out")


@pytest.mark.parametrize("create", [fs.create_read_stream, fs.create_write_stream])
@pytest.mark.parametrize(("path", "code"), [*BAD_PATHS, (b"a\0b", "ERR_INVALID_ARG_VALUE")])
def test_bad_paths(create: Any, path: Any, code: str) -> None:
    assert code_raised(create, path, {}) == code


@pytest.mark.parametrize("value", [math.nan, -math.inf])
@pytest.mark.parametrize("name", ["start", "end", "fd"])
def test_numbers_that_are_none(name: str, value: float) -> None:
    assert code_raised(fs.create_read_stream, "abc", {name: value}) == "ERR_OUT_OF_RANGE"


@pytest.mark.live
def test_node_refuses_the_same_arguments() -> None:
    asked = [["abc", options] for options, _ in BAD_OPTIONS + BAD_FLUSH + BAD_AT_OPEN]
    asked += [[path, {}] for path, _ in BAD_PATHS]
    script = """
    const fs = require('fs')
    const codes = JSON.parse(process.argv[1]).map(() => null)
    JSON.parse(process.argv[1]).forEach(([path, options], index) => {
      const create = 'flush' in options ? fs.createWriteStream : fs.createReadStream
      try {
        create(path, options).on('error', (error) => { codes[index] = error.code })
      } catch (error) {
        codes[index] = error.code
      }
    })
    process.on('exit', () => console.log(JSON.stringify(codes)))
    """
    Path("abc").write_text("")
    printed = subprocess.run(
        [oracles.node(), "-e", script, json.dumps(asked)], capture_output=True, check=True
    ).stdout
    expected = [code for _, code in BAD_OPTIONS + BAD_FLUSH + BAD_AT_OPEN + BAD_PATHS]
    assert json.loads(printed) == expected


FLAGS = ["r", "rs", "sr", "r+", "rs+", "sr+", "w", "wx", "xw", "w+", "wx+", "xw+"]
FLAGS += ["a", "ax", "xa", "as", "sa", "a+", "ax+", "xa+", "as+", "sa+"]
NO_FLAGS = ["rx", "r+s", "w+x", "+r", "rw", "ar", "aa", "sw", "ws", "R", " r", "ra+"]


@pytest.mark.live
def test_flags_open_as_they_do_in_node() -> None:
    script = """
    const fs = require('fs')
    const codes = JSON.parse(process.argv[1]).map((flags) => {
      try {
        if (!flags.includes('x')) fs.writeFileSync('file', '')
        const fd = fs.openSync('file', flags)
        const info = fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')
        fs.closeSync(fd)
        fs.unlinkSync('file')
        return parseInt(/flags:\\s+(\\d+)/.exec(info)[1], 8)
      } catch (error) {
        return error.code
      }
    })
    console.log(JSON.stringify(codes))
    """
    printed = subprocess.run(
        [oracles.node(), "-e", script, json.dumps(FLAGS + NO_FLAGS)],
        capture_output=True,
        check=True,
    ).stdout
    assert [opened_with(flags) for flags in FLAGS + NO_FLAGS] == json.loads(printed)


def opened_with(flags: str) -> Any:
    if "x" not in flags:
        Path("file").write_text("")
    try:
        fd = os.open("file", parse_flags(flags))
    except ValueError as error:
        return error.code  # type: ignore[attr-defined]
    info = Path(f"/proc/self/fdinfo/{fd}").read_text()
    os.close(fd)
    os.unlink("file")
    found = re.search(r"flags:\s+(\d+)", info)
    assert found
    return int(found[1], 8)


@pytest.mark.parametrize("path", ["abc", b"abc", Path("abc")])
def test_a_path_is_kept_as_it_was_given(path: Any) -> None:
    Path("abc").write_bytes(b"xyz")
    seen: list[Any] = []

    def main() -> None:
        stream = fs.create_read_stream(path)
        stream.on("data", seen.append)
        seen.append(stream.path)

    run(main)
    assert seen == [os.fspath(path), b"xyz"]


# -- errors ---------------------------------------------------------------------------------------


def errors_of(make: Any) -> list[Any]:
    """All the errors that a stream emits."""
    errors: list[Any] = []

    def main() -> None:
        stream = make()
        stream.on("error", errors.append)
        if isinstance(stream, fs.ReadStream):
            stream.resume()
        else:
            stream.write(b"x")
            stream.write(b"y")
            stream.end()

    run(main)
    return errors


@pytest.mark.parametrize(
    ("make", "kind", "code", "path"),
    [
        (lambda: fs.create_read_stream("missing"), FileNotFoundError, "ENOENT", "missing"),
        (lambda: fs.create_read_stream(b"missing"), FileNotFoundError, "ENOENT", b"missing"),
        (lambda: fs.create_read_stream("."), IsADirectoryError, "EISDIR", "."),
        (lambda: fs.create_read_stream("file/x"), NotADirectoryError, "ENOTDIR", "file/x"),
        (lambda: fs.create_write_stream("."), IsADirectoryError, "EISDIR", "."),
        (lambda: fs.create_write_stream("no/x"), FileNotFoundError, "ENOENT", "no/x"),
        (lambda: fs.create_write_stream("file", flags="wx"), FileExistsError, "EEXIST", "file"),
        (lambda: fs.create_write_stream("/dev/full"), OSError, "ENOSPC", "/dev/full"),
        (lambda: fs.create_read_stream(None, fd=9999), OSError, "EBADF", 9999),
    ],
)
def test_an_error_is_pythons_own_with_the_path_and_comes_once(
    make: Any, kind: type[OSError], code: str, path: Any
) -> None:
    Path("file").write_text("")
    (error,) = errors_of(make)
    assert isinstance(error, kind)
    assert error.code == code  # type: ignore[attr-defined]
    assert error.filename == path
    # As in Node, of what is opened alone.
    opens = error.syscall == "open"  # type: ignore[attr-defined]
    assert getattr(error, "path", None) == (os.fsdecode(path) if opens else None)
    assert repr(path) in str(error)
    assert error.message.startswith(f"{code}: ")  # type: ignore[attr-defined]


def test_a_reader_of_a_fifo_that_goes_away() -> None:
    os.mkfifo("fifo")
    reader = os.open("fifo", os.O_RDONLY | os.O_NONBLOCK)
    errors: list[Any] = []

    def main() -> None:
        stream = fs.create_write_stream("fifo")
        stream.on("error", errors.append)
        stream.write(b"x" * 100_000, callback=errors.append)
        stream.on("ready", lambda: asyncio.get_running_loop().call_soon(os.close, reader))

    run(main)
    told, emitted = errors
    assert told is emitted
    assert isinstance(emitted, BrokenPipeError)
    assert (emitted.code, emitted.filename) == ("EPIPE", "fifo")  # type: ignore[attr-defined]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as workplace:
        recorded = run_in_node(DATA / "programs.json", Path(workplace))
    rows = ",\n".join(map(json.dumps, recorded))
    (DATA / "traces.json").write_text(f"[\n{rows}\n]\n", "utf-8")
