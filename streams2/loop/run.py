"""Run a callback-style program the way ``node file.js`` does: until nothing is left to do.

>>> from streams2.loop.ticks import next_tick
>>> def main():
...     next_tick(print, "later")
...     print("now")
>>> run(main)
now
later

What keeps a run going: a call that is due, a timer, a task, work in a thread, and every `Hold` of
an endpoint (an open file with a read under way, say). What ends it early: an exception that nobody
catches, such as an ``'error'`` that nobody listens for. `run` raises it.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from contextlib import contextmanager
from types import FunctionType
from typing import TYPE_CHECKING, Any, Callable, Literal, TypeVar, overload

from ..errors import InvalidArgTypeError, InvalidArgValueError, UnsettledError
from .belongings import belongings_of
from .debugging import begin_run
from .due import DueCalls
from .insisting import insist
from .keepers import Hold, is_for_itself
from .quiet import AnyLoop, loop_with, set_page_aside
from .stuck import (
    Interrupts,
    asked_by_a_signal,
    explained,
    may_be_woken,
    others,
    tell,
    tell_where_it_waits,
)
from .ticks import forget_ticks, running_on
from .unheard import NotedFuture, NotedTask, Unheard
from .waking import end_tasks

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from contextvars import Context

    from .belongings import Belonging
    from .quiet import Clock

__all__ = ["run"]

T = TypeVar("T")
WhenStuck = Literal["raise", "wait"]


class _KeptLoop(AnyLoop):  # type: ignore[misc]  # it is mixed into several
    """An event loop that knows when nothing is left to do.

    When a call was scheduled, or something let go, it looks around once no call is due any more.
    If none was scheduled from one look to the next, all have run; if no timer, task or hold is
    left either, it stops. While something is held, there is nothing to look for.
    """

    looking = False

    def __init__(self, *clock: Clock) -> None:
        super().__init__(*clock)
        # By the name that asyncio takes its calls from.
        self.__dict__["_ready"] = due = DueCalls(self._ready)
        self.call_next = due.call_next
        self.holds: set[Belonging] = set()
        self.failure: BaseException | None = None
        self.ending = False
        self.open_files: list[Belonging] = []
        self._pending_timers: set[asyncio.TimerHandle] = set()
        # A server that listens holds the run, as in Node.
        self._listening: dict[object, Hold] = {}
        # The calls of functions in this turn and the last.
        self._calls: list[asyncio.Handle] = []
        self._earlier_calls: list[asyncio.Handle] = []
        self._activity, self._activity_seen = 0, -1
        self._wants_to_look = True
        self.beginning = True
        self._unheard = Unheard()
        # What to do when only tasks are left, and nothing could wake them; and since how many
        # looks a thread of the user's is waited for.
        self.raises_when_stuck = True
        self.telling = self.told = False
        self.main: asyncio.Task[None] | None = None
        self._looks_at_threads = 0
        self._looks_again: asyncio.TimerHandle | None = None
        self.set_exception_handler(_fail)

    def run_forever(self) -> None:
        with running_on(self):
            super().run_forever()

    def call_soon(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.Handle:
        if self._debug:
            handle: asyncio.Handle = super().call_soon(callback, *args, context=context)
        else:
            # The same, in half the time: each step of each task comes here.
            self._check_closed()
            handle = asyncio.Handle(callback, args, self, context)
            self._ready.append(handle)
        self._activity += 1
        if type(callback) is FunctionType:
            self._calls.append(handle)
        self._wants_to_look = True
        return handle

    def forget_calls(self) -> None:
        """Cancel the calls that are due for their own sake: the program does not get to them."""
        for handle in (*self._earlier_calls, *self._calls):
            if is_for_itself(handle._callback, tuple(handle._args or ())):  # type: ignore[attr-defined]
                handle.cancel()

    def call_soon_threadsafe(
        self, callback: object, *args: object, context: object = None
    ) -> asyncio.Handle:
        # Looking around is for the loop's own thread.
        handle: asyncio.Handle = super().call_soon_threadsafe(
            self._run_from_thread, callback, args, context=context
        )
        return handle

    def _run_from_thread(self, callback: Callable[..., object], args: tuple[object, ...]) -> None:
        self._activity += 1
        self.look_around()
        callback(*args)

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: object,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        ends = self.ending

        def fire() -> None:
            self._pending_timers.discard(handle)
            if (self.ending or self.failure) and not ends and is_for_itself(callback, args):
                return
            self._activity += 1
            self.look_around()
            callback(*args)

        handle: asyncio.TimerHandle = super().call_at(when, fire, context=context)
        self._pending_timers.add(handle)
        return handle

    def forget_timer(self, timer: asyncio.TimerHandle) -> None:
        """Do not wait for `timer`."""
        self._pending_timers.discard(timer)

    def run_in_executor(
        self, executor: object, func: object, *args: object
    ) -> asyncio.Future[object]:
        future: asyncio.Future[object] = super().run_in_executor(executor, func, *args)
        working = Hold(self, None)
        future.add_done_callback(lambda _: working.release())
        return future

    def _start_serving(
        self, protocol_factory: object, sock: object, *args: object, **named: object
    ) -> None:
        super()._start_serving(protocol_factory, sock, *args, **named)
        if sock not in self._listening:
            self._listening[sock] = Hold(self, lambda: self._stop_serving(sock))

    def _stop_serving(self, sock: object) -> None:
        super()._stop_serving(sock)
        held = self._listening.pop(sock, None)
        if held is not None:
            held.release()

    def look_around(self) -> None:
        """See, when no call is due any more, whether anything is left to do."""
        self._wants_to_look = True

    def _run_once(self) -> None:
        if self._calls or self._earlier_calls:
            self._earlier_calls, self._calls = self._calls, []
        if self._wants_to_look and not self._ready:
            self._wants_to_look = False
            if not self.holds:
                self.looking = True
                super().call_soon(self._look)
        super()._run_once()
        self._ready.run_next()

    def _look(self) -> None:
        if self._activity != self._activity_seen:
            self._activity_seen = self._activity
            super().call_soon(self._look)
            return
        self.looking = False
        if not self.anything_left():
            self.stop()
        elif self.raises_when_stuck and not self.ending:
            self._look_whether_stuck()

    def _look_whether_stuck(self) -> None:
        if self.is_held() or may_be_woken(self):
            return
        if not others():
            _fail(self, {"exception": UnsettledError(explained(self))})
            return
        # A thread may wake what waits. When it has ended, nobody says so.
        self._looks_at_threads += 1
        if self._looks_at_threads == _LOOKS_UNTIL_TOLD:
            names = ", ".join(thread.name for thread in others())
            tell(f"run() waits for other threads ({names}):\n{explained(self)}")
        if self._looks_again is None:
            self._looks_again = super().call_at(self.time() + _BETWEEN_LOOKS, self._look_again)

    def _look_again(self) -> None:
        self._looks_again = None
        self.look_around()

    def anything_left(self) -> bool:
        """Whether a hold, a timer or a task keeps the run going."""
        return self.is_held() or bool(asyncio.all_tasks(self))

    def is_held(self) -> bool:
        """Whether a hold or a timer keeps it going, whatever its tasks wait for."""
        self._pending_timers = {timer for timer in self._pending_timers if not timer.cancelled()}
        return bool(self.holds or self._pending_timers)

    def stop_program(self) -> None:
        """Stop, unless the program was left already and its tasks come to their end."""
        if not self.ending:
            self.tell_why()
            self.stop()

    def tell_why(self) -> None:
        """Say once, at Ctrl-C, why it waits."""
        if Interrupts.explained and not self.told:
            self.telling = self.told = True
            tell_where_it_waits(self, unless_it_moves=True)
            self.telling = False

    def end_of_beginning(self) -> None:
        """The main function has returned, or waits."""
        self.beginning = False

    def collect_unheard(self) -> None:
        """Have `_fail` told of what failed, and nobody awaited."""
        if self.may_be_unheard:
            self._unheard.collect()

    may_be_unheard = True

    if sys.implementation.name == "pypy":
        # There, every collection looks at everything, and futures can say that none has failed.
        may_be_unheard = False

        def create_future(self) -> asyncio.Future[Any]:
            return NotedFuture(loop=self)

        def create_task(self, coroutine: Any, **named: Any) -> asyncio.Task[Any]:
            if self.get_task_factory() is None:
                return NotedTask(coroutine, loop=self, **named)
            self.may_be_unheard = True
            return super().create_task(coroutine, **named)  # type: ignore[no-any-return]


_BETWEEN_LOOKS = 0.25
_LOOKS_UNTIL_TOLD = 12


def _fail(loop: Any, context: dict[str, Any]) -> None:
    failure = context.get("exception")
    if isinstance(failure, (SystemExit, KeyboardInterrupt)):
        return  # It has ended the run, and is raised by it; a task keeps it besides.
    if failure is None or loop.failure is not None or loop.ending:
        loop.default_exception_handler(context)
        return
    loop.failure = failure
    _crash(loop)
    loop.stop()


def _crash(loop: _KeptLoop) -> None:
    """Run the program no further. Its files are not lost track of: they are closed at the end."""
    loop.open_files = belongings_of(loop)
    forget_ticks(loop)
    loop.forget_calls()


@overload
def run(
    main: Callable[[], Coroutine[object, object, T]],
    *,
    when_stuck: WhenStuck = ...,
    debug: bool | None = ...,
) -> T: ...


@overload
def run(main: Callable[[], T], *, when_stuck: WhenStuck = ..., debug: bool | None = ...) -> T: ...


def run(
    main: Callable[[], object], *, when_stuck: WhenStuck = "raise", debug: bool | None = None
) -> object:
    """Run `main`, and then all that it has set going.

    Args:
        main: a function, or a coroutine function, without arguments.
        when_stuck: what to do when only tasks are left, and nothing that could ever wake them:
            ``"raise"`` (the default) or ``"wait"``.
        debug: whether to look for mistakes while it runs, and warn of them
            (``docs/debugging.md``). None, the default, leaves it to the environment:
            ``STREAMS2_DEBUG=1`` or ``python -X dev``.

    Returns:
        What `main` returned, once nothing is left alive.

    Raises:
        InvalidArgTypeError: `main` cannot be called.
        InvalidArgValueError: `when_stuck` is neither of the two.
        UnsettledError: the run can never go on. It says why.
        RuntimeError: an event loop is running in this thread already.
        Exception: what `main` raised, or the first exception that nobody caught.
        KeyboardInterrupt: Ctrl-C was pressed.

    Node: node file.js
    """
    if not callable(main):
        raise InvalidArgTypeError.given("main", "a function", main)
    if when_stuck not in ("raise", "wait"):
        raise InvalidArgValueError.given("when_stuck", "'raise' or 'wait'", when_stuck)
    back_to_page = set_page_aside()
    _refuse_nesting()
    loop: _KeptLoop = loop_with(_KeptLoop)
    loop.raises_when_stuck = when_stuck == "raise"
    end_debugging = begin_run(loop, debug)
    answer: list[object] = []

    def start() -> None:
        try:
            result: object = main()
        finally:
            loop.look_around()
        if asyncio.iscoroutine(result):
            # Kept here: what waits for what nobody else has is collected, task and all.
            loop.main = loop.create_task(_keep(loop, result, answer))
        else:
            answer.append(result)
        loop.call_soon(loop.end_of_beginning)

    try:
        asyncio.set_event_loop(loop)
        loop.call_soon(start)
        with _interrupting(loop):
            try:
                loop.run_forever()
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    loop.tell_why()
                _crash(loop)
                raise
        if loop.failure is None:
            loop.collect_unheard()
        if loop.failure is not None:
            raise loop.failure
        return answer[0]
    finally:
        try:
            _shut_down(loop)
        finally:
            end_debugging(loop.failure is None)
            back_to_page()


@contextmanager
def _interrupting(loop: _KeptLoop) -> Iterator[None]:
    """End the run at Ctrl-C: between two callbacks, where nothing is half done, if the present one
    is done soon. A flow that never leaves its callback is interrupted in its middle.
    """
    left = threading.Event()

    def interrupt(signum: int, frame: object) -> None:  # noqa: ARG001
        if loop.failure is not None:
            if loop.telling:
                return  # What waits is being told, and that is over soon.
            raise KeyboardInterrupt
        loop.failure = KeyboardInterrupt()
        loop.call_soon_threadsafe(loop.stop_program)
        insist(left)

    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    interrupt.of_run = True  # type: ignore[attr-defined]
    if ours:
        signal.signal(signal.SIGINT, interrupt)
    try:
        with asked_by_a_signal(loop):
            yield
    finally:
        left.set()
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


async def _keep(
    loop: _KeptLoop, coroutine: Coroutine[object, object, object], answer: list[object]
) -> None:
    try:
        answer.append(await coroutine)
    except (SystemExit, KeyboardInterrupt) as error:
        # Not raised here: a task both raises such a one and complains that nobody asked for it.
        if not loop.ending:
            loop.failure = error
            _crash(loop)
            loop.stop()
    except BaseException as error:
        if loop.ending or isinstance(error, GeneratorExit):
            raise
        _fail(loop, {"message": "the main coroutine failed", "exception": error})


def _refuse_nesting() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        "run() cannot be called while an event loop is running, as one is in a notebook or in a "
        "coroutine. Use `await main()` if main is a coroutine function, or "
        "`await streams2.run_async(main)`, which does there what run() does"
    )


def _shut_down(loop: _KeptLoop) -> None:
    loop.ending = True
    try:
        for held in list(loop.holds):
            held.abandon()
        if asyncio.all_tasks(loop):
            loop.run_until_complete(end_tasks(lambda: asyncio.all_tasks(loop)))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        asyncio.set_event_loop(None)
        loop.close()
