"""Writing a picture or a page: whether it can be done, and doing it.

A file is written beside its place first, and moved there when it is whole: what cannot be written
to the end does not replace a good one. What is no regular file, such as ``/dev/stdout``, cannot be
replaced and is written to.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import Callable

__all__ = ["check_place", "save"]


def check_place(path: str) -> None:
    """Make sure that `save` can write to `path`, as far as that can be known.

    Raises:
        OSError: it cannot. The error names `path`.
    """
    with _named(path):
        place = os.path.realpath(path)
        if os.path.isdir(place) or not os.path.basename(path):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if os.path.exists(place) and not os.access(place, os.W_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        if _replaceable(place):
            with _beside(place) as aside, open(aside, "wb"):
                pass


def save(path: str, write: Callable[[str], object]) -> None:
    """Have `write` write a file, and put it at `path`.

    Args:
        path: where it is to be.
        write: called with the path to write to. The name ends as that of `path` does.

    Raises:
        OSError: it cannot be written. The error names `path`.
    """
    with _named(path):
        place = os.path.realpath(path)
        if _replaceable(place):
            with _beside(place) as aside:
                write(aside)
                os.replace(aside, place)
            return
        with tempfile.TemporaryDirectory(prefix="streams2-") as directory:
            aside = os.path.join(directory, os.path.basename(place))
            write(aside)
            with open(aside, "rb") as whole, open(place, "wb") as out:
                shutil.copyfileobj(whole, out)


def _replaceable(place: str) -> bool:
    return os.path.isfile(place) or not os.path.exists(place)


@contextlib.contextmanager
def _beside(place: str) -> Iterator[str]:
    directory, name = os.path.split(place)
    with tempfile.TemporaryDirectory(prefix=".streams2-", dir=directory) as aside:
        yield os.path.join(aside, name)


@contextlib.contextmanager
def _named(path: str) -> Iterator[None]:
    """Whatever file an error is about, the user knows it as `path`."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), path) from error
