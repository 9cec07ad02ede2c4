"""Coroutine functions given to channels: they run, or are refused, and what fails is told."""

from __future__ import annotations

import asyncio
import functools
import gc

import pytest

from streams2 import run
from streams2.channel import (
    Channel,
    Reduced,
    go,
    pipeline,
    pipeline_async,
    pipeline_blocking,
    pub,
    reduce,
    split,
    thread,
    transduce,
    transforms,
)
from streams2.channel import map as map_channels
from streams2.errors import (
    AbortError,
    InvalidArgTypeError,
    InvalidReturnValueError,
    NoRunningLoopError,
)

from .support import BoomError


async def double(value):
    return value * 2


class Doubler:
    """Both a callable object and the owner of a method, that are coroutine functions."""

    async def __call__(self, value):
        return value * 2

    async def method(self, value):
        return value * 2


COROUTINE_FUNCTIONS = {
    "async def": double,
    "partial": functools.partial(double),
    "partial of a partial of a method": functools.partial(functools.partial(Doubler().method)),
    "method": Doubler().method,
    "object": Doubler(),
}

every_coroutine_function = pytest.mark.parametrize(
    "function", COROUTINE_FUNCTIONS.values(), ids=COROUTINE_FUNCTIONS
)

# -- callbacks ------------------------------------------------------------------------------------


def with_one(value):
    channel = Channel(1)
    channel.offer(value)
    return channel


def put_that_waits(callback):
    channel = Channel()
    channel.put_callback("x", callback)
    asyncio.get_running_loop().call_soon(channel.poll)


def take_that_waits(callback):
    channel = Channel()
    channel.take_callback(callback)
    asyncio.get_running_loop().call_soon(channel.offer, "x")


def close_that_waits(callback):
    channel = Channel()
    channel.when_closed(functools.partial(callback, None))
    asyncio.get_running_loop().call_soon(channel.close)


def closed_already(callback):
    channel = Channel()
    channel.close()
    channel.when_closed(functools.partial(callback, None))


CALLBACKS = {
    "put": lambda callback: Channel(1).put_callback("x", callback),
    "put, off the caller": lambda callback: Channel(1).put_callback("x", callback, on_caller=False),
    "put later": put_that_waits,
    "take": lambda callback: with_one("x").take_callback(callback),
    "take, off the caller": lambda callback: with_one("x").take_callback(callback, on_caller=False),
    "take later": take_that_waits,
    "closed": closed_already,
    "closed later": close_that_waits,
}

every_callback = pytest.mark.parametrize("give", CALLBACKS.values(), ids=CALLBACKS)


class AwaitableOnly:
    """What is awaited and is no coroutine."""

    def __init__(self, coroutine):
        self.coroutine = coroutine

    def __await__(self):
        return self.coroutine.__await__()


SHAPES = {
    "a coroutine function": lambda function: function,
    "a partial": functools.partial,
    "a lambda": lambda function: lambda argument: function(argument),
    "a lambda of an awaitable": lambda function: lambda argument: AwaitableOnly(function(argument)),
}

every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


@every_shape
@every_callback
def test_a_callback_may_be_a_coroutine_function(give, shape):
    called = []

    async def callback(argument):
        await asyncio.sleep(0)
        gc.collect()  # it is kept
        await asyncio.sleep(0)
        called.append(argument)

    run(lambda: give(shape(callback)) and None)
    assert len(called) == 1


@every_shape
@every_callback
def test_a_callback_that_fails_ends_the_run(give, shape):
    error = BoomError()

    async def callback(argument):
        await asyncio.sleep(0)
        raise error

    with pytest.raises(BoomError) as caught:
        run(lambda: give(shape(callback)) and None)
    assert caught.value is error


@every_callback
def test_a_callback_that_fails_is_told_to_the_loops_exception_handler(give):
    error = BoomError()
    told = []

    async def callback(argument):
        raise error

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: told.append(context["exception"]))
        give(callback)
        await asyncio.sleep(0.01)

    asyncio.run(main())
    assert told == [error]


def test_a_callback_that_is_a_coroutine_function_needs_a_loop():
    channel = Channel(1)
    with pytest.raises(NoRunningLoopError):
        channel.put_callback("x", double)


# -- functions that are called for their answer ---------------------------------------------------

ASKED = {
    "map": transforms.map,
    "filter": transforms.filter,
    "remove": transforms.remove,
    "keep": transforms.keep,
    "map_indexed": transforms.map_indexed,
    "mapcat": transforms.mapcat,
    "take_while": transforms.take_while,
    "drop_while": transforms.drop_while,
    "partition_by": transforms.partition_by,
    "reduce": lambda function: reduce(function, 0, Channel()),
    "transduce": lambda function: transduce(transforms.map(str), function, 0, Channel()),
    "split": lambda function: split(function, Channel()),
    "map of channels": lambda function: map_channels(function, [Channel()]),
    "pub": lambda function: pub(Channel(), function),
    "a transform": lambda function: Channel(1, function),
    "a transform of several": lambda function: transforms.compose(transforms.map(str), function),
    "a pipeline's transform": lambda function: pipeline(1, Channel(), function, Channel()),
    "a blocking pipeline's": lambda function: pipeline_blocking(1, Channel(), function, Channel()),
}


@every_coroutine_function
@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_a_coroutine_function_asked_for_an_answer_is_refused(asked, function):
    async def main():
        with pytest.raises(InvalidArgTypeError, match=r"coroutine function.*pipeline_async"):
            asked(function)

    asyncio.run(main())


HANDLED = {
    "a channel": lambda handler: Channel(1, transforms.map(str), handler),
    "a channel without a transform": lambda handler: Channel(1, None, handler),
    "pipeline": lambda handler: pipeline(
        1, Channel(), transforms.map(str), Channel(), True, handler
    ),
    "pipeline_blocking": lambda handler: pipeline_blocking(
        1, Channel(), transforms.map(str), Channel(), True, handler
    ),
}


@every_coroutine_function
@pytest.mark.parametrize("give", HANDLED.values(), ids=HANDLED)
def test_an_ex_handler_that_is_a_coroutine_function_is_refused(give, function):
    async def main():
        with pytest.raises(InvalidArgTypeError, match=r"ex_handler.*coroutine function.*go"):
            give(function)

    asyncio.run(main())


@every_coroutine_function
def test_other_functions_that_are_coroutine_functions_are_refused(function):
    async def main():
        with pytest.raises(InvalidArgTypeError, match="go"):
            thread(function)
        with pytest.raises(InvalidArgTypeError, match="buffer_function"):
            pub(Channel(), str, function)

    asyncio.run(main())


def test_a_function_that_runs_the_coroutine_it_wraps_is_a_plain_one():
    @functools.wraps(double)
    def doubled(value):
        return asyncio.run(double(value))

    channel = Channel(1, transforms.map(doubled))
    channel.offer(4)
    assert channel.poll() == 8


@pytest.mark.parametrize("name", ["map", "filter", "keep", "mapcat", "take_while", "partition_by"])
def test_a_coroutine_that_comes_of_a_function_is_an_error_of_the_transform(name):
    errors = []
    make = getattr(transforms, name)
    channel = Channel(1, make(lambda value: double(value)), errors.append)
    channel.offer(1)
    channel.close()
    assert [type(error) for error in errors] == [InvalidReturnValueError]
    assert "pipeline_async" in str(errors[0])
    assert channel.poll() is None


def test_a_coroutine_that_comes_of_an_ex_handler_is_reported():
    async def main():
        channel = Channel(1, transforms.map(int), lambda error: double(1))
        await channel.put("no number")

    with pytest.raises(InvalidReturnValueError, match="ex_handler"):
        run(main)


def test_a_coroutine_that_comes_of_a_transform_is_refused():
    with pytest.raises(InvalidReturnValueError):
        Channel(1, lambda values: double(values))


def test_a_coroutine_that_comes_of_a_reducing_function_is_reported():
    async def main():
        channel = with_one(1)
        channel.close()
        assert await reduce(lambda total, value: double(value), 0, channel).take() is None

    with pytest.raises(InvalidReturnValueError):
        run(main)


def test_plain_functions_are_called_as_before():
    async def main():
        channel = with_one(1)
        assert await reduce(lambda total, value: Reduced(5), 0, channel).take() == 5

    run(main)


def test_what_to_use_instead_of_a_coroutine_transducer():
    async def main():
        source, out = Channel(3), Channel(3)
        for n in (1, 2, 3):
            source.offer(n)
        source.close()

        async def work(value, result):
            await result.put(await double(value))
            result.close()

        pipeline_async(1, out, work, source)
        return [value async for value in out]

    assert run(main) == [2, 4, 6]


async def wait_for_a_cancelled_future() -> None:
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


@pytest.mark.skipif(
    not hasattr(asyncio.Task, "cancelling"), reason="Python does not tell before 3.11"
)
def test_a_process_that_is_cancelled_by_what_it_waits_for_has_failed() -> None:
    async def main() -> None:
        await go(wait_for_a_cancelled_future()).take()

    with pytest.raises(AbortError, match="nobody asked") as caught:
        run(main)
    assert isinstance(caught.value.__cause__, asyncio.CancelledError)


def test_a_process_that_somebody_cancels_has_not_failed() -> None:
    async def main() -> str:
        result = go(asyncio.sleep(10))
        await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        return f"closed: {await result.take()}"

    assert run(main) == "closed: None"
