"""A stream is a face: whoever subclasses it may call his own things what he likes."""

from __future__ import annotations

import ast
import functools
import sys
from pathlib import Path
from typing import Any, Callable

import pyee
import pytest

import streams2
from streams2 import (
    Duplex,
    EventEmitter,
    PassThrough,
    Readable,
    Stream,
    Transform,
    Writable,
    child_process,
    crypto,
    duplex_pair,
    fs,
    http,
    net,
    promises,
    readline,
    run,
    stdio,
    timers,
    tls,
    zlib,
)

PACKAGE = Path(streams2.__file__).parent


def private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


#: What Node's implementers define; what a stream has of ours.
IMPLEMENTERS = {
    *("_read", "_write", "_writev", "_final", "_construct", "_destroy", "_transform", "_flush"),
}
OURS = {"_readable_state", "_writable_state", "_life"}
PYEES = {name for name in {*vars(pyee.EventEmitter), *vars(pyee.EventEmitter())} if private(name)}
TYPINGS = {"_is_protocol", "_abc_impl"}
#: What Node itself calls so: what a server listens with.
NODES = {"_handle"}
ALLOWED = IMPLEMENTERS | OURS | PYEES | TYPINGS

FACES = [
    *(Stream, EventEmitter, Readable, Writable, Duplex, Transform, PassThrough),
    *(fs.ReadStream, fs.WriteStream, stdio.StandardInput, stdio.StandardOutput),
    *(net.Socket, net.Server, tls.TLSSocket, tls.Server),
    *(zlib.Gzip, zlib.Gunzip, zlib.Unzip, zlib.Deflate, zlib.Inflate, zlib.DeflateRaw),
    *(zlib.InflateRaw, zlib.BrotliCompress, zlib.BrotliDecompress, zlib.ZstdCompress),
    *(zlib.ZstdDecompress, crypto.Hash, crypto.Hmac, crypto.Cipheriv, crypto.Decipheriv),
    *(http.IncomingMessage, http.ClientRequest, http.ServerResponse, http.OutgoingMessage),
    *(http.Server, child_process.ChildProcess, readline.Interface),
    *(readline.promises.Interface, fs.promises.FileHandle),
]


@functools.cache
def private_names() -> list[str]:
    """Every name that begins with one underscore, wherever the package uses it."""
    names: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names.add(node.name)
            elif isinstance(node, ast.arg):
                names.add(node.arg)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                # Of a table's actions, of __slots__, of getattr.
                names.add(node.value)
    wanted = {name for name in names if private(name) and name.isidentifier()} - ALLOWED
    # What the sides call their things: the face must not have them under the same name either.
    return sorted(wanted | {f"_{name}" for name in names if name.isidentifier() and name[0] != "_"})


def collide(kind: type, value: Callable[[str], Any]) -> Any:
    """A subclass that has every one of those names for itself."""
    return type(f"My{kind.__name__}", (kind,), {name: value(name) for name in mine()})


def mine() -> list[str]:
    return [name for name in private_names() if name not in ALLOWED]


def an_attribute(name: str) -> object:
    return f"my own {name}"


def a_method(name: str) -> Callable[..., Any]:
    def method(*args: Any, **named: Any) -> Any:
        raise AssertionError(f"{name} is not the package's to call")

    return method


class Words:
    """What becomes of three words that go through a stream, and the events on the way."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.chunks: list[Any] = []

    def follow(self, stream: Any) -> Any:
        for event in ("resume", "end", "finish", "prefinish", "close"):
            stream.on(event, lambda event=event: self.events.append(event))
        return stream


def words_through(kinds: dict[str, Any]) -> Words:
    """What becomes of three words in a pipeline of these kinds of streams."""
    words, left = Words(), [b"one", b"two", b"three", None]

    async def main() -> None:
        source = kinds["readable"](read=lambda self, size: self.push(left.pop(0)))
        stage = kinds["transform"](
            transform=lambda self, chunk, encoding, done: done(None, chunk.upper()),
            flush=lambda self, done: done(None, b"!"),
            construct=lambda self, done: done(),
        )
        sink = kinds["writable"](
            write=lambda self, chunk, encoding, done: (words.chunks.append(chunk), done()),
            final=lambda self, done: done(),
            high_water_mark=1,
        )
        for stream in (source, stage, sink):
            words.follow(stream)
        stage.cork()
        stage.uncork()
        stage.set_default_encoding("utf8")
        stage.pause()
        await promises.pipeline(source, stage, sink)

    run(main)
    return words


PLAIN = {"readable": Readable, "transform": Transform, "writable": Writable}


@pytest.mark.parametrize("value", [an_attribute, a_method])
def test_a_subclass_may_have_every_name_that_the_package_uses_privately(value: Any) -> None:
    plain = words_through(PLAIN)
    own = words_through({name: collide(kind, value) for name, kind in PLAIN.items()})
    assert own.chunks == plain.chunks == [b"ONE", b"TWO", b"THREE", b"!"]
    assert own.events == plain.events


@pytest.mark.host
@pytest.mark.parametrize("value", [an_attribute, a_method])
def test_so_may_an_instance_and_each_other_kind(value: Any, tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(b"one two")

    async def main() -> Any:
        source = collide(fs.ReadStream, value)(str(path))
        stage = PassThrough()
        sink = collide(fs.WriteStream, value)(str(tmp_path / "copy.txt"))
        for name in mine():
            setattr(stage, name, value(name))
        await promises.pipeline(source, stage, sink)
        left, right = duplex_pair()
        for end in (left, right):
            for name in mine():
                setattr(end, name, value(name))
        echo = collide(Duplex, value)(read=lambda self, size: self.push(None))
        left.end(b"there")
        echo.resume()
        echo.end()
        return [chunk async for chunk in right]

    assert run(main) == [b"there"]
    assert (tmp_path / "copy.txt").read_bytes() == b"one two"


@pytest.mark.parametrize("value", [an_attribute, a_method])
def test_so_may_an_emitter(value: Any) -> None:
    emitter = collide(EventEmitter, value)()
    heard: list[Any] = []
    emitter.on("word", heard.append)
    emitter.once("word", heard.append)
    emitter.prepend_listener("word", lambda word: heard.append(word.upper()))
    assert emitter.emit("word", "a")
    assert heard == ["A", "a", "a"]
    emitter.remove_all_listeners()
    assert not emitter.emit("word", "b")


def test_what_a_port_called_errored_is_its_own() -> None:
    class Shout(Transform[bytes, bytes]):
        def __init__(self) -> None:
            super().__init__()
            self._errored = self._closed = False

        def _transform(self, chunk: Any, encoding: Any, callback: Any) -> None:
            callback(None, chunk.upper())

    async def main() -> list[bytes]:
        shout = Shout()
        shout.end(b"hello")
        return [chunk async for chunk in shout]

    assert run(main) == [b"HELLO"]


# -- what a stream carries -------------------------------------------------------------------------


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
def test_a_class_has_no_private_name_of_ours(face: type) -> None:
    named = {name for cls in face.__mro__ for name in vars(cls) if private(name)}
    assert named <= ALLOWED


#: All that an instance of each class carries; what its options and Node's properties add is public.
CARRIES = {
    Readable: {"_events", "_life", "_readable_state"},
    Writable: {"_events", "_life", "_writable_state"},
    Duplex: {"_events", "_life", "_readable_state", "_writable_state", "allow_half_open"},
    Transform: {"_events", "_life", "_readable_state", "_writable_state", "allow_half_open"},
    PassThrough: {"_events", "_life", "_readable_state", "_writable_state", "allow_half_open"},
    EventEmitter: {"_events"},
}


@pytest.mark.parametrize("face", CARRIES, ids=lambda face: face.__name__)
def test_an_instance_carries_these_names_and_no_others(face: type) -> None:
    assert set(vars(face())) == CARRIES[face]


@pytest.mark.host
def test_a_file_carries_nothing_private_besides(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")

    async def main() -> list[set[str]]:
        streams = [
            fs.create_read_stream(tmp_path / "a"),
            fs.create_write_stream(tmp_path / "b"),
            stdio.stdout(),
            *duplex_pair(),
        ]
        for stream in streams[:2]:
            stream.on("ready", stream.destroy)
        return [{name for name in vars(stream) if private(name)} for stream in streams]

    for carried in run(main):
        assert carried <= {"_events", *OURS, *IMPLEMENTERS}


def made(kind: str, base: Any, *args: Any, **options: Any) -> Any:
    """A stream of a room, of a subclass that has every private name for itself."""
    value = {"attribute": an_attribute, "method": a_method}[kind]
    return collide(base, value)(*args, **options)


@pytest.mark.parametrize("kind", ["attribute", "method"])
def test_so_may_one_that_compresses_or_hashes(kind: str) -> None:
    async def main() -> Any:
        pack, unpack = made(kind, zlib.Gzip, level=1), made(kind, zlib.Gunzip)
        pack.write(b"some ")
        pack.flush()
        pack.params(9, 0)
        pack.pipe(unpack)
        pack.end(b"words")
        words = b"".join([chunk async for chunk in unpack])
        digest: Any = crypto.create_hash("sha256")
        for name in mine():
            setattr(digest, name, {"attribute": an_attribute, "method": a_method}[kind](name))
        digest.end(words)
        return words, b"".join([chunk async for chunk in digest])

    words, digest = run(main)
    assert words == b"some words"
    assert digest == crypto.create_hash("sha256").update("some words").digest()


def carried(thing: Any) -> set[str]:
    # What a class has under a mangled name is its own, whatever a subclass has.
    own = {f"_{cls.__name__}__" for cls in type(thing).__mro__}
    names = {name for name in vars(thing) if private(name)}
    return {name for name in names if not name.startswith(tuple(own))}


def test_what_compresses_and_hashes_carries_nothing_private_besides() -> None:
    things = [zlib.create_gzip(), zlib.create_unzip(), zlib.create_deflate_raw()]
    for thing in [*things, crypto.create_hash("sha256"), crypto.create_hmac("sha256", b"key")]:
        assert carried(thing) <= {"_events", *OURS, *IMPLEMENTERS}, thing


@pytest.mark.host
def test_nor_does_what_has_a_peer() -> None:
    seen: dict[str, set[str]] = {}

    async def main() -> None:
        def look(*things: Any) -> None:
            seen.update({type(thing).__name__: carried(thing) for thing in things})

        def answer(request: Any, response: Any) -> None:
            look(request, response, request.socket)
            response.end(b"hello")

        server = http.create_server(answer)
        server.listen(0, "127.0.0.1")
        await streams2.once(server, "listening")
        asked = http.get(port=server.address()["port"], host="127.0.0.1", agent=False)
        (response,) = await streams2.once(asked, "response")
        look(server, asked, response)
        assert b"".join([chunk async for chunk in response]) == b"hello"
        server.close()
        child = child_process.spawn(sys.executable, ["-c", ""])
        look(child, child.stdin, child.stdout)
        await streams2.once(child, "close")
        source = PassThrough()
        lines = readline.create_interface(input=source)
        look(lines)
        lines.close()
        timer = timers.set_timeout(lambda: None, 1)
        timer.close()

    run(main)
    for kind, names in seen.items():
        assert names <= {"_events", *OURS, *IMPLEMENTERS, *NODES}, kind
    assert len(seen) >= 8


def test_a_star_hides_none_of_pythons_own_names() -> None:
    import builtins

    assert not set(streams2.__all__) & set(vars(builtins))
