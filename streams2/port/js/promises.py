"""Promises, on asyncio's futures."""

from __future__ import annotations

import asyncio
import inspect
import types
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
)
from functools import partial
from typing import cast

from .errors import Thrown, thrown
from .functions import call
from .objects import Object
from .stopping import NotPorted

__all__ = ["Promise", "awaited", "spawn"]

_BACKGROUND: set[asyncio.Future[object]] = set()
"""Tasks that nobody waits for; the loop itself keeps no hold of them."""


class Promise:
    """``new Promise((resolve, reject) => ...)``: it can be awaited, and has ``then``.

    Args:
        executor: is called at once with two functions.
    """

    def __init__(self, executor: Callable[..., object]) -> None:
        self._future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._heard = False
        try:
            call(executor, None, self._resolve, self._reject)
        except Exception as error:
            self._reject(error)

    def _resolve(self, value: object = None, *_: object) -> None:
        if self._future.done():
            return
        if isinstance(value, Promise) or inspect.isawaitable(value):
            follow(value, self._resolve, self._reject)
        else:
            self._future.set_result(value)

    def _reject(self, reason: object = None, *_: object) -> None:
        if self._future.done():
            return
        self._future.set_exception(thrown(reason))
        loop = self._future.get_loop()
        loop.call_soon(lambda: loop.call_soon(self._complain))

    def _complain(self) -> None:
        """A rejection that nobody hears of ends the program."""
        error = self._future.exception()
        if not self._heard and error is not None:
            raise error

    def __await__(self) -> Generator[object, None, object]:
        self._heard = True
        return self._future.__await__()

    def then(self, fulfilled: object = None, rejected: object = None) -> Promise:
        """What comes of the value, or of the error."""
        self._heard = True

        def executor(resolve: Callable[..., object], reject: Callable[..., object]) -> None:
            def done(future: asyncio.Future[object]) -> None:
                error = future.exception()
                try:
                    if isinstance(error, NotPorted):
                        reject(error)
                    elif error is None:
                        value = future.result()
                        resolve(call(fulfilled, None, value) if fulfilled else value)
                    elif rejected:
                        reason = error.value if isinstance(error, Thrown) else error
                        resolve(call(rejected, None, reason))
                    else:
                        reject(error)
                except Exception as other:
                    reject(other)

            self._future.add_done_callback(done)

        return Promise(executor)

    def catch(self, rejected: object) -> Promise:
        """What comes of the error."""
        return self.then(None, rejected)

    def finally_(self, function: object) -> Promise:
        """Call a function when it is over, one way or the other."""

        def passed(value: object) -> object:
            call(function, None)
            return value

        def failed(error: object) -> object:
            call(function, None)
            raise thrown(error)

        return self.then(passed, failed)

    @staticmethod
    def resolve(value: object = None) -> Promise:
        """A promise of a value, which may itself be one."""
        if isinstance(value, Promise):
            return value
        return Promise(lambda resolve, _: resolve(value))

    @staticmethod
    def reject(reason: object = None) -> Promise:
        """A promise that is broken."""
        return Promise(lambda _, reject: reject(reason))

    @staticmethod
    def all(values: Iterable[object]) -> Promise:
        """All values, or the first error."""
        promises = [Promise.resolve(value) for value in values]
        return Promise.resolve(_all(promises))

    @staticmethod
    def all_settled(values: Iterable[object]) -> Promise:
        """How each of them ended."""
        promises = [
            Promise.resolve(value).then(
                lambda value: Object(status="fulfilled", value=value),
                lambda reason: Object(status="rejected", reason=reason),
            )
            for value in values
        ]
        return Promise.all(promises)

    @staticmethod
    def race(values: Iterable[object]) -> Promise:
        """The first that is settled."""
        promises = [Promise.resolve(value) for value in values]

        def executor(resolve: Callable[..., object], reject: Callable[..., object]) -> None:
            for promise in promises:
                promise.then(resolve, reject)

        return Promise(executor)


async def _all(promises: list[Promise]) -> list[object]:
    for promise in promises:
        promise._heard = True
    return list(await asyncio.gather(*(promise._future for promise in promises)))


def follow(value: object, resolve: Callable[..., object], reject: Callable[..., object]) -> None:
    """Settle as `value` does. A coroutine begins at once, as an async function does."""
    if isinstance(value, Promise):
        value.then(resolve, reject)
        return
    if inspect.iscoroutine(value):
        try:
            waits_for = value.send(None)
        except StopIteration as end:
            resolve(end.value)
            return
        except Exception as error:
            reject(error)
            return
        value = _rest_of(value, waits_for)
    task = asyncio.ensure_future(cast("Awaitable[object]", value))
    _BACKGROUND.add(task)

    def done(future: asyncio.Future[object]) -> None:
        _BACKGROUND.discard(future)
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            resolve(future.result())
        else:
            reject(error)

    task.add_done_callback(done)


@types.coroutine
def _rest_of(
    coroutine: Coroutine[object, object, object], waits_for: object
) -> Generator[object, object, object]:
    """A coroutine that was begun before it had a task: what it waits for, and what follows."""
    while True:
        try:
            sent = yield waits_for
        except GeneratorExit:
            coroutine.close()
            raise
        except BaseException as error:
            send: Callable[[], object] = partial(coroutine.throw, error)
        else:
            send = partial(coroutine.send, sent)
        try:
            waits_for = send()
        except StopIteration as end:
            return cast("object", end.value)


def spawn(value: object) -> Promise:
    """Start a coroutine that nobody waits for: if it fails, so does the program."""
    return Promise.resolve(value)


def promising(function: object) -> Callable[..., Promise]:
    """An async function as JavaScript has it: called, it begins at once, and gives a promise."""

    def begin(*arguments: object) -> Promise:
        return Promise.resolve(call(function, None, *arguments))

    return begin


class closing:  # noqa: N801
    """A ``for await`` that is left early: what it went through is closed before what follows.

    >>> async def numbers():
    ...     try:
    ...         yield 1
    ...     finally:
    ...         print("closed")
    >>> async def main():
    ...     async with closing(numbers()) as items:
    ...         async for item in items:
    ...             break
    ...     print("after it")
    >>> asyncio.run(main())
    closed
    after it
    """

    def __init__(self, source: object) -> None:
        self._items = aiter_of(source)

    async def __aenter__(self) -> AsyncIterator[object]:
        return self._items

    async def __aexit__(self, *_: object) -> None:
        close = getattr(self._items, "aclose", None)
        if close is not None:
            await close()


def aiter_of(source: object) -> AsyncIterator[object]:
    """What ``for await`` asks for items: a list may be gone through, too."""
    if isinstance(source, AsyncIterable):
        return source.__aiter__()
    return _one_by_one(cast("Iterable[object]", source))


async def _one_by_one(items: Iterable[object]) -> AsyncIterator[object]:
    for each in items:
        yield await awaited(each)


class queued:  # noqa: N801
    """An async generator that more than one asks for items: each in its turn."""

    def __init__(self, source: AsyncIterator[object]) -> None:
        self._source = source
        self._turn: asyncio.Lock = asyncio.Lock()

    def __aiter__(self) -> AsyncIterator[object]:
        return self

    async def __anext__(self) -> object:
        async with self._turn:
            return await self._source.__anext__()

    async def aclose(self) -> None:
        """End it."""
        async with self._turn:
            await cast("AsyncGenerator[object, object]", self._source).aclose()


def queue_microtask(function: object) -> None:
    """``queueMicrotask``: on the loop's next turn."""
    asyncio.get_running_loop().call_soon(lambda: call(function, None))


async def awaited(value: object) -> object:
    """``await value``, which may be no promise at all."""
    if inspect.isawaitable(value):
        return await value
    await asyncio.sleep(0)
    return value
