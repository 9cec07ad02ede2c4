"""How a transform, written as if it pulled its input, is run by values that are pushed.

A transform is a generator function over an iterator::

    async def pairs(values):
        async for first in values:
            second = await anext(values, None)
            yield (first, second)

Its state is in its local variables and its control flow is plain code; but it asks for a value
whenever it likes, and a channel has a value whenever somebody puts one. So the transform has to
stop in the middle, where it asks, until there is one.

- An **async generator** can: its `await` for an input that is not there goes straight through to
  us, who drive it, and no event loop has a part in that (`_Suspending`).
- A **plain generator** cannot: nothing in Python stops it inside `next(values)` except a thread
  to wait in. So it gets one, which only ever runs while the channel waits for it (`_Threaded`).
  The result is the same and slower by some ten microseconds a value.

Transforms put together with `compose` are stages, each feeding the next. An exception ends the
generator it was raised in, as it would anywhere: that stage is called afresh for the values that
follow, and no other stage notices.
"""

from __future__ import annotations

import contextvars
import queue
import sys
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Coroutine, Generator, Iterator
from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar, Union

from ..errors import InvalidArgTypeError, InvalidReturnValueError, is_coroutine_function
from . import watching
from ._dispatch import report
from ._functions import FOR_COROUTINES

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

__all__ = ["AnyTransducer", "Composed", "Stage", "Transducer", "make_stage"]

In = TypeVar("In")
Out = TypeVar("Out")

Transducer: TypeAlias = Union[
    Callable[[AsyncIterator[In]], AsyncIterator[Out]],
    Callable[[Iterator[In]], Iterator[Out]],
    "Composed[In, Out]",
]
"""What a channel does to its values: a generator function over an iterator, async or plain.

Clojure: a transducer
"""

AnyTransducer: TypeAlias = "Transducer[Any, Any]"
"""One whose values are nobody's business here."""

Emit = Callable[[Any], bool]
"""Given each output; whether the one who takes them wants no more."""

_NOTHING = object()
_WANTS_INPUT = object()
_FINISHED = object()


class Composed(Generic[In, Out]):
    """Several transforms, one after the other: see `transforms.compose`."""

    def __init__(self, transforms: tuple[AnyTransducer, ...]) -> None:
        for transform in transforms:
            if not isinstance(transform, Composed):
                _expect_transform(transform)
        self.transforms = transforms

    def __repr__(self) -> str:
        return f"compose({', '.join(map(repr, self.transforms))})"


class Stage(ABC):
    """One step that values go through."""

    @abstractmethod
    def feed(self, value: object, last: bool = False) -> bool:
        """Pass `value` through; whether this or a later stage wants no more values.

        If it is known already that no other value follows, `last` spares a plain generator its
        thread. Either way `finish` comes next.
        """

    @abstractmethod
    def finish(self) -> None:
        """Say that there is no more input, and pass on what was kept back for that moment."""


def make_stage(transform: AnyTransducer, emit: Emit) -> Stage:
    """A stage that runs `transform` and gives its outputs to `emit`.

    Raises:
        InvalidArgTypeError: the transform is no function, or a coroutine function.
        InvalidReturnValueError: it is a function that makes no iterator.
    """
    if isinstance(transform, Composed):
        return _Chain(transform.transforms or (_unchanged,), emit)
    _expect_transform(transform)
    made = watching.made_of(transform)
    inputs = _Inputs()
    outputs = made(inputs)
    if hasattr(outputs, "__anext__"):
        return _Suspending(made, inputs, outputs, emit)
    if hasattr(outputs, "__next__"):
        return _Threaded(made, inputs, outputs, emit)
    if isinstance(outputs, Coroutine):
        outputs.close()
    raise InvalidReturnValueError("an iterator or async iterator", "transform", repr(outputs))


def _expect_transform(transform: object) -> None:
    if not callable(transform):
        raise InvalidArgTypeError.given("transform", "a generator function", transform)
    if is_coroutine_function(transform):
        wanted = f"a generator function (for a coroutine function, use {FOR_COROUTINES})"
        raise InvalidArgTypeError.given("transform", wanted, transform)


async def _unchanged(values: AsyncIterator[object]) -> AsyncIterator[object]:
    async for value in values:
        yield value


class _Inputs:
    """The iterator, plain and async, that a transform is given."""

    def __init__(self) -> None:
        self.value: object = _NOTHING
        self.ended = False
        self.wait_in_thread: Callable[[], None] | None = None

    def __aiter__(self) -> _Inputs:
        return self

    def __iter__(self) -> _Inputs:
        return self

    async def __anext__(self) -> object:
        if self.value is _NOTHING and not self.ended:
            await _WISH
        if self.value is _NOTHING:
            raise StopAsyncIteration
        value, self.value = self.value, _NOTHING
        return value

    def __next__(self) -> object:
        if self.value is _NOTHING and not self.ended:
            if self.wait_in_thread is None:
                raise RuntimeError("a transform must ask for its input lazily, as a generator does")
            self.wait_in_thread()
        if self.value is _NOTHING:
            raise StopIteration
        value, self.value = self.value, _NOTHING
        return value


class _Wish:
    """Awaited, stops an async generator until the one who drives it goes on."""

    def __await__(self) -> Generator[object, None, None]:
        yield _WANTS_INPUT


_WISH = _Wish()


class _Driver(Stage):
    """Runs one transform. How it is run to its next stop is left to `advance`."""

    def __init__(
        self,
        transform: Callable[[Any], Any],
        inputs: _Inputs,
        outputs: Any,
        emit: Emit,
    ) -> None:
        self._transform = transform
        self._inputs = inputs
        self._outputs = outputs
        self._emit = emit
        self._finished = False

    @abstractmethod
    def advance(self) -> object:
        """Run to the next output, or to _WANTS_INPUT, or to _FINISHED."""

    @abstractmethod
    def discard(self) -> None:
        """Let the transform's own clean-up run: nothing more is wanted of it."""

    def feed(self, value: object, last: bool = False) -> bool:
        if self._finished:
            return True
        self._inputs.value = value
        self._inputs.ended = last
        return self._run()

    def finish(self) -> None:
        if not self._finished:
            self._inputs.ended = True
            self._run()

    def _run(self) -> bool:
        """Pass on outputs until the transform wants input; whether all is finished."""
        while True:
            output = self.advance()
            if output is _WANTS_INPUT:
                return False
            if output is _FINISHED:
                self._finished = True
                return True
            try:
                enough = self._emit(output)
            except BaseException:
                self._skip_outputs()
                raise
            if enough:
                self._finished = True
                self._discard_reporting()
                return True

    def _discard_reporting(self) -> None:
        # Clean-up is about no value, so its failure is nothing for an ex_handler to replace.
        try:
            self.discard()
        except Exception as error:
            report(error, "the clean-up of a transform failed")

    def _skip_outputs(self) -> None:
        """Drop the other outputs of a value of which one has failed further down."""
        output = self.advance()
        while output is not _WANTS_INPUT and output is not _FINISHED:
            output = self.advance()
        self._finished = output is _FINISHED

    def _start_afresh(self) -> None:
        """Forget a generator that an exception has ended."""
        self._inputs.value = _NOTHING
        self._outputs = self._transform(self._inputs)


class _Suspending(_Driver):
    """Runs an async generator by hand, with no event loop."""

    _step: Any = None
    """The unfinished `__anext__`, while the transform waits for input."""

    _started = False

    def advance(self) -> object:
        step = self._step
        if step is None:
            step = self._next_step()
        try:
            signal = step.send(None)
        except StopIteration as output:
            self._step = None
            return output.value
        except StopAsyncIteration:
            return _FINISHED
        except BaseException:
            self._restart()
            raise
        if signal is _WANTS_INPUT:
            self._step = step
            return _WANTS_INPUT
        try:
            step.throw(GeneratorExit())
        except (GeneratorExit, StopIteration, StopAsyncIteration):
            pass
        finally:
            self._restart()
        raise _cannot_await(signal)

    def _next_step(self) -> object:
        if self._started:
            return self._outputs.__anext__().__await__()
        self._started = True
        # The loop must not adopt this generator: it would close it when the loop ends, as a task.
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(None, None)
        try:
            return self._outputs.__anext__().__await__()
        finally:
            sys.set_asyncgen_hooks(*hooks)

    def _restart(self) -> None:
        self._step = None
        self._started = False
        self._start_afresh()

    def discard(self) -> None:
        self._inputs.ended = True  # for clean-up that asks for more
        if not hasattr(self._outputs, "aclose"):
            return
        closing = self._outputs.aclose().__await__()
        try:
            signal = closing.send(None)
        except StopIteration:
            return
        closing.close()
        raise _cannot_await(signal)


def _cannot_await(awaited: object) -> TypeError:
    return TypeError(f"a transform can await nothing but its input, and awaited {awaited!r}")


class _Threaded(_Driver):
    """Runs a plain generator in a thread of its own, which runs only while this one waits."""

    _worker: _Worker | None = None

    def advance(self) -> object:
        if self._worker is None and self._inputs.ended:
            return self._advance_here()
        if self._worker is None:
            self._worker = _Worker(self._outputs, self._inputs)
            weakref.finalize(self, self._worker.stop)
        try:
            output = self._worker.run()
        except BaseException:
            self.discard()
            self._start_afresh()
            raise
        if output is _FINISHED:
            self.discard()
        return output

    def _advance_here(self) -> object:
        # It will never have to wait, so it needs no thread to wait in.
        try:
            return next(self._outputs)
        except StopIteration:
            return _FINISHED
        except BaseException:
            self._start_afresh()
            raise

    def discard(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None
        elif hasattr(self._outputs, "close"):
            self._outputs.close()


class _Stopped(BaseException):
    """Raised where a generator waits for input, to end it."""


class _Worker:
    """A thread that runs an iterator from stop to stop, as it is told."""

    def __init__(self, outputs: Iterator[object], inputs: _Inputs) -> None:
        self._outputs = outputs
        self._inputs = inputs
        self._orders: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._reports: queue.SimpleQueue[tuple[object, BaseException | None]] = queue.SimpleQueue()
        self._thread = threading.Thread(
            target=contextvars.copy_context().run,
            args=(self._work,),
            # By its name it is known as ours: it does what it is told, and wakes no loop by itself.
            name="streams2 transform",
            daemon=True,
        )
        self._inputs.wait_in_thread = self._wait_for_input
        self._thread.start()

    def run(self) -> object:
        """Let the thread run to its next stop, and wait for it."""
        self._orders.put(True)
        output, error = self._reports.get()
        if error is not None:
            raise error
        return output

    def stop(self) -> None:
        """Have the thread end, soon."""
        self._orders.put(False)

    def end(self) -> None:
        """Have the thread end, and wait for it."""
        self.stop()
        self._thread.join()

    def _work(self) -> None:
        try:
            while self._orders.get():
                self._reports.put(self._next_report())
            if hasattr(self._outputs, "close"):
                self._outputs.close()
        except _Stopped:
            pass

    def _next_report(self) -> tuple[object, BaseException | None]:
        try:
            return next(self._outputs), None
        except StopIteration:
            return _FINISHED, None
        except _Stopped:
            raise
        except BaseException as error:
            return None, error

    def _wait_for_input(self) -> None:
        self._reports.put((_WANTS_INPUT, None))
        if not self._orders.get():
            raise _Stopped


class _Chain(Stage):
    """Stages in a row, each giving its outputs to the next.

    One that wants no more values takes those before it along; those after it are told by `finish`
    that their input has ended.
    """

    def __init__(self, transforms: tuple[AnyTransducer, ...], emit: Emit) -> None:
        stages: list[Stage] = []
        for transform in reversed(transforms):
            stages.insert(0, make_stage(transform, emit))
            emit = stages[0].feed
        self._stages = stages

    def feed(self, value: object, last: bool = False) -> bool:
        return self._stages[0].feed(value, last)

    def finish(self) -> None:
        self._finish_from(0)

    def _finish_from(self, index: int) -> None:
        if index == len(self._stages):
            return
        try:
            self._stages[index].finish()
        finally:
            self._finish_from(index + 1)
