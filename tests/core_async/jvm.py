"""The real core.async, in one JVM that runs program after program."""

from __future__ import annotations

import json
import select
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.oracles import core_async_classpath

MOST_SECONDS = 180
"""When a program is held to have hung. Most take less than a millisecond, after a slow start."""


# It lives for seconds: what it would optimise does not pay.
_SOON = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


class CoreAsync:
    """Use it as a context manager: the JVM takes seconds to start, and a program microseconds."""

    def __enter__(self) -> CoreAsync:
        runner = Path(__file__).with_name("runner.clj")
        self._process = subprocess.Popen(
            ["java", *_SOON, "-cp", core_async_classpath(), "clojure.main", str(runner)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def run_program(self, program: list[Any]) -> list[Any]:
        """The outcome of a program on core.async."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(program) + "\n")
        self._process.stdin.flush()
        answered, _, _ = select.select([self._process.stdout], [], [], MOST_SECONDS)
        line = self._process.stdout.readline() if answered else ""
        if not line:
            self._process.kill()
            raise RuntimeError(f"core.async ended at {json.dumps(program)}")
        return json.loads(line)
