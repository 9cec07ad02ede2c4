"""The channels of anyio and of trio: both call them memory streams, and both are made alike.

Each of the two ends first tries without waiting, and then waits. So what is heard is the trying,
which says at once what it comes to. How much is in between, and who waits, the channel itself says.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any, Callable, Protocol

from ...trace import telling
from ...trace.telling import Held, Place
from .swapping import swapped

__all__ = ["hearing_memory"]


class _Statistics(Protocol):
    """What both say of a channel."""

    current_buffer_used: int
    max_buffer_size: float
    tasks_waiting_receive: int


class _Memory(Place):
    """A channel.

    Attributes:
        values: what was sent and not received, the first one first.
        putting: what waits to be sent.
    """

    kind = "channel"

    def __init__(self, name: str, statistics: Callable[[], _Statistics]) -> None:
        self.name = name
        self.values: deque[object] = deque()
        self.putting: deque[object] = deque()
        self._statistics = statistics

    def held(self) -> Sequence[Held]:
        now = self._statistics()
        size = int(now.max_buffer_size)
        return [
            Held("values", self.values, len(self.values), size, unit="values"),
            Held("putting", self.putting, len(self.putting), None, unit="puts"),
            Held("taking", (), now.tasks_waiting_receive, None, unit="takes"),
        ]

    def sent(self, item: object, before: int) -> None:
        """`item` was sent when `before` were there: it is there, too, unless somebody got it."""
        if self._statistics().current_buffer_used > before:
            self.values.append(item)

    def received(self) -> None:
        """The first was received: who waits longest may send."""
        (self.values or self.putting).popleft()
        while len(self.values) < self._statistics().current_buffer_used:
            self.values.append(self.putting.popleft())

    def gave_up(self, item: object) -> None:
        """`item` is sent no more, if it waits."""
        if item in self.putting:
            self.putting.remove(item)

    @property
    def used(self) -> int:
        """How many are there."""
        return self._statistics().current_buffer_used


def hearing_memory(
    module: ModuleType, maker: str, name: str, block: type[Exception], end: type[Exception]
) -> AbstractContextManager[None]:
    """Hear the channels that the code of `module` makes.

    Args:
        module: the variant's.
        maker: what makes a channel there.
        name: what to call it.
        block: what an end raises that would have to wait.
        end: what one raises that has got all.
    """
    return swapped(module, maker, lambda original: _Maker(original, name, block, end))


class _Maker:
    """Makes channels that are heard. It may be given a type, in brackets, as the original may."""

    def __init__(
        self, original: Any, name: str, block: type[Exception], end: type[Exception]
    ) -> None:
        self._original = original
        self._name = name
        self._block = block
        self._end = end

    def __getitem__(self, _: object) -> _Maker:
        return self

    def __call__(self, size: float) -> tuple[Any, Any]:
        send, receive = self._original(size)
        place = _Memory(self._name, send.statistics)
        _hear_sends(place, send, self._block)
        _hear_receives(place, receive, self._block, self._end)
        return send, receive


def _hear_sends(place: _Memory, send: Any, block: type[Exception]) -> None:
    original_send, original_try, original_close = send.send, send.send_nowait, send.close

    def try_to_send(item: object) -> None:
        before = place.used
        try:
            original_try(item)
        except block:
            place.putting.append(item)
            telling.waits(place, "send", item)
            raise
        place.sent(item, before)

    async def heard_send(item: object) -> None:
        telling.called(place, "send", item)
        try:
            await original_send(item)
        except BaseException as error:
            place.gave_up(item)
            telling.failed(place, "send", error)
            raise
        telling.answered(place, "send", None)

    def close() -> None:
        telling.called(place, "close")
        original_close()

    send.send, send.send_nowait, send.close = heard_send, try_to_send, close


def _hear_receives(
    place: _Memory, receive: Any, block: type[Exception], end: type[Exception]
) -> None:
    original_receive, original_try = receive.receive, receive.receive_nowait

    def try_to_receive() -> object:
        try:
            item = original_try()
        except block:
            telling.waits(place, "receive")
            raise
        place.received()
        return item

    async def heard_receive() -> object:
        telling.called(place, "receive")
        try:
            item = await original_receive()
        except end:
            telling.answered(place, "receive", None)
            raise
        except BaseException as error:
            telling.failed(place, "receive", error)
            raise
        telling.answered(place, "receive", item)
        return item

    receive.receive, receive.receive_nowait = heard_receive, try_to_receive
