"""When two traces are equal.

Equal is equal, line for line, with two exceptions. Where Node's own bookkeeping breaks down, there
is nothing left to be equal to, and the comparison ends. So it does where a stream was destroyed,
and Node then reports success with bytes lost, or nothing at all (docs/differences.md, 11 and 12).
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import takewhile

from .language import Trace

#: Signs that Node has broken down: an exception of its own making, a buffer of less than nothing.
BROKEN = re.compile(
    r"TypeError: (Cannot (read (properties|private)|destructure)|.* is not a function)|Length=-\d"
)

#: Somebody who waits for the end of a stream, or of a pipeline, is told of it.
TOLD_OF_THE_END = re.compile(
    r"(f\d+|p\d+) (none|ERR_STREAM_PREMATURE_CLOSE: Premature close)$"
    r"|(p\d+) ((?:ERR_\w+|Error): .*)$"
)

#: What a pipeline does to its streams when it is over: they fail, or are ended.
OVER = re.compile(
    r"\w+( emit error|\._destroy) ERR_STREAM_PREMATURE_CLOSE: Premature close$"
    r"|\w+ emit prefinish$|\w+\._(final|flush)$"
    r"|= \w+ .*(writableEnded=true|errored=ERR_STREAM_PREMATURE_CLOSE)"
)

#: How many listen for the end of a stream: with a pipeline that waits, Node's own.
WAITING_LISTENERS = re.compile(r" on:(end|error)=\d+")

#: A pipeline begins; its last word is the one that is told.
PIPELINE = re.compile(r"pipeline (?:\w+ )*(p\d+)")

#: A stream goes before its time, or may have gone so.
GONE = re.compile(r"\w+(\.destroy\b| emit close$)|= \w+ .*destroyed=true")

#: A callback of a write is called.
TOLD = re.compile(r"cb\d+ ")


def first_difference(ours: Trace, nodes: Trace) -> int | None:
    """The index of the first line that differs, or None."""
    for index, line in enumerate(nodes):
        if BROKEN.search(line):
            return None
        if index == len(ours) or ours[index] != line:
            return None if breaks_down(nodes) or loses_untold(ours, nodes, index) else index
    if len(ours) == len(nodes) or loses_untold(ours, nodes, len(nodes)):
        return None
    return len(nodes)


def loses_untold(ours: Trace, nodes: Trace, index: int) -> bool:
    """Whether we tell, from this line on, what Node keeps to itself.

    Of a loss it tells success, or nothing; of a source that was destroyed with nothing left to be
    read it tells nothing, or only when its destination has gone as well.
    """
    if not any(map(GONE.match, ours[:index])):
        return False
    answers = [line.partition(" ") for line in nodes]
    for line in ours[index:]:
        told = TOLD_OF_THE_END.match(line)
        if told is not None:
            who, how = told[1] or told[3], told[2] or told[4]
            nodes_answers = [answer for name, _, answer in answers if name == who]
            if not nodes_answers or (how != "none" and nodes_answers == ["none"]):
                return True
    return is_over_early(ours, nodes, index)


def is_over_early(ours: Trace, nodes: Trace, index: int) -> bool:
    """Whether our next line, or what is seen of it, is of a pipeline that in Node still waits."""
    begun = {begin[1] for begin in map(PIPELINE.match, nodes[:index]) if begin is not None}
    waiting = begun - {line.partition(" ")[0] for line in nodes[:index]}
    seen = ours[index : index + 1]
    if seen and seen[0].startswith("= "):
        seen = list(takewhile(lambda line: line.startswith("= "), ours[index:]))
    nodes_seen = nodes[index : index + len(seen)]
    is_over = any(map(OVER.match, seen)) and not any(map(OVER.match, nodes_seen))
    return bool(waiting) and (is_over or listens_in_vain(seen[:1], nodes_seen[:1]))


def listens_in_vain(ours: Trace, nodes: Trace) -> bool:
    """Whether Node's pipeline listens on to a stream that is gone, and all else is equal."""
    return "destroyed=true" in "".join(nodes) and (
        [WAITING_LISTENERS.sub("", line) for line in ours]
        == [WAITING_LISTENERS.sub("", line) for line in nodes]
    )


def breaks_down(nodes: Trace) -> bool:
    """Whether Node breaks down anywhere: it shows only turns later that a count is wrong."""
    told = Counter(line.split()[0] for line in nodes if TOLD.match(line))
    # A write that is told of twice was written after it was told to have failed.
    return any(map(BROKEN.search, nodes)) or any(times > 1 for times in told.values())
