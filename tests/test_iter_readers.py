"""One stream and several readers, several streams and one: what random programs leave out."""

from __future__ import annotations

import asyncio
import gc

import pytest

from streams2 import errors
from streams2 import iter as streams
from streams2.events.abort import AbortController

from .test_iter import batches, in_a_run


@in_a_run
async def test_a_broadcast_keeps_what_was_written_before_its_first_reader():
    writer, channel = streams.broadcast()
    writer.write("a")
    first, second = channel.push(), channel.push()
    writer.write("b")
    writer.end_sync()
    assert await batches(first) == await batches(second) == [[b"a"], [b"b"]]
    assert channel.consumer_count == 0
    assert channel.backpressure_policy == "strict"


@in_a_run
async def test_leaving_a_loop_makes_one_reader_less():
    writer, channel = streams.broadcast()
    shared = streams.share(["a", "b"])
    writer.write("a")
    for stream, counted in ((channel.push(), channel), (shared.pull(), shared)):
        assert counted.consumer_count == 1
        async for _ in stream:
            break
        del stream
        gc.collect()
        assert counted.consumer_count == 0
    sync = streams.share_sync(["a", "b"])
    for _ in sync.pull():
        break
    gc.collect()
    assert sync.consumer_count == 0


@in_a_run
async def test_a_cancelled_reader_loses_nothing():
    writer, channel = streams.broadcast()
    writer_of_push, readable = streams.push()
    for write, stream in (
        (writer.write_sync, channel.push()),
        (writer_of_push.write_sync, streams.share(readable).pull()),
    ):
        iterator = stream.__aiter__()
        reading = asyncio.ensure_future(iterator.__anext__())
        for _ in range(3):
            await asyncio.sleep(0)
        write("a")
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await iterator.__anext__() == [b"a"]


@in_a_run
async def test_what_a_stream_is_broadcast_from_and_shared_from():
    class Protocols:
        def broadcast_protocol(self, options):
            return ("broadcast", options)

        def share_protocol(self, options):
            return streams.share("shared", **options)

        def share_sync_protocol(self, options):
            return streams.share_sync("shared", **options)

    made = streams.Broadcast.from_(["a", "b"])
    assert await streams.text(made.broadcast.push()) == "ab"
    assert streams.Broadcast.from_(Protocols(), budget=20000) == ("broadcast", {"budget": 20000})
    assert await streams.text(streams.Share.from_(Protocols(), budget=20000).pull()) == "shared"
    assert await streams.text(streams.Share.from_("plain").pull()) == "plain"
    assert streams.text_sync(streams.SyncShare.from_sync(Protocols()).pull()) == "shared"
    assert streams.text_sync(streams.SyncShare.from_sync("plain").pull()) == "plain"
    for refused in (streams.Broadcast.from_, streams.Share.from_, streams.SyncShare.from_sync):
        with pytest.raises(errors.InvalidArgTypeError):
            refused(5)


@pytest.mark.parametrize("name", ["share_protocol", "share_sync_protocol"])
def test_a_protocol_gives_what_can_be_used(name):
    class Bad:
        pass

    setattr(Bad, name, lambda self, options: 5)
    make = streams.Share.from_ if name == "share_protocol" else streams.SyncShare.from_sync
    with pytest.raises(errors.InvalidReturnValueError, match=name):
        make(Bad())


@in_a_run
async def test_cancelling_closes_the_source_at_once():
    closed = []

    async def source():
        try:
            yield "a"
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    for make in (streams.share, lambda source: streams.Broadcast.from_(source).broadcast):
        shared = make(source())
        stream = shared.pull() if hasattr(shared, "pull") else shared.push()
        iterator = stream.__aiter__()
        assert await iterator.__anext__() == [b"a"]
        waiting = asyncio.ensure_future(iterator.__anext__())
        for _ in range(3):
            await asyncio.sleep(0)
        shared.cancel(ValueError("enough"))
        with pytest.raises(ValueError, match="enough"):
            await waiting
        for _ in range(5):
            await asyncio.sleep(0)
        assert closed.pop()


@in_a_run
async def test_a_context_is_cancelled_at_its_end():
    with streams.broadcast().broadcast as channel, streams.share("a") as shared:
        stream, other = channel.push(), shared.pull()
    assert await batches(stream) == await batches(other) == []
    with streams.share_sync("a") as sync:
        last = sync.pull()
    assert list(last) == []


def test_a_reader_who_cannot_wait_has_no_unbounded_policy():
    with pytest.raises(errors.InvalidArgValueError, match="waits for nothing"):
        streams.share_sync("a", backpressure="unbounded")


@in_a_run
async def test_what_is_merged_is_checked_at_the_call_and_closed_at_the_end():
    with pytest.raises(errors.InvalidArgTypeError):
        streams.merge("a", 5)  # type: ignore[arg-type]
    assert await batches(streams.merge()) == []
    (one, first), (other, second) = streams.push(), streams.push()
    control = AbortController()
    reading = asyncio.ensure_future(batches(streams.merge(first, second, signal=control.signal)))
    for _ in range(3):
        await asyncio.sleep(0)
    control.abort(KeyError("stop"))
    with pytest.raises(KeyError):
        await reading
    assert one.can_write is other.can_write is None


@in_a_run
async def test_a_duplex_is_two_ends():
    async with streams.duplex(a={"backpressure": "unbounded"}, b={"budget": 30000})[0] as end:
        assert end.writer.can_write is True
    client, server = streams.duplex()
    client.writer.write("ping")
    answer = server.readable.__aiter__()
    assert await answer.__anext__() == [b"ping"]
    server.writer.write("pong")
    server.writer.end_sync()
    assert await batches(client.readable) == [[b"pong"]]
    close = client.close
    await asyncio.gather(close(), server.close(), close())
    assert client.writer.can_write is server.writer.can_write is None
    with pytest.raises(errors.InvalidArgTypeError, match=r"options\.a"):
        streams.duplex(a=5)  # type: ignore[arg-type]
