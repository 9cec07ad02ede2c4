"""The streams that a program uses, and what is done with whole streams.

The faces: `Readable`, `Writable`, `Duplex`, `Transform`. What is done with several of them:
`pipeline`, `compose`, `finished`. What else can be a stream: iterables, files, functions, and
asyncio's readers and writers.

Not here: how a chunk gets from one end of a buffer to the other. That is `core`'s business.
"""
