"""Programs with channels that must not type-check: see refused.py."""

from __future__ import annotations

from collections.abc import AsyncIterator

from streams2.channel import Channel, alts, go, merge, mult, pipe, pipeline, take, transforms


async def lengths(words: AsyncIterator[str]) -> AsyncIterator[int]:
    async for word in words:
        yield len(word)


async def the_wrong_values(numbers: Channel[int]) -> None:
    await numbers.put("one")  # refused: arg-type
    numbers.offer("one")  # refused: arg-type
    numbers.put_callback("one")  # refused: arg-type
    number = await numbers.take()
    print(number + 1)  # refused: operator
    async for each in numbers:
        print(each.upper())  # refused: attr-defined


async def a_transform_of_other_values() -> None:
    counts = Channel(1, lengths)
    await counts.put(1)  # refused: arg-type
    words: Channel[str] = Channel(1, lengths)  # refused: arg-type
    print(words)


def a_transform_with_no_room() -> None:
    Channel(transform=lengths)  # refused: call-overload


async def the_wrong_combinations(numbers: Channel[int], words: Channel[str]) -> None:
    pipe(numbers, words)  # refused: misc
    mult(numbers).tap(words)  # refused: arg-type
    texts: Channel[str, int] = Channel(1, transforms.map(str))
    async for text in pipe(numbers, texts):
        print(text + 1)  # refused: operator
    pipeline(1, words, lengths, numbers)  # refused: arg-type
    take(words, numbers)  # refused: arg-type
    merge(numbers)  # refused: arg-type


async def what_is_no_operation(numbers: Channel[int]) -> None:
    await alts(numbers)  # refused: call-overload
    await alts([numbers], True)  # refused: call-overload
    go(alts)  # refused: call-overload
    numbers.close("why")  # refused: arg-type
