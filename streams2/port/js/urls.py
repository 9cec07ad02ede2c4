"""URLs, read."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from .errors import TypeError  # noqa: A004

__all__ = ["URL"]


class URL:
    """``new URL(input, base)``: its parts are read, and not set.

    >>> url = URL("/a?b=1", "http://localhost:80/")
    >>> url.hostname, url.port, url.pathname, url.search
    ('localhost', '', '/a', '?b=1')

    Raises:
        TypeError: it is none.
    """

    def __init__(self, given: object, base: object = None) -> None:
        whole = str(given) if base is None else urljoin(str(base), str(given))
        parts = urlsplit(whole)
        if not parts.scheme:
            error = TypeError("Invalid URL")
            error.code = "ERR_INVALID_URL"
            raise error
        usual = {"http": 80, "https": 443, "ftp": 21}.get(parts.scheme)
        self.protocol = f"{parts.scheme}:"
        self.hostname = parts.hostname or ""
        self.port = "" if parts.port in (None, usual) else str(parts.port)
        self.host = f"{self.hostname}:{self.port}" if self.port else self.hostname
        self.pathname = parts.path or "/"
        self.search = f"?{parts.query}" if parts.query else ""
        self.hash = f"#{parts.fragment}" if parts.fragment else ""
        self.origin = f"{self.protocol}//{self.host}"
        self.href = f"{self.origin}{self.pathname}{self.search}{self.hash}"

    def __str__(self) -> str:
        return self.href

    toString = __str__  # noqa: N815
