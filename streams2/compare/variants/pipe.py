"""cat with `pipe`: the same state machine, written once and for all.

`pipe` pauses the source when the sink has enough and resumes it when the sink has drained. It also
knows what a machine written by hand forgets: several sinks, one that fails or leaves while it is
waited for, a source that somebody else resumes. To see the machine: ``streams2 diagram pipe``.

`pipe` leaves failures to its user. `pipeline` does not: if either side fails, or the caller gives
up, both are destroyed, and the caller is told. It is what runs when there is to be a fault.
"""

from __future__ import annotations

from streams2 import Readable, Writable, promises


def cat(source: Readable[bytes], sink: Writable[bytes]) -> None:
    source.pipe(sink)


async def cat_or_fail(source: Readable[bytes], sink: Writable[bytes]) -> None:
    await promises.pipeline(source, sink)
