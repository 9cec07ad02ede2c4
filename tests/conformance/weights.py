"""What a random program is made of, and how likely each part is.

The order of the parts matters to shrinking alone: the plainest come first.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import Any, Generic, TypeVar

from .draw import Draw

T = TypeVar("T")


class Weighted(Generic[T]):
    """Choices with weights; the plainest first, for that is what programs shrink to."""

    def __init__(self, *choices: tuple[int, T]) -> None:
        self._bounds = list(accumulate(weight for weight, _ in choices))
        self._choices = [choice for _, choice in choices]

    def draw(self, draw: Draw) -> T:
        return self._choices[bisect_right(self._bounds, draw.integer(0, self._bounds[-1] - 1))]


CASTS = Weighted(
    (12, ("readable",)),
    (12, ("writable",)),
    (18, ("readable", "writable")),
    (7, ("duplex",)),
    (7, ("transform",)),
    (4, ("passthrough",)),
    (8, ("readable", "transform", "writable")),
    (4, ("readable", "passthrough", "writable")),
    (8, ("readable", "writable", "writable")),
    (4, ("readable", "duplex", "writable")),
    (4, ("transform", "writable")),
    (3, ("readable", "duplex")),
    (3, ("transform", "passthrough")),
    (3, ("duplex", "duplex")),
    (2, ("readable", "transform", "writable", "writable")),
    (2, ("readable", "writable", "writable", "writable")),
    (2, ("pair",)),
    (2, ("readable", "pair", "writable")),
)

ENCODINGS = Weighted(
    (6, "utf8"),
    (4, "hex"),
    (4, "base64"),
    (4, "latin1"),
    (4, "utf16le"),
    (2, "ascii"),
    (2, "base64url"),
    (2, "UTF-8"),
    (1, "binary"),
    (1, "nope"),
)

TEXTS: Weighted[Any] = Weighted(
    (4, "a"),
    (3, "ab"),
    (3, "abcd"),
    (3, ""),
    (2, "\u00e9"),
    (2, "\u20ac1"),
    (1, "6162"),
    (1, "YWJj"),
    (1, {"fill": "\u20ac", "size": 60}),
    (1, {"fill": "z", "size": 70000}),
)
BYTES = Weighted(
    (3, {"bytes": "61"}),
    (2, {"bytes": ""}),
    (2, {"bytes": "c3a9"}),
    (2, {"bytes": "c3"}),
    (2, {"bytes": "a9"}),
    (2, {"bytes": "e282"}),
    (2, {"bytes": "ac62"}),
    (1, {"array": "6162"}),
    (1, {"view": "616263"}),
    (1, {"words": "61626364"}),
    (1, {"fillBytes": "78", "size": 65536}),
)
OBJECTS = Weighted(
    (3, 0),
    (3, ""),
    (2, False),
    (2, True),
    (2, "text"),
    (2, {"object": {"a": 1}}),
    (1, {"object": []}),
)
EMPTY: tuple[Any, ...] = ("", {"bytes": ""}, {"object": []})
#: What is no chunk at all.
MISTAKES: Weighted[Any] = Weighted((3, None), (2, 5), (1, {"object": {}}), (1, True))

#: Timings: at once, in a tick, or some turns later.
TIMINGS: Weighted[Any] = Weighted((35, 0), (25, "tick"), (30, 1), (10, 2))
SLOW_TIMINGS: Weighted[Any] = Weighted((20, 0), (20, "tick"), (35, 1), (25, 2))

MARKS = Weighted((6, 3), (5, 1), (4, 0), (4, 2), (4, 5), (3, 8), (2, 16))
BAD_MARKS = Weighted((2, -1), (1, 1.5), (1, "5"), (1, None))

READING = Weighted(
    (20, "read"),
    (14, "push"),
    (7, "push_end"),
    (12, "pause"),
    (12, "resume"),
    (6, "read_all"),
    (6, "unshift"),
    (8, "listen_flow"),
    (8, "pipe"),
    (8, "unpipe"),
    (3, "set_encoding"),
)
WRITING = Weighted(
    (32, "write"), (10, "end"), (6, "cork"), (7, "uncork"), (3, "set_default_encoding")
)
CALM_WRITING = Weighted((40, "write"), (4, "end"), (5, "cork"), (7, "uncork"))
CALM_LIVING = Weighted(
    (10, "listen"), (8, "later"), (5, "finished"), (5, "off"), (1, "destroy"), (1, "abort")
)
LIVING = Weighted(
    (10, "listen"),
    (6, "destroy"),
    (5, "off"),
    (5, "finished"),
    (2, "cleanup"),
    (2, "remove_all"),
    (2, "implement"),
    (2, "emit"),
    (1, "allow_half_open"),
    (3, "pipeline"),
    (6, "later"),
    (3, "abort"),
    (1, "add_abort_signal"),
)
