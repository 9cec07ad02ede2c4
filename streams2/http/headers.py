"""Headers as a message has them, and as they are handed out.

>>> joined(["Accept", "a", "ACCEPT", "b", "Host", "x", "Host", "y"])
{'accept': 'a, b', 'host': 'x'}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Union

from ..errors import InvalidArgTypeError, InvalidArgValueError
from .errors import check_name, check_value

__all__ = ["HeaderList", "HeaderValue", "HeaderValues", "distinct", "joined", "pairs_of"]

HeaderValue = Union[str, int, float, bytes]
HeaderValues = Union[HeaderValue, Iterable[HeaderValue]]

_ONCE = {
    *("age", "authorization", "content-length", "content-type", "etag", "expires", "from", "host"),
    *("if-modified-since", "if-unmodified-since", "last-modified", "location", "max-forwards"),
    *("proxy-authorization", "referer", "retry-after", "server", "user-agent"),
}


def pairs(raw: list[str]) -> Iterator[tuple[str, str]]:
    """Names and values that come in turn."""
    return zip(raw[::2], raw[1::2])


def joined(raw: list[str]) -> dict[str, str | list[str]]:
    """What there is of each name, in lower case: as one text, of ``set-cookie`` as a list."""
    found: dict[str, str | list[str]] = {}
    for name, value in pairs(raw):
        name = name.lower()
        before = found.get(name)
        if name == "set-cookie":
            found[name] = [*(before or []), value]
        elif before is None:
            found[name] = value
        elif name not in _ONCE:
            found[name] = f"{before}; {value}" if name == "cookie" else f"{before}, {value}"
    return found


def distinct(raw: list[str]) -> dict[str, list[str]]:
    """All values of each name, in lower case."""
    found: dict[str, list[str]] = {}
    for name, value in pairs(raw):
        found.setdefault(name.lower(), []).append(value)
    return found


def pairs_of(headers: object) -> list[tuple[str, HeaderValues]]:
    """The names and values of a mapping, of pairs, or of a list with both in turn."""
    if isinstance(headers, Mapping):
        return list(headers.items())
    if not isinstance(headers, Iterable) or isinstance(headers, (str, bytes)):
        raise InvalidArgTypeError.given("headers", "a mapping or pairs", headers)
    items = list(headers)
    if items and isinstance(items[0], (str, bytes)):
        if len(items) % 2:
            raise InvalidArgValueError.given("headers", "names and values in turn", items)
        return list(zip(items[::2], items[1::2]))
    return items


class HeaderList:
    """The headers that a message is to have, each under its name in lower case."""

    def __init__(self) -> None:
        self.named: dict[str, tuple[str, str | list[str]]] = {}
        self._as_listed: list[str] = []

    def set(self, name: str, value: HeaderValues) -> None:
        """Give `name` this value, or these, and no others."""
        check_name(name)
        checked: str | list[str]
        if isinstance(value, (list, tuple)):
            checked = [check_value(name, one) for one in value]
        else:
            checked = check_value(name, value)
        self.named[name.lower()] = (name, checked)

    def append(self, name: str, value: HeaderValues) -> None:
        """Give `name` this value, or these, as well."""
        before = self.named.get(name.lower())
        self.set(name, value)
        if before is not None:
            values = [*_listed(before[1]), *_listed(self.named[name.lower()][1])]
            self.named[name.lower()] = (before[0], values)

    def add_list(self, headers: object) -> None:
        """Add headers that are listed, each as often as it is: as they are, if they are all."""
        listed, were_others = pairs_of(headers), bool(self.named)
        for name, _ in listed:
            self.named.pop(str(name).lower(), None)
        for name, value in listed:
            self.append(name, value)
        if not were_others:
            self._as_listed = [
                f"{name}: {check_value(name, one)}\r\n"
                for name, value in listed
                for one in (value if isinstance(value, (list, tuple)) else [value])
            ]

    def get(self, name: str) -> str | list[str] | None:
        found = self.named.get(name.lower())
        return None if found is None else found[1]

    def text(self, name: str) -> str:
        """The value of `name` in lower case, or nothing."""
        found = self.get(name)
        return ", ".join(_listed(found)).lower() if found is not None else ""

    def lines(self) -> list[str]:
        """The lines of a head that say it."""
        return self._as_listed or [
            f"{name}: {one}\r\n" for name, value in self.named.values() for one in _listed(value)
        ]


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]
