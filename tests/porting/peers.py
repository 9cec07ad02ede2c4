"""Who talks to a program over sockets: a client, or one that a server has accepted."""

from __future__ import annotations

import asyncio
import socket
import struct


class Peer:
    """One end of a connection. It reads when a step waits for something, and not before.

    Attributes:
        heard: what it has read.
        ending: how that ended: ``"open"``, ``"end"`` or ``"reset"``; ``"left"`` if it was its own
            decision.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard = bytearray()
        self.ending = "open"
        self._seen = 0
        self._reader = reader
        self._writer = writer
        # What is written is on its way when `drain` returns.
        writer.transport.set_write_buffer_limits(0)

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def until(self, text: bytes) -> None:
        """Read until what came since the last wait has `text` in it."""
        while (found := self.heard.find(text, self._seen)) < 0:
            await self._more(f"{text!r}")
        self._seen = found + len(text)

    async def bytes(self, count: int) -> None:
        """Read until `count` bytes have come since the last wait."""
        while len(self.heard) < self._seen + count:
            await self._more(f"{count} bytes")
        self._seen += count

    async def until_end(self) -> None:
        """Read until the other side ends, or is gone."""
        while await self._read():
            pass

    async def hang_up(self) -> None:
        """Read to the end, and close the connection: how a talk is over."""
        await self.until_end()
        await self.close()

    async def end(self) -> None:
        """Say that no more will be sent."""
        await self._writer.drain()
        self._writer.write_eof()

    async def reset(self) -> None:
        """Be gone, and let the other side know it by an error."""
        await self._writer.drain()
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.ending = "left"
        await self.close()

    async def leave(self) -> None:
        """Close the connection, when all is sent."""
        self.ending = "left"
        self._writer.close()
        await self._closed()

    async def close(self) -> None:
        """Free the socket, whatever there is to read or to send."""
        self._writer.transport.abort()
        await self._closed()

    async def _closed(self) -> None:
        try:
            await self._writer.wait_closed()
        except OSError:
            pass

    async def _more(self, what: str) -> None:
        if not await self._read():
            raise AssertionError(f"it ended before {what} came: {bytes(self.heard[-300:])!r}")

    async def _read(self) -> bool:
        """Read what has come, or wait. Returns whether there may be more."""
        if self.ending != "open":
            return False
        try:
            data = await self._reader.read(65_536)
        except OSError:
            self.ending = "reset"
            return False
        if not data:
            self.ending = "end"
        self.heard += data
        return bool(data)


class Server:
    """A server that the programs find: what a proxy connects to, say."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Peer] = asyncio.Queue()
        self._server: asyncio.AbstractServer | None = None
        self.port = 0

    async def open(self) -> None:
        def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._waiting.put_nowait(Peer(reader, writer))

        self._server = await asyncio.start_server(accepted, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def accept(self) -> Peer:
        return await self._waiting.get()

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        while not self._waiting.empty():
            await self._waiting.get_nowait().close()


async def connect(port: int) -> Peer:
    """A client of the program that listens on `port`."""
    return Peer(*await asyncio.open_connection("127.0.0.1", port))
