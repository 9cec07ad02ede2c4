"""JSON, to and from `Object`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import cast

from .errors import SyntaxError  # noqa: A004
from .functions import call
from .objects import BYTES, Object, entries
from .stopping import Ambiguous
from .text import number_text

__all__ = ["parse", "stringify"]


def parse(words: object, reviver: object = None) -> object:
    """``JSON.parse``.

    Raises:
        SyntaxError: it is no JSON.
    """
    from .text import text

    shown = text(words, none="undefined")
    try:
        found = json.loads(
            shown, object_pairs_hook=_object, parse_constant=_refuse, parse_float=_real
        )
    except ValueError as error:
        raise SyntaxError(_complaint(shown, error)) from None
    return found if reviver is None else _revived(found, "", reviver)


def _object(pairs: list[tuple[str, object]]) -> Object:
    made = Object()
    vars(made).update(pairs)
    return made


def _real(words: str) -> float:
    value = float(words)
    return int(value) if value.is_integer() and abs(value) < 1e21 else value


def _refuse(name: str) -> object:
    raise ValueError(name)


def _complaint(words: str, error: ValueError) -> str:
    place = getattr(error, "pos", 0)
    if not words.strip() or place >= len(words):
        return "Unexpected end of JSON input"
    shown = words if len(words) <= 40 else f"{words[:10]}..."
    return f"Unexpected token '{words[place]}', \"{shown}\" is not valid JSON"


def _revived(value: object, name: str, reviver: object) -> object:
    if isinstance(value, Object):
        for key, inner in entries(value):
            value[key] = _revived(inner, str(key), reviver)
    elif isinstance(value, list):
        value[:] = [_revived(inner, str(index), reviver) for index, inner in enumerate(value)]
    return call(reviver, None, name, value)


def stringify(value: object, replacer: object = None, indent: object = None) -> str | None:
    """``JSON.stringify``: None if there is nothing to write, as for a function.

    Args:
        value: what to write.
        replacer: a function of key and value, or the names that count.
        indent: how many spaces, or what, in front of each level.
    """
    if value is None:
        raise Ambiguous("None is null or undefined: JSON has no undefined")
    step = " " * min(int(indent), 10) if isinstance(indent, (int, float)) else indent
    if callable(replacer):
        value = call(replacer, Object({"": value}), "", value)
    return _Writer(replacer, str(step) if step else "").write(value, "")


class _Writer:
    def __init__(self, replacer: object, step: str) -> None:
        self.replacer = replacer
        self.step = step

    def write(self, value: object, indent: str) -> str | None:
        own = getattr(value, "toJSON", None)
        if callable(own):
            value = own()
        if isinstance(value, BYTES):
            value = Object(type="Buffer", data=list(value))
        if value is None or isinstance(value, (bool, str)):
            return json.dumps(value, ensure_ascii=False)
        if isinstance(value, (int, float)):
            return number_text(value) if math.isfinite(value) else "null"
        if isinstance(value, (list, tuple)):
            inner = indent + self.step
            items = [
                self.write(self._replaced(value, str(index), each), inner) or "null"
                for index, each in enumerate(value)
            ]
            return self._joined("[", items, "]", indent)
        if callable(value) and not isinstance(value, Object):
            return None
        return self._object(value, indent)

    def _object(self, value: object, indent: str) -> str:
        if isinstance(value, Mapping):
            pairs = list(value.items())
        else:
            pairs = [cast("tuple[object, object]", tuple(pair)) for pair in entries(value)]
        items = []
        for name, each in pairs:
            if isinstance(self.replacer, list) and name not in self.replacer:
                continue
            written = self.write(self._replaced(value, str(name), each), indent + self.step)
            if written is not None:
                colon = ": " if self.step else ":"
                items.append(f"{json.dumps(str(name), ensure_ascii=False)}{colon}{written}")
        return self._joined("{", items, "}", indent)

    def _replaced(self, holder: object, name: str, value: object) -> object:
        return call(self.replacer, holder, name, value) if callable(self.replacer) else value

    def _joined(self, opening: str, items: list[str], closing: str, indent: str) -> str:
        if not items or not self.step:
            return opening + ",".join(items) + closing
        line = f"\n{indent}{self.step}"
        return f"{opening}{line}{f',{line}'.join(items)}\n{indent}{closing}"
