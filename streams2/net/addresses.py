"""Addresses: which are well formed, what a host's are, and how they are told.

>>> is_ip("127.0.0.1"), is_ip("::1"), is_ip("localhost")
(4, 6, 0)
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from typing import Callable, NamedTuple, TypedDict

from ..errors import InvalidArgTypeError, SocketBadPortError
from ..io.system_errors import told_of_host
from ..io.worker import in_pool

__all__ = [
    "AddressInfo",
    "Found",
    "check_port",
    "find",
    "info_of",
    "is_ip",
    "is_ipv4",
    "is_ipv6",
]

_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}", re.ASCII)
_ZONE = re.compile(r"[0-9a-zA-Z.:-]+")
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


# What the system tells of one address: its family first, and last where it is.
Info = tuple[int, int, int, str, tuple[object, ...]]


class AddressInfo(TypedDict, total=False):
    """What `Socket.address` and `Server.address` give."""

    address: str
    family: str
    port: int


class Found(NamedTuple):
    """One address of a host: its text, and 4 or 6."""

    ip: str
    family: int


def is_ip(text: object) -> int:
    """4 for the text of an IPv4 address, 6 for that of an IPv6 address, 0 for anything else.

    Args:
        text: what to look at.

    Node: net.isIP
    """
    return 4 if is_ipv4(text) else 6 if is_ipv6(text) else 0


def is_ipv4(text: object) -> bool:
    """Whether `text` is an IPv4 address: four decimal numbers without leading zeros.

    Args:
        text: what to look at.

    Node: net.isIPv4
    """
    return isinstance(text, str) and _IPV4.fullmatch(text) is not None


def is_ipv6(text: object) -> bool:
    """Whether `text` is an IPv6 address; it may name a zone, as ``fe80::1%eth0`` does.

    Args:
        text: what to look at.

    Node: net.isIPv6
    """
    if not isinstance(text, str):
        return False
    plain, percent, zone = text.partition("%")
    if percent and not _ZONE.fullmatch(zone):
        return False
    try:
        ipaddress.IPv6Address(plain)
    except ValueError:
        return False
    return True


def check_port(name: str, port: object) -> int:
    """`port` as a number, given as the argument `name`; text of digits will do, as in Node.

    Raises:
        InvalidArgTypeError: it is neither a number nor text.
        SocketBadPortError: it is no number from 0 to 65535.
    """
    if isinstance(port, bool) or not isinstance(port, (int, float, str)):
        raise InvalidArgTypeError.given(name, "a number or a str", port)
    number: object = port
    if isinstance(port, str):
        number = int(port) if re.fullmatch(r"\s*\d+\s*", port, re.ASCII) else None
    if not isinstance(number, int) or not 0 <= number < 65536:
        raise SocketBadPortError.given(name, ">= 0 and < 65536", port)
    return number


def find(host: str, family: int, answer: Callable[[OSError | None, list[Found]], object]) -> None:
    """Ask the system for the addresses of `host`.

    Args:
        host: a name.
        family: 4 or 6 for such addresses alone, 0 for all.
        answer: called from the loop, with an error or with the addresses in the system's order.
    """

    def found(error: Exception | None, infos: Iterable[Info]) -> None:
        if error is not None:
            answer(told_of_host(error, host), [])
            return
        addresses = [
            Found(str(info[4][0]), 6 if info[0] == socket.AF_INET6 else 4) for info in infos
        ]
        answer(None, list(dict.fromkeys(addresses)))

    in_pool(found, _look_up, host, _FAMILIES.get(family, socket.AF_UNSPEC))


def _look_up(host: str, family: int) -> Iterable[Info]:
    return socket.getaddrinfo(host, None, family, socket.SOCK_STREAM)


def info_of(address: object) -> AddressInfo:
    """An address that the system gave, as Node tells it; empty for none and for a path."""
    if not isinstance(address, tuple):
        return {}
    host, port = address[:2]
    return {"address": host, "family": "IPv6" if len(address) == 4 else "IPv4", "port": port}
