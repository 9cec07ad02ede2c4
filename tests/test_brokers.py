"""Queues at a broker: the same tests in memory, on Redis and on NATS."""

from __future__ import annotations

import asyncio
import itertools
import random
import sys
from collections import defaultdict
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams2 import Readable, Writable, bridge, brokers, errors, fs, promises, run
from streams2.brokers import nats as nats_module
from streams2.brokers.engine import Lost, Queue, lane_of
from streams2.brokers.messages import Delivery, received
from streams2.brokers.nats import NatsEngine
from streams2.brokers.patience import stopped
from streams2.brokers.redis import RedisEngine, RedisFeed
from streams2.channel import Channel

from .brokers.servers import Server

real = [pytest.mark.live, pytest.mark.host, pytest.mark.once]
KINDS = ["memory", pytest.param("redis", marks=real), pytest.param("nats", marks=real)]
names = (f"q{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    started: dict[str, Server] = {}
    yield started
    for server in started.values():
        server.stop()


@pytest.fixture(params=KINDS)
def url(
    request: pytest.FixtureRequest,
    servers: dict[str, Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    kind: str = request.param
    if kind == "memory":
        return "memory://"
    if kind not in servers:
        servers[kind] = Server(kind, tmp_path_factory.mktemp(kind)).start()
    return servers[kind].url


def on(url, work, **options):
    """Run `work` with a broker and the names of two new queues."""

    async def main():
        async with brokers.connect(url, **options) as broker:
            return await work(broker, next(names), next(names))

    return run(main)


async def fill(broker, queue, messages, **options):
    await promises.pipeline(Readable.from_(messages), broker.publisher(queue, **options))


async def until(condition):
    while not condition():
        await asyncio.sleep(0.005)


def signs(url):
    """After how many milliseconds who is silent has lost a message, and for how long to wait then.

    Signs of life come from this process to a broker, which a busy machine may hold up for long.
    """
    return (90, 0.4) if url == "memory://" else (900, 1.4)


async def settled_backlog(broker, queue, backlog=0):
    """Wait until what was said of messages has reached the broker."""
    while (await broker.info(queue)).backlog != backlog:
        await asyncio.sleep(0.01)


async def dies(subscriber):
    """Say nothing any more, as a process that is killed."""
    feed, subscriber._feed = subscriber._feed, None
    subscriber._beat.cancel()
    await feed.close()


# -- from end to end ------------------------------------------------------------------------------


@pytest.mark.parametrize("lanes", [None, 1, 7])
def test_what_is_published_is_received_and_acknowledged(url, lanes):
    async def work(broker, first, second):
        for queue in (first, second):
            await broker.declare(queue, lanes=lanes)
        sent = [brokers.Message(f"m{n}", key=f"k{n % 3}") for n in range(200)]
        filling = asyncio.ensure_future(fill(broker, first, sent))
        source = broker.subscriber(first, high_water_mark=16)
        middle = brokers.work(lambda message: message.data.upper(), concurrency=4)
        working = asyncio.ensure_future(promises.pipeline(source, middle, broker.publisher(second)))
        out = broker.subscriber(second)
        got = []
        async for message in out:
            got.append((message.key, int(message.data[1:])))
            message.ack()
            if len(got) == 200:
                break
        await filling
        await settled_backlog(broker, first)
        await settled_backlog(broker, second)
        source.stop()
        await working
        return got

    got = on(url, work)
    assert sorted(number for _, number in got) == list(range(200))
    assert all(key == f"k{number % 3}" for key, number in got)
    if lanes:
        for key in ("k0", "k1", "k2"):
            mine = [number for other, number in got if other == key]
            assert mine == sorted(mine)


def test_data_key_id_headers_and_tries_travel(url):
    async def work(broker, queue, _):
        await broker.declare(queue)
        sent = brokers.Message(
            b"\x00\xff", key='k"\n', id="order/1", headers={"a": "ä\r\nb", "b": ""}
        )
        await fill(broker, queue, [sent, "text", bytearray(b"array"), memoryview(b"view"), b""])
        source = broker.subscriber(queue)
        got = []
        async for message in source:
            message.ack()
            got.append(message)
            if len(got) == 5:
                break
        return sorted(got, key=lambda message: message.data)

    nothing, first, array, text, view = on(url, work)
    assert (first.data, first.key, first.id) == (b"\x00\xff", 'k"\n', "order/1")
    assert (first.headers, first.tries) == ({"a": "ä\r\nb", "b": ""}, 1)
    assert [one.data for one in (nothing, array, text, view)] == [b"", b"array", b"text", b"view"]
    assert nothing.key is None
    assert nothing.id
    assert nothing.headers == {}


# -- the publisher --------------------------------------------------------------------------------


def test_a_chunk_is_written_when_the_broker_keeps_it(url):
    async def work(broker, queue, _):
        await broker.declare(queue)
        writer = broker.publisher(queue, high_water_mark=2)
        said = []
        answers = [writer.write(f"{n}", None, lambda error: said.append(error)) for n in range(3)]
        before = (list(said), writer.writable_length)
        await until(lambda: len(said) == 3)
        kept = (await broker.info(queue)).backlog
        writer.end()
        return answers, before, said, kept, writer.writable_length

    assert on(url, work) == ([True, False, False], ([], 3), [None] * 3, 3, 0)


@pytest.mark.parametrize("lanes", [None, 3])
def test_a_publisher_waits_while_the_queue_is_at_its_limit(url, lanes):
    async def work(broker, queue, _):
        await broker.declare(queue, limit=10, lanes=lanes)
        produced = itertools.count()
        made = 0

        def make():
            nonlocal made
            for made in produced:
                yield brokers.Message(f"{made}", key=f"{made % 2}")

        writer = broker.publisher(queue, high_water_mark=4)
        filling = asyncio.ensure_future(promises.pipeline(Readable.from_(make()), writer))
        await until(lambda: writer.waits_for_room)
        # What it has made is there, or within the marks: of the writer, of the source, and one.
        await asyncio.sleep(0.1)
        assert (await broker.info(queue)).backlog <= 10
        assert made <= 10 + 4 + 2
        # It is no standstill: whoever takes lets it go on.
        got = []
        async for message in broker.subscriber(queue, high_water_mark=1):
            got.append(message)
            message.ack()
            if len(got) == 30:
                break
        assert (await broker.info(queue)).backlog <= 10
        filling.cancel()
        await asyncio.wait([filling])
        for key in "01":
            mine = [int(message.data) for message in got if message.key == key]
            if lanes:
                assert mine == sorted(mine)
        return len({message.data for message in got})

    assert on(url, work) == 30


def test_an_id_is_taken_once_in_the_window(url):
    async def work(broker, queue, other):
        await broker.declare(queue)
        await broker.declare(other, duplicate_window=0)
        twice = [brokers.Message("a", id="1"), brokers.Message("b", id="1"), "c", "c"]
        await fill(broker, queue, twice)
        await fill(broker, other, twice)
        await fill(broker, queue, [brokers.Message("later", id="1")])
        return [(await broker.info(name)).backlog for name in (queue, other)]

    assert on(url, work) == [3, 4]


def test_the_same_message_may_be_written_twice(url):
    async def work(broker, queue, _):
        await broker.declare(queue, duplicate_window=0)
        message = brokers.Message("twice")
        await fill(broker, queue, [message, message])
        return (await broker.info(queue)).backlog

    assert on(url, work) == 2


# -- the subscriber -------------------------------------------------------------------------------


@pytest.mark.parametrize("lanes", [None, 8])
def test_a_subscriber_has_no_more_than_its_mark(url, lanes):
    async def work(broker, queue, _):
        await broker.declare(queue, lanes=lanes)
        await fill(broker, queue, [brokers.Message("x", key=f"{n}") for n in range(50)])
        source = broker.subscriber(queue, high_water_mark=5)
        held, most = [], 0

        def write(stream, message, encoding, done):
            nonlocal most
            held.append(message)
            most = max(most, source.unacknowledged)
            done()

        sink = Writable(object_mode=True, high_water_mark=100, write=write)
        working = asyncio.ensure_future(promises.pipeline(source, sink))
        for _ in range(50):
            await until(lambda: held)
            assert source.unacknowledged <= 5
            # NATS gives out the next one, now and then, before it has counted a receipt.
            while (await broker.info(queue)).unacknowledged > 5:
                await asyncio.sleep(0.01)
            held.pop().ack()
        source.stop()
        await working
        await settled_backlog(broker, queue)
        return most

    assert on(url, work) <= 5


def test_nothing_is_taken_before_somebody_reads(url):
    async def work(broker, queue, _):
        await broker.declare(queue)
        await fill(broker, queue, ["a", "b"])
        source = broker.subscriber(queue)
        await asyncio.sleep(0.05)
        assert (await broker.info(queue)).unacknowledged == 0
        source.read(0)
        await until(lambda: source.readable_length == 2)
        info = await broker.info(queue)
        return info.backlog, info.unacknowledged, source.unacknowledged

    assert on(url, work) == (2, 2, 2)


def test_what_was_given_back_comes_again_with_another_try(url):
    async def work(broker, queue, _):
        await broker.declare(queue)
        await fill(broker, queue, ["a"])
        tries = []
        async for message in broker.subscriber(queue, retry_delay=0):
            tries.append(message.tries)
            if len(tries) == 4:
                message.ack()
                break
            message.nack(ValueError("not yet"))
        await settled_backlog(broker, queue)
        return tries

    assert on(url, work) == [1, 2, 3, 4]


def test_who_falls_silent_loses_what_he_has(url):
    async def work(broker, queue, _):
        await broker.declare(queue, ack_wait=200)
        await fill(broker, queue, ["a", "b", "c"])
        silent = broker.subscriber(queue, high_water_mark=2)
        silent.read(0)
        await until(lambda: silent.readable_length == 2)
        await dies(silent)
        got = {}
        async for message in broker.subscriber(queue):
            # Should a receipt be late, it is given out once more.
            got.setdefault(message.data, message.tries)
            message.ack()
            if len(got) == 3:
                break
        await settled_backlog(broker, queue)
        return got

    assert sorted(on(url, work).values()) == [1, 2, 2]


def test_who_is_slow_keeps_what_he_has(url):
    async def work(broker, queue, _):
        ack_wait, longer = signs(url)
        await broker.declare(queue, ack_wait=ack_wait)
        await fill(broker, queue, ["a"])
        # It has no room: what it loses, it is not given again.
        slow, other = broker.subscriber(queue, high_water_mark=1), broker.subscriber(queue)
        others = []
        slow.read(0)
        await until(lambda: slow.readable_length == 1)
        other.on("data", others.append)
        await asyncio.sleep(longer)
        slow.read().ack()
        await settled_backlog(broker, queue)
        return others

    assert on(url, work) == []


def test_a_poisonous_message_becomes_a_dead_letter(url):
    async def work(broker, queue, dead):
        await broker.declare(queue)
        await broker.declare(dead)
        sent = [
            brokers.Message("good"),
            brokers.Message("bad", key="k", id="7", headers={"a": "b"}),
        ]
        await fill(broker, queue, sent)
        tried = []

        def shout(message):
            tried.append(message.data)
            if message.data == b"bad":
                raise ValueError("cannot\nshout")
            return message.data.upper()

        source = broker.subscriber(queue, dead_letter=dead, max_tries=3, retry_delay=1)
        out = []
        sink = Writable(
            object_mode=True, write=lambda _s, m, _e, done: (out.append(m.data), m.ack(), done())
        )
        working = asyncio.ensure_future(promises.pipeline(source, brokers.work(shout), sink))
        await settled_backlog(broker, queue)
        source.stop()
        await working
        (letter,) = await broker.subscriber(dead).take(1).to_array()
        return tried.count(b"bad"), out, letter

    tries, out, letter = on(url, work)
    assert (tries, out) == (3, [b"GOOD"])
    assert (letter.data, letter.key) == (b"bad", "k")
    assert letter.headers.pop("streams2-queue")
    assert letter.headers == {
        "a": "b",
        "streams2-tries": "3",
        "streams2-error": "ValueError: cannot shout",
    }


def test_a_message_that_kills_whoever_has_it_becomes_a_dead_letter(url):
    async def work(broker, queue, dead):
        await broker.declare(queue, ack_wait=60)
        await broker.declare(dead)
        await fill(broker, queue, ["deadly"])
        for _ in range(2):
            # It has no room to be given the same once more, should a sign of life be late.
            victim = broker.subscriber(queue, high_water_mark=1, dead_letter=dead, max_tries=2)
            victim.read(0)
            await until(lambda victim=victim: victim.readable_length == 1)
            await dies(victim)
        heir = broker.subscriber(queue, dead_letter=dead, max_tries=2)
        heir.on("data", lambda message: pytest.fail("it was given out once more"))
        await settled_backlog(broker, queue)
        (letter,) = await broker.subscriber(dead).take(1).to_array()
        return letter.data, letter.headers["streams2-tries"]

    assert on(url, work) == (b"deadly", "3")


def test_a_dead_letter_waits_for_room_like_any_other(url):
    async def work(broker, queue, dead):
        await broker.declare(queue)
        await broker.declare(dead, limit=1)
        await fill(broker, dead, ["in the way"])
        await fill(broker, queue, ["bad"])
        source = broker.subscriber(queue, dead_letter=dead, max_tries=1)
        source.on("data", lambda message: message.nack())
        await until(lambda: source._burying)
        await asyncio.sleep(0.05)
        assert (await broker.info(queue)).backlog == 1
        (first,) = await broker.subscriber(dead).take(1).to_array()
        first.ack()
        await settled_backlog(broker, queue)
        (letter,) = await broker.subscriber(dead).take(1).to_array()
        return letter.data, letter.headers["streams2-error"]

    assert on(url, work) == (b"bad", "GivenBack: It was given back")


def test_one_that_is_destroyed_gives_back_at_once(url):
    async def work(broker, queue, _):
        await broker.declare(queue)
        await fill(broker, queue, ["a", "b", "c"])
        first = broker.subscriber(queue)
        first.on("error", lambda error: None)
        first.read(0)
        await until(lambda: first.readable_length == 3)
        held = first.read()
        first.destroy(ValueError("enough"))
        got = []
        async for message in broker.subscriber(queue):
            got.append(message.data)
            message.ack()
            if len(got) == 3:
                break
        held.ack()
        await settled_backlog(broker, queue)
        return sorted(got)

    assert on(url, work) == [b"a", b"b", b"c"]


def test_one_that_stops_lets_others_finish_their_work(url):
    async def work(broker, queue, _):
        ack_wait, longer = signs(url)
        await broker.declare(queue, ack_wait=ack_wait)
        await fill(broker, queue, ["a", "b", "c"])
        source = broker.subscriber(queue, high_water_mark=2)
        source.read(0)
        await until(lambda: source.readable_length == 2)
        source.stop()
        held = [message async for message in source]
        assert source.closed
        others = []
        broker.subscriber(queue).on("data", others.append)
        await asyncio.sleep(longer)
        info = await broker.info(queue)
        assert (info.backlog, info.unacknowledged) == (3, 3)
        assert [message.data for message in others] == [b"c"]
        held[0].ack()
        # At once, not when all of them are done.
        await settled_backlog(broker, queue, 2)
        held[1].ack()
        await settled_backlog(broker, queue, 1)
        return [message.data for message in held]

    assert on(url, work) == [b"a", b"b"]


def test_one_that_stops_leaves_to_others_what_is_not_here(url):
    """It is not given out to it again and again, until it is taken for poisonous."""

    async def work(broker, queue, dead):
        await broker.declare(queue)
        await broker.declare(dead)
        source = broker.subscriber(queue, high_water_mark=4, dead_letter=dead, max_tries=2)
        source.read(0)
        await fill(broker, queue, ["here"])
        await until(lambda: source.readable_length == 1)
        source.stop()
        await fill(broker, queue, [f"{n}" for n in range(20)])
        await asyncio.sleep(0.1)
        assert (await broker.info(dead)).backlog == 0
        assert source.unacknowledged == 1
        other, tries = broker.subscriber(queue), []
        async for message in other:
            tries.append(message.tries)
            message.ack()
            if len(tries) == 20:
                break
        source.read().ack()
        await settled_backlog(broker, queue)
        return set(tries)

    assert on(url, work) <= {1, 2}


def test_what_is_not_settled_when_the_broker_is_closed_is_given_back(url):
    async def main():
        queue = next(names)
        async with brokers.connect(url) as broker:
            await broker.declare(queue)
            await fill(broker, queue, ["a", "b"])
            async for _ in broker.subscriber(queue):
                break
        async with brokers.connect(url) as broker:
            got = await broker.subscriber(queue).take(2).to_array()
        return sorted(message.data for message in got)

    assert run(main) == [b"a", b"b"]


def test_a_pipeline_that_fails_gives_back_what_it_has(url):
    async def work(broker, queue, _):
        await broker.declare(queue)
        await fill(broker, queue, [f"{n}" for n in range(20)])

        def write(stream, message, encoding, done):
            if message.data == b"3":
                done(OSError("full"))
            else:
                message.ack()
                done()

        with pytest.raises(OSError, match="full"):
            await promises.pipeline(
                broker.subscriber(queue), Writable(object_mode=True, write=write)
            )
        info = await broker.info(queue)
        got = set()
        async for message in broker.subscriber(queue):
            got.add(message.data)
            message.ack()
            if len(got) == info.backlog:
                break
        return info.backlog, b"3" in got

    assert on(url, work) == (17, True)


# -- what is made of a message --------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["ack", "nack"])
def test_all_that_was_made_of_it_must_be_written(outcome):
    said = []
    one, other = (
        received("a", Delivery(lambda error, delay, n=n: said.append((n, error)))) for n in "12"
    )
    parts = one.split("x", "y", "z")
    both = brokers.join([parts.pop(), other], "joined", key="j")
    assert (both.key, both.data, one.settled, both.settled) == ("j", b"joined", True, False)
    for part in parts:
        part.replace("more").ack()
    assert said == []
    if outcome == "ack":
        both.ack()
        both.nack(ValueError())
        assert said == [("1", None), ("2", None)]
    else:
        error = ValueError()
        both.nack(error)
        both.ack()
        assert said == [("1", error), ("2", error)]
    assert both.settled


def test_parts_have_ids_of_their_own_and_the_same_again():
    message = brokers.Message("a", key="k", id="7", headers={"h": "i"})
    assert message.replace("b").id == "7"
    assert [part.id for part in message.split("b", "c")] == ["7/0", "7/1"]
    own = brokers.Message("own", id="mine")
    assert message.split(own) == [own]
    assert brokers.Message("a").split("b", "c")[1].id is None
    assert message.replace("b").headers == {"h": "i"}
    assert repr(message) == "Message(b'a', key='k', id='7')"


@given(st.recursive(st.just(None), lambda inner: st.lists(inner, max_size=4), max_leaves=30))
def test_it_is_heard_of_once_whatever_is_made_of_it(tree):
    said = []
    message = received("a", Delivery(lambda error, delay: said.append(error)))
    leaves = []

    def make(message, tree):
        if tree is None:
            leaves.append(message)
            return
        for part, inner in zip(message.split(*["x"] * len(tree)), tree):
            make(part, inner)

    make(message, tree)
    for leaf in leaves:
        assert said == []
        leaf.ack()
    assert said == [None]


@pytest.mark.parametrize(
    ("made", "out"),
    [
        (None, []),
        ([], []),
        ("text", [b"text"]),
        (b"bytes", [b"bytes"]),
        (["a", b"b"], [b"a", b"b"]),
        (brokers.Message("own"), [b"own"]),
        (("x", "y"), [b"x", b"y"]),
        ({"x": 1}.keys(), [b"x"]),
    ],
)
@pytest.mark.parametrize("waits", [False, True])
def test_work_takes_what_a_function_makes(made, out, waits):
    said = []
    message = received("a", Delivery(lambda error, delay: said.append(error)))

    async def later(message):
        await asyncio.sleep(0)
        return made

    async def main():
        got = []
        stage = brokers.work(later if waits else lambda message: made)
        stage.on("data", lambda message: (got.append(message.data), message.ack()))
        stage.end(message)
        await promises.finished(stage)
        return got

    assert run(main) == out
    assert said == [None]


@pytest.mark.parametrize("made", [3, object(), ["a", 3], {"a": 1}.get])
def test_work_that_makes_something_else_gives_back(made):
    said = []
    message = received("a", Delivery(lambda error, delay: said.append(error)))

    async def main():
        stage = brokers.work(lambda message: made)
        stage.resume().end(message)
        await promises.finished(stage)

    run(main)
    assert [type(error) for error in said] == [errors.InvalidArgTypeError]


def test_work_does_so_many_at_once_and_no_more():
    async def main():
        running = most = 0

        async def shout(message):
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.001 * random.Random(message.data).random())
            running -= 1
            return message.data

        stage = brokers.work(shout, concurrency=3)
        messages = [brokers.Message(f"{n}") for n in range(20)]
        got = await Readable.from_(messages).compose(stage).to_array()
        return most, sorted(int(message.data) for message in got)

    assert run(main) == (3, list(range(20)))


@pytest.mark.filterwarnings("ignore::streams2.errors.warnings.BackpressureWarning")
def test_work_pushes_back():
    async def main():
        done = []
        stage = brokers.work(lambda message: done.append(message), concurrency=2)
        stage._function = lambda message: (done.append(message), message.data)[1]
        writes = [stage.write(brokers.Message(f"{n}")) for n in range(20)]
        await asyncio.sleep(0.01)
        return writes[0], writes[-1], len(done)

    first, last, done = run(main)
    assert (first, last) == (True, False)
    assert done <= 4


@pytest.mark.parametrize("bad", [0, -1, 1.5, "2", None, True])
def test_work_refuses_what_is_no_number(bad):
    with pytest.raises((errors.InvalidArgTypeError, errors.OutOfRangeError)):
        brokers.work(str, concurrency=bad)


def test_into_a_file_a_message_is_done_when_it_is_written(url, tmp_path):
    async def work(broker, queue, _):
        await broker.declare(queue)
        await fill(broker, queue, [f"line {n}\n" for n in range(30)])
        source = broker.subscriber(queue)
        file = fs.create_write_stream(str(tmp_path / "lines"))
        working = asyncio.ensure_future(promises.pipeline(source, brokers.into(file)))
        await settled_backlog(broker, queue)
        source.stop()
        await working

    on(url, work)
    lines = (tmp_path / "lines").read_text().splitlines()
    assert sorted(lines) == sorted(f"line {n}" for n in range(30))


def test_into_something_that_fails_gives_back():
    said = []
    message = received("a", Delivery(lambda error, delay: said.append(error)))
    error = OSError("full")

    async def main():
        inner = Writable(write=lambda _s, _c, _e, done: done(error))
        sink = brokers.into(inner, lambda message: message.data * 2)
        sink.write(message)
        with pytest.raises(OSError, match="full"):
            await promises.finished(sink)
        assert inner.destroyed

    run(main)
    assert said == [error]


def test_into_something_that_is_destroyed_is_destroyed():
    async def main():
        inner = Writable(write=lambda *_: None)
        sink = brokers.into(inner)
        inner.destroy()
        with pytest.raises(errors.StreamPrematureCloseError):
            await promises.finished(sink)
        other = Writable(write=lambda *_: None)
        brokers.into(other).destroy()
        await asyncio.sleep(0.01)
        return other.destroyed

    assert run(main)


def test_as_channels(url):
    async def work(broker, first, second):
        await broker.declare(first)
        await broker.declare(second)
        await fill(broker, first, [f"{n}" for n in range(10)])
        source = broker.subscriber(first, high_water_mark=3)
        messages, results = bridge.channel_from_readable(source), Channel()
        writer = bridge.writable_from_channel(results, broker.publisher(second))
        for _ in range(10):
            message = await messages.take()
            assert source.unacknowledged <= 3
            await results.put(message.replace(message.data * 2))
        results.close()
        await promises.finished(writer)
        messages.close()
        await settled_backlog(broker, first)
        return (await broker.info(second)).backlog

    assert on(url, work) == 10


# -- the order of keys ----------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_keys_keep_their_order_whatever_is_given_back(data):
    """Workers that fail, give back and fall silent at random: no key's messages change places."""
    lanes = data.draw(st.integers(1, 5))
    marks = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    rng = random.Random(data.draw(st.integers()))

    async def work(broker, queue, _):
        await broker.declare(queue, lanes=lanes, ack_wait=10_000)
        sent = [brokers.Message(f"{n}", key=f"{n % 4}") for n in range(24)]
        await fill(broker, queue, sent)
        done = defaultdict(list)

        def handle(source, message):
            what = rng.random()
            if what < 0.2:
                message.nack(delay=rng.choice([0, 1]))
            elif what < 0.25 and len(marks) > 1:
                source.on("error", lambda error: None)
                source.destroy(ValueError("gone"))
                marks.pop()
                add()
            else:
                done[message.key].append(int(message.data))
                message.ack()

        def add():
            source = broker.subscriber(queue, high_water_mark=marks[-1], retry_delay=0)
            source.on("data", lambda message: handle(source, message))

        for _ in range(len(marks)):
            add()
        await settled_backlog(broker, queue)
        return done

    done = on("memory://", work)
    assert {key: sorted(numbers) for key, numbers in done.items()} == done
    assert sum(map(len, done.values())) == 24


def test_with_more_lanes_than_its_mark_all_have_their_turn(url):
    async def work(broker, queue, _):
        await broker.declare(queue, lanes=12)
        await fill(broker, queue, [brokers.Message("x", key=f"{n}") for n in range(40)])
        got = 0
        async for message in broker.subscriber(queue, high_water_mark=2):
            message.ack()
            got += 1
            if got == 40:
                break
        await settled_backlog(broker, queue)
        return got

    assert on(url, work) == 40


def test_a_lane_is_the_same_in_every_process():
    assert [lane_of(brokers.Message("", key=key), 16) for key in ("a", "b", "user-7")] == [3, 9, 1]
    assert lane_of(brokers.Message("", id="a"), 16) == 3


# -- what is wrong --------------------------------------------------------------------------------


def test_a_queue_that_was_not_declared(url):
    async def work(broker, queue, dead):
        for make in (
            lambda: broker.info(queue),
            lambda: broker.delete(queue),
            lambda: fill(broker, queue, ["a"]),
            lambda: broker.subscriber(queue).to_array(),
        ):
            with pytest.raises(brokers.QueueNotFoundError) as caught:
                await make()
            assert caught.value.code == "ERR_QUEUE_NOT_FOUND"
            assert queue in str(caught.value)
        await broker.declare(queue)
        with pytest.raises(brokers.QueueNotFoundError, match=dead):
            await broker.subscriber(queue, dead_letter=dead).to_array()

    on(url, work)


def test_a_queue_that_is_declared_otherwise(url):
    async def work(broker, queue, _):
        was = {"limit": 5, "lanes": 3, "ack_wait": 1000, "duplicate_window": 500}
        await broker.declare(queue, **was)
        await broker.declare(queue, **was)
        for option, value in was.items():
            with pytest.raises(brokers.QueueDiffersError, match=f"{option}={value}, not") as caught:
                await broker.declare(queue, **{**was, option: value + 100})
            assert caught.value.code == "ERR_QUEUE_DIFFERS"
        with pytest.raises(brokers.QueueDiffersError, match="lanes=3, not None"):
            await broker.declare(queue, **{**was, "lanes": None})

    on(url, work)


def test_a_queue_that_is_deleted_under_way_fails_its_streams_once(url):
    async def work(broker, queue, _):
        await broker.declare(queue)
        source, writer = broker.subscriber(queue), broker.publisher(queue)
        failed = []
        source.on("error", failed.append).on("data", lambda message: message.ack())
        writer.on("error", failed.append)
        await asyncio.wrap_future(_written(writer, "a"))
        await settled_backlog(broker, queue)
        await broker.delete(queue)
        writer.write("b")
        await until(lambda: source.closed and writer.closed)
        return [type(error) for error in failed]

    assert on(url, work) == [brokers.QueueNotFoundError] * 2


def _written(writer, chunk):
    import concurrent.futures

    done = concurrent.futures.Future()
    writer.write(chunk, None, lambda error: done.set_result(error))
    return done


@pytest.mark.live
@pytest.mark.host
@pytest.mark.once
@pytest.mark.parametrize("lanes", [None, 3])
def test_consumers_that_nats_has_lost_are_made_anew(servers, tmp_path_factory, lanes):
    """A broker that is killed may not have written them down yet."""
    if "nats" not in servers:
        servers["nats"] = Server("nats", tmp_path_factory.mktemp("nats")).start()

    async def work(broker, queue, _):
        await broker.declare(queue, lanes=lanes)
        source = broker.subscriber(queue)
        got = []
        source.on("data", lambda message: (got.append(message.data), message.ack()))
        await fill(broker, queue, ["before"])
        await settled_backlog(broker, queue)
        for lane in range(lanes or 1):
            name = f"{queue}.lane-{lane}"
            await broker._engine.ask(f"$JS.API.CONSUMER.DELETE.{name}", b"")
        await fill(broker, queue, [brokers.Message("after", key=f"{n}") for n in range(9)])
        await settled_backlog(broker, queue)
        return got

    assert on(servers["nats"].url, work) == [b"before"] + [b"after"] * 9


@pytest.mark.parametrize("name", ["", "a b", "a.b", "ä", "{a}", "*", "a" * 101])
def test_a_name_that_is_none(name):
    async def work(broker, queue, _):
        with pytest.raises(errors.InvalidArgValueError):
            await broker.declare(name)

    on("memory://", work)


@pytest.mark.parametrize(
    "options",
    [
        *({"limit": bad} for bad in (0, -1, 1.5, None, "1")),
        *({"lanes": bad} for bad in (0, -3, 2.5)),
        *({"ack_wait": bad} for bad in (0, 29, "x")),
        *({"duplicate_window": bad} for bad in (-1, None)),
    ],
)
def test_numbers_that_are_none(options):
    async def work(broker, queue, _):
        with pytest.raises(errors.OutOfRangeError, match=next(iter(options))):
            await broker.declare(queue, **options)

    on("memory://", work)


def test_arguments_of_streams_are_checked_at_the_call():
    async def work(broker, queue, _):
        for make in (broker.publisher, broker.subscriber):
            with pytest.raises(errors.OutOfRangeError, match="high_water_mark"):
                make(queue, high_water_mark=0)
            with pytest.raises(errors.InvalidArgTypeError, match="queue"):
                make(7)
        with pytest.raises(errors.OutOfRangeError, match="max_tries"):
            broker.subscriber(queue, dead_letter="d", max_tries=0)
        with pytest.raises(errors.OutOfRangeError, match="retry_delay"):
            broker.subscriber(queue, retry_delay=-1)

    on("memory://", work)
    for bad in ("http://127.0.0.1", "redis", ""):
        with pytest.raises(errors.InvalidArgValueError, match="url"):
            brokers.connect(bad)
    for data in (None, 3, ["a"], object()):
        with pytest.raises(errors.InvalidArgTypeError, match="data"):
            brokers.Message(data)
    with pytest.raises(errors.InvalidArgTypeError, match="key"):
        brokers.Message("a", key=7)


def test_a_chunk_that_is_no_message_fails_the_publisher(url):
    async def work(broker, queue, _):
        await broker.declare(queue)
        with pytest.raises(errors.InvalidArgTypeError):
            await fill(broker, queue, ["a", 7])

    on(url, work)


@pytest.mark.parametrize("kind", ["redis", "nats"])
def test_a_broker_that_is_not_there(kind):
    pytest.importorskip(kind)

    async def main():
        with pytest.raises(brokers.BrokerLostError) as caught:
            await brokers.connect(f"{kind}://127.0.0.1:1", patience=50)
        return caught.value

    error = run(main)
    assert error.code == "ERR_BROKER_LOST"
    assert f"{kind}://127.0.0.1:1 could not be reached for 50 ms" in str(error)


@pytest.mark.parametrize("deaf", [0, 1, 3])
def test_a_library_that_does_not_hear_that_it_is_cancelled_is_told_again(deaf):
    """As one does that tries again when `asyncio.wait_for` raises a failure in place of that."""
    heard = []

    async def trying():
        while True:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                heard.append("cancelled")
                if len(heard) > deaf:
                    raise

    async def main():
        task = asyncio.ensure_future(trying())
        await asyncio.sleep(0)
        await stopped(task)
        return task.cancelled()

    assert asyncio.run(main())
    assert len(heard) == deaf + 1


def test_who_listens_at_redis_is_cancelled_once_whoever_stops_it():
    """A second time would hit the library while it clears up, and leave a connection open."""
    heard = []

    async def listening():
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            heard.append("cancelled")
            for _ in range(5):
                await asyncio.sleep(0)
            heard.append("cleared up")

    async def main():
        feed = RedisFeed(None, Queue("jobs", 1, None, 1000, 0), 1, print, print)
        feed._tasks = [asyncio.ensure_future(listening())]
        await asyncio.sleep(0)
        first = asyncio.ensure_future(feed.stop())
        while not heard:
            await asyncio.sleep(0)
        await asyncio.gather(first, feed.stop())

    asyncio.run(main())
    assert heard == ["cancelled", "cleared up"]


@pytest.mark.parametrize("turns", range(6))
def test_what_is_given_back_is_given_back_whole_whoever_stops_waiting_for_it(turns):
    async def work(broker, queue, _):
        await broker.declare(queue)
        await fill(broker, queue, ["a", "b"])
        source = broker.subscriber(queue)
        source.read(0)
        await until(lambda: source.readable_length == 2)
        feed, done = source._feed, []
        close = feed.close

        async def slow():
            for _ in range(3):
                await asyncio.sleep(0)
            await close()
            done.append("closed")

        feed.close = slow
        first = asyncio.ensure_future(source.give_back())
        for _ in range(turns):
            await asyncio.sleep(0)
        first.cancel()
        await source.give_back()
        return done, (await broker.info(queue)).unacknowledged

    assert on(f"memory://given-back-{turns}", work) == (["closed"], 0)


class _Nats:
    """As much of its library as connects: when it has been cancelled `deaf` times."""

    errors = SimpleNamespace(Error=RuntimeError)

    def __init__(self, deaf=None, error=None):
        self.deaf, self.error = deaf, error
        self.cancelled = 0
        self.is_connected, self.closed = False, False

    async def connect(self, *_, **__):
        while not self.is_connected:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                self.cancelled += 1
                if self.deaf is None:
                    raise
                self.is_connected = self.cancelled >= self.deaf
        if self.error is not None:
            raise self.error
        return self

    async def subscribe(self, *_, **__):
        pass

    async def close(self):
        self.closed = True


def _engine_with(library, monkeypatch):
    pytest.importorskip("nats")
    monkeypatch.setattr(nats_module, "_CONNECTED_WITHIN", 0.01)
    engine = NatsEngine("nats://127.0.0.1:1", 50)
    engine._nats = library
    return engine


@pytest.mark.parametrize("library", [_Nats(), _Nats(1, OSError("no")), _Nats(2, RuntimeError())])
def test_a_connection_that_does_not_come_in_time_leaves_no_task(library, monkeypatch):
    async def main():
        with pytest.raises(Lost):
            await _engine_with(library, monkeypatch).open()
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(main()) == set()


def test_a_connection_that_comes_at_the_last_moment_is_used(monkeypatch):
    async def main():
        engine = _engine_with(_Nats(1), monkeypatch)
        await engine.open()
        return engine.is_up

    assert asyncio.run(main())


@pytest.mark.parametrize("library", [_Nats(), _Nats(1), _Nats(2), _Nats(1, OSError("no"))])
def test_who_stops_waiting_for_a_connection_leaves_none(library, monkeypatch):
    async def main():
        engine = _engine_with(library, monkeypatch)
        monkeypatch.setattr(nats_module, "_CONNECTED_WITHIN", 60)
        opening = asyncio.ensure_future(engine.open())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        opening.cancel()
        await asyncio.wait([opening])
        return opening.cancelled(), asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(main()) == (True, set())
    assert library.closed == (library.deaf is not None and library.error is None)


def test_a_client_that_is_not_installed(monkeypatch):
    import sys

    for kind, engine in (("redis", RedisEngine), ("nats", NatsEngine)):
        monkeypatch.setitem(sys.modules, kind, None)
        with pytest.raises(ImportError, match=rf"streams2\[{kind}\]"):
            engine(f"{kind}://", 0)


# -- the end --------------------------------------------------------------------------------------


def test_what_is_not_done_is_destroyed_when_the_broker_is_closed(url):
    async def main():
        broker = await brokers.connect(url)
        queue, other = next(names), next(names)
        await broker.declare(queue, limit=1)
        await broker.declare(other)
        source, idle = broker.subscriber(other), broker.publisher(other)
        source.read(0)
        writer = broker.publisher(queue)
        failed = []
        writer.on("error", failed.append)
        writer.write("a")
        writer.write("b")
        await until(lambda: writer.waits_for_room)
        await broker.close()
        await broker.close()
        assert source.closed
        assert idle.closed
        assert writer.closed
        for call in (broker.declare("x"), broker.info("x"), broker.delete("x")):
            with pytest.raises(brokers.BrokerClosedError):
                await call
        with pytest.raises(brokers.BrokerClosedError):
            broker.publisher("x")
        return failed

    (error,) = run(main)
    assert error.code == "ERR_BROKER_CLOSED"


def test_under_asyncio_as_under_run(url):
    async def main():
        async with brokers.connect(url) as broker:
            queue = next(names)
            await broker.declare(queue)
            await fill(broker, queue, ["a"])
            (message,) = await broker.subscriber(queue).take(1).to_array()
            message.ack()
            await settled_backlog(broker, queue)
            return message.data

    assert asyncio.run(main()) == b"a"


def test_a_queue_knows_in_how_many_parts_it_is_kept():
    assert Queue("a", 1, None, 1, 1).parts == 1
    assert Queue("a", 1, 5, 1, 1).parts == 5


def test_queues_in_memory_are_of_one_loop_and_one_name():
    async def work(broker, queue, _):
        await broker.declare("same")
        await fill(broker, "same", ["a"])
        async with brokers.connect("memory://other") as other:
            with pytest.raises(brokers.QueueNotFoundError):
                await other.info("same")
        async with brokers.connect("memory://") as again:
            return (await again.info("same")).backlog

    assert on("memory://", work) == 1
    assert on("memory://", work) == 1


def test_a_run_that_exits_while_a_publisher_waits_for_room_ends(caplog):
    async def main():
        async with brokers.connect("memory://") as broker:
            await broker.declare("full", limit=1)
            full = broker.publisher("full")
            for _ in range(3):
                full.write("a")
            await asyncio.Event().wait()

    async def ask():
        waiting = asyncio.ensure_future(main())
        await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        assert not waiting.done()
        sys.exit()

    with pytest.raises(SystemExit):
        run(ask)
    # What it had was lost, and nobody listens.
    assert "BrokerClosedError" in caplog.text
