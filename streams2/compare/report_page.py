"""A comparison as a page to project: the numbers, the memory, and a run to step through.

One file that needs no network. It needs matplotlib when it is made, the extra ``plot``.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from html import escape
from importlib.resources import files

from ..trace import Lane, page
from .presentation import Report
from .small_run import CHUNKS, HIGH_WATER_MARK, SmallRun
from .tables import Cell, Table, footer, header, tables
from .timeline_svg import timeline_svg

__all__ = ["write_page"]

_MODELS = {
    "none": "nothing holds the reader back",
    "state machine": "a state machine pauses it",
    "await": "it awaits the drain",
    "channel": "it waits at a channel",
    "blocking": "its thread blocks",
}


def write_page(report: Report, runs: Sequence[SmallRun], path: str) -> None:
    """Write `report` to the file at `path`, as HTML.

    Args:
        report: the comparison.
        runs: what `record_small_runs` recorded, to step through.
        path: where to write it.

    Raises:
        OSError: the file cannot be written.
    """
    text = page(
        "Ways to copy a file",
        [_lane(run) for run in runs],
        before=_nav() + _results(report) + _memory(report) + _introduction(runs),
        style=(files(__package__) / "assets" / "report.css").read_text(encoding="utf-8"),
        data={
            "trace": {run.variant.name: run.counters._asdict() for run in runs},
            "output": {run.variant.name: run.output.decode() for run in runs},
        },
    )
    _save(text, path)


def _lane(run: SmallRun) -> Lane:
    trace = run.trace
    common = (trace.events, trace.chunks, trace.subjects, trace.sources)
    if run.variant.model == "channel":
        return Lane(
            run.variant.name,
            run.variant.model,
            "two tasks",
            *common,
            tasks=["read", "write"],
            machines=[],
            tanks=["source", "channel", "sink"],
        )
    machines = ["source|flow", "pipe source to sink|pipe", "sink|demand"]
    return Lane(run.variant.name, run.variant.model, "state machines", *common, machines=machines)


# -- the parts ------------------------------------------------------------------------------------


def _nav() -> str:
    return (
        '<nav aria-label="On this page"><a href="#results">Results</a>'
        '<a href="#memory">Memory over time</a><a href="#stepper">Step through it</a></nav>'
    )


def _results(report: Report) -> str:
    models = {found.name: found.model for found in report.measurements}
    what = escape(header(report)).replace("\n", "<br>")
    shown = "".join(_table(table, models) for table in tables(report))
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
<details><summary>What the columns mean</summary><pre>{escape(footer(report))}</pre></details>
</section>"""


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
    text = escape(cell.text)
    if cell.good is not None:
        text = f'<span class="{"good" if cell.good else "bad"}">{text}</span>'
    return f"<td{_words(left)}>{text}</td>"


def _words(left: bool) -> str:
    return ' class="words"' if left else ""


def _memory(report: Report) -> str:
    plots = "".join(
        f'<div data-series="{escape(found.model)}">{timeline_svg(found, report)}</div>'
        for found in report.measurements
    )
    return f"""
<section class="report" id="memory" aria-labelledby="memory-title">
<h2 id="memory-title">Memory over time</h2>
<p class="what">Bytes read and not yet written, all on one scale, and that a logarithmic one.
The dashed line is the high-water mark; time is in seconds.</p>
<div class="plots">{plots}</div>
</section>"""


def _introduction(runs: Sequence[SmallRun]) -> str:
    names = " and ".join(f"<b>{escape(run.variant.name)}</b>" for run in runs)
    size = sum(map(len, CHUNKS))
    return f"""
<section class="report" aria-labelledby="small-title">
<h2 id="small-title">Step through it</h2>
<p class="what">{names} copy the same {size} bytes, in {len(CHUNKS)} chunks, from a fast source to a
slow sink. Both have a high-water mark of {HIGH_WATER_MARK} bytes. What is shown was recorded while
it ran; the clock is the run's own.</p>
</section>"""


def _save(text: str, path: str) -> None:
    # Beside its place first: a page that cannot be written to the end does not replace a good one.
    directory, name = os.path.split(path)
    with tempfile.TemporaryDirectory(prefix=".streams2-", dir=directory or ".") as aside:
        written = os.path.join(aside, name)
        with open(written, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(written, path)
