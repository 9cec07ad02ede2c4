"""The command line, as the process that a user starts."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Callable

import pytest

from streams2 import __main__ as entry
from streams2 import __version__, next_tick, run
from streams2.command import line as cli
from streams2.command.cat import MODELS, _Cat
from streams2.compare import command as compare_command
from streams2.compare.variants import Variant
from streams2.errors import UnsettledError
from streams2.trace.diagram import FORMATS, MACHINES

from . import oracles
from .support import BoomError, Sink

pytestmark = pytest.mark.slow

# Whatever is left open or not awaited shows on standard error, and most tests want that empty.
COMMAND = [sys.executable, "-W", "error", "-m", "streams2"]
TIMEOUT = 120

every_model = pytest.mark.parametrize("model", ["pipe", "channel"])


def streams2(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    options.setdefault("stdin", subprocess.DEVNULL)
    if "input" in options:
        del options["stdin"]
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], stderr=subprocess.PIPE, timeout=TIMEOUT, **options
    )


def pseudo_random(size: int) -> bytes:
    return random.Random(size).getrandbits(8 * size).to_bytes(size, "big") if size else b""


CONTENTS = {
    "empty": b"",
    "one byte": b"x",
    "no newline": "Grüße".encode(),
    "text": b"".join(b"line %d\r\n" % n for n in range(10_000)),
    "binary": pseudo_random(300_000),
    "one chunk": pseudo_random(64 * 1024),
    "one chunk and a byte": pseudo_random(64 * 1024 + 1),
}

every_content = pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)


# -- cat ------------------------------------------------------------------------------------------


@every_model
@every_content
def test_cat_of_a_file(model: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    done = streams2("cat", "--model", model, path)
    assert (done.returncode, done.stdout, done.stderr) == (0, content, b"")
    assert done.stdout == subprocess.run(["cat", str(path)], capture_output=True).stdout


@every_model
@every_content
def test_cat_of_a_pipe(model: str, content: bytes) -> None:
    done = streams2("cat", "--model", model, input=content)
    assert (done.returncode, done.stdout, done.stderr) == (0, content, b"")


@every_model
def test_cat_of_standard_input_that_is_a_file(model: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENTS["binary"])
    with path.open("rb") as file:
        done = streams2("cat", "--model", model, stdin=file)
    assert (done.returncode, done.stdout, done.stderr) == (0, CONTENTS["binary"], b"")


@every_model
def test_cat_into_a_file(model: str, tmp_path: Path) -> None:
    path = tmp_path / "out"
    with path.open("wb") as out:
        out.write(b"before ")
        out.flush()
        done = streams2("cat", "--model", model, input=CONTENTS["binary"], stdout=out)
    assert (done.returncode, done.stderr) == (0, b"")
    assert path.read_bytes() == b"before " + CONTENTS["binary"]


@every_model
@pytest.mark.parametrize("names", [["a", "-", "b"], ["-", "a", "-"], ["a"] * 30, ["a", "-", "-"]])
def test_cat_of_several(model: str, names: Sequence[str], tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"the first")
    (tmp_path / "b").write_bytes(b"the second")
    done = streams2("cat", "--model", model, *names, input=b"from the pipe", cwd=tmp_path)
    theirs = subprocess.run(
        ["cat", *names], input=b"from the pipe", cwd=tmp_path, capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, theirs.stdout, b"")


@every_model
def test_what_cannot_be_read_is_told_of_and_the_rest_is_printed(model: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a\n")
    (tmp_path / "b").write_bytes(b"b\n")
    (tmp_path / "directory").mkdir()
    names = ["missing", "a", "directory", "a/below", "", "b"]
    done = streams2("cat", "--model", model, *names, cwd=tmp_path)
    theirs = subprocess.run(
        ["cat", *names], cwd=tmp_path, capture_output=True, env={**os.environ, "LC_ALL": "C"}
    )
    assert done.returncode == theirs.returncode == 1
    assert done.stdout == theirs.stdout == b"a\nb\n"
    assert done.stderr == theirs.stderr.replace(b"cat: ", b"streams2 cat: ")
    assert done.stderr.count(b"\n") == 4


@every_model
def test_many_missing_files_leave_no_listeners_behind(model: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    # From the eleventh listener on there is a warning, and an error is what it is here.
    done = streams2("cat", "--model", model, *["missing", "a"] * 15, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, b"a" * 15)
    assert done.stderr == b"streams2 cat: missing: No such file or directory\n" * 15


def test_a_name_cannot_drive_the_terminal(tmp_path: Path) -> None:
    done = streams2("cat", "\x1b[31m", cwd=tmp_path)
    assert b"\x1b" not in done.stderr
    assert rb"'\x1b[31m': No such file or directory" in done.stderr


@every_model
@pytest.mark.parametrize("taken", [0, 10, 200_000])
def test_an_output_that_nobody_reads_any_more(model: str, taken: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(pseudo_random(5_000_000))
    statuses = []
    for command in ([*COMMAND, "cat", "--model", model], ["cat"]):
        with subprocess.Popen(
            [*command, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.read(taken) == path.read_bytes()[:taken]
            process.stdout.close()
            assert process.stderr.read() == b""
            statuses.append(process.wait(TIMEOUT))
    assert statuses == [-signal.SIGPIPE, -signal.SIGPIPE]


@every_model
def test_an_input_that_never_ends(model: str) -> None:
    with subprocess.Popen(
        [*COMMAND, "cat", "--model", model, "/dev/zero"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(1_000_000) == bytes(1_000_000)
        process.stdout.close()
        assert process.wait(TIMEOUT) == -signal.SIGPIPE
        assert process.stderr.read() == b""


def hear_ctrl_c() -> None:
    """What runs in the background of a shell ignores the signal, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@every_model
def test_no_more_is_read_for_an_output_that_has_failed(model: str) -> None:
    async def main() -> None:
        output = Sink(finish=next_tick)
        output.on("error", lambda error: None)
        work = asyncio.ensure_future(MODELS[model](_Cat(["/dev/zero"]), output))
        while len(output.got) < 3:
            await asyncio.sleep(0)
        output.destroy(BoomError("no more"))
        with pytest.raises(BoomError):
            await asyncio.wait_for(work, TIMEOUT)

    run(main)


@every_model
def test_ctrl_c_ends_it_in_silence(model: str) -> None:
    with subprocess.Popen(
        [*COMMAND, "cat", "--model", model],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=hear_ctrl_c,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"first")
        process.stdin.flush()
        assert process.stdout.read(5) == b"first"
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT) == -signal.SIGINT
        assert process.stderr.read() == b""


@every_model
@pytest.mark.parametrize("size", [1, 500_000])
def test_a_full_disk(model: str, size: int, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(size))
    with open("/dev/full", "wb") as full:
        done = streams2("cat", "--model", model, "a", "a", cwd=tmp_path, stdout=full)
    problem = os.strerror(errno.ENOSPC)
    assert done.returncode == 1
    assert done.stderr.decode() == f"streams2 cat: write error: {problem}\n"


def closing(descriptor: str, *arguments: str) -> list[str]:
    """A command that runs streams2 with a descriptor closed."""
    return ["sh", "-c", f'"$@" {descriptor}>&-', "sh", *COMMAND, *arguments]


@every_model
def test_no_output_at_all(model: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    command = closing("1", "cat", "--model", model, "a")
    done = subprocess.run(command, cwd=tmp_path, stderr=subprocess.PIPE, timeout=TIMEOUT)
    problem = os.strerror(errno.EBADF)
    assert (done.returncode, done.stderr.decode()) == (
        1,
        f"streams2 cat: write error: {problem}\n",
    )


@every_model
def test_no_input_at_all(model: str) -> None:
    command = closing("0", "cat", "--model", model)
    done = subprocess.run(command, capture_output=True, timeout=TIMEOUT)
    problem = os.strerror(errno.EBADF)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode() == f"streams2 cat: -: {problem}\n"


@every_model
def test_a_file_that_would_be_its_own_input(model: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"once\n")
    with path.open("ab") as out:
        done = streams2("cat", "--model", model, "a", "/dev/null", cwd=tmp_path, stdout=out)
    assert done.returncode == 1
    assert done.stderr == b"streams2 cat: a: input file is output file\n"
    with path.open("r+b") as both:
        done = streams2("cat", "--model", model, stdin=both, stdout=both)
    assert done.returncode == 1
    assert done.stderr == b"streams2 cat: -: input file is output file\n"
    assert path.read_bytes() == b"once\n"
    with path.open("wb") as out:
        # Empty by now, and so it does no harm: cat says nothing either.
        done = streams2("cat", "--model", model, "a", cwd=tmp_path, stdout=out)
    assert (done.returncode, done.stderr) == (0, b"")


# Starts a command from a small process, so that its peak is its own: a child that is forked off a
# large one starts with the large one's.
PEAK_OF = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), file=sys.stderr)
sys.exit(os.WEXITSTATUS(status))
"""


@every_model
def test_memory_does_not_grow_with_the_file(model: str, tmp_path: Path) -> None:
    peaks = []
    for size in (16 * 1024**2, 256 * 1024**2):
        path = tmp_path / "big"
        with path.open("wb") as file:
            file.truncate(size)
            # A mark here and there, so that no chunk can be taken for another.
            for position in range(0, size, size // 64):
                file.seek(position)
                file.write(b"%d" % position)
        command = [sys.executable, "-c", PEAK_OF, *COMMAND, "cat", "--model", model, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            copied = sha256(iter(lambda: process.stdout.read(1024**2), b""))  # type: ignore[union-attr]  # checked above
            peaks.append(int(process.stderr.read()))
            assert process.wait(TIMEOUT) == 0
        with path.open("rb") as file:
            assert copied == sha256(iter(lambda: file.read(1024**2), b""))
    # PyPy frees a chunk when it next collects, and its compiler takes memory as it warms up.
    allowed = 4 * 1024**2 if sys.implementation.name == "cpython" else 64 * 1024**2
    assert abs(peaks[1] - peaks[0]) < allowed


def sha256(blocks: Iterator[bytes]) -> str:
    seen = hashlib.sha256()
    for block in blocks:
        seen.update(block)
    return seen.hexdigest()


# -- compare --------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small"
    path.write_bytes(CONTENTS["binary"])
    return path


@pytest.mark.live
def test_compare_as_json(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMS2_NODE", oracles.node())
    done = streams2("compare", small, "--sink-rate", "unlimited", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(done.stdout)
    checksum = hashlib.sha256(CONTENTS["binary"]).hexdigest()
    assert found["input"] == {"path": str(small), "bytes": 300_000, "sha256": checksum}
    assert found["sink_rate"] is None
    assert [(variant["name"], variant["model"]) for variant in found["variants"]] == [
        ("naive", "none"),
        ("pause_resume", "state machine"),
        ("pipe", "state machine"),
        ("async_iteration", "await"),
        ("channel", "channel"),
        ("iter", "budget"),
        ("asyncio", "await"),
        ("threads", "blocking"),
        ("anyio", "channel"),
        ("trio", "channel"),
        ("node", "state machine"),
    ]
    for variant in found["variants"]:
        assert set(variant) == {
            *("name", "model", "ok", "seconds", "bytes", "sha256", "spread"),
            *("peak_buffered_bytes", "pauses", "drains", "lines", "bound_bytes"),
            *("peak_rss_bytes", "cpu_seconds", "rounds", "seconds_min", "seconds_max"),
            *("lines_with_failures", "at_peak", "busy"),
        }
        assert variant["ok"] is True
        assert variant["rounds"] == 2
        assert 0 < variant["seconds_min"] <= variant["seconds"] <= variant["seconds_max"]
        assert (variant["bytes"], variant["sha256"]) == (300_000, checksum)
        if variant["name"] == "naive":
            assert variant["bound_bytes"] is None
        else:
            assert variant["peak_buffered_bytes"] <= variant["bound_bytes"] <= 4 * 64 * 1024


def test_compare_with_a_fault_as_json(small: Path) -> None:
    arguments = ["--variants", "channel,pipe", "--fault", "source", "--chunk", "10000"]
    done = streams2("compare", small, *arguments, "--json")
    # The fault is what was asked for: that it shows is no failure of the command.
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(done.stdout)
    assert found["settings"]["fault"] == "source"
    assert found["settings"]["chunk_size"] == 10_000
    assert [variant["name"] for variant in found["variants"]] == ["channel", "pipe"]
    for variant in found["variants"]:
        assert variant["ok"] is False
        assert "Input/output error" in variant["error"]
        assert variant["fault"] == {
            "kind": "source",
            "outcome": "raised",
            "error_reached_caller": True,
            "files_closed": True,
            "bytes_lost": 0,
        }


def test_compare_takes_every_setting(small: Path) -> None:
    rates = ["--sink-rate", "9MB/s", "--source-rate", "8MB/s"]
    sizes = ["--chunk", "5KiB", "--high-water-mark", "20KiB"]
    done = streams2(
        "compare", small, *rates, *sizes, "--rounds", "2", "--variants", "pipe", "--json"
    )
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(done.stdout)
    assert found["settings"] == {
        "sink_rate": 9e6,
        "source_rate": 8e6,
        "chunk_size": 5120,
        "high_water_mark": 20480,
        "rounds": 2,
        "fault": None,
    }
    (pipe,) = found["variants"]
    assert pipe["rounds"] == 2
    assert pipe["bound_bytes"] == (2 * 4 + 1) * 5120
    assert set(pipe["spread"]) >= {"seconds", "throughput", "cpu_seconds", "pauses", "drains"}


def test_compare_tells_of_a_missing_node(small: Path) -> None:
    environment = {**os.environ, "STREAMS2_NODE": "/nowhere/node"}
    arguments = ["compare", small, "--sink-rate", "unlimited"]
    done = streams2(*arguments, "--variants", "pipe,node", env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\nnode is left out: $STREAMS2_NODE, /nowhere/node, is none." in done.stdout
    done = streams2(*arguments, "--variants", "node", env=environment)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"node is left out" in done.stderr


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="matplotlib is CPython's")
@pytest.mark.parametrize(("name", "magic"), [("a.png", b"\x89PNG"), ("a.SVG", b"<?xml")])
def test_compare_draws_a_plot(name: str, magic: bytes, small: Path, tmp_path: Path) -> None:
    # No warning is an error here: not all of matplotlib's are ours to prevent.
    arguments = [str(small), "--variants", "naive,pipe", "--plot", str(tmp_path / name)]
    command = [sys.executable, "-m", "streams2", "compare", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=TIMEOUT)
    assert done.returncode == 0
    drawn = (tmp_path / name).read_bytes()
    assert drawn.startswith(magic)
    if magic == b"<?xml":
        # Letters are drawn as shapes, and each is preceded by what it says.
        for text in (b"naive", b"pipe", b"high-water mark"):
            assert text in drawn
    assert {path.name for path in tmp_path.iterdir()} == {name, "small"}


def test_compare_without_matplotlib(small: Path, tmp_path: Path) -> None:
    program = WITHOUT_RICH.replace('"rich"', '"matplotlib"')
    command = [sys.executable, "-c", program, "compare", str(small), "--plot", "a.png"]
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, timeout=TIMEOUT)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"need matplotlib: pip install 'streams2[plot]'" in done.stderr


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="matplotlib is CPython's")
@pytest.mark.parametrize(
    ("arguments", "lesson"),
    [
        (["--html", "missing/a.html"], "missing/a.html: there is no directory missing"),
        (["--plot", "missing/a/b.png"], "missing/a/b.png: there is no directory missing/a"),
        (["--html", "."], ".: cannot be written: Is a directory"),
        (["--html", "kept/a.html"], "kept/a.html: cannot be written: Permission denied"),
        (["--plot", "a.svg", "--html", "./a.svg"], "./a.svg: is that of --plot, too. Give --html"),
        (["--html", "small"], "small: is the input, too. Give --html another path"),
        (
            ["--html", "a", "--step", "node"],
            "node cannot be stepped through: $STREAMS2_NODE, /nowhere, is no Node",
        ),
        (["--html", "a", "--step", "pipe,naive,channel"], "--step: give 2 variants, or one"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_runs(
    arguments: list[str],
    lesson: str,
    small: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(small.parent)
    monkeypatch.setenv("STREAMS2_NODE", "/nowhere")
    (small.parent / "kept").mkdir()
    refused = tempfile.TemporaryDirectory

    def refuses(**options: Any) -> Any:
        # To root, every directory is open.
        if str(options["dir"]).endswith("kept"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "kept/.streams2-x")
        return refused(**options)

    monkeypatch.setattr("streams2.compare.saving.tempfile.TemporaryDirectory", refuses)
    monkeypatch.setattr(compare_command, "compare", None)  # Nothing runs.
    with pytest.raises(SystemExit) as raised:
        cli.main(["compare", "small", *arguments])
    assert raised.value.code == 2
    assert lesson in capsys.readouterr().err
    assert {one.name for one in small.parent.iterdir()} == {"kept", "small"}


def test_what_is_written_with_a_package_that_is_not_there_is_left_out(
    small: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams2.compare.runner.importlib.util.find_spec", lambda _: None)
    lesson = "{0} is left out: {0} is not installed. Install it: pip install 'streams2[{0}]'"
    with pytest.raises(SystemExit):
        cli.main(["compare", str(small), "--variants", "anyio,trio"])
    told = capsys.readouterr().err
    assert lesson.format("anyio") in told
    assert lesson.format("trio") in told


def comparing(directory: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A comparison that goes on for long, with its child at work."""
    process = subprocess.Popen(
        [*COMMAND, "compare", "--sink-rate", "500KB/s", "--variants", "pipe", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(directory)},
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )
    until(lambda: bool(list(directory.glob("streams2-*/output"))))
    return process


def until(happened: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + TIMEOUT
    while not happened():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def is_gone(group: int) -> bool:
    """Whether no process is left in a group."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_an_interrupted_comparison_leaves_nothing_behind(tmp_path: Path) -> None:
    for signal_all in (False, True):
        process = comparing(tmp_path)
        # To the command alone, or as Ctrl-C on a terminal: to its children as well.
        (os.killpg if signal_all else os.kill)(process.pid, signal.SIGINT)
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(TIMEOUT) == -signal.SIGINT
        until(lambda group=process.pid: is_gone(group))  # type: ignore[misc]  # bound here
        assert list(tmp_path.iterdir()) == []
        process.stderr.close()


def test_a_killed_comparison_leaves_no_process_behind(tmp_path: Path) -> None:
    with comparing(tmp_path) as process:
        process.kill()
        process.wait(TIMEOUT)
        until(lambda: is_gone(process.pid))


def test_compare_in_a_pipe_is_plain_text(small: Path) -> None:
    done = streams2("compare", small, "--sink-rate", "5MB/s")
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode("ascii")
    assert "\x1b" not in text
    assert f"cat of {small} (293.0 KiB) into a sink of 5.0 MB/s\n" in text
    rows = [line.split() for line in text.splitlines()]
    for name in ("naive", "pause_resume", "pipe", "channel", "iter", "asyncio", "threads"):
        assert next(row[1] for row in rows if row and row[0] == name) == "equal"


def on_a_terminal(command: Sequence[str], columns: int = 80) -> tuple[int, str]:
    """Run `command` with a terminal as standard output and error; its status and what it wrote."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color"}
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "LINES"):
        environment.pop(name, None)
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        seen = []
        while True:
            try:
                block = os.read(ours, 65536)
            except OSError:  # How Linux says that nobody has the terminal open any more.
                break
            if not block:
                break
            seen.append(block)
        os.close(ours)
        return process.wait(TIMEOUT), b"".join(seen).decode()


def test_compare_on_a_terminal(small: Path) -> None:
    arguments = [str(small), "--sink-rate", "2MB/s", "--variants", "naive,pipe", "--rounds", "2"]
    status, text = on_a_terminal([*COMMAND, "compare", *arguments])
    assert status == 0
    # A bar that moves: drawn, taken back, drawn anew.
    assert "\u2501" in text
    assert "\x1b[1A" in text
    last = text[text.rindex("cat of") :]
    assert "\u2026" not in last  # Nothing is cut off.
    for word in ("output", "time", "throughput", "peak buffered", "pauses", "drains", "lines"):
        assert word in last
    assert "\u2588" in last
    assert "lowest-highest" in last
    table = re.sub(r"\x1b\[[0-9;]*m", "", last[last.index("variant") : last.index("output    ")])
    assert max(map(len, table.splitlines())) <= 80
    assert "\x1b[32mequal" in last
    assert "Traceback" not in text


WITHOUT_RICH = """
import sys

class NoRich:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "rich":
            raise ModuleNotFoundError("No module named 'rich'", name="rich")

sys.meta_path.insert(0, NoRich())
sys.argv[0] = "streams2"
from streams2.__main__ import main
main()
"""


def test_compare_on_a_terminal_without_rich(small: Path) -> None:
    arguments = ["compare", str(small), "--sink-rate", "unlimited", "--variants", "naive,pipe"]
    status, text = on_a_terminal([sys.executable, "-W", "error", "-c", WITHOUT_RICH, *arguments])
    assert status == 0
    assert "\x1b" not in text
    assert text.replace("\r\n", "\n").count("equal") == 2


def test_compare_of_nothing_in_particular() -> None:
    done = streams2("compare", "--sink-rate", "unlimited", "--variants", "pipe,threads", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, b"")
    assert found["input"]["path"] is None
    assert found["input"]["bytes"] == 32 * 1024**2
    assert all(variant["ok"] for variant in found["variants"])


def test_compare_fails_if_a_variant_does(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = Variant("wrong", "none", "streams", "tests.compare_variants", function="wrong")
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent))
    monkeypatch.setattr("streams2.compare.command.VARIANTS", (wrong,))
    arguments = ["compare", str(small), "--sink-rate", "unlimited"]
    assert cli.main(arguments) == 1
    assert capsys.readouterr().out.count("WRONG") == 1
    assert cli.main([*arguments, "--json"]) == 1
    assert not any(variant["ok"] for variant in json.loads(capsys.readouterr().out)["variants"])


# -- diagram --------------------------------------------------------------------------------------


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("form", FORMATS)
def test_diagram(machine: str, form: str) -> None:
    done = streams2("diagram", machine, "--format", form)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("ascii") == FORMATS[form](MACHINES[machine])


def test_diagram_is_mermaid_if_nothing_is_said() -> None:
    assert streams2("diagram", "pipe").stdout.startswith(b"stateDiagram-v2\n")


# -- what makes no sense --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "lesson"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["dog"], "invalid choice: 'dog' (choose from "),
        (["cat", "--model", "magic"], "invalid choice: 'magic' (choose from "),
        (["cat", "--colour"], "unrecognized arguments: --colour"),
        (["compare", "--sink-rate", "fast"], "'fast' is not a rate. Give a number of B, KB, MB"),
        (["compare", "--sink-rate", "0B/s"], "Give a rate above 0, or unlimited"),
        (["compare", "missing.iso"], "missing.iso: No such file or directory"),
        (["compare", "/dev/null"], "/dev/null is not a regular file. Every variant reads"),
        (["compare", "a", "b"], "unrecognized arguments: b"),
        (["compare", "--source-rate", "1"], "'1' is not a rate. Give a number of B, KB, MB"),
        (["compare", "--chunk", "0"], "'0' is no whole number of bytes above 0"),
        (["compare", "--high-water-mark", "big"], "'big' is not a size. Give a number of B,"),
        (["compare", "--rounds", "0"], "'0' is no number of rounds. Give a whole number above 0"),
        (["compare", "--rounds", "two"], "'two' is no number of rounds"),
        (["compare", "--variants", "pipe,dog"], "'dog' is no variant. There are: naive, "),
        (["compare", "--fault", "fire"], "invalid choice: 'fire' (choose from "),
        (["compare", "--plot", "a.gif"], "'a.gif' ends in neither .png nor .svg"),
        (["compare", "--fault", "sink", __file__, "--chunk", "1GiB"], "must have at least 4.0 GiB"),
        (["compare", "--form", "odd"], "invalid choice: 'odd' (choose from "),
        (["compare", "--tolerance", "lots"], "'lots' is no part of a whole. Give one, such as 10%"),
        (["compare", "--html", ""], "'' is no path. Give the path of a file"),
        (["compare", "--step", "pipe"], "--step: is for the page. Give --html, too"),
        (["diagram"], "{lifecycle,flow,supply,demand,pipe,push,all}"),
        (["diagram", "cat"], "invalid choice: 'cat' (choose from "),
        (["diagram", "pipe", "--format", "png"], "invalid choice: 'png' (choose from "),
    ],
)
def test_bad_arguments(
    arguments: list[str],
    lesson: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as raised:
        cli.main(arguments)
    assert raised.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: streams2")
    assert lesson in err


def test_the_status_of_bad_arguments_reaches_the_shell() -> None:
    done = streams2("diagram", "cat")
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.parametrize("command", ["", "cat", "compare", "diagram", "trace-diff"])
def test_help_has_examples_and_fits(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main([*([command] if command else []), "--help"])
    assert raised.value.code == 0
    text = capsys.readouterr().out
    assert f"examples:\n  streams2 {command or 'cat'} " in text
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) <= (30 if command in ("compare", "trace-diff") else 24)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"streams2 {__version__}\n"


# -- how the process ends -------------------------------------------------------------------------


def test_help_into_a_closed_pipe() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as nobody:
        done = streams2("diagram", "flow", stdout=nobody)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


def test_a_diagram_onto_a_full_disk() -> None:
    with open("/dev/full", "wb") as full:
        done = streams2("diagram", "flow", stdout=full)
    problem = os.strerror(errno.ENOSPC)
    assert done.returncode == 1
    assert done.stderr.decode() == f"streams2: [Errno {errno.ENOSPC}] {problem}\n"


# -- the last words of the process ----------------------------------------------------------------


class LeftError(Exception):
    """The process is left at once."""


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the process does to end, in place of doing it."""
    seen: list[Any] = []

    def leave(status: int) -> None:
        seen.append(("exit", status))
        raise LeftError

    monkeypatch.setattr(os, "kill", lambda pid, number: seen.append(("kill", pid, number)))
    monkeypatch.setattr(signal, "signal", lambda number, action: seen.append((number, action)))
    monkeypatch.setattr(os, "_exit", leave)
    return seen


@pytest.mark.parametrize(
    ("raised", "number"),
    [(BrokenPipeError(), signal.SIGPIPE), (KeyboardInterrupt(), signal.SIGINT)],
    ids=["pipe", "interrupt"],
)
def test_it_dies_as_other_commands_do(
    raised: BaseException, number: int, ends: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry, "run_command", raising(raised))
    with pytest.raises(LeftError):
        entry.main()
    assert ends == [(number, signal.SIG_DFL), ("kill", os.getpid(), number), ("exit", 1)]


def test_where_there_are_no_signals_it_exits(
    ends: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(signal, "SIGPIPE")
    monkeypatch.setattr(entry, "run_command", raising(BrokenPipeError()))
    with pytest.raises(LeftError):
        entry.main()
    assert ends == [("exit", 1)]


def test_any_other_failure_of_the_system_is_told(
    ends: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(entry, "run_command", raising(OSError(errno.EIO, "gone")))
    with pytest.raises(LeftError):
        entry.main()
    assert ends == [("exit", 1)]
    assert capsys.readouterr().err == f"streams2: [Errno {errno.EIO}] gone\n"


def test_what_can_never_go_on_is_explained_and_exits_as_in_node(
    ends: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(entry, "run_command", raising(UnsettledError("`main` waits for `sink`")))
    with pytest.raises(LeftError):
        entry.main()
    assert ends == [("exit", 13)]
    assert capsys.readouterr().err == "streams2: `main` waits for `sink`\n"


def test_without_a_standard_output_the_status_counts_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entry, "run_command", lambda: 7)
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(SystemExit) as left:
        entry.main()
    assert left.value.code == 7


def test_a_pipe_that_nobody_reads_is_no_write_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "cat", raising(BrokenPipeError()))
    with pytest.raises(BrokenPipeError):
        cli.main(["cat"])


def test_only_rich_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "streams2.compare.terminal", None)
    monkeypatch.delattr("streams2.compare.terminal", raising=False)
    with pytest.raises(ModuleNotFoundError, match="terminal"):
        compare_command._optional("terminal", "rich")


def raising(error: BaseException) -> Any:
    def fail(*_: Any) -> None:
        raise error

    return fail
