"""The methods that users define, watched: how long they take, and whether they call back."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import AsyncGenerator, Coroutine, Generator, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Callable, NamedTuple, Protocol

from ..core.telling import passed
from ..errors import is_coroutine_function
from .debug_frames import Place, is_ours, place_of_code, places_here
from .untyped import Untyped

__all__ = [
    "METHODS",
    "Call",
    "Clock",
    "Timed",
    "TimedStep",
    "Watcher",
    "code_of",
    "methods_of",
    "place_of_running",
    "run_timed",
    "timed",
    "timed_steps",
    "watched",
]

METHODS = (
    *("_read", "_write", "_writev", "_final", "_construct", "_destroy", "_transform", "_flush"),
)
"""What an implementer defines. All but `_read` are given a callback, as their last argument."""

Function = Callable[..., object]


class Watcher(Protocol):
    """Who is told of the calls."""

    def begins(self, face: object, name: str, args: tuple[Untyped, ...]) -> None: ...
    def calls(self, call: Call) -> None: ...
    def waits(self, face: object, name: str, args: tuple[Untyped, ...]) -> None: ...
    def goes_on(self, face: object, name: str) -> None: ...
    def called_back(self, call: Call) -> None: ...
    def called_twice(self, call: Call, second: Sequence[Place]) -> None: ...
    def called_on(self, call: Call) -> None: ...
    def given_up(self, call: Call) -> None: ...
    def took(self, face: object, name: str, place: Place, seconds: float) -> None: ...


class Clock:
    """How long a method runs itself, without what it calls of the streams'.

    Args:
        now: what time it is, in seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self._others: list[float] = []

    @contextmanager
    def measure(self, took: Callable[[float], None]) -> Iterator[None]:
        """Tell how long this takes by itself."""
        begun = self.now()
        self._others.append(0.0)
        try:
            yield
        finally:
            took(self._leave(begun))

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is done here is not the method's that runs, if one does."""
        if not self._others:
            yield
            return
        begun = self.now()
        self._others.append(0.0)
        try:
            yield
        finally:
            self._leave(begun)

    def _leave(self, begun: float) -> float:
        whole = self.now() - begun
        own = whole - self._others.pop()
        if self._others:
            self._others[-1] += whole
        return own


class Call:
    """One call of a method that is given a callback.

    Attributes:
        face: the stream.
        name: the method.
        place: where the method begins.
        begun: when it was called.
        first: where its callback was first called, and who called that.
        done: whether it was.
    """

    def __init__(
        self,
        watcher: Watcher,
        clock: Clock,
        face: Untyped,
        name: str,
        place: Place,
        callback: Function,
    ) -> None:
        self.watcher, self.clock, self.face = watcher, clock, face
        self.name, self.place, self.callback = name, place, callback
        self.begun = clock.now()
        self.first: Sequence[Place] = ()
        self.done = False

    def back(self, *args: object, **named: object) -> object:
        """What the method is given as its callback."""
        places = places_here(sys._getframe(1))
        if args and isinstance(args[0], Exception):
            # It is told where it was passed: two frames up from there.
            passed(args[0], f"the callback of {self.name}")
        if not self.done:
            self.done, self.first = True, places
            self.watcher.called_back(self)
            with self.clock.aside():
                return self.callback(*args, **named)
        self.watcher.called_twice(self, places)
        try:
            return self.callback(*args, **named)
        finally:
            self.watcher.called_on(self)


def code_of(method: object) -> CodeType | None:
    """The code of a function, a method or what wraps one; None for what has none in Python."""
    inner: Untyped = inspect.unwrap(method) if callable(method) else method
    while isinstance(inner, functools.partial):
        inner = inspect.unwrap(inner.func)
    inner = getattr(inner, "__func__", inner)
    inner = inspect.unwrap(inner)
    code = getattr(inner, "__code__", None)
    if code is None and callable(inner) and not isinstance(inner, type):
        code = getattr(type(inner).__call__, "__code__", None)
    return code if isinstance(code, CodeType) else None


def watched(function: Untyped, name: str, watcher: Watcher, clock: Clock) -> Untyped:
    """A method that does the same, and is watched. What is no user's stays as it is."""
    code = code_of(function)
    if code is None or is_ours(code):
        return function
    place = place_of_code(code)

    def begin(face: object, args: tuple[object, ...]) -> tuple[tuple[object, ...], Call | None]:
        watcher.begins(face, name, args)
        if name == "_read" or not args or not callable(args[-1]):
            return args, None
        call = Call(watcher, clock, face, name, place, args[-1])
        watcher.calls(call)
        return (*args[:-1], call.back), call

    def took(face: object) -> Callable[[float], None]:
        return lambda seconds: watcher.took(face, name, place, seconds)

    def waits(face: object, args: tuple[object, ...], call: Call | None) -> None:
        if call is None or not call.done:
            watcher.waits(face, name, args)

    if is_coroutine_function(function):

        @functools.wraps(function)
        async def coroutine(face: object, *args: object) -> object:
            given, call = begin(face, args)
            try:
                pauses = Pauses(
                    lambda: waits(face, args, call), lambda: watcher.goes_on(face, name)
                )
                return await Timed(function(face, *given), clock, took(face), pauses)
            except BaseException:
                _give_up(call)
                raise

        return coroutine

    @functools.wraps(function)
    def method(face: object, *args: object) -> object:
        given, call = begin(face, args)
        try:
            with clock.measure(took(face)):
                answer = function(face, *given)
        except BaseException:
            _give_up(call)
            raise
        waits(face, args, call)
        return answer

    return method


def _give_up(call: Call | None) -> None:
    if call is not None and not call.done:
        call.watcher.given_up(call)


class Pauses(NamedTuple):
    """Who is told that a coroutine waits, and that it goes on."""

    waits: Callable[[], None]
    goes_on: Callable[[], None]


async def run_timed(
    coroutine: Coroutine[Untyped, Untyped, object], clock: Clock, took: Callable[[float], None]
) -> object:
    """Run a coroutine, and tell how long each of its steps takes."""
    return await Timed(coroutine, clock, took, Pauses(lambda: None, lambda: None))


def timed(function: Untyped, took: Callable[[Place, float], None], clock: Clock) -> Untyped:
    """A function that does the same, and tells how long it takes. What is no user's stays."""
    code = code_of(function)
    if code is None or is_ours(code):
        return function
    tell = functools.partial(took, place_of_code(code))
    if is_coroutine_function(function):

        @functools.wraps(function)
        async def coroutine(*args: object, **named: object) -> object:
            return await run_timed(function(*args, **named), clock, tell)

        return coroutine

    @functools.wraps(function)
    def call(*args: object, **named: object) -> object:
        with clock.measure(tell):
            made = function(*args, **named)
        return made if place_of_running(made) is None else timed_steps(made, tell, clock)

    return call


def timed_steps(
    running: Untyped,
    took: Callable[[float], None],
    clock: Clock,
    *,
    in_threads: bool = False,
) -> Untyped:
    """A generator that gives the same, and tells how long each of its steps takes.

    Args:
        running: the generator; what is none stays as it is.
        took: told.
        clock: takes the time.
        in_threads: one that is not async runs in a thread, and stays as it is, too.
    """
    if inspect.isasyncgen(running) or isinstance(running, _TimedLater):
        return _TimedLater(running, took, clock)
    if inspect.isgenerator(running) and not in_threads:
        return _timed_now(running, took, clock)
    return running


def _timed_now(running: Untyped, took: Callable[[float], None], clock: Clock) -> Iterator[object]:
    try:
        while True:
            with clock.measure(took):
                try:
                    value = next(running)
                except StopIteration:
                    return
            yield value
    finally:
        running.close()


class _TimedLater(AsyncGenerator[object, object]):
    """An async generator, of which each step is told of."""

    def __init__(self, running: Untyped, took: Callable[[float], None], clock: Clock) -> None:
        self._running, self._took, self._clock = running, took, clock

    def __anext__(self) -> Untyped:
        return self.asend(None)

    def asend(self, value: object) -> Untyped:
        return TimedStep(self._running.asend(value), self._took, self._clock)

    def athrow(self, *raised: Untyped) -> Untyped:
        return TimedStep(self._running.athrow(*raised), self._took, self._clock)

    def aclose(self) -> Untyped:
        return self._running.aclose()


class TimedStep:
    """What is awaited of such a one: each time that it goes on is told of."""

    def __init__(self, awaited: Untyped, took: Callable[[float], None], clock: Clock) -> None:
        self.step = awaited.__await__()
        self._took, self._clock = took, clock

    def __await__(self) -> TimedStep:
        return self

    def __iter__(self) -> TimedStep:
        return self

    def __next__(self) -> object:
        return self.send(None)

    def send(self, value: object) -> object:
        with self._clock.measure(self._took):
            return self.step.send(value)

    def throw(self, *raised: Untyped) -> object:
        with self._clock.measure(self._took):
            return self.step.throw(*raised)

    def close(self) -> None:
        self.step.close()


def place_of_running(thing: Untyped) -> Place | None:
    """Where a user's generator or coroutine begins; None for anything else."""
    codes = (getattr(thing, name, None) for name in ("gi_code", "ag_code", "cr_code"))
    code = next((code for code in codes if isinstance(code, CodeType)), None)
    return None if code is None or is_ours(code) else place_of_code(code)


class Timed:
    """Runs a coroutine, and tells how long each of its steps takes, and of what is in between."""

    def __init__(
        self,
        coroutine: Untyped,
        clock: Clock,
        took: Callable[[float], None],
        pauses: Pauses,
    ) -> None:
        self.coroutine, self._clock, self._took, self._pauses = coroutine, clock, took, pauses

    def __await__(self) -> Generator[Untyped, Untyped, object]:
        step: Callable[[], object] = functools.partial(self.coroutine.send, None)
        try:
            while True:
                try:
                    with self._clock.measure(self._took):
                        waits_for = step()
                except StopIteration as end:
                    return end.value
                self._pauses.waits()
                try:
                    step = functools.partial(self.coroutine.send, (yield waits_for))
                except GeneratorExit:
                    raise
                except BaseException as error:
                    step = functools.partial(self.coroutine.throw, error)
                self._pauses.goes_on()
        finally:
            self.coroutine.close()


def methods_of(cls: type) -> Iterator[tuple[type, str, FunctionType]]:
    """The methods that users define in `cls` and its bases: the class, the name, the function."""
    for base in cls.__mro__:
        for name in METHODS:
            function = base.__dict__.get(name)
            if isinstance(function, FunctionType) and not is_ours(code_of(function)):
                yield base, name, function
