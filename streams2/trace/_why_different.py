"""What is different, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ._deeds import Deed
from ._pairing import Pair

__all__ = ["explain", "explain_order", "explain_pair"]

# How far to look for what one recording has, and the other may have later.
_AHEAD = 50

Names = tuple[str, str]


def explain_pair(pair: Pair, names: Names) -> Iterator[str]:
    """What is different about a stream from its beginning."""
    one, other, name = pair.one, pair.other, pair.name
    if one.kind != other.kind:
        yield f"{name} is a {one.kind} in {names[0]}, and a {other.kind} in {names[1]}."
    elif one.objects != other.objects:
        which = names[0] if one.objects else names[1]
        yield f"{name} is in object mode in {which} alone."
    if one.methods is None or other.methods is None:
        return
    for method in sorted({*one.methods} ^ {*other.methods}):
        has, lacks = names if method in one.methods else names[::-1]
        yield f"{name} has a {method} in {has}, and none in {lacks}."


def explain(pair: Pair, index: int, names: Names) -> Iterator[str]:
    """What is different about the deeds of a stream, from `index` on."""
    one = pair.ones[index] if index < len(pair.ones) else None
    other = pair.others[index] if index < len(pair.others) else None
    if one is not None and other is not None and _is_same_deed(one, other):
        yield from _same_deed(pair, one, other, names)
    else:
        yield from _other_deed(pair, index, names)
    yield from _ignored_false(pair, index, names)
    yield from _never(pair, names)


def explain_order(one: Deed, other: Deed, names: Names) -> Iterator[str]:
    """What is different about the order of two streams."""
    yield "Each stream does the same in both recordings; the order between them differs."
    yield f"In {names[0]} comes next: {one.says}. In {names[1]}: {other.says}."
    yield (
        "Where coroutines or promises are at work, that is no mistake "
        "(docs/differences.md, row 9): --each compares without."
    )


# -- the same deed, but ... -----------------------------------------------------------------------


def _is_same_deed(one: Deed, other: Deed) -> bool:
    return one.what == other.what and bool(one.chunk) == bool(other.chunk)


def _same_deed(pair: Pair, one: Deed, other: Deed, names: Names) -> Iterator[str]:
    if one.chunk != other.chunk:
        yield from _other_chunk(pair, one, other, names)
        return
    if one.value != other.value:
        verb = "answers" if one.what[0] == "answer" else "tells"
        what = f"{pair.name}.{one.what[1]}" if verb == "answers" else pair.name
        yield f"{what} {verb} {_value(one)} in {names[0]}, and {_value(other)} in {names[1]}."
    yield from _other_levels(pair, one, other, names)
    if one.levels == other.levels and one.value == other.value:
        yield from _other_states(pair, one, other, names)


def _value(deed: Deed) -> str:
    return deed.event.value or deed.value or "nothing"


def _other_chunk(pair: Pair, one: Deed, other: Deed, names: Names) -> Iterator[str]:
    verb = {"push": "pushes", "data": "emits", "write": "is given", "written": "has written"}
    what = verb.get(one.what[1], f"has {one.what[1]}")
    texts = [_chunk(one), _chunk(other)]
    if one.chunk[0] != other.chunk[0] and texts[0] == texts[1]:
        texts = [f"{text} as {deed.chunk[0]}" for text, deed in zip(texts, (one, other))]
    elif texts[0] == texts[1]:
        texts = [f"{text} (CRC {deed.chunk[-1]})" for text, deed in zip(texts, (one, other))]
    yield f"{pair.name} {what} {texts[0]} in {names[0]}, and {texts[1]} in {names[1]}."
    later = [
        [deed.chunk for deed in deeds if deed.what == one.what]
        for deeds in (pair.ones, pair.others)
    ]
    if sorted(map(repr, later[0])) == sorted(map(repr, later[1])):
        yield "The same chunks come in both, in another order."


def _chunk(deed: Deed) -> str:
    return deed.says.partition("(")[2].rpartition(")")[0] or deed.says.rsplit(" ", 1)[-1]


def _other_levels(pair: Pair, one: Deed, other: Deed, names: Names) -> Iterator[str]:
    for (side, length, mark), (_, other_length, other_mark) in zip(one.levels, other.levels):
        which = f"{pair.name}'s {side} side" if len(one.levels) > 1 else pair.name
        if mark != other_mark:
            yield (
                f"The high-water mark of {which} is {mark} in {names[0]}, "
                f"and {other_mark} in {names[1]}."
            )
        if length != other_length:
            yield f"{which} holds {length} in {names[0]}, and {other_length} in {names[1]}."


def _other_states(pair: Pair, one: Deed, other: Deed, names: Names) -> Iterator[str]:
    for (machine, state), (_, other_state) in zip(one.states, other.states):
        if state != other_state:
            yield (
                f"At {one.says}, the {machine} of {pair.name} is {state!r} in {names[0]}, "
                f"and {other_state!r} in {names[1]}."
            )


# -- another deed ---------------------------------------------------------------------------------


def _other_deed(pair: Pair, index: int, names: Names) -> Iterator[str]:
    ones, others = pair.ones[index:], pair.others[index:]
    for here, there, (name, other) in ((ones, others, names), (others, ones, names[::-1])):
        if not there:
            yield f"{other} has no more of {pair.name}; {name} goes on: {here[0].says}."
            return
    if _is_extra(ones, others):
        yield f"Only in {names[0]}, {ones[0].says}; {names[1]} goes on: {others[0].says}."
    elif _is_extra(others, ones):
        yield f"Only in {names[1]}, {others[0].says}; {names[0]} goes on: {ones[0].says}."
    else:
        yield f"In {names[0]}, {ones[0].says}; in {names[1]}, {others[0].says}."


def _is_extra(ones: Sequence[Deed], others: Sequence[Deed]) -> bool:
    """Whether what `ones` begin with is not in `others`, and what those begin with comes later."""
    gists = [deed.gist for deed in ones[1:_AHEAD]]
    return others[0].gist in gists and ones[0].gist not in [d.gist for d in others[:_AHEAD]]


# -- known mistakes -------------------------------------------------------------------------------


def _ignored_false(pair: Pair, index: int, names: Names) -> Iterator[str]:
    """Whether one goes on writing where the other waits, after a False."""
    deeds = (pair.ones, pair.others)
    for mine, theirs, name in zip(deeds, deeds[::-1], names):
        now = mine[index] if index < len(mine) else None
        then = theirs[index] if index < len(theirs) else None
        if now is None or now.what != ("call", "write") or (then and then.what == now.what):
            continue
        if _is_refused(mine[:index]):
            yield (
                f"In {name}, {pair.name} is written to after it has answered False: "
                "who writes must wait for 'drain'."
            )


def _is_refused(before: Sequence[Deed]) -> bool:
    for deed in reversed(before):
        if deed.what == ("emit", "drain"):
            return False
        if deed.what == ("answer", "write"):
            return deed.value == "False"
    return False


def _never(pair: Pair, names: Names) -> Iterator[str]:
    """Which events come in one recording, and never in the other."""
    emitted = [
        [deed.what[1] for deed in deeds if deed.what[0] == "emit"]
        for deeds in (pair.ones, pair.others)
    ]
    for mine, theirs, name in zip(emitted, emitted[::-1], names[::-1]):
        for event in dict.fromkeys(mine):
            if event not in theirs:
                yield f"In {name}, {pair.name} never emits '{event}'."
