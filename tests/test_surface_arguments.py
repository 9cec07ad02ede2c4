"""Bad arguments raise at the call, with the code that Node 26 gives them.

What Node says is in data/argument_codes.json: for each function, the code for each value. It is
made by arguments.mjs, and made again here where there is a Node. The rules:

- where Node raises an error with a code, so do we, with the same code;
- where Node breaks down (a bare TypeError), the argument is of the wrong type;
- where Node takes a value, we may refuse it, with a code: docs/differences.md, 7;
- what is left is in `DECIDED`, with the row of docs/differences.md that says so.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import math
import pickle
import subprocess
from pathlib import Path

import pytest

import streams2
from streams2 import (
    AbortController,
    AbortSignal,
    Duplex,
    EventEmitter,
    PassThrough,
    Readable,
    Transform,
    Writable,
    consumers,
    fs,
    promises,
)
from streams2.errors import (
    AggregateError,
    InvalidArgTypeError,
    MissingArgsError,
    NoRunningLoopError,
)
from streams2.events import get_event_listeners, set_max_listeners

from . import oracles

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "data" / "argument_codes.json").read_text("utf-8"))

VALUES = {
    "5": 5,
    "1.5": 1.5,
    "-1": -1,
    "-1.5": -1.5,
    "nan": math.nan,
    "inf": math.inf,
    "-inf": -math.inf,
    "str": "Foo",
    "empty": "",
    "numstr": "2",
    "true": True,
    "false": False,
    "none": None,
    "object": {},
    "list": [],
    "func": lambda *args: None,
    "0": 0,
    "big": 2**31,
    "huge": 2**53,
    "bytes": b"a",
}

# Where we differ and mean it: the probe or "*", the value, and the row that says why.
DECIDED = {
    ("*", "none"): "None stands for undefined",
    ("*", "huge"): "a number of Python has no greatest",
    ("AbortSignal.timeout", "1.5"): "seconds have parts, milliseconds have none",
    ("Readable.from_", "object"): "a dict is an iterable",
    ("AbortSignal.any", "object"): "a dict is an iterable",
    ("consumers.text", "object"): "a dict is an iterable",
    ("consumers.buffer", "object"): "a dict is an iterable",
    ("promises.pipeline(last)", "object"): "a dict is not options",
}


def quiet(stream):
    return stream.on("error", lambda error: None)


def readable(**options):
    return quiet(Readable(**{"read": lambda self, size: None, **options}))


def writable(**options):
    return quiet(Writable(**{"write": lambda self, chunk, enc, done: done(), **options}))


def numbers():
    return quiet(Readable.from_([1, 2, 3]))


def objects():
    return writable(object_mode=True)


def nothing(*args):
    pass


async def begin(coroutine):
    """What a coroutine does at once: its error, if that is one of its arguments."""
    task = asyncio.ensure_future(coroutine)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    if task.done():
        return task.result()
    task.cancel()
    return None


def method(make, name, *before):
    """Calls a method with the value, and answers what the stream has failed with."""

    def probe(value):
        stream = make()
        getattr(stream, name)(*before, value)
        return stream.errored

    return probe


def option(make, name, *before):
    return lambda value: make(*before, **{name: value})


def of_numbers(name, *before, key=None):
    """Calls an operator with the value."""
    if key is None:
        return lambda value: getattr(numbers(), name)(*before, value)
    return lambda value: getattr(numbers(), name)(*before, **{key: value})


def set_default(value):
    before = streams2.get_default_high_water_mark(False)
    try:
        streams2.set_default_high_water_mark(False, value)
    finally:
        streams2.set_default_high_water_mark(False, before)


def set_default_limit(value):
    before = EventEmitter.default_max_listeners
    try:
        set_max_listeners(value)
    finally:
        EventEmitter.default_max_listeners = before


def opened(make, key):
    return lambda value: quiet(make("/dev/null", **{key: value})).destroy()


def probes():
    found = {}
    options = {
        Readable: "high_water_mark object_mode encoding default_encoding signal read destroy "
        "construct emit_close auto_destroy capture_rejections",
        Writable: "high_water_mark default_encoding signal decode_strings write writev final",
        Duplex: "high_water_mark readable_high_water_mark writable_high_water_mark "
        "allow_half_open readable",
        Transform: "high_water_mark readable_high_water_mark transform flush",
        EventEmitter: "capture_rejections",
    }
    for kind, names in options.items():
        for name in names.split():
            found[f"{kind.__name__}({name})"] = option(kind, name)
    found |= of_streams() | of_operators() | of_whole_streams() | of_events() | of_files()
    return found


def of_streams():
    return {
        "read(size)": lambda v: readable().read(v) and None,
        "read(size) objects": lambda v: readable(object_mode=True).read(v) and None,
        "push(chunk)": method(readable, "push"),
        "push(chunk, encoding)": method(readable, "push", "a"),
        "unshift(chunk)": method(readable, "unshift"),
        "unshift(chunk, encoding)": method(readable, "unshift", "a"),
        "set_encoding": method(readable, "set_encoding"),
        "pipe(destination)": method(readable, "pipe"),
        "pipe(end)": lambda v: readable().pipe(writable(), end=v),
        "unpipe": method(readable, "unpipe"),
        "wrap": method(readable, "wrap"),
        "iterator(destroy_on_return)": of_numbers("iterator", key="destroy_on_return"),
        "Readable.from_": Readable.from_,
        "Readable.from_(high_water_mark)": option(Readable.from_, "high_water_mark", [1]),
        "Duplex.from_": lambda v: quiet(Duplex.from_(v)),
        "write(chunk)": method(writable, "write"),
        "write(chunk, encoding)": method(writable, "write", "a"),
        "write(callback)": method(writable, "write", "a", "utf8"),
        "end(chunk)": method(writable, "end"),
        "end(chunk, encoding)": method(writable, "end", "a"),
        "end(callback)": method(writable, "end", "a", "utf8"),
        "set_default_encoding": method(writable, "set_default_encoding"),
        "destroy(error)": lambda v: readable().destroy(v),
        "destroy(callback)": method(readable, "destroy", None),
        "duplex_pair(high_water_mark)": option(streams2.duplex_pair, "high_water_mark"),
    }


def of_operators():
    found = {}
    for name in ("map", "filter", "flat_map", "for_each", "some", "every", "find"):
        found[f"{name}(fn)"] = of_numbers(name)
        for key in ("concurrency", "high_water_mark", "signal"):
            if f"{name}({key})" in RECORDED:
                step = (lambda n: [n]) if name == "flat_map" else (lambda n: n)
                found[f"{name}({key})"] = of_numbers(name, step, key=key)
    for name in ("take", "drop"):
        found[name] = of_numbers(name)
        found[f"{name}(signal)"] = of_numbers(name, 1, key="signal")
    return {
        **found,
        "to_array(signal)": of_numbers("to_array", key="signal"),
        "reduce(fn)": of_numbers("reduce"),
        "reduce(signal)": of_numbers("reduce", lambda a, b: a, 0, key="signal"),
        "compose(stream)": lambda v: quiet(numbers().compose(v)),
        "compose(signal)": lambda v: quiet(
            numbers().compose(PassThrough(object_mode=True), signal=v)
        ),
    }


def of_whole_streams():
    finished, pipeline = streams2.finished, streams2.pipeline
    return {
        "finished(stream)": lambda v: finished(v, nothing) and None,
        "finished(callback)": lambda v: finished(readable(), v) and None,
        **{
            f"finished({key})": lambda v, key=key: (
                finished(readable(), nothing, **{key: v}) and None
            )
            for key in ("readable", "error", "signal")
        },
        "promises.finished(stream)": lambda v: begin(promises.finished(v)),
        **{
            f"promises.finished({key})": lambda v, key=key: begin(
                promises.finished(readable(), **{key: v})
            )
            for key in ("cleanup", "signal", "readable")
        },
        "pipeline(first)": lambda v: pipeline(v, objects(), callback=nothing),
        "pipeline(last)": lambda v: pipeline(numbers(), v, callback=nothing),
        "pipeline(middle)": lambda v: pipeline(numbers(), v, objects(), callback=nothing),
        "pipeline(callback)": lambda v: pipeline(numbers(), objects(), callback=v),
        "promises.pipeline(first)": lambda v: begin(promises.pipeline(v, objects())),
        "promises.pipeline(last)": lambda v: begin(promises.pipeline(numbers(), v)),
        **{
            f"promises.pipeline({key})": lambda v, key=key: begin(
                promises.pipeline(numbers(), objects(), **{key: v})
            )
            for key in ("signal", "end")
        },
        "compose": lambda v: quiet(streams2.compose(v)),
        "compose(second)": lambda v: quiet(streams2.compose(PassThrough(), v)),
        "add_abort_signal(signal)": lambda v: streams2.add_abort_signal(v, readable()),
        "add_abort_signal(stream)": lambda v: streams2.add_abort_signal(
            AbortController().signal, v
        ),
        "destroy(stream)": streams2.destroy,
        "destroy(stream, error)": lambda v: streams2.destroy(readable(), v),
        "set_default_high_water_mark(value)": set_default,
        "set_default_high_water_mark(object_mode)": lambda v: streams2.set_default_high_water_mark(
            v, streams2.get_default_high_water_mark(v)
        ),
        "consumers.text": lambda v: begin(consumers.text(v)),
        "consumers.buffer": lambda v: begin(consumers.buffer(v)),
    }


def of_events():
    listening = ("on", "once", "prepend_listener", "prepend_once_listener", "off")
    return {
        **{f"{name}(listener)": method_of_emitter(name) for name in listening},
        "set_max_listeners": lambda v: EventEmitter().set_max_listeners(v),
        "events.set_max_listeners": set_default_limit,
        "events.set_max_listeners(emitter)": lambda v: set_max_listeners(5, v),
        "events.once(emitter)": lambda v: streams2.once(v, "x").cancel() and None,
        "events.once(signal)": lambda v: (
            streams2.once(EventEmitter(), "x", signal=v).cancel() and None
        ),
        "events.on(emitter)": lambda v: streams2.on(v, "x"),
        "events.on(signal)": lambda v: streams2.on(EventEmitter(), "x", signal=v),
        "events.on(high_water_mark)": lambda v: streams2.on(readable(), "x", high_water_mark=v),
        "events.on(low_water_mark)": lambda v: streams2.on(readable(), "x", low_water_mark=v),
        "events.on(close)": lambda v: streams2.on(readable(), "x", close=v),
        "add_abort_listener(signal)": lambda v: streams2.add_abort_listener(v, nothing),
        "add_abort_listener(listener)": lambda v: streams2.add_abort_listener(
            AbortController().signal, v
        ),
        "get_event_listeners": lambda v: get_event_listeners(v, "x"),
        "AbortSignal.any": AbortSignal.any,
        "AbortSignal.timeout": AbortSignal.timeout,
        "next_tick": streams2.next_tick,
    }


def method_of_emitter(name):
    return lambda value: getattr(EventEmitter(), name)("x", value)


def of_files():
    reading = "start end high_water_mark encoding flags mode auto_close emit_close"
    writing = "start high_water_mark encoding flags flush"
    return {
        "create_read_stream(path)": lambda v: quiet(fs.create_read_stream(v)).destroy(),
        "create_read_stream(fd)": lambda v: quiet(
            fs.create_read_stream("/dev/null", fd=v, auto_close=False)
        ),
        **{
            f"create_read_stream({key})": opened(fs.create_read_stream, key)
            for key in reading.split()
        },
        **{
            f"create_write_stream({key})": opened(fs.create_write_stream, key)
            for key in writing.split()
        },
    }


PROBES = probes()


async def code_of(probe, value):
    """The code of what `probe` raises or answers; "ok" for no error."""
    # What goes on afterwards is not what is asked.
    asyncio.get_running_loop().set_exception_handler(nothing)
    try:
        answer = probe(value)
        if inspect.iscoroutine(answer):
            answer = await asyncio.wait_for(answer, 10)
    except Exception as error:
        answer = error
    if isinstance(answer, Exception):
        return getattr(answer, "code", None) or type(answer).__name__
    return "ok"


def test_there_is_a_probe_of_each_that_was_recorded():
    assert PROBES.keys() == RECORDED.keys()
    assert all(codes.keys() == VALUES.keys() for codes in RECORDED.values())


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::RuntimeWarning")
def test_the_codes_are_nodes(name):
    async def main():
        return {key: await code_of(PROBES[name], value) for key, value in VALUES.items()}

    wrong = {}
    for key, ours in asyncio.run(main()).items():
        nodes = RECORDED[name][key]
        right = (
            ours == nodes
            or (nodes == "TypeError" and ours == "ERR_INVALID_ARG_TYPE")
            or (nodes == "ok" and ours.startswith("ERR_"))
            or (ours == "ok" and (("*", key) in DECIDED or (name, key) in DECIDED))
            or (name, key) == ("promises.pipeline(last)", "object")
        )
        if not right:
            wrong[key] = (nodes, ours)
    assert wrong == {}


@pytest.mark.live
def test_what_is_recorded_is_what_node_says():
    node = oracles.node()
    said = subprocess.run(
        [node, "--no-warnings", str(HERE / "arguments.mjs")], capture_output=True, check=True
    )
    assert json.loads(said.stdout) == RECORDED


# -- counts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "number", "left"),
    [
        ("take", 1.5, [1, 2]),
        ("take", 0.5, [1]),
        ("take", math.nan, []),
        ("take", math.inf, [1, 2, 3]),
        ("take", 0, []),
        ("drop", 1.5, [3]),
        ("drop", 0.5, [2, 3]),
        ("drop", math.nan, [1, 2, 3]),
        ("drop", math.inf, []),
    ],
)
def test_take_and_drop_count_as_node_does(operator, number, left):
    async def main():
        return await getattr(Readable.from_([1, 2, 3]), operator)(number).to_array()

    assert streams2.run(main) == left


@pytest.mark.parametrize("concurrency", [1, 1.5, 2.9, None])
def test_a_part_of_a_call_is_none(concurrency):
    running, most = [], []

    async def step(n):
        running.append(n)
        most.append(len(running))
        await asyncio.sleep(0)
        running.remove(n)
        return n

    async def main():
        mapped = Readable.from_([1, 2, 3, 4]).map(step, concurrency=concurrency)
        return await mapped.to_array()

    assert streams2.run(main) == [1, 2, 3, 4]
    assert max(most) == math.floor(concurrency or 1)


# -- others ----------------------------------------------------------------------------------------

NO_NUMBERS = ["", "5", True, None, {}, []]
OUT_OF_RANGE = [-1, -0.5, math.nan, math.inf, -math.inf]


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(value, "ERR_INVALID_ARG_TYPE") for value in NO_NUMBERS]
    + [(value, "ERR_OUT_OF_RANGE") for value in OUT_OF_RANGE],
)
def test_a_signals_timeout_takes_a_number_of_seconds(seconds, code):
    async def main():
        with pytest.raises((TypeError, ValueError)) as caught:
            AbortSignal.timeout(seconds)
        assert caught.value.code == code
        assert '"seconds"' in str(caught.value)

    asyncio.run(main())


def test_an_aggregate_is_made_of_exceptions():
    with pytest.raises(MissingArgsError, match='"errors"'):
        AggregateError()
    with pytest.raises(InvalidArgTypeError, match='"errors"'):
        AggregateError(ValueError(), "x")
    both = pickle.loads(pickle.dumps(AggregateError(ValueError("a"), KeyError("b"))))
    assert [type(error) for error in both.errors] == [ValueError, KeyError]


def test_without_a_loop_the_error_says_what_another_thread_has_to_do():
    with pytest.raises(NoRunningLoopError, match="call_soon_threadsafe"):
        Readable(read=lambda self, size: None).push(b"x")


@pytest.mark.parametrize("make_copy", [copy.copy, copy.deepcopy, pickle.dumps])
@pytest.mark.parametrize("kind", [Readable, Writable, Duplex, PassThrough, "file", "other file"])
def test_a_stream_is_neither_copied_nor_pickled(kind, make_copy, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x")

    async def main():
        makers = {"file": fs.create_read_stream, "other file": fs.create_write_stream}
        stream = makers[kind](path) if kind in makers else kind()
        with pytest.raises(TypeError, match=type(stream).__name__):
            make_copy(stream)
        stream.destroy()

    streams2.run(main)
