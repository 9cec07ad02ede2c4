"""Compression both ways, beside a plain loop over the library: 64 KiB at a time, from memory.

What comes out is kept, and looked at when the time is taken: it must stand for what went in.
"""

from __future__ import annotations

import atexit
import gc
import os
import random
import shutil
import string
import sys
import tempfile
import time
import zlib as plain_zlib
from functools import partial
from pathlib import Path
from typing import Any, Callable, NamedTuple

from streams2 import Readable, Writable, promises, run, zlib

from .works import (
    NODE_PROGRAMS,
    Run,
    Work,
    answer_of,
    node_name,
    optional,
    which_node,
    without_node,
)

_CHUNK = 1 << 16
_GZIP = 31
# Brotli's own default, 11, takes minutes.
_QUALITY = 5

Through = Callable[["list[bytes]"], "list[bytes]"]


def content(kind: str, size: int) -> bytes:
    """Text, or noise: the same bytes each time."""
    chance = random.Random(kind)
    if kind == "noise":
        return chance.getrandbits(8 * size).to_bytes(size, "big")
    words = ["".join(chance.choices(string.ascii_lowercase, k=3 + i % 7)) for i in range(5000)]
    block = " ".join(chance.choices(words, k=200_000)).encode()
    return (block * (size // len(block) + 1))[:size]


def pieces(data: bytes) -> list[bytes]:
    return [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]


class Keep(Writable[bytes]):
    """Takes all, and keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[bytes] = []

    def _write(self, chunk: Any, encoding: str, callback: Any) -> None:
        self.kept.append(chunk)
        callback()


def by_streams(create: Callable[..., Any], chunks: list[bytes], **options: Any) -> list[bytes]:
    sink = Keep()
    run(lambda: promises.pipeline(Readable.from_(chunks), create(**options), sink))
    return sink.kept


def gzip_in_a_loop(chunks: list[bytes]) -> list[bytes]:
    pack = plain_zlib.compressobj(-1, plain_zlib.DEFLATED, _GZIP)
    return [*map(pack.compress, chunks), pack.flush()]


def gunzip_in_a_loop(chunks: list[bytes]) -> list[bytes]:
    unpack = plain_zlib.decompressobj(_GZIP)
    return [*map(unpack.decompress, chunks), unpack.flush()]


def gunzip_by_the_piece(chunks: list[bytes]) -> list[bytes]:
    """As much at a time as a stream gives, so that a bomb does not fill the memory."""
    unpack, made = plain_zlib.decompressobj(_GZIP), []
    for chunk in chunks:
        left = chunk
        while left:
            made.append(unpack.decompress(left, 1 << 14))
            left = unpack.unconsumed_tail
    return made


def brotli_at_once(brotli: Any, chunks: list[bytes]) -> list[bytes]:
    """Its compressor of pieces stops at an assertion of its own where much comes out late."""
    return [brotli.compress(b"".join(chunks), quality=_QUALITY)]


def unbrotli_in_a_loop(brotli: Any, chunks: list[bytes]) -> list[bytes]:
    return list(map(brotli.Decompressor().process, chunks))


def zstd_in_a_loop(zstd: Any, chunks: list[bytes]) -> list[bytes]:
    pack = zstd.ZstdCompressor()
    return [*map(pack.compress, chunks), pack.flush()]


def unzstd_in_a_loop(zstd: Any, chunks: list[bytes]) -> list[bytes]:
    return list(map(zstd.ZstdDecompressor().decompress, chunks))


def packed(data: bytes) -> bytes:
    # Before Python 3.11, `compress` itself knows of no gzip.
    packer = plain_zlib.compressobj(6, plain_zlib.DEFLATED, _GZIP)
    return packer.compress(data) + packer.flush()


class Format(NamedTuple):
    """A format, by functions that know nothing of streams2's streams."""

    pack: Callable[[bytes], bytes]
    unpack: Callable[[bytes], bytes]
    to_pack: str
    to_unpack: str
    quality: int | None = None


_OF_GZIP = Format(packed, lambda data: plain_zlib.decompress(data, _GZIP), "Gzip", "Gunzip")


def contestant(through: Through, kind: str, packs: bool, form: Format) -> Run:
    def work(size: int) -> tuple[float, Any]:
        data = content(kind, size)
        given = pieces(data if packs else form.pack(data))
        # What the round before kept is let go here, and not while this one is timed.
        gc.collect()
        start = time.perf_counter()
        made = b"".join(through(given))
        seconds = time.perf_counter() - start
        return seconds, (form.unpack(made) if packs else made) == data

    return work


def in_node(binary: str, kind: str, packs: bool, form: Format) -> Run:
    name = f"create{form.to_pack if packs else form.to_unpack}"
    directory = Path(tempfile.gettempdir(), f"streams2-{os.getpid()}-{kind}-{name}")

    def work(size: int) -> tuple[float, Any]:
        source, copy = directory / "in", directory / "out"
        if not directory.exists():
            directory.mkdir()
            atexit.register(shutil.rmtree, directory)
        data = content(kind, size)
        source.write_bytes(data if packs else form.pack(data))
        command = [binary, str(NODE_PROGRAMS), "compression", "0", name, str(source), str(copy)]
        if form.quality is not None:
            command.append(str(form.quality))
        seconds, _ = answer_of(command)
        made = copy.read_bytes()
        return seconds, (form.unpack(made) if packs else made) == data

    return work


def of(
    name: str,
    about: str,
    kind: str,
    contestants: dict[str, Through],
    form: Format = _OF_GZIP,
) -> Work:
    packs = not name.startswith(("gun", "un"))
    runs = {who: contestant(through, kind, packs, form) for who, through in contestants.items()}
    binary = which_node()
    if binary is not None:
        runs[node_name(binary)] = in_node(binary, kind, packs, form)
    return Work(
        *(name, about, 1 << 26, 1 << 20, "bytes", lambda _: True, runs, without_node()),
        group="files",
    )


def works() -> list[Work]:
    """What is measured of compression."""
    pack: dict[str, Through] = {
        "streams2": partial(by_streams, zlib.create_gzip),
        "a loop over zlib": gzip_in_a_loop,
    }
    unpack: dict[str, Through] = {
        "streams2": partial(by_streams, zlib.create_gunzip),
        "streams2, chunk_size=65536": partial(by_streams, zlib.create_gunzip, chunk_size=_CHUNK),
        "a loop over zlib": gunzip_in_a_loop,
        "a loop over zlib, 16 KiB at a time": gunzip_by_the_piece,
    }
    return [
        of("gzip", "gzip of text", "text", pack),
        of("gzip-noise", "gzip of what does not get smaller", "noise", pack),
        of("gunzip", "gunzip of text", "text", unpack),
        of("gunzip-noise", "gunzip of what was no larger", "noise", unpack),
        *of_brotli(),
        *of_zstd(),
    ]


def of_brotli() -> list[Work]:
    brotli = optional("brotlicffi")
    if brotli is None:
        return []
    form = Format(
        lambda data: bytes(brotli.compress(data, quality=_QUALITY)),
        lambda data: bytes(brotli.decompress(data)),
        *("BrotliCompress", "BrotliDecompress", _QUALITY),
    )
    params = {zlib.constants.BROTLI_PARAM_QUALITY: _QUALITY}
    pack: dict[str, Through] = {
        "streams2": partial(by_streams, zlib.create_brotli_compress, params=params),
        "brotlicffi, all at once": partial(brotli_at_once, brotli),
    }
    unpack: dict[str, Through] = {
        "streams2": partial(by_streams, zlib.create_brotli_decompress),
        "a loop over brotlicffi": partial(unbrotli_in_a_loop, brotli),
    }
    return [
        of("brotli", f"Brotli of text, at quality {_QUALITY}", "text", pack, form),
        of("unbrotli", "Brotli of text, undone", "text", unpack, form),
    ]


def of_zstd() -> list[Work]:
    newest = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    zstd = optional(newest)
    if zstd is None:
        return []
    form = Format(
        lambda data: bytes(zstd.compress(data)),
        lambda data: bytes(zstd.decompress(data)),
        *("ZstdCompress", "ZstdDecompress"),
    )
    pack: dict[str, Through] = {
        "streams2": partial(by_streams, zlib.create_zstd_compress),
        f"a loop over {newest}": partial(zstd_in_a_loop, zstd),
    }
    unpack: dict[str, Through] = {
        "streams2": partial(by_streams, zlib.create_zstd_decompress),
        f"a loop over {newest}": partial(unzstd_in_a_loop, zstd),
    }
    return [
        of("zstd", "Zstandard of text", "text", pack, form),
        of("unzstd", "Zstandard of text, undone", "text", unpack, form),
    ]
