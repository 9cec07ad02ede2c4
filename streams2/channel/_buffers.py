"""Where a channel keeps values, and what it does when there is no more room.

>>> window = sliding_buffer(2)
>>> for value in "abc":
...     window.add(value)
>>> window.remove(), window.remove()
('b', 'c')

A buffer is asked `full()` before a value is added. A fixed buffer fills up, and then the put
waits: that is back-pressure. A dropping or a sliding buffer is never full, so that no put ever
waits, and it is values that are given up: the newest, or the oldest. A promise buffer keeps its
first value and gives it to everyone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import Any, Generic, TypeVar

from ..errors import InvalidArgTypeError, expect_whole

__all__ = [
    "Buffer",
    "DroppingBuffer",
    "FixedBuffer",
    "PromiseBuffer",
    "SlidingBuffer",
    "buffer",
    "dropping_buffer",
    "sliding_buffer",
    "unblocking_buffer",
]

T = TypeVar("T")

Value = Any
"""What a channel holds: anything but None. Of which type that is says the type of the channel."""


class Buffer(ABC, Generic[T]):
    """What a channel needs of a buffer. Subclass it for a policy of your own.

    A transform that makes several values of one may add them all to a buffer that had room for
    one: `add` never refuses.

    core.async: the protocol impl.protocols/Buffer
    """

    unblocking = False
    """True if the buffer is never full, so that a put on its channel never waits."""

    lasting = False
    """True if what is taken stays, for every take that follows."""

    ended = False
    """True once the buffer wants no more values: its channel then closes."""

    owned = False
    """True once a channel uses this buffer. A buffer belongs to one channel."""

    @abstractmethod
    def full(self) -> bool:
        """Whether the next put must wait."""

    @abstractmethod
    def add(self, value: T) -> None:
        """Keep `value`, or give up a value, as the policy says."""

    @abstractmethod
    def remove(self) -> T:
        """Take out the value that is next. Only called when there is one."""

    @abstractmethod
    def __len__(self) -> int:
        """The number of values that can be taken."""

    def end_input(self) -> None:
        """Be told, once or more often, that no further value will be added."""


class _Queue(Buffer[T]):
    """The values in the order they came, and a size."""

    least = 1

    def __init__(self, size: int) -> None:
        self.size = expect_whole("size", size, self.least)
        self.values: deque[T] = deque()

    def full(self) -> bool:
        return False

    def remove(self) -> T:
        return self.values.popleft()

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {len(self.values)}/{self.size}>"


class FixedBuffer(_Queue[T]):
    """Full at its size: then puts wait.

    core.async: buffer
    """

    def full(self) -> bool:
        return len(self.values) >= self.size

    def add(self, value: T) -> None:
        self.values.append(value)


class DroppingBuffer(_Queue[T]):
    """At its size, gives up the value that is being added; of size 0, all of them.

    core.async: dropping-buffer
    """

    unblocking = True
    least = 0

    def add(self, value: T) -> None:
        if len(self.values) < self.size:
            self.values.append(value)


class SlidingBuffer(_Queue[T]):
    """At its size, gives up the value that is oldest.

    core.async: sliding-buffer
    """

    unblocking = True

    def add(self, value: T) -> None:
        if len(self.values) >= self.size:
            self.values.popleft()
        self.values.append(value)


class PromiseBuffer(Buffer[T]):
    """Keeps its first value for good and gives it to every taker; all others are given up.

    core.async: the buffer of promise-chan
    """

    unblocking = True
    lasting = True

    def __init__(self) -> None:
        self._value: T | None = None

    def full(self) -> bool:
        return False

    def add(self, value: T) -> None:
        if self._value is None:
            self._value = value

    def remove(self) -> T:
        assert self._value is not None
        return self._value

    def __len__(self) -> int:
        return self._value is not None

    def __repr__(self) -> str:
        return f"<PromiseBuffer {'kept' if len(self) else 'empty'}>"


def buffer(size: int) -> FixedBuffer[Value]:
    """A buffer of `size` values; when it is full, puts wait.

    Raises:
        InvalidArgTypeError, OutOfRangeError: `size` is no number >= 1.

    core.async: buffer
    """
    return FixedBuffer(size)


def dropping_buffer(size: int) -> DroppingBuffer[Value]:
    """A buffer of `size` values; when it is full, puts succeed and their value is given up.

    Raises:
        InvalidArgTypeError, OutOfRangeError: `size` is no number >= 0.

    core.async: dropping-buffer
    """
    return DroppingBuffer(size)


def sliding_buffer(size: int) -> SlidingBuffer[Value]:
    """A buffer of `size` values; when it is full, puts succeed and the oldest value is given up.

    Raises:
        InvalidArgTypeError, OutOfRangeError: `size` is no number >= 1.

    core.async: sliding-buffer
    """
    return SlidingBuffer(size)


def unblocking_buffer(buffer: Buffer[Value]) -> bool:
    """Whether a put on a channel with this buffer never waits.

    >>> unblocking_buffer(sliding_buffer(1)), unblocking_buffer(FixedBuffer(1))
    (True, False)

    Raises:
        InvalidArgTypeError: not a buffer.

    core.async: unblocking-buffer?
    """
    if not isinstance(buffer, Buffer):
        raise InvalidArgTypeError.given("buffer", "a Buffer", buffer)
    return buffer.unblocking
