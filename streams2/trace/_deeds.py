"""What two recordings can be compared by: what streams do, without what only one language has.

A deed is an event, the states its stream is in, and what tells it from others. Lines of code, tasks
and the steps in between are left out, and an error is its code, or its message if it has none.
"""

from __future__ import annotations

import errno
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from .. import errors
from ._events import Chunk, Event, Subject
from ._trace import Trace
from ._words import given

__all__ = ["Deed", "Deeds", "deeds_of", "error_codes", "loosely"]

_COMPARED = frozenset(["call", "answer", "error", "emit", "written", "wait"])
_KINDS = frozenset(["readable", "writable", "duplex", "other", "channel"])
_BEGIN = {"lifecycle": "open", "flow": "idle", "supply": "supplying", "demand": "accepting"}
# Node does not tell these two apart.
_SAME_STATE = {"ended untold": "ended"}
# What these answer is the stream.
_ANSWER_THEMSELVES = frozenset(["end"])

# What a stream does whatever its pace. Each lane has an order of its own.
_LANES = (
    (("call", "write"), ("call", "end"), ("call", "put"), ("call", "offer"), ("call", "close")),
    (("call", "push"),),
    (("emit", "data"), ("emit", "end")),
    (("emit", "finish"),),
    (("emit", "error"),),
    (("emit", "close"),),
)

ChunkKey = tuple[object, ...]


class Deed(NamedTuple):
    """One thing that a stream does.

    Attributes:
        event: as it was recorded.
        what: the kind and the name.
        chunk: what tells the chunk from others, if there is one.
        value: the answer or the error.
        levels: side, length and mark.
        states: of the stream's machines.
        says: the deed in words.
    """

    event: Event
    what: tuple[str, str]
    chunk: ChunkKey
    value: str
    levels: tuple[tuple[str, int, int | None], ...]
    states: tuple[tuple[str, str], ...]
    says: str

    @property
    def key(self) -> tuple[object, ...]:
        """The same for the same deeds."""
        return self[1:-1]

    @property
    def gist(self) -> tuple[object, ...]:
        """The same for the same deeds, in whatever state."""
        return self.what, self.chunk


class Deeds(NamedTuple):
    """All that the streams of a recording do.

    Attributes:
        subjects: the streams, in the order in which they were seen.
        all: their deeds, in order.
    """

    subjects: list[Subject]
    all: list[Deed]

    def of(self, name: str) -> list[Deed]:
        """The deeds of the stream called `name`."""
        return [deed for deed in self.all if deed.event.owner == name]


def deeds_of(trace: Trace, codes: Mapping[str, str]) -> Deeds:
    """What the streams of `trace` do.

    Args:
        codes: of errors, by their messages: see `error_codes`.
    """
    subjects = {subject.name: subject for subject in trace.subjects if subject.kind in _KINDS}
    chunks, events = trace.chunks, trace.events
    states = _first_states(events)
    found = []
    fruitless = _fruitless_reads(events)
    for event in _without_writes_of_end(events):
        if event.number in fruitless:
            continue
        if event.kind == "step" and event.machine and event.after:
            states[event.owner][event.machine] = _SAME_STATE.get(event.after, event.after)
        elif _is_compared(event) and event.owner in subjects:
            subject = subjects[event.owner]
            found.append(_deed(event, subject, chunks, states[event.owner], codes))
    active = {deed.event.owner for deed in found}
    return Deeds([subject for name, subject in subjects.items() if name in active], found)


def _is_compared(event: Event) -> bool:
    # That a chunk could not be written is told by 'error', and recorded of some methods alone.
    return event.kind in _COMPARED and (event.kind, event.name) != ("error", "written")


def loosely(deeds: Iterable[Deed]) -> list[Deed]:
    """What is done whatever the pace, one lane after the other: what comes in, what goes out, ends.

    There are no answers, levels and states, pauses and drains; and whether a chunk came out before
    another went in is no matter.
    """
    lanes: dict[tuple[str, str], int] = {
        what: number for number, lane in enumerate(_LANES) for what in lane
    }
    found = [deed for deed in deeds if deed.what in lanes or deed.what[0] == "error"]
    found.sort(key=lambda deed: lanes.get(deed.what, len(_LANES)))
    return [deed._replace(levels=(), states=()) for deed in found]


def error_codes(traces: Iterable[Trace]) -> dict[str, str]:
    """The codes of the errors in `traces`, by their messages."""
    found = {}
    for trace in traces:
        for event in trace.events:
            if _is_error(event):
                code, message = _parts_of_error(event.value or "")
                if code:
                    found[message] = code
    return found


def _first_states(events: Iterable[Event]) -> dict[str, dict[str, str]]:
    first: dict[str, dict[str, str]] = defaultdict(dict)
    for event in events:
        if event.kind == "step" and event.machine and event.before:
            first[event.owner].setdefault(event.machine, event.before)
    return first


def _fruitless_reads(events: Iterable[Event]) -> set[int]:
    """The numbers of reads that answer None, and of the answers.

    Who iterates over a stream asks as often as he likes. What comes of it is told by other deeds.
    """
    asked: dict[str, list[int]] = defaultdict(list)
    found = set()
    for event in events:
        if event.name != "read":
            continue
        if event.kind == "call":
            asked[event.owner].append(event.number)
        elif event.kind in ("answer", "error") and asked[event.owner]:
            call = asked[event.owner].pop()
            if event.kind == "answer" and event.chunk is None:
                found |= {call, event.number}
    return found


def _without_writes_of_end(events: Iterable[Event]) -> Iterator[Event]:
    """Without the write that an `end` with a last chunk is made of: only here it is a call."""
    last: dict[str, int | None] = {}
    depths: dict[str, int] = {}
    for event in events:
        owner = event.owner
        if event.kind == "call" and event.name == "end":
            last[owner] = event.chunk
        elif event.name == "write" and event.kind == "call":
            if owner in depths:
                depths[owner] += 1
            elif event.chunk is not None and last.pop(owner, None) == event.chunk:
                depths[owner] = 0
                continue
        elif event.name == "write" and event.kind in ("answer", "error") and owner in depths:
            depths[owner] -= 1
            if depths[owner] < 0:
                del depths[owner]
                continue
        elif event.name == "end" and event.kind in ("answer", "error"):
            last.pop(owner, None)
        yield event


# -- one deed -------------------------------------------------------------------------------------


def _deed(
    event: Event,
    subject: Subject,
    chunks: list[Chunk],
    states: Mapping[str, str],
    codes: Mapping[str, str],
) -> Deed:
    chunk = chunks[event.chunk - 1] if event.chunk else None
    value = event.value or ""
    if chunk is not None and event.kind != "error":
        value = ""
    elif _is_error(event):
        code, message = _parts_of_error(value)
        value = code or codes.get(message) or message
    elif event.kind == "answer" and event.name in _ANSWER_THEMSELVES:
        value = ""
    elif event.name in ("pipe", "unpipe"):
        # Who that is, the streams of both recordings have to be known for.
        value = ""
    levels = tuple((hold.side, hold.length, hold.mark) for hold in event.holds)
    sides = {hold.side for hold in event.holds}
    machines = [
        *(["lifecycle"] if sides & {"readable", "writable"} else []),
        *(["flow", "supply"] if "readable" in sides else []),
        *(["demand"] if "writable" in sides else []),
    ]
    now = tuple((machine, states.get(machine, _BEGIN[machine])) for machine in machines)
    key = () if chunk is None else _chunk_key(chunk, subject.objects)
    return Deed(event, (event.kind, event.name), key, value, levels, now, _says(event, chunks))


def _is_error(event: Event) -> bool:
    return event.kind == "error" or (event.kind == "emit" and event.name == "error")


def _parts_of_error(value: str) -> tuple[str, str]:
    """The code of an error, if it is known, and the message."""
    match = re.match(r"(\w+)(?: \[(\w+)\])?: (.*)", value, re.DOTALL)
    if match is None:
        return "", value
    name, code, message = match.groups()
    if code:
        return code, message
    number = re.match(r"\[Errno (\d+)\]", message)
    if number:
        return errno.errorcode.get(int(number[1]), ""), message
    system = re.match(r"(E[A-Z0-9]+)\b", message)
    if system:
        return system[1], message
    kind = getattr(errors, name, None)
    own = getattr(kind, "code", "")
    return (own if isinstance(own, str) else ""), message


def _chunk_key(chunk: Chunk, objects: bool) -> ChunkKey:
    """What tells a chunk from others, whichever language it is of."""
    if chunk.crc is None and chunk.text:
        return chunk.size, chunk.preview
    if chunk.text:
        # Text is but another way to give bytes, to a stream of bytes.
        return (chunk.kind, chunk.size, chunk.crc) if objects else ("bytes", chunk.crc)
    named = re.match(r"<(?:[\w.]+\.)?(\w+)|(\w+)\(", chunk.preview)
    if named:
        return "object", named[1] or named[2]
    return ("object", chunk.crc)


def _says(event: Event, chunks: list[Chunk]) -> str:
    """The deed in words, on one line."""
    name, chunk = event.name, given(event, chunks)
    if event.kind == "call":
        nothing = "None" if name == "push" else ""
        text = f"{event.owner}.{name}({chunk or nothing})"
    elif event.kind == "answer":
        text = f"{event.owner}.{name} answers {chunk or event.value}"
    elif event.kind == "emit":
        text = f"{event.owner} emits '{name}' {event.value or chunk}".rstrip()
    elif event.kind == "written":
        text = f"{event.owner} has written {chunk}"
    elif event.kind == "wait":
        text = f"{event.owner}.{name}({chunk}) has to wait"
    else:
        text = f"{event.owner}.{name} fails: {event.value}"
    # Words are kept together for a page; here they are for a terminal.
    text = text.replace("\u00a0", " ")
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
