"""A Node process that runs programs, one after the other."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

RUNNER = Path(__file__).with_name("runner.mjs")


class Node:
    """Node's own streams: a program goes in, what its parties were told comes out."""

    def __init__(self, path: str) -> None:
        self._process = subprocess.Popen(
            [path, "--no-warnings", "--experimental-stream-iter", str(RUNNER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.kill()
        self._process.wait()

    def run_program(self, program: list[Any]) -> dict[str, Any]:
        self.begin(program)
        return self.finish()

    def begin(self, program: list[Any]) -> None:
        """Have Node begin; the answer is taken with `finish`."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(program).encode() + b"\n")
        self._process.stdin.flush()

    def finish(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found
