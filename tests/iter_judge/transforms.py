"""The transforms that programs name; `runner.mjs` has the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from streams2 import iter as streams

if TYPE_CHECKING:
    from .runner import Run

LAST = b"FF"


class Whole:
    """An object with a method `transform`."""

    def __init__(self, transform: Callable[..., object]) -> None:
        self.function = transform

    def transform(self, source: Any, options: object) -> object:
        return self.function(source)


def fails(message: str) -> None:
    from .runner import FailedError

    raise FailedError(message)


def _gen(b: Any) -> Any:
    if b is not None:
        yield b
        yield "g"
    else:
        yield LAST


async def _agen(b: Any) -> Any:
    if b is not None:
        yield b
        yield "gg"
    else:
        yield LAST


async def _later(b: Any) -> Any:
    return b


async def _later_none(b: Any) -> Any:
    return None


def _count() -> Callable[[Any], Any]:
    seen = [0]

    def count(b: Any) -> Any:
        if b is None:
            return "n" * seen[0]
        seen[0] += 1
        return b

    return count


def _throws() -> Callable[[Any], Any]:
    seen = [0]

    def throws(b: Any) -> Any:
        if b is not None:
            seen[0] += 1
            if seen[0] == 2:
                fails("transform")
        return b

    return throws


def _throws_at_end(b: Any) -> Any:
    if b is None:
        fails("flush")
    return b


async def _rejects(b: Any) -> Any:
    if b is None:
        fails("late")
    return b


async def _o_same(source: Any) -> Any:
    async for b in source:
        if b is not None:
            yield b


async def _o_flush(source: Any) -> Any:
    async for b in source:
        yield "O" if b is None else b


async def _o_split(source: Any) -> Any:
    async for b in source:
        for c in b or ():
            yield c


async def _o_nested(source: Any) -> Any:
    async for b in source:
        if b is not None:
            yield [b, "k"]
            yield ""
            yield None


async def _o_once(source: Any) -> Any:
    async for b in source:
        yield "O" if b is None else b
        return


async def _o_throws(source: Any) -> Any:
    seen = 0
    async for b in source:
        seen += 1
        if seen == 2:
            fails("object")
        if b is not None:
            yield b


async def _o_bad_inside(source: Any) -> Any:
    async for _ in source:
        yield 5


def _s_same(source: Any) -> Any:
    for b in source:
        if b is not None:
            yield b


def _s_flush(source: Any) -> Any:
    for b in source:
        yield "O" if b is None else b


def _s_split(source: Any) -> Any:
    for b in source:
        yield from b or ()


def _s_once(source: Any) -> Any:
    for b in source:
        yield "O" if b is None else b
        return


def _s_throws(source: Any) -> Any:
    for seen, b in enumerate(source, 1):
        if seen == 2:
            fails("object")
        if b is not None:
            yield b


TRANSFORMS: dict[str, Callable[[], Any]] = {
    "same": lambda: lambda b: b,
    "none": lambda: lambda b: None,
    "double": lambda: lambda b: [*b, *b] if b is not None else None,
    "text": lambda: lambda b: "tt" if b is not None else "F",
    "first": lambda: lambda b: b[0] if b is not None else None,
    "empty": lambda: lambda b: [] if b is not None else LAST,
    "blank": lambda: lambda b: "" if b is not None else None,
    "later": lambda: _later,
    "laterNone": lambda: _later_none,
    "gen": lambda: _gen,
    "agen": lambda: _agen,
    "nested": lambda: lambda b: [b, ["x", [b[0]]]] if b is not None else ["F"],
    "count": _count,
    "throws": _throws,
    "throwsAtEnd": lambda: _throws_at_end,
    "rejects": lambda: _rejects,
    "bad": lambda: lambda b: 5,
    "badInside": lambda: lambda b: [5] if b is not None else None,
    "oSame": lambda: Whole(_o_same),
    "oFlush": lambda: Whole(_o_flush),
    "oSplit": lambda: Whole(_o_split),
    "oNested": lambda: Whole(_o_nested),
    "oOnce": lambda: Whole(_o_once),
    "oThrows": lambda: Whole(_o_throws),
    "oNever": lambda: Whole(lambda source: ["p", "q"]),
    "oSource": lambda: Whole(lambda source: source),
    "oBad": lambda: Whole(lambda source: 5),
    "oBadInside": lambda: Whole(_o_bad_inside),
    "sSame": lambda: Whole(_s_same),
    "sFlush": lambda: Whole(_s_flush),
    "sSplit": lambda: Whole(_s_split),
    "sOnce": lambda: Whole(_s_once),
    "sThrows": lambda: Whole(_s_throws),
}


def made(run: Run, names: list[str]) -> list[Any]:
    """The transforms of these names, new."""
    return [_special(run, name, place) or TRANSFORMS[name]() for place, name in enumerate(names)]


def _special(run: Run, name: str, place: int) -> Any:
    from .runner import failure, value

    number = run.number
    if name in ("tap", "tapSync"):
        tap = streams.tap if name == "tap" else streams.tap_sync
        return tap(lambda b: run.say(f"tap {number}.{place}", 0, value(b)))
    if name == "watch":
        known: list[object] = []

        def watch(b: Any, options: Any) -> Any:
            if not known:
                known.append(b)
                signal = options.signal
                signal.on(
                    "abort", lambda: run.say(f"watch {number}.{place}", 0, failure(signal.reason))
                )
            return b

        return watch
    return None
