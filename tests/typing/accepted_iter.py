"""Programs with iterable streams that must type-check."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

from streams2 import Readable, Writable, fs
from streams2.events.abort import AbortSignal
from streams2.iter import (
    Batch,
    Broadcast,
    DuplexEnd,
    Share,
    SyncShare,
    TransformOptions,
    Writer,
    array,
    broadcast,
    bytes_,
    bytes_sync,
    duplex,
    from_,
    from_readable,
    from_sync,
    from_writable,
    merge,
    ondrain,
    pipe_to,
    pipe_to_sync,
    pull,
    pull_sync,
    push,
    share,
    share_sync,
    tap,
    tap_sync,
    text,
    text_sync,
    to_readable,
    to_readable_sync,
    to_writable,
)
from streams2.zlib.iter import compress_gzip, compress_gzip_sync, decompress_gzip


def shout(batch: Batch | None) -> Batch | None:
    return batch and [chunk.upper() for chunk in batch]


async def later(batch: Batch | None, options: TransformOptions) -> str | None:
    return None if batch is None or options.signal is None else "seen"


def several(batch: Batch | None) -> Iterator[bytes | str]:
    yield from batch or [b"end"]


class Numbered:
    async def transform(
        self, source: AsyncIterable[Batch | None], options: TransformOptions
    ) -> AsyncIterator[str]:
        async for batch in source:
            yield f"{batch}"


class NumberedSync:
    def transform(self, source: Iterable[Batch | None], options: TransformOptions) -> Iterator[str]:
        for batch in source:
            yield f"{batch}"


class Tea:
    def to_streamable(self) -> list[str]:
        return ["tea"]


async def pipelines(signal: AbortSignal) -> None:
    stream: AsyncIterable[Batch] = pull(["a", [b"b"]], shout, later, several, Numbered())
    async for batch in pull(stream, tap(print), signal=signal):
        print(b"".join(batch).decode())
    whole: bytes = await bytes_(stream, limit=5)
    chunks: list[bytes] = await array(Tea())
    words: str = await text(from_("a"), encoding="latin1")
    print(whole, chunks, words)
    for each in pull_sync(from_sync(Tea()), shout, NumberedSync(), tap_sync(print)):
        print(each[0].decode(), bytes_sync(b"a"), text_sync("a"))
    print(await text(pull("a", compress_gzip(level=9), decompress_gzip())))
    print(bytes_sync(pull_sync("a", compress_gzip_sync())))


async def writers(signal: AbortSignal) -> None:
    writer, readable = push(shout, budget=20000, backpressure="drop-oldest", signal=signal)
    await writer.write("a", signal=signal)
    await writer.writev(["a", b"b"])
    accepted: bool = writer.write_sync(b"a")
    room: bool | None = writer.can_write
    total: int = await writer.end()
    drained = ondrain(writer)
    if drained is not None:
        print(await drained)
    print(accepted, room, total, readable)
    written: int = await pipe_to("a", shout, writer, prevent_close=True)
    await pipe_to(["a"], io.BytesIO())
    print(written, pipe_to_sync("a", writer))


async def readers() -> None:
    writer, channel = broadcast(budget=20000)
    shared: Share = share(["a"], backpressure="unbounded")
    sync: SyncShare = share_sync("a")
    made: Broadcast = Broadcast.from_("a", budget=20000).broadcast
    client, server = duplex(a={"budget": 20000})
    ends: list[DuplexEnd] = [client, server]
    everything: AsyncIterable[Batch] = merge(channel.push(shout), shared.pull(), made.push())
    print(ends, everything, list(sync.pull(shout)), writer)
    await asyncio.gather(client.close(), server.close())


async def classics(readable: Readable[bytes], writable: Writable[bytes], writer: Writer) -> None:
    await pipe_to(from_readable(readable), from_writable(writable, backpressure="unbounded"))
    chunks: Readable[bytes] = to_readable(from_("a"), high_water_mark=5)
    chunks.pipe(to_writable(writer))
    print(to_readable_sync(["a"]))
    file = await fs.promises.open("tea")
    print(await pipe_to(file.pull(limit=5), file.writer()))
