"""Send a form with files to a server, which takes it apart as it comes.

    python port.py FOLDER [--cut] NAME=VALUE|NAME=@FILE...

The server, which stores files in FOLDER, is in the same process. With --cut, the form breaks off
before its end.
"""

from __future__ import annotations

import asyncio
import hashlib
import os.path
import re
import sys
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import Callable

from streams2 import Callback, Readable, Writable, consumers, fs, http, pipeline, promises, run


class Part(Readable[bytes]):
    def __init__(self) -> None:
        super().__init__()
        self.when_read: Callable[[], None] | None = None

    def _read(self, size: int) -> None:
        when_read = self.when_read
        self.when_read = None
        if when_read:
            when_read()


# Takes a form; emits 'part' with the headers of each part, and a stream of what is in it.
class Multipart(Writable[bytes]):
    def __init__(self, boundary: str) -> None:
        super().__init__()
        self.delimiter = f"\r\n--{boundary}".encode()
        self.rest = b"\r\n"
        self.part: Part | None = Part().resume()  # what comes before the first part is of no use
        self.part.on("error", lambda _: None)
        self.complete = False

    def _write(self, chunk: bytes, encoding: str, callback: Callback) -> None:
        self.rest += chunk
        while not self.complete and (self._body(self.part) if self.part else self._head()):
            pass
        part = self.part
        if part and part.readable_length >= part.readable_high_water_mark:
            part.when_read = callback
        else:
            callback()

    # Take the headers of a part; False if they are not all there.
    def _head(self) -> bool:
        self.complete = self.rest[:2] == b"--"
        end = self.rest.find(b"\r\n\r\n")
        if self.complete or end == -1:
            return False
        headers = {}
        for line in self.rest[2:end].decode().split("\r\n"):
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        self.rest = self.rest[end + 4 :]
        self.part = Part()
        self.emit("part", headers, self.part)
        return True

    # Take what is in a part; False if there is more to come.
    def _body(self, part: Part) -> bool:
        at = self.rest.find(self.delimiter)
        # A delimiter may be cut between two chunks.
        end = max(0, len(self.rest) - len(self.delimiter) + 1) if at == -1 else at
        if end > 0:
            part.push(self.rest[:end])
        self.rest = self.rest[end:]
        if at == -1:
            return False
        self.rest = self.rest[len(self.delimiter) :]
        part.push(None)
        self.part = None
        return True

    def _final(self, callback: Callback) -> None:
        callback(None if self.complete else ValueError("the form breaks off"))

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        if self.part:
            self.part.destroy(error)
        callback(error)


async def store(folder: str, headers: dict[str, str], part: Part) -> str:
    disposition = headers["content-disposition"]
    found = re.search(r'; name="([^"]*)"', disposition)
    assert found
    name = found[1]
    named = re.search(r'; filename="([^"]*)"', disposition)
    if not named:
        return f"{name} is {await consumers.text(part)}\n"
    file = os.path.join(folder, os.path.basename(named[1]))
    hash_ = hashlib.sha256()
    size = 0

    async def measure(source: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        nonlocal size
        async for chunk in source:
            size += len(chunk)
            hash_.update(chunk)
            yield chunk

    try:
        await promises.pipeline(part, measure, fs.create_write_stream(file))
    except Exception:
        Path(file).unlink(missing_ok=True)
        raise
    return f"{name} is a file of {size} bytes, sha256 {hash_.hexdigest()[:16]}\n"


def receive(folder: str, req: http.IncomingMessage, res: http.ServerResponse) -> None:
    found = re.search(r"boundary=(.+)$", str(req.headers["content-type"]))
    assert found
    form = Multipart(found[1])
    parts: list[asyncio.Task[str]] = []

    @form.on("part")
    def on_part(headers: dict[str, str], part: Part) -> None:
        parts.append(asyncio.create_task(store(folder, headers, part)))

    async def over(error: BaseException | None) -> None:
        settled = await asyncio.gather(*parts, return_exceptions=True)
        if error is not None:
            res.write_head(400).end(f"{error}\n")
            return
        res.end("".join(map(str, settled)))

    pipeline(req, form, callback=over)


async def write(boundary: str, fields: list[str], cut: bool) -> AsyncIterator[str | bytes]:
    for field in fields:
        name, value = field.split("=")
        is_file = value.startswith("@")
        filename = f'; filename="{os.path.basename(value[1:])}"' if is_file else ""
        yield (f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n')
        if is_file:
            async for chunk in fs.create_read_stream(value[1:]):
                yield chunk
        else:
            yield value
        yield "\r\n"
    if not cut:
        yield f"--{boundary}--\r\n"


exit_code = 0


def main() -> None:
    folder, *fields = sys.argv[1:]
    cut = fields[0] == "--cut"
    if cut:
        fields.pop(0)

    def listening() -> None:
        boundary = "----------------8723498123764"
        address = server.address()
        assert isinstance(address, dict)
        req = http.request(
            port=address["port"],
            method="POST",
            headers={"content-type": f"multipart/form-data; boundary={boundary}"},
        )

        @req.on("response")
        async def on_response(res: http.IncomingMessage) -> None:
            print(f"{res.status_code}\n{await consumers.text(res)}", end="")
            server.close()

        def sent(error: BaseException | None) -> None:
            global exit_code
            if error is None:
                return
            print(getattr(error, "code", None) or error, file=sys.stderr)
            exit_code = 1
            server.close()

        pipeline(Readable.from_(write(boundary, fields, cut)), req, callback=sent)

    server = http.create_server(lambda req, res: receive(folder, req, res))
    server.listen(0, "127.0.0.1", callback=listening)


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
