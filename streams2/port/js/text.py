"""Values as text: ``String(x)``, ``console.log`` and JSON, as Node writes them."""

from __future__ import annotations

import math

from ...buffer import to_string
from .objects import BYTES, Object
from .stopping import Ambiguous, NotPorted

__all__ = ["number_text", "text"]


def number_text(value: float) -> str:
    """A number as JavaScript writes it: ``1`` for 1.0, ``1e+21``, ``0.00001``."""
    if isinstance(value, int):
        if abs(value) < 10**21:
            return str(value)
        value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(digits)
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    dot = "." if len(digits) > 1 else ""
    return f"{sign}{digits[:1]}{dot}{digits[1:]}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def text(value: object, none: str | None = None) -> str:
    """``String(value)``.

    Args:
        value: what to write.
        none: what None is written as: ``"null"`` or ``"undefined"``.

    Raises:
        Ambiguous: `value` is None, and nobody said which of the two.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(value)
    if value is None:
        if none is None:
            raise Ambiguous("None is null or undefined: write text(value, none=...)")
        return none
    if isinstance(value, BYTES):
        return to_string(value)
    if isinstance(value, (list, tuple)):
        return ",".join("" if each is None else text(each) for each in value)
    if isinstance(value, BaseException):
        return error_text(value)
    return _own_text(value)


def _own_text(value: object) -> str:
    own = getattr(value, "toString", None)
    if callable(own):
        return text(own())
    if isinstance(value, Object):
        return "[object Object]"
    if callable(value):
        raise NotPorted("the source of a function is JavaScript no more")
    own = type(value).__str__
    return "[object Object]" if own is object.__str__ else str(value)


def error_text(error: BaseException) -> str:
    """``Error: message``, or the class's own name in front."""
    name = getattr(error, "name", None) or error_name(error)
    message = getattr(error, "message", None)
    message = str(error) if message is None else text(message)
    return f"{name}: {message}" if message else str(name)


def error_name(error: BaseException) -> str:
    """What ``error.name`` is: that of a class of Node's is ``Error``, say."""
    for kind, name in (
        ((TypeError, AttributeError), "TypeError"),
        (SyntaxError, "SyntaxError"),
        (NameError, "ReferenceError"),
    ):
        if isinstance(error, kind):
            return name
    own = type(error).__name__
    return own if own in ("AbortError", "RangeError", "AggregateError") else "Error"
