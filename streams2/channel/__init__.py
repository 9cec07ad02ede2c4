"""core.async's channels for asyncio.

>>> import asyncio
>>> from streams2.channel import Channel, go
>>> async def produce(numbers):
...     for number in range(3):
...         await numbers.put(number)  # returns when there is room: this is the flow control
...     numbers.close()
>>> async def main():
...     numbers = Channel(2)
...     go(produce(numbers))
...     async for number in numbers:
...         print(number)
>>> asyncio.run(main())
0
1
2

What one does with a channel is a method of `Channel`; what makes a new channel of others is a
function here, named as in core.async.

- `_core`: the channel itself; `_buffers`: where it keeps values; `_dispatch`: who waits, and how
  word reaches them; `_errors`: what it refuses; `watching`: what those may know who watch it.
- `transforms`: transforms made already; `_stages`: how a transform runs; `_intake`: on a channel.
- `_alts`: one of several operations; `_processes`: `go`, `thread` and `timeout`.
- `_combinators`, `_pipeline`, `_mult` (and pub), `_mix`: channels made of channels.

Not here: streams. A channel knows none, and needs nothing of this package but its errors; how the
two are joined is the business of `streams2.bridge`.
"""

from __future__ import annotations

from . import transforms
from ._alts import Port, alts
from ._buffers import (
    Buffer,
    DroppingBuffer,
    FixedBuffer,
    PromiseBuffer,
    SlidingBuffer,
    buffer,
    dropping_buffer,
    sliding_buffer,
    unblocking_buffer,
)
from ._combinators import (
    Reduced,
    into,
    map,  # noqa: A004  # core.async's name
    merge,
    onto_channel,
    pipe,
    promise_channel,
    reduce,
    split,
    take,
    to_channel,
    transduce,
)
from ._core import Channel, Sink, Source
from ._errors import ChannelNoneValueError, TooManyPendingError
from ._mix import Mix, Modes, mix
from ._mult import Mult, Pub, mult, pub
from ._pipeline import pipeline, pipeline_async, pipeline_blocking
from ._processes import go, thread, timeout
from ._stages import Transducer

__all__ = [
    "Buffer",
    "Channel",
    "ChannelNoneValueError",
    "DroppingBuffer",
    "FixedBuffer",
    "Mix",
    "Modes",
    "Mult",
    "Port",
    "PromiseBuffer",
    "Pub",
    "Reduced",
    "Sink",
    "SlidingBuffer",
    "Source",
    "TooManyPendingError",
    "Transducer",
    "alts",
    "buffer",
    "dropping_buffer",
    "go",
    "into",
    "map",
    "merge",
    "mix",
    "mult",
    "onto_channel",
    "pipe",
    "pipeline",
    "pipeline_async",
    "pipeline_blocking",
    "promise_channel",
    "pub",
    "reduce",
    "sliding_buffer",
    "split",
    "take",
    "thread",
    "timeout",
    "to_channel",
    "transduce",
    "transforms",
    "unblocking_buffer",
]
