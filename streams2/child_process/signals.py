"""Signals by Node's names.

>>> number_of("SIGTERM"), number_of("sigkill"), number_of(2)
(15, 9, 2)
>>> name_of(15)
'SIGTERM'
"""

from __future__ import annotations

import signal

from ..errors import InvalidArgTypeError, UnknownSignalError, is_whole

__all__ = ["checked", "name_of", "number_of"]

_NUMBERS = {each.name: int(each) for each in signal.Signals}


def number_of(value: object) -> int:
    """The number of a signal, given its name or its number.

    Raises:
        UnknownSignalError: there is no such signal.
    """
    if isinstance(value, str):
        found = _NUMBERS.get(value.upper())
        if found is not None:
            return found
    elif is_whole(value) and value in _NUMBERS.values():
        return int(value)
    raise UnknownSignalError(value)


def checked(name: str, value: object) -> int:
    """The number of the signal that was given as the option `name`.

    Raises:
        InvalidArgTypeError: it is neither a name nor a number.
        UnknownSignalError: there is no such signal.
    """
    if not isinstance(value, str) and not is_whole(value):
        raise InvalidArgTypeError.given(name, "a signal's name or number", value)
    return number_of(value)


def name_of(number: int) -> str:
    """The name of a signal. Those that have none are called by their number: ``SIG35``."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"
