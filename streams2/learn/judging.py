"""What is wrong with a run, in sentences with figures from its recording.

Each function looks for one fault, and answers a sentence that names it, or None. `faults_of` asks
them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from ..trace import Event
from .programs import named, place_of
from .stage import LARGEST
from .watching import Seen, Step

__all__ = [
    "allowed",
    "beside_channels",
    "crowded",
    "endless",
    "failed",
    "faults_of",
    "hoarding",
    "missing",
    "overfull",
    "summary",
]

Fault = Optional[str]


def allowed(mark: int) -> int:
    """How many bytes one side may hold: what is below its mark takes another chunk."""
    return mark - 1 + LARGEST


def faults_of(seen: Seen, file: str) -> list[str]:
    """All that is wrong with a copy that should have come to a good end."""
    circle = endless(seen)
    if circle is not None:
        return [circle]
    found = [overfull(seen), hoarding(seen), failed(seen, file)]
    if found[-1] is None:
        found += [missing(seen), _unended(seen), _waiting(seen)]
    return [fault for fault in found if fault]


def at(step: Step) -> str:
    """Which step, in words."""
    return f"step {step.number} ({step.seconds * 1000:.0f} ms)"


def sink_called(name: str) -> str:
    """A sink, in words."""
    return name if name == "sink" else f"{name} sink"


def by(event: Event | None) -> str:
    """Who made a call, in words."""
    return "you" if event is None or event.line is None else f"line {event.line}"


# -- too much -------------------------------------------------------------------------------------


def overfull(seen: Seen) -> Fault:
    """A sink that held more than its mark and a chunk."""
    for name, _seconds in seen.scene.buckets:
        mark = seen.scene.mark
        worst = max(seen.steps, key=lambda step: step.levels.get(name, 0))
        level = worst.levels.get(name, 0)
        if level > allowed(mark):
            called, cause = sink_called(name), _after_false(seen, name)
            why = f"{by(cause)} wrote after False" if cause else "too much in one piece"
            return f"Your {called} held {level} of {mark} bytes at {at(worst)}: {why}."
    return None


def _after_false(seen: Seen, sink: str) -> Event | None:
    """The first write to `sink` while it owed a 'drain'."""
    refused = False
    for event in seen.events:
        if event.owner != sink:
            continue
        if event.name == "write" and event.kind == "call" and refused:
            return event
        if event.name == "write" and event.kind == "answer":
            refused = event.value == "False"
        elif event.name == "drain":
            refused = False
    return None


def hoarding(seen: Seen) -> Fault:
    """More than tap and bucket may hold, and not in a bucket: in a channel, or in a variable."""
    kinds = {subject.name: subject.kind for subject in seen.trace.subjects}
    # Through a channel, one word waits in it, one to be put into it, and one to be written.
    bound = 2 * allowed(seen.scene.mark) + 3 * LARGEST * ("channel" in kinds.values())
    peak = seen.peak
    # What was dropped is held by nobody: that is another fault.
    dropped = not b"".join(seen.scene.chunks).startswith(seen.got[0])
    if peak.held <= bound or len(seen.scene.buckets) > 1 or dropped or overfull(seen):
        return None
    ends = {"source", *(name for name, _ in seen.scene.buckets)}
    for name, level in peak.levels.items():
        if name not in ends and kinds[name] == "channel" and level > 1:
            return (
                f"Your pipe held {peak.held} of {2 * seen.scene.mark} bytes at {at(peak)}: "
                f"{level} words waited at the channel {name}."
            )
    elsewhere = peak.held - sum(peak.levels.get(name, 0) for name in ends)
    return (
        f"Your pipe held {peak.held} of {2 * seen.scene.mark} bytes at {at(peak)}: "
        f"{elsewhere} of them neither in the tap nor in the bucket, but in a variable of yours."
    )


def crowded(seen: Seen) -> Fault:
    """A sink that held more than one chunk at a time."""
    for event in seen.events:
        words = sum(len(level.chunks) for level in event.holds if level.side == "writable")
        if words > 1:
            step = seen.step_of(event)
            return (
                f"Your {sink_called(event.owner)} held {words} words at {at(step)}: "
                "write the next one when the one before is through."
            )
    return None


def beside_channels(seen: Seen) -> Fault:
    """Words that went through no channel."""
    channels = {one.name for one in seen.trace.subjects if one.kind == "channel"}
    if not channels:
        return "There is no channel in it: let the words go through one."
    given = {event.chunk for event in seen.events if event.owner == "source" and event.chunk}
    crossed = {event.chunk for event in seen.events if event.owner in channels and event.chunk}
    beside = sum(number not in crossed for number in given)
    if beside:
        return f"{beside} of {len(given)} words went through no channel: put all of them into one."
    return None


# -- no good end ----------------------------------------------------------------------------------


def failed(seen: Seen, file: str) -> Fault:
    """An error, or an exit."""
    if seen.error is None:
        return None
    if isinstance(seen.error, SystemExit):
        line = place_of(seen.error, file)
        place = "" if line is None else f" in line {line}"
        return f"Your program left{place}, before the copy was done."
    return f"Your program failed: {named(seen.error, file)}."


def endless(seen: Seen) -> Fault:
    """It had to be stopped."""
    if not seen.endless:
        return None
    lines = [event.line for event in seen.events if event.kind == "line"]
    place = f": it was in line {lines[-1]} when it was stopped" if lines else ""
    return f"Your program has no end{place}."


def missing(seen: Seen) -> Fault:
    """A sink that stayed, and did not get what the tap gave."""
    song = b"".join(seen.scene.chunks)
    for (name, _), got in zip(_staying(seen), seen.got):
        if got == song:
            continue
        if song.startswith(got):
            return (
                f"Your {sink_called(name)} got {len(got)} of {len(song)} bytes, and then nothing "
                f"more came: {_why(seen)}."
            )
        same = next(n for n in range(len(song) + 1) if got[: n + 1] != song[: n + 1])
        return (
            f"Your {sink_called(name)} got something else than the tap gave, from byte {same} on: "
            f"{_cut(got[same:])} and not {_cut(song[same:])}."
        )
    return None


def _staying(seen: Seen) -> Sequence[tuple[str, float]]:
    """The buckets that nobody takes away."""
    return seen.scene.buckets if seen.scene.leaves is None else seen.scene.buckets[:-1]


def _cut(data: bytes) -> str:
    return repr(data[:12].decode("utf-8", "replace")) if data else "nothing"


def _why(seen: Seen) -> str:
    last = seen.steps[-1]
    if seen.tap_paused:
        return f"the source is paused since {at(_since(seen, 'pause'))}, and nobody resumes it"
    listened = any(event.owner == "source" and event.name == "data" for event in seen.events)
    if not listened and not any(event.kind == "written" for event in seen.events):
        return "nobody ever read from the source"
    if not seen.returned:
        return f"your coroutine still waits, at {at(last)}"
    return f"that was {at(last)}"


def _since(seen: Seen, name: str) -> Step:
    told = [one for one in seen.events if one.owner == "source" and one.name == name]
    return seen.step_of(told[-1]) if told else seen.steps[-1]


def _unended(seen: Seen) -> Fault:
    for (name, _), got, finished in zip(_staying(seen), seen.got, seen.finished):
        if got == b"".join(seen.scene.chunks) and not finished:
            return (
                f"Your {sink_called(name)} got everything, and was never told that this is all: "
                f"nobody called {name}.end()."
            )
    return None


def _waiting(seen: Seen) -> Fault:
    if not seen.returned and all(seen.finished):
        return "All is through, and your coroutine waits for something that will never come."
    return None


# -- all well -------------------------------------------------------------------------------------


def summary(seen: Seen) -> str:
    """What a good run comes to."""
    song = sum(map(len, seen.scene.chunks))
    parts = []
    for name, _ in seen.scene.buckets:
        most = max(step.levels.get(name, 0) for step in seen.steps)
        parts.append(f"your {sink_called(name)} never held more than {most} of {seen.scene.mark}")
    return (
        f"All {song} bytes came through in {seen.seconds * 1000:.0f} ms; at most "
        f"{seen.peak.held} of them were on the way at once, and {', '.join(parts)}."
    )
