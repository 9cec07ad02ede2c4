"""A learner's program: its text becomes functions, whatever else it does.

>>> with loading("def cat(source, sink):\\n    source.pipe(sink)\\n") as program:
...     program.function("cat").__name__
'cat'
"""

from __future__ import annotations

import inspect
import linecache
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Callable

from ..trace import record
from .clock import StandingLoop, TooLong

__all__ = ["Faulty", "Program", "loading", "place_of"]

_MODULE = "the_program"


class Faulty(Exception):  # noqa: N818  # it says what is wrong, in a sentence
    """The program cannot be run at all; its words say why."""


class Program:
    """A program that was loaded.

    Attributes:
        file: what it is called.
        module: what it has defined.
    """

    def __init__(self, file: str, module: ModuleType) -> None:
        self.file = file
        self.module = module

    def function(self, name: str, takes: str = "source, sink") -> Callable[..., object]:
        """A function that it has defined.

        Raises:
            Faulty: it has not.
        """
        found = vars(self.module).get(name)
        if not inspect.isfunction(found) or found.__code__.co_filename != self.file:
            raise Faulty(f"There is no function {name}({takes}) in it.")
        return found


@contextmanager
def loading(source: str, file: str = "your_program.py") -> Iterator[Program]:
    """Load a program, for as long as the block lasts.

    Args:
        source: its text.
        file: what to call it, where lines are named.

    Raises:
        Faulty: it has no end, or fails.
    """
    module = ModuleType(_MODULE)
    module.__file__ = file
    before = sys.modules.get(_MODULE)
    sys.modules[_MODULE] = module
    lines = source.splitlines(keepends=True)
    linecache.cache[file] = (len(source), None, lines, file)
    try:
        _run(source, module, file)
        yield Program(file, module)
    finally:
        # The text stays where tracebacks and recordings look for it.
        sys.modules.pop(_MODULE, None)
        if before is not None:
            sys.modules[_MODULE] = before


def _run(source: str, module: ModuleType, file: str) -> None:
    clock = StandingLoop()
    try:
        code = compile(source, file, "exec")
        with record(code=[file], clock=clock.look):
            exec(code, vars(module))
    except SyntaxError as error:
        place = "It" if error.lineno is None else f"Line {error.lineno}"
        raise Faulty(f"{place} is no Python: {error.msg}.") from None
    except ValueError as error:
        raise Faulty(f"It is no Python: {error}.") from None
    except TooLong:
        raise Faulty("It never comes to its end, not even before it is called.") from None
    except BaseException as error:
        raise Faulty(f"It fails before it is called: {named(error, file)}.") from None
    finally:
        clock.close()


def named(error: BaseException, file: str) -> str:
    """An error in words, with the line of the program that it comes from."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    line = place_of(error, file)
    return text if line is None else f"{text} (line {line})"


def place_of(error: BaseException, file: str) -> int | None:
    """The innermost line of the program that an error went through."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == file
    ]
    return lines[-1] if lines else None
