"""Runs programs on `streams2.iter`; `runner.mjs` does the same on Node."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from typing import Any, Callable

from streams2 import iter as streams
from streams2.errors import AbortError, StreamsError
from streams2.events.abort import AbortController

from ..core_async.idle_loop import IdleLoop
from .transforms import made

Operation = list[Any]


class FailedError(Exception):
    """A program's own error."""


def chunk(spec: list[Any]) -> bytes:
    letter, length = spec
    return letter.encode() * length


def value(given: object) -> object:
    if isinstance(given, bytes):
        return [chr(given[0]) if given else "", len(given)]
    if isinstance(given, (list, tuple)):
        return [value(part) for part in given]
    return given


def failure(error: BaseException) -> list[object]:
    if isinstance(error, AbortError):
        return ["error", "abort"]
    if isinstance(error, StreamsError):
        return ["error", error.code]
    return ["error", str(error)]


def item(spec: list[Any]) -> object:
    """A value that a source gives."""
    kind, given = spec
    if kind == "chunk":
        return chunk(given)
    if kind == "text":
        return given[0] * given[1]
    if kind == "batch":
        return [chunk(part) for part in given]
    if kind == "nested":
        return [item(part) for part in given]
    if kind == "streamable":
        return Streamable(item(given))
    return 5


class Streamable:
    def __init__(self, given: object) -> None:
        self.given = given

    def to_streamable(self) -> object:
        return self.given


class AsyncStreamable:
    def __init__(self, given: object) -> None:
        self.given = given

    async def to_async_streamable(self) -> object:
        return self.given


SNAKES = {"writeSync": "write_sync", "writevSync": "writev_sync", "endSync": "end_sync"}


def _first_done(given: object) -> object:
    return "done" if given == ["done"] else value(given)


class Sink:
    """A writer of the user's own, with some of the methods."""

    def __init__(self, run: Run, name: str, has: list[str], fail_at: int | None) -> None:
        self.run, self.name, self.fail_at, self.calls = run, name, fail_at, 0
        for method in has:
            setattr(self, SNAKES.get(method, method), getattr(self, f"do_{method}"))

    def say(self, what: str, *rest: object) -> None:
        self.run.say(self.name, 0, [what, *map(value, rest)])
        self.calls += 1
        if self.calls - 1 == self.fail_at:
            raise FailedError("sink")

    async def do_write(self, c: bytes, *, signal: object = None) -> None:
        self.say("write", c)

    async def do_writev(self, cs: list[bytes], *, signal: object = None) -> None:
        self.say("writev", cs)

    def do_writeSync(self, c: bytes) -> bool:  # noqa: N802
        self.say("writeSync", c)
        return self.calls % 3 != 0

    def do_writevSync(self, cs: list[bytes]) -> bool:  # noqa: N802
        self.say("writevSync", cs)
        return self.calls % 2 != 0

    async def do_end(self, *, signal: object = None) -> int:
        self.say("end")
        return 7

    def do_endSync(self) -> int:  # noqa: N802
        self.say("endSync")
        return -1 if self.calls % 2 else 9

    def do_fail(self, error: BaseException) -> None:
        self.run.say(self.name, 0, ["fail", failure(error)])


class Things(dict):  # type: ignore[type-arg]
    """What a program has made, by name."""

    def __missing__(self, name: str) -> object:
        raise FailedError("missing")


class Run:
    """One program on its way."""

    def __init__(self, loop: IdleLoop) -> None:
        self.loop = loop
        self.step = self.number = 0
        self.parties: dict[str, list[Any]] = {}
        self.things: dict[str, Any] = Things()
        self.busy: dict[str, int] = {}
        self.kept: list[object] = []

    def say(self, party: str, number: int, outcome: list[Any]) -> None:
        self.parties.setdefault(party, []).append([self.step, number, outcome])

    def answer(
        self, party: str, call: Callable[[], Any], done: Callable[[Any], object] = value
    ) -> asyncio.Future[None] | None:
        number = self.number
        try:
            result = call()
        except Exception as error:
            self.say(party, number, failure(error))
            return None
        if not inspect.isawaitable(result):
            self.say(party, number, ["ok", done(result)])
            return None
        return asyncio.ensure_future(self.awaited(result, party, number, done), loop=self.loop)

    async def awaited(
        self, coming: Any, party: str, number: int, done: Callable[[Any], object]
    ) -> None:
        try:
            outcome = ["ok", done(await coming)]
        except StopAsyncIteration:
            outcome = ["ok", "done"]
        except Exception as error:
            outcome = failure(error)
        self.say(party, number, outcome)

    def options(self, given: dict[str, Any]) -> dict[str, Any]:
        names = {"preventClose": "prevent_close", "preventFail": "prevent_fail"}
        options = {names.get(name, name): option for name, option in given.items()}
        if "signal" in options:
            options["signal"] = self.control(options["signal"]).signal
        return options

    def control(self, name: str) -> AbortController:
        control: AbortController = self.things.setdefault(name, AbortController())
        return control

    # -- operations: each is called as its verb ----------------------------------------------------

    def source(self, name: str, kind: str, values: list[Any], fail_at: int | None = None) -> None:
        gates: list[asyncio.Future[None]] = []
        self.things[f"gate {name}"] = gates

        def closed() -> None:
            self.say(name, -1, ["ok", "closed"])

        def generator() -> Any:
            try:
                for i, spec in enumerate(values):
                    if i == fail_at:
                        raise FailedError("source")
                    yield item(spec)
                if fail_at == len(values):
                    raise FailedError("source")
            finally:
                closed()

        async def async_generator() -> Any:
            try:
                for i, spec in enumerate(values):
                    if kind == "gated":
                        gate = self.loop.create_future()
                        gates.append(gate)
                        await gate
                    if i == fail_at:
                        raise FailedError("source")
                    yield item(spec)
                if fail_at == len(values):
                    raise FailedError("source")
            finally:
                closed()

        makers: dict[str, Callable[[], object]] = {
            "list": lambda: [item(spec) for spec in values],
            "text": lambda: item(["text", values]),
            "streamable": lambda: Streamable([item(spec) for spec in values]),
            "asyncStreamable": lambda: AsyncStreamable([item(spec) for spec in values]),
            "gen": generator,
        }
        self.things[name] = makers.get(kind, async_generator)()

    def sink(self, name: str, has: list[str], fail_at: int | None = None) -> None:
        self.things[name] = Sink(self, name, has, fail_at)

    def push(self, writer: str, readable: str, options: dict[str, Any], names: list[str]) -> None:
        pushed = streams.push(*made(self, names), **self.options(options))
        self.things[writer], self.things[readable] = pushed

    def make(self, name: str, maker: Callable[[], object]) -> None:
        def make() -> str:
            self.things[name] = maker()
            return "made"

        self.answer(name, make)

    def from_(self, name: str, of: str) -> None:
        self.make(name, lambda: streams.from_(self.things[of]))

    def pull(self, name: str, of: str, names: list[str], options: dict[str, Any]) -> None:
        self.make(
            name,
            lambda: streams.pull(self.things[of], *made(self, names), **self.options(options)),
        )

    def merge(self, name: str, froms: list[str], options: dict[str, Any]) -> None:
        self.make(
            name,
            lambda: streams.merge(*(self.things[of] for of in froms), **self.options(options)),
        )

    def broadcast(self, writer: str, name: str, options: dict[str, Any]) -> None:
        made_ = streams.broadcast(**self.options(options))
        self.things[writer], self.things[name] = made_

    def broadcastFrom(self, name: str, of: str, options: dict[str, Any]) -> None:  # noqa: N802
        self.make(
            name,
            lambda: streams.Broadcast.from_(self.things[of], **self.options(options)).broadcast,
        )

    def consumer(
        self, name: str, of: str, method: str, names: list[str], options: dict[str, Any]
    ) -> None:
        self.make(
            name,
            lambda: getattr(self.things[of], method)(*made(self, names), **self.options(options)),
        )

    def share(self, name: str, of: str, options: dict[str, Any]) -> None:
        self.make(name, lambda: streams.share(self.things[of], **self.options(options)))

    def cancel(self, name: str, message: str | None = None) -> None:
        reason = FailedError(message) if message else None
        self.answer(name, lambda: self.things[name].cancel(reason))

    def count(self, name: str) -> None:
        self.answer(name, lambda: self.things[name].consumer_count)

    def duplex(self, a: str, b: str, options: dict[str, Any]) -> None:
        for name, end in zip((a, b), streams.duplex(**self.options(options))):
            self.things[name] = end
            self.things[f"{name}.w"] = end.writer
            self.things[f"{name}.r"] = end.readable

    def close(self, name: str) -> None:
        self.answer(f"{name} close", lambda: self.things[name].close())

    def shareSync(self, name: str, of: str, options: dict[str, Any]) -> None:  # noqa: N802
        self.make(name, lambda: streams.share_sync(self.things[of], **options))

    def iterSync(self, name: str, of: str, names: list[str]) -> None:  # noqa: N802
        if of in self.things:
            self.things[name] = iter(self.things[of].pull(*made(self, names)))
            self.kept.append(self.things[name])

    def nextSync(self, name: str) -> None:  # noqa: N802
        if name in self.things:
            done: list[str] = ["done"]
            self.answer(name, lambda: next(self.things[name], done), _first_done)

    def returnSync(self, name: str) -> None:  # noqa: N802
        if name in self.things:
            self.answer(name, self.things[name].close, lambda _: "left")

    def iter(self, name: str, of: str) -> None:
        if of in self.things:
            self.things[name] = self.things[of].__aiter__()
            self.kept.append(self.things[name])  # One that is dropped closes what it reads.

    def next(self, name: str, many: bool = False) -> None:
        iterator = self.things.get(name)
        if iterator is None:
            return
        if self.busy.get(name) and not many:
            self.say(name, self.number, ["busy"])
            return
        self.busy[name] = self.busy.get(name, 0) + 1
        task = self.answer(name, iterator.__anext__)
        assert task is not None
        task.add_done_callback(lambda _: self.free(name))

    def free(self, name: str) -> None:
        self.busy[name] -= 1

    def return_(self, name: str, many: bool = False) -> None:
        iterator = self.things.get(name)
        if iterator is None:
            return
        if self.busy.get(name) and not many:
            self.say(name, self.number, ["busy"])
            return
        self.answer(name, iterator.aclose, lambda _: "left")

    def write(self, w: str, c: list[Any], options: dict[str, Any]) -> None:
        self.answer(f"{w} write", lambda: self.things[w].write(chunk(c), **self.options(options)))

    def writev(self, w: str, cs: list[Any], options: dict[str, Any]) -> None:
        self.answer(
            f"{w} write",
            lambda: self.things[w].writev([chunk(c) for c in cs], **self.options(options)),
        )

    def writeSync(self, w: str, c: list[Any]) -> None:  # noqa: N802
        self.answer(f"{w} sync", lambda: self.things[w].write_sync(chunk(c)))

    def writevSync(self, w: str, cs: list[Any]) -> None:  # noqa: N802
        self.answer(f"{w} sync", lambda: self.things[w].writev_sync([chunk(c) for c in cs]))

    def end(self, w: str, options: dict[str, Any]) -> None:
        self.answer(f"{w} end", lambda: self.things[w].end(**self.options(options)))

    def endSync(self, w: str) -> None:  # noqa: N802
        self.answer(f"{w} sync", lambda: self.things[w].end_sync())

    def fail(self, w: str, message: str) -> None:
        self.answer(f"{w} sync", lambda: self.things[w].fail(FailedError(message)))

    def canWrite(self, w: str) -> None:  # noqa: N802
        self.answer(f"{w} sync", lambda: self.things[w].can_write)

    def ondrain(self, w: str) -> None:
        self.answer(f"{w} drain", lambda: streams.ondrain(self.things[w]))

    def unlessOver(self, name: str, operation: Operation) -> None:  # noqa: N802
        told = self.parties.get(name, [])
        if not any(
            one[2] in (["ok", "done"], ["ok", "left"]) or one[2][0] == "error" for one in told
        ):
            verb, *rest = operation
            getattr(self, PYTHONS_WORDS.get(verb, verb))(*rest)

    def abort(self, name: str, message: str | None = None) -> None:
        self.control(name).abort(FailedError(message) if message else None)

    def release(self, name: str) -> None:
        gates = self.things.get(f"gate {name}")
        if gates:
            gate = gates.pop(0)
            if not gate.done():
                gate.set_result(None)

    def consume(self, kind: str, of: str, options: dict[str, Any]) -> None:
        function = {"bytes": streams.bytes_, "text": streams.text, "array": streams.array}[kind]
        self.answer(
            f"consume {self.number}",
            lambda: function(self.things[of], **self.options(options)),
        )

    def consumeSync(  # noqa: N802
        self, kind: str, of: str, names: list[str], options: dict[str, Any]
    ) -> None:
        function = getattr(streams, f"{kind}_sync")
        self.answer(
            f"consume {self.number}",
            lambda: function(streams.pull_sync(self.things[of], *made(self, names)), **options),
        )

    def batchesSync(self, of: str, names: list[str], most: int) -> None:  # noqa: N802
        def batches() -> list[object]:
            found: list[object] = []
            try:
                stream = iter(streams.pull_sync(self.things[of], *made(self, names)))
                for batch in stream:
                    found.append(value(batch))
                    if len(found) == most:
                        stream.close()
                        break
            except Exception as error:
                found.append(failure(error))
            return found

        self.answer(f"batches {self.number}", batches)

    def pipe(self, of: str, names: list[str], writer: str, options: dict[str, Any]) -> None:
        self.answer(
            f"pipe {self.number}",
            lambda: streams.pipe_to(
                self.things[of], *made(self, names), self.things[writer], **self.options(options)
            ),
        )

    def pipeSync(  # noqa: N802
        self, of: str, names: list[str], writer: str, options: dict[str, Any]
    ) -> None:
        self.answer(
            f"pipe {self.number}",
            lambda: streams.pipe_to_sync(
                self.things[of], *made(self, names), self.things[writer], **self.options(options)
            ),
        )


PYTHONS_WORDS = {"from": "from_", "return": "return_"}


async def perform(run: Run, operations: list[Operation]) -> None:
    for verb, *rest in operations:
        getattr(run, PYTHONS_WORDS.get(verb, verb))(*rest)
        run.number += 1


def run_program(program: list[Operation]) -> dict[str, Any]:
    """What each party of a program was told."""
    loop = IdleLoop()
    loop.set_exception_handler(lambda loop, context: None)
    try:
        run = Run(loop)
        for step, operation in enumerate(program):
            run.step = step
            loop.run(perform(run, operation[1] if operation[0] == "burst" else [operation]))
        parties = {name: list(told) for name, told in run.parties.items()}
        run.things.clear()
    finally:
        loop.cancel_all()
        with contextlib.suppress(Exception):
            loop.run(loop.shutdown_asyncgens())
        loop.close()
    return parties
