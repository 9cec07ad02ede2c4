"""The tick queue: work that runs before the event loop turns again.

>>> import asyncio
>>> async def main():
...     next_tick(print, "second: a tick, and still before the loop's next turn")
...     print("first: the code that is running now")
...     await asyncio.sleep(0)
>>> asyncio.run(main())
first: the code that is running now
second: a tick, and still before the loop's next turn

The order of a stream's events is made here. A stream never calls back into code that is still
running: it puts the call on the queue, and the queue runs dry, ticks queued by ticks included, when
the callback that the loop is making is done, before the loop makes the next. Every loop has one
queue and shares it with no other.

The queue knows one thing of the world: a `call_soon` function that promises to call its argument
soon. `use` replaces it, so that streams run under a Tk main loop or a test's own.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, NoReturn

from ..errors import InvalidArgTypeError, NoRunningLoopError
from ..errors.calling import explained, shown
from .coroutines import run_returned
from .debugging import notice_loop

__all__ = ["TickQueue", "next_tick", "use"]

CallSoon = Callable[[Callable[[], None]], object]


class TickQueue:
    """A FIFO of calls, run dry by a driver that is asked at most once at a time.

    Args:
        call_soon: a function that promises to call its one argument soon, and not at once.
    """

    __slots__ = ("__weakref__", "_asked", "_call_soon", "_ticks")

    def __init__(self, call_soon: CallSoon) -> None:
        self._call_soon = call_soon
        self._ticks: deque[tuple[Callable[..., object], tuple[object, ...]]] = deque()
        self._asked = False

    def __len__(self) -> int:
        return len(self._ticks)

    def add(self, callback: Callable[..., object], args: tuple[object, ...] = ()) -> None:
        """Queue ``callback(*args)`` behind all that is queued."""
        self._ticks.append((callback, args))
        if not self._asked:
            self._call_soon(self.drain)
            self._asked = True

    def call(self, callback: Callable[..., object], *args: object) -> None:
        """Call ``callback(*args)``, and then run the queue dry.

        For what the driver itself calls: the ticks that it asks for need no driver to be asked.
        """
        here, self._asked = _here, True
        outer, here.running = here.running, self
        try:
            try:
                callback(*args)
            except BaseException:
                self._ask_again()
                raise
            if self._ticks:
                self.drain()
            else:
                self._asked = False
        finally:
            here.running = outer

    def clear(self) -> None:
        """Forget all that is queued."""
        self._ticks.clear()

    def drain(self) -> None:
        """Run the queue dry.

        A tick that raises lets its exception out, after another drain was asked for if ticks are
        left: the driver reports the one and still runs the others.
        """
        ticks, here = self._ticks, _here
        outer, here.running = here.running, self
        try:
            while ticks:
                callback, args = ticks.popleft()
                result = callback(*args)
                if result is not None:
                    run_returned(result)
        except TypeError as error:
            _raise_misfit(error, callback, args)
        finally:
            here.running = outer
            self._asked = False
            if ticks:
                self._ask_again()

    def drain_by(self, call: Callable[[Callable[..., object], tuple[object, ...]], object]) -> None:
        """As `drain`, with ``call(callback, args)`` for each: for debug mode.

        It is written twice, because what is done for each tick is done for each chunk.
        """
        ticks, here = self._ticks, _here
        outer, here.running = here.running, self
        try:
            while ticks:
                callback, args = ticks.popleft()
                result = call(callback, args)
                if result is not None:
                    run_returned(result)
        except TypeError as error:
            _raise_misfit(error, callback, args)
        finally:
            here.running = outer
            self._asked = False
            if ticks:
                self._ask_again()

    def _ask_again(self) -> None:
        self._asked = bool(self._ticks)
        if self._asked:
            self._call_soon(self.drain)


def _raise_misfit(
    error: TypeError, callback: Callable[..., object], args: tuple[object, ...]
) -> NoReturn:
    """Raise the better error, if a callback was called with what it does not take."""
    explanation = explained(error, callback, args, "the callback of next_tick()", shown(args))
    if explanation is error:
        raise
    raise explanation from None


class _Here(threading.local):
    """What this thread last used: the driver put in by `use`, or a loop and its queue.

    Attributes:
        driven: the queue of the driver put in by `use`.
        running: the queue whose ticks run, or whose driver makes a call: it is the current one, and
            to know that spares most calls of a chunk the question which loop runs.
        loop, queue: a loop, and its queue.
    """

    driven: TickQueue | None = None
    running: TickQueue | None = None
    loop: Callable[[], asyncio.AbstractEventLoop | None] = staticmethod(lambda: None)
    queue: TickQueue


_here = _Here()
_queues: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, TickQueue] = (
    weakref.WeakKeyDictionary()
)


# Both ask for the loop anew, so that a queue keeps no reference to its loop and dies with it.


def _call_soon_on_running_loop(callback: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_soon(callback)


def _call_next_on_running_loop(callback: Callable[[], None]) -> None:
    """Have the loop call `callback` before all that waits, as soon as its present call is done."""
    loop: Any = asyncio.get_running_loop()
    loop._ready.appendleft(asyncio.Handle(callback, (), loop))


def _driver_of(loop: asyncio.AbstractEventLoop) -> CallSoon:
    # That of `run` knows of ticks, by something that does not know the loop.
    call_next: CallSoon | None = getattr(loop, "call_next", None)
    if call_next is not None:
        return call_next
    # asyncio's own loops take each call from the left of a deque. Of any other, one cannot ask for
    # more than `call_soon`: its ticks run after the calls that are due in the same turn.
    run_once = getattr(type(loop), "_run_once", None)
    is_asyncios = run_once is not None and run_once is getattr(
        asyncio.BaseEventLoop, "_run_once", None
    )
    return _call_next_on_running_loop if is_asyncios else _call_soon_on_running_loop


def running_loop() -> asyncio.AbstractEventLoop:
    """The running loop, which coroutines need whatever drives the ticks.

    Raises:
        NoRunningLoopError: there is none.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise NoRunningLoopError from None


loop_here = asyncio._get_running_loop
"""The running loop, or None: what a call per chunk can afford to ask before `require_ticks`."""


def require_ticks() -> None:
    """Complain if nothing would run a tick here: before anything has changed that needs one.

    Raises:
        NoRunningLoopError: no loop is running in this thread, and no driver is in use.
    """
    if _here.running is None and loop_here() is None and _here.driven is None:
        raise NoRunningLoopError


def current_queue() -> TickQueue:
    """The queue of the driver in use, or else of the running loop.

    Raises:
        NoRunningLoopError: there is neither.
    """
    here = _here
    if here.running is not None:
        return here.running
    if here.driven is not None:
        return here.driven
    loop = loop_here()
    if loop is None:
        raise NoRunningLoopError
    if here.loop() is not loop:
        queue = _queues.get(loop)
        if queue is None:
            queue = _queues[loop] = TickQueue(_driver_of(loop))
            notice_loop()
        here.loop, here.queue = weakref.ref(loop), queue
    return here.queue


@contextmanager
def running_on(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Have the queue of `loop` at hand in this thread, while that runs."""
    queue, here = _queues.get(loop), _here
    if queue is None:
        queue = _queues[loop] = TickQueue(_driver_of(loop))
    outer, here.running = here.running, queue
    try:
        yield
    finally:
        here.running = outer


def next_tick(callback: Callable[..., object], *args: object) -> None:
    """Call ``callback(*args)`` when the code running now is done, before the loop turns again.

    Ticks run in the order they were asked for. One that raises goes to the loop's exception
    handler, and the rest still runs. A coroutine function runs as a task.

    Raises:
        InvalidArgTypeError: `callback` is no function.
        NoRunningLoopError: no loop is running in this thread, and no driver is in use.

    Node: process.nextTick
    """
    if not callable(callback):
        raise InvalidArgTypeError.given("callback", "a function", callback)
    queue = _here.running
    if queue is None:
        queue = current_queue()
    if queue._asked:
        # As `add`, for most of them.
        queue._ticks.append((callback, args))
    else:
        queue.add(callback, args)


def forget_ticks(loop: asyncio.AbstractEventLoop) -> None:
    """Forget the ticks that are queued on `loop`."""
    queue = _queues.get(loop)
    if queue is not None:
        queue.clear()


@contextmanager
def use(call_soon: CallSoon) -> Iterator[TickQueue]:
    """Drive the ticks of this thread with `call_soon` instead of an asyncio loop.

    >>> pending = []
    >>> with use(pending.append):
    ...     next_tick(print, "a tick")
    ...     next_tick(print, "and another")
    ...     while pending:
    ...         pending.pop(0)()
    a tick
    and another

    Args:
        call_soon: a function that promises to call its one argument soon, and not at once; Tk's
            ``root.after_idle``, say.

    Yields:
        The new, empty queue. Ticks already queued elsewhere stay there.
    """
    if not callable(call_soon):
        raise InvalidArgTypeError.given("call_soon", "a function", call_soon)
    here = _here
    outer, here.driven, here.running = here.driven, TickQueue(call_soon), None
    try:
        yield here.driven
    finally:
        here.driven, here.running = outer, None
