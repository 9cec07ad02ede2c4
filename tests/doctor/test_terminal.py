"""At a terminal: Ctrl-C in each phase of a run, and the commands that look at one."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import textwrap
import time

import pytest

pty = pytest.importorskip("pty", reason="needs the terminals of Unix")
pytestmark = [pytest.mark.host, pytest.mark.slow]

HEAD = """
    import asyncio, time
    from streams2 import *

    def ready():
        print("ready", flush=True)

    def soon(call):
        loop = asyncio.get_running_loop()
        loop.call_later(0, loop.call_later, 0.1, call)
"""
CTRL_C = b"\x03"
LONGEST = 60

PHASES = {
    "main": """
        def main():
            print("ready", flush=True)
            time.sleep(60)
        run(main)
        """,
    "a tick": """
        def tick():
            print("ready", flush=True)
            while True:
                pass
        async def main():
            next_tick(tick)
            shout = PassThrough()
            await promises.finished(shout)
        run(main)
        """,
    "a callback": """
        def write(self, chunk, encoding, callback):
            print("ready", flush=True)
            time.sleep(60)
        run(lambda: Writable(write=write).write(b"x"))
        """,
    "a wait": """
        async def main():
            shout = PassThrough()
            asyncio.get_running_loop().call_later(60, print)
            soon(ready)
            await promises.finished(shout)
        run(main)
        """,
    "a thread's wait": """
        async def main():
            print("ready", flush=True)
            await asyncio.get_running_loop().run_in_executor(None, time.sleep, 1)
        run(main)
        """,
    "run_async": """
        async def main():
            shout = PassThrough()
            soon(ready)
            await promises.finished(shout)
        asyncio.run(run_async(main))
        """,
    "a call in run_async": """
        async def main():
            shout = PassThrough()
            def wait():
                print("ready", flush=True)
                time.sleep(60)
            asyncio.get_running_loop().call_later(0, asyncio.get_running_loop().call_soon, wait)
            await promises.finished(shout)
        asyncio.run(run_async(main))
        """,
    "its own end": """
        async def main():
            while True:
                try:
                    print("ready", flush=True)
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    pass
        run(main)
        """,
}
WAITING = {
    "a tick": ["`main` waits at", "`shout` (a PassThrough, made at", "call its `end`"],
    "a wait": ["`main` waits at", "`shout` (a PassThrough, made at", "call its `end`"],
    "run_async": ["`main` waits at", "`shout` (a PassThrough, made at", "call its `end`"],
    "a call in run_async": ["`main` waits at", "`shout` (a PassThrough, made at"],
    "a thread's wait": ["`main` waits at", "It moves"],
}


class Terminal:
    """A program at a terminal of its own."""

    def __init__(self, *command):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(command[0], command)
        self.said, self.until = "", time.monotonic() + LONGEST

    def read_until(self, text):
        """Read on until it says `text`, or ends."""
        while text not in self.said and self.reads():
            pass
        return self

    def reads(self, seconds=1.0):
        """Whether it is still there, after what it says next."""
        if time.monotonic() > self.until:
            os.kill(self.pid, signal.SIGKILL)
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            said = os.read(self.fd, 65536)
        except OSError:
            return False  # What Linux says once nobody is at the other end.
        self.said += said.decode().replace("\r", "")
        return bool(said)

    def press(self, keys):
        os.write(self.fd, keys)
        return self

    def end(self, keys=b""):
        """Read to its end, and press `keys` again each second. Its exit status."""
        pressed = time.monotonic()
        while self.reads():
            if keys and time.monotonic() - pressed > 1:
                pressed = time.monotonic()
                self.press(keys)
        os.close(self.fd)
        return os.waitpid(self.pid, 0)[1]


@pytest.fixture
def program(tmp_path):
    def write(body):
        path = tmp_path / "program.py"
        path.write_text(textwrap.dedent(HEAD) + textwrap.dedent(body))
        return str(path)

    return write


@pytest.mark.parametrize("phase", PHASES)
def test_ctrl_c(phase, program):
    terminal = Terminal(sys.executable, program(PHASES[phase])).read_until("ready\n")
    # A task that goes on after its cancellation takes more than one.
    status = terminal.press(CTRL_C).end(keys=CTRL_C if phase == "its own end" else b"")
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGINT
    assert "KeyboardInterrupt" in terminal.said
    for words in WAITING.get(phase, []):
        assert terminal.said.count(words) == 1, terminal.said


def test_ctrl_c_twice_in_haste(program):
    terminal = Terminal(sys.executable, program(PHASES["a wait"])).read_until("ready\n")
    status = terminal.press(CTRL_C).press(CTRL_C).end()
    assert os.WTERMSIG(status) == signal.SIGINT
    assert terminal.said.count("`main` waits at") == 1, terminal.said


FLOWING = """
    async def numbers():
        while True:
            yield b"x" * 1000
            await asyncio.sleep(0)

    class Disk(Writable):
        def _write(self, chunk, encoding, callback):
            print("ready", flush=True) if self.writable_need_drain else None
            asyncio.get_running_loop().call_later(0.01, callback)

    async def main():
        disk = Disk(high_water_mark=10_000)
        await promises.pipeline(Readable.from_(numbers(), object_mode=False), disk)

    run(main)
"""


def test_the_commands_that_look_at_a_program(program):
    app = subprocess.Popen(
        [sys.executable, program(FLOWING)],
        env={**os.environ, "STREAMS2_TOP": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert app.stdout.readline() == b"ready\n"
        top = Terminal(sys.executable, "-m", "streams2", "top", str(app.pid))
        top.read_until("Disk at")
        assert top.press(CTRL_C).end() == 0
        assert "refusing" in top.said
        doctor = Terminal(sys.executable, "-m", "streams2", "doctor", str(app.pid))
        assert doctor.end() == 0
        assert "`disk` (a Disk, made at" in doctor.said
        assert "It moves" in doctor.said
        assert app.poll() is None
    finally:
        app.kill()
        app.communicate()
