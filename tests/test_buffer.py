"""buffer against Node's Buffer: recorded answers in data/buffer.json, and live ones.

``python -m tests.test_buffer`` records them anew.
"""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from streams2 import buffer
from streams2.string_decoder import StringDecoder

from . import oracles

RECORD = Path(__file__).parent / "data" / "buffer.json"

#: A call is [name, ...arguments]; bytes are {"hex": ...}. An answer is a value or {"code": ...}.
NODE = r"""
const { StringDecoder } = require('string_decoder')
const camel = (name) => name.replace(/_(\w)/g, (_, c) => c.toUpperCase())
const read = (name) => camel(name).replace(/uint/i, 'UInt')
  .replace(/(Le|Be)$/, (e) => e.toUpperCase()).replace(/(UInt|Int)64/, (_, kind) => `Big${kind}64`)
const given = (x) => typeof x !== 'object' || x === null ? x
  : x.hex !== undefined ? Buffer.from(x.hex, 'hex')
  : x.big !== undefined ? BigInt(x.big) : Array.isArray(x) ? x.map(given) : x
const told = (x) => x instanceof Uint8Array ? { hex: Buffer.from(x).toString('hex') }
  : typeof x === 'bigint' ? { big: String(x) }
  : typeof x === 'number' && !Number.isFinite(x) ? String(x) : x
const direct = {
  from_: 'from', alloc: 'alloc', concat: 'concat', byte_length: 'byteLength', compare: 'compare'
}
const asked = ['to_string', 'equals', 'index_of', 'last_index_of', 'includes']
function call([name, ...args]) {
  args = args.map(given)
  if (name === 'decoder') {
    const decoder = new StringDecoder(args[1])
    return [...args[0].map((chunk) => decoder.write(chunk)), decoder.end()].join('')
  }
  if (name in direct) return Buffer[direct[name]](...args)
  const [data, ...rest] = args
  if (asked.includes(name)) return data[camel(name)](...rest)
  if (name === 'fill') return data.fill(...rest)
  if (name === 'write') { const n = data.write(...rest); return [n, told(data)] }
  const method = read(name)
  if (name.startsWith('read')) return data[method](...rest)
  const n = data[method](...rest)
  return [n, told(data)]
}
const calls = JSON.parse(require('fs').readFileSync(0, 'utf8'))
console.log(JSON.stringify(calls.map((one) => {
  try { return told(call(one)) } catch (error) { return { code: error.code } }
})))
"""


def given(value: Any) -> Any:
    if isinstance(value, dict):
        return bytearray.fromhex(value["hex"]) if "hex" in value else int(value["big"])
    return [given(item) for item in value] if isinstance(value, list) else value


def told(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return {"hex": value.hex()}
    if isinstance(value, float):
        special = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
        return special.get(str(value), value)
    return value


def answer(call: list[Any]) -> Any:
    name, *args = call
    args = [given(arg) for arg in args]
    try:
        if name == "decoder":
            decoder = StringDecoder(args[1])
            return "".join([*map(decoder.write, args[0]), decoder.end()])
        result = getattr(buffer, name)(*args)
    except Exception as error:
        return {"code": getattr(error, "code", None) or repr(error)}
    if name.startswith("write"):
        return [result, told(args[0])]
    return told(result)


ENCODINGS = ["utf8", "utf16le", "latin1", "ascii", "base64", "base64url", "hex", "UTF-8", "nope"]
DECODED = ["utf8", "latin1", "base64", "hex", "base64url", "ascii"]
TEXTS = ["", "a", "abc", "héllo", "€", "😀x", "ff0", "zz", "aGk=", "a-_b", "====", "a b=="]
WIDTHS = {f"{n}_{order}": n for n in (16, 32, 64) for order in ("le", "be")}
FORMS = {
    f"{kind}{form}": bits for kind in ("int", "uint") for form, bits in {"8": 8, **WIDTHS}.items()
}
REALS = ["float_le", "float_be", "double_le", "double_be"]
KINDS = ["int_le", "int_be", "uint_le", "uint_be"]


class Chance(random.Random):
    """Arguments by chance."""

    def data(self, most: int = 9) -> dict[str, str]:
        return {"hex": self.randbytes(self.randrange(most)).hex()}

    def offset(self) -> Any:
        return self.choice([0, 0, 0, 1, 2, 3, 7, 8, -1, 99, 0.5, "1", None, True])

    def value(self) -> Any:
        return self.choice([self.data(4), self.choice(TEXTS), 0, 97, 255, 256, -1, None])

    def number(self, bits: int) -> Any:
        half, whole = 2 ** (bits - 1), 2**bits
        number = self.choice([0, 1, half, half - 1, whole - 1, whole]) * self.choice([1, 1, 1, -1])
        return {"big": str(number)} if bits == 64 else number

    def of_contents(self) -> list[list[Any]]:
        text, encoding = self.choice(TEXTS), self.choice(ENCODINGS)
        start, end = self.choice([0, 0, 1, 2, 3, 5, 99]), self.choice([0, 1, 2, 3, 5, 9, 99])
        within = self.randrange(-9, 9)
        return [
            ["from_", text, encoding],
            ["from_", self.choice([5, None, [1, 256, -1, 3.7], self.data()])],
            ["alloc", self.choice([0, 1, 3, 7, -1, "3"]), self.value() or 0, encoding],
            ["concat", [self.data() for _ in range(self.randrange(4))]],
            ["concat", [self.data(), self.data()], self.choice([0, 1, 5, 20, -1, 1.5, "2"])],
            ["concat", self.choice(["x", [1], [self.data(), None]])],
            ["byte_length", text, encoding],
            ["byte_length", self.choice([self.data(), 5, None])],
            ["to_string", self.data(), encoding, self.randrange(-3, 10), self.randrange(-3, 12)],
            ["compare", self.data(3), self.choice([self.data(3), "a", None])],
            ["equals", self.data(2), self.data(2)],
            ["index_of", self.data(), self.value(), within, self.choice(ENCODINGS[:7])],
            ["last_index_of", self.data(), self.value(), within],
            ["includes", self.data(), self.value()],
            ["fill", self.data(), self.value(), start, end, encoding],
            ["write", self.data(), text, start, end, encoding],
            ["decoder", [self.data(5) for _ in range(self.randrange(5))], self.choice(DECODED)],
        ]

    def of_numbers(self) -> list[list[Any]]:
        form, real, kind = self.choice([*FORMS]), self.choice(REALS), self.choice(KINDS)
        start, size = self.choice([0, 0, 1, 2, 3, 5, 99]), self.randrange(8)
        return [
            [f"read_{form}", self.data(), self.offset()],
            [f"write_{form}", self.data(), self.number(FORMS[form]), self.choice([0, 0, 1, -1, 9])],
            [f"read_{real}", self.data(12), start],
            [f"write_{real}", self.data(12), self.choice([0, 1.5, -2.25, 1e40, -1e40]), start],
            [f"read_{kind}", self.data(), start, size],
            [f"write_{kind}", self.data(), self.number(8 * (size % 6 + 1)), start, size],
        ]


def calls(seed: int, count: int) -> list[list[Any]]:
    chance = Chance(seed)
    return [chance.choice([*chance.of_contents(), *chance.of_numbers()]) for _ in range(count)]


def comparable(call: list[Any]) -> bool:
    """Whether Python takes the arguments as JavaScript does (docs/differences.md, 7).

    There, null may be an argument left out, and true a number.
    """
    name, *args = call
    left_out = [arg for arg in args if arg is True or arg is None]
    return not (left_out and name.startswith(("read_", "write_", "fill")))


def ask_node(asked: list[list[Any]]) -> list[Any]:
    done = subprocess.run(
        [oracles.node(), "-e", NODE],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


def like(ours: Any, theirs: Any) -> Any:
    """What Node said, with a real number as one: in JSON it may look like a whole one."""
    if isinstance(theirs, dict) and "big" in theirs:
        return int(theirs["big"])
    return float(theirs) if isinstance(ours, float) and isinstance(theirs, int) else theirs


def differences(asked: list[list[Any]], answers: list[Any]) -> list[Any]:
    return [
        (call, ours, theirs)
        for call, theirs in zip(asked, answers)
        if comparable(call) and (ours := json.loads(json.dumps(answer(call)))) != like(ours, theirs)
    ]


def test_recorded_answers_are_given() -> None:
    record = json.loads(RECORD.read_text("utf8"))
    assert differences([call for call, _ in record], [result for _, result in record]) == []


@pytest.mark.live
def test_random_calls_are_answered_as_by_node() -> None:
    asked = calls(random.randrange(2**32), 5000)
    assert differences(asked, ask_node(asked)) == []


@pytest.mark.live
def test_recorded_answers_are_still_nodes() -> None:
    record = json.loads(RECORD.read_text("utf8"))
    assert ask_node([call for call, _ in record]) == [result for _, result in record]


def searches(seed: int, count: int) -> list[Any]:
    """Short patterns in short data: many of them are there, and many at odd places."""
    chance = random.Random(seed)
    needles = ["", "a", "ab", "\0", {"hex": ""}, {"hex": "61"}, {"hex": "6100"}, 97, 0]
    return [
        [
            chance.choice(["index_of", "last_index_of", "includes"]),
            {"hex": bytes(chance.choice(b"a\0b") for _ in range(size)).hex()},
            chance.choice(needles),
            chance.randrange(-size - 3, size + 4),
            chance.choice(["utf8", "utf16le", "ucs2", "latin1"]),
        ]
        for size in (chance.randrange(9) for _ in range(count))
    ]


@pytest.mark.live
@pytest.mark.once
def test_searches_find_what_node_finds() -> None:
    asked = searches(random.randrange(2**32), 20_000)
    assert differences(asked, ask_node(asked)) == []


NUMBERS: list[Any] = [
    (buffer.read_uint8, buffer.write_uint8, 250),
    (buffer.read_int8, buffer.write_int8, -5),
    (buffer.read_uint16_le, buffer.write_uint16_le, 0xFEDC),
    (buffer.read_uint16_be, buffer.write_uint16_be, 0xFEDC),
    (buffer.read_int16_le, buffer.write_int16_le, -1234),
    (buffer.read_int16_be, buffer.write_int16_be, -1234),
    (buffer.read_uint32_le, buffer.write_uint32_le, 0xFEDCBA98),
    (buffer.read_uint32_be, buffer.write_uint32_be, 0xFEDCBA98),
    (buffer.read_int32_le, buffer.write_int32_le, -12345678),
    (buffer.read_int32_be, buffer.write_int32_be, -12345678),
    (buffer.read_uint64_le, buffer.write_uint64_le, 0xFEDCBA9876543210),
    (buffer.read_uint64_be, buffer.write_uint64_be, 0xFEDCBA9876543210),
    (buffer.read_int64_le, buffer.write_int64_le, -(2**60) - 1),
    (buffer.read_int64_be, buffer.write_int64_be, -(2**60) - 1),
    (buffer.read_float_le, buffer.write_float_le, 1.5),
    (buffer.read_float_be, buffer.write_float_be, 1.5),
    (buffer.read_double_le, buffer.write_double_le, 0.1),
    (buffer.read_double_be, buffer.write_double_be, 0.1),
]


@pytest.mark.parametrize(("read", "write", "value"), NUMBERS)
def test_a_number_is_read_as_it_was_written(read: Any, write: Any, value: float) -> None:
    data = buffer.alloc(12)
    after = write(data, value, 2)
    assert read(data, 2) == value
    assert bytes(data[:2]) == bytes(2)
    assert bytes(data[after:]) == bytes(12 - after)
    longer = memoryview(bytes(3) + bytes(data[2:after]))
    assert read(longer, 3) == value
    with pytest.raises(ValueError, match="offset"):
        read(longer, 4)


def test_numbers_of_any_size() -> None:
    data = buffer.alloc(6)
    assert buffer.write_uint_le(data, 0x123456, 0, 3) == 3
    assert buffer.write_uint_be(data, 0x123456, 3, 3) == 6
    assert (buffer.read_uint_le(data, 0, 3), buffer.read_uint_be(data, 3, 3)) == (0x123456,) * 2
    assert buffer.write_int_le(data, -3, 0, 3) == 3
    assert buffer.write_int_be(data, -3, 3, 3) == 6
    assert (buffer.read_int_le(data, 0, 3), buffer.read_int_be(data, 3, 3)) == (-3, -3)


def test_what_is_done_with_contents() -> None:
    data = buffer.from_("caf\xe9")
    assert data == b"caf\xc3\xa9"
    assert buffer.byte_length("caf\xe9") == len(data)
    assert buffer.is_encoding("utf-8")
    assert not buffer.is_encoding("nope")
    assert buffer.to_string(data) == "caf\xe9"
    assert buffer.concat([data, b"!"], 4) == data[:4]
    assert (buffer.compare(b"a", b"b"), buffer.equals(b"a", b"a")) == (-1, True)
    assert (buffer.index_of(b"abab", "b"), buffer.last_index_of(b"abab", "b")) == (1, 3)
    assert buffer.includes(b"abab", b"ba")
    made = buffer.alloc(4)
    assert buffer.write(made, "xy", 1) == 2
    assert bytes(made) == b"\0xy\0"
    assert bytes(buffer.fill(made, "ab")) == b"abab"


def test_text_comes_out_by_the_piece() -> None:
    decoder = StringDecoder("utf8")
    assert [decoder.write(b"caf\xc3"), decoder.write(b"\xa9"), decoder.end(b"\xe2")] == [
        *("caf", "\xe9", "\ufffd")
    ]


if __name__ == "__main__":
    asked = [*calls(1, 800), *searches(1, 100)]
    lines = (json.dumps(list(pair)) for pair in zip(asked, ask_node(asked)))
    RECORD.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf8")


HELD = r"""
const { StringDecoder } = require('string_decoder')
const all = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const told = (d) => [d.lastNeed, d.lastTotal, d.lastChar.toString('hex')]
console.log(JSON.stringify(all.map(([encoding, chunks]) => {
  const decoder = new StringDecoder(encoding)
  const seen = chunks.map((hex) => [decoder.write(Buffer.from(hex, 'hex')), told(decoder)])
  return [seen, decoder.end(), told(decoder), decoder.text(Buffer.from('41e282'), 2)]
})))
"""

CUT = [
    *(("utf8", cut) for cut in (["e2", "82", "ac"], ["41e282", "ac41"], ["f09f", "9880"], ["c3"])),
    *(("utf8", cut) for cut in (["e2", "ff"], ["f0", "9f", "98", "80e2"], ["ff"], ["80"], ["f4"])),
    *(
        ("utf16le", cut)
        for cut in (["41"], ["41", "00"], ["3dd8"], ["3dd8", "00de"], ["413d", "d8"])
    ),
    *(("base64", cut) for cut in (["41"], ["4142"], ["41", "42", "43"], ["41424344"])),
    *(("base64url", cut) for cut in (["41"], ["41424344", "45"])),
    *(("hex", cut) for cut in (["41"],)),
    *(("latin1", cut) for cut in (["ff"],)),
]


@pytest.mark.host
@pytest.mark.live
def test_what_is_held_back_is_told() -> None:
    def told(decoder: StringDecoder) -> list[Any]:
        return [decoder.last_need, decoder.last_total, decoder.last_char.hex()]

    ours = []
    for encoding, chunks in CUT:
        decoder = StringDecoder(encoding)
        seen = [[decoder.write(bytes.fromhex(chunk)), told(decoder)] for chunk in chunks]
        ours.append([seen, decoder.end(), told(decoder), decoder.text(b"41e282", 2)])
    command = [oracles.node(), "-e", HELD]
    printed = subprocess.run(
        command, input=json.dumps(CUT), capture_output=True, check=True, text=True
    )
    assert ours == json.loads(printed.stdout)
