"""The tests run on a loop that needs no sockets.

Pyodide's own loop is the browser's, which turns when Python has returned to it: `asyncio.run` does
not return, and a test could not wait.
"""

from __future__ import annotations

import asyncio

import pytest

from streams2.loop.quiet import QuietLoop

#: What is tested if no paths are given: streams and channels, and what they are made of.
CORE = [
    *(f"tests/test_{name}.py" for name in ("machine", "model", "ticks", "events", "faces")),
    *(f"tests/test_{name}.py" for name in ("readable", "writable", "duplex", "transform", "pipe")),
    *(f"tests/test_{name}.py" for name in ("pipeline", "finished", "compose", "duplex_from")),
    *(f"tests/test_{name}.py" for name in ("operators", "iteration", "consumers", "asking")),
    *(f"tests/test_{name}.py" for name in ("abort", "errors", "rejections", "chunks", "encodings")),
    *(f"tests/test_channel{name}.py" for name in ("", "_arguments", "_cancellation", "_failure")),
    *(f"tests/test_channel{name}.py" for name in ("_processes", "_transforms")),
    "tests/test_lab.py",
    "tests/test_secluded.py",
    "tests/doctor/test_call_graph.py",
    "tests/conformance/test_corpus.py",
    "tests/core_async/test_corpus.py",
    "tests/learn/test_exercises.py::test_the_broken_program_is_refused",
]
SELECTED = "not slow and not live and not browser and not host"


class SelectorLoop(QuietLoop):
    """What stands for asyncio's loop here: tests bring it a selector that waits for nothing."""

    def __init__(self, selector: object = None) -> None:
        super().__init__()
        if selector is not None:
            vars(self).update(_selector=selector)


def main(arguments: list[str]) -> int:
    """Run pytest.

    Args:
        arguments: pytest's. Without a path among them, the tests of the core run.

    Returns:
        Its exit code.
    """
    # What `asyncio.run` takes for the loop of this platform. `streams2.run` brings its own.
    asyncio.SelectorEventLoop = SelectorLoop  # type: ignore[misc,assignment]
    asyncio.DefaultEventLoopPolicy._loop_factory = SelectorLoop
    asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())
    # The browser's loop counts as running all the time.
    asyncio._set_running_loop(None)
    paths = [] if any(each.startswith("tests") for each in arguments) else CORE
    return int(pytest.main(["-p", "no:cacheprovider", "-m", SELECTED, *arguments, *paths]))
