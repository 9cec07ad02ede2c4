"""Text as people order it and cut it: ``localeCompare``, and what counts as empty."""

from __future__ import annotations

from .stopping import NotPorted
from .text import text

__all__ = ["BLANKS", "locale_compare"]

BLANKS = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What ``trim`` takes away: Python's ``strip`` leaves the byte order mark, and takes more."""

_ORDER = "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"
_RANKS = {letter: rank for rank, letter in enumerate(_ORDER)}


def locale_compare(left: object, right: object) -> int:
    """``left.localeCompare(right)``: -1, 0 or 1; small letters come before capitals.

    >>> locale_compare("a", "B"), locale_compare("a", "A"), locale_compare("a", "a")
    (-1, -1, 0)

    Raises:
        NotPorted: there are other letters than those of English.
    """
    first, second = text(left), text(right)
    if first == second:
        return 0
    keys = [_key(words) for words in (first, second)]
    return (keys[0] > keys[1]) - (keys[0] < keys[1])


def _key(words: str) -> tuple[list[int], list[bool]]:
    try:
        ranks = [_RANKS[letter] for letter in words.lower()]
    except KeyError as error:
        raise NotPorted(f"only a collation says where {error} comes: order it yourself") from None
    return ranks, [letter.isupper() for letter in words]
