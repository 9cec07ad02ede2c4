"""Programs with channels that must type-check."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from streams2.channel import (
    Buffer,
    Channel,
    Reduced,
    alts,
    dropping_buffer,
    go,
    into,
    merge,
    mult,
    pipe,
    pipeline,
    pipeline_async,
    promise_channel,
    pub,
    reduce,
    sliding_buffer,
    split,
    take,
    thread,
    timeout,
    to_channel,
    transduce,
    transforms,
)


def pairs(values: Iterator[int]) -> Iterator[tuple[int, int]]:
    for first in values:
        yield first, next(values)


async def lengths(words: AsyncIterator[str]) -> AsyncIterator[int]:
    async for word in words:
        yield len(word)


async def values_are_known(numbers: Channel[int]) -> None:
    number = await numbers.take()
    print(number + 1 if number is not None else "closed")
    async for number in numbers:
        print(number + 1)
    numbers.put_callback(1, lambda accepted: print(not accepted))
    numbers.take_callback(lambda number: print(number is None or number + 1))


async def what_goes_in_may_differ_from_what_comes_out() -> None:
    counts: Channel[int, str] = Channel(1, lengths)
    await counts.put("four")
    doubles: Channel[tuple[int, int], int] = Channel(1, pairs)
    await doubles.put(1)
    parts: Channel[list[int], int] = Channel(1, transforms.partition_all(2))
    await parts.put(1)
    texts = Channel(1, transforms.map(str), lambda error: str(error))
    await texts.put(1)


def buffers_fit_any_channel() -> None:
    newest: Channel[int] = Channel(sliding_buffer(1))
    oldest: Channel[str] = Channel(dropping_buffer(1))
    promise: Channel[bytes] = promise_channel()
    print(newest, oldest, promise)


async def processes() -> int | None:
    async def answer() -> int:
        return 42

    async def perhaps() -> int | None:
        return None

    async def nothing() -> None: ...

    workers = [go(nothing()) for _ in range(3)]
    worker = go(nothing())
    printed = thread(print, "in a thread")
    for process in (*workers, worker, printed):
        await process.take()
    async for _ in merge(workers):
        pass
    maybe: Channel[int] = go(perhaps())
    length: Channel[int] = thread(len, "words")
    print(maybe, length)
    return await go(answer()).take()


async def one_of_several(numbers: Channel[int], log: Channel[str]) -> None:
    number, _ = await alts([numbers])
    print(number is None or number + 1)
    either, _ = await alts([numbers], default="none")
    print(either is None or isinstance(either, str) or either + 1)
    _, port = await alts([numbers, (log, "waiting"), timeout(1)], priority=True)
    print(port is log)


async def whatever_is_piped_through(numbers: Channel[int], words: Channel[str]) -> None:
    texts: Channel[str, int] = Channel(1, transforms.map(str))
    async for text in pipe(numbers, texts):
        print(text.upper())
    async for count in pipe(words, Channel(1, lengths)):
        print(count + 1)
    async for text in mult(numbers).tap(texts):
        print(text.upper())
    async for text in pub(numbers, lambda number: number % 2).sub(1, texts):
        print(text.upper())


async def combinators(numbers: Channel[int]) -> None:
    def at_most_ten(total: int, number: int) -> int | Reduced[int]:
        return Reduced(10) if total > 10 else total + number

    total = await reduce(at_most_ten, 0, numbers).take()
    print(total is None or total + 1)
    text = await transduce(transforms.map(str), lambda a, b: a + b, "", numbers).take()
    print(text is None or text.upper())
    listed = await into([0], take(3, numbers)).take()
    print(listed is None or listed[0] + 1)
    odd, _ = split(lambda number: number % 2, merge([numbers, to_channel([1, 2])]))
    async for number in odd:
        print(number + 1)


async def pipelines(numbers: Channel[int], texts: Channel[str]) -> None:
    async def write(number: int, results: Channel[str]) -> None:
        await results.put(str(number))

    await pipeline(2, texts, transforms.map(str), numbers).take()
    await pipeline_async(2, texts, write, numbers).take()


async def a_failure_is_taken_last(numbers: Channel[int | Exception]) -> None:
    numbers.close(OSError("unplugged"))
    async for number in numbers:
        if isinstance(number, Exception):
            raise number
        print(number + 1)


class Loudest(Buffer[float]):
    """A policy of one's own."""

    def __init__(self) -> None:
        self.loudest = 0.0

    def full(self) -> bool:
        return False

    def add(self, value: float) -> None:
        self.loudest = max(value, self.loudest)

    def remove(self) -> float:
        value, self.loudest = self.loudest, 0.0
        return value

    def __len__(self) -> int:
        return int(self.loudest > 0)


def a_buffer_of_ones_own() -> Channel[float]:
    return Channel(Loudest())
