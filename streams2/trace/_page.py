"""The page: recordings on one clock, in one file that needs no network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from ._frames import Lane, clock, moments
from ._lane_html import lane_data, lane_html, largest_level

__all__ = ["page"]

# Above the highest level there is a little air.
_AIR = 1.15


def page(
    title: str,
    lanes: Sequence[Lane],
    *,
    before: str = "",
    style: str = "",
    data: dict[str, Any] | None = None,
) -> str:
    """The page with `lanes` side by side.

    Args:
        title: what it is called.
        lanes: the recordings.
        before: HTML that comes before the stepper.
        style: CSS that this HTML needs.
        data: what else to embed in the page's JSON.
    """
    shown = [moments(lane) for lane in lanes]
    scale = max(largest_level(lane) for lane in lanes) * _AIR
    embedded = {
        **(data or {}),
        "clock": clock(shown),
        "lanes": [lane_data(lane, each) for lane, each in zip(lanes, shown)],
    }
    articles = [
        lane_html(lane, index, each, scale) for index, (lane, each) in enumerate(zip(lanes, shown))
    ]
    return Template(_asset("page.html")).substitute(
        title=escape(title),
        style=_asset("page.css") + style,
        script=_asset("page.js"),
        before=before,
        lanes="".join(articles),
        last=len(embedded["clock"]) - 1,
        # "</script>" inside of a string would end the script.
        data=json.dumps(embedded, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/"),
    )


def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")
