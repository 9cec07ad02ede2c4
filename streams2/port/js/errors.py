"""JavaScript's classes of errors, with ``message``, ``name`` and ``cause``."""

from __future__ import annotations

import builtins

from .objects import Object, item
from .text import error_name, text

__all__ = ["Error", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "message", "thrown"]


class Error(Exception):
    """``new Error(message, { cause })``. Properties can be set on it, as ``code``.

    >>> error = Error("no")
    >>> error.code = "E_NO"
    >>> error.name, error.message, error.code
    ('Error', 'no', 'E_NO')
    """

    name = "Error"
    code: object

    def __init__(self, message: object = None, options: object = None) -> None:
        super().__init__("" if message is None else text(message))
        self.message = str(self)
        if isinstance(options, Object):
            self.cause = item(options, "cause")

    def __init_subclass__(cls) -> None:
        """A class of the user's is an Error, until it says otherwise."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)

    def __str__(self) -> str:
        return str(self.__dict__.get("message", super().__str__()))


class RangeError(Error, ValueError):
    """JavaScript's RangeError."""

    name = "RangeError"


class ReferenceError(Error, NameError):  # noqa: A001
    """JavaScript's ReferenceError."""

    name = "ReferenceError"


class SyntaxError(Error, ValueError):  # noqa: A001
    """JavaScript's SyntaxError: what ``JSON.parse`` throws."""

    name = "SyntaxError"


class TypeError(Error, builtins.TypeError):  # noqa: A001
    """JavaScript's TypeError."""

    name = "TypeError"


def message(error: object) -> object:
    """``error.message``, of any exception."""
    if isinstance(error, BaseException):
        return getattr(error, "message", str(error))
    return item(error, "message")


def name(error: object) -> object:
    """``error.name``, of any exception."""
    own = getattr(error, "name", None)
    if isinstance(error, (AttributeError, NameError, ImportError)) and not isinstance(error, Error):
        return error_name(error)
    return error_name(error) if own is None and isinstance(error, BaseException) else own


class Thrown(Exception):  # noqa: N818
    """What was thrown is no error: ``throw 'text'``."""

    def __init__(self, value: object) -> None:
        super().__init__(value)
        self.value = value


def thrown(value: object) -> BaseException:
    """What to raise for ``throw value``."""
    return value if isinstance(value, BaseException) else Thrown(value)
