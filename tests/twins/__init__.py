"""Programs that are written twice, for Node and for Python, and must say the same.

    twins = Twins()

    @twins.program('''
        const writable = new Writable({ write(chunk, encoding, done) { done(); } });
        say(writable.write('abc'));
    ''')
    def test_write_answers_true(say):
        writable = Writable(write=lambda self, chunk, encoding, done: done())
        say(writable.write("abc"))

The decorated function becomes a test: it must say what the program is recorded to have said in
Node. ``python -m tests.twins`` records all of them anew. An error is said by its code, or where it
has none by its message; one that nobody catches ends the program, and is the last thing that it
says.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from typing import Any, Callable
from weakref import WeakKeyDictionary

from streams2 import run

from .records import Said, recorded

Program = Callable[[Callable[..., None]], Any]


class Twins:
    """The programs of one test module."""

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}

    def program(self, source: str) -> Callable[[Program], Callable[[], None]]:
        """Make a test of a Python program: it must say what `source`, in JavaScript, says."""

        def decorate(twin: Program) -> Callable[[], None]:
            name = twin.__name__
            assert name not in self.sources, f"{name} is there twice"
            self.sources[name] = source

            def test() -> None:
                expected = recorded(twin.__module__, name, source)
                assert expected, "a program that says nothing shows nothing"
                said = what_is_said(twin)
                assert said == expected, "\n".join(
                    ["Here:", *lines(said), "Node:", *lines(expected)]
                )

            test.__name__ = test.__qualname__ = name
            test.__doc__ = twin.__doc__
            test.__module__ = twin.__module__
            return test

        return decorate


def what_is_said(program: Program) -> Said:
    """Run `program` until nothing of it is left to do; what it said."""
    said: Said = []

    def say(*values: Any) -> None:
        said.append([shown(value) for value in values])

    try:
        run(lambda: program(say))
    except Exception as error:
        say("uncaught", error)
    return said


def lines(said: Said) -> list[str]:
    return [f"  {json.dumps(values)}" for values in said]


def shown(value: Any) -> Any:
    """A value as JSON writes it, in the same way as for Node's."""
    if isinstance(value, BaseException):
        return {"error": getattr(value, "code", None) or str(value)}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"bytes": bytes(value).decode("latin-1")}
    if isinstance(value, (list, tuple)):
        return [shown(one) for one in value]
    if isinstance(value, Mapping):
        return {name: shown(one) for name, one in value.items()}
    return value


_due: WeakKeyDictionary[asyncio.AbstractEventLoop, deque[Callable[[], object]]] = (
    WeakKeyDictionary()
)


def later(callback: Callable[..., object], *args: Any) -> None:
    """Call on a later turn, with all ticks between two such calls. Node: setImmediate"""
    loop = asyncio.get_running_loop()
    due = _due.setdefault(loop, deque())
    due.append(lambda: callback(*args))
    if len(due) == 1:
        loop.call_soon(_run_one, due)


def _run_one(due: deque[Callable[[], object]]) -> None:
    try:
        due[0]()
    finally:
        due.popleft()
        if due:
            # Behind the ticks that were asked for just now.
            asyncio.get_running_loop().call_soon(_run_one, due)


async def turn() -> None:
    """Wait for a later turn of the loop."""
    future = asyncio.get_running_loop().create_future()
    later(future.set_result, None)
    await future
