"""What Node's own benchmark of streams measures, written anew for both.

A program takes how often it does its thing, and answers what it has seen.
"""

from __future__ import annotations

import warnings
from typing import Any, Callable

from streams2 import (
    Duplex,
    PassThrough,
    Readable,
    Transform,
    Writable,
    compose,
    finished,
    next_tick,
    run,
)
from streams2.errors.warnings import BackpressureWarning

from .works import Run, Work, node, timed, without_node

KIB = bytes(1024)


class Swallow(Writable[Any]):
    seen = 0

    def _write(self, chunk: Any, encoding: Any, callback: Any) -> None:
        self.seen += 1
        callback()


class Same(Transform[Any, Any]):
    def _transform(self, chunk: Any, encoding: Any, callback: Any) -> None:
        callback(None, chunk)


class Given(Readable[Any]):
    """Pushes `chunk` so many times, and then ends."""

    def __init__(self, count: int, chunk: Any = KIB, **options: Any) -> None:
        super().__init__(**options)
        self.left = count
        self.chunk = chunk

    def _read(self, size: int) -> None:
        self.left -= 1
        self.push(self.chunk if self.left >= 0 else None)


def ran(main: Callable[[], Any]) -> Any:
    return run(main)


def pipe(count: int) -> int:
    sink = Swallow(high_water_mark=16 * 1024)
    ran(lambda: Given(count, high_water_mark=16 * 1024).pipe(sink))
    return sink.seen


def pipe_object_mode(count: int) -> int:
    sink = Swallow(object_mode=True)
    ran(lambda: Given(count, object(), object_mode=True).pipe(sink))
    return sink.seen


def bigread(count: int) -> int:
    """Takes large parts of small chunks."""
    seen = 0

    def main() -> None:
        stream = Given(count)

        def take() -> None:
            nonlocal seen
            while (chunk := stream.read(32 * 1024)) is not None:
                seen += len(chunk)

        stream.on("readable", take)

    ran(main)
    return seen // len(KIB)


def uneven(sizes: tuple[int, ...], part: int) -> Callable[[int], int]:
    """Takes parts of `part` bytes from chunks of `sizes`, over and over."""

    def work(count: int) -> int:
        seen = 0

        def main() -> None:
            left = iter([bytes(sizes[n % len(sizes)]) for n in range(count)])
            stream: Readable[bytes] = Readable(read=lambda self, _: self.push(next(left, None)))

            def take() -> None:
                nonlocal seen
                while (chunk := stream.read(part)) is not None:
                    seen += len(chunk)

            stream.on("readable", take)

        ran(main)
        return seen if seen != sum(sizes[n % len(sizes)] for n in range(count)) else count

    return work


def readall(count: int) -> int:
    """Puts many chunks in before anybody reads, and takes all that there is."""
    seen = 0

    def main() -> None:
        stream: Readable[bytes] = Readable(read=lambda *_: None)
        with warnings.catch_warnings():
            # That nobody reads yet is what this is about.
            warnings.simplefilter("ignore", BackpressureWarning)
            for _ in range(count):
                stream.push(KIB)
        stream.push(None)

        def take() -> None:
            nonlocal seen
            while (chunk := stream.read()) is not None:
                seen += len(chunk)

        stream.on("readable", take)

    ran(main)
    return seen // len(KIB)


def from_(count: int) -> int:
    seen = 0

    def main() -> None:
        def look(_: Any) -> None:
            nonlocal seen
            seen += 1

        Readable.from_(range(1, count + 1)).on("data", look)

    ran(main)
    return seen


def async_iterator(count: int) -> int:
    async def main() -> int:
        seen = 0
        async for _ in Given(count, "x", object_mode=True):
            seen += 1
        return seen

    return int(run(main))


def manywrites(count: int) -> int:
    sink = Swallow()

    def main() -> None:
        left = count

        def write() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                if not sink.write(KIB):
                    sink.once("drain", write)
                    return
            sink.end()

        write()

    ran(main)
    return sink.seen


def creation(count: int) -> int:
    def main() -> int:
        kinds: list[type[Any]] = [Readable, Writable, Duplex, Transform]
        return len([kinds[n % 4]() for n in range(count)])

    return int(ran(main))


def destroy(count: int) -> int:
    closed = 0

    def main() -> None:
        def look() -> None:
            nonlocal closed
            closed += 1

        for n in range(count):
            stream: Any = (Readable, Writable)[n % 2]()
            stream.on("close", look)
            stream.destroy()

    ran(main)
    return closed


def ended(count: int) -> int:
    """Streams that end, one after the other, each with somebody who waits for that."""
    told = 0

    def main() -> None:
        def one(error: Any = None) -> None:  # noqa: ARG001
            nonlocal told
            if told == count:
                return
            told += 1
            stream: Any = Swallow() if told % 2 else Given(0)
            finished(stream, one)
            stream.end() if told % 2 else stream.resume()

        one()

    ran(main)
    return told


def composed(count: int) -> int:
    seen = 0

    def main() -> None:
        left = count

        def one() -> None:
            nonlocal left, seen
            if left == 0:
                return
            left -= 1
            stream: Any = compose(PassThrough(), PassThrough(), PassThrough())

            def look(chunk: Any) -> None:
                nonlocal seen
                seen += len(chunk)

            stream.on("data", look)
            stream.on("end", lambda: next_tick(one))
            stream.end(b"x")

        one()

    ran(main)
    return seen


def transform(count: int) -> int:
    sink = Swallow()
    ran(lambda: Given(count).pipe(Same()).pipe(sink))
    return sink.seen


_ABOUT: dict[str, tuple[Callable[[int], int], int, str]] = {
    "pipe": (pipe, 50_000, "a pipe of bytes"),
    "pipe-object-mode": (pipe_object_mode, 50_000, "a pipe of objects"),
    "readable-bigread": (bigread, 50_000, "read(n) across many chunks"),
    "readable-bigunevenread": (uneven((1024, 333, 4096, 7), 20_000), 50_000, "across uneven ones"),
    "readable-boundaryread": (uneven((4096,), 1024), 10_000, "parts that fit into a chunk"),
    "readable-unevenread": (uneven((4096,), 999), 10_000, "parts that do not fit"),
    "readable-readall": (readall, 50_000, "all that is there"),
    "readable-from": (from_, 50_000, "from an iterable"),
    "readable-async-iterator": (async_iterator, 50_000, "async iteration"),
    "writable-manywrites": (manywrites, 50_000, "writes until refused"),
    "creation": (creation, 20_000, "streams made"),
    "destroy": (destroy, 10_000, "streams destroyed"),
    "finished": (ended, 5_000, "streams that end, and are waited for"),
    "compose": (composed, 1_000, "three streams composed"),
    "transform": (transform, 30_000, "a Transform of bytes"),
}


def works() -> list[Work]:
    """What is measured as Node measures itself."""
    found = []
    for name, (ours, size, about) in _ABOUT.items():
        contestants: dict[str, Run] = {"streams2": timed(ours), **node(f"own-{name}")}
        found.append(
            Work(
                *(f"node-{name}", f"Node's {name}: {about}", size, size // 50, "times"),
                *(lambda count: count, contestants, without_node()),
                group="nodes_own",
            )
        )
    return found
