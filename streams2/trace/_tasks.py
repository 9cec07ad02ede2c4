"""Which task is which: tasks of one function have one name, and a number from the second on."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
import weakref
from collections.abc import Sequence
from types import FrameType

__all__ = ["Tasks"]


class Tasks:
    """The tasks that were seen.

    Args:
        thread: which thread is none, where each of the others is one; None where tasks are
            coroutines alone.

    Attributes:
        names: of those that run recorded code.
    """

    def __init__(self, thread: int | None = None) -> None:
        self._thread = thread
        self.names: dict[str, None] = {}
        # Weakly: a task that nobody else holds has to go when it would have gone unrecorded.
        self._numbers: weakref.WeakKeyDictionary[object, int] = weakref.WeakKeyDictionary()
        self._named: weakref.WeakKeyDictionary[object, dict[str, str]] = weakref.WeakKeyDictionary()
        self._seen = 0
        self._many: dict[str, int] = {}
        self._by_frame: dict[FrameType, str] = {}

    def running(self, frames: Sequence[FrameType]) -> tuple[str | None, int]:
        """The name of the task that runs `frames`, None if these are no task's; and its number."""
        task = self._current()
        number = 0
        if task is not None:
            number = self._numbers.get(task, 0)
            if not number:
                number = self._numbers[task] = self._seen = self._seen + 1
        outermost = self._outermost(frames)
        return (self._name(outermost, task) if outermost is not None else None), number

    def name_of(self, frame: FrameType, frames: Sequence[FrameType]) -> str:
        """What `frame` is called: as its task, where it is what the task runs."""
        if frame is self._outermost([*frames, frame]):
            return self._name(frame, self._current())
        return frame.f_code.co_name

    def _outermost(self, frames: Sequence[FrameType]) -> FrameType | None:
        """What the running task runs, of these."""
        if frames and self._is_thread():
            return frames[0]
        for frame in frames:
            if frame.f_code.co_flags & inspect.CO_COROUTINE:
                return frame
        return None

    def _current(self) -> object:
        return threading.current_thread() if self._is_thread() else _current_task()

    def _is_thread(self) -> bool:
        return self._thread is not None and self._thread != threading.get_ident()

    def _name(self, frame: FrameType, task: object) -> str:
        function = frame.f_code.co_name
        if task is None:
            named = self._by_frame.get(frame)
            if named is None:
                named = self._by_frame[frame] = self._new(function)
            return named
        names = self._named.setdefault(task, {})
        if function not in names:
            names[function] = self._new(function)
        return names[function]

    def _new(self, function: str) -> str:
        number = self._many[function] = self._many.get(function, 0) + 1
        name = function if number == 1 else f"{function} {number}"
        self.names[name] = None
        return name


def _current_task() -> object:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return _trio_task()


def _trio_task() -> object:
    lowlevel = sys.modules.get("trio.lowlevel")
    try:
        return None if lowlevel is None else lowlevel.current_task()
    except RuntimeError:
        return None
