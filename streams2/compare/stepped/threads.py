"""A run between two threads, and a queue.

Threads have no clock but the real one, and no order but the one in which they come to it. So two
runs differ, and each is recorded as it was: what is told is told under one lock.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Queue
from typing import cast

from typing_extensions import Buffer

from ...trace import record_threads, telling
from ...trace.telling import Held, Place
from ..blocking_endpoints import BlockingInput, BlockingOutput
from ..measurements import Gauge
from ..small_plan import SmallPlan
from ..variants import Variant, threads
from .places import SinkPlace, SourcePlace
from .swapping import swapped
from .watched import Outcome, Watched, code_of, watched

__all__ = ["watch_threads"]

_SLOWER = 5
"""All takes so many times as long, and the clock goes as much slower: to record takes time, too."""

_PATIENCE = 1.0
"""If somebody waits at the queue, and for so many seconds nothing moves, then nothing will."""


class _QueuePlace(Place):
    kind = "channel"
    name = "queue"

    def __init__(self, queue: Queue[bytes]) -> None:
        self.putting: deque[bytes] = deque()
        self.taking = 0
        self._queue = queue

    def held(self) -> Sequence[Held]:
        values, size = self._queue.queue, self._queue.maxsize
        return [
            Held("values", values, len(values), size, unit="values"),
            Held("putting", self.putting, len(self.putting), None, unit="puts"),
            Held("taking", (), self.taking, None, unit="takes"),
        ]


class _Waiting(threading.Condition):
    """A queue's own condition, which also says that somebody waits for it."""

    def __init__(self, lock: threading.Lock, method: str, queue: _Queue) -> None:
        super().__init__(lock)
        self._method = method
        self._queue = queue

    def wait(self, timeout: float | None = None) -> bool:
        with self._queue.waits(self._method):
            return super().wait(timeout)


class _Queue(Queue[bytes]):
    """A queue that tells what is done with it. What it does is as ever."""

    made: _Queue | None = None

    def __init__(self, maxsize: int) -> None:
        super().__init__(maxsize)
        self.place = _QueuePlace(self)
        self.not_full = _Waiting(self.mutex, "put", self)
        self.not_empty = _Waiting(self.mutex, "get", self)
        self._here = threading.local()
        _Queue.made = self

    # All below but `put` and `get` are called by these, while they hold the queue's lock.

    def put(self, item: bytes, block: bool = True, timeout: float | None = None) -> None:
        self._here.item = item
        telling.called(self.place, "put", item)
        super().put(item, block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> bytes:
        telling.called(self.place, "get")
        return super().get(block, timeout)

    @contextmanager
    def waits(self, method: str) -> Iterator[None]:
        """Somebody waits."""
        place = self.place
        if method == "put":
            place.putting.append(self._here.item)
            telling.waits(place, "put", self._here.item)
        else:
            place.taking += 1
            telling.waits(place, "get")
        telling.blocks(method)
        try:
            yield
        finally:
            telling.goes_on()
            if method == "put":
                place.putting.remove(self._here.item)
            else:
                place.taking -= 1

    def _put(self, item: bytes) -> None:
        super()._put(item)
        telling.answered(self.place, "put", None)

    def _get(self) -> bytes:
        item = super()._get()
        telling.answered(self.place, "get", item)
        return item


class _Input(BlockingInput):
    """The words, from a file."""

    def __init__(self, path: str, plan: SmallPlan, gauge: Gauge, lock: threading.RLock) -> None:
        self.place = SourcePlace()
        self._seconds = plan.source_seconds
        self._lock = lock
        super().__init__(path, on_read=gauge.read, fail_after=plan.fails_after("source"))

    def read(self, size: int | None = -1, /) -> bytes:
        telling.called(self.place, "read")
        telling.blocks("read")
        time.sleep(self._seconds * _SLOWER)
        telling.goes_on()
        # What is counted and what is told are to have one order.
        with self._lock:
            try:
                data = super().read(size)
            except BaseException as error:
                telling.failed(self.place, "read", error)
                raise
            if data:
                telling.read(self.place, data)
            telling.answered(self.place, "read", data or None)
        return data

    def close(self) -> None:
        told = not self.closed
        super().close()
        if told:
            telling.emitted(self.place, "close", "closed")


class _Output(BlockingOutput):
    """The paper, a file."""

    def __init__(self, path: str, plan: SmallPlan, gauge: Gauge, lock: threading.RLock) -> None:
        self.place = SinkPlace()
        self._seconds = plan.sink_seconds
        self._start_seconds = plan.start_seconds
        self._lock = lock
        self._gauge = gauge
        super().__init__(path, on_written=self._wrote, fail_after=plan.fails_after("sink"))

    def write(self, data: Buffer, /) -> int:
        self._data = data
        self.place.writing = (cast("bytes", data),)
        telling.called(self.place, "write", data)
        telling.blocks("write")
        time.sleep((self._start_seconds + self._seconds) * _SLOWER)
        self._start_seconds = 0.0
        telling.goes_on()
        with self._lock:
            try:
                size = super().write(data)
            except BaseException as error:
                self.place.writing = ()
                telling.failed(self.place, "write", error)
                raise
            telling.answered(self.place, "write", None)
        return size

    def _wrote(self, size: int) -> None:
        self.place.writing = ()
        telling.written(self.place, self._data)
        self._gauge.written(size)

    def close(self) -> None:
        told = not self.closed
        super().close()
        if told:
            telling.emitted(self.place, "close", "closed")


def watch_threads(variant: Variant, plan: SmallPlan) -> Watched:
    """Run `variant` once, and record it."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "source")
        with open(path, "wb") as file:
            file.write(b"".join(plan.chunks))
        return _Watch(variant, plan).record(path, os.path.join(directory, "sink"))


class _Watch:
    """One run, and who looks at it."""

    def __init__(self, variant: Variant, plan: SmallPlan) -> None:
        self._variant = variant
        self._plan = plan
        self._gauge = Gauge(self._on_written)
        self._over = threading.Event()
        self._outcome = "hung"

    def record(self, source_path: str, sink_path: str) -> Watched:
        plan, lock = self._plan, threading.RLock()
        source = self._source = _Input(source_path, plan, self._gauge, lock)
        sink = self._sink = _Output(sink_path, plan, self._gauge, lock)
        thread = threading.Thread(target=self._call, daemon=True)
        with (
            swapped(threads, "Queue", lambda _: _Queue),
            record_threads(
                code=code_of(self._variant),
                clock=lambda: time.perf_counter() / _SLOWER,
                source=source.place,
                sink=sink.place,
            ) as trace,
        ):
            thread.start()
            self._wait()
            ended = Outcome(self._outcome, source.closed and sink.closed, self._gauge.held)
        self._clear_away(thread)
        with open(sink_path, "rb") as file:
            return watched(plan, trace, file.read(), self._gauge, ended)

    def _call(self) -> None:
        try:
            self._variant.cat(self._source, self._sink, self._plan.chunk_size, self._plan.slots)
        except Exception:
            self._outcome = "raised"
        else:
            self._outcome = "completed"
        self._over.set()

    def _wait(self) -> None:
        moved, moved_at = -1, time.monotonic()
        while not self._over.wait(0.02):
            now = self._gauge.total_read + self._gauge.total_written
            if now != moved or not self._somebody_waits():
                moved, moved_at = now, time.monotonic()
            elif time.monotonic() - moved_at > _PATIENCE:
                return

    def _somebody_waits(self) -> bool:
        queue = _Queue.made
        return queue is not None and bool(queue.place.putting or queue.place.taking)

    def _on_written(self, total: int) -> None:
        if self._plan.fault == "abort" and total >= self._plan.half:
            self._source.close()

    def _clear_away(self, thread: threading.Thread) -> None:
        # Who waits in `put` goes on when there is room, and fails when there is nothing to read.
        self._source.close()
        queue, _Queue.made = _Queue.made, None
        while thread.is_alive() and queue is not None:
            with queue.mutex:
                queue.queue.clear()
                queue.not_full.notify_all()
            thread.join(0.01)
        self._sink.close()
