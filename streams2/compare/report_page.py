"""A comparison as a page to project: the numbers, the memory, and a run to step through.

One file that needs no network. It needs matplotlib when it is made, the extra ``plot``.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from ..trace import Lane, page
from .presentation import Report
from .saving import save
from .small_choice import SmallRuns
from .small_run import SmallRun
from .stepped.node import source_of_node
from .tables import (
    Cell,
    Table,
    about_busy,
    about_luck,
    fault_cells,
    footer,
    header,
    lines_table,
    results,
)
from .timeline_svg import timeline_svg
from .variants import VARIANTS, Variant, bridge_lines
from .why import why_they_hold_it

__all__ = ["write_page"]

_MODELS = {
    "none": "nothing holds the reader back",
    "state machine": "a state machine pauses it",
    "await": "it awaits the drain",
    "channel": "it waits at a channel",
    "blocking": "its thread blocks",
}


def write_page(report: Report, small: SmallRuns, path: str) -> None:
    """Write `report` to the file at `path`, as HTML.

    Args:
        report: the comparison.
        small: the runs to step through.
        path: where to write it.

    Raises:
        OSError: the file cannot be written. The error names `path`.
    """
    after = [_results(report), _lines(report), _memory(report), _why(report, small)]
    text = page(
        "Ways to copy a file",
        [_lane(run) for run in small.runs],
        before=_nav() + _introduction(small),
        after="".join(after),
        style=(files(__package__) / "assets" / "report.css").read_text(encoding="utf-8"),
        data={
            "trace": {run.variant.name: run.counters._asdict() for run in small.runs},
            "output": {run.variant.name: run.output.decode() for run in small.runs},
        },
    )
    save(path, lambda place: Path(place).write_text(text, encoding="utf-8"))


_FLOW, _DEMAND, _PIPE = "source|flow", "sink|demand", "pipe source to sink|pipe"
_LIVES = ["source|lifecycle", "sink|lifecycle"]

_MACHINES = {
    "naive": [_FLOW, _DEMAND],
    "pause_resume": [_FLOW, _DEMAND],
    "pipe": [_FLOW, _PIPE, _DEMAND],
    "async_iteration": [_DEMAND],
    "channel": [],
    "iter": ["budget|push"],
    "node": [_FLOW, _PIPE, _DEMAND],
}
"""What there is to see of each: that which decides when it goes on."""

_MACHINES_IN_NEED = {
    "naive": [_DEMAND],
    "pause_resume": [_FLOW],
    "pipe": [_PIPE],
    "node": [_PIPE],
    "iter": ["budget|push"],
}
"""The one of these to see beside the lives, when something goes wrong: who is still open?"""

_TASKS = {
    "streams": ["cat", "cat_or_fail"],
    "asyncio": ["cat", "cat_or_fail"],
    "iter": ["cat", "cat_or_fail"],
    "anyio": ["read", "write"],
    "trio": ["read", "write"],
    "blocking": ["read", "write"],
    "node": [],
}
"""The functions to show as tasks, by what they copy between."""

_TANKS = {"channel": ["source", "channel", "sink"], "iter": ["source", "budget", "sink"]}
"""The tanks, from left to right, where they cannot be told from what happens."""

_SUBTITLES = {
    "naive": "listens to nobody",
    "pause_resume": "a state machine by hand",
    "pipe": "state machines",
    "async_iteration": "one task",
    "channel": "two tasks",
    "iter": "two pipes, and a budget between",
    "asyncio": "one task, a reader and a writer",
    "threads": "two threads and a queue",
    "anyio": "two tasks and a memory stream",
    "trio": "two tasks and a memory channel",
    "node": "Node's own state machines",
}


def _lane(run: SmallRun) -> Lane:
    trace, name = run.trace, run.variant.name
    function = run.variant._replace(function=run.function)
    sources = [source_of_node(function)] if name == "node" else trace.sources
    return Lane(
        name,
        run.variant.model,
        _SUBTITLES.get(name, ""),
        *(trace.events, trace.chunks, trace.subjects, sources),
        tasks=["read", "write"] if name == "channel" else _TASKS[run.variant.endpoints],
        machines=_machines(run),
        tanks=_TANKS.get(name),
    )


def _machines(run: SmallRun) -> list[str]:
    name = run.variant.name
    if run.variant.endpoints not in ("streams", "node", "iter"):
        return []
    if run.fault is None:
        return _MACHINES.get(name, [])
    lives = [] if run.variant.endpoints == "iter" else _LIVES
    return [*_MACHINES_IN_NEED.get(name, []), *lives]


# -- the parts ------------------------------------------------------------------------------------


_PARTS = {
    "stepper": "Step through it",
    "results": "Results",
    "lines": "Lines of code",
    "memory": "Memory over time",
    "why": "Why",
}


def _nav() -> str:
    links = "".join(f'<a href="#{name}">{title}</a>' for name, title in _PARTS.items())
    return f'<nav aria-label="On this page">{links}</nav>'


def _results(report: Report) -> str:
    models = {found.name: found.model for found in report.measurements}
    what = escape(header(report)).replace("\n", "<br>")
    shown = "".join(_table(table, models) for table in results(report))
    used = dict.fromkeys(models.values())
    legend = "".join(
        f'<li data-series="{escape(model)}">{escape(_MODELS.get(model, model))}</li>'
        for model in used
    )
    return f"""
<section class="report" id="results" aria-labelledby="results-title">
<h2 id="results-title">Results</h2>
<p class="what">{what}</p>
<ul class="legend">{legend}</ul>
<div class="tables">{shown}</div>
{_caveats(report)}
<details><summary>What the columns mean</summary><pre>{escape(footer(report))}</pre></details>
</section>"""


def _lines(report: Report) -> str:
    """How long each variant is, and what it says."""
    models = {found.name: found.model for found in report.measurements}
    pages = "".join(_page_of(variant) for variant in VARIANTS if variant.name in models)
    return f"""
<section class="report" id="lines" aria-labelledby="lines-title">
<h2 id="lines-title">Lines of code</h2>
<p class="what">Each is written twice: for when all goes well, and so that whichever side fails, or
if the caller gives up, both are closed and the caller is told. No comment counts, no docstring, and
no line that only closes a bracket, in Python and in JavaScript. What a form calls on its page
counts, too. By the bridge between streams and channels, channel has {bridge_lines()} lines.</p>
<div class="tables">{_table(lines_table(report), models)}<div class="pages">{pages}</div></div>
</section>"""


def _page_of(variant: Variant) -> str:
    name = escape(variant.name)
    text = escape(Path(variant.path).read_text(encoding="utf-8"))
    return (
        f"<details><summary>{name}</summary>"
        f'<pre tabindex="0" role="region" aria-label="{name}: its page">{text}</pre></details>'
    )


def _caveats(report: Report) -> str:
    """What not to make of the numbers, where it cannot be overlooked."""
    told = [*about_busy(report), *about_luck(report)]
    return "".join(f'<p class="caveat">{escape(text)}</p>' for text in told)


def _table(table: Table, models: dict[str, str]) -> str:
    names = [column.name for column in table.columns]
    head = "".join(
        f'<th scope="col"{_words(column.left)}>{escape(column.name)}</th>'
        for column in table.columns
    )
    body = "".join(_row(row, table, models) for row in table.rows)
    label = escape(f"{names[0]}: {', '.join(names[1:])}")
    return (
        f'<div class="sheet" tabindex="0" role="region" aria-label="{label}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: Sequence[Cell], table: Table, models: dict[str, str]) -> str:
    first, *others = row
    model = escape(models.get(first.text, ""))
    cells = "".join(
        _cell(cell, column.left) for cell, column in zip(others, list(table.columns)[1:])
    )
    return (
        f'<tr data-series="{model}"><th scope="row" class="words variant">'
        f"{escape(first.text)}</th>{cells}</tr>"
    )


def _cell(cell: Cell, left: bool) -> str:
    if cell.bar is not None:
        return f'<td class="bar"><span style="width:{cell.bar:.1%}"></span></td>'
    return f"<td{_words(left)}>{_span(cell)}</td>"


def _words(left: bool) -> str:
    return ' class="words"' if left else ""


def _memory(report: Report) -> str:
    return f"""
<div class="memories">
{_plots(report, "memory", "Memory over time", linear=False)}
{_plots(report, "memory-linear", "The same on a linear scale", linear=True)}
</div>"""


def _plots(report: Report, name: str, title: str, *, linear: bool) -> str:
    plots = "".join(
        f'<div data-series="{escape(found.model)}">{timeline_svg(found, report, linear)}</div>'
        for found in report.measurements
    )
    told = _ON_A_LINE if linear else _ON_A_LOGARITHM
    return f"""
<section class="report" id="{name}" aria-labelledby="{name}-title">
<h2 id="{name}-title">{title}</h2>
<p class="what">{told}</p>
<div class="plots">{plots}</div>
</section>"""


_ON_A_LOGARITHM = """Bytes read and not yet written, all on one scale, and that a logarithmic one:
each line is so many times the one below. The dashed line is the high-water mark; time is in
seconds."""

_ON_A_LINE = """Twice as high is twice as much. What holds little beside the one that holds most
is hardly there: that is how large the difference is."""


def _why(report: Report, small: SmallRuns) -> str:
    told = "".join(
        f"<p>{escape(text)}</p>" for text in why_they_hold_it(report, small.runs, small.plan)
    )
    if not told:
        return ""
    return f"""
<section class="report" id="why" aria-labelledby="why-title">
<h2 id="why-title">Why they hold what they hold</h2>
{told}
</section>"""


def _introduction(small: SmallRuns) -> str:
    plan = small.plan
    names = " and ".join(f"<b>{escape(run.variant.name)}</b>" for run in small.runs)
    slow = plan.source_seconds > plan.sink_seconds
    how = "a slow source to a fast sink" if slow else "a fast source to a slow sink"
    alone = len(small.runs) == 1
    what = "copies" if alone else "copy the same"
    marks = f"high-water marks of {plan.high_water_mark} bytes"
    scale = f" ({escape(plan.scale)})" if plan.scale else ""
    copied = f"{plan.size} bytes, in {len(plan.chunks)} chunks, from {how}"
    parts = [f"{names} {what} {copied}, with {marks}{scale}."]
    if plan.fault is not None:
        parts.append(f"The fault: {escape(_FAULTS_HERE[plan.fault])}.")
    parts.append("What is shown was recorded while it ran; the clock is the run's own.")
    parts += [_BY_CHANCE[run.variant.endpoints] for run in small.runs if _is_by_chance(run)]
    parts += [
        f"<b>{escape(name)}</b> cannot be stepped through: {escape(why)}."
        for name, why in small.left_out.items()
    ]
    return f"""
<section class="report" aria-labelledby="small-title">
<h2 id="small-title">Step through it</h2>
<p class="what">{" ".join(parts)}</p>
{_verdicts(small)}
</section>"""


_BY_CHANCE = {
    "blocking": "Threads have no clock but the real one, which is shown five times slower, and who "
    "comes first may be another the next time: this is the order of this run.",
    "trio": "Of tasks that can go on at the same time trio picks one by chance: the next run may "
    "have them in another order.",
}
"""What is said of runs that differ from time to time."""


def _is_by_chance(run: SmallRun) -> bool:
    return run.variant.endpoints in _BY_CHANCE


_FAULTS_HERE = {
    "source": "reading fails half way",
    "sink": "writing fails half way",
    "slow-start": "the sink takes as long to open as for four chunks",
    "abort": "the caller gives up when half is written",
}
"""What goes wrong in a small run."""


def _verdicts(small: SmallRuns) -> str:
    if small.plan.fault is None:
        return ""
    rows = []
    for run in small.runs:
        assert run.fault is not None
        told, closed, lost = fault_cells(run.fault)
        rows.append(
            f'<li data-series="{escape(run.variant.model)}"><b class="variant">'
            f"{escape(run.variant.name)}</b> ({escape(run.function)}): caller told: "
            f"{_span(told)}; files: {_span(closed)}; bytes lost: {_span(lost)}</li>"
        )
    return f'<ul class="verdicts">{"".join(rows)}</ul>'


def _span(cell: Cell) -> str:
    text = escape(cell.text)
    if cell.note:
        return f'<span class="note">{text}</span>'
    if cell.good is None:
        return text
    return f'<span class="{"good" if cell.good else "bad"}">{text}</span>'
