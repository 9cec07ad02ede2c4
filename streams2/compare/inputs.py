"""What is copied: a file of the user's, or one made for the occasion.

The made one has numbered lines, so that whatever a variant loses, doubles or swaps shows.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["MADE_BYTES", "Digest", "Input", "UnsuitableInputError", "digest", "open_input"]

MADE_BYTES = 32 * 1024 * 1024
"""The size of an input made here."""

_LINE_BYTES = 64
_BLOCK_BYTES = 1024 * 1024


class UnsuitableInputError(ValueError):
    """A file cannot be the input of a comparison; the message says why."""


@dataclass(frozen=True)
class Digest:
    """What a file has in it.

    Attributes:
        bytes: how many.
        sha256: their SHA-256, in hexadecimal.
    """

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Input:
    """The file that every variant copies.

    Attributes:
        path: where it is.
        made: whether it was made for this comparison and goes with it.
        digest: what it has in it.
    """

    path: str
    made: bool
    digest: Digest


def digest(path: str) -> Digest:
    """Read a file and say what it has in it."""
    seen = hashlib.sha256()
    size = 0
    with open(path, "rb") as file:
        while block := file.read(_BLOCK_BYTES):
            seen.update(block)
            size += len(block)
    return Digest(size, seen.hexdigest())


@contextlib.contextmanager
def open_input(path: str | None) -> Iterator[Input]:
    """The file at `path`, or for None a file made here, which is gone afterwards.

    Raises:
        UnsuitableInputError: `path` is no file that can be read several times.
        OSError: it cannot be read.
    """
    if path is not None:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UnsuitableInputError(
                f"{path} is not a regular file. Every variant reads the input from its start, "
                "which a directory, a pipe or a device does not allow"
            )
        yield Input(path, False, digest(path))
        return
    with tempfile.TemporaryDirectory(prefix="streams2-") as directory:
        made = os.path.join(directory, "input")
        _make(made, MADE_BYTES)
        yield Input(made, True, digest(made))


def _make(path: str, size: int) -> None:
    lines_per_block = _BLOCK_BYTES // _LINE_BYTES
    with open(path, "wb") as file:
        for block in range(size // _BLOCK_BYTES):
            first = block * lines_per_block
            file.write(
                b"".join(b"%063d\n" % line for line in range(first, first + lines_per_block))
            )
