"""The slow end: a service that says who may come in, and takes its time to say it.

It looks at a few at once, and so many a second are all it can ever do. Who comes meanwhile waits.

A question is a line with a name; the answer is a line, yes or no.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
from dataclasses import dataclass

#: Everybody may ask at once: it is not this service that turns anyone away.
BACKLOG = 4096

UNWANTED = b"mallory"


@dataclass(frozen=True)
class Authentication:
    """Where the service is, for those who ask it."""

    port: int

    async def allows(self, name: bytes) -> bool:
        """Whether this one may come in."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(name + b"\n")
            return await reader.readline() == b"yes\n"
        finally:
            writer.close()

    def allows_blocking(self, name: bytes) -> bool:
        """The same, for a thread."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(name + b"\n")
            with connection.makefile("rb") as answers:
                return answers.readline() == b"yes\n"


async def serve(at_once: int, seconds: float) -> None:
    """Answer for ever.

    Args:
        at_once: how many questions it looks at at a time.
        seconds: how long it looks at each.
    """
    desk = asyncio.Semaphore(at_once)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = await reader.readline()
        async with desk:
            await asyncio.sleep(seconds)
        writer.write(b"no\n" if name.strip() == UNWANTED else b"yes\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=serve.__doc__)
    parser.add_argument("at_once", type=int)
    parser.add_argument("seconds", type=float)
    asyncio.run(serve(**vars(parser.parse_args())))
