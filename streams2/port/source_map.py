"""Source maps, version 3: which line of the JavaScript a line of the draft comes from."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["source_map"]

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def source_map(lines: list[int], source: Path, target: Path) -> dict[str, object]:
    """A source map as an object for JSON.

    >>> source_map([0, 1, 3], Path("a.js"), Path("a.py"))["mappings"]
    ';AAAA;AAEA'

    Args:
        lines: for each line of the draft, the line of the original, or 0.
        source: the original.
        target: the draft.
    """
    mappings = []
    before = 1
    for line in lines:
        if line:
            mappings.append("AA" + _vlq(line - before) + "A")
            before = line
        else:
            mappings.append("")
    return {
        "version": 3,
        "file": target.name,
        "sources": [os.path.relpath(source, target.parent)],
        "names": [],
        "mappings": ";".join(mappings),
    }


def _vlq(number: int) -> str:
    """A number in digits of five bits, the sign in the last bit of the first."""
    rest = abs(number) << 1 | (number < 0)
    digits = []
    while True:
        rest, digit = rest >> 5, rest & 31
        digits.append(_DIGITS[digit | 32 if rest else digit])
        if not rest:
            return "".join(digits)
