"""What a stream says of itself: ``repr(stream)``.

>>> from streams2 import Readable, Writable
>>> Readable(object_mode=True)
<Readable open: reading idle, holds 0 of 16 objects, awaits a reader>
>>> Writable(high_water_mark=10)
<Writable open: writing accepting, holds 0 of 10 bytes>

What it is and what it is called; where its life stands; and of each side the state, how much it
holds of its high-water mark, and whom or what it waits for.
"""

from __future__ import annotations

from ..core.demand import ENDED, FINISHED, REFUSED
from ..core.flow import FLOWING, IDLE, PULLED
from ..core.life import CLOSED, GONE, OPEN
from ..core.read_side import ReadSide
from ..core.write_side import WriteSide

__all__ = ["described"]


def described(stream: object) -> str:
    """The text of a stream that somebody looks at."""
    what = type(stream).__name__
    life = getattr(stream, "_life", None)
    if life is None:
        return f"<{what}, not made yet>"
    name = _name_of(stream)
    if name:
        what += f" {name}"
    state = "closed" if life.machine.state in (CLOSED, GONE) else life.machine.state.value
    if state == "open" and _asked(stream, "connecting") is True:
        state = "connecting"
    if life.errored is not None:
        state += f", failed with {life.errored!r}"
    sides = [
        side
        for side in (
            _reading(getattr(stream, "_readable_state", None)),
            _writing(getattr(stream, "_writable_state", None)),
        )
        if side
    ]
    # Of what is over, nobody waits for anything.
    details = f": {'; '.join(sides)}" if sides and life.machine.state is OPEN else ""
    return f"<{what} {state}{details}>"


def _name_of(stream: object) -> str:
    path, descriptor = _asked(stream, "path"), _asked(stream, "fd")
    if path is not None:
        return repr(path)
    if descriptor is not None:
        return f"fd {descriptor}"
    name = _asked(stream, "name")
    return repr(name) if isinstance(name, str) else ""


def _asked(stream: object, attribute: str) -> object:
    # A subclass may have such an attribute for itself. This is said in errors, and must not fail.
    try:
        return getattr(stream, attribute, None)
    except Exception:
        return None


def _holds(length: int, mark: int, object_mode: bool) -> str:
    return f"holds {length} of {mark} {'objects' if object_mode else 'bytes'}"


def _reading(side: ReadSide | None) -> str:
    if side is None or not side.enabled:
        return ""
    if side.end_emitted:
        return "reading ended"
    state = f"{side.flow.state.value}, all has come" if side.ended else side.flow.state.value
    said = [f"reading {state}", _holds(side.length, side.high_water_mark, side.object_mode)]
    awaits = _awaited_by_reading(side)
    if awaits:
        said.append(f"awaits {awaits}")
    return ", ".join(said)


def _awaited_by_reading(side: ReadSide) -> str:
    if side.fan.awaiting:
        kinds = (type(pipe.destination).__name__ for pipe in side.fan.awaiting)
        return f"'drain' of {' and '.join(kinds)}"
    flow = side.flow.state
    if flow is IDLE:
        return "a reader"
    if flow is PULLED:
        return "read()" if side.length else "a push"
    if flow is not FLOWING:
        return "resume()"
    return "" if side.ended or side.length else "a push"


def _writing(side: WriteSide | None) -> str:
    if side is None or not side.enabled:
        return ""
    demand = side.demand.state
    if demand is FINISHED:
        return "writing finished"
    said = [
        f"writing {demand.value}",
        _holds(side.length, side.high_water_mark, side.object_mode),
    ]
    awaits = []
    if side.in_flight is not None:
        awaits.append("the callback of _write")
    elif side.corked:
        awaits.append("uncork()")
    if awaits:
        said.append(f"awaits {awaits[0]}")
    elif demand in ENDED or demand in REFUSED:
        said.append("awaits its end" if demand in ENDED else "owes 'drain'")
    return ", ".join(said)
