"""How a socket gets its peer: by an address, a host's addresses one after the other, or a path."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from itertools import chain, zip_longest
from typing import Callable, NamedTuple, Optional, Protocol, Union

from ..errors import (
    AggregateError,
    InvalidArgTypeError,
    InvalidArgValueError,
    InvalidIpAddressError,
    OutOfRangeError,
    is_number,
)
from ..io.offload import answer_and_tick
from ..io.sockets import Address, Connection
from ..io.system_errors import told_of_socket
from ..loop.keepers import unref
from ..loop.ticks import next_tick
from .addresses import Found, check_port, find, is_ip

__all__ = [
    "Connecting",
    "Target",
    "Where",
    "get_default_auto_select_family",
    "get_default_auto_select_family_attempt_timeout",
    "set_default_auto_select_family",
    "set_default_auto_select_family_attempt_timeout",
]

_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_ANYWHERE = {4: "0.0.0.0", 6: "::"}


Where = tuple[Union[str, bytes, None], Optional[int]]
"""What an error tells of where it was to go: an address and its port, or a path."""


class Defaults:
    """What holds of every connection that says nothing else."""

    auto_select_family = True
    attempt_timeout: float = 500


def get_default_auto_select_family() -> bool:
    """Whether `connect` tries the addresses of a host one after the other.

    Node: net.getDefaultAutoSelectFamily
    """
    return Defaults.auto_select_family


def set_default_auto_select_family(value: bool) -> None:
    """Say whether `connect` tries the addresses of a host one after the other (at first, True).

    Raises:
        InvalidArgTypeError: `value` is neither True nor False.

    Node: net.setDefaultAutoSelectFamily
    """
    if not isinstance(value, bool):
        raise InvalidArgTypeError.given("value", "True or False", value)
    Defaults.auto_select_family = value


def get_default_auto_select_family_attempt_timeout() -> float:
    """How many milliseconds each address has. Node: net.getDefaultAutoSelectFamilyAttemptTimeout"""
    return Defaults.attempt_timeout


def set_default_auto_select_family_attempt_timeout(value: float) -> None:
    """Say how many milliseconds each address has (at first 500; of less than 10, 10).

    Raises:
        InvalidArgTypeError: `value` is no number.
        OutOfRangeError: it is below 1.

    Node: net.setDefaultAutoSelectFamilyAttemptTimeout
    """
    Defaults.attempt_timeout = check_attempt_timeout(value)


class Target(NamedTuple):
    """Where to connect to.

    Attributes:
        path: a Unix socket; else None.
        port, host: a TCP port of a host.
        family: 4 or 6 for such addresses alone, 0 for any.
        local_address, local_port: where to connect from, or None.
        auto_select_family: try the addresses of a host one after the other.
        attempt_timeout: how many milliseconds each has.
    """

    path: str | bytes | None
    port: int
    host: str
    family: int
    local_address: str | None
    local_port: int | None
    auto_select_family: bool
    attempt_timeout: float

    @classmethod
    def of(
        cls,
        path: object,
        port: object,
        host: str | None,
        family: int | None,
        local_address: str | None,
        local_port: object,
        auto_select_family: object,
        attempt_timeout: object,
    ) -> Target:
        """What was asked for, checked."""
        if path is not None:
            if not isinstance(path, (str, bytes, os.PathLike)):
                raise InvalidArgTypeError.given("path", "str, bytes or os.PathLike", path)
            return cls(os.fspath(path), 0, "", 0, None, None, False, 0)
        if host is not None and not isinstance(host, str):
            raise InvalidArgTypeError.given("host", "a str", host)
        if local_address is not None and not is_ip(local_address):
            raise InvalidIpAddressError(local_address)
        if local_port is not None and not is_number(local_port):
            raise InvalidArgTypeError.given("local_port", "a number", local_port)
        number = check_port("Port" if is_number(port) or isinstance(port, str) else "port", port)
        if family not in (None, 0, 4, 6):
            raise InvalidArgValueError.given("family", "one of 0, 4, 6", family)
        auto = Defaults.auto_select_family if auto_select_family is None else auto_select_family
        if not isinstance(auto, bool):
            raise InvalidArgTypeError.given("auto_select_family", "True or False", auto)
        timeout = check_attempt_timeout(attempt_timeout)
        here = None if local_port is None else check_port("local_port", local_port)
        return cls(
            None, number, host or "localhost", family or 0, local_address, here, auto, timeout
        )


def check_attempt_timeout(value: object) -> float:
    """How many milliseconds an attempt has; of less than 10, 10."""
    if value is None:
        return Defaults.attempt_timeout
    if not is_number(value):
        name = "auto_select_family_attempt_timeout"
        raise InvalidArgTypeError.given(name, "a number of milliseconds", value)
    if not 1 <= value <= 2**31 - 1:
        name = "auto_select_family_attempt_timeout"
        raise OutOfRangeError.given(name, ">= 1 and <= 2147483647", value)
    return max(value, 10)


class Client(Protocol):
    """What connecting asks of the one who wants to be connected."""

    @property
    def connecting(self) -> bool: ...
    def tell(self, event: str, *args: object) -> None: ...
    def connected(self, connection: Connection) -> None: ...
    def failed(self, error: BaseException) -> None: ...


class Connecting:
    """One try to connect, until it succeeds, fails or is given up.

    Args:
        client: who is told.
        target: where to.
    """

    def __init__(self, client: Client, target: Target) -> None:
        self._client = client
        self._target = target
        self._given_up = False
        self._left: list[Found] = []
        self._errors: list[BaseException] = []
        self._attempt: _Attempt | None = None

    def start(self) -> None:
        """Begin; what comes of it is told from the loop."""
        target = self._target
        if target.path is not None:
            self._try(None)
        elif is_ip(target.host):
            next_tick(self._try_one, Found(target.host, is_ip(target.host)))
        else:
            find(target.host, target.family, self._found)

    def give_up(self) -> None:
        """Have no more to do with it."""
        self._given_up = True
        if self._attempt is not None:
            self._attempt.give_up()

    # -- a host's addresses ---------------------------------------------------------------------

    def _found(self, error: OSError | None, addresses: list[Found]) -> None:
        client, host = self._client, self._target.host
        if self._given_up:
            return
        if error is not None:
            client.tell("lookup", error, None, None, host)
            next_tick(self._fail, error)
            return
        several = _alternating(addresses) if self._target.auto_select_family else addresses[:1]
        for address in several:
            client.tell("lookup", None, address.ip, address.family, host)
            if self._given_up:
                return
        self._left = several[1:]
        self._try_one(several[0])

    def _try_one(self, address: Found) -> None:
        if self._given_up:
            return
        self._client.tell("connectionAttempt", address.ip, self._target.port, address.family)
        if not self._given_up:
            self._try(address)

    def _try(self, found: Found | None) -> None:
        patience = self._target.attempt_timeout if self._left else None

        def done(error: OSError | None) -> None:
            self._attempt = None
            if error is not None:
                self._failed(error, found, attempt.was_late)
            elif attempt.connection is not None:
                self._client.connected(attempt.connection)

        self._attempt = attempt = _Attempt(done, patience)
        attempt.start(self._target, found)

    def _failed(self, error: OSError, found: Found | None, late: bool) -> None:
        """One attempt has failed: begin the next, if there is one."""
        self._errors.append(error)
        where: tuple[object, ...] = (self._target.path, None, None)
        if found is not None:
            where = (found.ip, self._target.port, found.family)
        if late:
            self._client.tell("connectionAttemptTimeout", *where)
        else:
            self._client.tell("connectionAttemptFailed", *where, error)
        if self._given_up:
            return
        if self._left:
            self._try_one(self._left.pop(0))
        else:
            self._fail(error if len(self._errors) == 1 else AggregateError(*self._errors))

    def _fail(self, error: BaseException) -> None:
        if not self._given_up:
            self._client.failed(error)


def _alternating(addresses: list[Found]) -> list[Found]:
    """One of each family after the other, beginning with the first."""
    first = [each for each in addresses if each.family == addresses[0].family]
    other = [each for each in addresses if each.family != addresses[0].family]
    return [each for each in chain(*zip_longest(first, other)) if each is not None]


class _Attempt:
    """One address that is tried.

    Args:
        done: called once, with the error or None.
        patience: how many milliseconds it has; None for as long as it takes.

    Attributes:
        connection: what is connected, or will be; None once it has failed.
        was_late: whether it took too long.
    """

    def __init__(self, done: Callable[[OSError | None], object], patience: float | None) -> None:
        self.was_late = False
        self._done = done
        self._patience = patience
        self._timer: asyncio.TimerHandle | None = None
        self.connection: Connection | None = None
        self._where: Where = (None, None)

    def start(self, target: Target, found: Found | None) -> None:
        """Begin to connect to an address, or to the target's path."""
        self._where = (target.path, None) if found is None else (found.ip, target.port)
        local = target.local_address, target.local_port
        syscall, where = "bind", self._where
        try:
            kind = socket.AF_UNIX if found is None else _FAMILIES[found.family]
            self.connection = Connection(socket.socket(kind, socket.SOCK_STREAM))
            if found is not None and local != (None, None):
                here = where = (local[0] or _ANYWHERE[found.family], local[1] or 0)
                self.connection.sock.bind(here)
            syscall, where = "connect", self._where
            address: Address = (found.ip, target.port) if found is not None else target.path or ""
            self.connection.connect(address, self._answered)
        except OSError as error:
            self._settle(told_of_socket(error, syscall, *where))
            return
        if self._patience is not None:
            self._timer = asyncio.get_running_loop().call_later(
                self._patience / 1000, answer_and_tick, self._too_late
            )
            unref(self._timer)

    def _answered(self, error: OSError | None) -> None:
        if error is None:
            self._stop_timer()
            self._done(None)
        else:
            self._settle(told_of_socket(error, "connect", *self._where))

    def _too_late(self) -> None:
        self.was_late = True
        error = OSError(errno.ETIMEDOUT, "")
        self._settle(told_of_socket(error, "connect", *self._where))

    def _settle(self, error: OSError) -> None:
        self.give_up()
        self._done(error)

    def give_up(self) -> None:
        """Have no more to do with it."""
        self._stop_timer()
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close(lambda: None)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
