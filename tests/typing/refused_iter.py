"""Programs with iterable streams that must not type-check: see refused.py."""

from __future__ import annotations

from streams2.iter import (
    Writer,
    broadcast,
    bytes_sync,
    duplex,
    from_,
    pipe_to,
    pull,
    push,
    share_sync,
    text,
)


async def the_wrong_arguments(writer: Writer) -> None:
    push(backpressure="block")  # refused: arg-type
    push(budget="20000")  # refused: arg-type
    push(high_water_mark=2)  # refused: call-arg
    from_(5)  # refused: arg-type
    pull("a", 5)  # refused: arg-type
    writer.write(5)  # refused: arg-type
    writer.writev([5])  # refused: list-item
    writer.fail("why")  # refused: arg-type
    share_sync("a", signal=None)  # refused: call-arg
    duplex(a={"mark": 2})  # refused: arg-type
    await pipe_to("a", 5)  # refused: arg-type


async def the_wrong_results() -> None:
    words: bytes = await text("a")  # refused: assignment
    print(words, bytes_sync("a") + "b")  # refused: operator
    async for batch in pull("a"):
        batch.upper()  # refused: attr-defined
    writer, channel = broadcast()
    channel.write("a")  # refused: attr-defined
    for batch in channel.push():  # refused: attr-defined
        print(batch, writer)
