"""Run a `cat` between a tap and a bucket, and see what happened.

>>> def cat(source, sink):
...     source.pipe(sink)
>>> seen = watch(cat, chunks=[b"one ", b"two ", b"three"], mark=6)
>>> seen.got
[b'one two three']
>>> print(seen)
ms  source  sink
 0       0     0  source is resumed
 1       0     4  sink.write('one ') answers True
 2       0     8  sink.write('two ') answers False
 2       0     8  source is paused
 5       5     4  'one ' is through
 9       5     0  'two ' is through
 9       5     0  sink drains
 9       5     0  source is resumed
 9       0     5  sink.write('three') answers True
 9       0     5  source has come to its end
13       0     0  'three' is through
13       0     0  sink has finished
The most that was held: 13 of 13 bytes, 3 ms after the start.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Callable, NamedTuple

from typing_extensions import TypedDict, Unpack

from ..trace import Chunk, Code, Event, Lane, Moment, Trace, page, record
from ..trace import moments as moments_of
from .clock import StandingLoop, TooLong
from .stage import MARK, SONG, Bucket, Tap
from .telling import aligned

__all__ = ["Scene", "Seen", "Step", "lane_of", "play", "steps_of", "table", "watch"]

Cat = Callable[..., object]


@dataclass(frozen=True)
class Scene:
    """Between what a program runs.

    Attributes:
        chunks: what the tap gives.
        mark: the high-water mark of tap and buckets, in bytes.
        buckets: for each bucket, its name and how many seconds it takes for a chunk.
        tap_seconds: how long the tap takes for a chunk.
        tap_fails_after, bucket_fails_after: how many chunks go well; None for all.
        leaves: how many seconds after the start the last bucket is taken away; None for never.
        cancelled: how many seconds after the start the program is cancelled; None for never.
    """

    chunks: Sequence[bytes] = SONG
    mark: int = MARK
    buckets: tuple[tuple[str, float], ...] = (("sink", 0.004),)
    tap_seconds: float = 0.001
    tap_fails_after: int | None = None
    bucket_fails_after: int | None = None
    leaves: float | None = None
    cancelled: float | None = None


class Step(NamedTuple):
    """What is held at one step of a recording: a moment of its page.

    Attributes:
        number: of the step, from 0.
        seconds: when.
        held: what was given and has not gone through, in bytes, wherever it is.
        levels: how much each stream and channel holds, by name.
        event: the number of the last event that belongs to it.
    """

    number: int
    seconds: float
    held: int
    levels: dict[str, int]
    event: int


@dataclass(frozen=True)
class Seen:
    """A run that is over.

    Attributes:
        scene: between what it ran.
        trace: the recording.
        got: for each bucket, what went through.
        finished: for each bucket, whether it was ended and all went through.
        closed: for the tap and each bucket, whether it was destroyed, or came to its own end.
        tap_paused: whether the tap was paused when all was over.
        returned: whether the program came to its end: always, unless it is a coroutine function.
        heeded: whether it came to its end by being cancelled.
        raised: what the program raised; None for nothing.
        unheard: what nobody caught: an error that a stream emitted to no listener, say.
        endless: whether it was stopped because there was no end to it.
        seconds: how long it took.
    """

    scene: Scene
    trace: Trace
    got: list[bytes]
    finished: list[bool]
    closed: list[bool]
    tap_paused: bool
    returned: bool
    heeded: bool
    raised: BaseException | None
    unheard: BaseException | None
    endless: bool
    seconds: float

    @cached_property
    def events(self) -> list[Event]:
        """All that happened, in order."""
        return self.trace.events

    @cached_property
    def steps(self) -> list[Step]:
        """What is held at each step of the recording."""
        return steps_of(self.trace, len(self.got))

    @property
    def error(self) -> BaseException | None:
        """What went wrong, whoever heard of it."""
        return self.raised or self.unheard

    @property
    def peak(self) -> Step:
        """The first of the steps at which the most was held."""
        return max(self.steps, key=lambda step: step.held)

    def step_of(self, event: Event) -> Step:
        """The step of the page that is about an event, or the last before it."""
        return next((step for step in self.steps if step.event >= event.number), self.steps[-1])

    def to_html(self, path: str, title: str = "A recording") -> None:
        """Write a page to step through it.

        Args:
            path: where to write it.
            title: the page's title.

        Raises:
            OSError: it cannot be written.
        """
        with open(path, "w", encoding="utf-8") as file:
            file.write(page(title, [lane_of(self.trace)]))

    def __str__(self) -> str:
        return table(self)


def lane_of(trace: Trace, name: str = "recording", model: str = "") -> Lane:
    """A recording, as the page shows it."""
    return Lane(name, model, "", trace.events, trace.chunks, trace.subjects, trace.sources)


def steps_of(trace: Trace, sinks: int = 1) -> list[Step]:
    """What is held at each step of a recording.

    Args:
        trace: the recording.
        sinks: how many there are. What several sinks hold of the same chunk counts several times.
    """
    steps = []
    for number, moment in enumerate(moments_of(lane_of(trace))):
        levels = _levels(moment)
        held = moment.counters.buffered_bytes if sinks == 1 else sum(levels.values())
        steps.append(Step(number, moment.seconds, held, levels, moment.event))
    return steps


def _levels(moment: Moment) -> dict[str, int]:
    levels: dict[str, int] = {}
    for key, (length, _, _) in moment.levels.items():
        owner, side = key.split("|")
        if side != "taking":
            levels[owner] = levels.get(owner, 0) + length
    return levels


# -- one run --------------------------------------------------------------------------------------


class Options(TypedDict, total=False):
    """As of `Scene`."""

    chunks: Sequence[bytes]
    mark: int
    buckets: tuple[tuple[str, float], ...]
    tap_seconds: float
    tap_fails_after: int | None
    bucket_fails_after: int | None
    leaves: float | None
    cancelled: float | None


def watch(cat: Cat, **options: Unpack[Options]) -> Seen:
    """Run ``cat(source, sink)`` between a tap and a bucket, on a clock that needs no waiting.

    Args:
        cat: a function, or a coroutine function, that copies a source to its sinks.
        options: as of `Scene`; by default, the song goes from a tap to one bucket.

    Raises:
        BaseException: what `cat` raised, or nobody caught.
    """
    seen = play(cat, Scene(**options), [cat])
    if seen.error is not None:
        raise seen.error
    return seen


def play(cat: Cat, scene: Scene, code: Iterable[Code]) -> Seen:
    """Run `cat` in a scene, and record it line by line where its lines are in `code`."""
    loop = StandingLoop()
    run = _Run(cat, scene, loop)
    try:
        names: dict[str, object] = {"source": run.tap, **run.by_name}
        with record(**names, code=code, clock=loop.look, most=None) as trace:
            run.go()
        return run.seen(trace)
    finally:
        run.tidy()


class _Run:
    def __init__(self, cat: Cat, scene: Scene, loop: StandingLoop) -> None:
        self.loop = loop
        self.scene = scene
        self._cat = cat
        self._begun: asyncio.Task[object] | None = None
        self._raised: BaseException | None = None
        self._returned = self._heeded = False
        self.tap = Tap(
            scene.chunks,
            seconds=scene.tap_seconds,
            mark=scene.mark,
            fails_after=scene.tap_fails_after,
        )
        self.by_name = {
            name: Bucket(seconds=seconds, mark=scene.mark, fails_after=scene.bucket_fails_after)
            for name, seconds in scene.buckets
        }
        self.buckets = list(self.by_name.values())

    def go(self) -> None:
        scene, loop = self.scene, self.loop
        if scene.leaves is not None:
            loop.call_later(scene.leaves, self.buckets[-1].destroy)
        if scene.cancelled is not None:
            loop.call_later(scene.cancelled, self._cancel)
        starting = loop.create_task(self._start())
        try:
            loop.run_until_quiet()
        except BaseException as error:
            self._raised = error
        if starting.done() and not starting.cancelled() and starting.exception():
            self._raised = self._raised or starting.exception()

    async def _start(self) -> None:
        going = self._cat(self.tap, *self.buckets)
        if inspect.isawaitable(going):
            self._begun = asyncio.ensure_future(going)
            try:
                await self._begun
            except asyncio.CancelledError:
                if self.scene.cancelled is None:
                    raise
                self._heeded = True
        self._returned = True

    def _cancel(self) -> None:
        if self._begun is not None:
            self._begun.cancel()

    def seen(self, trace: Trace) -> Seen:
        raised = None if isinstance(self._raised, TooLong) else self._raised
        unheard = [one for one in self.loop.failures if not isinstance(one, TooLong)]
        return Seen(
            scene=self.scene,
            trace=trace,
            got=[b"".join(bucket.got) for bucket in self.buckets],
            finished=[bucket.writable_finished for bucket in self.buckets],
            closed=[stream.destroyed for stream in (self.tap, *self.buckets)],
            tap_paused=self.tap.is_paused(),
            returned=self._returned,
            heeded=self._heeded,
            raised=raised,
            unheard=unheard[0] if unheard else None,
            endless=self.loop.endless,
            seconds=self.loop.time(),
        )

    def tidy(self) -> None:
        """Let go of everything, in a few turns: what will not go by then is left."""
        for stream in (self.tap, *self.buckets):
            stream.on("error", lambda _: None)
            self.loop.call_soon(stream.destroy)
        self.loop.let_go()


# -- in words -------------------------------------------------------------------------------------

_TOLD = {
    "pause": "is paused",
    "resume": "is resumed",
    "drain": "drains",
    "end": "has come to its end",
    "finish": "has finished",
    "error": "fails",
}


def table(seen: Seen) -> str:
    """What happened, a line each: when, how much each one held then, and what it was."""
    kinds = {subject.name: subject.kind for subject in seen.trace.subjects}
    wanted = ("readable", "channel", "writable")
    names = [name for kind in wanted for name in seen.steps[0].levels if kinds[name] == kind]
    levels = dict.fromkeys(names, 0)
    rows = [["ms", *names, ""]]
    calls: dict[str, Event] = {}
    for event in seen.events:
        if event.holds:
            levels[event.owner] = sum(one.length for one in event.holds if one.side != "taking")
        if event.kind == "call":
            calls[event.owner] = event
        text = _in_words(event, calls, seen.trace.chunks)
        if text:
            held = [str(levels[name]) for name in names]
            rows.append([f"{event.seconds * 1000:.0f}", *held, text])
    return f"{aligned(rows)}\n{_most(seen)}"


def _most(seen: Seen) -> str:
    held, total, at = seen.peak.held, sum(map(len, seen.scene.chunks)), seen.peak.seconds
    return f"The most that was held: {held} of {total} bytes, {at * 1000:.0f} ms after the start."


def _in_words(event: Event, calls: Mapping[str, Event], chunks: Sequence[Chunk]) -> str:
    def text(number: int | None) -> str:
        return repr(chunks[number - 1].preview) if number else ""

    owner, name = event.owner, event.name
    if event.kind == "written":
        return f"{text(event.chunk)} is through"
    if event.kind == "emit":
        return f"{owner} {_TOLD[name]}" if name in _TOLD else ""
    if event.kind == "answer" and name == "write":
        return f"{owner}.write({text(calls[owner].chunk)}) answers {event.value}"
    if event.kind == "wait":
        return f"{owner}.{name}({text(event.chunk)}) has to wait"
    if event.kind == "answer" and name == "take" and event.chunk:
        return f"{owner}.take() answers {text(event.chunk)}"
    return ""
