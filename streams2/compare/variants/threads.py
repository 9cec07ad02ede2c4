"""cat with threads: the synchronous world.

One thread reads, another writes. Whoever is ahead is blocked: in `put` while the queue is full, in
`get` while it is empty. The control flow is the code, as with a channel. But a queue cannot be
closed: if the writer fails, the reader waits in `put` for ever, and a thread cannot be cancelled.

With failures handled, a writer that fails empties the queue until the reader has seen that.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import RawIOBase
from queue import Queue
from threading import Event


def cat(source: RawIOBase, sink: RawIOBase, chunk: int, slots: int) -> None:
    queue: Queue[bytes] = Queue(maxsize=slots)

    def read() -> None:
        try:
            with source:
                while data := source.read(chunk):
                    queue.put(data)
        finally:
            queue.put(b"")  # the end

    def write() -> None:
        with sink:
            while data := queue.get():
                sink.write(data)

    with ThreadPoolExecutor() as threads:
        for work in [threads.submit(read), threads.submit(write)]:
            work.result()


def cat_or_fail(source: RawIOBase, sink: RawIOBase, chunk: int, slots: int) -> None:
    queue: Queue[bytes] = Queue(maxsize=slots)
    given_up = Event()

    def read() -> None:
        try:
            with source:
                while not given_up.is_set() and (data := source.read(chunk)):
                    queue.put(data)
        finally:
            queue.put(b"")  # the end

    def write() -> None:
        with sink:
            try:
                while data := queue.get():
                    sink.write(data)
            except BaseException:
                given_up.set()
                while queue.get():
                    pass
                raise

    with ThreadPoolExecutor() as threads:
        for work in [threads.submit(read), threads.submit(write)]:
            work.result()
