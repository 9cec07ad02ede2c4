"""run_async: what `run` does, on a loop that runs already.

>>> from streams2.loop.ticks import next_tick
>>> def main():
...     asyncio.get_running_loop().call_later(0.001, print, "a timer")
...     next_tick(print, "a tick")
>>> asyncio.run(run_async(main))
a tick
a timer

For a notebook, for a browser's Python and for a library: there a loop runs, and stays. The same
keeps the program going that keeps a `run` going. Others on the loop are left alone; they are told
apart by the context of their calls. For the time being the loop's methods that ask for a call are
replaced, on this one object, by some that take note.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import sys
import weakref
from collections.abc import Coroutine
from types import FunctionType
from typing import Any, Callable, TypeVar, overload

from ..errors import InvalidArgTypeError
from .belongings import Belonging, belongings_of
from .coroutines import is_being_cancelled
from .insisting import insisting_on_interrupts
from .keepers import Hold, is_for_itself, program
from .stuck import asked_by_a_signal
from .ticks import forget_ticks
from .unheard import Unheard
from .waking import end_tasks

__all__ = ["run_async"]

T = TypeVar("T")


@overload
async def run_async(main: Callable[[], Coroutine[object, None, T]]) -> T: ...


@overload
async def run_async(main: Callable[[], T]) -> T: ...


async def run_async(main: Callable[[], object]) -> object:
    """Run `main` on the running loop, and then wait for all that it has set going.

    As with `run`, that is: calls that are due, timers, tasks, work in threads, and endpoints. On a
    loop that is written in C and does not let its methods be replaced, only tasks and endpoints.
    Cancelled, it ends the program, as a failure does: tasks are cancelled, and endpoints closed.

    Args:
        main: a function, or a coroutine function, without arguments.

    Returns:
        What `main` returned, once nothing is left alive.

    Raises:
        InvalidArgTypeError: `main` cannot be called.
        Exception: what `main` raised, or the first exception that nobody caught.

    Node: node file.js
    """
    if not callable(main):
        raise InvalidArgTypeError.given("main", "a function", main)
    return await Program(asyncio.get_running_loop()).run(main)


class Program:
    """One `run_async`: what it has under way, and how it ends.

    It looks around once a turn for as long as calls of its own are being scheduled, as the loop of
    `run` does.

    Attributes:
        loop: where it runs.
        holds: what keeps it going, besides calls, timers and tasks.
        is_over: whether it has ended.
        cleaning: its tasks are cancelled, and what they ask for to come to their end is the loop's.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.holds: set[Belonging] = set()
        self.is_over = False
        self.cleaning = False
        self._failure: BaseException | None = None
        self._done: asyncio.Future[None] = loop.create_future()
        self._main: asyncio.Task[None] | None = None
        self._own_tasks: weakref.WeakSet[asyncio.Task[object]] = weakref.WeakSet()
        self._belongings = set(belongings_of(loop))
        self._watch = _watch_of(loop)
        self._timers: set[asyncio.TimerHandle] = set()
        self._unheeded: set[asyncio.TimerHandle] = set()
        # What tasks that are being cancelled wait for, in order to end: that still comes.
        self._last_timers: set[asyncio.TimerHandle] = set()
        self._activity = 0
        self._activity_seen = -1
        self.looking = False
        self.beginning = True
        self._unheard = Unheard()

    # -- from beginning to end ------------------------------------------------------------------

    async def run(self, main: Callable[[], object]) -> object:
        answer: list[object] = []
        context = contextvars.copy_context()
        context.run(program.set, self)
        self._watch.enter(self)
        try:
            context.run(self.loop.call_soon, self._start, main, answer)
            with insisting_on_interrupts(self.loop), asked_by_a_signal(self.loop):
                await self._done
            if self._failure is None:
                self._unheard.collect()
            if self._failure is not None:
                raise self._failure
            return answer[0]
        finally:
            self.is_over = True
            try:
                await self._shut_down()
            finally:
                self._watch.leave(self)

    def _start(self, main: Callable[[], object], answer: list[object]) -> None:
        result = main()
        if asyncio.iscoroutine(result):
            # Kept here: what waits for what nobody else has is collected, task and all.
            self._main = self.loop.create_task(self._keep(result, answer))
            self._own_tasks.add(self._main)
        else:
            answer.append(result)
        self.loop.call_soon(self._end_beginning)

    def _end_beginning(self) -> None:
        self.beginning = False

    async def _keep(self, coroutine: Coroutine[object, None, object], answer: list[object]) -> None:
        try:
            answer.append(await coroutine)
        except (asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException as error:
            # Not raised here, for SystemExit and KeyboardInterrupt: a task both raises such a one
            # and complains that nobody asked for it.
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """End the program: nobody caught `error`."""
        if self.is_over or self._failure is not None:
            self.loop.default_exception_handler(
                {"message": "an exception in a program that is over", "exception": error}
            )
            return
        self._failure = error
        self.is_over = True
        if not self._done.done():
            self._done.set_result(None)

    async def _shut_down(self) -> None:
        if self._failure is not None and self._watch.alone:
            # A program that has crashed runs no further.
            forget_ticks(self.loop)
        for held in list(self.holds):
            held.abandon()
        self.holds.clear()
        self.cleaning = True
        if sys.version_info < (3, 11):
            # A coroutine that is thrown into does not know there who has called it.
            await asyncio.sleep(0)
        try:
            await end_tasks(self.tasks)
        finally:
            for timer in (*self._timers, *self._unheeded):
                timer.cancel()
        if self._failure is not None:
            for belonging in belongings_of(self.loop):
                if belonging not in self._belongings:
                    belonging.abandon()

    # -- what it has under way ------------------------------------------------------------------

    def look_around(self) -> None:
        """See on the next turn whether anything is left to do."""
        if not self.looking and not self.is_over:
            self.looking = True
            self._watch.call_soon(self._look)

    def _look(self) -> None:
        if self._activity != self._activity_seen:
            self._activity_seen = self._activity
            self._watch.call_soon(self._look)
            return
        self.looking = False
        if not self.anything_left() and not self._done.done():
            self._done.set_result(None)

    def anything_left(self) -> bool:
        """Whether a hold, a timer or a task keeps the program going."""
        self._timers = {timer for timer in self._timers if not timer.cancelled()}
        self._last_timers = {timer for timer in self._last_timers if not timer.cancelled()}
        self._unheeded = {timer for timer in self._unheeded if not timer.cancelled()}
        return bool(self.holds or self._timers or self._last_timers or self.tasks())

    def tasks(self) -> set[asyncio.Task[object]]:
        """Its tasks that are not done."""
        # Before Python 3.12 a task does not say what it is part of; but it asks for its first step.
        return {
            task
            for task in asyncio.all_tasks(self.loop)
            if task in self._own_tasks or _program_of(task, None) is self
        }

    def forget_timer(self, timer: asyncio.TimerHandle) -> None:
        """Do not wait for `timer`."""
        self._timers.discard(timer)
        self._last_timers.discard(timer)
        self._unheeded.add(timer)

    def called(self, callback: Callable[..., object], args: tuple[object, ...]) -> None:
        """Make a call that the program asked for."""
        if self.is_over and is_for_itself(callback, args):
            return
        try:
            callback(*args)
        except (SystemExit, KeyboardInterrupt):
            task = getattr(callback, "__self__", None)
            if isinstance(task, asyncio.Task) and task.done():
                task.exception()  # It leaves here, and nobody needs to hear of it again.
            raise
        except BaseException as error:
            self.fail(error)

    def note_call(self, callback: object = None) -> None:
        """A call is due."""
        task = getattr(callback, "__self__", None)
        if isinstance(task, asyncio.Task):
            self._own_tasks.add(task)
        self._activity += 1
        self.look_around()

    def add_timer(
        self,
        ask: Callable[[Callable[[], None]], asyncio.TimerHandle],
        callback: Callable[..., object],
        args: tuple[object, ...],
    ) -> asyncio.TimerHandle:
        """Have a timer asked for, and wait for it."""
        ends = is_being_cancelled(asyncio.current_task(self.loop))

        def fire() -> None:
            for timers in (self._timers, self._last_timers, self._unheeded):
                timers.discard(handle)
            if not self.is_over:
                self.note_call()
                self.called(callback, args)
            elif ends or not is_for_itself(callback, args):
                callback(*args)

        handle = ask(fire)
        (self._last_timers if ends else self._timers).add(handle)
        return handle

    def add_work(self, future: asyncio.Future[object]) -> None:
        """Wait for what a thread does."""
        self.holds.add(working := _Working())

        def done(_: object) -> None:
            self.holds.discard(working)
            self.look_around()

        future.add_done_callback(done)


class _Working:
    """Work in a thread: it ends by itself."""

    def abandon(self) -> None:
        pass


def _program_of(thing: object, otherwise: object) -> object:
    """The program that a task or a call is part of, where it says so: from Python 3.12 on."""
    get_context = getattr(thing, "get_context", None)
    return otherwise if get_context is None else get_context().get(program)


# What a program asks of its loop and is noted.
_WATCHED = (
    "call_soon",
    "call_later",
    "call_at",
    "run_in_executor",
    "_start_serving",
    "_stop_serving",
)


class _Watch:
    """Tells the programs on a loop what they ask of it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._programs: list[Program] = []
        self._inside = False
        self._handler: Callable[..., object] | None = None
        # A server that listens holds its program, as in Node.
        self._listening: dict[object, Hold] = {}
        self.call_soon: Callable[..., object] = loop.call_soon

    @property
    def alone(self) -> bool:
        """Whether there is no more than one program on the loop."""
        return len(self._programs) < 2

    def enter(self, entering: Program) -> None:
        loop: Any = entering.loop
        self._programs.append(entering)
        if len(self._programs) > 1:
            return
        self.call_soon = loop.call_soon
        self._handler = loop.get_exception_handler()
        loop.set_exception_handler(self._report)
        try:
            loop.call_soon = self._calling(loop.call_soon)
            loop.call_later = self._timing(loop.call_later)
            loop.call_at = self._timing(loop.call_at)
            loop.run_in_executor = self._working(loop.run_in_executor)
            if hasattr(loop, "_start_serving"):
                loop._start_serving = self._serving(loop._start_serving)
                loop._stop_serving = self._no_longer_serving(loop._stop_serving)
        except AttributeError:
            pass  # A loop written in C.

    def leave(self, leaving: Program) -> None:
        loop: Any = leaving.loop
        self._programs.remove(leaving)
        if self._programs:
            return
        for name in _WATCHED:
            vars(loop).pop(name, None)
        if loop.get_exception_handler() == self._report:
            loop.set_exception_handler(self._handler)

    def _program(self, context: contextvars.Context | None) -> Program | None:
        found = program.get() if context is None else context.get(program)
        return found if found in self._programs and not found.cleaning else None

    def _calling(self, call_soon: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(call_soon)
        def noting(
            callback: Callable[..., object],
            *args: object,
            context: contextvars.Context | None = None,
        ) -> object:
            asking = None if self._inside else self._program(context)
            if asking is None:
                return call_soon(callback, *args, context=context)
            self._inside = True
            try:
                # A task that is being cancelled needs what it asks for in order to end.
                ends = type(callback) is FunctionType and is_being_cancelled(
                    asyncio.current_task(asking.loop)
                )
                if ends:
                    return call_soon(callback, *args, context=context)
                handle = call_soon(asking.called, callback, args, context=context)
            finally:
                self._inside = False
            asking.note_call(callback)
            return handle

        return noting

    def _timing(self, call_at: Callable[..., asyncio.TimerHandle]) -> Callable[..., object]:
        @functools.wraps(call_at)
        def noting(
            when: float,
            callback: Callable[..., object],
            *args: object,
            context: contextvars.Context | None = None,
        ) -> asyncio.TimerHandle:
            asking = None if self._inside else self._program(context)
            if asking is None:
                return call_at(when, callback, *args, context=context)
            self._inside = True
            try:
                return asking.add_timer(
                    lambda fire: call_at(when, fire, context=context), callback, args
                )
            finally:
                self._inside = False

        return noting

    def _working(
        self, run_in_executor: Callable[..., asyncio.Future[object]]
    ) -> Callable[..., object]:
        @functools.wraps(run_in_executor)
        def noting(executor: object, func: object, *args: object) -> asyncio.Future[object]:
            future = run_in_executor(executor, func, *args)
            asking = self._program(None)
            if asking is not None:
                asking.add_work(future)
            return future

        return noting

    def _serving(self, start_serving: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(start_serving)
        def noting(factory: object, sock: object, *args: object, **named: object) -> None:
            start_serving(factory, sock, *args, **named)
            asking = self._program(None)
            if asking is not None and sock not in self._listening:
                stop = functools.partial(asking.loop._stop_serving, sock)  # type: ignore[attr-defined]
                self._listening[sock] = Hold(asking, stop)

        return noting

    def _no_longer_serving(self, stop_serving: Callable[[object], object]) -> Callable[..., object]:
        @functools.wraps(stop_serving)
        def noting(sock: object) -> None:
            stop_serving(sock)
            held = self._listening.pop(sock, None)
            if held is not None:
                held.release()

        return noting

    def _report(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        current = self._programs[-1] if self._programs else None
        thing = context.get("task") or context.get("handle")
        to = _program_of(thing, current)
        if error is not None and to in self._programs and not to.is_over:
            to.fail(error)
        elif self._handler is not None:
            self._handler(loop, context)
        else:
            loop.default_exception_handler(context)


_watches: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Watch] = weakref.WeakKeyDictionary()


def _watch_of(loop: asyncio.AbstractEventLoop) -> _Watch:
    watch = _watches.get(loop)
    if watch is None:
        watch = _watches[loop] = _Watch(loop)
    return watch
