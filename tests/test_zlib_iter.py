"""Compression as transforms of iterable streams, as Node 26.10 has it in ``node:zlib/iter``."""

from __future__ import annotations

from typing import Any

import pytest

from streams2 import errors, zlib
from streams2 import iter as streams
from streams2.zlib import iter as squeezes
from streams2.zlib.errors import ZlibError

from .test_iter import in_a_run

KINDS = {
    "gzip": zlib.gunzip_sync,
    "deflate": zlib.inflate_sync,
    "brotli": zlib.brotli_decompress_sync,
    "zstd": zlib.zstd_decompress_sync,
}


def transform(verb: str, kind: str, sync: bool = False, **options: Any) -> Any:
    return getattr(squeezes, f"{verb}_{kind}{'_sync' if sync else ''}")(**options)


def needs(kind: str) -> None:
    try:
        transform("compress", kind)
    except ImportError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back(kind):
    needs(kind)

    @in_a_run
    async def test():
        data = [b"tea " * 50_000, ["more ", "tea"]]
        packed = await streams.bytes_(streams.pull(data, transform("compress", kind)))
        assert len(packed) < 10_000
        assert KINDS[kind](packed) == b"tea " * 50_000 + b"more tea"
        unpacked = streams.pull(packed, transform("decompress", kind))
        assert await streams.bytes_(unpacked) == b"tea " * 50_000 + b"more tea"

    test()


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back_without_waiting(kind):
    needs(kind)
    data = [b"tea " * 50_000, ["more ", "tea"]]
    packed = streams.bytes_sync(streams.pull_sync(data, transform("compress", kind, sync=True)))
    assert KINDS[kind](packed) == b"tea " * 50_000 + b"more tea"
    unpacked = streams.pull_sync([packed[:9], packed[9:]], transform("decompress", kind, sync=True))
    assert streams.bytes_sync(unpacked) == b"tea " * 50_000 + b"more tea"


@in_a_run
async def test_nothing_is_compressed_to_something_and_members_follow_each_other():
    assert len(await streams.bytes_(streams.pull([], squeezes.compress_gzip()))) == 20
    members = zlib.gzip_sync("a") + zlib.gzip_sync("b")
    assert await streams.text(streams.pull(members, squeezes.decompress_gzip())) == "ab"
    assert streams.text_sync(streams.pull_sync(members, squeezes.decompress_gzip_sync())) == "ab"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"not gzip data", "Z_DATA_ERROR"),
        (zlib.gzip_sync("hello")[:15], "Z_BUF_ERROR"),
        ([], "Z_BUF_ERROR"),
    ],
)
def test_what_is_wrong_is_raised(data, code):
    @in_a_run
    async def test():
        with pytest.raises(ZlibError) as raised:
            await streams.bytes_(streams.pull(data, squeezes.decompress_gzip()))
        assert raised.value.code == code

    test()
    with pytest.raises(ZlibError) as raised:
        streams.bytes_sync(streams.pull_sync(data, squeezes.decompress_gzip_sync()))
    assert raised.value.code == code


@in_a_run
async def test_a_source_that_fails_and_a_reader_who_leaves():
    closed = []

    async def source(fails):
        try:
            yield b"x" * 100_000
            if fails:
                raise KeyError("source")
            while True:
                yield b"x" * 100_000
        finally:
            closed.append(fails)

    with pytest.raises(KeyError):
        await streams.bytes_(streams.pull(source(True), squeezes.compress_gzip(level=1)))
    stream: Any = streams.pull(source(False), squeezes.compress_gzip(level=0)).__aiter__()
    await stream.__anext__()
    await stream.aclose()
    assert closed == [True, False]


def test_options_are_checked_at_the_call():
    for make in (squeezes.compress_gzip, squeezes.compress_gzip_sync):
        with pytest.raises(errors.OutOfRangeError):
            make(level=99)
        with pytest.raises(errors.InvalidArgTypeError):
            make(level="x")  # type: ignore[arg-type]


PAIRS = [
    (squeezes.compress_gzip_sync, squeezes.decompress_gzip_sync),
    (squeezes.compress_deflate_sync, squeezes.decompress_deflate_sync),
    (squeezes.compress_brotli_sync, squeezes.decompress_brotli_sync),
    (squeezes.compress_zstd_sync, squeezes.decompress_zstd_sync),
]
AWAITED = [
    (squeezes.compress_gzip, squeezes.decompress_gzip),
    (squeezes.compress_deflate, squeezes.decompress_deflate),
    (squeezes.compress_brotli, squeezes.decompress_brotli),
    (squeezes.compress_zstd, squeezes.decompress_zstd),
]


@pytest.mark.parametrize("number", range(len(PAIRS)))
def test_every_name_of_nodes_is_there_and_back(number):
    needs([*KINDS][number])
    pack, unpack = PAIRS[number]
    assert streams.text_sync(streams.pull_sync("tea", pack(), unpack())) == "tea"

    @in_a_run
    async def test():
        pack, unpack = AWAITED[number]
        assert await streams.text(streams.pull("tea", pack(), unpack())) == "tea"

    test()
    names = [one.__name__ for pairs in (PAIRS, AWAITED) for pair in pairs for one in pair]
    assert sorted(names) == sorted(squeezes.__all__)
