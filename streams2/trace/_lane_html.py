"""One recording as HTML: everything that does not change from moment to moment."""

from __future__ import annotations

import io
import keyword
import os
import re
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from ._diagrams import DONE, OVER, machine_diagram, task_diagram
from ._events import SourceCode
from ._lane import Lane, Moment
from ._tanks_html import papers, tanks
from ._topology import topology

__all__ = ["lane_html"]

_COUNTERS = {
    "bytes_read": "read",
    "bytes_written": "written",
    "buffered_bytes": "held",
    "peak_buffered_bytes": "peak",
    "pauses": "pauses",
    "drains": "drains",
}
_COUNTS = {"puts": "puts", "takes": "takes", "waits": "waits"}


def lane_html(lane: Lane, index: int, moments: Sequence[Moment], largest: int) -> str:
    """The article for `lane`.

    Args:
        lane: the recording.
        index: its place on the page.
        moments: its moments.
        largest: the most bytes that any tank on the page holds.
    """
    name = escape(lane.name)
    return f"""
<article class="lane" data-lane="{index}" data-model="{escape(lane.model)}" aria-label="{name}">
<header class="lane-head"><h3>{name} <small>{escape(lane.subtitle)}</small></h3>
<dl class="counters">{_counters(lane, moments)}</dl></header>
<p class="now"></p>
<p class="why"></p>
{tanks(lane, topology(lane), largest)}
{papers(lane)}
<div class="states">{_diagrams(lane, moments)}</div>
<div class="about" role="region" aria-label="{name}: about a state" hidden></div>
<details class="more" open><summary>States, code and log</summary>
<div class="panes">
<div class="code" tabindex="0" role="region" aria-label="{name}: the code">{_code(lane)}</div>
<div class="log" tabindex="0" role="region" aria-label="{name}: what has happened">
<ol></ol></div>
</div>
</details>
</article>"""


def _counters(lane: Lane, moments: Sequence[Moment]) -> str:
    """What is counted, of that which there is: bytes, objects, or what channels do."""
    last = moments[-1] if moments else None
    counts = last.counts if last else {}
    bytes_held = [unit for unit in ("bytes", "characters") if f"held {unit}" in counts]
    shown = []
    if bytes_held or not counts:
        one_to_one = _is_one_to_one(lane)
        both = "held values" if "held values" in counts else ""
        shown += [
            _counter("data-counter", key, text, beside=both if text == "held" else "")
            for key, text in _COUNTERS.items()
            if one_to_one or key != "peak_buffered_bytes"
        ]
    for unit in ("objects", "values"):
        if f"held {unit}" in counts and (unit == "objects" or not bytes_held):
            for key in ("read", "written"):
                if f"{key} {unit}" in counts:
                    shown.append(_counter("data-count", f"{key} {unit}", key, unit))
            shown.append(_counter("data-count", f"held {unit}", "held", unit))
            if f"peak {unit}" in counts:
                shown.append(_counter("data-count", f"peak {unit}", "peak", unit))
    if "held objects" in counts and not bytes_held:
        shown += [_counter("data-counter", key, key) for key in ("pauses", "drains")]
    if not bytes_held:
        shown += [
            _counter("data-count", key, text) for key, text in _COUNTS.items() if counts.get(key)
        ]
    return "".join(shown)


def _counter(attribute: str, key: str, text: str, unit: str = "", beside: str = "") -> str:
    """One number, in words before it and after.

    Args:
        attribute, key: what the page's script finds it by.
        text: what it is.
        unit: of what it is so many.
        beside: what is counted in other units at the same place, the values of channels.
    """
    shown = f' <span data-one="{unit[:-1]}" data-many="{unit}">{unit}</span>' if unit else ""
    if beside:
        values = f'<span data-count="{beside}">0</span>'
        shown = f' <span class="and">+ {values} in channels</span>'
    return f'<div><dt>{text}</dt><dd><span {attribute}="{key}">0</span>{shown}</dd></div>'


def _is_one_to_one(lane: Lane) -> bool:
    """Whether what is read and not yet written is in between: of one source and one sink."""
    kinds = [subject.kind for subject in lane.subjects if subject.kind in ("readable", "writable")]
    return sorted(kinds) == ["readable", "writable"]


def _files(lane: Lane) -> list[str]:
    return list(dict.fromkeys(source.file for source in lane.sources))


# -- states ---------------------------------------------------------------------------------------


def _diagrams(lane: Lane, moments: Sequence[Moment]) -> str:
    reached: dict[str, dict[str, None]] = {}
    ends: dict[str, dict[str, None]] = {}
    before: Mapping[str, object] = {}
    for moment in moments:
        if moment.machines is not before:
            for key, (state, _, _) in moment.machines.items():
                reached.setdefault(key, {})[state] = None
        before = moment.machines
        for task, state in moment.tasks.items():
            ends.setdefault(task, {})[state] = None
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
        over = [state for state in ends.get(task, {}) if state in OVER] or [DONE]
        cards.append(_card("task", task, _called(task), task_diagram(task, awaits, over)))
    return "".join(html for _, html in cards)


def _called(task: str) -> str:
    """A task as what it runs: ``"tick() 2"`` of ``"tick 2"``."""
    function, _, number = task.partition(" ")
    return f"{function}() {number}".rstrip()


def _card(kind: str, key: str, title: str, svg: str) -> tuple[str, str]:
    html = (
        f'<figure class="card" data-{kind}="{escape(key)}"><figcaption>'
        f'<span class="cut" title="{escape(title)}">{escape(title)}</span>'
        f'<b class="state-name cut"></b></figcaption>{svg}</figure>'
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
    if _JAVASCRIPT.search(lines[0]):
        marks = {
            index: [(*found.span(), str(found.lastgroup)) for found in _WORDS.finditer(line)]
            for index, line in enumerate(lines)
        }
        return [_marked(line, marks[index]) for index, line in enumerate(lines)]
    return _highlighted_python(lines)


_JAVASCRIPT = re.compile(r"^\s*(async )?function\b")
_WORDS = re.compile(
    r"""(?P<s>'[^']*'|"[^"]*"|`[^`]*`)|(?P<c>//.*)|(?P<k>\b(?:async|await|catch|class|const|else"""
    r"""|finally|for|function|if|let|new|null|of|return|this|throw|try|while)\b)"""
)


def _highlighted_python(lines: Sequence[str]) -> list[str]:
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
