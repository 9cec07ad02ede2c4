"""What the doctor says: of ways to stand still, of what moves slowly, of runs."""

from __future__ import annotations

import sys


def some(ways):
    """All of them; on PyPy, where it takes a second to find all that is alive, a few."""
    return ways[::20] if sys.implementation.name == "pypy" else ways


def noting(ways):
    """A decorator of programs that stand still: notes each among `ways`, with who is to blame."""

    def stuck(*culprits):
        def note(main):
            ways.append((main, set(culprits)))
            return main

        return note

    return stuck
