"""A recording as a picture: how much is held, over time, as SVG.

>>> from streams2.learn import watch
>>> run = watch(lambda source, sink: source.pipe(sink))
>>> picture = chart("What is held", [Line("sink", held_by(run, "sink"))], marks=[(12, "mark")])
>>> picture.startswith("<svg ")
True

Both scales are linear, and begin at 0. Nothing is drawn that was not recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from .blocking import Ledger
from .desk import Desk
from .watching import Seen

__all__ = ["Dot", "Line", "chart", "held_by", "held_in_hand", "signals", "waits"]

Point = tuple[float, float]
"""Milliseconds, and how much."""

_WIDTH, _HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 44, 44
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#343a40;"
    "paint-order:stroke;stroke:#fff;stroke-width:3px}"
    ".t{text-anchor:end}"
)
_COLOURS = ("#3b5bdb", "#c92a2a", "#2b8a3e", "#862e9c")


class Line(NamedTuple):
    """A line of a chart.

    Attributes:
        label: what it is.
        points: where it goes.
        steps: whether it stays where it is until the next point, or goes there straight.
        filled: whether what is below it is tinted.
    """

    label: str
    points: Sequence[Point]
    steps: bool = True
    filled: bool = False


class Dot(NamedTuple):
    """Something that happened at a moment.

    Attributes:
        at: when, and at which height.
        label: what it was; dots of the same label are explained once.
        colour: of the dot.
    """

    at: Point
    label: str
    colour: str


# -- what recordings give -------------------------------------------------------------------------


def held_by(seen: Seen, owner: str) -> list[Point]:
    """What a stream held, over time."""
    points = [(step.seconds * 1000, float(step.levels.get(owner, 0))) for step in seen.steps]
    return [*points, (seen.seconds * 1000, points[-1][1])]


def signals(seen: Seen, sink: str) -> list[Dot]:
    """Each False that a sink answered, and each 'drain' that it emitted."""
    dots = []
    for event in seen.events:
        if event.owner != sink or not event.holds:
            continue
        at = (event.seconds * 1000, float(event.holds[-1].length))
        if event.name == "write" and event.value == "False":
            dots.append(Dot(at, "write() answers False", "#e03131"))
        elif event.kind == "emit" and event.name == "drain":
            dots.append(Dot(at, "'drain'", "#2f9e44"))
    return dots


def held_in_hand(ledger: Ledger) -> list[Point]:
    """What a program that blocks held, over time."""
    return [(0.0, 0.0), *((one.seconds * 1000, float(one.held)) for one in ledger.entries)]


def waits(desk: Desk, *outcomes: str) -> list[Point]:
    """For each visitor: when they came, and for how many milliseconds they waited."""
    return [
        (one.came * 1000, one.wait * 1000)
        for one in desk.visitors
        if not outcomes or one.outcome in outcomes
    ]


# -- the picture ----------------------------------------------------------------------------------


class _Scale:
    def __init__(self, lines: Sequence[Line], marks: Sequence[tuple[float, str]]) -> None:
        points = [point for line in lines for point in line.points]
        self.right = max(x for x, _ in points) or 1.0
        self.top = max([*(y for _, y in points), *(height for height, _ in marks)]) * 1.08 or 1.0

    def x(self, milliseconds: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * milliseconds / self.right

    def y(self, height: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * height / self.top

    def path(self, line: Line) -> str:
        x, y = line.points[0]
        parts = [f"M{self.x(x):.1f} {self.y(y):.1f}"]
        for x, y in line.points[1:]:
            if line.steps:
                parts.append(f"H{self.x(x):.1f}V{self.y(y):.1f}")
            else:
                parts.append(f"L{self.x(x):.1f} {self.y(y):.1f}")
        return "".join(parts)


def chart(
    title: str,
    lines: Sequence[Line],
    *,
    marks: Sequence[tuple[float, str]] = (),
    dots: Sequence[Dot] = (),
    unit: str = "bytes held",
) -> str:
    """A chart, as the text of an SVG file.

    Args:
        title: what is to be seen.
        lines: what is drawn.
        marks: dashed lines, each a height and what it means.
        dots: what happened.
        unit: of the heights.
    """
    scale = _Scale(lines, marks)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="6" fill="#fff"/>',
        *_axes(scale, unit),
        *(_mark(scale, height, label) for height, label in marks),
        *(_line(scale, line, colour) for line, colour in zip(lines, _COLOURS)),
        *(_dot(scale, dot) for dot in dots),
        *_legend(lines, dots),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _axes(scale: _Scale, unit: str) -> list[str]:
    bottom = _HEIGHT - _BOTTOM
    parts = [
        f'<path d="M{_LEFT} {_TOP}V{bottom}H{_WIDTH - _RIGHT}" fill="none" stroke="#868e96"/>',
        f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 8}" class="t">milliseconds</text>',
        f'<text x="8" y="{_TOP - 24}">{escape(unit)}</text>',
    ]
    for height in _ticks(scale.top):
        y = scale.y(height)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#e9ecef"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" class="t">{height:g}</text>')
    for milliseconds in _ticks(scale.right):
        x = scale.x(milliseconds)
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{milliseconds:g}</text>'
        )
    return parts


def _ticks(most: float) -> list[float]:
    sizes = (size * power for power in (1, 10, 100, 1000) for size in (1, 2, 5))
    step = next((size for size in sizes if most <= 6 * size), most)
    return [float(n * step) for n in range(int(most / step) + 1)]


def _mark(scale: _Scale, height: float, label: str) -> str:
    y = scale.y(height)
    return (
        f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#495057" stroke-dasharray="6 4"/>'
        f'<text x="{_WIDTH - _RIGHT - 4}" y="{y - 5:.1f}" class="t">{escape(label)}</text>'
    )


def _line(scale: _Scale, line: Line, colour: str) -> str:
    path = scale.path(line)
    drawn = f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>'
    if not line.filled:
        return drawn
    floor = scale.y(0)
    area = f"{path}V{floor:.1f}H{scale.x(line.points[0][0]):.1f}Z"
    return f'<path d="{area}" fill="{colour}" fill-opacity=".15"/>{drawn}'


def _dot(scale: _Scale, dot: Dot) -> str:
    x, y = dot.at
    return (
        f'<circle cx="{scale.x(x):.1f}" cy="{scale.y(y):.1f}" r="5" fill="{dot.colour}" '
        f'stroke="#fff" stroke-width="1.5"><title>{escape(dot.label)}</title></circle>'
    )


def _legend(lines: Sequence[Line], dots: Sequence[Dot]) -> list[str]:
    entries = [(line.label, colour, False) for line, colour in zip(lines, _COLOURS)]
    entries += [(*each, True) for each in dict.fromkeys((dot.label, dot.colour) for dot in dots)]
    parts, x = [], 130.0
    for label, colour, round_ in entries:
        parts.append(
            f'<circle cx="{x + 7:.0f}" cy="16" r="5" fill="{colour}"/>'
            if round_
            else f'<path d="M{x:.0f} 16h16" stroke="{colour}" stroke-width="4"/>'
        )
        parts.append(f'<text x="{x + 22:.0f}" y="20">{escape(label)}</text>')
        x += 22 + 7.2 * len(label) + 18
    return parts
