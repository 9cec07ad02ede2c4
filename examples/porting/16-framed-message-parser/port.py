"""Messages in frames: four bytes of length, one of kind, and the message.

python port.py encode < LINES_OF_JSON > FRAMES
python port.py decode < FRAMES > LINES_OF_JSON
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator

from streams2 import Readable, Transform, TransformCallback, buffer, pipeline, run, stdio

KINDS = {"json": 1, "text": 2, "ping": 3}
NAMES = {kind: name for name, kind in KINDS.items()}
HEAD = 5
LONGEST = 1 << 20
exit_code = 0

Message = dict[str, object]


class FrameError(Exception):
    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message} at byte {offset}")
        self.code = "ERR_FRAME"


class FrameDecoder(Transform[bytes, Message]):
    def __init__(self) -> None:
        super().__init__(readable_object_mode=True)
        self.buffered: list[bytes] = []
        self.length = 0
        self.offset = 0

    def _transform(self, chunk: bytes, encoding: str, callback: TransformCallback) -> None:
        self.buffered.append(chunk)
        self.length += len(chunk)
        try:
            while (frame := self.next()) is not None:
                self.push(frame)
        except ValueError as err:
            callback(err)
            return
        except FrameError as err:
            callback(err)
            return
        callback()

    def next(self) -> Message | None:
        if self.length < HEAD:
            return None
        all = b"".join(self.buffered)
        size = buffer.read_uint32_be(all, 0)
        name = NAMES.get(buffer.read_uint8(all, 4))
        if size > LONGEST:
            raise FrameError(f"a frame of {size} bytes", self.offset)
        if name is None:
            raise FrameError(f"kind {all[4]}", self.offset)
        self.buffered = [all]
        if len(all) < HEAD + size:
            return None
        body = all[HEAD : HEAD + size]
        self.buffered = [all[HEAD + size :]]
        self.length -= HEAD + size
        self.offset += HEAD + size
        if name == "ping":
            return {"kind": name}
        return {
            "kind": name,
            "body": json.loads(body) if name == "json" else body.decode("utf8", "replace"),
        }

    def _flush(self, callback: TransformCallback) -> None:
        if self.length > 0:
            callback(FrameError("cut off", self.offset))
            return
        callback()


class FrameEncoder(Transform[Message, bytes]):
    def __init__(self) -> None:
        super().__init__(writable_object_mode=True)

    def _transform(self, message: Message, encoding: str, callback: TransformCallback) -> None:
        kind, body = str(message["kind"]), message.get("body")
        data = (to_json(body) if kind == "json" else str(body or "")).encode()
        head = bytearray(HEAD)
        buffer.write_uint32_be(head, len(data), 0)
        buffer.write_uint8(head, KINDS[kind], 4)
        self.push(head)
        callback(None, data)


def to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def parse_lines(source: Readable[bytes]) -> AsyncIterator[Message]:
    rest = ""
    async for chunk in source.set_encoding("utf8"):
        *lines, rest = (rest + chunk).split("\n")
        for line in lines:
            yield json.loads(line)


class LinePrinter(Transform[Message, str]):
    def __init__(self) -> None:
        super().__init__(writable_object_mode=True)

    def _transform(self, message: Message, encoding: str, callback: TransformCallback) -> None:
        callback(None, f"{to_json(message)}\n")


def main() -> None:
    encoding = sys.argv[1] == "encode"
    stages = [parse_lines, FrameEncoder()] if encoding else [FrameDecoder(), LinePrinter()]

    def done(err: BaseException | None) -> None:
        global exit_code
        if err is None:
            return
        code = getattr(err, "code", None)
        print(f"{code}: {err}" if code else "bad JSON", file=sys.stderr)
        exit_code = 1

    pipeline(stdio.stdin(), *stages, stdio.stdout(), callback=done)


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
