"""Where a stream or a channel was made is known, and costs next to nothing."""

from __future__ import annotations

import asyncio
import inspect

import pytest

from streams2 import Duplex, PassThrough, Readable, Transform, Writable, run
from streams2.channel import Channel, go, timeout
from streams2.errors import places


def line():
    return inspect.currentframe().f_back.f_lineno


class Shout(Transform):
    def __init__(self, loud):
        self.loud = loud
        super().__init__()


class Louder(Shout):
    def __init__(self):
        super().__init__(True)


class App:
    def __init__(self):
        self.stream = Readable()
        self.line = line() - 1


def made_at(thing):
    return thing.made_at if isinstance(thing, Channel) else thing._life.made_at


@pytest.mark.parametrize("make", [Readable, Writable, Duplex, Transform, PassThrough, Channel])
@pytest.mark.parametrize("time", [1, 2])
def test_what_is_made_here(make, time):
    place = made_at(make())
    assert place == (__file__, line() - 1, "test_what_is_made_here")
    assert str(place).endswith(f"test_places.py:{place.line}")


def test_a_subclass_is_made_where_it_is_called():
    assert made_at(Shout(False)).line == line()
    assert made_at(Louder()).line == line()


def test_in_another_init_it_is_made_there():
    app = App()
    assert made_at(app.stream).line == app.line


def test_what_one_asks_us_to_make():
    async def main():
        assert made_at(Readable.from_([1])).line == line()
        assert made_at(Readable.from_([1]).map(str)).line == line()
        assert made_at(Shout.from_([1])).line == line()
        assert made_at(timeout(1)).line == line()

    run(main)


def test_what_the_loop_makes_is_nobodys():
    async def main():
        made = []
        asyncio.get_running_loop().call_soon(lambda: made.append(Channel()))

        async def process():
            made.append(PassThrough())

        await go(process()).take()
        return made

    for made in run(main):
        assert made_at(made).file == __file__

    async def internal():
        loop, made = asyncio.get_running_loop(), []
        loop.call_soon(_make_by_ours, made)
        while not made:
            await asyncio.sleep(0)
        return made[0]

    assert made_at(run(internal)) is None


def _make_by_ours(made):
    code = compile("def make(made, Channel):\n    made.append(Channel())", "<ours>", "exec")
    names = {"__name__": "streams2.somewhere"}
    exec(code, names)
    asyncio.get_running_loop().call_soon(names["make"], made, Channel)


def test_things_of_one_place_share_it():
    first, second = (made_at(Readable()) for _ in range(2))
    assert first is second


def test_no_more_places_are_kept_than_some():
    before = dict(places._places)
    for number in range(3):
        names = {"Channel": Channel, "__name__": "somebody"}
        exec(compile("\n" * number + "made = Channel()", "<a cell>", "exec"), names)
        assert names["made"].made_at == ("<a cell>", number + 1, "<module>")
    assert len(places._places) <= max(len(before) + 3, places._MOST)


@pytest.mark.parametrize("make", [Readable, Writable, Duplex, Transform, PassThrough, Channel])
def test_a_class_with_a_parameter_is_made_where_it_is_called(make):
    kind = make[bytes, bytes] if make in (Duplex, Transform) else make[bytes]
    made = kind()
    assert (made_at(made).file, made_at(made).line) == (__file__, line() - 1)
