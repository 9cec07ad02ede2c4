"""Truth, equality and arithmetic where JavaScript's and Python's are not the same."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, localcontext

from .dates import Date
from .objects import Object
from .stopping import Ambiguous, NotPorted
from .text import number_text, text

__all__ = [
    *("add", "equal", "int32", "is_nan", "number", "parse_float", "parse_int"),
    *("at_least", "at_most", "less", "more"),
    *("divide", "remainder", "same", "to_fixed", "truthy", "typeof", "uint32", "compare"),
]

BYTES = (bytes, bytearray, memoryview)
_PLAIN = (str, int, float)


def truthy(value: object) -> bool:
    """Whether JavaScript takes a value for true: empty lists, bytes and objects are, NaN is not."""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    if isinstance(value, (str, int)) or value is None:
        return bool(value)
    return True


def typeof(value: object) -> str:
    """What ``typeof`` says. None is ``'undefined'``."""
    if value is None:
        return "undefined"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    if callable(value) and not isinstance(value, Object):
        return "function"
    return "object"


def same(left: object, right: object) -> bool:
    """``===``: text and numbers by value, anything else only if it is the same thing."""
    if isinstance(left, _PLAIN) and isinstance(right, _PLAIN):
        kinds = isinstance(left, bool) is isinstance(right, bool)
        return kinds and isinstance(left, str) is isinstance(right, str) and left == right
    if callable(left) and callable(right):
        first: object = left
        return first == right
    return left is right


def equal(left: object, right: object) -> bool:
    """``==``: as `same`, after text and truth were made numbers where the other is one."""
    if left is None or right is None:
        return left is right
    if not isinstance(left, _PLAIN) and not isinstance(right, _PLAIN):
        return same(left, right)
    if isinstance(left, Date) or isinstance(right, Date):
        return text(left) == text(right)
    left, right = _primitive(left), _primitive(right)
    plain = isinstance(left, _PLAIN), isinstance(right, _PLAIN)
    left, right = (
        side if plain_side else text(side) for side, plain_side in zip((left, right), plain)
    )
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return number(left) == number(right)


def compare(left: object, right: object) -> int:
    """-1, 0 or 1: the order in which ``sort()`` puts two values, by their text."""
    first, second = (text(side).encode("utf-16-be", "surrogatepass") for side in (left, right))
    return (first > second) - (first < second)


def less(left: object, right: object) -> bool:
    """``left < right``: false where one of them is no number."""
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    return _ordered(left, right, operator.lt)


def _ordered(left: object, right: object, before: Callable[[float, float], bool]) -> bool:
    """undefined is before nothing; the translator marks where null may be compared."""
    first, second = (math.nan if each is None else number(each) for each in (left, right))
    return before(first, second)


def more(left: object, right: object) -> bool:
    """``left > right``."""
    return less(right, left)


def at_most(left: object, right: object) -> bool:
    """``left <= right``."""
    if isinstance(left, str) and isinstance(right, str):
        return left <= right
    return _ordered(left, right, operator.le)


def at_least(left: object, right: object) -> bool:
    """``left >= right``."""
    return at_most(right, left)


def add(left: object, right: object) -> object:
    """``+``: a sum of numbers, and else the two texts in a row."""
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return left + right
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, Date) or isinstance(right, Date):
        raise NotPorted("a date is text where something is added to it: say which")
    left, right = _primitive(left), _primitive(right)
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return left + right
    plain = (int, float, type(None))
    if isinstance(left, plain) and isinstance(right, plain):
        raise Ambiguous("None is null or undefined: null would be taken for 0")
    return text(left) + text(right)


def _primitive(value: object) -> object:
    """What ``valueOf`` makes of an object that has one."""
    own = getattr(value, "valueOf", None) if isinstance(value, (Object, Date)) else None
    return own() if callable(own) else value


def divide(left: float, right: float) -> float:
    """``/``: whole where it comes out even, and no error for zero."""
    left, right = number(left), number(right)
    if not right or math.isnan(left):
        if not left or math.isnan(left) or math.isnan(right):
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1, right)
    return _whole(left / right)


def remainder(left: float, right: float) -> float:
    """``%``: its sign is that of `left`."""
    left, right = number(left), number(right)
    if not right or not math.isfinite(left) or math.isnan(right):
        return math.nan
    if isinstance(left, int) and isinstance(right, int):
        size = abs(left) % abs(right)
        return size if left >= 0 else -size or -0.0
    return math.fmod(left, right)


def power(left: float, right: float) -> float:
    """``**``: exact as far as JavaScript's numbers are."""
    left, right = number(left), number(right)
    try:
        return rounded(left**right)
    except OverflowError:
        return math.inf if left > 0 or right % 2 == 0 else -math.inf
    except ZeroDivisionError:
        return math.inf


def times(left: float, right: float) -> float:
    """``*``, where a product may grow beyond what is exact."""
    return rounded(number(left) * number(right))


def rounded(value: float) -> float:
    """A whole number that is too large for JavaScript to be exact: the nearest that it has."""
    if isinstance(value, complex):
        return math.nan
    if isinstance(value, int) and abs(value) >= _EXACT:
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return value


_EXACT = 2**53


def highest(*values: float) -> float:
    """``Math.max``: NaN if one of them is."""
    found = [number(each) for each in values]
    return math.nan if any(map(math.isnan, found)) else max(found, default=-math.inf)


def lowest(*values: float) -> float:
    """``Math.min``: NaN if one of them is."""
    found = [number(each) for each in values]
    return math.nan if any(map(math.isnan, found)) else min(found, default=math.inf)


def sign(value: object) -> float:
    """``Math.sign``."""
    found = number(value)
    return found if not found or math.isnan(found) else 1 if found > 0 else -1


def is_integer(value: object) -> bool:
    """``Number.isInteger``."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def floor(value: object) -> float:
    """``Math.floor``, of anything."""
    found = number(value)
    return math.floor(found) if math.isfinite(found) else found


def ceil(value: object) -> float:
    """``Math.ceil``, of anything."""
    found = number(value)
    return math.ceil(found) if math.isfinite(found) else found


def trunc(value: object) -> float:
    """``Math.trunc``, of anything."""
    found = number(value)
    return math.trunc(found) if math.isfinite(found) else found


def round_(value: object) -> float:
    """``Math.round``: a half goes up."""
    return floor(number(value) + 0.5)


def int32(value: float) -> int:
    """What the operators on bits make of a number: 32 bits with a sign."""
    bits = uint32(value)
    return bits - 0x100000000 if bits & 0x80000000 else bits


def uint32(value: float) -> int:
    """What ``>>>`` makes of a number: 32 bits without a sign."""
    if isinstance(value, float) and not math.isfinite(value):
        return 0
    return int(number(value)) & 0xFFFFFFFF


def number(value: object = 0) -> float:
    """``Number(value)``; NaN if it is none."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value
    if value is None:
        raise Ambiguous("None is null or undefined: the number of one is 0, of the other NaN")
    value = _primitive(value)
    if isinstance(value, (int, float)):
        return value
    return _number_in(text(value).strip())


def _number_in(words: str) -> float:
    if not words:
        return 0
    if "_" in words:
        return math.nan
    prefix = words[:2].lower()
    try:
        if prefix in ("0x", "0o", "0b"):
            return int(words, 0)
        if words.lstrip("+-") == "Infinity":
            return float(words)
        if words.lstrip("+-")[:1].isalpha():
            return math.nan
        value = float(words)
    except ValueError:
        return math.nan
    return _whole(value)


def _whole(value: float) -> float:
    """An int where nothing is lost by it."""
    if value.is_integer() and abs(value) < 1e21 and math.copysign(1, value) * (value or 1) > 0:
        return int(value)
    return value


def parse_int(value: object, radix: float | None = None) -> float:
    """``parseInt``: the whole number that a text begins with, or NaN."""
    words = text(value).strip()
    sign = -1 if words.startswith("-") else 1
    words = words.lstrip("+-") if words[:1] in ("+", "-") else words
    base = int(radix or 10)
    if words[:2].lower() == "0x" and (not radix or base == 16):
        words, base = words[2:], 16
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"[:base]
    length = 0
    while length < len(words) and words[length].lower() in digits:
        length += 1
    return sign * int(words[:length], base) if length else math.nan


def parse_float(value: object) -> float:
    """``parseFloat``: the number that a text begins with, or NaN."""
    words = text(value).strip()
    for length in range(len(words), 0, -1):
        start = words[:length]
        if start[-1] in "0123456789." or start.endswith("Infinity"):
            found = _number_in(start) if "x" not in start.lower() else math.nan
            if not math.isnan(found):
                return found
    return math.nan


def is_nan(value: object) -> bool:
    """``isNaN(value)``."""
    return math.isnan(number(value))


def to_precision(value: float, digits: int | None = None) -> str:
    """``value.toPrecision(digits)``."""
    if digits is None or not math.isfinite(value):
        return number_text(value)
    mantissa, exponent = _rounded_to(value, digits)
    if exponent < -6 or exponent >= digits:
        return _scientific(mantissa, exponent)
    return format(_decimal(value, digits - 1 - exponent), "f")


def to_exponential(value: float, digits: int | None = None) -> str:
    """``value.toExponential(digits)``."""
    if not math.isfinite(value):
        return number_text(value)
    wanted = len(f"{float(value)!r}".partition("e")[0].replace(".", "").strip("-0")) or 1
    return _scientific(*_rounded_to(value, wanted if digits is None else digits + 1))


def _decimal(value: float, places: int) -> Decimal:
    with localcontext() as context:
        context.prec = 400
        return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _rounded_to(value: float, digits: int) -> tuple[str, int]:
    """The digits of a number, as many as wanted, and where its point is."""
    if not value:
        return "0" * digits, 0
    exponent = Decimal(value).adjusted()
    rounded_value = _decimal(value, digits - 1 - exponent)
    exponent = rounded_value.adjusted()
    whole = "".join(map(str, rounded_value.as_tuple().digits))
    return ("-" if value < 0 else "") + whole[:digits].ljust(digits, "0"), exponent


def _scientific(digits: str, exponent: int) -> str:
    minus, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    rest = f".{digits[1:]}" if digits[1:] else ""
    return f"{minus}{digits[0]}{rest}e{'+' if exponent >= 0 else '-'}{abs(exponent)}"


def to_fixed(value: float, digits: float = 0) -> str:
    """``value.toFixed(digits)``: half away from zero, where Python rounds to even."""
    if not math.isfinite(value) or abs(value) >= 1e21:
        return number_text(value)
    return format(_decimal(value, int(digits)), "f")
