"""The page: recordings on one clock, in one file that needs no network."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from ..errors import OutOfRangeError
from ._frames import Lane, Moment, clock, moments
from ._lane import JUMPS
from ._lane_data import lane_data
from ._lane_html import lane_html
from ._tanks_html import largest_level
from .diagram import MACHINES, rows

__all__ = ["check_length", "page"]

_MOST_EVENTS = 1_000_000
"""More than this, and a browser takes longer to open the page than anybody waits."""


def check_length(lane: Lane) -> None:
    """Raise OutOfRangeError if `lane` is too long to be shown."""
    if len(lane.events) > _MOST_EVENTS:
        raise OutOfRangeError(
            "the recording's number of events",
            f"at most {_MOST_EVENTS:,} to be shown; record less: fewer chunks, a shorter block, or "
            "no lines, by `record(code=[])`",
            f"{len(lane.events):,}",
        )


def page(
    title: str,
    lanes: Sequence[Lane],
    *,
    shown: Sequence[Sequence[Moment]] | None = None,
    before: str = "",
    after: str = "",
    style: str = "",
    data: dict[str, Any] | None = None,
) -> str:
    """The page with `lanes` side by side.

    Args:
        title: what it is called.
        lanes: the recordings.
        shown: their moments, for who has them already.
        before, after: HTML that comes before the stepper, and after it.
        style: CSS that this HTML needs.
        data: what else to embed in the page's JSON.

    Raises:
        OutOfRangeError: a recording is too long to be shown.
    """
    for lane in lanes:
        check_length(lane)
    if shown is None:
        shown = [moments(lane) for lane in lanes]
    largest = max(largest_level(lane) for lane in lanes)
    embedded = {
        **(data or {}),
        "clock": clock(shown),
        "machines": {name: _rules(name) for name in MACHINES},
        "lanes": [lane_data(lane, each) for lane, each in zip(lanes, shown)],
    }
    articles = [
        lane_html(lane, index, each, largest)
        for index, (lane, each) in enumerate(zip(lanes, shown))
    ]
    return Template(_asset("page.html")).substitute(
        title=escape(title),
        style=_asset("page.css") + style,
        script=_asset("page.js"),
        before=before,
        after=after,
        jumps="".join(map(_jump, JUMPS)),
        lanes="".join(articles),
        last=len(embedded["clock"]) - 1,
        # "</script>" inside of a string would end the script.
        data=json.dumps(embedded, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/"),
    )


def _jump(kind: str) -> str:
    """Buttons to go to where `kind` happens."""

    def button(way: int, words: str, sign: str) -> str:
        key = kind[0] if way > 0 else f"shift {kind[0]}"
        return (
            f'<button type="button" data-jump="{kind}" data-way="{way}" '
            f'aria-label="{words} {kind}" title="{words} {kind} ({key})">{sign}</button>'
        )

    back, on = button(-1, "Previous", "&lsaquo;"), button(1, "Next", "&rsaquo;")
    return f'<span class="jump">{back}{kind}{on}</span>\n'


@functools.cache
def _rules(machine: str) -> dict[str, object]:
    """What each state of a machine means, and where its events lead."""
    table = MACHINES[machine]
    return {
        state.value: {
            "note": table.notes.get(state, ""),
            "ends": [
                [row.event, row.target.value]
                for row in rows(table)
                if row.state is state and row.target is not state
            ],
        }
        for state in table.states()
    }


@functools.cache
def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")
