"""How often the same caller was told to wait, and did not.

>>> answers = Answers()
>>> [answers.ignored(("me",), before=n, after=n + 1, mark=2, welcome=n + 1 < 2) for n in range(5)]
[0, 0, 1, 2, 3]

What counts is a caller who got False, goes on while the buffer is as full as the mark, and has not
been told otherwise in between. So whoever waits counts for nothing, however many wait at once: each
has an answer of his own. When there is room again, all is forgotten.
"""

from __future__ import annotations

__all__ = ["Answers", "is_too_much"]

Who = tuple[object, ...]


class Answers:
    """What the callers of one side were answered last."""

    def __init__(self) -> None:
        self._refused: dict[Who, int] = {}

    def forget(self) -> None:
        """There is room, or more was asked for: nobody is to wait any more."""
        self._refused.clear()

    def ignored(self, who: Who, *, before: int, after: int, mark: int, welcome: bool) -> int:
        """How many answers of False the caller has ignored by now.

        Args:
            who: the caller.
            before: what was held when he called.
            after: what is held now.
            mark: the high-water mark.
            welcome: what he is answered this time.
        """
        if before < mark or not before:
            self.forget()
        count = self._refused.get(who, -1) + 1
        if welcome or after < before:
            self._refused.pop(who, None)
        else:
            self._refused[who] = count
        return count


def is_too_much(ignored: int, waiting: int, held: int, mark: int, marks: int) -> bool:
    """Whether somebody ignores that he should wait.

    Args:
        ignored: how many answers he has ignored.
        waiting: how many listen for ``'drain'``: each of them may have written once.
        held: what the side holds.
        mark: its high-water mark.
        marks: how many of these are too much.
    """
    return ignored >= marks + waiting and held > marks * max(mark, 1)
