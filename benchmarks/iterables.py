"""Bytes through three transforms: iterable streams, and a pipeline that does the same."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Sequence
from typing import Any

from streams2 import promises, run
from streams2.iter import Batch, pull

from .nodes_own import KIB, Given, Same, Swallow
from .works import Run, Work, node, timed, which_node, without_node

_OPTION = "--experimental-stream-iter"


def same(batch: Batch | None) -> Batch | None:
    return batch


def pulled(together: int) -> Any:
    """`together`: how many chunks there are in a batch."""

    def work(count: int) -> int:
        async def batches() -> AsyncIterator[Batch]:
            for _ in range(count // together):
                yield [KIB] * together

        async def main() -> int:
            seen = 0
            async for batch in pull(batches(), same, same, same):
                seen += len(batch)
            return seen

        return int(run(main))

    return work


def piped(count: int) -> int:
    sink = Swallow()
    run(lambda: promises.pipeline(Given(count), Same(), Same(), Same(), sink))
    return sink.seen


def has_iterables() -> bool:
    """Whether the Node that is there has iterable streams."""
    binary = which_node()
    if binary is None:
        return False
    look = [binary, _OPTION, "-e", "require('node:stream/iter')"]
    return subprocess.run(look, capture_output=True, check=False).returncode == 0


def works() -> list[Work]:
    """What is measured of iterable streams."""
    there = has_iterables()
    missing: Sequence[str] = without_node()
    if not there and not missing:
        missing = [f"Node (this one has no {_OPTION})"]
    found = []
    for name, together, about in (
        ("pull", 1, "chunks of 1 KiB, each a batch, through three transforms"),
        ("pull-batches", 16, "the same, 16 chunks to a batch"),
    ):
        nodes = node("pull", str(together), options=[_OPTION, "--no-warnings"]) if there else {}
        contestants: dict[str, Run] = {
            "streams2": timed(pulled(together)),
            **nodes,
            "a pipeline of three Transforms": timed(piped),
        }
        found.append(
            Work(
                *(name, about, 96_000, 1_600, "chunks"),
                *(lambda count: count, contestants, missing),
            )
        )
    return found
