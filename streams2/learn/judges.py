"""Who judges which exercise: one function each, with the scenes that it plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Callable, NamedTuple

from ..streams.writable import Writable
from ..trace import Trace, record
from . import desk as desks
from . import judging
from .blocking import Ledger, OpenBucket, OpenTap
from .broker import Broker
from .clock import StandingLoop, TooLong
from .judging import at, summary
from .programs import Program, named
from .stage import MARK, SONG
from .watching import Scene, Seen, play

__all__ = ["JUDGES", "Judged"]

_ALL = sum(map(len, SONG))


class Judged(NamedTuple):
    """What a judge found.

    Attributes:
        passed: whether all is well.
        sentences: the faults; or what a good run came to.
        trace: the recording that they are about.
    """

    passed: bool
    sentences: Sequence[str]
    trace: Trace | None


Look = Callable[[Seen, str], "list[str]"]


def _judged(program: Program, scenes: Sequence[Scene], look: Look = judging.faults_of) -> Judged:
    """Play the scenes one after the other, up to the first that goes wrong."""
    cat = program.function(
        "cat", "source, *sinks" if len(scenes[-1].buckets) > 1 else "source, sink"
    )
    first = None
    for scene in scenes:
        seen = play(cat, scene, [program.file])
        faults = look(seen, program.file)
        if faults:
            return Judged(False, faults, seen.trace)
        first = first or seen
    assert first is not None
    return Judged(True, [summary(first)], first.trace)


# -- 1: blocking calls ----------------------------------------------------------------------------


def _files(program: Program) -> Judged:
    cat = program.function("cat")
    ledger, clock = Ledger(_ALL), StandingLoop()
    try:
        with record(code=[program.file], clock=clock.look) as trace:
            cat(OpenTap(SONG, ledger=ledger), OpenBucket(ledger=ledger))
    except TooLong:
        return Judged(False, [_circling(ledger)], trace)
    except BaseException as error:
        return Judged(False, [f"Your program failed: {named(error, program.file)}."], trace)
    finally:
        clock.close()
    faults = _faults_of_files(ledger)
    good = (
        f"All {_ALL} bytes came through, in {len(ledger.entries)} calls, and you never had more "
        f"than {ledger.peak.held if ledger.entries else 0} of them in hand."
    )
    return Judged(not faults, faults or [good], trace)


def _circling(ledger: Ledger) -> str:
    empty = sum(entry.size == 0 for entry in ledger.entries)
    if empty > 1:
        return f"Your program has no end: read() answered b'' {empty} times, and it read on."
    return "Your program has no end."


def _faults_of_files(ledger: Ledger) -> list[str]:
    song, faults = b"".join(SONG), []
    if not ledger.entries:
        return ["You neither read nor wrote anything."]
    if not song.startswith(ledger.got):
        return [_lost_from_files(ledger, song)]
    unread = next((entry for entry in ledger.entries if entry.held < 0), None)
    if unread is not None:
        number = ledger.entries.index(unread) + 1
        return [f"With call {number} you wrote {-unread.held} bytes that you had not read."]
    peak = ledger.peak
    if peak.held > MARK:
        number = ledger.entries.index(peak) + 1
        faults.append(
            f"You had {peak.held} of {MARK} bytes in hand after call {number} "
            f"({peak.seconds * 1000:.0f} ms): you read on before you had written what you had."
            if number > 1
            else f"You had {peak.held} of {MARK} bytes in hand after the first call: "
            "you read all there is."
        )
    if ledger.got != song:
        faults.append(_lost_from_files(ledger, song))
    return faults


def _lost_from_files(ledger: Ledger, song: bytes) -> str:
    got = ledger.got
    if song.startswith(got):
        calls = len(ledger.entries)
        return f"The sink got {len(got)} of {len(song)} bytes: you stopped after {calls} calls."
    same = next(n for n in range(len(got)) if got[: n + 1] != song[: n + 1])
    return (
        f"The sink got something else than the source gave, from byte {same} on: "
        f"{got[same : same + 12]!r} and not {song[same : same + 12]!r}."
    )


# -- 2 to 5: streams ------------------------------------------------------------------------------

_ONE = Scene()
_TWO = Scene(buckets=(("fast", 0.001), ("slow", 0.006)))
_ONE_LEAVES = replace(_TWO, buckets=(("first", 0.002), ("second", 0.006)), leaves=0.02)


def _one_word(program: Program) -> Judged:
    def look(seen: Seen, file: str) -> list[str]:
        faults = judging.faults_of(seen, file)
        return faults or [fault for fault in [judging.crowded(seen)] if fault]

    return _judged(program, [_ONE], look)


def _two_sinks(program: Program) -> Judged:
    three = (*_TWO.buckets, ("slower", 0.009))
    slow_first = replace(_TWO, buckets=_TWO.buckets[::-1])
    return _judged(program, [_TWO, _ONE, slow_first, replace(_TWO, buckets=three)])


def _a_sink_leaves(program: Program) -> Judged:
    leaving = [replace(_ONE_LEAVES, leaves=seconds) for seconds in (0.004, 0.02, 0.0225)]
    among_three = replace(
        _ONE_LEAVES, buckets=(("first", 0.009), ("second", 0.002), ("third", 0.006))
    )
    return _judged(program, [_ONE, _TWO, *leaving, among_three])


def _through_a_channel(program: Program) -> Judged:
    def look(seen: Seen, file: str) -> list[str]:
        faults = judging.faults_of(seen, file)
        return faults or [fault for fault in [judging.beside_channels(seen)] if fault]

    return _judged(program, [_ONE, Scene(tap_seconds=0.004, buckets=(("sink", 0.001),))], look)


# -- 6: failures ----------------------------------------------------------------------------------

_FAILING = (
    Scene(bucket_fails_after=4),
    Scene(tap_fails_after=4),
    Scene(bucket_fails_after=0),
    Scene(cancelled=0.02),
)


def _whatever_happens(program: Program) -> Judged:
    def look(seen: Seen, file: str) -> list[str]:
        if seen.scene == _ONE:
            return judging.faults_of(seen, file)
        return _faults_of_failing(seen, file)

    return _judged(program, [_ONE, *_FAILING], look)


def _faults_of_failing(seen: Seen, file: str) -> list[str]:
    scene, through = seen.scene, len(seen.got[0])
    step = at(seen.steps[-1])
    if seen.endless:
        return [str(judging.endless(seen))]
    if scene.cancelled is not None:
        what = f"The caller cancelled cat after {scene.cancelled * 1000:.0f} ms"
        if not seen.returned and seen.raised is None:
            return [f"{what}, and it went on: it still waits at {step}."]
        if seen.raised is None and not seen.heeded:
            return [f"{what}, and it went on until all was copied, as if nobody had said anything."]
        return _left_open(seen, what)
    what = "The tap broke" if scene.bucket_fails_after is None else "The bucket broke"
    what += f", with {through} of {_ALL} bytes through"
    if isinstance(seen.unheard, OSError) and seen.unheard is not seen.raised:
        return [f"{what}, and nobody listened for its error: that ends the whole program."]
    if seen.error is not None and not isinstance(seen.error, OSError):
        return [f"{what}. Your program failed with another error: {named(seen.error, file)}."]
    if seen.raised is None:
        if seen.returned:
            return [f"{what}, and cat returned as if all were well."]
        return [f"{what}, and cat still waits at {step}: nobody told it.", *_left_open(seen, what)]
    return _left_open(seen, what)


def _left_open(seen: Seen, what: str) -> list[str]:
    names = ["source", *(name for name, _ in seen.scene.buckets)]
    left = [name for name, closed in zip(names, seen.closed) if not closed]
    return [f"{what}, and you left {name} open." for name in left]


# -- 7: overload ----------------------------------------------------------------------------------

_VISITORS = 60
_ROOM = 8
_FEWEST = 12


def _under_load(program: Program) -> Judged:
    serve = program.function("serve", "visitors, machine")
    desk = desks.play_desk(serve, _VISITORS, [program.file])
    faults = _faults_at_the_desk(desk, program.file)
    return Judged(not faults, faults or [str(desk).replace("\n", " ")], desk.trace)


def _faults_at_the_desk(desk: desks.Desk, file: str) -> list[str]:
    faults: list[str] = []
    if desk.error is not None and not isinstance(desk.error, TooLong):
        faults.append(f"Your program failed: {named(desk.error, file)}.")
    elif desk.endless:
        faults.append("Your program has no end.")
    untold = [visitor for visitor in desk.visitors if not visitor.outcome]
    if untold:
        faults.append(f"{len(untold)} visitors never learnt what became of their word.")
    seconds, crowd = desk.crowd
    if crowd > _ROOM:
        faults.append(
            f"There were {crowd} visitors inside at {seconds * 1000:.0f} ms, and there is room for "
            f"{_ROOM}: you took in whom you could not serve."
        )
    patience = round(desks.PATIENCE * 1000)
    away = desk.how_many("went away")
    if away:
        faults.append(
            f"{away} visitors stood at the door for {patience} ms and went away without a word: "
            "take them in, and refuse those who are too many."
        )
    waited = [one for one in desk.visitors if one.outcome and one.wait > desks.PATIENCE + 1e-9]
    if waited:
        longest = max(waited, key=lambda visitor: visitor.wait)
        faults.append(
            f"{len(waited)} visitors waited for more than {patience} ms, the longest "
            f"{longest.wait * 1000:.0f} ms, to be {longest.outcome}: say no at the door, at once."
        )
    wrong = [one for one in desk.visitors if one.outcome == "answered" and one.copy != one.word]
    if wrong:
        faults.append(f"A visitor gave {wrong[0].word!r}, and got {wrong[0].copy!r}.")
    answered = desk.how_many("answered")
    if answered < _FEWEST and not faults:
        faults.append(
            f"Only {answered} of {len(desk.visitors)} visitors were answered, and the machine "
            f"could serve {_FEWEST} at least: you refuse whom you could serve."
        )
    return faults


# -- 8: a broker ----------------------------------------------------------------------------------


def _from_a_broker(program: Program) -> Judged:
    consume = program.function("consume", "broker, sink")
    good: Seen | None = None
    brokers: list[Broker] = []

    def cat(_: object, sink: Writable[bytes]) -> object:
        brokers.append(Broker())
        return consume(brokers[-1], sink)

    for scene in (_ONE, Scene(bucket_fails_after=6)):
        seen = play(cat, scene, [program.file])
        faults = _faults_at_the_broker(seen, brokers[-1], program.file)
        if faults:
            return Judged(False, faults, seen.trace)
        good = good or seen
    assert good is not None
    most = max(step.levels.get("sink", 0) for step in good.steps)
    said = (
        f"All {len(SONG)} messages came through, the sink never held more than {most} of {MARK} "
        "bytes, and what did not come through when it broke is still with the broker."
    )
    return Judged(True, [said], good.trace)


def _faults_at_the_broker(seen: Seen, broker: Broker, file: str) -> list[str]:
    breaks = seen.scene.bucket_fails_after is not None
    faults = [judging.overfull(seen), judging.endless(seen)]
    if seen.error is not None and not (breaks and isinstance(seen.error, OSError)):
        faults.append(judging.failed(seen, file))
    song, got = b"".join(SONG), seen.got[0]
    acked = b"".join(message.body for message in broker.sent if message.acknowledged)
    if breaks and len(acked) > len(got):
        words = sum(message.acknowledged for message in broker.sent)
        through = seen.scene.bucket_fails_after
        faults.append(
            f"The sink broke after {through} messages, and {words} were acknowledged: "
            f"{words - (through or 0)} are lost, for the broker has forgotten them."
        )
    if not breaks and not any(faults):
        if not broker.sent:
            faults.append("You never asked the broker for anything.")
        elif got != song and song.startswith(got) and broker.kept:
            faults.append(
                f"{len(broker.sent)} of {len(SONG)} messages were sent, and {len(broker.kept)} are "
                "not acknowledged: the broker waits for that before it sends more."
            )
        elif got != song:
            faults.append(judging.missing(seen))
        elif broker.kept:
            faults.append(
                f"All is through, and {len(broker.kept)} messages are not acknowledged: "
                "the broker will send them again."
            )
    return [fault for fault in faults if fault]


# -- 9: a budget ----------------------------------------------------------------------------------


def _through_a_budget(program: Program) -> Judged:
    def look(seen: Seen, file: str) -> list[str]:
        # What is in the budget is in no variable: that is where it may be.
        held = judging.hoarding(seen)
        return [fault for fault in judging.faults_of(seen, file) if fault != held]

    return _judged(program, [_ONE, Scene(tap_seconds=0.004, buckets=(("sink", 0.001),))], look)


JUDGES: tuple[Callable[[Program], Judged], ...] = (
    _files,
    _one_word,
    _two_sinks,
    _a_sink_leaves,
    _through_a_channel,
    _whatever_happens,
    _under_load,
    _from_a_broker,
    _through_a_budget,
)
"""By the number of the exercise, from 1."""
