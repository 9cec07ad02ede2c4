"""Encrypt a file so that nobody can read it or change it unnoticed, and open it again.

    SEAL_KEY=<64 hex digits> python port.py seal NUMBER FILE SEALED
    SEAL_KEY=<64 hex digits> python port.py open SEALED FILE

NUMBER must be another one for each file that is sealed with a key. What does not come from `seal`
with the same key is refused, and nothing of it is left.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path

from streams2 import Readable, buffer, consumers, crypto, fs, promises, run

ALGORITHM = "aes-256-gcm"
HEAD = 12  # "SEAL" and the number: it is also the initialization vector
TAG = 16


def key() -> bytes:
    return bytes(buffer.from_(os.environ.get("SEAL_KEY", ""), "hex"))


async def seal(number: str, input: str, output: str) -> None:
    head = buffer.alloc(HEAD)
    buffer.write(head, "SEAL")
    buffer.write_uint64_be(head, int(number), 4)
    cipher = crypto.create_cipheriv(ALGORITHM, key(), head)

    async def sealed(source: AsyncIterable[bytes]) -> AsyncIterator[object]:
        yield head
        async for chunk in source:
            yield cipher.update(chunk)
        yield cipher.final()
        yield cipher.get_auth_tag()

    await promises.pipeline(
        fs.create_read_stream(input),
        sealed,
        fs.create_write_stream(output),
    )


async def open_(input: str, output: str) -> int:
    size = os.stat(input).st_size
    if size < HEAD + TAG:
        raise ValueError("too short")
    body = size - TAG
    head = await consumers.buffer(fs.create_read_stream(input, end=HEAD - 1))
    tag = await consumers.buffer(fs.create_read_stream(input, start=body))
    if head[:4] != b"SEAL":
        raise ValueError("not sealed")
    decipher = crypto.create_decipheriv(ALGORITHM, key(), head)
    decipher.set_auth_tag(tag)
    unverified = f"{output}.unverified"
    empty: Readable[bytes] = Readable.from_([])
    try:
        await promises.pipeline(
            fs.create_read_stream(input, start=HEAD, end=body - 1) if body > HEAD else empty,
            decipher,
            fs.create_write_stream(unverified),
        )
        os.rename(unverified, output)
    except Exception:
        Path(unverified).unlink(missing_ok=True)
        raise
    return buffer.read_uint64_be(head, 4)


async def main(command: str, *args: str) -> None:
    if command == "seal":
        await seal(*args)
    else:
        print(f"number {await open_(*args)}")


if __name__ == "__main__":
    try:
        run(lambda: main(*sys.argv[1:]))
    except Exception as error:
        print(getattr(error, "code", None) or error, file=sys.stderr)
        sys.exit(1)
