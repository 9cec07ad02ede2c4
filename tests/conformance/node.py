"""A Node process that runs programs, one after the other."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import language
from .language import Program, Trace

RUNNER = Path(__file__).with_name("runner.js")


class NodeDiedError(RuntimeError):
    """Node ended before it had answered; the message has the program it was at."""


class Node:
    """Real streams: programs go in, traces come out. A context manager.

    Args:
        path: where Node is.
    """

    def __init__(self, path: str) -> None:
        self._process = subprocess.Popen(
            [path, "--no-warnings", str(RUNNER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        # Both ends are served by threads: Node never waits for us, nor we for it, with full pipes.
        self._questions: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._ask, daemon=True),
            threading.Thread(target=self._listen, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._send(_language())

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, and wait for its end."""
        self._questions.put(None)
        self._process.kill()
        for thread in self._threads:
            thread.join()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def trace(self, program: Program) -> Trace:
        """The trace of one program."""
        return next(self.traces([program]))

    def traces(self, programs: Iterable[Program]) -> Iterator[Trace]:
        """The traces of `programs`. Node is at work on them as soon as this is called."""
        asked = list(programs)
        for program in asked:
            self._send(program)
        return map(self._answer, asked)

    def _answer(self, program: Program) -> Trace:
        line = self._answers.get()
        try:
            trace: Trace = json.loads(line)["trace"]
        except ValueError:
            # Nothing, or what a dying V8 has to say.
            raise NodeDiedError(f"{line!r} is no answer to {json.dumps(program)}") from None
        return trace

    def _send(self, question: object) -> None:
        self._questions.put(json.dumps(question).encode() + b"\n")

    def _ask(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        try:
            for question in iter(self._questions.get, None):
                stdin.write(question)
                if self._questions.empty():
                    stdin.flush()
            stdin.close()
        except BrokenPipeError:
            pass  # The reader of the answers says it.

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put(b"")


def _language() -> object:
    """What the runner must know of language.py."""
    return {
        "linesAtMost": language.LINES_AT_MOST,
        "turnsAtMost": language.TURNS_AT_MOST,
        "chunkAtMost": language.CHUNK_AT_MOST,
        "properties": dict(language.PROPERTIES),
        "methodProperties": language.METHOD_PROPERTIES,
        "functionProperties": language.FUNCTION_PROPERTIES,
        "baseline": dict(language.BASELINE),
        "marks": language.MARKS,
        "events": language.EVENTS,
    }
