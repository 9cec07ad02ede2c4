"""A recording as a diagram of swim lanes, for a terminal.

Time goes down, each who takes part has a lane, and what is handed on is an arrow between two.
"""

from __future__ import annotations

from collections.abc import Sequence

from ._lane import Lane
from ._messages import Message, messages, participants

__all__ = ["swim_lanes"]

_NARROWEST = 14
_TIME = 9
_PRECISE = 100


def swim_lanes(lane: Lane, width: int) -> str:
    """`lane` as text, `width` columns wide; wider if there are too many to fit in."""
    names = participants(lane)
    if not names:
        return ""
    drawer = _Drawer(names, max(_NARROWEST, (width - _TIME) // len(names)))
    rows = [drawer.head(), *(drawer.row(message) for message in messages(lane))]
    return "".join(f"{row.rstrip()}\n" for row in rows)


class _Drawer:
    def __init__(self, names: Sequence[str], column: int) -> None:
        self._names = names
        self._column = column
        self._at = {name: _TIME + index * column for index, name in enumerate(names)}

    def head(self) -> str:
        names = "".join(_cut(name, self._column - 1).ljust(self._column) for name in self._names)
        return f"{'ms':>{_TIME - 2}}  {names}"

    def row(self, message: Message) -> str:
        row = list(" " * (_TIME + self._column * len(self._names)))
        for at in self._at.values():
            row[at] = "│"
        giver, getter = self._at[message.giver], self._at[message.getter]
        if giver == getter:
            _write(row, giver + 2, _cut(message.text, self._column - 3))
        else:
            self._arrow(row, giver, getter, message)
        ms = message.seconds * 1000
        time = f"{ms:.3g}" if ms < _PRECISE else f"{ms:.0f}"
        return f"{time:>{_TIME - 2}}{''.join(row)[_TIME - 2 :]}"

    def _arrow(self, row: list[str], giver: int, getter: int, message: Message) -> None:
        left, right = min(giver, getter), max(giver, getter)
        _write(row, left + 1, ("╌" if message.answer else "─") * (right - left - 1))
        row[getter - 1 if getter > giver else getter + 1] = "▶" if getter > giver else "◀"
        _write(row, left + 3, f" {_cut(message.text, right - left - 7)} ")


def _write(row: list[str], at: int, text: str) -> None:
    row[at : at + len(text)] = text


def _cut(text: str, width: int) -> str:
    # What breaks a line or moves the cursor has no place in a row.
    text = "".join(one if one.isprintable() else "·" for one in text.replace("\u00a0", " "))
    return text if len(text) <= width else f"{text[: width - 1]}…"
