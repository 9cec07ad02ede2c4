"""The tanks and tasks of a recording as HTML, in the columns in which they hand on chunks."""

from __future__ import annotations

from html import escape

from ._lane import Lane
from ._lane_data import units_of
from ._topology import Topology

__all__ = ["largest_level", "papers", "tanks"]

# Above the highest level there is a little air.
_AIR = 1.15
# A tank is drawn as tall as the tallest, unless a full one would then be lower than this part.
_LEAST = 0.25
_KIB = 1024


def largest_level(lane: Lane) -> int:
    """The most bytes or characters that any tank holds, or is marked at; 1 for none at all."""
    levels = (
        max(hold.length, hold.mark or 0)
        for event in lane.events
        for hold in event.holds
        if hold.unit in ("bytes", "characters")
    )
    return max(levels, default=0) or 1


def tanks(lane: Lane, shape: Topology, largest: int) -> str:
    """Who holds chunks and who carries them, column by column.

    Args:
        lane: the recording.
        shape: of `lane`.
        largest: the most bytes that any tank on the page holds.
    """
    drawer = _Drawer(lane, largest)
    columns = " ".join(map(_column, shape.layers))
    layers = "".join(
        f'<div class="layer">{"".join(map(drawer.node, layer))}</div>' for layer in shape.layers
    )
    wires = "".join(
        f'<g class="wire" data-from="{escape(giver)}" data-to="{escape(getter)}">'
        '<path class="shaft"/><path class="tip"/></g>'
        for giver, getter in shape.links
    )
    said = "".join(f"<li>{escape(_said(*link))}</li>" for link in shape.links)
    return (
        f'<div class="tanks" style="--columns:{columns or "none"};'
        f'--rows:{max(map(len, shape.layers), default=1)}">'
        f'<svg class="wires" aria-hidden="true">{wires}</svg>{layers}</div>'
        f'<ul class="visually-hidden links">{said}</ul>'
    )


def papers(lane: Lane) -> str:
    """What each writable has written."""
    units = units_of(lane.events)
    written = dict.fromkeys(event.owner for event in lane.events if event.kind == "written")
    return "".join(
        f'<p class="paper"><b class="cut" title="{escape(name)}">{escape(name)}</b> '
        f"<b>has written</b> "
        f'<output class="slot" data-slot="{escape(name)}|done" '
        f'data-unit="{units[f"{name}|writable"]}" aria-live="off"></output></p>'
        for name in written
    )


def _column(layer: list[str]) -> str:
    """How wide a column is: one of tasks alone is no wider than their names."""
    if any(not node.startswith("task:") for node in layer):
        return "minmax(0,1fr)"
    longest = max(len(node) for node in layer) - len("task:")
    return f"minmax(72px,{min(72 + 8 * max(longest - 6, 0), 140)}px)"


def _said(giver: str, getter: str) -> str:
    """A link in words."""

    def name(node: str) -> str:
        return node[5:] if node.startswith("task:") else node.partition("|")[0]

    return f"{name(giver)} gives to {name(getter)}"


class _Drawer:
    def __init__(self, lane: Lane, largest: int) -> None:
        self._largest = largest
        self._units = units_of(lane.events)
        self._marks: dict[str, int | None] = {}
        self._most: dict[str, int] = {}
        self._sides: dict[str, set[str]] = {}
        for event in lane.events:
            for hold in event.holds:
                slot = f"{event.owner}|{hold.side}"
                self._marks[slot] = hold.mark
                most = self._most.get(slot, 0)
                self._most[slot] = max(most, hold.length, hold.mark or 0)
                self._sides.setdefault(event.owner, set()).add(hold.side)

    def node(self, node: str) -> str:
        """A tank, or a task."""
        if node.startswith("task:"):
            return _task(node)
        owner, side = node.split("|")
        unit, mark = self._units[node], self._marks[node]
        both = {"readable", "writable"} <= self._sides[owner]
        label = f"{owner}, {side}" if both else owner
        full = self._full(node)
        text, name = escape(label), escape(owner)
        kind = "tank channel" if side == "values" else "tank"
        held = "values" if side == "values" else unit
        line = "" if mark is None else _mark(mark, "room for" if side == "values" else "mark")
        # Beside the glass: who is handed in, or waits to be put; and who has just left.
        door = f'<span class="slot" data-slot="{name}|putting"></span>' if side == "values" else ""
        comes = "" if both and side == "readable" else f'data-slot="{name}|in"'
        goes = "" if both and side == "writable" else f'data-slot="{name}|out"'
        return (
            f'<figure class="{kind}" data-node="{escape(node)}" data-owner="{name}" '
            f'data-side="{side}" data-unit="{unit}" data-full="{full:g}" '
            f'style="--at:{100 * (mark or 0) / full:.4g}%">'
            f'<figcaption class="cut" title="{text}">{text}</figcaption>'
            f'<div class="comes">{door}<span class="slot" {comes}></span></div>'
            f'<div class="glass" role="meter" aria-label="{text}, {held} held" aria-valuemin="0" '
            f'aria-valuemax="{full:g}" aria-valuenow="0">'
            f'<div class="slot held" data-slot="{escape(node)}"></div>'
            f'<span class="count"></span>{line}</div>'
            f'<p class="level"></p>'
            f'<div class="goes"><span class="slot" {goes}></span></div></figure>'
        )

    def _full(self, node: str) -> float:
        """How much a tank holds that is drawn full."""
        most = max(self._most[node], 1)
        if self._units[node] in ("bytes", "characters") and most >= self._largest * _LEAST:
            most = self._largest
        return most * _AIR


def _task(node: str) -> str:
    name = escape(node[len("task:") :])
    return (
        f'<div class="pill" data-node="{escape(node)}"><b class="cut" title="{name}">{name}</b>'
        f'<span class="cut" data-task-state="{name}"></span></div>'
    )


def _mark(mark: int, what: str) -> str:
    text = f"{mark // _KIB} KiB" if mark >= 10 * _KIB and mark % _KIB == 0 else str(mark)
    title = f"room for {mark}" if what == "room for" else f"high-water mark {mark}"
    return f'<div class="mark"></div><span class="mark-name" title="{title}">{what} {text}</span>'
