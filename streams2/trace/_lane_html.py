"""One recording as HTML: everything that does not change from moment to moment."""

from __future__ import annotations

import io
import keyword
import os
import tokenize
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from ._diagrams import machine_diagram, task_diagram
from ._events import Event, SourceCode
from ._frames import Lane, Moment

__all__ = ["lane_data", "lane_html", "largest_level"]

_COUNTERS = {
    "bytes_read": "read",
    "bytes_written": "written",
    "buffered_bytes": "held",
    "peak_buffered_bytes": "peak",
    "pauses": "pauses",
    "drains": "drains",
}


def lane_data(lane: Lane, moments: Sequence[Moment]) -> dict[str, object]:
    """What the script of the page needs to show `moments` of `lane`."""
    files = _files(lane)
    return {
        "name": lane.name,
        "chunks": {chunk.number: [chunk.size, chunk.preview] for chunk in lane.chunks},
        "counters": [*_COUNTERS],
        "moments": [_moment_data(moment, files) for moment in moments],
    }


def _moment_data(moment: Moment, files: Sequence[str]) -> dict[str, object]:
    def place(file: str, line: int) -> str | None:
        return f"{files.index(file)}:{line}" if file in files else None

    return {
        "ms": round(moment.seconds * 1000, 3),
        "log": moment.log,
        "line": place(*moment.line) if moment.line else None,
        "lastLine": place(*moment.last_line) if moment.last_line else None,
        "started": moment.started,
        "waiting": [[place(file, line), task] for file, line, task in moment.waiting],
        "places": {number: list(where) for number, where in moment.places.items()},
        "levels": moment.levels,
        "machines": moment.machines,
        "tasks": moment.tasks,
        "counters": {
            **moment.counters._asdict(),
            "buffered_bytes": moment.counters.buffered_bytes,
        },
        "chunk": moment.chunk,
    }


def lane_html(lane: Lane, index: int, moments: Sequence[Moment], scale: float) -> str:
    """The article for `lane`.

    Args:
        lane: the recording.
        index: its place on the page.
        moments: its moments.
        scale: how many bytes a full tank holds, for tanks of bytes.
    """
    name = escape(lane.name)
    counters = "".join(
        f'<div><dt>{text}</dt><dd data-counter="{key}">0</dd></div>'
        for key, text in _COUNTERS.items()
    )
    return f"""
<article class="lane" data-lane="{index}" data-model="{escape(lane.model)}" aria-label="{name}">
<header class="lane-head"><h3>{name} <small>{escape(lane.subtitle)}</small></h3>
<dl class="counters">{counters}</dl></header>
<p class="now"></p>
<div class="tanks">{_tanks(lane, scale)}</div>
{_papers(lane)}
<div class="states">{_diagrams(lane, moments)}</div>
<div class="panes">
<div class="code" tabindex="0" role="region" aria-label="{name}: the code">{_code(lane)}</div>
<div class="log" tabindex="0" role="region" aria-label="{name}: what has happened">
<ol>{_log(moments)}</ol></div>
</div>
</article>"""


def _files(lane: Lane) -> list[str]:
    return list(dict.fromkeys(source.file for source in lane.sources))


# -- tanks ----------------------------------------------------------------------------------------


def largest_level(lane: Lane) -> int:
    """The most bytes that any tank of bytes holds, or is marked at."""
    objects = {subject.name for subject in lane.subjects if subject.objects}
    return max(
        (
            max(hold.length, hold.mark or 0)
            for event in lane.events
            for hold in event.holds
            if event.owner not in objects
        ),
        default=1,
    )


# A chunk enters a duplex at its writable side and comes out at the other.
_SIDES = ("values", "writable", "readable")


def _tanks(lane: Lane, scale: float) -> str:
    subjects = {subject.name: subject for subject in lane.subjects}
    parts = []
    for name, holds in _holders(lane).items():
        subject = subjects[name]
        sides = [side for side in _SIDES if side in holds]
        for side in sides:
            label = name if len(sides) == 1 else f"{name}, {side}"
            if subject.kind == "channel":
                parts.append(_channel(name, label, holds[side]))
            else:
                full = _most(lane.events, name, side) * 1.15 if subject.objects else scale
                unit = "objects" if subject.objects else "bytes"
                parts.append(_tank(name, side, label, holds[side].mark, full, unit))
            if side != sides[-1]:
                parts.append('<div class="hand" aria-hidden="true"></div>')
        parts.append(_hand(name))
    return "".join(parts)


def _holders(lane: Lane) -> dict[str, dict[str, Any]]:
    """What holds chunks: those that are read, then channels, then those that are written."""
    kinds = {subject.name: subject.kind for subject in lane.subjects}
    order = ["readable", "duplex", "channel", "writable"]
    found: dict[str, dict[str, Any]] = {}
    for event in lane.events:
        for hold in event.holds:
            if lane.tanks is None or event.owner in lane.tanks:
                found.setdefault(event.owner, {})[hold.side] = hold
    return dict(sorted(found.items(), key=lambda item: order.index(kinds[item[0]])))


def _most(events: Iterable[Event], owner: str, side: str) -> int:
    return max(
        max(hold.length, hold.mark or 0)
        for event in events
        for hold in event.holds
        if event.owner == owner and hold.side == side
    )


def _tank(owner: str, side: str, label: str, mark: int, full: float, unit: str) -> str:
    text = escape(label)
    return (
        f'<figure class="tank" data-owner="{escape(owner)}" data-side="{side}" data-unit="{unit}" '
        f'style="--full:{full:g};--at:{mark}"><figcaption>{text}</figcaption>'
        f'<div class="glass" role="meter" aria-label="{text}, {unit} held" aria-valuemin="0" '
        f'aria-valuemax="{full:g}" aria-valuenow="0">'
        f'<div class="slot held" data-slot="{escape(owner)}|{side}"></div>'
        f'<div class="mark"><span>high-water mark {mark}</span></div></div>'
        f'<p class="level"></p></figure>'
    )


def _channel(owner: str, label: str, hold: Any) -> str:
    size = hold.mark or 0
    text, name = escape(label), escape(owner)
    return (
        f'<figure class="tank channel" data-owner="{name}" data-side="values" '
        f'style="--full:{size + 2};--at:{size}"><figcaption>{text}</figcaption>'
        f'<div class="glass" role="meter" aria-label="{text}, values held" aria-valuemin="0" '
        f'aria-valuemax="{max(size, 1)}" aria-valuenow="0">'
        f'<div class="slot held" data-slot="{name}|values"></div>'
        f'<div class="slot door" data-slot="{name}|putting"></div>'
        f'<div class="mark"><span>room for {size}</span></div></div>'
        f'<p class="level"></p></figure>'
    )


def _hand(owner: str) -> str:
    name = escape(owner)
    return (
        f'<div class="hand" aria-hidden="true"><span class="slot" data-slot="{name}|in"></span>'
        f'<span class="slot" data-slot="{name}|out"></span></div>'
    )


def _papers(lane: Lane) -> str:
    written = dict.fromkeys(event.owner for event in lane.events if event.kind == "written")
    return "".join(
        f'<p class="paper"><b>{escape(name)} has written</b> '
        f'<output class="slot" data-slot="{escape(name)}|done" aria-live="off"></output></p>'
        for name in written
    )


# -- states ---------------------------------------------------------------------------------------


def _diagrams(lane: Lane, moments: Sequence[Moment]) -> str:
    reached: dict[str, list[str]] = {}
    for moment in moments:
        for key, (state, _, _) in moment.machines.items():
            reached.setdefault(key, []).append(state)
    pipes = [subject.name for subject in lane.subjects if subject.kind == "pipe"]
    cards = []
    for key, states in reached.items():
        owner, machine = key.split("|")
        shown = machine != "lifecycle" if lane.machines is None else key in lane.machines
        if shown:
            title = f"{owner} · {machine}" if owner not in pipes else owner
            title = "pipe" if [owner] == pipes else title
            cards.append(_card("machine", key, title, machine_diagram(machine, states)))
    if lane.machines is not None:
        order = {key: index for index, key in enumerate(lane.machines)}
        cards.sort(key=lambda card: order[card[0]])
    for task, awaits in lane.awaits.items():
        cards.append(_card("task", task, f"task {task}()", task_diagram(task, awaits)))
    return "".join(html for _, html in cards)


def _card(kind: str, key: str, title: str, svg: str) -> tuple[str, str]:
    html = (
        f'<figure class="card" data-{kind}="{escape(key)}"><figcaption>{escape(title)}'
        f'<b class="state-name"></b></figcaption>{svg}</figure>'
    )
    return key, html


# -- code and log ---------------------------------------------------------------------------------


def _code(lane: Lane) -> str:
    files = _files(lane)
    return "".join(_function(source, files.index(source.file)) for source in lane.sources)


def _function(source: SourceCode, file: int) -> str:
    path = source.file.replace(os.sep, "/")
    short = path[path.rindex("streams2/") :] if "streams2/" in path else path.rpartition("/")[2]
    lines = "".join(
        f'<li data-line="{file}:{source.first_line + index}" style="--indent:{_indent(line)}">'
        f"<code>{text.lstrip() or '&#8203;'}</code></li>"
        for index, (line, text) in enumerate(zip(source.lines, _highlighted(source.lines)))
    )
    return (
        f"<section><h4>{escape(short)}</h4>"
        f'<ol start="{source.first_line}" style="--first:{source.first_line - 1}">{lines}</ol>'
        "</section>"
    )


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _highlighted(lines: Sequence[str]) -> list[str]:
    """The lines as HTML, with keywords, strings and comments marked."""
    marks: dict[int, list[tuple[int, int, str]]] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
            kind = _kind(token)
            if kind and token.start[0] == token.end[0]:
                marks.setdefault(token.start[0] - 1, []).append(
                    (token.start[1], token.end[1], kind)
                )
    except (tokenize.TokenError, IndentationError):
        marks.clear()
    return [_marked(line, marks.get(index, [])) for index, line in enumerate(lines)]


def _kind(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.NAME and keyword.iskeyword(token.string):
        return "k"
    return {tokenize.STRING: "s", tokenize.COMMENT: "c"}.get(token.type, "")


def _marked(line: str, marks: Iterable[tuple[int, int, str]]) -> str:
    parts, at = [], 0
    for start, end, kind in marks:
        parts.append(escape(line[at:start]))
        parts.append(f'<span class="{kind}">{escape(line[start:end])}</span>')
        at = end
    return "".join([*parts, escape(line[at:])])


def _log(moments: Sequence[Moment]) -> str:
    return "".join(
        f'<li data-moment="{index}"><span class="ms">{moment.seconds * 1000:.3g}</span> '
        f"{'<br>'.join(escape(text) for text in moment.log)}</li>"
        for index, moment in enumerate(moments)
    )
