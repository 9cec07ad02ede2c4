"""Several buffers that are written as one: what a call is handed of them, and what is left."""

from __future__ import annotations

import sys

__all__ = ["portion", "without"]

# Linux takes 1,024 in a call; a few save most of the calls.
_MOST_BUFFERS = 64

# PyPy copies whatever it hands to the system, however little of it is taken: to write some MiB into
# a pipe, 64 KiB at a time, took seconds.
_COPIES = sys.implementation.name == "pypy"
_MOST_COPIED = 128 * 1024


def portion(buffers: list[memoryview]) -> list[memoryview]:
    """As much of `buffers` as one call is handed of them, where it will not take all."""
    first = buffers[:_MOST_BUFFERS]
    return _copied(first) if _COPIES else first


def _copied(buffers: list[memoryview]) -> list[memoryview]:
    taken, left = [], _MOST_COPIED
    for buffer in buffers:
        # As bytes: a view that was cast is copied whole, however small a slice it is of that.
        taken.append(memoryview(bytes(buffer[:left])))
        left -= len(taken[-1])
        if left == 0:
            break
    return taken


def without(buffers: list[memoryview], count: int) -> list[memoryview]:
    """What is left of `buffers` when their first `count` bytes are written."""
    if len(buffers) == 1 and count == len(buffers[0]):
        return []  # As it is with most.
    for index, buffer in enumerate(buffers):
        if count < len(buffer):
            return [buffer[count:], *buffers[index + 1 :]]
        count -= len(buffer)
    return []
