"""zlib: what a user sees of its streams and functions, besides what comes out of them."""

from __future__ import annotations

import asyncio
import gc
import gzip
import math
import random
import subprocess
import threading
import zlib as plain_zlib
from pathlib import Path
from typing import Any

import pytest

from streams2 import (
    AbortController,
    Readable,
    Transform,
    Writable,
    errors,
    next_tick,
    promises,
    run,
    zlib,
)
from streams2.zlib import constants as c

from . import oracles
from .test_zlib import HAS_BROTLI, HAS_ZSTD, OPPOSITE, content, is_here, snake

KINDS = [kind for kind in OPPOSITE if is_here(kind)]
every_kind = pytest.mark.parametrize("kind", KINDS)
TEXT = content("words", 50_000)


def once(kind: str) -> Any:
    return getattr(zlib, snake(kind))


def once_sync(kind: str) -> Any:
    return getattr(zlib, snake(kind) + "_sync")


def created(kind: str, **options: Any) -> Any:
    return getattr(zlib, "create_" + snake(kind))(**options)


# -- all at once -----------------------------------------------------------------------------------


@every_kind
def test_there_and_back_in_each_way(kind: str) -> None:
    back = OPPOSITE[kind][0]
    got: list[Any] = []

    async def main() -> None:
        packed = await once(kind)(TEXT)
        assert await once(back)(packed) == TEXT
        once(back)(packed, lambda error, data: got.append((error, data)))
        once(back)(b"this is bad", callback=lambda error, data: got.append((error.code, data)))
        once(kind)(TEXT, lambda error, data: got.append((error, data == packed)))

    run(main)
    assert once_sync(back)(once_sync(kind)(TEXT)) == TEXT
    assert sorted(got, key=repr) == sorted(
        [(None, TEXT), (got[[data for _, data in got].index(None)][0], None), (None, True)],
        key=repr,
    )


def test_data_are_bytes_of_any_kind_or_text() -> None:
    for data in (b"abc", bytearray(b"abc"), memoryview(b"abc"), "abc"):
        assert zlib.gunzip_sync(zlib.gzip_sync(data)) == b"abc"
    for data in (None, 5, [1]):
        with pytest.raises(TypeError) as caught:
            zlib.gzip_sync(data)  # type: ignore[arg-type]
        assert caught.value.code == "ERR_INVALID_ARG_TYPE"  # type: ignore[attr-defined]


def test_what_python_and_the_command_make_is_understood() -> None:
    assert gzip.decompress(zlib.gzip_sync(TEXT, level=1)) == TEXT
    assert zlib.gunzip_sync(gzip.compress(TEXT)) == TEXT
    assert plain_zlib.decompress(zlib.deflate_sync(TEXT)) == TEXT
    assert zlib.unzip_sync(plain_zlib.compress(TEXT)) == TEXT
    assert plain_zlib.decompress(zlib.deflate_raw_sync(TEXT, window_bits=9), -15) == TEXT
    assert zlib.inflate_raw_sync(zlib.deflate_raw_sync(TEXT, mem_level=1, strategy=2)) == TEXT


@pytest.mark.parametrize("limit", [100, 49_999])
def test_more_than_is_wanted_is_an_error(limit: int) -> None:
    packed = zlib.gzip_sync(TEXT)
    with pytest.raises(zlib.BufferTooLargeError, match=f"larger than {limit} bytes") as caught:
        zlib.gunzip_sync(packed, max_output_length=limit)
    assert caught.value.code == "ERR_BUFFER_TOO_LARGE"
    assert zlib.gunzip_sync(packed, max_output_length=len(TEXT)) == TEXT


def test_info_says_what_was_used() -> None:
    packed = zlib.deflate_sync(TEXT)
    info: Any = zlib.inflate_sync(packed + b"junk", info=True)
    assert isinstance(info, zlib.Info)
    assert info.buffer == TEXT
    assert isinstance(info.engine, zlib.Inflate)
    assert info.engine.bytes_written == len(packed)


def test_a_checksum_goes_on() -> None:
    assert zlib.crc32("hello") == 907060870
    assert zlib.crc32(b"llo", zlib.crc32("he")) == 907060870
    for value in (-1, 2**32, 1.5):
        with pytest.raises(ValueError, match="value"):
            zlib.crc32("hello", value)  # type: ignore[arg-type]
    assert zlib.codes["Z_DATA_ERROR"] == -3
    assert zlib.codes[-3] == "Z_DATA_ERROR"
    assert zlib.constants.Z_BEST_COMPRESSION == 9


@pytest.mark.skipif(not HAS_BROTLI, reason="needs brotlicffi")
def test_parameters_of_brotli() -> None:
    fast = zlib.brotli_compress_sync(TEXT, params={c.BROTLI_PARAM_QUALITY: 0})
    small = zlib.brotli_compress_sync(TEXT, params={c.BROTLI_PARAM_QUALITY: 11})
    assert len(small) < len(fast)
    assert zlib.brotli_decompress_sync(fast) == zlib.brotli_decompress_sync(small) == TEXT
    with pytest.raises(zlib.BrotliInvalidParamError, match="99 is not a valid Brotli parameter"):
        zlib.create_brotli_compress(params={99: 1})
    for number in (2, 3, 8):
        with pytest.raises(zlib.ZlibInitializationFailedError):
            zlib.create_brotli_decompress(params={number: 1})
    with pytest.raises(zlib.BrotliInvalidParamError):
        zlib.create_brotli_decompress(params={9: 1})
    for number in range(9):
        zlib.create_brotli_compress(params={number: -1})
        zlib.create_brotli_decompress(params={number: -1})


@pytest.mark.skipif(not HAS_ZSTD, reason="needs streams2[zstd]")
def test_parameters_of_zstandard() -> None:
    packed = zlib.zstd_compress_sync(
        TEXT, params={c.ZSTD_c_checksumFlag: 1}, pledged_src_size=len(TEXT)
    )
    assert zlib.zstd_decompress_sync(packed) == TEXT
    with pytest.raises(zlib.ZlibError) as caught:
        zlib.zstd_compress_sync(TEXT, pledged_src_size=5)
    assert (caught.value.code, caught.value.errno) == ("ZSTD_error_srcSize_wrong", 72)
    with pytest.raises(zlib.ZstdInvalidParamError):
        zlib.create_zstd_compress(params={9999: 1})
    with pytest.raises(zlib.ZlibInitializationFailedError):
        zlib.create_zstd_compress(params={c.ZSTD_c_windowLog: 5})
    with pytest.raises(zlib.ZlibInitializationFailedError):
        zlib.create_zstd_decompress(params={c.ZSTD_d_windowLogMax: 5})
    for number in (1, c.ZSTD_c_compressionLevel, c.ZSTD_c_windowLog):
        # As good as not given, whatever the number stands for.
        zlib.create_zstd_compress(params={number: -1})


@pytest.mark.skipif(not HAS_ZSTD, reason="needs streams2[zstd]")
@pytest.mark.parametrize("level", [-(10**6), 23, 50])
def test_zstandard_takes_the_nearest_level_that_there_is(level: int) -> None:
    packed = zlib.zstd_compress_sync(TEXT, params={c.ZSTD_c_compressionLevel: level})
    nearest = {c.ZSTD_c_compressionLevel: max(-(1 << 17), min(22, level))}
    assert packed == zlib.zstd_compress_sync(TEXT, params=nearest)


@pytest.mark.skipif(not HAS_ZSTD, reason="needs streams2[zstd]")
@pytest.mark.parametrize("kind", ["ZstdCompress", "ZstdDecompress"])
def test_a_size_of_zstandard_is_a_whole_number(kind: str) -> None:
    for size in (-1, 1.5, math.nan, math.inf):
        with pytest.raises(errors.OutOfRangeError):
            created(kind, pledged_src_size=size)
    with pytest.raises(errors.InvalidArgTypeError):
        created(kind, pledged_src_size="5")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith(("Brotli", "Zstd"))])
def test_parameters_are_a_mapping(kind: str) -> None:
    for wrong in ("a", [1], 5):
        with pytest.raises(errors.InvalidArgTypeError):
            created(kind, params=wrong)
    assert created(kind, params=None).writable


def test_node_s_name_for_an_option_is_answered_with_ours() -> None:
    with pytest.raises(TypeError, match="Its name here is 'window_bits'"):
        zlib.create_gzip(windowBits=9)  # type: ignore[call-arg]
    with pytest.raises(AttributeError, match="create_gzip"):
        zlib.createGzip  # type: ignore[attr-defined]  # noqa: B018


FUNCTIONS = [
    (zlib.create_gzip, zlib.gzip_sync, zlib.create_gunzip, zlib.gunzip_sync),
    (zlib.create_gzip, zlib.gzip_sync, zlib.create_unzip, zlib.unzip_sync),
    (zlib.create_deflate, zlib.deflate_sync, zlib.create_inflate, zlib.inflate_sync),
    (
        *(zlib.create_deflate_raw, zlib.deflate_raw_sync),
        *(zlib.create_inflate_raw, zlib.inflate_raw_sync),
    ),
    (
        *(zlib.create_brotli_compress, zlib.brotli_compress_sync),
        *(zlib.create_brotli_decompress, zlib.brotli_decompress_sync),
    ),
    (
        *(zlib.create_zstd_compress, zlib.zstd_compress_sync),
        *(zlib.create_zstd_decompress, zlib.zstd_decompress_sync),
    ),
]
AWAITED = [
    (zlib.gzip, zlib.gunzip),
    (zlib.gzip, zlib.unzip),
    (zlib.deflate, zlib.inflate),
    (zlib.deflate_raw, zlib.inflate_raw),
    (zlib.brotli_compress, zlib.brotli_decompress),
    (zlib.zstd_compress, zlib.zstd_decompress),
]
CLASSES = [
    *(zlib.Gzip, zlib.Gunzip, zlib.Unzip, zlib.Deflate, zlib.Inflate, zlib.DeflateRaw),
    *(zlib.InflateRaw, zlib.BrotliCompress, zlib.BrotliDecompress, zlib.ZstdCompress),
    zlib.ZstdDecompress,
]


def test_every_function_of_every_kind() -> None:
    async def through(stream: Any, data: bytes) -> bytes:
        stream.end(data)
        return b"".join([chunk async for chunk in stream])

    async def awaited(pack: Any, unpack: Any) -> bytes:
        unpacked: bytes = await unpack(await pack(TEXT))
        return unpacked

    for (create, sync, create_back, sync_back), pair in zip(FUNCTIONS, AWAITED):
        if not is_here(snake_back(sync.__name__)):
            continue
        packed: Any = run(lambda create=create: through(create(), TEXT))
        assert sync_back(packed) == TEXT
        made = sync(TEXT)
        assert run(lambda make=create_back, made=made: through(make(), made)) == TEXT
        assert run(lambda pair=pair: awaited(*pair)) == TEXT
        assert type(create()) in CLASSES
        assert type(create_back()) in CLASSES


def snake_back(name: str) -> str:
    return name.title().replace("_", "")


# -- as streams ------------------------------------------------------------------------------------


def events_of(stream: Any, begin: Any) -> list[str]:
    """What happens to a stream, in order."""
    said: list[str] = []

    def main() -> None:
        for name in ("data", "end", "finish", "close"):
            stream.on(name, lambda *_, name=name: said.append(name))
        stream.on("error", lambda error: said.append(error.code))
        begin(stream, lambda error=None: said.append(getattr(error, "code", "called")))

    run(main)
    return said


def test_the_life_of_a_stream_in_order() -> None:
    def begin(stream: Any, called: Any) -> None:
        stream.write(TEXT, callback=called)
        stream.end()

    said = events_of(zlib.create_gzip(), begin)
    assert said == ["data", "called", "finish", "data", "end", "close"]


def test_a_flush_gives_what_there_is() -> None:
    pack, unpack = zlib.create_deflate(), zlib.create_inflate()
    heard: list[Any] = []

    def main() -> None:
        pack.pipe(unpack)
        unpack.on("data", lambda chunk: (heard.append(chunk), next_one()))
        next_one()

    words = [b"one", b"two", b"three"]

    def next_one() -> None:
        if words:
            pack.write(words.pop(0))
            pack.flush(callback=heard.append)
        else:
            pack.end()

    run(main)
    assert [chunk for chunk in heard if chunk] == [b"one", b"two", b"three"]
    assert heard.count(None) == 3


def test_a_flush_of_what_is_over_calls_back() -> None:
    def begin(stream: Any, called: Any) -> None:
        stream.resume()
        stream.end(b"abc")
        stream.flush(c.Z_SYNC_FLUSH, called)
        stream.on("close", lambda: stream.flush(callback=called))

    assert events_of(zlib.create_gzip(), begin).count("called") == 2
    with pytest.raises(ValueError, match="kind"):
        zlib.create_gzip().flush(9)
    part: Any = 1.5
    with pytest.raises(TypeError, match="kind"):
        zlib.create_gzip().flush(part)


def test_params_and_reset() -> None:
    noise, out = content("noise", 1000) * 20, []

    def main() -> None:
        pack = zlib.create_gzip(level=0)
        pack.on("data", out.append)
        pack.write(noise)
        pack.params(9, c.Z_DEFAULT_STRATEGY, lambda error: (pack.write(noise), pack.end()))

    run(main)
    packed = b"".join(out)
    assert gzip.decompress(packed) == noise * 2
    assert len(noise) < len(packed) < 1.2 * len(noise)
    for bad in [(10, 0), (1, 5), ("1", 0)]:
        with pytest.raises((TypeError, ValueError)):
            zlib.create_gzip().params(*bad)  # type: ignore[arg-type]

    out.clear()

    def again() -> None:
        pack = zlib.create_deflate_raw()
        pack.on("data", out.append)
        pack.write(b"forgotten", callback=lambda _: (pack.reset(), pack.end(b"kept")))

    run(again)
    assert zlib.inflate_raw_sync(b"".join(out)) == b"kept"


def test_params_take_effect_before_what_was_written_behind_them() -> None:
    noise, out = content("noise", 1000) * 20, []

    def main() -> None:
        pack = zlib.create_gzip(level=0)
        pack.on("data", out.append)
        pack.write(noise)
        pack.flush()
        pack.params(9, c.Z_DEFAULT_STRATEGY)
        pack.end(noise)
        pack.params(1, c.Z_DEFAULT_STRATEGY, lambda error: out.append(error or b""))

    run(main)
    packed = b"".join(out)
    assert gzip.decompress(packed) == noise * 2
    assert len(noise) < len(packed) < 1.2 * len(noise)
    assert out[-1] == b""


def test_closed_in_the_middle_it_says_so() -> None:
    def begin(stream: Any, called: Any) -> None:
        stream.write(TEXT)
        stream.close(called)

    said = events_of(zlib.create_gzip(), begin)
    assert sorted(said) == ["ERR_STREAM_PREMATURE_CLOSE", "close"]

    async def main() -> None:
        stream = zlib.create_gzip()
        stream.destroy()
        with pytest.raises(Exception, match="after a stream was destroyed"):
            stream.reset()

    run(main)


def test_a_subclass_is_of_the_kind_of_its_base() -> None:
    class Mine(zlib.Gzip):
        pass

    async def main() -> bytes:
        mine = Mine(level=9)
        mine.end(b"hello")
        return b"".join([chunk async for chunk in mine])

    packed: Any = run(main)
    assert gzip.decompress(packed) == b"hello"


# -- much of it ------------------------------------------------------------------------------------


def slow_sink(limits: list[int], source: Any) -> Any:
    """Takes a chunk a turn, and notes how much waits in front of it."""

    def write(self: Any, chunk: Any, encoding: str, done: Any) -> None:
        limits.append(source.readable_length + self.writable_length)
        asyncio.get_running_loop().call_soon(done)

    return Writable(write=write, high_water_mark=1 << 14)


def bomb(kind: str, megabytes: int) -> bytes:
    piece = bytes(1 << 20)
    pack = {"Gzip": plain_zlib.compressobj(9, plain_zlib.DEFLATED, 31)}.get(kind)
    if pack is not None:
        return b"".join([pack.compress(piece) for _ in range(megabytes)]) + pack.flush()
    options = {"BrotliCompress": {c.BROTLI_PARAM_QUALITY: 2}}.get(kind, {})
    packed: bytes = once_sync(kind)(piece * megabytes, params=options)
    return packed


def bomb_through(kind: str, packed: bytes, megabytes: int) -> None:
    limits: list[int] = []
    unpack = created(OPPOSITE[kind][0])
    sink = slow_sink(limits, unpack)
    run(lambda: promises.pipeline(Readable.from_([packed]), unpack, sink))
    assert len(limits) >= megabytes * 64
    assert max(limits) <= unpack.readable_high_water_mark + 3 * (1 << 14)


@pytest.mark.parametrize(
    "kind", [k for k in ("Gzip", "BrotliCompress", "ZstdCompress") if k in KINDS]
)
def test_a_bomb_stays_within_the_marks(kind: str) -> None:
    bomb_through(kind, bomb(kind, 6), 6)


@pytest.mark.host
def test_so_does_one_in_a_thread() -> None:
    # Zeros after the end are padding, and make the chunk a large one.
    bomb_through("Gzip", bomb("Gzip", 6) + bytes(1 << 18), 6)


@pytest.mark.host
@every_kind
def test_a_large_chunk_is_worked_on_in_a_thread(kind: str) -> None:
    large = content("noise", 4096) * 300
    turns = [0]

    async def main() -> bytes:
        async def count() -> None:
            while True:
                turns[0] += 1
                # Not at once: on PyPy, a loop that never rests lets no thread work.
                await asyncio.sleep(0.001)

        counting = asyncio.ensure_future(count())
        options = {"params": {c.BROTLI_PARAM_QUALITY: 5}} if "Brotli" in kind else {}
        pack, unpack = created(kind, **options), created(OPPOSITE[kind][0])
        pack.pipe(unpack)
        pack.end(large)
        out = b"".join([chunk async for chunk in unpack])
        counting.cancel()
        return out

    assert run(main) == large
    assert turns[0] > 1


FAULTS = ["destroy", "error", "abort", "source", "sink"]


def endangered(chance: random.Random) -> None:
    """A pipeline that is killed at some point, in some way; or is done before."""
    kind = chance.choice(KINDS)
    way = chance.choice(FAULTS)
    after = chance.randrange(12)
    chunk = content("words", chance.choice([10, 3000])) * chance.choice([1, 30])
    options = {"params": {c.BROTLI_PARAM_QUALITY: 2}} if kind == "BrotliCompress" else {}

    async def main() -> None:
        controller = AbortController()
        count = [0]
        pack, unpack = created(kind, **options), created(OPPOSITE[kind][0])
        victim = chance.choice([pack, unpack])

        def passed(self: Any, given: Any, encoding: Any, done: Any) -> None:
            count[0] += 1
            if count[0] == after:
                if way == "destroy":
                    victim.destroy()
                elif way == "error":
                    victim.destroy(ValueError("killed"))
                elif way == "abort":
                    controller.abort()
                else:
                    done(ValueError("killed"))
                    return
            done(None, given)

        spy = Transform(transform=passed)
        chunks = Readable.from_([chunk] * 10)
        sink = Writable(write=lambda self, chunk, encoding, done: done())
        stages = [spy, pack, unpack] if way == "source" else [pack, unpack, spy]
        stages = [chunks, *stages, sink]
        try:
            await promises.pipeline(*stages, signal=controller.signal)
        except Exception as error:
            code = getattr(error, "code", None)
            if code not in ("ERR_STREAM_PREMATURE_CLOSE", "ABORT_ERR") and str(error) != "killed":
                raise
        assert all(stage.destroyed for stage in stages)

    run(main)


def left_open() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "MainThread" not in thread.name]


@pytest.mark.host
@pytest.mark.parametrize("times", [30, pytest.param(500, marks=pytest.mark.slow)])
def test_killed_at_any_point_nothing_is_left(times: int) -> None:
    before = left_open()
    for seed in range(times):
        endangered(random.Random(seed))
    gc.collect()
    assert left_open() == before


# -- other programs --------------------------------------------------------------------------------


@pytest.mark.host
@pytest.mark.live
@pytest.mark.parametrize(
    ("kind", "command", "suffix"),
    [("Gzip", "gzip", "gz"), ("BrotliCompress", "brotli", "br"), ("ZstdCompress", "zstd", "zst")],
)
def test_the_commands_agree(kind: str, command: str, suffix: str, tmp_path: Path) -> None:
    tool = oracles.tool(command)
    if not is_here(kind):
        pytest.skip(f"needs what {kind} needs")
    packed = tmp_path / f"data.{suffix}"
    packed.write_bytes(once_sync(kind)(TEXT))
    subprocess.run([tool, "-t", str(packed)], check=True, capture_output=True)
    done = subprocess.run([tool, "-c"], input=TEXT, capture_output=True, check=True)
    assert once_sync(OPPOSITE[kind][0])(done.stdout) == TEXT


NODE = """
const zlib = require('zlib'), { pipeline } = require('stream')
pipeline(process.stdin, zlib[process.argv[1]](), process.stdout, (e) => { if (e) throw e })
"""


@pytest.mark.host
@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["Gzip", "ZstdCompress"])
def test_64_mib_each_way_with_node(kind: str, tmp_path: Path) -> None:
    if not is_here(kind):
        pytest.skip(f"needs what {kind} needs")
    data = content("words", 1 << 16) * 1024
    back = OPPOSITE[kind][0]

    async def through(stream: Any, given: bytes) -> bytes:
        pieces = [given[i : i + 65536] for i in range(0, len(given), 65536)]
        Readable.from_(pieces).pipe(stream)
        return b"".join([chunk async for chunk in stream])

    def by_node(name: str, given: bytes) -> bytes:
        command = [oracles.node(), "-e", NODE, f"create{name}"]
        return subprocess.run(command, input=given, capture_output=True, check=True).stdout

    ours: Any = run(lambda: through(created(kind), data))
    assert by_node(back, ours) == data
    assert run(lambda: through(created(back), by_node(kind, data))) == data


def test_ticks_do_not_wait_for_all_of_the_output() -> None:
    said: list[str] = []

    def main() -> None:
        unpack = zlib.create_gunzip(chunk_size=1024, high_water_mark=4096)
        unpack.once("data", lambda _: next_tick(said.append, "tick"))
        unpack.on("data", lambda _: said.append("data"))
        unpack.end(zlib.gzip_sync(bytes(100_000)))

    run(main)
    assert said.index("tick") <= 4
    assert said.count("data") == 98
