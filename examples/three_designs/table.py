"""Runs all the programs, and writes what they do into a page."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import re
import textwrap
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from streams2.compare.code_lines import lines_of_functions

from . import mistakes
from .stage import COUNT, Stage, memory_traced, play

__all__ = ["DESIGNS", "PROGRAMS", "Seen", "filled", "run_program"]

DESIGNS = {
    "machine": "streams",
    "channel": "channel",
    "iterable": "iter",
    "plain": "plain asyncio",
}
PROGRAMS = {
    "copying": "copy",
    "transform": "transform",
    "fan_out": "fan-out",
    "fan_in": "fan-in",
    "failure": "failure",
    "cancel": "cancel",
    "slow_consumer": "slow consumer",
    "drop": "drop",
    "rendezvous": "rendezvous",
    "batching": "batching",
}
PAGE = Path(__file__).parent.parent.parent / "docs" / "three-designs.md"


class Seen(NamedTuple):
    """What a run came to.

    Attributes:
        ended: ``"returned"``, or the error that the caller got.
        outcome: what else all four designs are to agree on.
        most: the most chunks that it held.
        lines: of code.
        closed: whether the tap and the bucket were closed.
    """

    ended: str
    outcome: object
    most: int
    lines: int
    closed: tuple[bool, bool]


def module_of(program: str) -> ModuleType:
    """The module with the four."""
    return importlib.import_module(f"{__package__}.{program}")


def run_program(program: str, design: str, *, fails: bool | None = None) -> Seen:
    """Run one of the forty.

    Args:
        program: one of `PROGRAMS`.
        design: one of `DESIGNS`.
        fails: whether the tap breaks; by default in `failure` alone.
    """
    module = module_of(program)
    breaks = program == "failure" if fails is None else fails
    stage = Stage(fails=breaks, thrown_away=program == "drop")

    async def scene() -> str:
        task: asyncio.Task[None] = asyncio.ensure_future(getattr(module, design)(stage))
        if program == "cancel":
            stage.on_half = task.cancel
        await asyncio.wait([task])
        # What is still on its way to close has its time.
        await asyncio.sleep(1)
        if task.cancelled():
            return asyncio.CancelledError.__name__
        error = task.exception()
        return "returned" if error is None else type(error).__name__

    with memory_traced() if program == "drop" else nullcontext():
        ended = str(play(scene))
    lines = lines_of_functions(inspect.getsource(module))[design]
    closed = (stage.tap.closed, stage.bucket.closed)
    return Seen(ended, _result(program, stage, closed), stage.most, lines, closed)


def _result(program: str, stage: Stage, closed: tuple[bool, bool]) -> object:
    got = stage.bucket.got
    if program in ("failure", "cancel"):
        return closed
    if program == "drop":
        return got[-1], got == sorted(got), len(got) < COUNT
    if program == "fan_in":
        return sorted(got)
    return got, stage.other_bucket.got


# -- the page -------------------------------------------------------------------------------------


def filled(page: str) -> str:
    """`page`, with what is between its marks made anew."""
    parts = {"table": _table(), "mistakes": _mistakes()}
    parts.update({program: _code(program) for program in PROGRAMS})
    for name, text in parts.items():
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        found = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        page = found.sub(lambda _, new=begin + text + end: new, page)  # type: ignore[misc]
    return page


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |\n"


def _table() -> str:
    """What each holds, and its lines."""
    rows = _row("", *DESIGNS.values()) + _row(*["---"] * (1 + len(DESIGNS)))
    for program, title in PROGRAMS.items():
        seen = [run_program(program, design) for design in DESIGNS]
        cells = [f"{one.most} · {one.lines}" for one in seen]
        rows += _row(f"[{title}](#{title.replace(' ', '-')})", *cells)
    return f"\n{rows}\n"


def _mistakes() -> str:
    rows = _row("the mistake", *DESIGNS.values()) + _row(*["---"] * (1 + len(DESIGNS)))
    for title, kind in (
        ("to write on, and not to listen", "ignored"),
        ("to write when nobody reads any more", "left"),
    ):
        said = []
        for design in DESIGNS:
            make = getattr(mistakes, f"{design}_{kind}")
            said.append(play(partial(make, Stage())))
        rows += _row(title, *said)
    ends = [_failed(run_program("copying", design, fails=True)) for design in DESIGNS]
    return f"\n{rows}{_row('not to think of failure, when the tap breaks', *ends)}\n"


def _failed(seen: Seen) -> str:
    told = "the caller is told" if seen.ended == "ValueError" else "nobody is told"
    return f"{told}; {'both are closed' if all(seen.closed) else 'the bucket is LEFT OPEN'}"


def _code(program: str) -> str:
    module = module_of(program)
    parts = []
    for design, title in DESIGNS.items():
        source = textwrap.dedent(inspect.getsource(getattr(module, design))).rstrip()
        parts.append(f"**{title}**\n\n```python\n{source}\n```\n")
    return "\n" + "\n".join(parts) + "\n"
