"""Print the lines of a file as they are written to it, as `tail -f` does.

python examples/log_tailer.py FILE [WORD]

With WORD, only the lines that have it in them. A file that is cut short is read from its start.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator

from streams2 import Readable, fs, readline, run, stdio

LOOK_EVERY = 0.1  # seconds


async def growing(path: str) -> AsyncIterator[bytes]:
    """What is in a file now, and what is added to it, for as long as somebody asks."""
    position = 0
    while True:
        size = os.stat(path).st_size
        if size < position:
            position = 0
        if size > position:
            async for chunk in fs.create_read_stream(path, start=position, end=size - 1):
                position += len(chunk)
                yield chunk
        else:
            await asyncio.sleep(LOOK_EVERY)


async def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    path, word = sys.argv[1], "".join(sys.argv[2:])
    output = stdio.stdout()
    # Whoever reads what we print may have had enough: that ends the tailer.
    source = Readable.from_(growing(path))
    output.on("error", lambda _: source.destroy())
    output.on("close", source.destroy)
    lines = readline.create_interface(source, crlf_delay=float("inf"))
    source.on("close", lines.close)
    async for line in lines:
        if word in line and not output.write(f"{line}\n"):
            await output.drained()


if __name__ == "__main__":
    run(main)
