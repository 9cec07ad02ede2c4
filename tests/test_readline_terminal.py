"""readline at a real terminal: Ctrl-C, Ctrl-D and answers, as Node tells of them."""

from __future__ import annotations

import os
import select
import signal
import sys
import time

import pytest

from . import oracles

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)
import pty

pytestmark = [pytest.mark.host, pytest.mark.slow]

OURS = """
from streams2 import AbortController, readline, run, stdio
def say(*words): print(*words, flush=True)
def interface(of=readline):
    made = of.create_interface(input=stdio.stdin(), output=stdio.stdout())
    return made.on("close", lambda: say("close"))
async def ask(**options):
    lines = interface(readline.promises)
    controller = options.get("controller")
    if controller:
        lines.on("SIGINT", lambda: controller.abort())
    try:
        say("answer", await lines.question("READY?", signal=controller and controller.signal))
    except Exception as error:
        say("failed", error.code, str(error).splitlines()[0])
    lines.close()
"""
NODES = """
const readline = require('readline');
const say = console.log;
const interface = (of = readline) => of.createInterface({ input: process.stdin,
    output: process.stdout }).on('close', () => say('close'));
async function ask({ controller } = {}) {
    const lines = interface(readline.promises);
    if (controller) lines.on('SIGINT', () => controller.abort());
    const signal = controller && { signal: controller.signal };
    try { say('answer', await (signal ? lines.question('READY?', signal)
        : lines.question('READY?'))); }
    catch (error) { say('failed', error.code, error.message.split('\\n')[0]); }
    lines.close();
}
"""
LINES = (
    "run(lambda: (interface().on('line', lambda line: say('line', line)), say('READY')) and None)",
    "interface().on('line', (line) => say('line', line)); say('READY')",
)
HEARD = (
    "run(lambda: (interface().on('SIGINT', lambda: say('SIGINT')), say('READY')) and None)",
    "interface().on('SIGINT', () => say('SIGINT')); say('READY')",
)
ASKED = "run(ask)", "ask()"
GIVEN_UP = (
    "run(lambda: ask(controller=AbortController()))",
    "ask({ controller: new AbortController() })",
)

#: Two programs, what is typed when something has been shown, and what is shown besides.
PROGRAMS = {
    "a line, then Ctrl-C": (
        *(LINES, [("READY", "hi\r"), ("line hi", "\x03")]),
        ["line hi", "close"],
    ),
    "Ctrl-D": (LINES, [("READY", "\x04")], ["close"]),
    "SIGINT that is heard": (HEARD, [("READY", "\x03"), ("SIGINT", "\x04")], ["SIGINT", "close"]),
    "an answer": (ASKED, [("READY?", "yes\r")], ["answer yes", "close"]),
    "no answer, but Ctrl-C": (
        *(ASKED, [("READY?", "\x03")]),
        ["close", "failed ABORT_ERR Aborted with Ctrl+C"],
    ),
    "no answer, but Ctrl-D": (
        *(ASKED, [("READY?", "\x04")]),
        ["close", "failed ABORT_ERR Aborted with Ctrl+D"],
    ),
    "a question that Ctrl-C gives up": (
        *(GIVEN_UP, [("READY?", "\x03")]),
        ["failed ABORT_ERR The operation was aborted", "close"],
    ),
}


def shown_at_a_terminal(command: list[str], typed: list[tuple[str, str]]) -> list[str]:
    """What a program shows, line by line, when keys are pressed at its terminal."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(command[0], command, {**os.environ, "TERM": "dumb"})
    shown, left = "", list(typed)
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            select.select([terminal], [], [], 1)
            try:
                shown += os.read(terminal, 4096).decode()
            except OSError:
                break  # The program has ended, and the terminal with it.
            if left and left[0][0] in shown:
                os.write(terminal, left.pop(0)[1].encode())
        else:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert (status, left) == (0, []), shown
    for echo in ("READY?", "READY", "^C", "^D", "\b"):
        shown = shown.replace(echo, "\n")
    return shown.replace("\r", "\n").split("\n")


def told(shown: list[str]) -> list[str]:
    words = ("line ", "answer ", "failed ", "close", "SIGINT")
    return [line for line in shown if line.startswith(words)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_at_a_terminal(name: str) -> None:
    (ours, _), typed, expected = PROGRAMS[name]
    assert told(shown_at_a_terminal([sys.executable, "-c", OURS + ours], typed)) == expected


@pytest.mark.live
@pytest.mark.once
@pytest.mark.parametrize("name", PROGRAMS)
def test_so_it_is_in_node(name: str) -> None:
    (_, nodes), typed, expected = PROGRAMS[name]
    assert told(shown_at_a_terminal([oracles.node(), "-e", NODES + nodes], typed)) == expected
