"""The tables of docs/porting.md that are made of what there is.

``python -m tests.porting_tables`` writes them anew, with what Node says; it wants $STREAMS2_NODE.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import streams2
from streams2.errors import StreamsError
from streams2.events.listening import CALLED_WITH, GIVES
from streams2.events.naming import snake_case

PAGE = Path(__file__).parent.parent / "docs" / "porting.md"
PROBE = Path(__file__).with_name("porting_probe.js")
NONE = "–"  # noqa: RUF001

KINDS = {"Readable": "R", "Writable": "W", "Duplex": "D", "Transform": "T"}

OPTIONS = {
    "highWaterMark": "how much is buffered before it waits: bytes, or objects",
    "readableHighWaterMark": "the same, of one side",
    "writableHighWaterMark": "the same, of the other",
    "objectMode": "chunks are objects",
    "readableObjectMode": "the same, of one side",
    "writableObjectMode": "the same, of the other",
    "encoding": "bytes are read as text",
    "defaultEncoding": "of text that comes without one",
    "decodeStrings": "text is made bytes before `_write` gets it",
    "allowHalfOpen": "one side may go on when the other has ended",
    "readable": "there is such a side",
    "writable": "there is such a side",
    "emitClose": "`'close'` is emitted",
    "autoDestroy": "the stream is destroyed when it is over",
    "signal": "an `AbortSignal` that destroys it",
    "captureRejections": "a coroutine that a listener returns and that fails is an `'error'`",
    "read": "`_read(self, size)`",
    "write": "`_write(self, chunk, encoding, callback)`",
    "writev": "`_writev(self, chunks, callback)`",
    "final": "`_final(self, callback)`",
    "transform": "`_transform(self, chunk, encoding, callback)`",
    "flush": "`_flush(self, callback)`",
    "construct": "`_construct(self, callback)`",
    "destroy": "`_destroy(self, error, callback)`",
}

# Names that are not the mechanical ones, with what they look like in a program.
IRREGULAR = {
    "Readable.from(x)": "Readable.from_(x)",
    "Duplex.from(x)": "Duplex.from_(x)",
    "Buffer.from(x)": "buffer.from_(x)",
    "buf.readBigUInt64LE(0)": "buffer.read_uint64_le(buf, 0)",
    "buf.readBigInt64BE(0)": "buffer.read_int64_be(buf, 0)",
    "buf.writeBigUInt64BE(n)": "buffer.write_uint64_be(buf, n)",
    "buf.writeBigInt64LE(n)": "buffer.write_int64_le(buf, n)",
    "child_process.exec(c, f)": "child_process.exec_(c, f)",
    "crypto.hash(a, x)": "crypto.hash_(a, x)",
    "scheduler.yield()": "scheduler.yield_()",
    "iter.bytes(x)": "iter.bytes_(x)",
    "SyncShare.fromSync(x)": "iter.SyncShare.from_sync(x)",
    "[iter.toStreamable]() {}": "def to_streamable(self); iter.ToStreamable",
    "[iter.toAsyncStreamable]() {}": "def to_async_streamable(self); iter.ToAsyncStreamable",
    "[iter.broadcastProtocol](o) {}": "def broadcast_protocol(self, o); iter.BroadcastProtocol",
    "[iter.shareProtocol](o) {}": "def share_protocol(self, o); iter.ShareProtocol",
    "[iter.shareSyncProtocol](o) {}": "def share_sync_protocol(self, o); iter.ShareSyncProtocol",
    "[iter.drainableProtocol]() {}": "def drainable_protocol(self); iter.DrainableProtocol",
    "http.maxHeaderSize": "http.MAX_HEADER_SIZE",
    "for await (const x of stream)": "async for x in stream",
    "await using s = stream": "async with stream",
    "using timer = setTimeout(f, 1)": "with timer",
    "+timer": "int(timer)",
    "[Symbol.for('nodejs.rejection')](error) {}": "def __rejection__(self, error, event, *args)",
    "events.captureRejectionSymbol": "__rejection__",
    "process.nextTick(f)": "next_tick(f)",
    "process.stdin": "stdio.stdin()",
    "process.stdout": "stdio.stdout()",
    "process.stderr": "stdio.stderr()",
}

# What JavaScript gives, where that is not what a listener gets here.
NODE_GIVES = {
    "unpipe": "source, info",
    "end": "",
    "error": "err",
    "exit": "code, signal",
    "events.errorMonitor": "err",
    "lookup": "err, address, family, host",
    "open": "fd",
}

INSTEAD = {
    "bufferIndex": "`len(stream.readable_buffer)` is what is there",
    "awaitDrainWriters": "the state of each pipe: `pipe(source, dest).state`",
    "multiAwaitDrain": "the state of each pipe: `pipe(source, dest).state`",
    "pipesCount": "`len(state.pipes)`",
    "onwrite": "the callback of `_write`",
    "writelen": "`state.length` has it",
    "bufferedIndex": "`len(stream.writable_buffer)` is what waits",
    "finalCalled": "`state.demand.state`",
    "allBuffers": "private to Node",
    "allNoop": "private to Node",
    "writable": "`stream.writable`",
    "writecb": "private to Node",
    "afterWriteTickInfo": "private to Node",
    "buffered": "`stream.writable_buffer`",
    "getBuffer": "`stream.writable_buffer`",
    "bufferedRequestCount": "`len(stream.writable_buffer)`",
}


def found_in_node(node: str) -> Any:
    """What the probe finds: options, state fields, what events give, the kinds of errors."""
    command = [node, "--no-warnings", "--expose-internals", str(PROBE)]
    codes = json.dumps(sorted(error_classes()))
    done = subprocess.run(command, input=codes, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


# -- what there is --------------------------------------------------------------------------------


def options_of(kind: str) -> dict[str, object]:
    """The options of a kind of stream, with their defaults."""
    found: dict[str, object] = {}
    for cls in inspect.getmro(getattr(streams2, kind)):
        if cls.__name__ in KINDS:
            for name, parameter in inspect.signature(cls.__init__).parameters.items():
                if name != "self" and parameter.kind is not parameter.VAR_KEYWORD:
                    found.setdefault(name, parameter.default)
        if cls.__name__ == kind and kind != "Transform":
            break
    return found


def error_classes() -> dict[str, type[StreamsError]]:
    """The class of each code of Node's, or of a kind that Node has."""
    for module in ("channel", "crypto", "http", "zlib"):
        importlib.import_module(
            f"streams2.{module}.errors" if module != "channel" else "streams2.channel"
        )
    found: dict[str, type[StreamsError]] = {}
    todo: list[type[StreamsError]] = [StreamsError]
    while todo:
        cls = todo.pop()
        todo += cls.__subclasses__()
        code = vars(cls).get("code")
        ported = cls.__module__.startswith("streams2.") and "brokers" not in cls.__module__
        if isinstance(code, str) and ported:
            found[code] = cls
    return found


def kind_of(cls: type[StreamsError]) -> str:
    """What an error is besides one of ours."""
    bases = [base for base in cls.__mro__ if not issubclass(base, StreamsError)]
    return bases[0].__name__


# -- as tables ------------------------------------------------------------------------------------


def names(_: Any) -> Iterator[str]:
    """What api-map.md has that snake_case does not tell."""
    yield "| Node | Here |"
    yield "|---|---|"
    for node, ours in IRREGULAR.items():
        yield f"| `{node}` | `{ours}` |"


def options(_: Any) -> Iterator[str]:
    yield "| Node | Here | Of | If not given |  |"
    yield "|---|---|---|---|---|"
    of = {kind: options_of(kind) for kind in KINDS}
    for name, what in OPTIONS.items():
        ours = snake_case(name)
        kinds = [kind for kind in KINDS if ours in of[kind]]
        default = of[kinds[0]][ours]
        given = f"`{default!r}`" if default is not None else ""
        given = "64 KiB, 16 objects" if name == "highWaterMark" else given
        letters = " ".join(KINDS[kind] for kind in kinds)
        yield f"| `{name}` | `{ours}` | {letters} | {given} | {what} |"


def events(_: Any) -> Iterator[str]:
    yield "| Event | Node | Here |"
    yield "|---|---|---|"
    for event, gives in GIVES.items():
        camel = ", ".join(_camel(name) for name in gives)
        ours = ", ".join(name.partition(" ")[0] for name in gives)
        call = f"lambda {ours}: ..." if ours else "lambda: ..."
        yield f"| `{event}` | `({NODE_GIVES.get(event, camel)}) => ...` | `{call}` |"


def callbacks(_: Any) -> Iterator[str]:
    yield "| Callback, method | Is called with |"
    yield "|---|---|"
    for name, gives in CALLED_WITH.items():
        label = name.replace("the callback of ", "")
        what = f"the callback of `{label}`" if label != name else f"`{name}(self, ...)`"
        yield f"| {what} | {' '.join(f'`{one}`' for one in gives)} |"


def errors(node: Any) -> Iterator[str]:
    yield "| Code | In Node | Here | Which is also a |"
    yield "|---|---|---|---|"
    for code, cls in sorted(error_classes().items()):
        kind = node["errors"].get(code)
        where = cls.__module__.replace(".errors", "").replace("._errors", "")
        name = cls.__name__ if where == "streams2" else f"{where.split('.')[1]}: {cls.__name__}"
        yield f"| `{code}` | {f'`{kind}`' if kind else NONE} | `{name}` | `{kind_of(cls)}` |"


def state(node: Any) -> Iterator[str]:
    sides = {
        "_readableState": streams2.Readable()._readable_state,
        "_writableState": streams2.Writable()._writable_state,
    }
    yield "| Node | Here | Or else |"
    yield "|---|---|---|"
    for side, ours in sides.items():
        for name in node["state"][side]:
            there = hasattr(ours, snake_case(name))
            path = f"`{snake_case(side)}.{snake_case(name)}`" if there else NONE
            yield f"| `{side}.{name}` | {path} | {'' if there else INSTEAD[name]} |"


def _camel(name: str) -> str:
    head, *humps = name.partition(" ")[0].split("_")
    return head + "".join(hump.capitalize() for hump in humps)


TABLES: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "names": names,
    "options": options,
    "events": events,
    "callbacks": callbacks,
    "errors": errors,
    "state": state,
}


def table_in(text: str, name: str) -> list[str]:
    """The lines of a table as it stands in the page."""
    match = re.search(rf"<!-- table: {name} -->\n(.*?)<!-- /table -->", text, re.S)
    assert match, name
    return match[1].strip().splitlines()


def with_tables(text: str, node: Any) -> str:
    """The page, with its tables made anew."""
    for name, make in TABLES.items():
        table = "\n".join(make(node))
        text = re.sub(
            rf"(<!-- table: {name} -->\n).*?(<!-- /table -->)",
            lambda match, table=table: f"{match[1]}\n{table}\n\n{match[2]}",
            text,
            flags=re.S,
        )
    return text


def main() -> None:
    """Write the tables anew."""
    from . import oracles

    node = found_in_node(oracles._node())
    PAGE.write_text(with_tables(PAGE.read_text("utf-8"), node), "utf-8")


if __name__ == "__main__":
    main()
