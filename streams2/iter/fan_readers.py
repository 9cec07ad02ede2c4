"""Those who read what several read, and the ``with`` at whose end nobody does any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from types import TracebackType
from typing import Protocol, TypeVar

from ..events.abort import AbortSignal, on_abort
from .batches import Batch
from .fan import Place
from .pulling import OwningPipeline
from .signals import checked, is_current, reason_of
from .transforms import Transform, plan_of

__all__ = ["Cancelled", "reader_of"]

Self = TypeVar("Self", bound="Cancelled")


class Cancelled:
    """In a ``with``, it is cancelled at the end of the block."""

    def cancel(self, reason: BaseException | None = None) -> None:
        """Nobody reads any more."""
        raise NotImplementedError

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel()


class Fanned(Protocol):
    """What several read."""

    def attach(self) -> Place:
        """One more reader."""

    async def next(self, place: Place) -> Batch | None:
        """The next batch for one reader; None at the end."""

    def leave(self, place: Place, error: BaseException | None = None) -> None:
        """One reader gets no more."""


def reader_of(
    fanned: Fanned, transforms: Sequence[Transform], signal: AbortSignal | None
) -> AsyncIterable[Batch]:
    """One more reader of `fanned`, with what is done to his batches. At the signal, he leaves."""
    plan = plan_of(transforms)
    checked(signal)
    place = fanned.attach()
    readable: AsyncIterable[Batch] = FanReadable(fanned, place)
    if signal is not None:
        place.forget = on_abort(signal, lambda: fanned.leave(place, reason_of(signal)))
    if not plan and signal is None:
        return readable
    return OwningPipeline(readable, plan, signal)


class FanReadable(AsyncIterable[Batch]):
    """One reader. Those who iterate over it take turns."""

    def __init__(self, fanned: Fanned, place: Place) -> None:
        self._fanned = fanned
        self._place = place

    def __aiter__(self) -> AsyncIterator[Batch]:
        return FanIterator(self._fanned, self._place)


class FanIterator(AsyncIterator[Batch]):
    """Reads for one reader. To leave it is to be a reader no more."""

    def __init__(self, fanned: Fanned, place: Place) -> None:
        self._fanned = fanned
        self._place = place
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __anext__(self) -> Batch:
        self._loop = asyncio.get_running_loop()
        batch = await self._fanned.next(self._place)
        if batch is None:
            raise StopAsyncIteration
        return batch

    async def aclose(self) -> None:
        """Want no more."""
        self.leave(None)

    def leave(self, error: BaseException | None) -> None:
        """Want no more, for whatever reason."""
        self._fanned.leave(self._place)

    def __del__(self) -> None:
        # The loop was left: by break, by an exception, by cancellation.
        if not self._place.over and is_current(self._loop):
            self._fanned.leave(self._place)
