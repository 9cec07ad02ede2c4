"""Counts which operations met a stream in which state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from streams2.core.life import CONSTRUCTING

#: What all streams have in common: `destroyed` is what _destroy still has to do with.
_LIFE = ("constructing", "destroyed", "closed", "errored")
READING_STATES = (
    "initial",
    "initial with data",
    "flowing",
    "flowing with data",
    "paused",
    "paused with data",
    "ended",
    *_LIFE,
)
WRITING_STATES = ("idle", "busy", "full", "corked", "ending", "finished", *_LIFE)

_READING = ["push", "unshift", "read", "readAll", "pause", "resume", "setEncoding"]
_READING += ["pipe", "unpipe", "pipeline from"]
_WRITING = ["write", "end", "cork", "uncork", "setDefaultEncoding"]
_WRITING += ["pipe into", "pipeline into"]
_LIVING = ["destroy", "destroyEarly", "addAbortSignal", "finished", "implement", "emit"]
_LIVING += ["on", "once", "prepend", "prependOnce", "off", "removeAllListeners"]

#: The states each verb can meet.
STATES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_READING, READING_STATES),
    **dict.fromkeys(_WRITING, WRITING_STATES),
    **dict.fromkeys(_LIVING, tuple(dict.fromkeys(READING_STATES + WRITING_STATES))),
}


class Coverage:
    """How often each verb of the language met each state."""

    def __init__(self) -> None:
        self.met: Counter[tuple[str, str]] = Counter()

    def note(self, verb: str, stream: Any) -> None:
        """Count one operation on a stream that is in the state it is in now."""
        for state in _states(stream):
            if state in STATES.get(verb, ()):
                self.met[verb, state] += 1

    def add(self, other: Coverage) -> None:
        self.met.update(other.met)

    def missing(self) -> list[tuple[str, str]]:
        """Pairs that were never met."""
        return [
            (verb, state)
            for verb, states in STATES.items()
            for state in states
            if not self.met[verb, state]
        ]

    def __str__(self) -> str:
        lines = ["operation           states met   fewest"]
        for verb, states in STATES.items():
            counts = {state: self.met[verb, state] for state in states}
            met = sum(count > 0 for count in counts.values())
            rarest = min(counts, key=lambda state: counts[state])
            lines.append(f"{verb:<20}{met:>4}/{len(states):<8}{counts[rarest]:>7} {rarest}")
        total = sum(map(len, STATES.values()))
        lines.append(f"{'all':<20}{total - len(self.missing()):>4}/{total}")
        return "\n".join(lines)


def _states(stream: Any) -> Iterator[str]:
    if stream.destroyed:
        # One that failed is not asked what else it is.
        gone = "closed" if stream.closed else "destroyed"
        yield gone if stream.errored is None else "errored"
        return
    if stream._life.machine.state is CONSTRUCTING:
        yield "constructing"
        return
    if hasattr(stream, "readable_flowing"):
        yield _reading_state(stream)
    if hasattr(stream, "writable_length"):
        yield _writing_state(stream)


def _reading_state(stream: Any) -> str:
    if stream.readable_ended:
        return "ended"
    flowing = {None: "initial", True: "flowing", False: "paused"}[stream.readable_flowing]
    return f"{flowing} with data" if stream.readable_length else flowing


def _writing_state(stream: Any) -> str:
    if stream.writable_ended:
        return "finished" if stream.writable_finished else "ending"
    if stream.writable_corked:
        return "corked"
    if stream.writable_need_drain:
        return "full"
    return "busy" if stream.writable_length else "idle"
