"""stdio against Node: the programs of data/stdio/programs.json, run here and there.

What Node does is recorded in data/stdio/traces.json; ``python -m tests.test_stdio`` records it
anew.
"""

from __future__ import annotations

import json
import os
import pty
import socket
import subprocess
import sys
import tempfile
import termios
import threading
from pathlib import Path
from typing import Any

import pytest

from . import oracles

DATA = Path(__file__).parent / "data" / "stdio"
ROOT = Path(__file__).parent.parent
PROGRAMS: list[Any] = json.loads((DATA / "programs.json").read_text("utf-8"))
PATIENCE = 60


class Stage:
    """The standard streams of one program, and who is at their other ends."""

    def __init__(self, program: Any, directory: Path) -> None:
        self.directory = directory
        self.program = program
        self.mine: list[int] = []
        self.theirs: list[int] = []
        self.answers: list[bytes] = []
        self.writer: int | None = None
        self.reader: int | None = None
        self.printed = b""
        self.stdin = self.make_input(*program.get("in", ["null"]))
        self.stdout = self.make_output(*program.get("out", ["null"]))

    # -- input ----------------------------------------------------------------------------------

    def make_input(self, kind: str, *texts: str) -> int | None:
        self.held = kind.startswith("held ")
        kind = kind[5:] if self.held else kind
        first, *rest = [text.encode() for text in texts] or [b""]
        self.answers = rest
        path = self.directory / "in"
        path.write_bytes(b"0123456789" * 20000 if kind == "long file" else first)
        if kind == "closed":
            return None
        if kind in ("file", "long file", "file at 2"):
            fd = os.open(path, os.O_RDONLY)
            os.lseek(fd, 2 if kind == "file at 2" else 0, os.SEEK_SET)
        elif kind == "null":
            fd = os.open(os.devnull, os.O_RDONLY)
        elif kind == "write-only":
            fd = os.open(path, os.O_WRONLY)
        else:
            fd, self.writer = self.two_ends(kind)
            os.write(self.writer, first)
        self.theirs.append(fd)
        return fd

    def two_ends(self, kind: str) -> tuple[int, int]:
        """What the program gets, and what the test keeps."""
        if kind == "pipe":
            return os.pipe()
        if kind == "socket":
            left, right = socket.socketpair()
            return left.detach(), right.detach()
        test, program = pty.openpty()
        attributes = termios.tcgetattr(program)
        attributes[1] &= ~termios.OPOST
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(program, termios.TCSANOW, attributes)
        return program, test

    def answer(self, ask_fd: int) -> None:
        """Write the next text whenever the program asks for it; then close, unless held."""
        while self.answers:
            if not os.read(ask_fd, 1):
                break
            assert self.writer is not None
            os.write(self.writer, self.answers.pop(0))
        else:
            kind = self.program.get("in", ["null"])[0]
            if kind == "terminal":
                os.read(ask_fd, 1)
                assert self.writer is not None
                os.write(self.writer, b"\x04")
                return
        if self.writer is not None and not self.held:
            os.close(self.writer)
            self.writer = None

    # -- output ---------------------------------------------------------------------------------

    def make_output(self, kind: str) -> int | None:
        path = self.directory / "out"
        path.write_bytes(b"12345" if kind == "file at 3" else b"")
        if kind == "closed":
            return None
        if kind in ("file", "file at 3"):
            fd = os.open(path, os.O_WRONLY)
            os.lseek(fd, 3 if kind == "file at 3" else 0, os.SEEK_SET)
        elif kind in ("null", "full"):
            fd = os.open(f"/dev/{kind}", os.O_WRONLY)
        elif kind == "broken":
            reader, fd = os.pipe()
            os.close(reader)
        elif kind == "pipe":
            self.reader, fd = os.pipe()
        else:
            fd, self.reader = self.two_ends(kind)
        self.theirs.append(fd)
        return fd

    def drain(self) -> None:
        while self.reader is not None:
            try:
                data = os.read(self.reader, 65536)
            except OSError:
                break  # The program's side of the terminal was closed.
            if not data:
                break
            self.printed += data

    # -- the play -------------------------------------------------------------------------------

    def run(self, command: list[str]) -> Any:
        """Run the program, and return its trace and what it printed."""
        ask, asked = os.pipe()
        trace = self.directory / "trace.json"
        output = "stderr" if "err" in self.program["streams"] else "stdout"
        streams: dict[str, Any] = {"stdin": self.stdin, output: self.stdout}
        process = subprocess.Popen(
            [*command, json.dumps(self.program), str(trace), str(asked)],
            pass_fds=[asked],
            preexec_fn=self.close_what_is_closed,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            **streams,
        )
        for fd in (asked, *self.theirs):
            os.close(fd)
        threads = [
            threading.Thread(target=self.answer, args=(ask,)),
            threading.Thread(target=self.drain),
        ]
        for thread in threads:
            thread.start()
        try:
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            process.wait()
            for thread in threads:
                thread.join(PATIENCE)
            for end in (ask, self.writer, self.reader):
                if end is not None:
                    os.close(end)
        out = (self.directory / "out").read_bytes() + self.printed
        return [json.loads(trace.read_text()), len(out), out[:40].decode()]

    def close_what_is_closed(self) -> None:
        for fd, given in ((0, self.stdin), (1, self.stdout)):
            if given is None:
                os.close(fd)


PYTHON = [sys.executable, "-W", "error", str(DATA / "run_program.py")]


def in_node(program: Any, directory: Path) -> Any:
    return Stage(program, directory).run([oracles.node(), str(DATA / "run_program.js")])


def names() -> list[str]:
    return [program["name"] for program in PROGRAMS]


TRACES: dict[str, Any] = dict(json.loads((DATA / "traces.json").read_text("utf-8")))


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS, ids=names())
def test_trace_is_nodes(program: Any, tmp_path: Path) -> None:
    assert Stage(program, tmp_path).run(PYTHON) == TRACES[program["name"]]


@pytest.mark.live
@pytest.mark.parametrize("program", PROGRAMS, ids=names())
def test_recorded_trace_is_still_nodes(program: Any, tmp_path: Path) -> None:
    assert in_node(program, tmp_path) == TRACES[program["name"]]


def play(source: str, **streams: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a Python program that has `stdio`, `run` and `asyncio` at hand."""
    head = "import asyncio, os, sys\nfrom streams2 import fs, stdio\nfrom streams2 import run\n"
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", head + source],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
        check=True,
        **streams,
    )


# -- what other processes see ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pipe", "socket", "terminal"])
def test_nothing_is_switched_to_non_blocking(kind: str, tmp_path: Path) -> None:
    stage = Stage({"in": [kind, "hello\n"], "out": [kind], "streams": []}, tmp_path)
    assert stage.stdin is not None
    assert stage.stdout is not None
    assert stage.writer is not None
    assert stage.reader is not None
    source = """
def main():
    source, sink = stdio.stdin(), stdio.stdout()
    def blocking():
        assert os.get_blocking(0) and os.get_blocking(1)
    source.on("data", lambda chunk: (blocking(), sink.write(chunk), source.destroy()))
    sink.write("x" * 200)
    asyncio.get_running_loop().call_soon(blocking)
run(main)
assert os.get_blocking(0) and os.get_blocking(1)
"""
    play(source, stdin=stage.stdin, stdout=stage.stdout)
    assert os.get_blocking(stage.stdin)
    assert os.get_blocking(stage.stdout)
    assert os.read(stage.reader, 1000) == b"x" * 200 + b"hello\n"
    for fd in (stage.stdin, stage.stdout, stage.writer, stage.reader):
        os.close(fd)


def test_a_full_pipe_does_not_hold_up_the_loop() -> None:
    reader, writer = os.pipe()
    source = """
async def main():
    sink = stdio.stdout()
    sink.write(b"x" * 1_000_000)
    sink.on("error", lambda error: os.write(2, b"error"))
    for _ in range(10):
        await asyncio.sleep(0)
    assert 0 < sink.writable_length
    sink.destroy()
run(main)
"""
    play(source, stdout=writer)
    os.close(writer)
    os.close(reader)


def test_another_file_with_the_number_of_closed_output_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    source = f"""
fd = os.open({str(path)!r}, os.O_WRONLY | os.O_CREAT)
assert fd == 1, fd
def main():
    sink = stdio.stdout()
    sink.write("lost")
    os.write(fd, b"kept")
run(main)
"""
    play(source, preexec_fn=lambda: os.close(1))
    assert path.read_bytes() == b"kept"


# -- differences from Node ------------------------------------------------------------------------


def test_a_pipe_paused_by_a_data_listener_lets_the_run_end(tmp_path: Path) -> None:
    program = {
        "in": ["held pipe", "hello"],
        "streams": ["in"],
        "on": {"in data": [["in", "pause"]]},
    }
    trace, *_ = Stage(program, tmp_path).run(PYTHON)
    assert trace["in"] == [["resume"], ["data", "<hello>"], ["pause"]]


def test_a_paused_pipe_can_still_be_read() -> None:
    source = """
async def main():
    source = stdio.stdin()
    source.pause()
    await asyncio.sleep(0)
    async for chunk in source:
        sys.stdout.write(repr(chunk))
run(main)
"""
    assert play(source, input=b"hello", stdout=subprocess.PIPE).stdout == b"b'hello'"


# -- what was accepted is written, whatever ends the program ---------------------------------------

ENDINGS = {
    "exit": "run(lambda: speak() or sys.exit())",
    "exit in a task": """
async def main():
    speak()
    sys.exit()
run(main)""",
    "a crash": """
try:
    run(lambda: speak() or 1 / 0)
except ZeroDivisionError:
    pass""",
    "asyncio.run": """
async def main():
    speak()
asyncio.run(main())""",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        *((ending, kind) for ending in ENDINGS for kind in ("pipe", "file")),
        ("exit", "socket"),
        ("exit", "terminal"),
    ],
)
def test_what_was_written_before_the_end_comes(ending: str, kind: str, tmp_path: Path) -> None:
    """More than a pipe holds: `process.exit` and a crash lose nothing in Node."""
    stage = Stage({"out": [kind], "streams": []}, tmp_path)
    reading = threading.Thread(target=stage.drain)
    reading.start()
    source = """
def speak():
    for number in range(3):
        stdio.stdout().write(str(number) * 100_000)
"""
    try:
        play(source + ENDINGS[ending], stdout=stage.stdout)
    finally:
        for fd in stage.theirs:
            os.close(fd)
        reading.join(PATIENCE)
        if stage.reader is not None:
            os.close(stage.reader)
    printed = (tmp_path / "out").read_bytes() + stage.printed
    assert printed == b"0" * 100_000 + b"1" * 100_000 + b"2" * 100_000


def test_what_was_destroyed_or_is_corked_does_not_come() -> None:
    """Corked: nor does it in Node. Destroyed: row 56 of docs/differences.md."""
    source = """
def main():
    stdio.stderr().cork()
    stdio.stderr().write("corked")
    stdio.stdout().write("one, ")
    stdio.stdout().write("two")
    stdio.stdout().destroy()
    sys.exit()
run(main)
"""
    played = play(source, stdout=subprocess.PIPE)
    assert played.stdout == b"one, "
    assert played.stderr == b""


# -- which stream one gets ------------------------------------------------------------------------


def test_everybody_on_a_loop_gets_the_same_stream_until_it_is_destroyed() -> None:
    source = """
def main():
    first = stdio.stdout()
    assert stdio.stdout() is first
    assert stdio.stderr() is not first
    first.end("one")
    first.on("close", again)
def again():
    second = stdio.stdout()
    assert second.writable
    second.write(", two")
run(main)
seen = []
for _ in range(2):
    run(lambda: seen.append(stdio.stdout()) or asyncio.get_running_loop().call_soon(int))
assert seen[0] is not seen[1]
assert stdio.stdin() is not stdio.stdin()
"""
    assert play(source, stdout=subprocess.PIPE).stdout == b"one, two"


def test_the_size_of_a_terminal() -> None:
    test, terminal = pty.openpty()
    source = """
def main():
    out, err = stdio.stdout(), stdio.stderr()
    size = os.get_terminal_size(1)
    assert out.is_tty and (out.columns, out.rows) == (size.columns, size.lines)
    assert not err.is_tty and (err.columns, err.rows) == (None, None)
    asyncio.get_running_loop().call_soon(int)
run(main)
"""
    play(source, stdout=terminal)
    os.close(test)
    os.close(terminal)


if __name__ == "__main__":
    rows = []
    for each in PROGRAMS:
        with tempfile.TemporaryDirectory() as workplace:
            rows.append(json.dumps([each["name"], in_node(each, Path(workplace))]))
    (DATA / "traces.json").write_text("[\n" + ",\n".join(rows) + "\n]\n", "utf-8")
