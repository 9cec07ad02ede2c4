"""Which methods put a chunk somewhere, and which take one: of streams2's own and of others.

`put` and `take` are a channel's; `send` and `receive` those of anyio's and trio's; `put` and `get`
those of a queue between threads.
"""

__all__ = ["PUTS", "TAKES", "WRITES"]

PUTS = frozenset(["put", "offer", "put_callback", "send"])
TAKES = frozenset(["take", "poll", "take_callback", "receive", "get"])
WRITES = frozenset(["write", "end"])
