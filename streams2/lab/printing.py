"""What a program prints, by whichever way, as text."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import Callable

from ..loop.secluded import IN_BROWSER

__all__ = ["printing"]


@contextmanager
def printing() -> Iterator[Callable[[], str]]:
    """Keep what is printed within the block.

    In a browser, where nobody sees the descriptors 1 and 2, that is what is written to these, too.

    Yields:
        What says what was printed until now.
    """
    with ExitStack() as stack:
        if IN_BROWSER:
            text, printed = stack.enter_context(_descriptors_too())
        else:
            text = io.StringIO()
            printed = text.getvalue
        stack.enter_context(redirect_stdout(text))
        stack.enter_context(redirect_stderr(text))
        yield printed


@contextmanager
def _descriptors_too() -> Iterator[tuple[io.TextIOBase, Callable[[], str]]]:
    with tempfile.NamedTemporaryFile("ab", buffering=0) as file, ExitStack() as stack:
        for fd in (1, 2):
            kept = os.dup(fd)
            stack.callback(os.close, kept)
            stack.callback(os.dup2, kept, fd)
            os.dup2(file.fileno(), fd)

        def printed() -> str:
            with open(file.name, encoding="utf-8", errors="replace", newline="") as again:
                return again.read()

        yield io.TextIOWrapper(file.file, "utf-8", write_through=True), printed
