"""Variants that go wrong, to be run in processes of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

from streams2 import Readable, Writable, next_tick


def right(source: Readable[bytes], sink: Writable[bytes]) -> None:
    source.pipe(sink)


def wrong(source: Readable[bytes], sink: Writable[bytes]) -> None:
    source.on("data", lambda chunk: sink.write(bytes(len(chunk))))
    source.on("end", sink.end)


def raises(*_: Any) -> None:
    raise ValueError("no cat today")


async def raises_later(source: Readable[bytes], sink: Writable[bytes]) -> None:
    source.pipe(sink)
    await asyncio.sleep(0)
    raise ValueError("no cat today")


def uncaught(source: Readable[bytes], sink: Writable[bytes]) -> None:
    source.pipe(sink)
    next_tick(raises)


async def raises_and_uncaught(source: Readable[bytes], sink: Writable[bytes]) -> None:
    source.pipe(sink)
    await asyncio.sleep(0)
    sink.destroy(ValueError("twice"))
    raise ValueError("once")


async def hangs(source: Readable[bytes], sink: Writable[bytes]) -> None:
    await asyncio.get_running_loop().create_future()


def never_ends(source: Readable[bytes], sink: Writable[bytes]) -> None:
    source.pipe(sink, end=False)


def killed(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leaves(*_: Any) -> None:
    print("I have had enough", file=sys.stderr, flush=True)
    os._exit(3)


def which_process(source: Readable[bytes], sink: Writable[bytes]) -> None:
    source.resume()
    sink.end(str(os.getpid()).encode())
