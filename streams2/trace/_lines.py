"""Which line of a program is running, told by the interpreter.

`sys.settrace` is there on every interpreter, and costs nothing once it is off. It is told of each
call in this thread, and of each line in the functions that are wanted.
"""

from __future__ import annotations

import asyncio
import dis
import inspect
import linecache
import sys
import threading
import types
from collections.abc import Iterable
from types import CodeType, FrameType, ModuleType
from typing import Any, Callable, Protocol, Union

from ..errors import InvalidArgTypeError
from ._events import SourceCode

__all__ = ["Code", "LineTracer", "outermost", "source_of"]

Code = Union[Callable[..., object], ModuleType, str]
"""What can be recorded line by line: a function, a module, or the path of a file."""


class Watcher(Protocol):
    """Who is told."""

    def saw_locals(self, frame: FrameType) -> None: ...
    def ran_line(self, frame: FrameType) -> None: ...
    def left(self, frame: FrameType, suspended: bool, raised: str | None) -> None: ...
    def came_back(self, frame: FrameType) -> None: ...
    def saw_raised(self, error: BaseException) -> None: ...


class LineTracer:
    """Tells a watcher of the lines of some code, while it is started.

    Args:
        code: the code.
        watcher: who is told.
        threads: whether threads that begin meanwhile are traced, too.

    Attributes:
        lines: whether to tell of each line, or only of the ends of functions.
        seen: the code of all the functions that ran.
    """

    def __init__(self, code: Iterable[Code], watcher: Watcher, threads: bool = False) -> None:
        self.lines = True
        self._threads = threads
        self._running: dict[int, list[FrameType]] = {}
        self.seen: dict[CodeType, None] = {}
        self._watcher = watcher
        self._files: set[str] = set()
        self._codes: set[CodeType] = set()
        # The files of both: what is of no such file need not be looked at any closer.
        self._touched: set[str] = set()
        self._suspended: set[FrameType] = set()
        # What was raised in a frame, and has neither been caught nor has ended it yet.
        self._raised: dict[FrameType, str] = {}
        # What was raised last, and by which instruction: it may go on after a `finally`. And the
        # line that ran last.
        self._last_raised: dict[FrameType, tuple[str, int]] = {}
        self._last_line: dict[FrameType, int] = {}
        self._active = False
        self._before: Any = None
        for one in code:
            self._want(one)
        self._touched.update(self._files, (one.co_filename for one in self._codes))

    @property
    def running(self) -> list[FrameType]:
        """The frames of that code that are running now in this thread, outermost first."""
        return self._running.setdefault(threading.get_ident(), [])

    def _want(self, code: object) -> None:
        if isinstance(code, str):
            self._files.add(code)
        elif isinstance(code, ModuleType):
            self._files.add(str(code.__file__))
        elif isinstance(inspect.unwrap(code), types.FunctionType):  # type: ignore[arg-type]
            self._want_nested(inspect.unwrap(code).__code__)  # type: ignore[arg-type]
        else:
            raise InvalidArgTypeError.given("code", "functions, modules or paths of files", code)

    def _want_nested(self, code: CodeType) -> None:
        self._codes.add(code)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self._want_nested(constant)

    def _wanted(self, code: CodeType) -> bool:
        # Before Python 3.12 a comprehension is a function, of the line that it stands in.
        if code.co_name in _COMPREHENSIONS:
            return False
        return code.co_filename in self._files or code in self._codes

    def start(self, frame: FrameType) -> None:
        """Begin; `frame` is running already."""
        if not self._files and not self._codes:
            return
        self._active = True
        self._before = sys.gettrace()
        sys.settrace(self._called)
        if self._threads:
            threading.settrace(self._called)
        if self._wanted(frame.f_code):
            self.running.append(frame)
            self.seen[frame.f_code] = None
            frame.f_trace = self._happened

    def stop(self, frame: FrameType) -> None:
        """End, and let whoever traced before go on."""
        if not self._active:
            return
        self._active = False
        if frame.f_trace == self._happened:
            frame.f_trace = None
        sys.settrace(self._before)
        if self._threads:
            threading.settrace(self._before)
        self._running.clear()
        self._raised.clear()
        self._last_raised.clear()
        self._last_line.clear()

    def _called(self, frame: FrameType, event: str, _: Any) -> Any:
        # Of each call of anything: to look a code up takes long, for all of it is hashed.
        code = frame.f_code
        if code.co_filename not in self._touched or not self._active or event != "call":
            return None
        if not self._wanted(code):
            return None
        self.seen[code] = None
        frame.f_trace_lines = self.lines
        self.running.append(frame)
        if frame in self._suspended:
            self._suspended.discard(frame)
            self._watcher.came_back(frame)
        return self._happened

    def _happened(self, frame: FrameType, event: str, value: object) -> object:
        if not self._active:
            return None
        if event == "line" and not _passes_on(frame):
            self._raised.pop(frame, None)
            self._last_line[frame] = frame.f_lineno
            self._watcher.saw_locals(frame)
            self._watcher.ran_line(frame)
        elif event == "exception":
            self._see_exception(frame, value)
        elif event == "return":
            # Who is left by an exception returns nothing.
            raised = self._what_left(frame) if value is None else None
            suspended = bool(frame.f_code.co_flags & _SUSPENDABLE) and (
                asyncio.isfuture(value) or (raised is None and _waits(frame, value))
            )
            self._watcher.saw_locals(frame)
            self._watcher.left(frame, suspended, raised)
            if frame in self.running:
                self.running.remove(frame)
            if suspended:
                self._suspended.add(frame)
            else:
                self._last_raised.pop(frame, None)
                self._last_line.pop(frame, None)
        return self._happened

    def _see_exception(self, frame: FrameType, value: object) -> None:
        raised, error, _ = value if isinstance(value, tuple) else (None, None, None)
        if isinstance(error, BaseException):
            self._watcher.saw_raised(error)
        # The ends of loops are no failures; nor do they end the function.
        if isinstance(raised, type) and not issubclass(raised, (StopIteration, StopAsyncIteration)):
            self._raised[frame] = raised.__name__
            self._last_raised[frame] = (raised.__name__, frame.f_lasti)

    def _what_left(self, frame: FrameType) -> str | None:
        """The exception by which `frame`, which gives None, is left; None if by none."""
        raised = self._raised.pop(frame, None)
        last = self._last_raised.get(frame)
        if raised is not None or last is None:
            return raised
        # A `finally`, or a `with`, has run its lines, and lets it go on: as if it came from there,
        # or from where it was raised, although another line ran last.
        name, instruction = last
        back = frame.f_lasti == instruction and frame.f_lineno != self._last_line.get(frame)
        return name if back or _instruction(frame) in _GO_ON_RAISING else None


_COMPREHENSIONS = frozenset(["<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"])

# A coroutine gives the future that it waits for to its loop as if it returned it.
_SUSPENDABLE = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


# What lets an exception go on. The second is where one that was thrown into a coroutine came in.
_GO_ON_RAISING = ("RERAISE", "CLEANUP_THROW")

# What returns, fails, or, on 3.13, has not begun.
_NO_YIELD = ("RETURN_", "RERAISE", "POP_TOP")


def _waits(frame: FrameType, value: object) -> bool:
    """Whether `frame`, which gives `value` to its caller, goes on later.

    To its loop a coroutine gives None, as `asyncio.sleep(0)` has it, or whatever that loop knows.
    """
    coroutine = bool(frame.f_code.co_flags & inspect.CO_COROUTINE)
    return (value is None or coroutine) and _yields(frame)


def _yields(frame: FrameType) -> bool:
    """Whether `frame`, which gives something to its caller, goes on later.

    It is only over if what it did last was to return.
    """
    return frame.f_lasti >= 0 and not _instruction(frame).startswith(_NO_YIELD)


def _passes_on(frame: FrameType) -> bool:
    """Whether `frame` does no more of its line than pass on what was thrown into it."""
    return frame.f_lasti >= 0 and _instruction(frame) == "CLEANUP_THROW"


def _instruction(frame: FrameType) -> str:
    return dis.opname[frame.f_code.co_code[frame.f_lasti]]


def source_of(code: CodeType) -> SourceCode | None:
    """The text of a function, or None where it cannot be found."""
    try:
        lines, first = _lines_of(code)
    except (OSError, TypeError):
        return None
    lines = [line.rstrip("\n") for line in lines]
    indented = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(indented, default=0)
    texts = tuple(line[margin:] for line in lines)
    return SourceCode(code.co_filename, code.co_name, max(first, 1), texts)


def _lines_of(code: CodeType) -> tuple[list[str], int]:
    """What `inspect.getsourcelines` says, which first looks through all modules for their files."""
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename)
    if not lines:
        return inspect.getsourcelines(code)
    if code.co_name == "<module>":
        return lines, 0
    first = code.co_firstlineno
    if first > len(lines):
        raise OSError("the file has fewer lines")
    return inspect.getblock(lines[first - 1 :]), first


def outermost(sources: list[SourceCode]) -> list[SourceCode]:
    """`sources` without those that stand within another of them."""

    def within(inner: SourceCode, outer: SourceCode) -> bool:
        return (
            inner is not outer
            and inner.file == outer.file
            and outer.first_line <= inner.first_line
            and inner.first_line + len(inner.lines) <= outer.first_line + len(outer.lines)
        )

    unlike = list(dict.fromkeys(sources))
    return [one for one in unlike if not any(within(one, other) for other in unlike)]
