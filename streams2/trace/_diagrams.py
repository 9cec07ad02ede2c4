"""State diagrams as SVG, laid out from what there is: states, and what leads from one to another.

The states stand in a column, in their order. An arrow to a neighbour is straight; any other is an
arc, down on the right and up on the left. Labels of arcs show when they are lit.

Nothing is drawn by hand: `machine_diagram` reads a transition table, `task_diagram` the places
where a coroutine can wait.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Collection, Iterable, Sequence
from html import escape
from typing import NamedTuple

from ._events import SourceCode
from .diagram import MACHINES, rows

__all__ = ["DONE", "OVER", "RUNNING", "Await", "awaits_of", "machine_diagram", "task_diagram"]

RUNNING = "running"
DONE = "done"
OVER = (DONE, "cancelled", "interrupted", "failed")
"""How a task can have ended."""

_WIDTH = 200
_BOX = 22
_GAP = 26
_MANY = 4
_CENTER = _WIDTH // 2
_HALF = 56


class Arrow(NamedTuple):
    """What leads from one state to another."""

    before: str
    after: str
    labels: tuple[str, ...]


class Await(NamedTuple):
    """A place where a coroutine can wait: its lines, and what it waits for."""

    first_line: int
    last_line: int
    text: str


def machine_diagram(name: str, reached: Iterable[str] | None = None) -> str:
    """A machine as SVG.

    >>> machine_diagram("pipe").startswith('<svg class="diagram"')
    True

    Args:
        name: of the machine, as of ``streams2 diagram``.
        reached: the states to draw, with what leads from one to another (default: all).

    Raises:
        KeyError: there is no such machine.
    """
    return _machine_diagram(name, None if reached is None else frozenset(reached))


@functools.lru_cache(maxsize=64)
def _machine_diagram(name: str, wanted: frozenset[str] | None) -> str:
    table = MACHINES[name]
    reached = {state.value for state in table.states()} if wanted is None else wanted
    states = [state.value for state in table.states() if state.value in reached]
    labels: dict[tuple[str, str], list[str]] = {}
    for row in rows(table):
        before, after = row.state.value, row.target.value
        if before != after and before in reached and after in reached:
            labels.setdefault((before, after), []).append(row.event)
    arrows = [Arrow(*ends, tuple(texts)) for ends, texts in labels.items()]
    return _draw(states, arrows, f"The {name} machine", _HALF)


def task_diagram(name: str, awaits: Sequence[Await], ends: Sequence[str] = (DONE,)) -> str:
    """The task `name`: it runs, or waits in one of `awaits`, or is over, as in `ends`."""
    waits = list(dict.fromkeys(one.text for one in awaits))
    states = [RUNNING, *waits, *ends]
    arrows = [Arrow(RUNNING, text, ()) for text in waits]
    arrows += [Arrow(text, RUNNING, ()) for text in waits]
    arrows += [Arrow(RUNNING, end, ()) for end in ends]
    return _draw(states, arrows, f"The task {name}", 74)


def awaits_of(
    function: str, sources: Iterable[SourceCode], blocked: Collection[tuple[int, str]] = ()
) -> list[Await]:
    """Where the function called `function` can wait, read from its text.

    Args:
        function: its name.
        sources: where its text is.
        blocked: of a thread's function, which has no `await` to show it: the lines that were seen
            to wait, each with the method that does.
    """
    found = []
    for source in sources:
        offset = source.first_line - 1
        for node in _functions(source.lines):
            if node.name != function:
                continue
            if isinstance(node, ast.AsyncFunctionDef):
                found += [
                    Await(first + offset, last + offset, text) for first, last, text in _waits(node)
                ]
            else:
                found += _blocking(node, offset, blocked)
    return sorted(found)


@functools.lru_cache(maxsize=16)
def _functions(lines: tuple[str, ...]) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions in a text, nested ones too. Each task asks for its own of the same text."""
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        return []
    return [
        node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


def _blocking(
    function: ast.FunctionDef, offset: int, blocked: Collection[tuple[int, str]]
) -> Iterable[Await]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            first, last = node.lineno + offset, (node.end_lineno or node.lineno) + offset
            if any(first <= line <= last and node.func.attr == name for line, name in blocked):
                yield Await(first, last, ast.unparse(node))


def _waits(function: ast.AsyncFunctionDef) -> Iterable[tuple[int, int, str]]:
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Await):
            yield node.lineno, node.end_lineno or node.lineno, ast.unparse(node.value)
        elif isinstance(node, ast.AsyncFor):
            last = node.iter.end_lineno or node.lineno
            yield node.lineno, last, f"async for … in {ast.unparse(node.iter)}"
        elif isinstance(node, ast.AsyncWith):
            items = ", ".join(ast.unparse(item) for item in node.items)
            yield node.lineno, node.items[-1].context_expr.end_lineno or 0, f"async with {items}"
        todo.extend(ast.iter_child_nodes(node))


# -- drawing --------------------------------------------------------------------------------------


class _Column:
    """Where the states stand, with room for the labels between two of them."""

    def __init__(self, states: Sequence[str], arrows: Sequence[Arrow], half: int) -> None:
        self.half = half
        self.index = {state: index for index, state in enumerate(states)}
        gaps = [_GAP if len(states) <= _MANY else _GAP // 2 + 3 for _ in states]
        for arrow in arrows:
            first, other = sorted((self.index[arrow.before], self.index[arrow.after]))
            if other == first + 1:
                gaps[first] = max(gaps[first], 10 * len(arrow.labels) + 4)
        self._tops = [2 + index * _BOX + sum(gaps[:index]) for index in range(len(states))]
        self.height = self._tops[-1] + _BOX + 2

    def top(self, state: str) -> int:
        return self._tops[self.index[state]]


def _draw(states: Sequence[str], arrows: Sequence[Arrow], title: str, half: int) -> str:
    column = _Column(states, arrows, half)
    ends = {(arrow.before, arrow.after) for arrow in arrows}
    box = f"0 0 {_WIDTH} {column.height}"
    parts = [f'<svg class="diagram" viewBox="{box}" role="group" aria-label="{escape(title)}">']
    for arrow in arrows:
        if abs(column.index[arrow.before] - column.index[arrow.after]) == 1:
            parts.append(_straight(arrow, column, both=(arrow.after, arrow.before) in ends))
        else:
            parts.append(_arc(arrow, column))
    parts += [_state(state, column) for state in states]
    return "".join([*parts, "</svg>"])


def _state(state: str, column: _Column) -> str:
    y, half = column.top(state), column.half
    # So many fit, in bold.
    longest = 2 * half // 7
    text = state if len(state) <= longest else f"{state[: longest - 1]}…"
    return (
        f'<g class="state" data-state="{escape(state)}" role="button" tabindex="-1" '
        f'aria-label="{escape(state)}: about it"><title>{escape(state)}</title>'
        f'<rect x="{_CENTER - half}" y="{y}" width="{2 * half}" height="{_BOX}" rx="11"/>'
        f'<text x="{_CENTER}" y="{y + _BOX / 2 + 4}">{escape(text)}</text></g>'
    )


def _straight(arrow: Arrow, column: _Column, both: bool) -> str:
    before, after = column.top(arrow.before), column.top(arrow.after)
    down = after > before
    x = _CENTER + ((-12 if down else 12) if both else 0)
    start, end = (before + _BOX, after) if down else (before, after + _BOX)
    sign = -1 if down else 1
    shaft = f"M{x},{start}V{end + 5 * sign}"
    tip = f"M{x},{end}l-3.5,{6 * sign}h7z"
    anchor, text_x = ("end", x - 5) if both and down else ("start", x + 5)
    return _arrow(arrow, "near", shaft, tip, (text_x, (start + end) / 2, anchor))


def _arc(arrow: Arrow, column: _Column) -> str:
    rows = column.index[arrow.after] - column.index[arrow.before]
    side = 1 if rows > 0 else -1
    edge = _CENTER + side * column.half
    start = column.top(arrow.before) + _BOX / 2 + side * 5
    end = column.top(arrow.after) + _BOX / 2 - side * 5
    bend = edge + side * min(8 + 10 * abs(rows), _CENTER - column.half - 3)
    shaft = f"M{edge},{start}C{bend},{start} {bend},{end} {edge + side * 5},{end}"
    tip = f"M{edge},{end}l{6 * side},-3.5v7z"
    text_x, anchor = (_WIDTH - 3, "end") if side > 0 else (3, "start")
    return _arrow(arrow, "far", shaft, tip, (text_x, (start + end) / 2, anchor))


def _arrow(arrow: Arrow, kind: str, shaft: str, tip: str, text: tuple[float, float, str]) -> str:
    x, middle, anchor = text
    first = middle + 4 - 5 * (len(arrow.labels) - 1)
    lines = "".join(
        f'<tspan x="{x}" y="{first + 10 * index}" data-event="{label}">{label}</tspan>'
        for index, label in enumerate(map(escape, arrow.labels))
    )
    return (
        f'<g class="arrow {kind}" data-arrow="{escape(arrow.before)}|{escape(arrow.after)}">'
        f'<path class="shaft" d="{shaft}"/><path class="tip" d="{tip}"/>'
        f'<text text-anchor="{anchor}">{lines}</text></g>'
    )
