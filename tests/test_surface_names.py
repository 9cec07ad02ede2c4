"""What is said of Node's names, of options in an object; and what a stream says of itself."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

import streams2
from streams2 import (
    AbortController,
    Duplex,
    EventEmitter,
    PassThrough,
    Readable,
    Transform,
    Writable,
    broadcast,
    duplex_pair,
    finished,
    fs,
    net,
    pipe,
    pipeline,
    promises,
    run,
    timers,
)
from streams2.errors import InvalidArgTypeError

from .support import BoomError, Sink, Source
from .twins import later

pytestmark = pytest.mark.once

# -- Node's names for options ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "nodes", "ours"),
    [
        (Readable, "highWaterMark", "high_water_mark"),
        (Readable, "objectMode", "object_mode"),
        (Readable, "autoDestroy", "auto_destroy"),
        (Writable, "decodeStrings", "decode_strings"),
        (Writable, "defaultEncoding", "default_encoding"),
        (Duplex, "allowHalfOpen", "allow_half_open"),
        (Duplex, "readableObjectMode", "readable_object_mode"),
        (Transform, "writableHighWaterMark", "writable_high_water_mark"),
        (PassThrough, "emitClose", "emit_close"),
        (EventEmitter, "captureRejections", "capture_rejections"),
        (duplex_pair, "objectMode", "object_mode"),
        (lambda **o: Readable.from_([1], **o), "objectMode", "object_mode"),
        (lambda **o: Readable().map(id, **o), "highWaterMark", "high_water_mark"),
        (lambda **o: Readable().iterator(**o), "destroyOnReturn", "destroy_on_return"),
        (lambda **o: fs.create_read_stream("x", **o), "highWaterMark", "high_water_mark"),
        (lambda **o: fs.create_write_stream("x", **o), "autoClose", "auto_close"),
        (lambda **o: fs.ReadStream("x", **o), "emitClose", "emit_close"),
        (lambda **o: streams2.on(Readable(), "x", **o), "lowWaterMark", "low_water_mark"),
    ],
)
def test_an_option_under_nodes_name_is_told_ours(call, nodes, ours):
    with pytest.raises(TypeError, match=f"'{nodes}'.* name here is '{ours}'"):
        call(**{nodes: 1})


def test_so_is_a_subclass_that_hands_it_on():
    class Mine(Readable):
        def __init__(self, name):
            super().__init__(highWaterMark=1)

    with pytest.raises(TypeError, match="'high_water_mark'"):
        Mine("name")


def test_a_subclass_may_have_options_of_its_own():
    class Mine(Readable):
        def __init__(self, *, highWaterMark):  # noqa: N803
            super().__init__(high_water_mark=highWaterMark)

    assert Mine(highWaterMark=5).readable_high_water_mark == 5


def test_an_option_that_is_nobodys_is_refused_by_python():
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'foo'$"):
        Readable(foo=1)


# -- options that are not given by name ------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "example"),
    [
        (lambda: Readable({"highWaterMark": 1}), "Readable(high_water_mark=1)"),
        (lambda: Writable({"objectMode": True}), "Writable(object_mode=True)"),
        (
            lambda: Duplex({"objectMode": True, "encoding": "utf8"}),
            "Duplex(object_mode=True, encoding='utf8')",
        ),
        (lambda: Transform({"objectMode": True}), "Transform(object_mode=True)"),
        (lambda: PassThrough({"objectMode": True}), "PassThrough(object_mode=True)"),
        (lambda: fs.create_read_stream("x", "utf8"), "create_read_stream(encoding='utf8')"),
        (lambda: fs.create_write_stream("x", "utf8"), "create_write_stream(encoding='utf8')"),
        (
            lambda: fs.create_read_stream("x", {"highWaterMark": 3}),
            "create_read_stream(high_water_mark=3)",
        ),
        (lambda: Readable.from_([1], {"objectMode": False}), "from_(object_mode=False)"),
        (lambda: Readable().map(id, {"concurrency": 2}), "map(concurrency=2)"),
        (lambda: Readable().to_array({"signal": 1}), "to_array(signal=1)"),
        (lambda: Readable().pipe(Writable(), {"end": False}), "pipe(end=False)"),
        (lambda: Readable().pipe(Writable(), False), "pipe(end=...)"),
        (lambda: pipe(Readable(), Writable(), {"end": False}), "pipe(end=False)"),
        (lambda: finished(Writable(), {"readable": 0}, print), "finished(readable=0)"),
    ],
)
def test_the_error_says_how(call, example):
    with pytest.raises(TypeError, match=rf"options by name: {re.escape(example)}$"):
        call()


def test_a_pipeline_takes_no_options_in_an_object():
    def main():
        with pytest.raises(InvalidArgTypeError, match=r"signal=\.\.\., end=\.\.\."):
            pipeline(Readable.from_([1]), Sink(object_mode=True), {"end": False}, callback=print)

    run(main)

    async def promised():
        with pytest.raises(InvalidArgTypeError, match=r"signal=\.\.\., end=\.\.\."):
            await promises.pipeline(Readable.from_([1]), Sink(object_mode=True), {"signal": 1})

    run(promised)


def test_a_type_error_from_within_is_left_alone():
    def read(self, size):
        raise TypeError("of its own")

    with pytest.raises(TypeError, match=r"^of its own$"):
        asyncio.run(Readable(read=read).to_array())


# -- Node's names for what a stream has ------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "nodes", "ours"),
    [
        (Readable, "toArray", "to_array"),
        (Readable, "flatMap", "flat_map"),
        (Readable, "setEncoding", "set_encoding"),
        (Readable, "readableFlowing", "readable_flowing"),
        (Writable, "writableLength", "writable_length"),
        (Writable, "setDefaultEncoding", "set_default_encoding"),
        (Duplex, "allowHalfOpen", "allow_half_open"),
        (EventEmitter, "removeAllListeners", "remove_all_listeners"),
        (EventEmitter, "prependOnceListener", "prepend_once_listener"),
        (lambda: AbortController().signal, "throwIfAborted", "throw_if_aborted"),
        (lambda: streams2, "nextTick", "next_tick"),
        (lambda: streams2, "duplexPair", "duplex_pair"),
        (lambda: fs, "createReadStream", "create_read_stream"),
    ],
)
def test_an_attribute_under_nodes_name_is_told_ours(make, nodes, ours):
    with pytest.raises(AttributeError, match=f"'{nodes}'.* name here is '{ours}'"):
        getattr(make(), nodes)


def test_nodes_name_may_be_a_subclasses_own():
    class Mixin:
        def toArray(self):  # noqa: N802
            return "mixed in"

    class Given(Readable, Mixin):
        def flatMap(self):  # noqa: N802
            return "defined"

    stream = Given()
    stream.setEncoding = "assigned"
    assert (stream.toArray(), stream.flatMap()) == ("mixed in", "defined")
    assert stream.setEncoding == "assigned"
    assert Given.toArray is Mixin.toArray


def test_nodes_names_are_not_there_to_be_listed():
    assert "toArray" not in dir(Readable())
    assert not hasattr(Readable(), "toArray")
    with pytest.raises(AttributeError, match="Its name here is 'to_array'"):
        _ = Readable.toArray


@pytest.mark.parametrize("make", [Readable, Writable, Transform, EventEmitter])
def test_no_class_asks_itself_for_what_is_not_there(make):
    """With ``__getattr__`` each attribute that is there would be slower to find, too."""
    assert not hasattr(make, "__getattr__")


@pytest.mark.parametrize("make", [Readable, EventEmitter, lambda: streams2])
@pytest.mark.parametrize("name", ["nothing", "noSuchThing", "_private", "__dunder__"])
def test_one_that_is_nobodys_is_just_not_there(make, name):
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'$"):
        getattr(make(), name)
    assert not hasattr(make(), name)


# -- what a stream says of itself ------------------------------------------------------------------


def test_a_new_one_says_what_it_is():
    assert repr(Readable()) == (
        "<Readable open: reading idle, holds 0 of 65536 bytes, awaits a reader>"
    )
    assert repr(Writable(object_mode=True)) == (
        "<Writable open: writing accepting, holds 0 of 16 objects>"
    )
    assert repr(PassThrough(high_water_mark=5)) == (
        "<PassThrough open: reading idle, holds 0 of 5 bytes, awaits a reader; "
        "writing accepting, holds 0 of 5 bytes>"
    )
    assert repr(Duplex(readable=False)).startswith("<Duplex open: writing")
    assert repr(Readable.__new__(Readable)) == "<Readable, not made yet>"


def test_it_says_how_it_stands():
    said = {}

    def main():
        source = Source(object_mode=True)
        source.push(1)
        said["pushed"] = repr(source)
        source.pause()
        said["paused"] = repr(source)
        source.resume()
        said["flowing"] = repr(source)
        said["pulled"] = repr(Source().on("readable", print))
        corked = Sink()
        corked.cork()
        corked.write(b"abc")
        said["corked"] = repr(corked)

    run(main)
    assert "reading idle, holds 1 of 16 objects, awaits a reader" in said["pushed"]
    assert "reading paused, holds 1 of 16 objects, awaits resume()" in said["paused"]
    assert "reading flowing" in said["flowing"]
    assert "holds 3 of 65536 bytes, awaits uncork()" in said["corked"]
    assert "reading pulled, holds 0 of 65536 bytes, awaits a push" in said["pulled"]


def test_it_says_whose_drain_it_waits_for():
    said = []

    def main():
        source, sink = (
            Source(object_mode=True),
            Sink(object_mode=True, high_water_mark=1, finish=id),
        )
        source.pipe(sink)
        source.push(1)
        source.push(2)
        later(lambda: said.extend([repr(source), repr(sink)]))
        full = Sink(high_water_mark=1, finish=id)
        full.write(b"abc")
        said.append(repr(full.end()))

    run(main)
    assert said == [
        "<Sink open: writing ending refused, holds 3 of 1 bytes, awaits the callback of _write>",
        "<Source open: reading paused, holds 1 of 16 objects, awaits 'drain' of Sink>",
        "<Sink open: writing refusing, holds 1 of 1 objects, awaits the callback of _write>",
    ]


def test_it_says_what_it_failed_with_and_that_it_is_closed():
    def main():
        failed = Sink().on("error", lambda error: None).destroy(BoomError("boom"))
        slow = Writable(destroy=lambda self, error, done: None).destroy()
        return failed, slow

    failed, slow = run(main)
    assert repr(failed) == "<Sink closed, failed with BoomError('boom')>"
    assert repr(slow) == "<Writable destroying>"


def test_it_says_that_it_constructs():
    said = []
    run(lambda: said.append(repr(Writable(construct=lambda self, done: None))))
    assert said == ["<Writable constructing>"]


def test_a_file_says_its_path(tmp_path):
    path = str(tmp_path / "file")

    async def main():
        stream = fs.create_write_stream(path)
        said = [repr(stream)]
        await promises.finished(stream.end(b"x"))
        return [*said, repr(stream)]

    begun, over = run(main)
    assert begun.startswith(f"<WriteStream {path!r} ")
    assert over == f"<WriteStream {path!r} closed>"


def test_one_with_a_name_says_it():
    class Named(Writable):
        name = "the log"

    class Counted(Writable):
        name = 5

    named = Readable()
    named.name = "numbers"
    assert repr(Named()).startswith("<Named 'the log' open: ")
    assert repr(named).startswith("<Readable 'numbers' open: ")
    assert repr(Counted()).startswith("<Counted open: ")


def test_a_subclass_whose_path_is_not_to_be_had_is_described_all_the_same():
    class Unmade(Readable):
        @property
        def path(self):
            raise BoomError

    assert repr(Unmade()).startswith("<Unmade open: ")
    with pytest.raises(ValueError, match="why"):
        Unmade().emit("error", ValueError("why"))


def test_a_subclass_may_say_it_otherwise():
    class Mine(Readable):
        def __repr__(self):
            return "<mine>"

    with pytest.raises(BoomError) as caught:
        Mine().emit("error", BoomError())
    assert "'error' of <mine>" in caught.value.__notes__[0]


#: Those that a type checker is told of, wherever they are when the program runs.
LATER = tuple(
    re.findall(
        r"^    from \. import (\w+) as \1$",
        Path(streams2.__file__).read_text("utf-8"),
        re.MULTILINE,
    )
)


def fresh(program: str) -> str:
    """What a program prints in an interpreter that has imported nothing yet."""
    command = [sys.executable, "-c", program]
    answered = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answered.returncode == 0, answered.stderr
    return answered.stdout.strip()


@pytest.mark.slow
@pytest.mark.host
@pytest.mark.parametrize("ask", ["streams2.{0}", "from streams2 import {0}", "import streams2.{0}"])
def test_a_module_is_there_as_soon_as_it_is_asked_for(ask):
    """Each by itself, in a child of an interpreter that has imported no more than the package."""
    assert {"channel", "fs", "net"} <= set(LATER)
    asked = {name: ask.format(name) for name in LATER}
    program = f"""
import os, sys
import streams2
for name, asked in {asked!r}.items():
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        exec(asked)
        print(eval("streams2." + name).__name__)
        sys.exit()
    os.waitpid(child, 0)
"""
    assert fresh(program).split() == [f"streams2.{name}" for name in LATER]


@pytest.mark.host
@pytest.mark.off
def test_what_not_every_program_needs_is_not_imported_by_every_program():
    seen = fresh("import sys, streams2; print([name for name in sys.modules if '.' in name])")
    for name in LATER:
        assert f"'streams2.{name}'" not in seen
    assert "'streams2.streams.readable'" not in seen
    assert "'streams2.events.emitter'" in seen


@pytest.mark.slow
@pytest.mark.host
def test_modules_to_come_are_among_the_names():
    names = fresh("import streams2; print(*dir(streams2))").split()
    assert {*LATER, "Readable", "__version__"} <= set(names)
    everything = fresh("from streams2 import *; print(fs.__name__, Readable.__name__)")
    assert everything == "streams2.fs Readable"


@pytest.mark.host
def test_a_module_to_come_is_told_by_nodes_name():
    program = "import streams2\ntry: streams2.stringDecoder\nexcept AttributeError as e: print(e)"
    assert fresh(program).endswith("Its name here is 'string_decoder'")


@pytest.mark.parametrize("side", ["_readable_state", "_writable_state"])
@pytest.mark.parametrize(
    "name", ["highWaterMark", "objectMode", "errorEmitted", "closeEmitted", "autoDestroy"]
)
def test_the_states_know_nodes_names_of_their_fields(side, name):
    state = getattr(PassThrough(), side)
    ours = re.sub("[A-Z]", lambda hump: "_" + hump.group().lower(), name)
    with pytest.raises(AttributeError, match=f"attribute '{name}'. Its name here is '{ours}'"):
        getattr(state, name)
    getattr(state, ours)


@pytest.mark.parametrize(
    "make", [Transform, PassThrough, lambda **given: Readable.from_([], **given)]
)
@pytest.mark.parametrize("name", ["objectmode", "ObjectMode", "objectMode", "object_Mode"])
def test_an_option_is_told_its_name_however_it_is_written(make, name):
    with pytest.raises(TypeError, match="Its name here is 'object_mode'"):
        make(**{name: True})


def test_an_option_that_nobody_knows_is_refused_by_the_class_that_was_called():
    with pytest.raises(TypeError, match=r"^Transform(\.__init__)?\(\) got an unexpected.*'colour'"):
        Transform(colour="red")
    with pytest.raises(TypeError, match=r"^Readable(\.__init__)?\(\) got an unexpected.*'colour'"):
        Readable.from_([], colour="red")


def test_what_is_no_stream_says_what_it_is_too():
    def main():
        timer = timers.set_timeout(print, 5)
        said.append(repr(timer))
        timers.clear_timeout(timer.unref())
        said.append(repr(timer))
        said.append(repr(immediate := timers.set_immediate(lambda: said.append(repr(immediate)))))
        said.append(repr(AbortController()))
        sinks = [Writable(object_mode=True, write=lambda *given: given[-1]()) for _ in range(2)]
        said.append(repr(broadcast(Readable.from_([1]), *sinks)))

    said = []
    run(main)
    assert said == [
        "<Timeout of 5 ms: waits>",
        "<Timeout of 5 ms: cleared, holds no run>",
        "<Immediate: waits>",
        "<AbortController of <AbortSignal>>",
        said[4],
        "<Immediate: done>",
    ]
    assert re.match(r"<Broadcast slow='wait': <Readable open: .*> to 2 sinks>", said[4])


@pytest.mark.host
def test_a_server_and_a_socket_that_connects_say_so():
    def main():
        server = net.create_server()
        said.append(repr(server))

        def listening():
            said.append(repr(server))
            socket = net.connect(server.address()["port"], "127.0.0.1")
            said.append(repr(socket))
            socket.destroy()
            server.close()

        server.listen(0, "127.0.0.1", callback=listening)

    said = []
    run(main)
    assert said[0] == "<Server not listening, 0 connections>"
    assert re.fullmatch(r"<Server listening at 127.0.0.1:\d+, 0 connections>", said[1])
    assert said[2].startswith("<Socket connecting: ")
