"""What each variant held over time, as SVG that takes the colours of the page it stands in.

matplotlib draws it. It needs the extra ``plot``.
"""

from __future__ import annotations

import io
import re
from html import escape

import matplotlib
from matplotlib.figure import Figure

from .measurements import Measurement
from .plot import BEYOND, LINE, WITHIN, draw_timeline
from .presentation import Report
from .rates import format_bytes

__all__ = ["timeline_svg"]

_INCHES = 3.6, 2.0

# What matplotlib draws with, and what the page calls it.
_COLOURS = {
    WITHIN: "var(--series)",
    BEYOND: "var(--series)",
    LINE: "var(--mark)",
    "#000000": "var(--ink)",
    "#b0b0b0": "var(--rule)",
}


def timeline_svg(measurement: Measurement, report: Report, linear: bool = False) -> str:
    """One variant's plot, with the scales that all of them have, logarithmic or `linear`."""
    figure = Figure(figsize=_INCHES, layout="constrained")
    draw_timeline(figure.subplots(), measurement, report, linear=linear)
    drawn = io.StringIO()
    # Text stays text; and no two plots of a page have an id in common.
    with matplotlib.rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": f"{measurement.name} {linear}"}
    ):
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    return _for_the_page(drawn.getvalue(), measurement, "linear scale" if linear else "log scale")


def _for_the_page(svg: str, measurement: Measurement, scale: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    for drawn, called in _COLOURS.items():
        svg = svg.replace(drawn, called)
    # Ids that matplotlib counts itself, such as "axes_1".
    svg = re.sub(r'<g id="\w+">', "<g>", svg)
    peak = format_bytes(measurement.peak_buffered_bytes)
    label = escape(f"{measurement.name}: bytes held over time, {scale}, at most {peak}")
    return re.sub(r"<svg ", f'<svg role="img" aria-label="{label}" ', svg, count=1)
