"""Where there are no sockets and no processes, in a browser say: that is said at the call."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from streams2 import child_process, duplex_pair, errors, fs, net, promises, run
from streams2.lab import record_program
from streams2.loop import secluded
from streams2.loop.quiet import StandingClock, use_clock

CALLS = {
    "net.connect": "net.connect(80)",
    "net.Socket.connect": "net.Socket().connect(80)",
    "net.Server.listen": "net.create_server().listen(0)",
    "tls.connect": "tls.connect(443)",
    "http.request": "http.get('http://example.com')",
    "http.Server.listen": "http.create_server().listen(0)",
    "https.request": "https.get('https://example.com')",
    "child_process.spawn": "child_process.spawn('ls')",
    "child_process.exec_": "child_process.exec_('ls')",
    "child_process.exec_file": "child_process.exec_file('ls')",
    "asyncio's create_connection": "asyncio.open_connection('localhost', 80)",
    "asyncio's subprocess_exec": "asyncio.create_subprocess_exec('ls')",
    "asyncio's add_reader": "asyncio.get_running_loop().add_reader(0, print)",
}
NAMES = "import asyncio\nfrom streams2 import child_process, http, https, net, run, tls\n"


def failing(call: str, expression: str) -> str:
    """A program that makes the call, and prints what it raises there and then."""
    awaited = "await " if expression.startswith(("asyncio.open", "asyncio.create")) else ""
    return f"""{NAMES}
async def main():
    try:
        {awaited}{expression}
    except TypeError as error:
        print(error.code)
        print(error)

run(main)
"""


@pytest.mark.parametrize(("call", "expression"), CALLS.items(), ids=CALLS)
def test_it_is_said_which_call_it_was_and_what_works(call: str, expression: str) -> None:
    outcome = record_program(failing(call, expression))
    assert outcome.problem is None
    code, said = outcome.printed.splitlines()
    assert code == "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"
    assert said.startswith(
        f"The feature {call} is unavailable on the current platform, "
        "which is being used to run Python: there are no "
    )
    assert re.search(r"duplex_pair\(\) is a connection|a Transform does what a program", said)


@pytest.mark.parametrize("expression", ["net.connect(80)", "child_process.spawn('ls')"])
def test_in_a_browser_whatever_the_loop(expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secluded, "IN_BROWSER", True)

    async def main() -> None:
        with pytest.raises(errors.FeatureUnavailableOnPlatformError, match="in a browser; "):
            eval(expression, {"net": net, "child_process": child_process})

    asyncio.run(main())


def test_a_connection_within_the_program_works() -> None:
    def main() -> list[bytes]:
        ours, theirs = duplex_pair()
        theirs.on("data", got.append)
        ours.end(b"hello")
        return got

    got: list[bytes] = []
    with use_clock(StandingClock()):
        run(main)
    assert got == [b"hello"]


# -- files work -----------------------------------------------------------------------------------


def test_files_are_read_written_and_added_to(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    async def main() -> list[object]:
        for text, flags in (("hello ", "w"), ("world", "a")):
            sink = fs.create_write_stream(first, flags=flags)
            sink.end(text)
            await promises.finished(sink)
        await promises.pipeline(
            fs.create_read_stream(first, high_water_mark=3), fs.create_write_stream(second)
        )
        part = [chunk async for chunk in fs.create_read_stream(second, start=2, end=4)]
        opened = await fs.promises.open(second)
        whole = [chunk async for chunk in opened.create_read_stream()]
        return [*part, *whole]

    with use_clock(StandingClock()):
        assert run(main) == [b"llo", b"hello world"]


@pytest.mark.parametrize(("name", "flags", "code"), [("no", "r", "ENOENT"), ("", "r", "EISDIR")])
def test_what_cannot_be_opened_or_read_says_why(
    name: str, flags: str, code: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async for _ in fs.create_read_stream(tmp_path / name, flags=flags):
            pass

    with use_clock(StandingClock()), pytest.raises(OSError, match=r".") as caught:
        run(main)
    assert caught.value.code == code  # type: ignore[attr-defined]


def test_a_device_needs_no_thread() -> None:
    async def main() -> list[bytes]:
        sink = fs.create_write_stream(os.devnull)
        sink.end("gone")
        await promises.finished(sink)
        return [chunk async for chunk in fs.create_read_stream(os.devnull)]

    with use_clock(StandingClock()):
        assert run(main) == []


# Elsewhere, standard output is the process's own.
if sys.platform == "emscripten":

    def test_standard_output_is_what_a_program_prints() -> None:
        text = """
import os
from streams2 import run, stdio

def main():
    print("one")
    stdio.stdout().write("two\\n")
    stdio.stderr().write("three\\n")
    print("four")
    stdio.stdin().on("data", print)

run(main)
os.write(1, b"five\\n")
"""
        outcome = record_program(text)
        assert outcome.problem is None
        assert sorted(outcome.printed.split()) == ["five", "four", "one", "three", "two"]
