"""One to many: copies of every value for everyone (mult), or for those who ask for it (pub)."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterable
from typing import Callable, Generic, TypeVar

from ..errors import expect
from ._buffers import Buffer
from ._core import Channel, Sink, Source
from ._dispatch import spawn
from ._functions import plain_function

__all__ = ["Mult", "Pub", "mult", "pub"]

T = TypeVar("T")
Out = TypeVar("Out")


class Mult(Generic[T]):
    """Gives a copy of every value of a channel to every channel that is tapped into it.

    The next value is taken when all taps have accepted the last one: the slowest sets the pace,
    and a buffer on its channel gives it leeway. With no taps, values are dropped. A tap that is
    found closed is removed.

    core.async: mult
    """

    def __init__(self, channel: Source[T]) -> None:
        self._source = expect("channel", channel, Channel)
        self._taps: dict[Sink[T], bool] = {}
        spawn(self._distribute())

    def tap(self, channel: Channel[Out, T], close: bool = True) -> Channel[Out, T]:
        """Give `channel` a copy of every value from now on.

        Args:
            channel: where the copies are put.
            close: whether it is closed when the source ends.

        Returns:
            The channel.

        Raises:
            InvalidArgTypeError: not a channel.

        core.async: tap
        """
        self._taps[expect("channel", channel, Channel)] = close
        return channel

    def untap(self, channel: Sink[T]) -> None:
        """Give `channel` no more. A value that waits to be put on it still will be.

        core.async: untap
        """
        self._taps.pop(channel, None)

    def untap_all(self) -> None:
        """Give no one any more.

        core.async: untap-all
        """
        self._taps.clear()

    def leave_open(self) -> None:
        """Close no tap when the source ends."""
        self._taps = dict.fromkeys(self._taps, False)

    async def _distribute(self) -> None:
        try:
            async for value in self._source:
                for channel in await put_on_each(list(self._taps), value):
                    self.untap(channel)
        finally:
            for channel, close in self._taps.items():
                if close:
                    channel.close()


def mult(channel: Source[T]) -> Mult[T]:
    """A `Mult` of `channel`.

    >>> from streams2.channel import into, to_channel
    >>> async def main():
    ...     numbers = mult(to_channel([1, 2, 3]))
    ...     lists = into([], numbers.tap(Channel()))
    ...     totals = into([], numbers.tap(Channel(1)))
    ...     return await lists.take(), await totals.take()
    >>> asyncio.run(main())
    ([1, 2, 3], [1, 2, 3])

    Raises:
        InvalidArgTypeError: not a channel.

    core.async: mult
    """
    return Mult(channel)


async def put_on_each(channels: Iterable[Sink[T]], value: T) -> list[Sink[T]]:
    """Put `value` on all `channels` at the same time; return those that are closed."""
    countdown = _Countdown()
    closed = []
    for channel in channels:
        accepted = channel.offer(value)
        if accepted is None:
            countdown.count += 1
            channel._add_putter(countdown, value)
        elif not accepted:
            closed.append(channel)
    if countdown.count:
        await countdown.zero
    return closed


class _Countdown:
    """A waiter for several operations at once."""

    def __init__(self) -> None:
        self.count = 0
        self.zero: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def done(self) -> bool:
        return self.zero.done()

    def set_result(self, _accepted: bool) -> None:
        self.count -= 1
        if not self.count:
            self.zero.set_result(None)


class Pub(Generic[T]):
    """Gives every value of a channel to the channels that are subscribed to its topic.

    Every topic that has subscribers has a channel and a `Mult` of its own. A value whose topic
    nobody subscribed to is dropped.

    core.async: pub
    """

    def __init__(
        self,
        channel: Source[T],
        topic_function: Callable[[T], Hashable],
        buffer_function: Callable[[Hashable], int | Buffer[T]] | None = None,
    ) -> None:
        self._source = expect("channel", channel, Channel)
        self._topic_function = plain_function("topic_function", topic_function)
        self._buffer_function = buffer_function
        if buffer_function is not None:
            self._buffer_function = plain_function("buffer_function", buffer_function)
        self._topics: dict[Hashable, tuple[Channel[T], Mult[T]]] = {}
        spawn(self._distribute())

    def sub(self, topic: Hashable, channel: Channel[Out, T], close: bool = True) -> Channel[Out, T]:
        """Give `channel` every value of `topic` from now on.

        Args:
            topic: what `topic_function` answers for the values wanted.
            channel: where they are put.
            close: whether it is closed when the source ends.

        Returns:
            The channel.

        Raises:
            InvalidArgTypeError: not a channel.

        core.async: sub
        """
        expect("channel", channel, Channel)
        if topic not in self._topics:
            size = 0 if self._buffer_function is None else self._buffer_function(topic)
            topic_channel: Channel[T] = Channel(size)
            self._topics[topic] = topic_channel, Mult(topic_channel)
        return self._topics[topic][1].tap(channel, close)

    def unsub(self, topic: Hashable, channel: Sink[T]) -> None:
        """Give `channel` no more of `topic`.

        core.async: unsub
        """
        if topic in self._topics:
            self._topics[topic][1].untap(channel)

    def unsub_all(self, *topics: Hashable) -> None:
        """Give no one any more of these topics; of any topic, if none is named.

        Values that are already on their way still arrive. The channels stay open, unless the
        source has ended.

        core.async: unsub-all
        """
        for topic in topics or tuple(self._topics):
            if topic in self._topics:
                topic_channel, topic_mult = self._topics.pop(topic)
                if not topic_channel.closed:  # closed, the source has ended, and so do the taps
                    topic_mult.leave_open()
                    topic_channel.close()

    async def _distribute(self) -> None:
        try:
            async for value in self._source:
                topic = self._topic_function(value)
                if topic in self._topics:
                    await self._topics[topic][0].put(value)
        finally:
            for topic_channel, _ in self._topics.values():
                topic_channel.close()


def pub(
    channel: Source[T],
    topic_function: Callable[[T], Hashable],
    buffer_function: Callable[[Hashable], int | Buffer[T]] | None = None,
) -> Pub[T]:
    """A `Pub` of `channel`.

    >>> from streams2.channel import into, to_channel
    >>> async def main():
    ...     numbers = pub(to_channel(range(6)), lambda number: number % 2)
    ...     return await into([], numbers.sub(1, Channel())).take()
    >>> asyncio.run(main())
    [1, 3, 5]

    Args:
        channel: where values are taken.
        topic_function: called with each value; its topic.
        buffer_function: called with each new topic; the buffer of its channel (default: none).

    Raises:
        InvalidArgTypeError: not a channel, or one of the functions cannot be called or is a
            coroutine function.

    core.async: pub
    """
    return Pub(channel, topic_function, buffer_function)
