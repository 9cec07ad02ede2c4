"""How fast and how large: ``20MB/s`` and ``64KiB`` as numbers, and back.

>>> parse_rate("20MB/s"), parse_rate("1.5 MiB/s"), parse_rate("unlimited")
(20000000.0, 1572864.0, None)
>>> format_rate(20_000_000.0), format_rate(None)
('20.0 MB/s', 'unlimited')
"""

from __future__ import annotations

import re

__all__ = ["format_bytes", "format_rate", "parse_part", "parse_rate", "parse_size"]

_UNITS = {
    "B": 1,
    "kB": 1000,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}

_RATE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]+)/s", re.ASCII)
_PART = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<percent>%?)", re.ASCII)
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]*)", re.ASCII)


def parse_rate(text: str) -> float | None:
    """The rate that `text` names.

    Args:
        text: a number and a unit per second (``"20MB/s"``), or ``"unlimited"``. MB is a million
            bytes, MiB is 1024 * 1024.

    Returns:
        Bytes per second, or None for no limit.

    Raises:
        ValueError: it is no rate. The message says what would be one.
    """
    if text == "unlimited":
        return None
    match = _RATE.fullmatch(text.strip())
    if match is None or match["unit"] not in _UNITS:
        raise ValueError(
            f"{text!r} is not a rate. Give a number of B, KB, MB, GB, KiB, MiB or GiB per second, "
            "such as 20MB/s, or unlimited"
        )
    rate = float(match["number"]) * _UNITS[match["unit"]]
    if rate <= 0:
        raise ValueError(f"{text!r} is no speed at all. Give a rate above 0, or unlimited")
    return rate


def parse_size(text: str) -> int:
    """The number of bytes that `text` names.

    >>> parse_size("64KiB"), parse_size("1000"), parse_size("1.5 MB")
    (65536, 1000, 1500000)

    Args:
        text: a number, and a unit unless it is bytes. MB is a million bytes, MiB is 1024 * 1024.

    Raises:
        ValueError: it is no size, or not a whole number of bytes above 0. The message says what
            would be one.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None or (match["unit"] or "B") not in _UNITS:
        raise ValueError(
            f"{text!r} is not a size. Give a number of B, KB, MB, GB, KiB, MiB or GiB, "
            "such as 64KiB"
        )
    size = float(match["number"]) * _UNITS[match["unit"] or "B"]
    if size < 1 or size != int(size):
        raise ValueError(f"{text!r} is no whole number of bytes above 0. Give one, such as 64KiB")
    return int(size)


def parse_part(text: str) -> float:
    """The part of a whole that `text` names.

    >>> parse_part("10%"), parse_part("0.25"), parse_part("0%")
    (0.1, 0.25, 0.0)

    Args:
        text: a percentage, or a number from 0 on.

    Raises:
        ValueError: it is no part. The message says what would be one.
    """
    match = _PART.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no part of a whole. Give one, such as 10% or 0.1")
    return float(match["number"]) / (100 if match["percent"] else 1)


def format_rate(rate: float | None) -> str:
    """`rate`, in bytes per second, for people. None is no limit."""
    if rate is None:
        return "unlimited"
    return f"{_scaled(rate, 1000, ('B', 'KB', 'MB', 'GB'))}/s"


def format_bytes(size: float) -> str:
    """`size`, in bytes, for people.

    >>> format_bytes(65536), format_bytes(100)
    ('64.0 KiB', '100 B')
    """
    return _scaled(size, 1024, ("B", "KiB", "MiB", "GiB"))


def _scaled(value: float, step: int, units: tuple[str, ...]) -> str:
    index = 0
    # Compared as it will be shown: 999.96 MB is 1.0 GB and not 1000.0 MB.
    while index < len(units) - 1 and round(value, 1) >= step:
        value /= step
        index += 1
    return f"{value:.0f} {units[index]}" if index == 0 else f"{value:.1f} {units[index]}"
