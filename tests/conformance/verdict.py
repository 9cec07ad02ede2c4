"""When two traces are equal.

Equal is equal, line for line, with one exception: where Node's own bookkeeping breaks down, there
is nothing left to be equal to, and the comparison ends.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import takewhile

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
            return None if _breaks_down_in_turn(nodes, index) or _tells_twice(nodes) else index
    return None if len(ours) == len(nodes) else len(nodes)


def _breaks_down_in_turn(nodes: Trace, index: int) -> bool:
    """Whether Node breaks down in the turn of this line: what is wrong in it shows at its end."""
    rest = takewhile(lambda line: not line.startswith("turn "), nodes[index:])
    return any(map(BROKEN.search, rest))


def _tells_twice(nodes: Trace) -> bool:
    """Whether a write is told of twice: Node has written what it had told to have failed."""
    told = Counter(line.split()[0] for line in nodes if TOLD.match(line))
    return any(times > 1 for times in told.values())
