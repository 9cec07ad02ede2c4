"""How values and errors are written in a trace. notation.js is the same in JavaScript."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any, Callable

LONGEST = 48

#: Messages that name JavaScript's or Python's own types and options: only their code is compared.
CODE_ONLY = frozenset({"ERR_INVALID_ARG_TYPE", "ERR_INVALID_ARG_VALUE", "ERR_OUT_OF_RANGE"})


class ScriptedError(Exception):
    """An error that a program makes: Node's programs make an ``Error``."""


class Recorder:
    """Collects the lines of a trace, up to a limit."""

    def __init__(self, lines_at_most: int) -> None:
        self.lines: list[str] = []
        self.lines_at_most = lines_at_most
        self.full = False

    def write(self, line: str) -> None:
        if self.full:
            return
        if len(self.lines) == self.lines_at_most:
            self.truncate()
            return
        self.lines.append(line)

    def truncate(self) -> None:
        if self.full:
            return
        self.full = True
        self.lines.append("TRUNCATED")

    def call(self, what: str, action: Callable[[], str | None]) -> None:
        """Write `what`, do `action`, and write its outcome: on the same line if it can be."""
        self.write(what)
        before = len(self.lines)
        try:
            returned = action()
        except Exception as error:
            self._outcome(what, before, f"threw {show_error(error)}")
            raise
        if returned is not None:
            self._outcome(what, before, f"-> {returned}")

    def _outcome(self, what: str, before: int, text: str) -> None:
        if self.full:
            return
        if len(self.lines) == before:
            self.lines[-1] += f" {text}"
        else:
            self.write(f"{what.split(' ', 1)[0]} {text}")


def show(value: Any, names: Mapping[int, str]) -> str:
    """A value as a trace writes it; `names` knows the program's streams by their id()."""
    if value is None:
        return "none"
    if value is True or value is False:
        return "true" if value else "false"
    if type(value) is int:
        return str(value)
    if isinstance(value, str):
        return show_text(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return show_bytes(value)
    if isinstance(value, BaseException):
        return show_error(value)
    if id(value) in names:
        return names[id(value)]
    return json.dumps(value, separators=(",", ":"))


def js_length(value: Any) -> int:
    """The ``length`` of text or bytes in JavaScript; 0 of anything else."""
    if isinstance(value, str):
        return len(value.encode("utf-16-le", "surrogatepass")) // 2
    return len(value) if isinstance(value, (bytes, bytearray)) else 0


def show_text(text: str) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    size = len(units) // 2
    if size <= LONGEST:
        return json.dumps(text)
    start = json.dumps(units[:16].decode("utf-16-le", "surrogatepass"))
    return f"{start}...{size} {zlib.crc32(text.encode('utf-8', 'replace')):x}"


def show_bytes(view: Any) -> str:
    data = bytes(view)
    if len(data) <= LONGEST:
        return f"<{data.hex()}>"
    return f"<{data[:8].hex()}...{len(data)} {zlib.crc32(data):x}>"


def show_error(error: BaseException) -> str:
    code = getattr(error, "code", None)
    if code is None:
        code = "Error" if isinstance(error, ScriptedError) else type(error).__name__
    if code in CODE_ONLY:
        return str(code)
    cause = error.__cause__
    because = f" because {show_error(cause)}" if isinstance(cause, ScriptedError) else ""
    return f"{code}: {error}{because}"
