"""URLs and what they ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast
from urllib.parse import parse_qsl, quote, quote_plus, unquote_to_bytes, urljoin, urlsplit

from .errors import Error, TypeError  # noqa: A004
from .functions import call
from .objects import Object, vars_of
from .text import text

__all__ = ["URL", "URLSearchParams", "decode", "decode_part", "encode", "encode_part"]


class URLSearchParams:
    """``new URLSearchParams(init)``: names and values, in their order.

    >>> asked = URLSearchParams("?q=a+b&tag=x&tag=y")
    >>> asked.get("q"), asked.getAll("tag"), asked.get("none")
    ('a b', ['x', 'y'], None)
    """

    def __init__(self, init: object = "") -> None:
        self._pairs: list[tuple[str, str]]
        if isinstance(init, (Object, Mapping)):
            self._pairs = [(text(name), text(value)) for name, value in vars_of(init)]
        elif isinstance(init, str):
            self._pairs = parse_qsl(init[init.startswith("?") :], keep_blank_values=True)
        else:
            pairs = cast("Iterable[Iterable[object]]", init or ())
            self._pairs = [(text(name), text(value)) for name, value in pairs]

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self._pairs)

    def get(self, name: str) -> str | None:
        """The first value of a name; None, which is null, if there is none."""
        return next((value for key, value in self._pairs if key == name), None)

    def getAll(self, name: str) -> list[str]:  # noqa: N802
        """All values of a name."""
        return [value for key, value in self._pairs if key == name]

    def has(self, name: str) -> bool:
        """Whether there is such a name."""
        return any(key == name for key, _ in self._pairs)

    def append(self, name: object, value: object) -> None:
        """Put another value after the others."""
        self._pairs.append((text(name), text(value)))

    def set(self, name: str, value: object) -> None:
        """Give a name one value, where its first was."""
        at = next((at for at, (key, _) in enumerate(self._pairs) if key == name), None)
        at = len(self._pairs) if at is None else at
        rest = [pair for pair in self._pairs[at:] if pair[0] != name]
        self._pairs[at:] = [(name, text(value)), *rest]

    def delete(self, name: str) -> None:
        """Take all values of a name away."""
        self._pairs = [pair for pair in self._pairs if pair[0] != name]

    def sort(self) -> None:
        """Order them by their names."""
        self._pairs.sort(key=lambda pair: pair[0].encode("utf-16-be", "surrogatepass"))

    def keys(self) -> Iterator[str]:
        """The names."""
        return (name for name, _ in self._pairs)

    def values(self) -> Iterator[str]:
        """The values."""
        return (value for _, value in self._pairs)

    def entries(self) -> Iterator[list[str]]:
        """The names with their values."""
        return ([name, value] for name, value in self._pairs)

    __iter__ = entries

    def for_each(self, function: Callable[..., object]) -> None:
        """Call a function with each value and its name."""
        for name, value in self._pairs:
            call(function, None, value, name, self)

    forEach = for_each  # noqa: N815

    def __str__(self) -> str:
        return "&".join(f"{_form(name)}={_form(value)}" for name, value in self._pairs)

    toString = __str__  # noqa: N815


def _form(words: str) -> str:
    return quote_plus(words, safe="*").replace("~", "%7E")


class URL:
    """``new URL(input, base)``: its parts are read, and not set.

    >>> url = URL("/a?b=1", "http://localhost:80/")
    >>> url.hostname, url.port, url.pathname, url.search
    ('localhost', '', '/a', '?b=1')

    Raises:
        TypeError: it is none.
    """

    _PARTS = frozenset(
        {
            *("protocol", "username", "password", "hostname", "port", "host", "pathname"),
            *("search", "hash", "origin", "href", "searchParams", "toString", "toJSON"),
        }
    )

    def __init__(self, given: object, base: object = None) -> None:
        whole = str(given) if base is None else urljoin(str(base), str(given))
        parts = urlsplit(whole)
        if not parts.scheme:
            error = TypeError("Invalid URL")
            error.code = "ERR_INVALID_URL"
            raise error
        usual = {"http": 80, "https": 443, "ftp": 21}.get(parts.scheme)
        self.protocol = f"{parts.scheme}:"
        self.username, self.password = parts.username or "", parts.password or ""
        self.hostname = parts.hostname or ""
        self.port = "" if parts.port in (None, usual) else str(parts.port)
        self.host = f"{self.hostname}:{self.port}" if self.port else self.hostname
        self.pathname = quote(parts.path, safe=_PATH) or "/"
        self.search = f"?{quote(parts.query, safe=_PATH)}" if parts.query else ""
        self.hash = f"#{parts.fragment}" if parts.fragment else ""
        self.origin = f"{self.protocol}//{self.host}"
        user = f"{self.username}{':' if self.password else ''}{self.password}"
        user = f"{user}@" if user else ""
        self.href = f"{self.protocol}//{user}{self.host}{self.pathname}{self.search}{self.hash}"
        self.searchParams = URLSearchParams(parts.query)

    def __str__(self) -> str:
        return self.href

    toString = toJSON = __str__  # noqa: N815


def address(value: object) -> object:
    """What ``http.get`` is asked for: a URL as text."""
    return value.href if isinstance(value, URL) else value


_PATH = "!$&'()*+,-./:;=@_~%[]|^`{}"
_WHOLE = "!#$&'()*+,/:;=?@-._~"
_PART = "!'()*-._~"


def encode(value: object) -> str:
    """``encodeURI(value)``."""
    return quote(text(value), safe=_WHOLE)


def encode_part(value: object) -> str:
    """``encodeURIComponent(value)``."""
    return quote(text(value), safe=_PART)


def decode_part(value: object) -> str:
    """``decodeURIComponent(value)``.

    Raises:
        Error: it is not encoded as it should be.
    """
    words = text(value)
    found = unquote_to_bytes(words)
    try:
        if any(not _is_hex(piece[:2]) for piece in words.split("%")[1:]):
            raise ValueError
        return found.decode()
    except ValueError:
        error = Error("URI malformed")
        vars(error).update(name="URIError", code="ERR_INVALID_URI")
        raise error from None


def _is_hex(digits: str) -> bool:
    return len(digits) == 2 and all(digit in "0123456789abcdefABCDEF" for digit in digits)


def decode(value: object) -> str:
    """``decodeURI(value)``: what means something in a URL stays encoded."""
    words = text(value)
    for mark in "#$&+,/:;=?@":
        code = f"%{ord(mark):02X}"
        for written in (code, code.lower()):
            words = words.replace(written, f"%25{written[1:]}")
    return decode_part(words)
