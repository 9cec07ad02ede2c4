"""One of several: the first channel operation that can happen."""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar, Union, overload

from ..errors import InvalidArgTypeError, InvalidArgValueError
from ._buffers import Value
from ._core import MUST_WAIT, AnyChannel, Channel, Source
from ._errors import ChannelNoneValueError
from ._pace import pace
from .watching import watchers

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

__all__ = ["Port", "alts"]

T = TypeVar("T")
D = TypeVar("D")

Port: TypeAlias = Union[AnyChannel, "tuple[AnyChannel, Value]"]
"""A channel to take from, or a channel and the value to put on it."""

_NO_DEFAULT = object()

shuffle = random.shuffle
"""What decides among several that are ready."""


@overload
async def alts(
    ports: Iterable[Source[T]], *, priority: bool = False
) -> tuple[T | None, Source[T]]: ...


@overload
async def alts(ports: Iterable[Port], *, priority: bool = False) -> tuple[Value, AnyChannel]: ...


@overload
async def alts(
    ports: Iterable[Source[T]], *, priority: bool = False, default: D
) -> tuple[T | D | None, Source[T] | Literal["default"]]: ...


@overload
async def alts(
    ports: Iterable[Port], *, priority: bool = False, default: D
) -> tuple[Value, AnyChannel | Literal["default"]]: ...


async def alts(
    ports: Iterable[Port], *, priority: bool = False, default: object = _NO_DEFAULT
) -> object:
    """Do one of several operations: the first that is possible, and no other.

    >>> async def main():
    ...     answers, log = Channel(), Channel(1)
    ...     value, port = await alts([answers, (log, "still waiting")])
    ...     return value, port is log
    >>> asyncio.run(main())
    (True, True)

    Cancelled while it waits, it does none of them.

    Args:
        ports: each a channel to take from, or a pair (channel, value) to put.
        priority: of several that are possible, do the first, not one at random.
        default: the answer if none is possible now; without it, `alts` waits.

    Returns:
        A pair: what the operation answered (a value or None for a take, True or False for a put)
        and its channel. Or else ``(default, "default")``.

    Raises:
        InvalidArgTypeError: `ports` cannot be iterated over, or one of them is neither a channel
            nor a pair.
        InvalidArgValueError: there are no ports.
        ChannelNoneValueError: the value of a put is None.
        TooManyPendingError: it has to wait, and 1024 puts, or takes, wait already on one of the
            channels.

    core.async: alts!
    """
    if isinstance(ports, Channel) or not isinstance(ports, Iterable):
        raise InvalidArgTypeError.given("ports", "an iterable of channel operations", ports)
    operations = [_operation(port) for port in ports]
    if not operations:
        raise InvalidArgValueError.given("ports", "at least one channel operation", [])
    if pace.counts():
        await asyncio.sleep(0)
    if not priority:
        shuffle(operations)
    for operation in operations:
        answer = operation.attempt()
        if answer is not MUST_WAIT:
            for watcher in watchers:
                watcher.tried(operation.channel, operation.method, operation.value, answer)
            return answer, operation.channel
    if default is not _NO_DEFAULT:
        return default, "default"
    return await _wait_for_one(operations)


async def _wait_for_one(operations: list[_Operation]) -> tuple[Value, AnyChannel]:
    chosen: asyncio.Future[tuple[object, _Operation]] = asyncio.get_running_loop().create_future()
    try:
        for operation in operations:
            operation.wait(chosen)
        pace.waits()
        answer, winner = await chosen
    except BaseException:
        if chosen.done() and not chosen.cancelled():
            answer, winner = chosen.result()
            winner.undo(answer)
        raise
    finally:
        # Until now the others could see that we are done, but they kept our place in the queue.
        for operation in operations:
            operation.forget()
    return answer, winner.channel


class _Operation(ABC):
    """A waiter for one operation: done when any operation of its `alts` is."""

    __slots__ = ("_chosen", "channel")

    method: ClassVar[Literal["put", "take"]]
    value: object = None

    def __init__(self, channel: AnyChannel) -> None:
        self.channel = channel

    def done(self) -> bool:
        return self._chosen.done()

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._chosen.get_loop()

    def set_result(self, answer: object) -> None:
        self._chosen.set_result((answer, self))
        for watcher in watchers:
            watcher.chosen(self.channel, self.method, answer)

    @abstractmethod
    def attempt(self) -> object:
        """Do it without waiting and return the answer, or else MUST_WAIT."""

    def wait(self, chosen: asyncio.Future[tuple[object, _Operation]]) -> None:
        """Wait for it, until `chosen` is done."""
        self._chosen = chosen

    @abstractmethod
    def forget(self) -> None:
        """Stop waiting for it."""

    @abstractmethod
    def undo(self, answer: object) -> None:
        """Make undone what nobody will hear of, as far as it can be."""


class _Take(_Operation):
    __slots__ = ()

    method = "take"

    def attempt(self) -> object:
        return self.channel._try_take()

    def wait(self, chosen: asyncio.Future[tuple[object, _Operation]]) -> None:
        super().wait(chosen)
        self.channel._add_taker(self)

    def forget(self) -> None:
        self.channel._forget_taker(self)

    def undo(self, answer: object) -> None:
        self.channel._give_back(answer)


class _Put(_Operation):
    __slots__ = ("value",)

    method = "put"

    def __init__(self, channel: AnyChannel, value: object) -> None:
        super().__init__(channel)
        self.value = value

    def attempt(self) -> object:
        accepted = self.channel._try_put(self.value)
        return MUST_WAIT if accepted is None else accepted

    def wait(self, chosen: asyncio.Future[tuple[object, _Operation]]) -> None:
        super().wait(chosen)
        self.channel._add_putter(self, self.value)

    def forget(self) -> None:
        self.channel._forget_putter(self)

    def undo(self, answer: object) -> None:
        """Nothing can be undone: the value is out of our hands."""


def _operation(port: Port) -> _Operation:
    if isinstance(port, Channel):
        return _Take(port)
    if isinstance(port, (tuple, list)) and len(port) == 2 and isinstance(port[0], Channel):
        channel, value = port
        if value is None:
            raise ChannelNoneValueError
        return _Put(channel, value)
    raise InvalidArgTypeError.given("ports", "channels and (channel, value) pairs", port)
