"""Whatever is done to the two sides of a bridge, and whenever: nothing hangs, hides or is lost."""

from __future__ import annotations

import asyncio
from typing import Any, Callable

from hypothesis import given
from hypothesis import strategies as st

from streams2 import Readable, Writable, next_tick, promises
from streams2.bridge import (
    channel_from_readable,
    channel_from_writable,
    readable_from_channel,
    writable_from_channel,
)
from streams2.channel import Channel, go

from .support import BoomError
from .twins import later, turn

SPEEDS: dict[str, Callable[..., object]] = {
    "at once": lambda call, *args: call(*args),
    "in a tick": next_tick,
    "in a turn": later,
}
SPEED = st.sampled_from(sorted(SPEEDS))
MARK = st.integers(1, 3)


async def rest() -> None:
    """Wait for longer than anything in here takes by itself."""
    for _ in range(60):
        await turn()


class Numbers(Readable[int]):
    """Gives ``0, 1, ..., count - 1``, and then comes to its end, if to any."""

    def __init__(self, count: int, end: str, speed: str, **options: Any) -> None:
        super().__init__(object_mode=True, **options)
        self.count, self.end_comes, self.speed = count, end, SPEEDS[speed]
        self.given = 0

    def _read(self, size: int) -> None:
        self.speed(self.give)

    def give(self) -> None:
        if self.destroyed:
            return
        if self.given < self.count:
            self.given += 1
            self.push(self.given - 1)
        elif self.end_comes == "well":
            self.push(None)
        elif self.end_comes == "badly":
            self.destroy(BoomError())


class Kept(Writable[Any]):
    """Keeps its chunks; fails at one, or never calls back for one."""

    def __init__(self, fails_at: int, sticks_at: int, speed: str, **options: Any) -> None:
        super().__init__(object_mode=True, **options)
        self.fails_at, self.sticks_at, self.speed = fails_at, sticks_at, SPEEDS[speed]
        self.got: list[Any] = []

    def _write(self, chunk: Any, encoding: Any, callback: Any) -> None:
        number = len(self.got)
        self.got.append(chunk)
        if number == self.fails_at:
            self.speed(callback, BoomError())
        elif number != self.sticks_at:
            self.speed(callback)

    @property
    def stuck(self) -> bool:
        return len(self.got) - 1 == self.sticks_at >= 0


class Scene:
    """Two streams and a channel, what was done to them, and what they said.

    Attributes:
        left: whether somebody interfered.
        told: the errors that the loop's exception handler was given.
        heard: those that a listener for ``'error'`` was.
        stolen: what another reader of the channel took.
    """

    def __init__(self, source: Any, channel: Channel[Any], sink: Any) -> None:
        self.source, self.channel, self.sink = source, channel, sink
        self.left = False
        self.told: list[BaseException] = []
        self.heard: list[BaseException] = []
        self.stolen: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _, report: self.told.append(report["exception"])
        )

    def listen(self) -> None:
        self.source.on("error", self.heard.append)
        self.sink.on("error", self.heard.append)

    async def play(self, script: list[tuple[int, str]]) -> None:
        for pause, deed in script:
            for _ in range(pause):
                await turn()
            DEEDS[deed](self)
            self.left = self.left or deed not in HARMLESS

    def whole(self, values: list[Any]) -> list[int]:
        """The numbers among what arrived, none of them twice."""
        numbers = [value for value in values if isinstance(value, int)]
        assert len(set(numbers)) == len(numbers)
        return numbers

    def check_that_all_is_over(self) -> None:
        assert self.source.destroyed or self.source.readable_ended
        assert self.channel.closed
        assert self.sink.destroyed or self.sink.writable_finished
        assert asyncio.all_tasks() == {asyncio.current_task()}

    def check_that_failures_are_told(self) -> None:
        assert len(set(map(id, self.told))) == len(self.told)
        for stream in (self.source, self.sink):
            error = stream.errored
            if isinstance(error, BoomError) and error not in (*self.told, *self.heard):
                # It went on, unless whom it would have gone to had left.
                assert error in self.stolen or self.left or self.sink.errored


DEEDS: dict[str, Callable[[Scene], object]] = {
    "nothing": id,
    "another reader": lambda scene: scene.channel.take_callback(scene.stolen.append),
    "destroy the source": lambda scene: scene.source.destroy(),
    "fail the source": lambda scene: scene.source.destroy(BoomError()),
    "destroy the sink": lambda scene: scene.sink.destroy(),
    "fail the sink": lambda scene: scene.sink.destroy(BoomError()),
    "end the sink": lambda scene: scene.sink.end(),
    "close the channel": lambda scene: scene.channel.close(),
    "fail the channel": lambda scene: scene.channel.close(BoomError()),
    "abandon the channel": lambda scene: scene.channel.abandon(),
    "put an exception": lambda scene: scene.channel.put_callback(BoomError()),
}
HARMLESS = ("nothing", "another reader")

SCRIPTS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from(sorted(DEEDS))), max_size=3)

ENDS = st.sampled_from(["well", "well", "badly", "never"])

SOURCES = st.builds(
    dict,
    count=st.integers(0, 8),
    end=ENDS,
    speed=SPEED,
    high_water_mark=MARK,
    auto_destroy=st.booleans(),
)

SINKS = st.builds(
    dict,
    fails_at=st.sampled_from([-1, -1, -1, 0, 2]),
    sticks_at=st.sampled_from([-1, -1, -1, 0, 3]),
    speed=SPEED,
    high_water_mark=MARK,
    auto_destroy=st.booleans(),
)


@given(source=SOURCES, sink=SINKS, size=st.integers(0, 3), script=SCRIPTS, heard=st.booleans())
def test_from_a_stream_through_a_channel_to_a_stream(source, sink, size, script, heard):
    async def main():
        scene = Scene(Numbers(**source), Channel(size), Kept(**sink))
        if heard:
            scene.listen()
        channel_from_readable(scene.source, scene.channel)
        writable_from_channel(scene.channel, scene.sink)
        await scene.play(script)
        await rest()
        if scene.sink.stuck or source["end"] == "never":
            # Of these nobody knows but their owner.
            scene.left = True
            scene.sink.destroy()
            await rest()
        scene.check_that_all_is_over()
        scene.check_that_failures_are_told()
        check_what_arrived(scene)

    asyncio.run(main())


def check_what_arrived(scene: Scene) -> None:
    written, taken = scene.whole(scene.sink.got), scene.whole(scene.stolen)
    assert written == sorted(written)
    arrived = scene.whole(written + taken)
    early = scene.left or scene.sink.errored is not None
    # None is lost before one that arrived; but while a sink left with one in hand, another reader
    # may have got the next.
    missed = set(range(max(arrived, default=-1))) - set(arrived)
    assert len(missed) <= (1 if taken and early else 0)
    if early:
        return
    # What looks whole is whole. (Who takes a failure in another's place may deal with it.)
    if not any(isinstance(value, BoomError) for value in scene.stolen):
        assert scene.sink.writable_finished is (scene.source.errored is None)
    # A stream that fails gives up what it has read ahead.
    assert len(arrived) == scene.source.count or scene.source.errored is not None
    assert not scene.told


@given(source=SOURCES, sink=SINKS, size=st.integers(0, 3), script=SCRIPTS)
def test_a_loop_that_ends_at_any_time_leaves_nothing_open(source, sink, size, script):
    scenes = []

    async def main():
        scene = Scene(Numbers(**source), Channel(size), Kept(**sink))
        scenes.append(scene)
        scene.listen()
        channel_from_readable(scene.source, scene.channel)
        writable_from_channel(scene.channel, scene.sink)
        await scene.play(script)

    asyncio.run(main())
    (scene,) = scenes
    assert scene.source.destroyed or scene.source.readable_ended
    assert scene.channel.closed
    assert scene.sink.destroyed or scene.sink.writable_ended
    assert all(isinstance(error, BoomError) for error in scene.told)


async def failure_of(piped, script):
    """What a pipeline failed with, if it did."""
    if not piped.done():
        # As in Node, a pipeline does not learn that its source was destroyed after the end of it
        # came, and before it was read.
        assert "destroy the source" in [deed for _, deed in script]
        piped.cancel()
        await rest()
    return None if piped.cancelled() else piped.exception()


@given(
    count=st.integers(0, 8),
    end=ENDS,
    sizes=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    marks=st.tuples(MARK, MARK),
    enough=st.sampled_from([None, None, None, 0, 1, 3]),
    script=SCRIPTS,
    side=st.sampled_from([0, 1]),
)
def test_from_a_channel_through_streams_to_a_channel(
    count, end, sizes, marks, enough, script, side
):
    """`side` is the channel that the script is about."""

    async def main():
        channels = first, last = Channel(sizes[0]), Channel(sizes[1])
        scene = Scene(
            readable_from_channel(first, high_water_mark=marks[0]),
            channels[side],
            channel_from_writable(last, high_water_mark=marks[1]),
        )
        got = []

        async def produce():
            for number in range(count):
                if not await first.put(number):
                    return
            if end != "never":
                first.close(None if end == "well" else BoomError())

        async def consume():
            while enough is None or len(got) < enough:
                value = await last.take()
                if value is None:
                    return
                got.append(value)
            scene.left = True
            last.abandon()

        go(produce())
        go(consume())
        piped = asyncio.ensure_future(promises.pipeline(scene.source, scene.sink))
        await turn()  # a pipeline refuses a sink that is destroyed already
        await scene.play(script)
        await rest()
        if end == "never":
            scene.left = True
            first.close()
            await rest()
        failure = await failure_of(piped, script)
        scene.check_that_all_is_over()
        assert first.closed
        assert last.closed
        assert not scene.told
        numbers = scene.whole(got)
        if not scene.stolen:
            assert numbers == list(range(len(numbers)))
        if not scene.left:
            arrived = scene.whole(got + scene.stolen)
            # A stream that fails gives up what it has read ahead.
            assert len(arrived) == count or end == "badly"
            # The failure comes out where it would have been taken, and ends the streams in between.
            failures = [value for value in got + scene.stolen if isinstance(value, BoomError)]
            assert len(failures) == (end == "badly")
            assert failure in (None, *failures)
            assert failure is not None or not set(failures) & set(got)

    asyncio.run(main())
