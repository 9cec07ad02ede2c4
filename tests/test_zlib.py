"""zlib against Node: random programs, recorded in data/zlib and live.

``python -m tests.test_zlib`` records them anew.
"""

from __future__ import annotations

import gc
import hashlib
import importlib.util
import json
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from streams2 import run, zlib
from streams2.zlib import constants as c

from . import oracles

DATA = Path(__file__).parent / "data" / "zlib"
RECORD = DATA / "answers.json"

HAS_BROTLI = importlib.util.find_spec("brotlicffi") is not None
HAS_ZSTD = sys.version_info >= (3, 14) or any(
    importlib.util.find_spec(name) is not None
    for name in ("pyzstd", "backports.zstd")
    if importlib.util.find_spec(name.partition(".")[0]) is not None
)
SQUEEZERS = ["Gzip", "Deflate", "DeflateRaw", "BrotliCompress", "ZstdCompress"]
OPPOSITE = {
    "Gzip": ["Gunzip", "Gunzip", "Unzip"],
    "Deflate": ["Inflate", "Inflate", "Unzip"],
    "DeflateRaw": ["InflateRaw"],
    "BrotliCompress": ["BrotliDecompress"],
    "ZstdCompress": ["ZstdDecompress"],
}
FLUSHES = {"Brotli": [0, 1, 2], "Zstd": [0, 1, 2]}


def is_here(kind: str) -> bool:
    """Whether what `kind` needs is installed."""
    return HAS_BROTLI if kind.startswith("Brotli") else HAS_ZSTD or not kind.startswith("Zstd")


def snake(name: str) -> str:
    return re.sub("(?<=[a-z])[A-Z]", lambda letter: "_" + letter[0], name).lower()


def content(kind: str, size: int) -> bytes:
    """Data of a kind: the same as in run_programs.js."""
    if kind == "zeros":
        return bytes(size)
    data = bytearray(size)
    x = 12345
    for i in range(size):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        data[i] = x >> 16 & 0xFF if kind == "noise" else 97 + (x >> 16) % 5 * ((i >> 3) % 3)
    return bytes(data)


def options(given: dict[str, Any]) -> dict[str, Any]:
    found = {k: v.encode() if k == "dictionary" and v == str(v) else v for k, v in given.items()}
    if isinstance(found.get("params"), dict):
        found["params"] = {int(key): value for key, value in found["params"].items()}
    return found


def told(error: Any) -> Any:
    known = {"errno": getattr(error, "errno", None), "message": str(error)}
    return {"code": getattr(error, "code", repr(error)), **known}


def summary(data: bytes) -> Any:
    return [len(data), hashlib.sha256(data).hexdigest()]


# -- a program, here -------------------------------------------------------------------------------


def unpack(program: Any) -> Any:
    """What a decompressor makes of chunks that are written one after the other."""
    chunks: list[bytes] = []
    answer: dict[str, Any] = {"error": None, "ended": False}
    left = [bytes.fromhex(chunk) for chunk in program["chunks"]]
    streams: list[Any] = []

    def main() -> None:
        stream = getattr(zlib, program["kind"])(**options(program["options"]))
        streams.append(stream)
        stream.on("data", chunks.append)
        stream.on("error", lambda error: answer.update(error=told(error)))
        stream.on("end", lambda: answer.update(ended=True))

        def after(error: Any = None) -> None:
            if error is None:
                stream.write(left.pop(0), callback=after) if left else stream.end()

        after()

    run(main)
    used = streams[0].bytes_written
    return {"sizes": [*map(len, chunks)], "data": summary(b"".join(chunks)), **answer, "used": used}


def unpack_sync(program: Any) -> Any:
    data = b"".join(bytes.fromhex(chunk) for chunk in program["chunks"])
    function = getattr(zlib, snake(program["kind"]) + "_sync")
    try:
        return {"data": summary(function(data, **options(program["options"])))}
    except Exception as error:
        return {"error": told(error)}


def pack(program: Any) -> Any:
    """What a compressor makes in each step."""
    steps = [*program["steps"], ["end"]]
    made: list[str] = []
    chunks: list[bytes] = []
    answer: dict[str, Any] = {"error": None}
    streams: list[Any] = []

    def main() -> None:
        stream = getattr(zlib, program["kind"])(**options(program["options"]))
        streams.append(stream)
        stream.on("data", chunks.append)
        stream.on("error", lambda error: answer.update(error=told(error)))

        def after(error: Any = None) -> None:
            made.append(b"".join(chunks).hex())
            chunks.clear()
            go_on()

        def go_on() -> None:
            name, *args = steps.pop(0)
            if name == "end":
                stream.end()
            elif name == "write":
                stream.write(content(*args), callback=after)
            elif name == "reset":
                stream.reset()
                after()
            else:
                getattr(stream, name)(*args, callback=after)

        go_on()

    run(main)
    made.append(b"".join(chunks).hex())
    return {"made": made, **answer, "used": streams[0].bytes_written}


def make(program: Any) -> Any:
    try:
        getattr(zlib, program["kind"])(**options(program["options"]))
    except Exception as error:
        return {"code": getattr(error, "code", repr(error))}
    return {}


RUN = {"unpack": unpack, "unpack_sync": unpack_sync, "pack": pack, "make": make}


# -- programs by chance ----------------------------------------------------------------------------


class Chance(random.Random):
    """Programs by chance."""

    def contents(self, most: int) -> tuple[str, int]:
        return self.choice(["words", "words", "noise", "zeros"]), self.randrange(most)

    def squeezer(self) -> tuple[str, dict[str, Any]]:
        kind = self.choice([*SQUEEZERS[:3], *SQUEEZERS])
        given: dict[str, Any] = {}
        if kind in ("Gzip", "Deflate", "DeflateRaw"):
            for name, values in (
                ("level", range(-1, 10)),
                ("mem_level", range(1, 10)),
                ("window_bits", range(9, 16)),
                ("strategy", range(5)),
            ):
                if self.random() < 0.3:
                    given[name] = self.choice(values)
            if self.random() < 0.2:
                given["dictionary"] = "aaaabbbbccccdddd"
        elif kind == "BrotliCompress":
            given["params"] = {
                c.BROTLI_PARAM_QUALITY: self.randrange(9),
                c.BROTLI_PARAM_LGWIN: self.randrange(10, 25),
            }
        elif self.random() < 0.5:
            given["params"] = {
                c.ZSTD_c_compressionLevel: self.randrange(-3, 12),
                c.ZSTD_c_checksumFlag: self.randrange(2),
            }
        if self.random() < 0.2:
            given["chunk_size"] = self.choice([64, 100, 1000, 65536])
        return kind, given

    def packing(self) -> Any:
        """A compressor, written to and flushed."""
        kind, given = self.squeezer()
        family = kind.replace("Compress", "")
        kinds = FLUSHES.get(family, [0, 1, 2, 3, 5])
        steps: list[Any] = []
        for _ in range(self.randrange(1, 6)):
            steps.append(["write", *self.contents(self.choice([10, 1000, 30000]))])
            chosen = self.random()
            if chosen < 0.3:
                steps.append(["flush", self.choice(kinds)])
            elif chosen < 0.5 and family not in FLUSHES:
                steps.append(["params", self.randrange(-1, 10), self.randrange(5)])
            elif chosen < 0.55 and family not in FLUSHES:
                steps.append(["reset"])
        if family in FLUSHES:
            # What ends the data is for the end.
            steps = [step for step in steps if step != ["flush", 2]]
        return {"do": "pack", "kind": kind, "options": given, "steps": steps}

    def unpacking(self) -> Any:
        """A decompressor: of one member or of several, whole, cut, spoilt or followed by junk."""
        kind, given = self.squeezer()
        while not is_here(kind):
            kind, given = self.squeezer()
        packed = b"".join(
            getattr(zlib, snake(kind) + "_sync")(
                content(*self.contents(self.choice([10, 1000, 40000]))), **options(given)
            )
            for _ in range(self.choice([1, 1, 1, 2, 3]))
        )
        packed = self.spoilt(packed)
        cuts = sorted(self.randrange(len(packed) + 1) for _ in range(self.choice([0, 0, 1, 3])))
        chunks = [packed[a:b] for a, b in zip([0, *cuts], [*cuts, len(packed)])]
        wanted = {name: given[name] for name in ("dictionary", "chunk_size") if name in given}
        if self.random() < 0.1:
            wanted.pop("dictionary", None)
        elif self.random() < 0.1:
            wanted["dictionary"] = "another"
        if kind == "BrotliCompress":
            wanted.pop("dictionary", None)
        if self.random() < 0.15:
            wanted["reject_garbage_after_end"] = True
        if self.random() < 0.15:
            wanted["finish_flush"] = 1 if "Compress" in kind else c.Z_SYNC_FLUSH
        if self.random() < 0.1 and "Compress" not in kind:
            wanted["window_bits"] = self.choice([0, 9, 15]) if kind != "DeflateRaw" else 15
        return {
            "do": self.choice(["unpack", "unpack", "unpack_sync"]),
            "kind": self.choice(OPPOSITE[kind]),
            "options": wanted,
            "chunks": [chunk.hex() for chunk in chunks if chunk],
        }

    def spoilt(self, packed: bytes) -> bytes:
        chosen = self.random()
        if chosen < 0.2:
            return packed[: self.randrange(len(packed) + 1)]
        if chosen < 0.4:
            flipped = bytearray(packed)
            flipped[self.randrange(len(packed))] ^= 1 << self.randrange(8)
            return bytes(flipped)
        if chosen < 0.55:
            junk = [b"g", b"\0", b"\0\0\0junk", b"garbage", b"\x1f", b"\x1f\x8b", b"\x28\xb5"]
            return packed + self.choice(junk)
        return packed

    def making(self) -> Any:
        """A stream with an option that may not do."""
        name = self.choice(
            [
                *("level", "mem_level", "window_bits", "strategy", "flush", "finish_flush"),
                *("chunk_size", "max_output_length", "dictionary", "reject_garbage_after_end"),
            ]
        )
        value = self.choice([-2, -1, 0, 1, 3, 5, 7, 8, 9, 10, 15, 16, 63, 64, "9", 1.5, 2**60, []])
        kinds = ["Gzip", "Gunzip", "Deflate", "Inflate", "DeflateRaw", "InflateRaw", "Unzip"]
        if name not in ("level", "mem_level", "window_bits", "strategy"):
            kinds += ["BrotliCompress", "BrotliDecompress", "ZstdCompress", "ZstdDecompress"]
        if name == "dictionary" and value == []:
            value = 7
        kind = self.choice(kinds)
        return {"do": "make", "kind": kind, "options": {name: value}}


def programs(seed: int, count: int) -> list[Any]:
    chance = Chance(seed)
    draw = [chance.packing, chance.unpacking, chance.unpacking, chance.unpacking, chance.making]
    return [chance.choice(draw)() for _ in range(count)]


def at_every_byte(stride: int = 1) -> list[Any]:
    """Data that are cut, spoilt or followed by junk at each byte, or at each `stride` of them."""
    found = []
    for kind in filter(is_here, SQUEEZERS):
        packed = getattr(zlib, snake(kind) + "_sync")(content("words", 60))
        points = range(0, len(packed), stride)
        flipped = [
            packed[:i] + bytes([packed[i] ^ bit]) + packed[i + 1 :]
            for i in points
            for bit in (1, 0x80, 0xFF)
        ]
        junk = [b"\0", b"g", b"\x1f", b"\x1f\x8b", b"\x28\xb5\x2f", packed, bytes(9) + packed]
        for back in sorted({*OPPOSITE[kind]}):
            found += [unpacking(back, [packed[:i]]) for i in points]
            for wrong in flipped:
                found += [unpacking(back, [wrong]), unpacking(back, bytewise(wrong))]
            for rejects in (False, True):
                for rest in junk:
                    cuts = [[packed + rest], [packed, rest], bytewise(packed + rest)]
                    found += [unpacking(back, cut, rejects) for cut in cuts]
    return found


def bytewise(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


def unpacking(kind: str, chunks: list[bytes], rejects: bool = False) -> Any:
    given = {"reject_garbage_after_end": True} if rejects else {}
    written = [chunk.hex() for chunk in chunks if chunk]
    return {"do": "unpack", "kind": kind, "options": given, "chunks": written}


def ask_node(asked: list[Any]) -> list[Any]:
    done = subprocess.run(
        [oracles.node(), str(DATA / "run_programs.js")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


def unpacked(kind: str, steps: list[Any], given: Any, made: list[str]) -> Any:
    """What the output of a compressor stands for, in each step, as the library itself sees it."""
    opposite = getattr(zlib, OPPOSITE[kind][0])
    wanted = {k: v for k, v in options(given).items() if k == "dictionary"}
    flush = 1 if kind in ("BrotliCompress", "ZstdCompress") else c.Z_SYNC_FLUSH
    sync = getattr(zlib, snake(opposite.__name__) + "_sync")
    whole = bytes.fromhex("".join(made))
    return summary(sync(whole, finish_flush=flush, **wanted)) if whole else summary(b"")


BEYOND = "invalid distance too far back"


def agree(program: Any, ours: Any, theirs: Any) -> bool:
    if program["do"] != "pack":
        if program["options"].get("window_bits") in range(9, 15) and BEYOND in str(ours):
            return True  # docs/differences.md, row 53
        if theirs.get("error"):
            # How far a library had read when it found the error depends on what it read at once.
            ours, theirs = {**ours, "used": None}, {**theirs, "used": None}
        return bool(ours == theirs)
    if ["reset"] in program["steps"]:
        return bool(ours["error"] == theirs["error"])
    arguments = program["kind"], program["steps"], program["options"]
    same = unpacked(*arguments, ours["made"]) == unpacked(*arguments, theirs["made"])
    return same and (ours["error"], ours["used"]) == (theirs["error"], theirs["used"])


def differences(asked: list[Any], answers: list[Any]) -> list[Any]:
    return [
        (program, ours, theirs)
        for program, theirs in zip(asked, answers)
        if is_here(program["kind"])
        if not agree(program, ours := json.loads(json.dumps(RUN[program["do"]](program))), theirs)
    ]


def test_recorded_programs_do_the_same() -> None:
    record = json.loads(RECORD.read_text("utf8"))
    assert differences([program for program, _ in record], [answer for _, answer in record]) == []


@pytest.mark.live
def test_random_programs_do_the_same_as_in_node() -> None:
    asked = programs(random.randrange(2**32), 400)
    assert differences(asked, ask_node(asked)) == []


@pytest.mark.live
@pytest.mark.once
def test_cut_spoilt_or_followed_by_junk_it_is_as_in_node() -> None:
    asked = at_every_byte(stride=5)
    assert differences(asked, ask_node(asked)) == []


@pytest.mark.live
def test_what_is_recorded_is_still_nodes() -> None:
    record = json.loads(RECORD.read_text("utf8"))
    assert ask_node([program for program, _ in record]) == [answer for _, answer in record]


if __name__ == "__main__":
    asked = [*programs(1, 500), *at_every_byte(stride=17)]
    pairs = [json.dumps(list(pair)) for pair in zip(asked, ask_node(asked))]
    RECORD.write_text(
        "[\n" + ",\n".join(pair for pair in pairs if len(pair) < 2500) + "\n]\n", "utf8"
    )


def test_spoilt_brotli_in_a_circle_of_garbage_does_no_harm() -> None:
    """What the library looked at is let go before the error is made: else, CPython crashes."""
    pytest.importorskip("brotlicffi")
    for _ in range(20):
        with pytest.raises(zlib.ZlibError) as caught:
            zlib.brotli_decompress_sync(b"no brotli at all")
        caught.value.itself = caught.value  # type: ignore[attr-defined]
        del caught
        gc.collect()
