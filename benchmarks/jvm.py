"""core.async on the JVM: one process that does a work each time it is asked to."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from .works import Run

_JARS = Path("/usr/share/java")
MISSING = "core.async (not found: set STREAMS2_CORE_ASYNC to its classpath)"


def classpath() -> str | None:
    """A Java classpath with core.async: what STREAMS2_CORE_ASYNC names, or Debian's jars."""
    if shutil.which("java") is None:
        return None
    named = os.environ.get("STREAMS2_CORE_ASYNC")
    return named or (str(_JARS / "*") if (_JARS / "core.async.jar").exists() else None)


class _Jvm:
    process: subprocess.Popen[str] | None = None

    def do(self, name: str, size: int) -> tuple[float, Any]:
        process = self.process or self.start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f'["{name}" {size}]\n')
        process.stdin.flush()
        seconds, result = json.loads(process.stdout.readline())
        return seconds, result

    def start(self) -> subprocess.Popen[str]:
        program = Path(__file__).with_name("jvm.clj")
        self.process = subprocess.Popen(
            ["java", "-cp", str(classpath()), "clojure.main", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self.stop)
        return self.process

    def stop(self) -> None:
        if self.process is not None:
            self.process.communicate()
            self.process = None


_jvm = _Jvm()


def core_async(name: str) -> dict[str, Run]:
    """The contestant that does the work `name` on core.async, if that is there."""
    if classpath() is None:
        return {}
    return {"core.async (JVM, warm)": lambda size: _jvm.do(name, size)}
