"""JavaScript's regular expressions in the words of Python's ``re``."""

from __future__ import annotations

import re

__all__ = ["flags_of", "python_pattern", "regexp"]

_SPACE = r"\s\ufeff"
_LINE_ENDS = r"\n\r\u2028\u2029"


def flags_of(flags: str, pattern: str) -> list[str]:
    """The names of Python's flags for JavaScript's."""
    names = {"i": "IGNORECASE", "m": "MULTILINE", "s": "DOTALL"}
    found = [name for letter, name in names.items() if letter in flags]
    needs_ascii = any(mark in pattern for mark in (r"\w", r"\W", r"\b", r"\B", r"\d", r"\D"))
    return [*found, "ASCII"] if needs_ascii else found


def python_pattern(pattern: str, flags: str = "") -> str:
    """The same pattern, as Python reads it.

    >>> python_pattern(r"(?<year>\\d+)\\/$")
    '(?P<year>\\\\d+)/\\\\Z'

    Raises:
        ValueError: Python has no such pattern.
    """
    if "y" in flags:
        raise ValueError("a sticky regular expression has no counterpart")
    written = _Pattern(pattern, flags).written()
    try:
        re.compile(written)
    except re.error as error:
        raise ValueError(f"Python has no such regular expression: {error}") from None
    return written


def regexp(pattern: object, flags: str = "") -> re.Pattern[str]:
    """``new RegExp(pattern, flags)``."""
    if isinstance(pattern, re.Pattern):
        return pattern
    written = python_pattern(str(pattern), flags)
    return re.compile(written, sum(getattr(re, name) for name in flags_of(flags, written)))


class _Pattern:
    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern = pattern
        self.flags = flags
        self.index = 0
        self.in_class = False
        self.ascii = any(mark in pattern for mark in (r"\w", r"\W", r"\b", r"\B", r"\d", r"\D"))

    def written(self) -> str:
        pieces = []
        while self.index < len(self.pattern):
            pieces.append(self._next())
        return "".join(pieces)

    def _take(self, size: int) -> str:
        taken = self.pattern[self.index : self.index + size]
        self.index += size
        return taken

    def _next(self) -> str:
        letter = self._take(1)
        if letter == "\\":
            return self._escaped(self._take(1))
        if self.in_class:
            self.in_class = letter != "]"
            return f"\\{letter}" if letter in "[&~|" else letter
        if letter == "[":
            return self._class()
        if letter == "$":
            return "$" if "m" in self.flags else r"\Z"
        if letter == "." and "s" not in self.flags:
            return f"[^{_LINE_ENDS}]"
        if letter == "(" and self.pattern[self.index : self.index + 2] == "?<":  # noqa: SIM102
            if self.pattern[self.index + 2] not in "=!":
                self._take(2)
                return "(?P<"
        return letter

    def _class(self) -> str:
        rest = self.pattern[self.index :]
        if rest.startswith("^]"):
            self._take(2)
            return r"[\s\S]"
        if rest.startswith("]"):
            self._take(1)
            return r"(?!)"
        self.in_class = True
        return "[" + (self._take(1) if rest.startswith("^") else "")

    def _escaped(self, letter: str) -> str:
        if letter == "s" and self.ascii:
            unicode_spaces = (
                r" \t\n\r\f\v\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
            )
            return unicode_spaces if self.in_class else f"[{unicode_spaces}]"
        if letter == "s":
            return _SPACE if self.in_class else f"[{_SPACE}]"
        if letter == "S" and self.ascii and not self.in_class:
            return r"[^ \t\n\r\f\v\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"
        if letter == "k" and self.pattern[self.index : self.index + 1] == "<":
            name = self.pattern[self.index + 1 : self.pattern.index(">", self.index)]
            self._take(len(name) + 2)
            return f"(?P={name})"
        if letter == "u" and self.pattern[self.index : self.index + 1] == "{":
            digits = self.pattern[self.index + 1 : self.pattern.index("}", self.index)]
            self._take(len(digits) + 2)
            return f"\\U{int(digits, 16):08x}"
        if letter == "c":
            return f"\\x{ord(self._take(1)) % 32:02x}"
        if letter in "pP":
            raise ValueError("Python's re has no classes of Unicode")
        if letter == "0":
            return r"\x00"
        return letter if letter in "/\"'-:;,<>=!@#%&~`_ " and not self.in_class else f"\\{letter}"
