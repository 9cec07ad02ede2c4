"""How long `import streams2` takes beyond what it imports itself."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from .works import Run, Work

_PROGRAM = """
import time
{before}
start = time.perf_counter()
for _ in [0]:
    {what}
print(time.perf_counter() - start)
"""


def importing(what: str, before: str = "") -> Run:
    def run(count: int) -> tuple[float, Any]:
        program = _PROGRAM.format(what=what, before=before)
        seconds = 0.0
        # Nobody compiles a package anew each time it is imported.
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, env=env)
        for _ in range(count):
            command = [sys.executable, "-c", program]
            answered = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
            seconds += float(answered.stdout)
        return seconds, count

    return run


def works() -> list[Work]:
    """What is measured with imports."""
    contestants = {
        "import streams2, after asyncio and pyee": importing(
            "import streams2", "import asyncio, pyee"
        ),
        # The classes are imported when somebody asks for one, so these take more.
        "Readable, Writable, pipeline and run, the same way": importing(
            "from streams2 import Readable, Writable, pipeline, run", "import asyncio, pyee"
        ),
        "import asyncio": importing("import asyncio"),
    }
    about = "an import in a new interpreter"
    return [
        Work(
            *("import", about, 5, 1, "imports", lambda count: count, contestants),
            group="memory",
        )
    ]
