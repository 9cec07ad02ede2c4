"""consumers: all that a stream has, in one piece."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import Readable, consumers, run
from streams2.errors import InvalidArgTypeError

from .support import BoomError
from .twins import Twins

twins = Twins()


@twins.program("""
    const { text } = await import('node:stream/consumers');
    const cases = [
      [[0xe2, 0x82], [0xac]], [[0xe2, 0x82], [0x41, 0xff]], [[0x41, 0xe2, 0x82]], [],
      [[0xef, 0xbb, 0xbf, 0x41]], [[0xef], [0xbb, 0xbf, 0x41, 0xef, 0xbb, 0xbf]], ['a', 'b'],
      ['a', [0xe2], 'b', [0x82, 0xac]], [[0xf0, 0x9f], [], [0x98, 0x80]], [[0xed, 0xa0, 0x80]],
      [[0xc0, 0x80]], [[0xf5, 0x80]], ['a', [0xef, 0xbb, 0xbf, 0x42]], [[0xf0, 0x80, 0x80]],
    ];
    for (const chunks of cases) {
      const parts = chunks.map((c) => (typeof c === 'string' ? c : Buffer.from(c)));
      say(await text(Readable.from(parts)));
    }
""")
async def test_text(say: Any) -> None:
    cases: list[Any] = [
        *([b"\xe2\x82", b"\xac"], [b"\xe2\x82", b"\x41\xff"], [b"\x41\xe2\x82"], []),
        *([b"\xef\xbb\xbf\x41"], [b"\xef", b"\xbb\xbf\x41\xef\xbb\xbf"], ["a", "b"]),
        *(["a", b"\xe2", "b", b"\x82\xac"], [b"\xf0\x9f", b"", b"\x98\x80"]),
        *([b"\xed\xa0\x80"], [b"\xc0\x80"], [b"\xf5\x80"], ["a", b"\xef\xbb\xbf\x42"]),
        [b"\xf0\x80\x80"],
    ]
    for chunks in cases:
        say(await consumers.text(Readable.from_(chunks)))


@twins.program("""
    const { text, json, buffer, bytes } = await import('node:stream/consumers');
    const both = () => Readable.from(['\u00e9', Buffer.from('A')]);
    say(await buffer(both()), await bytes(both()), await json(Readable.from(['[1', ',2]'])));
    say(await text(['a', 'b']));
    say(await text((async function* () { yield 'x'; yield Buffer.from('y'); })()));
    for (const consume of [text, buffer, json]) {
      const stream = new Readable({ read() { this.destroy(new Error('boom')); } });
      try { await consume(stream); } catch (error) { say(error); }
    }
""")
async def test_every_other_one(say: Any) -> None:
    def both() -> Readable[Any]:
        return Readable.from_(["\u00e9", b"A"])

    async def letters() -> Any:
        yield "x"
        yield b"y"

    say(
        await consumers.buffer(both()),
        await consumers.bytes(both()),
        await consumers.json(Readable.from_(["[1", ",2]"])),
    )
    say(await consumers.text(["a", "b"]))
    say(await consumers.text(letters()))
    for consume in (consumers.text, consumers.buffer, consumers.json):
        stream = Readable(read=lambda self, size: self.destroy(BoomError("boom")))
        try:
            await consume(stream)
        except BoomError as error:
            say(error)


@pytest.mark.slow
@given(st.text(), st.lists(st.integers(0, 40)))
def test_text_is_the_same_wherever_it_is_cut(whole: str, cuts: list[int]) -> None:
    data = whole.encode()
    edges = [0, *sorted(cuts), len(data)]
    pieces = [data[start:end] for start, end in zip(edges, edges[1:])]
    expected = whole[1:] if whole.startswith("\ufeff") else whole

    async def main() -> None:
        assert await consumers.text(Readable.from_(pieces)) == expected
        assert await consumers.buffer(Readable.from_(pieces)) == data

    # Not `run`, which collects all garbage at its end: of a test run, that takes long.
    asyncio.run(main())


def test_array() -> None:
    assert run(lambda: consumers.array(Readable.from_([1, "b", b"c"]))) == [1, "b", b"c"]


def test_what_is_no_json() -> None:
    with pytest.raises(json.JSONDecodeError):
        run(lambda: consumers.json(Readable.from_(['{"a":'])))


@pytest.mark.parametrize("consume", [consumers.text, consumers.buffer, consumers.json])
def test_what_is_neither_text_nor_bytes(consume: Any) -> None:
    with pytest.raises(InvalidArgTypeError, match='"chunk"'):
        run(lambda: consume(Readable.from_([1])))
    with pytest.raises(InvalidArgTypeError, match='"stream"'):
        run(lambda: consume(5))
