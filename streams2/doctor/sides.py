"""Why a stream does not go on: what each of its sides waits for, and who could end that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, NamedTuple

from ..core.calling import present
from ..core.demand import ENDED, ENDING, ENDING_REFUSED, FINALIZING, REFUSED
from ..core.flow import FLOWING, IDLE, PARKED, PAUSED, PULLED
from ..core.life import CLOSED, CONSTRUCTING, DESTROYING, DOOMED, GONE, OPEN
from ..errors.places import Place, is_between, place_of_code
from ..streams.stream import Stream
from ..streams.transform import Transform
from .answers import Thing
from .debug import debugger
from .hands import parts
from .outside import code_of, is_half_of_a_pair, outside_of, peer_of

__all__ = [
    *("Asked", "Wait", "figure_of", "is_pending", "life", "method_place", "reading", "unanswered"),
    *("untold", "writing"),
]


class Asked(NamedTuple):
    """A thing, and what is waited for of it: ``"over"``, ``"chunk"``, ``"drain"``, an event."""

    thing: Thing
    what: str


@dataclass
class Wait:
    """One reason why something does not go on.

    Attributes:
        thing: what does not.
        reason: why, as the rest of a sentence that begins with its name.
        figure: how full it is, as ``16 of 16 objects``.
        place: the user's line or method that this is about.
        remedy: what would end it.
        on: what it waits for in turn.
        any_of: any of them will do; otherwise it waits for each.
        needs: what has to be reached by something that is still to run, if it is to go on.
        method: the method of the user's that owes an answer.
        external: what outside of the program it waits for.
        is_paused: it is a stream that was paused.
    """

    thing: Thing
    reason: str
    figure: str | None = None
    place: Place | None = None
    remedy: str | None = None
    on: list[Thing] = field(default_factory=list)
    any_of: bool = False
    needs: list[Thing] = field(default_factory=list)
    method: str | None = None
    external: str | None = None
    is_paused: bool = False


def figure_of(side: Thing) -> str:
    """How much a side holds of its mark."""
    unit = "objects" if side.object_mode else "bytes"
    return f"{side.length} of {side.high_water_mark} {unit}"


def method_place(face: Thing, name: str) -> Place | None:
    """Where the user has defined a method of a stream; None if it is none of his."""
    code = code_of(getattr(face, name))
    if code is None or not hasattr(code, "co_filename"):
        return None
    function = getattr(getattr(face, name), "__func__", getattr(face, name))
    module = getattr(function, "__module__", None) or ""
    return None if is_between(code.co_filename, module) else place_of_code(code)


def _owed(face: Thing, name: str, what: str, needs: list[Thing], figure: str | None = None) -> Wait:
    """A method that was called and has not answered."""
    place = method_place(face, name)
    where = f" ({place})" if place is not None else ""
    external = outside_of(getattr(face, name)) if place is None else None
    reason = f"{what}, and its `{name}`{where} never called its callback"
    if place is None:
        reason = f"{what}, and is not done with that"
    return Wait(
        face,
        f"waits for {external}" if external is not None else reason,
        figure,
        place,
        f"Call the callback of `{name}` on each way through it",
        needs=needs,
        method=name,
        external=external,
    )


def life(face: Thing) -> Wait | None:
    """Why a stream has not begun, or not gone."""
    state = face._life.machine.state
    if state is CONSTRUCTING or state is DOOMED:
        return _owed(face, "_construct", "is being constructed", [face._life])
    if state is DESTROYING:
        return _owed(face, "_destroy", "is being destroyed", [face._life])
    return None


# -- the writable side ----------------------------------------------------------------------------


def writing(face: Thing, sources: Callable[[Thing], list[Thing]]) -> Wait | None:
    """Why what was written is not written yet, or nothing is. None if all is done."""
    side = getattr(face, "_writable_state", None)
    if side is None or not side.enabled or side.finished:
        return None
    begun = life(face)
    if begun is not None or face._life.machine.state is not OPEN:
        return begun
    figure = figure_of(side)
    if side.output_awaited is not None:
        awaits = Wait(face, "waits for its output to be read", figure, needs=parts(face))
        return _unread(face) or awaits
    if side.in_flight is not None:
        name = _method_at_work(face, side.in_flight)
        if isinstance(face, Transform) and outside_of(getattr(face, name)) is not None:
            unread = _unread(face)
            if unread is not None and not _has_room(face):
                return unread
        return _owed(face, name, f"was given {_given(face, side)}", [side], figure)
    if side.corked and side.buffer:
        return Wait(
            face,
            f"was corked {'once' if side.corked == 1 else f'{side.corked} times'} too often and"
            f" keeps {len(side.buffer)} writes back",
            figure,
            remedy="Call its `uncork` as often as its `cork`",
            needs=[face],
        )
    if side.demand.state is FINALIZING:
        name = "_final"
        if isinstance(face, Transform) and method_place(face, "_final") is None:
            name = "_flush"
        return _owed(face, name, "was ended", [side])
    if side.demand.state in ENDED:
        return _unread(face) if hasattr(face, "_readable_state") else None
    return _unwritten(face, side, sources(face))


def _has_room(face: Thing) -> bool:
    side = face._readable_state
    return bool(side.buffer.size < side.high_water_mark)


def _method_at_work(face: Thing, in_flight: Thing) -> str:
    """Which of its methods has what was written."""
    if _is_transforming(face):
        return "_transform"
    many = len(in_flight) > 2 or (method_place(face, "_write") is None and present(face._writev))
    return "_writev" if many else "_write"


def _given(face: Thing, side: Thing) -> str:
    """What it has, in words: in debug mode the number of the chunk, and the line that wrote it."""
    length, _, *together = side.in_flight
    size = f"{length} byte{'' if length == 1 else 's'}"
    known = debugger.given(face)
    if known is None:
        what = f"{together[0]} chunks" if together else "a chunk"
        return what if side.object_mode else f"{what} of {size}"
    what = f"chunk {known.first}"
    if known.last > known.first:
        what = f"chunks {known.first} to {known.last}"
    where = "" if known.place is None else f" at {known.place}"
    return f"{what}{where}" if side.object_mode else f"{what} ({size}){where}"


def _is_transforming(face: Thing) -> bool:
    return isinstance(face, Transform) and method_place(face, "_write") is None


def _unwritten(face: Thing, side: Thing, sources: list[Thing]) -> Wait:
    gone = [one for one in sources if one.destroyed and not one.readable_ended]
    live = [one for one in sources if not one.readable_ended and one not in gone]
    if live:
        on = [Asked(one, "chunk") for one in live]
        why = "waits for what is piped into it"
        return Wait(face, why, on=list(on), any_of=True, needs=[side])
    if gone:
        return Wait(
            gone[0],
            "was destroyed before its end, and a pipe does not pass that on",
            remedy="Use `pipeline`, which ends both together",
        )
    refused = side.demand.state in REFUSED
    ended = [one for one in sources if one.readable_ended]
    why = "was never ended, and nobody writes to it any more"
    if ended:
        why = "was not ended when its source was (`end=False`), and nobody writes to it"
    return Wait(
        face,
        "owes 'drain'" if refused else why,
        figure_of(side) if side.length else None,
        remedy="Call its `end`",
        needs=[face, side],
    )


# -- the readable side ----------------------------------------------------------------------------


def _unread(face: Thing) -> Wait | None:
    """Why what there is to read is not read: None if it is."""
    side = face._readable_state
    if side.end_emitted or not side.enabled:
        return None
    figure = f"{side.buffer.size} of {side.high_water_mark} "
    figure += "objects" if side.object_mode else "bytes"
    if side.fan.awaiting and not side.flowing:
        full = [_asked_to_take(pipe.destination) for pipe in side.fan.awaiting]
        why = "is paused: the pipe from it waits for 'drain'"
        return Wait(face, why, figure, on=full, needs=[side])
    flow = side.flow.state
    full_or_not = "is full" if side.buffer.size >= side.high_water_mark else "holds chunks"
    if side.ended and not side.buffer.size:
        full_or_not = "has come to its end"
    if flow is IDLE:
        return Wait(
            face,
            f"{full_or_not}, and nobody reads it",
            figure,
            remedy="Read it, or pipe it somewhere; `resume()` throws away what it gives",
            needs=[face, side],
        )
    if flow is PAUSED or flow is PARKED:
        if face.listener_count("data") or side.fan.pipes:
            why, remedy = "was paused by `pause()`, and nobody resumes it", "Call its `resume`"
        else:
            why = "is paused: what read it has left, and nobody reads it now"
            remedy = "Read it, or pipe it somewhere"
        return Wait(face, why, figure, remedy=remedy, needs=[face, side], is_paused=True)
    if flow is PULLED and side.buffer.size:
        return Wait(
            face,
            f"{full_or_not}, and whoever listens to 'readable' does not read it",
            figure,
            remedy="Call its `read` until it answers None",
            needs=[face, side],
        )
    return None


def _asked_to_take(destination: Thing) -> Asked:
    return Asked(destination, "drain" if destination.writable_need_drain else "over")


def reading(face: Thing) -> Wait | None:
    """Why nothing comes out of a stream; None if it is over, or waits for its own writing side."""
    side = getattr(face, "_readable_state", None)
    if side is None or side.end_emitted or not side.enabled:
        return None
    begun = life(face)
    if begun is not None or face._life.machine.state in (CLOSED, GONE):
        return begun
    unread = _unread(face)
    if unread is not None and not (side.flow.state is IDLE and _has_nothing(side)):
        return unread
    if isinstance(face, Transform) and method_place(face, "_read") is None:
        return None
    if unread is not None and not side.reading:
        return unread
    place = method_place(face, "_read")
    where = f" ({place})" if place is not None else ""
    asked = f"was asked for more, and its `_read`{where} has pushed nothing"
    if not side.reading:
        asked = f"has nothing to give, and nobody pushes to it{where}"
    external = outside_of(face._read) if place is None else None
    remedy = "Push a chunk, or None for the end"
    if place is None and is_half_of_a_pair(face):
        asked, remedy = "has nothing to give", "Write to its other half, or end that"
    return Wait(
        face,
        asked if external is None else f"waits for {external}",
        figure_of(side),
        place,
        remedy,
        needs=[face, side],
        method="_read",
        external=external,
    )


def _has_nothing(side: Thing) -> bool:
    return not side.buffer.size and not side.ended and not side.reading


def untold(face: Thing, event: str) -> Wait:
    """Why a stream that waits for nothing does not emit an event."""
    life, never, remedy = face._life, f"emits no {event!r}", f"Emit {event!r}"
    if event == "close" and not life.emit_close:
        never, remedy = "emits no 'close' (`emit_close=False`)", "Leave `emit_close` as it is"
    elif event == "close" and not life.auto_destroy:
        never, remedy = "is never destroyed (`auto_destroy=False`)", "Call its `destroy`"
    elif not face.destroyed and peer_of(face) is not None:
        return Wait(face, f"waits for {peer_of(face)}", needs=parts(face), external=peer_of(face))
    elif _is_over(face):
        never = f"is over, and has emitted no {event!r}"
    return Wait(face, never, remedy=remedy, needs=parts(face))


def unanswered(face: Thing) -> Wait:
    """Why a request has no response."""
    return Wait(
        face,
        "waits for its response",
        needs=parts(face),
        method="_read",
        external=peer_of(face),
    )


def _is_over(face: Thing) -> bool:
    reads, writes = getattr(face, "_readable_state", None), getattr(face, "_writable_state", None)
    return (reads is None or not reads.enabled or bool(reads.end_emitted)) and (
        writes is None or not writes.enabled or bool(writes.finished)
    )


def is_pending(face: Stream) -> bool:
    """Whether a stream that nobody waits for has something to do all the same."""
    life_state = face._life.machine.state
    if life_state in (CONSTRUCTING, DOOMED, DESTROYING):
        return True
    if life_state is not OPEN:
        return False
    reads, writes = getattr(face, "_readable_state", None), getattr(face, "_writable_state", None)
    return bool(
        (reads is not None and not reads.end_emitted and (reads.length or reads.fan.pipes))
        or (reads is not None and reads.flow.state in (FLOWING, PULLED) and not reads.end_emitted)
        or (reads is not None and reads.flow.state is PAUSED and not reads.end_emitted)
        or (writes is not None and not writes.finished and writes.length)
        or (writes is not None and writes.demand.state in (ENDING, ENDING_REFUSED, FINALIZING))
    )
