"""Merge files whose lines are sorted into one that is, as sort -m does; with -u, each line once.

python port.py [-n] [-u] FILE...

-n: by the number that a line begins with.
"""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from typing import Callable, Union

from streams2 import Readable, fs, promises, run, stdio

exit_code = 0

Value = Union[int, str]
Key = Callable[[str], Value]


@dataclass
class Entry:
    value: Value
    line: str


@dataclass
class Head:
    source: AsyncIterator[Entry]
    head: Entry


async def lines_of(path: str) -> AsyncIterator[str]:
    rest = ""
    async for chunk in fs.create_read_stream(path, encoding="utf8"):
        rest += chunk
        from_ = 0
        while (end := rest.find("\n", from_)) != -1:
            yield rest[from_:end]
            from_ = end + 1
        rest = rest[from_:]
    if rest:
        yield rest


async def in_order(path: str, key: Key) -> AsyncIterator[Entry]:
    number = 0
    last: Value | None = None
    async for line in lines_of(path):
        number += 1
        value = key(line)
        if last is not None and value < last:  # type: ignore[operator]  # both are of one key
            raise ValueError(f"{path}: line {number} is out of order")
        last = value
        yield Entry(value, line)


async def merge(sources: list[AsyncIterator[Entry]]) -> AsyncIterator[str]:
    heads = []
    for source in sources:
        try:
            heads.append(Head(source, await source.__anext__()))
        except StopAsyncIteration:
            pass
    while len(heads) > 0:
        least = min(heads, key=lambda head: head.head.value)
        yield least.head.line
        try:
            least.head = await least.source.__anext__()
        except StopAsyncIteration:
            heads.remove(least)


async def unique(lines: AsyncIterable[str]) -> AsyncIterator[str]:
    last = None
    async for line in lines:
        if line != last:
            yield line
        last = line


def number_of(line: str) -> int:
    found = re.match(r"\s*[-+]?\d+", line)
    return int(found.group()) if found else 0


async def merge_files(args: list[str]) -> None:
    flags = set()
    while args and re.search(r"^-[nu]$", args[0]):
        flags.add(args.pop(0))
    key: Key = number_of if "-n" in flags else str
    merged = merge([in_order(path, key) for path in args])
    lines = unique(merged) if "-u" in flags else merged

    async def with_ends(source: AsyncIterable[str]) -> AsyncIterator[str]:
        async for line in source:
            yield line + "\n"

    await promises.pipeline(Readable.from_(lines), with_ends, stdio.stdout())


async def main() -> None:
    global exit_code
    try:
        await merge_files(sys.argv[1:])
    except (OSError, ValueError) as err:
        print(getattr(err, "message", str(err)), file=sys.stderr)
        exit_code = 1


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
