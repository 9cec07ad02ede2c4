"""The queue of chunks: measured, cut and joined, with nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams2 import (
    Duplex,
    Readable,
    Writable,
    get_default_high_water_mark,
    set_default_high_water_mark,
)
from streams2.core.chunks import ChunkQueue, byte_size
from streams2.errors import InvalidArgValueError, OutOfRangeError

from .twins import Twins

twins = Twins()


def queue_of(*chunks, object_mode=False):
    queue = ChunkQueue(object_mode)
    for chunk in chunks:
        queue.push(chunk)
    return queue


# -- the queue ------------------------------------------------------------------------------------


def test_first_in_first_out():
    queue = queue_of(b"a", b"bc")
    queue.unshift(b"-")
    assert list(queue) == [b"-", b"a", b"bc"]
    assert [queue.shift() for _ in range(3)] == [b"-", b"a", b"bc"]
    assert (len(queue), queue.size) == (0, 0)


def test_bytes_count_by_their_length_and_objects_count_one():
    assert queue_of(b"abc", bytearray(b"de"), "fünf").size == 9
    assert queue_of(b"abc", [], {}, 0, object_mode=True).size == 4


def test_a_memoryview_counts_its_bytes_not_its_items():
    view = memoryview(bytes(8)).cast("I")
    assert len(view) == 2
    assert byte_size(view) == 8
    assert queue_of(view).size == 8


def test_a_memoryview_of_items_is_cut_by_bytes():
    queue = queue_of(memoryview(b"abcdefgh").cast("I"))
    assert bytes(queue.take(3)) == b"abc"
    assert queue.size == 5
    assert bytes(queue.take_all()) == b"defgh"


def test_a_whole_chunk_is_passed_on_and_never_copied():
    chunk = bytearray(b"abc")
    assert queue_of(chunk, b"de").take(3) is chunk
    assert queue_of(chunk).take_all() is chunk
    assert queue_of(chunk, b"de").shift() is chunk


def test_text_that_was_put_among_bytes_is_joined_as_text():
    assert queue_of("a", "b").take_all(text=True) == "ab"
    assert queue_of("a", "ü".encode()).take_all(text=True) == "aü"


def test_clear_forgets_everything():
    queue = queue_of(b"abc")
    queue.clear()
    assert (len(queue), queue.size, list(queue)) == (0, 0, [])


@given(st.data(), st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=9))
def test_however_it_is_cut_the_bytes_are_the_same_and_the_size_is_right(data, chunks):
    kinds = st.sampled_from([bytes, bytearray, memoryview])
    queue = queue_of(*[data.draw(kinds)(chunk) for chunk in chunks])
    whole = b"".join(chunks)
    taken = b""
    while queue.size:
        assert queue.size == len(whole) - len(taken)
        amount = data.draw(st.integers(1, queue.size))
        piece = queue.take(amount)
        assert byte_size(piece) == amount
        taken += bytes(piece)
        if queue.size and data.draw(st.booleans()):
            back = queue.shift()
            queue.unshift(back)
    assert taken == whole
    assert len(queue) == 0


# -- high-water marks -----------------------------------------------------------------------------


@twins.program("""
    say(getDefaultHighWaterMark(false), getDefaultHighWaterMark(true));
    say(new Readable().readableHighWaterMark, new Writable().writableHighWaterMark);
    say(new Readable({ objectMode: true }).readableHighWaterMark);
    const d = new Duplex({ readableObjectMode: true, writableHighWaterMark: 7 });
    say(d.readableHighWaterMark, d.writableHighWaterMark);
    say(new Duplex({ highWaterMark: 3, readableHighWaterMark: 5 }).readableHighWaterMark);
    say(new Readable({ highWaterMark: 0 }).readableHighWaterMark);
""")
def test_the_default_marks(say):
    say(get_default_high_water_mark(False), get_default_high_water_mark(True))
    say(Readable().readable_high_water_mark, Writable().writable_high_water_mark)
    say(Readable(object_mode=True).readable_high_water_mark)
    d = Duplex(readable_object_mode=True, writable_high_water_mark=7)
    say(d.readable_high_water_mark, d.writable_high_water_mark)
    say(Duplex(high_water_mark=3, readable_high_water_mark=5).readable_high_water_mark)
    say(Readable(high_water_mark=0).readable_high_water_mark)


@pytest.fixture
def _restore_defaults():
    before = get_default_high_water_mark(False), get_default_high_water_mark(True)
    yield
    set_default_high_water_mark(False, before[0])
    set_default_high_water_mark(True, before[1])


@pytest.mark.usefixtures("_restore_defaults")
def test_a_default_that_was_set_is_for_streams_made_from_then_on():
    old = Readable()
    set_default_high_water_mark(False, 1000)
    set_default_high_water_mark(True, 3)
    assert old.readable_high_water_mark == 64 * 1024
    assert Readable().readable_high_water_mark == 1000
    assert Writable(object_mode=True).writable_high_water_mark == 3


@pytest.mark.parametrize("mark", [-1, 1.5, "16", True, float("nan"), [1]])
@pytest.mark.parametrize("kind", [Readable, Writable, Duplex])
def test_a_mark_that_is_none_is_refused_by_name(kind, mark):
    with pytest.raises(InvalidArgValueError, match='"high_water_mark" must be a whole number >= 0'):
        kind(high_water_mark=mark)


def test_the_mark_of_one_side_is_refused_by_its_own_name():
    with pytest.raises(InvalidArgValueError, match=r'"writable_high_water_mark".*Received -2'):
        Duplex(writable_high_water_mark=-2)


@pytest.mark.parametrize("mark", [-1, 0.5])
def test_a_default_mark_that_is_none_is_refused(mark):
    with pytest.raises(OutOfRangeError, match='"value"'):
        set_default_high_water_mark(False, mark)
