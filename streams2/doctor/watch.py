"""watch: be told when a part of a program takes too long, and why.

>>> import io
>>> async def main():
...     with watch(seconds=0.01, to=io.StringIO()) as watching:
...         await asyncio.sleep(0.05)
...     return watching.told
>>> asyncio.run(main())
1
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import ExitStack
from types import TracebackType
from typing import TextIO

from ..errors import InvalidArgTypeError, OutOfRangeError, is_number
from ..loop.stuck import asked_by_a_signal
from .answers import Explanation
from .explain import explain

__all__ = ["Watch", "watch"]


class Watch:
    """One `watch`.

    Attributes:
        told: how often it has told.
        explanation: what it told last, or None.
    """

    def __init__(self, seconds: float, to: TextIO | None) -> None:
        self.told = 0
        self.explanation: Explanation | None = None
        self._seconds = seconds
        self._to = to
        self._to_end = ExitStack()

    def __enter__(self) -> Watch:
        loop = asyncio.get_running_loop()
        self._to_end.callback(loop.call_later(self._seconds, self.tell).cancel)
        self._to_end.enter_context(asked_by_a_signal(loop))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._to_end.close()

    def tell(self) -> None:
        """Tell now."""
        self.told += 1
        self.explanation = explain()
        to = sys.stderr if self._to is None else self._to
        if to is not None:
            print(f"After {self._seconds} s:\n{self.explanation}", file=to, flush=True)


def watch(*, seconds: float, to: TextIO | None = None) -> Watch:
    """Tell why tasks wait if the block that this begins is not left in time.

    Until it is left, SIGUSR1 and ``streams2 doctor PID`` are answered, as in a `run`.

    Args:
        seconds: how long the block may take.
        to: where to tell (default: standard error).

    Returns:
        A context manager.

    Raises:
        InvalidArgTypeError, OutOfRangeError: `seconds` is no number above 0.
        RuntimeError: no event loop is running, once the block begins.
    """
    if not is_number(seconds):
        raise InvalidArgTypeError.given("seconds", "a number of seconds", seconds)
    if not seconds > 0:
        raise OutOfRangeError.given("seconds", "a number > 0", seconds)
    return Watch(seconds, to)
