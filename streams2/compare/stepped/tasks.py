"""The files that tasks of anyio and of trio copy between, and the time that they take."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import IO, Callable, cast

from ...trace import telling
from ..measurements import Gauge
from ..small_plan import SmallPlan
from ..task_endpoints import Library, TaskInput, TaskOutput
from .places import Paper, SinkPlace, SourcePlace, Words

__all__ = ["SmallInput", "SmallOutput"]


class _Waiting(Library):
    """Takes so long for each chunk, instead of having a thread wait for a disk."""

    def __init__(self, library: Library, seconds: float) -> None:
        self._library = library
        self._seconds = seconds

    def sleep(self, seconds: float) -> Awaitable[object]:
        return self._library.sleep(seconds)

    async def in_thread(self, function: Callable[..., object], *args: object) -> object:
        await self._library.sleep(self._seconds)
        return function(*args)


class SmallInput(TaskInput):
    """The words.

    Attributes:
        closed: whether it is closed.
    """

    def __init__(self, library: Library, plan: SmallPlan, gauge: Gauge) -> None:
        self.place = SourcePlace()
        self.closed = False
        self._plan = plan
        waiting = _Waiting(library, plan.source_seconds)
        super().__init__(
            *(waiting, "source", gauge.read, None), fail_after=plan.fails_after("source")
        )

    async def _open(self) -> IO[bytes]:
        return cast("IO[bytes]", Words(self._plan))

    async def read(self, size: int) -> bytes:
        telling.called(self.place, "read")
        try:
            data = await super().read(size)
        except BaseException as error:
            telling.failed(self.place, "read", error)
            raise
        if data:
            telling.read(self.place, data)
        telling.answered(self.place, "read", data or None)
        return data

    def close(self) -> None:
        super().close()
        if not self.closed:
            self.closed = True
            telling.emitted(self.place, "close", "closed")


class SmallOutput(TaskOutput):
    """The paper.

    Attributes:
        closed: whether it is closed.
        paper: what is written.
    """

    def __init__(self, library: Library, plan: SmallPlan, gauge: Gauge) -> None:
        self.place = SinkPlace()
        self.paper = Paper()
        self.closed = False
        waiting = _Waiting(library, plan.sink_seconds)
        super().__init__(
            *(waiting, "sink", gauge.written, None),
            fail_after=plan.fails_after("sink"),
            start_delay=plan.start_seconds,
        )

    async def _open(self) -> IO[bytes]:
        return cast("IO[bytes]", self.paper)

    async def write(self, data: bytes) -> None:
        self.place.writing = (data,)
        self._data = data
        telling.called(self.place, "write", data)
        try:
            await super().write(data)
        except BaseException as error:
            self.place.writing = ()
            telling.failed(self.place, "write", error)
            raise
        telling.answered(self.place, "write", None)

    def _tell(self, size: int) -> None:
        # Before the caller hears of it, who may give up at that.
        self.place.writing = ()
        telling.written(self.place, self._data)
        super()._tell(size)

    def close(self) -> None:
        super().close()
        if not self.closed:
            self.closed = True
            telling.emitted(self.place, "close", "closed")
