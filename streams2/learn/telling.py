"""Words for people: tables, and sentences of what was seen."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["aligned"]


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as lines of text; all columns but the last are ranged right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = (
        "  ".join([*(f"{cell:>{width}}" for cell, width in zip(row[:-1], widths)), row[-1]])
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)
