"""What a source of iterable streams fails with that is no usual error, where a task reads it.

A cancellation that nobody here asked for is a failure, an `AbortError`; what is no `Exception` ends
the run. Neither may leave a reader waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Callable

import pytest

from streams2 import AbortError, run
from streams2.iter import (
    Broadcast,
    bytes_,
    from_,
    merge,
    pull,
    share,
    text,
    to_readable,
    to_writable,
)
from streams2.timers import set_interval
from streams2.zlib.iter import compress_gzip


class Odd(BaseException):
    """None that a program handles."""


async def cancelled() -> None:
    waited_for: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waited_for.cancel()
    await waited_for


async def odd() -> None:
    raise Odd


Fails = Callable[[], Any]


async def source(fails: Fails) -> AsyncIterator[str]:
    yield "a"
    await fails()


async def shared(fails: Fails) -> Any:
    several = share(source(fails))
    return await asyncio.gather(text(several.pull()), text(several.pull()))


async def broadcast_on(fails: Fails) -> Any:
    return await text(Broadcast.from_(source(fails)).broadcast.push())


async def classic(fails: Fails) -> Any:
    return [chunk async for chunk in to_readable(from_(source(fails)))]


async def written(fails: Fails) -> Any:
    class Failing:
        async def write(self, chunk: bytes, **_: object) -> None:
            await fails()

    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    writable = to_writable(Failing())
    writable.on("error", ended.set_exception)
    writable.write(b"a")
    await ended


PROGRAMS: dict[str, Callable[[Fails], Any]] = {
    "merge": lambda fails: text(merge(source(fails), ["b"])),
    "share": shared,
    "Broadcast.from_": broadcast_on,
    "to_readable": classic,
    "to_writable": written,
    "compress_gzip": lambda fails: bytes_(pull(source(fails), compress_gzip())),
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize(("fails", "raised"), [(cancelled, AbortError), (odd, Odd)])
def test_nobody_waits_on(name: str, fails: Fails, raised: type[BaseException]) -> None:
    async def main() -> None:
        set_interval(lambda: None, 1000)  # Without an end, this goes on.
        await PROGRAMS[name](fails)

    with pytest.raises(raised):
        run(main)


def test_who_cancels_a_share_gets_its_own_reason() -> None:
    async def main() -> None:
        several = share(source(cancelled))
        reading = several.pull().__aiter__()
        assert await reading.__anext__() == [b"a"]
        several.cancel(ValueError("enough"))
        await reading.__anext__()

    with pytest.raises(ValueError, match="enough"):
        run(main)
