"""What a channel and its functions refuse, at the call, and the collections that they know."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import pytest

from streams2.channel import (
    Channel,
    DroppingBuffer,
    TooManyPendingError,
    alts,
    buffer,
    into,
    map,  # noqa: A004  # core.async's name
    merge,
    mix,
    mult,
    onto_channel,
    pipe,
    pipeline,
    pipeline_async,
    pipeline_blocking,
    promise_channel,
    pub,
    reduce,
    sliding_buffer,
    split,
    take,
    to_channel,
    transduce,
    transforms,
    unblocking_buffer,
)
from streams2.errors import InvalidArgTypeError

from .support import BoomError


def in_a_loop(function: Any) -> Any:
    async def main() -> Any:
        return function()

    return asyncio.run(main())


def drive(coroutine: Any) -> None:
    """Run `coroutine` up to where it waits."""
    coroutine.send(None)


REFUSED = {
    "a put's callback": (lambda: Channel().put_callback(1, 2), "callback.*a function"),
    "a take's callback": (lambda: Channel().take_callback(2), "callback.*a function"),
    "a size": (lambda: Channel("2"), "buffer.*a whole number"),
    "a bool": (lambda: Channel(True), "buffer.*a whole number"),
    "values": (lambda: onto_channel(Channel(), 42), "values.*iterable"),
    "a collection": (lambda: into("text", Channel()), "collection.*a list"),
    "a tap": (lambda: mult(Channel()).tap(42), "channel.*a Channel"),
    "a topic function": (lambda: pub(Channel(), 42), "topic_function.*a function"),
    "a buffer function": (lambda: pub(Channel(), abs, 42), "buffer_function.*a function"),
    "an input": (lambda: mix(Channel()).admix(42), "channel.*a Channel"),
    "an input to toggle": (lambda: mix(Channel()).toggle({42: {}}), "modes.*channels"),
    "work": (lambda: pipeline_async(1, Channel(), 42, Channel()), "function.*a function"),
    "ports": (lambda: drive(alts(Channel())), "ports.*channel operations"),
    "where to pipe from": (lambda: pipe(42, Channel()), "source.*a Channel"),
    "where to pipe to": (lambda: pipe(Channel(), 42), "dest.*a Channel"),
    "where values go": (lambda: onto_channel(42, []), "channel.*a Channel"),
    "a channel to merge": (lambda: merge(Channel()), "channels.*several channels"),
    "one to merge": (lambda: merge([Channel(), 42]), "channels.*several channels"),
    "a channel to map": (lambda: map(max, Channel()), "channels.*several channels"),
    "a function to map": (lambda: map(42, [Channel()]), "function.*a function"),
    "what to split": (lambda: split(bool, 42), "channel.*a Channel"),
    "a predicate": (lambda: split(42, Channel()), "predicate.*a function"),
    "what to take from": (lambda: take(1, 42), "channel.*a Channel"),
    "what to reduce": (lambda: reduce(max, 0, 42), "channel.*a Channel"),
    "how to reduce": (lambda: reduce(42, 0, Channel()), "function.*a function"),
    "what to transduce": (lambda: transduce(transforms.take(1), max, 0, 1), "channel.*a Channel"),
    "how to transduce": (
        lambda: transduce(transforms.take(1), 42, 0, Channel()),
        "function.*a function",
    ),
    "what to collect": (lambda: into([], 42), "channel.*a Channel"),
    "what to copy": (lambda: mult(42), "channel.*a Channel"),
    "what to publish": (lambda: pub(42, abs), "channel.*a Channel"),
    "a subscriber": (lambda: pub(Channel(), abs).sub(1, 42), "channel.*a Channel"),
    "where to mix": (lambda: mix(42), "dest.*a Channel"),
    "modes": (lambda: mix(Channel()).toggle(42), "modes.*a mapping"),
    "modes of an input": (lambda: mix(Channel()).toggle({Channel(): True}), "modes.*a mapping"),
    "where a pipeline starts": (
        lambda: pipeline(1, Channel(), transforms.take(1), 42),
        "source.*a Channel",
    ),
    "where a pipeline ends": (
        lambda: pipeline_blocking(1, 42, transforms.take(1), Channel()),
        "dest.*a Channel",
    ),
    "a pipeline's handler": (
        lambda: pipeline(1, Channel(), transforms.take(1), Channel(), ex_handler=42),
        "ex_handler.*a function",
    ),
    "a handler": (lambda: Channel(1, transforms.take(1), 42), "ex_handler.*a function"),
    "a handler of a promise": (
        lambda: promise_channel(transforms.take(1), 42),
        "ex_handler.*a function",
    ),
    "a transform's function": (lambda: transforms.map(42), "function.*a function"),
    "a transform's predicate": (lambda: transforms.filter(42), "predicate.*a function"),
    "no transform": (lambda: transforms.compose(42), "transform.*a generator function"),
    "no buffer": (lambda: unblocking_buffer(3), "buffer.*a Buffer"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_of_the_wrong_type(what):
    call, message = REFUSED[what]
    with pytest.raises(InvalidArgTypeError, match=message):
        in_a_loop(call)


WRONG = {
    "a transform and no room": (
        lambda: Channel(0, transforms.map(str)),
        "buffer.*at least 1.*transform",
    ),
    "a negative size": (lambda: Channel(-1), "buffer"),
    "a buffer of none": (lambda: buffer(0), "size"),
    "a mode": (lambda: mix(Channel()).toggle({Channel(): {"loud": True}}), "mute, pause and solo"),
    "a solo mode": (lambda: mix(Channel()).solo_mode("loud"), "mute.*pause"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_has_a_wrong_value(what):
    call, message = WRONG[what]
    with pytest.raises(ValueError, match=message):
        in_a_loop(call)


def test_a_buffer_belongs_to_one_channel():
    shared = sliding_buffer(1)
    Channel(shared)
    with pytest.raises(ValueError, match="no channel has yet"):
        Channel(shared)


@pytest.mark.parametrize("ports", [[42], [(1, 2)], [(Channel(), 1, 2)]])
def test_what_is_no_port(ports):
    with pytest.raises(TypeError, match="ports"):
        asyncio.run(alts(ports))


def test_no_ports_would_wait_for_ever():
    with pytest.raises(ValueError, match="at least one"):
        asyncio.run(alts([]))


def test_none_is_no_value_for_alts():
    with pytest.raises(TypeError, match="None"):
        asyncio.run(alts([(Channel(1), None)]))


def test_alts_that_find_too_many_waiting_wait_nowhere():
    async def main():
        quiet, crowded = Channel(), Channel()
        for _ in range(1024):
            crowded.take_callback(id)
        with pytest.raises(TooManyPendingError):
            await alts([quiet, crowded], priority=True)
        return repr(quiet)

    assert "0 taking" in asyncio.run(main())


def test_takes_that_gave_up_do_not_count_towards_the_limit():
    async def main():
        channel = Channel(1, transforms.map(lambda value: value))
        given_up = [asyncio.ensure_future(channel.take()) for _ in range(1024)]
        await asyncio.sleep(0)
        for given in given_up:
            given.cancel()
        heard = []
        channel.take_callback(heard.append)
        channel.offer("x")
        await asyncio.sleep(0)
        return heard

    assert asyncio.run(main()) == ["x"]


def test_puts_that_gave_up_do_not_count_towards_the_limit():
    async def main():
        channel = Channel()
        given_up = [asyncio.ensure_future(channel.put(1)) for _ in range(1024)]
        await asyncio.sleep(0)
        for put in given_up:
            put.cancel()
        assert channel.put_callback("x") is True
        return channel.poll()

    assert asyncio.run(main()) == "x"


@pytest.mark.parametrize(
    ("start", "whole"),
    [
        ([0], [0, 1, 2]),
        ((0,), (0, 1, 2)),
        (deque([0]), deque([0, 1, 2])),
        ({0}, {0, 1, 2}),
        (frozenset([0]), frozenset([0, 1, 2])),
    ],
)
def test_into_adds_to_a_copy(start, whole):
    async def main():
        return await into(start, to_channel([1, 2])).take()

    assert asyncio.run(main()) == whole
    assert len(start) == 1


def test_into_a_dict_goes_pairs():
    async def main():
        return await into({"a": 1}, to_channel([("b", 2)])).take()

    assert asyncio.run(main()) == {"a": 1, "b": 2}


def test_values_may_come_from_an_async_iterable():
    async def numbers():
        for number in range(3):
            yield number

    async def main():
        taken = [number async for number in to_channel(numbers())]
        closed = Channel()
        closed.close()
        assert await onto_channel(closed, numbers()).take() is None
        return taken

    assert asyncio.run(main()) == [0, 1, 2]


def test_split_and_map_close_what_they_made_when_they_fail():
    def failing(*_):
        raise BoomError

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        yes, no = split(failing, to_channel([1]))
        mapped = map(failing, [to_channel([1])])
        assert await mapped.take() is None
        return await yes.take(), await no.take()

    assert asyncio.run(main()) == (None, None)


def test_map_over_no_channels_is_closed_from_the_start():
    async def main():
        return await map(max, []).take()

    assert asyncio.run(main()) is None


def test_a_pipeline_whose_function_fails_goes_on():
    told = []

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda _, report: told.append(report))

        def start(value, results):
            if value == 1:
                raise BoomError
            results.put_callback(value, lambda _: results.close())

        out = Channel(5)
        pipeline_async(1, out, start, to_channel([1, 2]))
        return [value async for value in out]

    assert asyncio.run(main()) == [2]
    assert [type(report["exception"]) for report in told] == [BoomError]


def test_topics_nobody_subscribed_to_can_be_left():
    async def main():
        publication = pub(Channel(), abs)
        publication.unsub(1, Channel())
        publication.unsub_all(1)

    asyncio.run(main())


@pytest.mark.parametrize(
    "transform",
    [
        transforms.take(5),
        transforms.take_while(bool),
        transforms.drop(0),
        transforms.dedupe(),
        transforms.distinct(),
        transforms.mapcat(lambda value: [value]),
        transforms.compose(),
    ],
)
def test_a_transform_whose_input_ends_first(transform):
    channel = Channel(2, transform)
    channel.offer(1)
    channel.close()
    assert (channel.poll(), channel.poll()) == (1, None)


def test_what_is_shown_of_them():
    channel = Channel(2, transforms.map(str))
    channel.offer(1)
    assert repr(channel) == (
        "<Channel <transform into <FixedBuffer 1/2>>: 1 buffered, 0 putting, 0 taking>"
    )
    channel.close()
    assert repr(promise_channel()) == (
        "<Channel <PromiseBuffer empty>: 0 buffered, 0 putting, 0 taking>"
    )
    assert repr(Channel(DroppingBuffer(3))).startswith("<Channel <DroppingBuffer 0/3>")
    channel = Channel()
    channel.put_callback(1)
    channel.close()
    assert repr(channel) == "<Channel 0 closed: 0 buffered, 1 putting, 0 taking>"
    seen: list[str] = []
    channel = Channel()
    channel.take_callback(seen.append)
    assert "Callback" in repr(channel._takers)
