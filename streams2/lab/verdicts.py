"""The check of the course's exercises for the page: the same as ``streams2 learn check``."""

from __future__ import annotations

import re

from ..learn import Verdict, check
from ..learn.watching import lane_of
from ..loop.quiet import set_page_aside
from ..trace import page
from .printing import printing
from .running import FILE

__all__ = ["checked"]

_MOST_PRINTED = 2_000


def checked(number: int, program: str) -> dict[str, object]:
    """Check a program, and tell all that the page needs.

    Args:
        number: of the exercise, from 1.
        program: the text.

    Returns:
        As of `in_page.Laboratory.check`.
    """
    back_to_page = set_page_aside()
    try:
        with printing() as printed:
            verdict = check(number, program, file=FILE)
            said = printed()
    finally:
        back_to_page()
    shown = None
    if verdict.trace is not None:
        shown = page(f"Exercise {number}", [lane_of(verdict.trace, FILE)])
    return {
        "passed": verdict.passed,
        "sentences": verdict.sentences,
        "printed": said[:_MOST_PRINTED],
        "problem": _problem(verdict),
        "page": shown,
    }


def _problem(verdict: Verdict) -> dict[str, object] | None:
    """The first line of the program that is named, as the editor marks it."""
    if verdict.passed:
        return None
    for sentence in verdict.sentences:
        found = re.search(r"\b[Ll]ine (\d+)", sentence)
        if found is not None:
            return {"kind": "", "message": sentence, "line": int(found[1]), "column": None}
    return None
