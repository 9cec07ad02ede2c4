"""Messages in frames, as WebSocket has them (RFC 6455, without the handshake): an echo server.

    python port.py [LIMIT]

It answers each message with the same in capitals, and a ping with a pong. It ends with its first
connection. A frame that is not masked, or longer than LIMIT, closes the connection.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

from streams2 import Callback, Transform, TransformCallback, Writable, buffer, net, run

TEXT = 1
CLOSE = 8
PING = 9
PONG = 10


class ProtocolError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Frame(NamedTuple):
    fin: bool
    opcode: int
    payload: bytes


# Takes bytes; gives frames.
class FrameParser(Transform[bytes, Frame]):
    def __init__(self, limit: int) -> None:
        super().__init__(readable_object_mode=True)
        self.limit = limit
        self.rest = b""

    def _transform(self, chunk: bytes, encoding: str, callback: TransformCallback) -> None:
        self.rest += chunk
        try:
            while frame := self._next():
                self.push(frame)
            callback()
        except ProtocolError as error:
            callback(error)

    def _next(self) -> Frame | None:
        rest = self.rest
        if len(rest) < 2:
            return None
        if not rest[1] & 0x80:
            raise ProtocolError(1002, "a frame is not masked")
        length = rest[1] & 0x7F
        at = 2
        if length == 126:
            if len(rest) < 4:
                return None
            length = buffer.read_uint16_be(rest, 2)
            at = 4
        elif length == 127:
            if len(rest) < 10:
                return None
            length = buffer.read_uint64_be(rest, 2)
            at = 10
        if length > self.limit:
            raise ProtocolError(1009, "a frame is too long")
        if len(rest) < at + 4 + length:
            return None
        mask = rest[at : at + 4]
        payload = bytearray(rest[at + 4 : at + 4 + length])
        for i in range(length):
            payload[i] ^= mask[i % 4]
        self.rest = rest[at + 4 + length :]
        return Frame((rest[0] & 0x80) != 0, rest[0] & 0x0F, bytes(payload))


def frame_of(opcode: int, payload: bytes | bytearray) -> bytes:
    length = len(payload)
    if length < 126:
        head = bytearray([0x80 | opcode, length])
    elif length < 65536:
        head = bytearray([0x80 | opcode, 126, 0, 0])
        buffer.write_uint16_be(head, length, 2)
    else:
        head = bytearray([0x80 | opcode, 127, 0, 0, 0, 0, 0, 0, 0, 0])
        buffer.write_uint64_be(head, length, 2)
    return bytes(head) + payload


def echo(socket: net.Socket) -> Writable[Frame]:
    parts: list[bytes] = []

    def write(_: Writable[Frame], frame: Frame, _encoding: str, callback: Callback) -> None:
        nonlocal parts
        fin, opcode, payload = frame
        if opcode == PING:
            socket.write(frame_of(PONG, payload), callback=callback)
            return
        if opcode == CLOSE:
            print("closed by the client")
            socket.end(frame_of(CLOSE, payload))
            callback()
            return
        parts.append(payload)
        if not fin:
            callback()
            return
        message = b"".join(parts).decode(errors="replace")
        print(f"{len(parts)} frames: {len(message)} characters")
        parts = []
        socket.write(frame_of(TEXT, message.upper().encode()), callback=callback)

    return Writable(object_mode=True, write=write)


def main() -> None:
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 100000

    def on_connection(socket: net.Socket) -> None:
        parser = FrameParser(limit)
        socket.pipe(parser).pipe(echo(socket))

        @parser.on("error")
        def on_parser_error(error: Exception) -> None:
            assert isinstance(error, ProtocolError)
            print(f"closed: {error}")
            status = buffer.alloc(2)
            buffer.write_uint16_be(status, error.status)
            socket.end(frame_of(CLOSE, status))
            socket.resume()

        socket.on("error", lambda error: print(f"lost: {getattr(error, 'code', None)}"))
        server.close()

    def listening() -> None:
        address = server.address()
        assert isinstance(address, dict)
        print(f"listening on {address['port']}", flush=True)

    server = net.create_server(on_connection)
    server.listen(0, "127.0.0.1", callback=listening)


if __name__ == "__main__":
    run(main)
