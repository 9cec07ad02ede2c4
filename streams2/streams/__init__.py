"""The streams that a program uses, and what is done with whole streams.

The faces: `Readable`, `Writable`, `Duplex`, `Transform`. What is done with several of them:
`pipeline`, `compose`, `finished`. What else can be a stream: iterables, files, functions, and
asyncio's readers and writers.

Not here: how a chunk gets from one end of a buffer to the other. That is `core`'s business.

Imports in this room run one way, too. Node's own API has one knot: a Readable's `compose` gives a
Duplex that comes of a pipeline, and a pipeline is made of Readables. It is tied here, from above.
"""

from . import readable as _readable


def _compose(*streams: object) -> object:
    # Few programs compose, and it takes all that is done with whole streams.
    from .compose import compose_onto

    return compose_onto(*streams)  # type: ignore[arg-type]  # what `tie` says it is called with


_readable.tie(_compose)  # type: ignore[arg-type]
