"""When two traces are equal.

Equal is equal, line for line, with one exception: where Node's own bookkeeping breaks down, there
is nothing left to be equal to, and the comparison ends.
"""

from __future__ import annotations

import re
from collections import Counter

from .language import Trace

#: Signs that Node has broken down: an exception of its own making, a buffer of less than nothing.
BROKEN = re.compile(
    r"TypeError: (Cannot (read properties|destructure)|.* is not a function)|Length=-\d"
)

#: A callback of a write is called.
TOLD = re.compile(r"cb\d+ ")


def first_difference(ours: Trace, nodes: Trace) -> int | None:
    """The index of the first line that differs, or None."""
    for index, line in enumerate(nodes):
        if BROKEN.search(line):
            return None
        if index == len(ours) or ours[index] != line:
            return None if breaks_down(nodes) else index
    return None if len(ours) == len(nodes) else len(nodes)


def breaks_down(nodes: Trace) -> bool:
    """Whether Node breaks down anywhere: it shows only turns later that a count is wrong."""
    told = Counter(line.split()[0] for line in nodes if TOLD.match(line))
    # A write that is told of twice was written after it was told to have failed.
    return any(map(BROKEN.search, nodes)) or any(times > 1 for times in told.values())
