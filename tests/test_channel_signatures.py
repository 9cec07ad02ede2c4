"""A function that does not take what a channel gives it is named, with its place."""

from __future__ import annotations

import re

import pytest

from streams2 import run
from streams2.channel import Channel, promise_channel, pub, transforms
from streams2.errors import SignatureError


def too_few():
    pass


def too_many(one, two, three):
    pass


def place_of(function):
    code = function.__code__
    return rf"{function.__name__} \({re.escape(code.co_filename)}, line {code.co_firstlineno}\)"


def filled(*values):
    channel = Channel(5)
    for value in values:
        channel.offer(value)
    return channel


def put_that_waits(callback):
    channel = Channel()
    channel.put_callback(1, callback)
    channel.poll()


def take_that_waits(callback):
    channel = Channel()
    channel.take_callback(callback)
    channel.put_callback(1)


def promised(callback):
    promise = promise_channel()
    promise.offer(1)
    promise.take_callback(callback)


CALLS = {
    "put_callback": (lambda f: Channel(1).put_callback(1, f), "True"),
    "put_callback later": (lambda f: Channel(1).put_callback(1, f, on_caller=False), "True"),
    "put_callback that waits": (put_that_waits, "True"),
    "take_callback": (lambda f: filled("a").take_callback(f), "'a'"),
    "take_callback later": (lambda f: filled("a").take_callback(f, on_caller=False), "'a'"),
    "take_callback that waits": (take_that_waits, "1"),
    "take_callback of a promise": (
        promised,
        "1",
    ),
}


@pytest.mark.parametrize("function", [too_few, too_many])
@pytest.mark.parametrize("name", CALLS)
def test_a_callback_is_named(name, function):
    work, given = CALLS[name]
    takes = r"\(\)" if function is too_few else r"\(one, two, three\)"
    with pytest.raises(
        SignatureError,
        match=f"^The callback of a channel, {place_of(function)}, "
        f"is called with {given}, and it takes {takes}$",
    ):
        run(lambda: work(function) and None)


@pytest.mark.parametrize("closed_before", [False, True])
def test_what_waits_for_the_end_is_named(closed_before):
    def main():
        channel = Channel()
        if closed_before:
            channel.close()
        channel.when_closed(too_many)
        channel.close()

    with pytest.raises(
        SignatureError,
        match=f"{place_of(too_many)}, is called with nothing, and it takes",
    ):
        run(main)


def test_without_a_loop_it_is_raised_by_the_call():
    with pytest.raises(SignatureError, match=place_of(too_few)):
        Channel(1).put_callback(1, too_few)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (transforms.map, "function"),
        (transforms.filter, "predicate"),
        (transforms.mapcat, "function"),
    ],
)
def test_the_function_of_a_transform_is_named(make, name):
    said = f"^The function '{name}', {place_of(too_few)}, is called with 1, and it takes"
    with pytest.raises(SignatureError, match=said):
        run(lambda: Channel(1, make(too_few)).offer(1) and None)


def test_an_ex_handler_is_named():
    def fail(value):
        raise ValueError(value)

    said = rf"^The function 'ex_handler', {place_of(too_few)}, is called with ValueError\(1\)"
    with pytest.raises(SignatureError, match=said):
        run(lambda: Channel(1, transforms.map(fail), too_few).offer(1) and None)


def test_a_topic_function_is_named():
    def main():
        pub(filled("a"), too_few)

    with pytest.raises(SignatureError, match=f"'topic_function', {place_of(too_few)}"):
        run(main)


def test_a_type_error_of_its_own_is_left_alone():
    def fails(value):
        len(value)

    with pytest.raises(TypeError, match="has no len") as caught:
        run(lambda: Channel(1).put_callback(1, fails) and None)
    assert not isinstance(caught.value, SignatureError)
    with pytest.raises(TypeError, match="has no len") as caught:
        run(lambda: Channel(1, transforms.map(fails)).offer(1) and None)
    assert not isinstance(caught.value, SignatureError)
