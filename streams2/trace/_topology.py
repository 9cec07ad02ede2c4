"""Who hands chunks to whom, from what was recorded.

A tank is a side of a stream, or a channel: ``"sink|writable"``. A task stands between the tanks
that it takes from and those that it puts into: ``"task:produce"``. What no recorded task carries
goes straight from tank to tank: by a pipe, or by whoever has just got it and hands it on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ._events import Event
from ._lane import Lane, function_of
from ._methods import PUTS, TAKES, WRITES

__all__ = ["Links", "Topology", "tanks_of", "topology"]

_TANKS = ("values", "writable", "readable")


@dataclass
class Topology:
    """Who hands chunks to whom.

    Attributes:
        layers: the nodes, in columns: whoever gets something stands behind who gives it.
        links: from whom, to whom.
    """

    layers: list[list[str]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)


def topology(lane: Lane) -> Topology:
    """Who hands chunks to whom in `lane`."""
    tanks = tanks_of(lane)
    finder = Links(lane, tanks)
    for event in lane.events:
        finder.see(event)
    links = [link for link in finder.links if link[0] != link[1]]
    nodes = [*tanks, *dict.fromkeys(end for link in links for end in link if end not in tanks)]
    return Topology(_layered(nodes, links), links)


def tanks_of(lane: Lane) -> list[str]:
    """The tanks, those that are read first, and then in the order in which they were seen."""
    undrawn = lane.undrawn
    kinds = {subject.name: subject.kind for subject in lane.subjects}
    sides: dict[str, dict[str, None]] = {}
    for event in lane.events:
        for hold in event.holds:
            if hold.side in _TANKS and (
                event.owner in lane.tanks if lane.tanks is not None else event.owner not in undrawn
            ):
                sides.setdefault(event.owner, {})[hold.side] = None
    order = ["readable", "duplex", "channel", "writable"]
    owners = sorted(sides, key=lambda owner: order.index(kinds[owner]))
    return [f"{owner}|{side}" for owner in owners for side in _TANKS if side in sides[owner]]


class Links:
    """Finds the links between `tanks`."""

    def __init__(self, lane: Lane, tanks: Sequence[str]) -> None:
        self.links: dict[tuple[str, str], None] = {}
        self._tanks = set(tanks)
        self._tasks = lane.tasks
        # Who has asked each channel for a value, the first one first: by number and task.
        self._asked: dict[str, list[tuple[int, str]]] = {}
        self._both = {subject.name for subject in lane.subjects if subject.kind == "duplex"}
        # Whence each of those who run has each chunk, and whether it was told of it.
        self._had: dict[tuple[int, int], tuple[str, bool]] = {}
        for tank in tanks:
            owner, side = tank.split("|")
            if side == "writable":
                self._link(tank, f"{owner}|readable")

    def _link(self, giver: str, getter: str) -> None:
        if all(end in self._tanks or end.startswith("task:") for end in (giver, getter)):
            self.links[(giver, getter)] = None

    def see(self, event: Event) -> tuple[str, str]:
        """Learn from `event`; from whom to whom it hands a chunk, each empty for nobody."""
        if event.kind == "emit":
            if event.name == "pipe" and event.value:
                self._link(f"{event.value}|readable", f"{event.owner}|writable")
            elif event.name == "data" and event.chunk is not None:
                self._had[event.actor, event.chunk] = (f"{event.owner}|readable", True)
        elif event.kind in ("call", "answer", "wait"):
            if event.name in TAKES or event.name == "read":
                side = "readable" if event.name == "read" else "values"
                return self._take(event, f"{event.owner}|{side}")
            if event.name == "push" and self._asked.get(f"{event.owner}|readable"):
                # Whoever reads has a stream fetch: it is not that one who gives.
                return "", f"{event.owner}|readable"
            side = _side_into(event.name)
            if side and event.kind != "answer" and event.chunk is not None:
                return self._give(event, f"{event.owner}|{side}")
        return "", ""

    def _task(self, event: Event) -> str:
        if event.task is None:
            return ""
        shown = self._tasks is None or function_of(event.task) in self._tasks
        return f"task:{event.task}" if shown else ""

    def _take(self, event: Event, tank: str) -> tuple[str, str]:
        actor, task = event.actor, self._task(event)
        asked = self._asked.setdefault(tank, [])
        if event.kind == "answer":
            # An `alts` that waits has its answer while somebody else runs.
            if (actor, task) not in asked and asked:
                actor, task = asked[0]
            if (actor, task) in asked:
                asked.remove((actor, task))
        elif (actor, task) not in asked:
            asked.append((actor, task))
        if task and event.name != "read":
            self._link(tank, task)
        if event.kind == "answer" and event.chunk is not None:
            self._had[actor, event.chunk] = (tank, False)
            if task:
                self._link(tank, task)
        return tank, task

    def _give(self, event: Event, tank: str) -> tuple[str, str]:
        assert event.chunk is not None
        giver, told = self._had.get((event.actor, event.chunk), ("", False))
        task = self._task(event)
        if task and not told:
            giver = task
        if giver == tank or (event.name == "push" and event.owner in self._both):
            # What a Transform gives is what it was given, however it looks now.
            return "", tank
        if giver:
            self._link(giver, tank)
        return giver, tank


def _side_into(method: str) -> str:
    if method in PUTS:
        return "values"
    if method in WRITES:
        return "writable"
    return "readable" if method == "push" else ""


# -- columns --------------------------------------------------------------------------------------


def _layered(nodes: Sequence[str], links: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The nodes in columns: each is one behind the last of those who give to it."""
    getters: dict[str, list[str]] = {node: [] for node in nodes}
    for giver, getter in links:
        getters[giver].append(getter)
    forward = _without_circles(nodes, getters)
    depth = dict.fromkeys(nodes, 0)
    for node in forward:
        for getter in forward[node]:
            depth[getter] = max(depth[getter], depth[node] + 1)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in nodes:
        layers[depth[node]].append(node)
    return _untangled(layers, forward)


def _without_circles(
    nodes: Sequence[str], getters: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Who gives to whom, givers first, without what leads back to where it came from."""
    finished: dict[str, list[str]] = {}
    on_the_way: set[str] = set()
    for first in nodes:
        path: list[tuple[str, Iterator[str], list[str]]] = []
        if first not in finished:
            path.append((first, iter(getters[first]), []))
        on_the_way.update(node for node, *_ in path)
        while path:
            node, rest, kept = path[-1]
            getter = next(rest, None)
            if getter is None:
                path.pop()
                on_the_way.discard(node)
                finished[node] = kept
            elif getter not in on_the_way:
                kept.append(getter)
                if getter not in finished:
                    on_the_way.add(getter)
                    path.append((getter, iter(getters[getter]), []))
    return dict(reversed(list(finished.items())))


def _untangled(layers: list[list[str]], forward: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Each column in the order of those who give to it, so that few arrows cross."""
    givers: dict[str, list[str]] = {}
    for giver, getters in forward.items():
        for getter in getters:
            givers.setdefault(getter, []).append(giver)
    row: dict[str, float] = {}
    for layer in layers:
        places = {
            node: sum(row[one] for one in givers[node]) / len(givers[node])
            if node in givers
            else float(index)
            for index, node in enumerate(layer)
        }
        layer.sort(key=places.__getitem__)
        row.update((node, float(index)) for index, node in enumerate(layer))
    return layers
