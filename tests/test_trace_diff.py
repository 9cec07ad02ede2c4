"""Two recordings are compared: of the same program here and in Node, and of one with a mistake."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import pytest

from streams2 import PassThrough, Readable, Transform, Writable, next_tick, pipeline, run
from streams2.command import main as command
from streams2.streams.writable import WriteRequest
from streams2.trace import Trace, difference, record
from streams2.trace.command import NODE_RECORDER
from streams2.trace.diagram import MACHINES

from . import oracles
from .conformance.draw import RandomDraw
from .conformance.generate import generate
from .conformance.language import Program
from .conformance.node import RUNNER, _language
from .conformance.runner import run as run_on_streams2
from .porting.cases import PAIRS, cases_of
from .porting.playing import node_command, play_both
from .support import BoomError

pytestmark = pytest.mark.once

Main = Callable[[], Any]


def recorded(main: Main) -> Trace:
    with record(code=[main]) as trace:
        try:
            run(main)
        except BoomError:
            pass
    return trace


def in_node(script: str, tmp_path: Path, *, words: str = "", recorder: bool = True) -> str:
    """What a program prints; what it does is recorded in node.json."""
    (tmp_path / "program.js").write_text(script)
    return print_of(tmp_path / "program.js", tmp_path, words, recorder)


def print_of(script: Path, tmp_path: Path, words: str, recorder: bool) -> str:
    requires = ["--require", str(NODE_RECORDER)] if recorder else []
    done = subprocess.run(
        [oracles.node(), "--no-warnings", *requires, str(script)],
        input=words,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "STREAMS2_TRACE": "node.json"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def report(found: Any) -> str:
    if not found:
        return ""
    because = found.first.because if found.first else ()
    only = [subject.name for subject in (*found.pairs.only_one, *found.pairs.only_other)]
    return "\n".join([*found.unlike, *because, *only]) or "?"


# -- the same program, here and in Node -----------------------------------------------------------


def slow(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
    next_tick(done)


def at_once(self: Any, chunk: Any, encoding: Any, done: Any) -> None:
    done()


def fan_out() -> None:
    source = Readable.from_(["a", "b", "c", "d"])
    fast = Writable(object_mode=True, high_water_mark=1, write=at_once)
    late = Writable(object_mode=True, high_water_mark=1, write=slow)
    source.pipe(fast)
    source.pipe(late)


FAN_OUT = """
const source = Readable.from(['a', 'b', 'c', 'd']);
const fast = new Writable({ objectMode: true, highWaterMark: 1, write: atOnce });
const late = new Writable({ objectMode: true, highWaterMark: 1, write: slow });
source.pipe(fast);
source.pipe(late);
"""


def transform_chain() -> None:
    source = Readable.from_([b"one ", b"two ", b"three"], object_mode=False)

    def shout(self: Any, chunk: bytes, encoding: str, done: Any) -> None:
        done(None, chunk.upper())

    class Counted(Transform[bytes, bytes]):
        def __init__(self) -> None:
            super().__init__(high_water_mark=4)
            self.count = 0

        def _transform(self, chunk: bytes, encoding: str, done: Any) -> None:
            self.count += 1
            self.push(chunk)
            next_tick(done)

        def _flush(self, done: Any) -> None:
            done(None, str(self.count))

    upper, counted = Transform(transform=shout), Counted()
    sink = Writable(high_water_mark=3, write=slow)
    source.pipe(upper).pipe(counted).pipe(sink)


TRANSFORM_CHAIN = """
const words = ['one ', 'two ', 'three'].map((word) => Buffer.from(word));
const source = Readable.from(words, { objectMode: false });
const shout = (chunk, encoding, done) => { done(null, chunk.toString().toUpperCase()); };
class Counted extends Transform {
  constructor() {
    super({ highWaterMark: 4 });
    this.count = 0;
  }
  _transform(chunk, encoding, done) {
    this.count++;
    this.push(chunk);
    process.nextTick(done);
  }
  _flush(done) { done(null, `${this.count}`); }
}
const upper = new Transform({ transform: shout });
const counted = new Counted();
const sink = new Writable({ highWaterMark: 3, write: slow });
source.pipe(upper).pipe(counted).pipe(sink);
"""


async def async_iteration() -> None:
    numbers = PassThrough(object_mode=True, high_water_mark=2)
    for number in range(4):
        numbers.write(number)
    numbers.end()
    async for _ in numbers:
        pass


ASYNC_ITERATION = """
(async () => {
  const numbers = new PassThrough({ objectMode: true, highWaterMark: 2 });
  for (let number = 0; number < 4; number++) numbers.write(number);
  numbers.end();
  for await (const _ of numbers);
})();
"""


def pipeline_with_an_error() -> None:
    source = Readable.from_([b"fine", b"bad", b"never"], object_mode=False)

    def check(self: Any, chunk: bytes, encoding: str, done: Any) -> None:
        if chunk == b"bad":
            done(BoomError("bad chunk"))
        else:
            done(None, chunk)

    checked = Transform(transform=check)
    sink = Writable(write=slow)
    pipeline(source, checked, sink, callback=lambda error, value=None: None)


PIPELINE_WITH_AN_ERROR = """
const words = ['fine', 'bad', 'never'].map((word) => Buffer.from(word));
const source = Readable.from(words, { objectMode: false });
const check = (chunk, encoding, done) => {
  if (chunk.toString() === 'bad') done(new Error('bad chunk'));
  else done(null, chunk);
};
const checked = new Transform({ transform: check });
const sink = new Writable({ write: slow });
pipeline(source, checked, sink, () => {});
"""


def cork_and_uncork() -> None:
    class Batches(Writable[bytes]):
        def _writev(self, chunks: Sequence[WriteRequest], done: Any) -> None:
            next_tick(done)

        def _final(self, done: Any) -> None:
            next_tick(done)

    batches = Batches(high_water_mark=10)
    batches.cork()
    for word in (b"one", b"two", b"three"):
        batches.write(word)
    batches.uncork()
    batches.write(b"four")
    batches.end(b"five")


CORK_AND_UNCORK = """
class Batches extends Writable {
  _writev(chunks, done) { process.nextTick(done); }
  _final(done) { process.nextTick(done); }
}
const batches = new Batches({ highWaterMark: 10 });
batches.cork();
for (const word of ['one', 'two', 'three']) batches.write(Buffer.from(word));
batches.uncork();
batches.write(Buffer.from('four'));
batches.end(Buffer.from('five'));
"""


def object_mode() -> None:
    rows: list[Any] = [
        {"id": 1, "name": "it's", "tags": ["a", 'b"c']},
        [1.5, True, None, "\n"],
        {"deep": {"er": []}},
        7,
        False,
    ]
    rows_of = Readable(object_mode=True, high_water_mark=2, read=lambda self, size: None)
    sink = Writable(object_mode=True, high_water_mark=2, write=slow)
    rows_of.pipe(sink)
    for row in rows:
        rows_of.push(row)
    rows_of.push(None)


OBJECT_MODE = """
const rows = [
  { id: 1, name: "it's", tags: ['a', 'b"c'] }, [1.5, true, null, '\\n'],
  { deep: { er: [] } }, 7, false,
];
const rowsOf = new Readable({ objectMode: true, highWaterMark: 2, read() {} });
const sink = new Writable({ objectMode: true, highWaterMark: 2, write: slow });
rowsOf.pipe(sink);
for (const row of rows) rowsOf.push(row);
rowsOf.push(null);
"""


def strings() -> None:
    text = Readable(encoding="utf8", read=lambda self, size: None)
    sink = Writable(decode_strings=False, high_water_mark=4, write=slow)
    text.on("data", sink.write)
    text.on("end", sink.end)
    text.push(b"caf\xc3")
    text.push(b"\xa9 \xe2\x82\xac")
    text.push("plain")
    text.push(None)


STRINGS = """
const text = new Readable({ encoding: 'utf8', read() {} });
const sink = new Writable({ decodeStrings: false, highWaterMark: 4, write: slow });
text.on('data', (chunk) => { sink.write(chunk); });
text.on('end', () => { sink.end(); });
text.push(Buffer.from([0x63, 0x61, 0x66, 0xc3]));
text.push(Buffer.from([0xa9, 0x20, 0xe2, 0x82, 0xac]));
text.push('plain');
text.push(null);
"""


def reading_by_hand() -> None:
    source = Readable(high_water_mark=5, read=lambda self, size: None)

    def take() -> None:
        while source.read(2) is not None:
            pass

    source.on("readable", take)
    source.push(b"abc")
    source.push(b"de")
    source.push(None)


READING_BY_HAND = """
const source = new Readable({ highWaterMark: 5, read() {} });
source.on('readable', () => { while (source.read(2) !== null); });
source.push(Buffer.from('abc'));
source.push(Buffer.from('de'));
source.push(null);
"""


def errors_with_codes() -> None:
    late, twice, lost = (
        Writable(write=at_once),
        Writable(write=slow),
        Readable(read=lambda *_: None),
    )
    for stream in (late, twice, lost):
        stream.on("error", lambda error: None)
    late.end()
    late.write(b"too late")
    twice.destroy(BoomError("mine"))
    twice.write(b"gone")
    lost.push(None)
    lost.push(b"after the end")


ERRORS_WITH_CODES = """
const late = new Writable({ write: atOnce });
const twice = new Writable({ write: slow });
const lost = new Readable({ read() {} });
for (const stream of [late, twice, lost]) stream.on('error', () => {});
late.end();
late.write(Buffer.from('too late'));
twice.destroy(new Error('mine'));
twice.write(Buffer.from('gone'));
lost.push(null);
lost.push(Buffer.from('after the end'));
"""

PRELUDE = """'use strict';
const { PassThrough, Readable, Transform, Writable, pipeline } = require('node:stream');
function slow(chunk, encoding, done) { process.nextTick(done); }
function atOnce(chunk, encoding, done) { done(); }
"""

TWINS: list[tuple[Main, str]] = [
    (fan_out, FAN_OUT),
    (transform_chain, TRANSFORM_CHAIN),
    (async_iteration, ASYNC_ITERATION),
    (pipeline_with_an_error, PIPELINE_WITH_AN_ERROR),
    (cork_and_uncork, CORK_AND_UNCORK),
    (object_mode, OBJECT_MODE),
    (strings, STRINGS),
    (reading_by_hand, READING_BY_HAND),
    (errors_with_codes, ERRORS_WITH_CODES),
]


@pytest.mark.live
@pytest.mark.once
@pytest.mark.parametrize(
    ("main", "script"), TWINS, ids=lambda value: getattr(value, "__name__", "")
)
def test_the_same_program_is_recorded_the_same(main: Main, script: str, tmp_path: Path) -> None:
    in_node(PRELUDE + script, tmp_path)
    nodes = Trace.from_json((tmp_path / "node.json").read_text())
    found = difference(nodes, recorded(main), names=("Node", "Python"))
    assert report(found) == ""
    assert len(found.one.all) > 10
    assert found.pairs.both
    assert all(pair.one.named for pair in found.pairs.both)


def random_programs(count: int) -> Iterator[Program]:
    yield from (generate(RandomDraw(f"recorded {number}")) for number in range(count))


@pytest.mark.live
@pytest.mark.once
def test_random_programs_do_the_same_while_they_are_recorded(tmp_path: Path) -> None:
    compared = 0
    for program in random_programs(12):
        words = f"{json.dumps(_language())}\n{json.dumps(program)}\n"
        plain = print_of(RUNNER, tmp_path, words, recorder=False)
        assert print_of(RUNNER, tmp_path, words, recorder=True) == plain, program
        with record(code=[]) as ours:
            lines = run_on_streams2(program)
        if lines == json.loads(plain)["trace"]:
            nodes = Trace.from_json((tmp_path / "node.json").read_text())
            assert report(difference(nodes, ours)) == "", program
            compared += 1
    assert compared > 8


NAMED = """
const { PassThrough, Readable } = require('node:stream');
const plain = new PassThrough();
let choice = process.argv.length > 5 ? process.stdin : Readable.from([1]);
const { awaited } = { awaited: new PassThrough() };
class Own extends PassThrough { constructor() { super(); this.on('x', () => {}); } }
const own = new Own();
const made = make();
function make() { return new PassThrough(); }
const arrow = () => new PassThrough();
const byArrow = arrow();
const holder = {};
holder.field = new PassThrough();
const length = [new PassThrough()].length; const second = new PassThrough();
const given = String(new PassThrough());
const all = [plain, choice, awaited, own, made, byArrow, holder.field, second];
for (const one of all) one.on('data', () => {});
for (const one of all.slice(2)) one.end('x');
"""


@pytest.mark.live
@pytest.mark.once
def test_streams_are_called_as_the_variables_that_they_are_assigned_to(tmp_path: Path) -> None:
    in_node(NAMED, tmp_path)
    trace = Trace.from_json((tmp_path / "node.json").read_text())
    named = [subject.name for subject in trace.subjects if subject.named]
    expected = ["choice", "awaited", "own", "made", "byArrow", "field", "second"]
    assert [name for name in named if name != "plain"] == expected


COPY_IN_NODE = """
const fs = require('node:fs');
const { Transform, pipeline } = require('node:stream');
class Upper extends Transform {
  _transform(chunk, encoding, callback) { callback(null, chunk.toString().toUpperCase()); }
}
const upper = new Upper();
const copy = fs.createWriteStream('out');
pipeline(fs.createReadStream(process.argv[2]), upper, copy, (err) => {
  console.log(err ? err.code : 'done');
});
"""

COPY_HERE = """
import sys
from streams2 import Transform, fs, pipeline, run

class Upper(Transform):
    def _transform(self, chunk, encoding, callback):
        callback(None, chunk.decode().upper())

def main():
    upper = Upper()
    copy = fs.create_write_stream("out")
    source = fs.create_read_stream(sys.argv[1])
    pipeline(source, upper, copy, callback=lambda error, value=None: told(error))

def told(error):
    print(error.code if error else "done")

run(main)
"""


@pytest.mark.live
@pytest.mark.once
@pytest.mark.host
@pytest.mark.parametrize(("name", "says"), [("in", "done\n"), ("missing", "ENOENT\n")])
def test_programs_with_files(name: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("some text\n" * 20_000)
    (tmp_path / "copying.js").write_text(COPY_IN_NODE)
    (tmp_path / "copying.py").write_text(COPY_HERE)
    node = [oracles.node(), "--require", str(NODE_RECORDER), "copying.js", name]
    python = [sys.executable, "-W", "error", "-m", "streams2.trace", "copying.py", name]
    for command_line, file in ((node, "node.json"), (python, "python.json")):
        done = subprocess.run(
            command_line,
            cwd=tmp_path,
            env={**os.environ, "STREAMS2_TRACE": file},
            capture_output=True,
            text=True,
            check=True,
        )
        assert (done.stdout, done.stderr) == (says, "")
    one, other = (
        Trace.from_json((tmp_path / file).read_text()) for file in ("node.json", "python.json")
    )
    found = difference(one, other, loose=True)
    assert report(found) == ""
    assert len(found.one.all) > 5
    # The pace of files is left out, whether asked for or not.
    loose = {pair.one.name for pair in difference(one, other).pairs.both if pair.loose}
    assert "copy" in loose
    assert "upper" not in loose


@pytest.mark.live
@pytest.mark.once
@pytest.mark.host
def test_neither_children_nor_threads_write_the_recording_anew(tmp_path: Path) -> None:
    printed = in_node(
        """
        const { fork } = require('node:child_process');
        const { Worker } = require('node:worker_threads');
        const { PassThrough } = require('node:stream');
        if (process.argv[2] === 'child') {
          new PassThrough().end('x');
        } else {
          const mine = new PassThrough();
          mine.end('x');
          const child = fork(__filename, ['child']);
          const thread = new Worker('require("stream").PassThrough().end("x")', { eval: true });
          const codes = [];
          const gone = (code) => { if (codes.push(code) === 2) console.log(...codes); };
          child.on('exit', gone);
          thread.on('exit', gone);
        }
        """,
        tmp_path,
    )
    assert printed == "0 0\n"
    trace = Trace.from_json((tmp_path / "node.json").read_text())
    assert "mine" in {subject.name for subject in trace.subjects}


@pytest.mark.live
@pytest.mark.once
@pytest.mark.parametrize(("end", "status"), [("process.exit(3)", 3), ("throw new Error('x')", 1)])
def test_a_recording_is_written_however_a_process_ends(
    end: str, status: int, tmp_path: Path
) -> None:
    (tmp_path / "program.mjs").write_text(
        f"import {{ PassThrough }} from 'node:stream';\n"
        f"const mine = new PassThrough();\nmine.write('x');\n{end};\n"
    )
    command_line = [oracles.node(), "--require", str(NODE_RECORDER), "program.mjs"]
    env = {name: value for name, value in os.environ.items() if name != "STREAMS2_TRACE"}
    done = subprocess.run(command_line, cwd=tmp_path, env=env, capture_output=True, check=False)
    assert done.returncode == status
    trace = Trace.from_json((tmp_path / "trace.json").read_text())
    assert [(event.owner, event.kind) for event in trace.events] == [
        *(("mine", "call"), ("mine", "call"), ("mine", "answer")),
        *(("mine", "written"), ("mine", "answer")),
    ]


@pytest.mark.host
@pytest.mark.parametrize(
    ("program", "status", "says"),
    [
        ("raise SystemExit(3)", 3, ""),
        ("raise ValueError('torn')", 1, "ValueError: torn"),
        ("import helper; print(__name__, sys.argv[1:], helper.x)", 0, ""),
    ],
)
def test_a_program_here_is_recorded_from_outside(
    program: str, status: int, says: str, tmp_path: Path
) -> None:
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "helper.py").write_text("x = 1\n")
    (folder / "program.py").write_text(
        "import sys\nfrom streams2 import PassThrough, run\n"
        "def main():\n    mine = PassThrough()\n    mine.write(b'a\\nb')\n    mine.end()\n"
        f"run(main)\n{program}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "streams2.trace", "programs/program.py", "an", "argument"],
        cwd=tmp_path,
        env={**os.environ, "STREAMS2_TRACE": "python.json"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert says in done.stderr
    assert done.stdout == ("__main__ ['an', 'argument'] 1\n" if status == 0 else "")
    trace = Trace.from_json((tmp_path / "python.json").read_text())
    assert "mine" in {subject.name for subject in trace.subjects}
    assert difference(trace, trace).one.all[0].says == r"mine.write(“a\nb”)"


@pytest.mark.host
def test_a_program_has_to_be_named() -> None:
    done = subprocess.run([sys.executable, "-m", "streams2.trace"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")


REAL = ["01-cat", "05-gzip-a-tree", "08-tcp-proxy", "26-encrypt-and-verify"]


@pytest.mark.live
@pytest.mark.once
@pytest.mark.host
@pytest.mark.parametrize("pair", [*REAL, "31-http-streaming-response"])
def test_real_programs_do_the_same_while_they_are_recorded(pair: str, tmp_path: Path) -> None:
    folder = PAIRS / pair
    case = cases_of(folder)[0]
    file = tmp_path / "node.json"
    watched = replace(case, env={**case.env, "STREAMS2_TRACE": str(file)})
    plain = node_command(oracles.node(), folder)
    commands = [plain, [plain[0], "--require", str(NODE_RECORDER), *plain[1:]]]
    found = asyncio.run(play_both(watched, commands, tmp_path, asyncio.Semaphore(2)))
    assert found == []
    assert len(Trace.from_json(file.read_text()).events) > 20


@pytest.mark.live
@pytest.mark.once
def test_a_recording_of_node_can_be_seen_as_any_other(tmp_path: Path) -> None:
    printed = in_node(
        f"""{PRELUDE}
        const sink = new Writable({{ highWaterMark: 2, write: slow }});
        Readable.from(['ab', 'cd']).pipe(sink);
        globalThis[Symbol.for('streams2.name')]?.(sink, 'ink');
        console.log('printed');
        """,
        tmp_path,
    )
    assert printed == "printed\n"
    trace = Trace.from_json((tmp_path / "node.json").read_text())
    assert "◀╌ False: 2 of 2 ╌" in trace.to_text()
    assert "ink" in {subject.name for subject in trace.subjects}
    # What console prints is no stream of the program's.
    assert "writable" not in {subject.name for subject in trace.subjects}
    assert trace.counters.bytes_written == 4
    calls = [event for event in trace.events if event.kind == "call" and event.file]
    assert not calls
    trace.to_html(str(tmp_path / "node.html"))


@pytest.mark.live
@pytest.mark.once
def test_what_fails_in_node_is_recorded(tmp_path: Path) -> None:
    in_node(
        f"""{PRELUDE}
        const sink = new Writable({{ write: slow }});
        process.on('uncaughtException', () => {{}});
        sink.write(null);
        """,
        tmp_path,
    )
    trace = Trace.from_json((tmp_path / "node.json").read_text())
    failed = [event for event in trace.events if event.kind == "error"]
    assert [event.value for event in failed] == [
        "TypeError [ERR_STREAM_NULL_VALUES]: May not write null values to stream"
    ]
    (call,) = [event for event in trace.events if event.kind == "call"]
    assert Path(call.file or "").name == "program.js"
    assert call.line == 8


@pytest.mark.once
def test_the_recorders_rows_are_the_machines() -> None:
    text = NODE_RECORDER.read_text(encoding="utf-8")
    tables = text[text.index("const MACHINES") : text.index("// --- chunks")]
    found: dict[str, set[tuple[str, ...]]] = {}
    for machine, rows in re.findall(r"^  (\w+): \[\n(.*?)^  \]", tables, re.M | re.S):
        found[machine] = set(re.findall(r"\['([^']+)', '([^']+)', '([^']+)'\]", rows))
    # Iterable streams are no classes, and nobody sees into their buckets.
    assert set(found) == set(MACHINES) - {"push"}
    for machine in found:
        table = MACHINES[machine]
        rows = {
            (state.value, event.value, target.value)
            for (state, event), (target, _) in table.rows.items()
            if state is not target
        }
        assert found[machine] <= rows
        # Each way from one state to another is there once. Node's state does not tell whether
        # an end has been heard of, nor that a construct has failed.
        ways = {
            (before, after) for before, _, after in rows if "ended untold" not in (before, after)
        }
        assert {(before, after) for before, _, after in found[machine]} == ways
        assert len(found[machine]) == len(ways)


# -- mistakes -------------------------------------------------------------------------------------


def writer(*, waits: bool = True, mark: int = 2) -> Main:
    def main() -> None:
        sink = Writable(high_water_mark=mark, write=slow)
        words = [b"aa", b"bb", b"cc"]

        def more() -> None:
            while words:
                if not sink.write(words.pop(0)) and waits:
                    sink.once("drain", more)
                    return
            sink.end()

        more()

    return main


def collector(*, final: bool) -> Main:
    def main() -> None:
        class Collector(Writable[bytes]):
            def _write(self, chunk: bytes, encoding: str, done: Any) -> None:
                done()

        class Whole(Collector):
            def _final(self, done: Any) -> None:
                done()

        collected = Whole() if final else Collector()
        collected.end(b"x")

    return main


def pusher(*words: bytes, end: bool = True) -> Main:
    def main() -> None:
        source = Readable[bytes](read=lambda self, size: None)
        sink = Writable[bytes](write=slow)
        source.pipe(sink)
        for word in words:
            source.push(word)
        if end:
            source.push(None)

    return main


def flusher(*, flush: bool) -> Main:
    def main() -> None:
        def keep(self: Any, chunk: bytes, encoding: str, done: Any) -> None:
            done()

        def rest(self: Any, done: Any) -> None:
            done(None, b"rest")

        lines = Transform[bytes, bytes](transform=keep, **({"flush": rest} if flush else {}))
        lines.on("data", lambda chunk: None)
        lines.end(b"x")

    return main


def giver(*chunks: Any) -> Main:
    def main() -> None:
        source = Readable.from_(chunks)
        source.on("data", lambda chunk: None)

    return main


MISTAKES = [
    (writer(), writer(waits=False), "sink is written to after it has answered False"),
    (writer(), writer(waits=False), "In wrong, sink never emits 'drain'."),
    (writer(), writer(mark=20), "The high-water mark of sink is 2 in right, and 20 in wrong."),
    (
        collector(final=True),
        collector(final=False),
        "collected has a _final in right, and none in wrong.",
    ),
    (
        pusher(b"one", b"two", b"six"),
        pusher(b"one", b"six", b"two"),
        "The same chunks come in both, in another order.",
    ),
    (pusher(b"one"), pusher(b"one", end=False), "In wrong, source never emits 'end'."),
    (pusher(b"one"), pusher(b"one", end=False), "In wrong, sink never emits 'finish'."),
    (flusher(flush=True), flusher(flush=False), "lines has a _flush in right, and none in wrong."),
    (flusher(flush=True), flusher(flush=False), "lines.push(“rest”)"),
    (giver("a"), giver(b"a"), "source pushes “a” as text in right, and “a” as bytes in wrong."),
    (
        giver("the same beginning, and then this"),
        giver("the same beginning, and then that"),
        "source pushes “the same beginning, and …” (CRC ",
    ),
    (giver({"a": 1}), giver({"a": 2}), "{'a': 1} in right, and {'a': 2} in wrong."),
]


@pytest.mark.parametrize(("right", "wrong", "says"), MISTAKES)
def test_a_mistake_is_named(right: Main, wrong: Main, says: str) -> None:
    names = ("right", "wrong")
    found = difference(recorded(right), recorded(wrong), names=names)
    assert found
    told = "\n".join(
        [*found.unlike, *(line for at in found.places.values() for line in at.because)]
    )
    assert says.replace(" ", "\u00a0") in told.replace(" ", "\u00a0")
    # Whichever is compared with which, it is found.
    assert difference(recorded(wrong), recorded(right))
    assert not difference(recorded(right), recorded(right), names=names)


def test_numbers_that_javascript_does_not_tell_apart_are_equal() -> None:
    assert not difference(recorded(giver({"a": [1, 2.0]})), recorded(giver({"a": [1.0, 2]})))
    assert difference(recorded(giver(1.01)), recorded(giver(1.1)))


def test_a_stream_that_only_one_has() -> None:
    def one() -> None:
        source = PassThrough()
        source.end(b"x")

    def two() -> None:
        one()
        other = Readable(read=lambda self, size: self.push(None))
        other.resume()

    found = difference(recorded(one), recorded(two))
    assert [subject.kind for subject in found.pairs.only_other] == ["readable"]
    assert found
    assert found.first is None


def test_streams_are_found_by_names_in_either_spelling() -> None:
    def here() -> None:
        for_lines, my_sink = PassThrough(), PassThrough()
        my_sink.end()
        for_lines.write(b"x")

    def there() -> None:
        mySink, forLines = PassThrough(), PassThrough()  # noqa: N806
        mySink.end()
        forLines.write(b"x")

    found = difference(recorded(here), recorded(there))
    assert not found
    names = {(pair.one.name, pair.other.name) for pair in found.pairs.both}
    assert names == {("my_sink", "mySink"), ("for_lines", "forLines")}


def test_names_that_several_have_say_less_than_the_order() -> None:
    def main(letters: str) -> Main:
        def make() -> None:
            for letter in letters:
                stream = PassThrough()
                stream.write(letter.encode())

        return make

    one, other = recorded(main("abc")), recorded(main("abc"))
    found = difference(one, other)
    assert [pair.one.name for pair in found.pairs.both] == ["stream", "stream 2", "stream 3"]
    assert report(found) == ""
    # Where only the last one has kept the name.
    renamed = json.loads(other.to_json())
    new = {"stream": "passthrough", "stream 2": "passthrough 2", "stream 3": "stream"}
    for subject in renamed["subjects"]:
        subject["named"] = subject["name"] == "stream 3"
        subject["name"] = new.get(subject["name"], subject["name"])
    for event in renamed["events"]:
        event["owner"] = new.get(event["owner"], event["owner"])
    found = difference(one, Trace.from_json(json.dumps(renamed)))
    assert [pair.other.name for pair in found.pairs.both] == [
        "passthrough",
        "passthrough 2",
        "stream",
    ]
    assert report(found) == ""


@pytest.mark.live
@pytest.mark.once
@pytest.mark.host
def test_the_streams_of_the_process_have_their_own_names(tmp_path: Path) -> None:
    (tmp_path / "echo.js").write_text("const input = process.stdin; input.pipe(process.stdout);")
    (tmp_path / "echo.py").write_text(
        "from streams2 import run, stdio\n"
        "def main():\n    source = stdio.stdin()\n    source.pipe(stdio.stdout())\nrun(main)\n"
    )
    node = [oracles.node(), "--require", str(NODE_RECORDER), "echo.js"]
    python = [sys.executable, "-W", "error", "-m", "streams2.trace", "echo.py"]
    traces = []
    for command_line in (node, python):
        done = subprocess.run(command_line, cwd=tmp_path, input=b"text", capture_output=True)
        assert (done.stdout, done.stderr) == (b"text", b"")
        traces.append(Trace.from_json((tmp_path / "trace.json").read_text()))
    found = difference(*traces)
    kinds = [(pair.one.name, pair.other.name, pair.one.kind) for pair in found.pairs.both]
    assert sorted(kinds) == [("stdin", "stdin", "readable"), ("stdout", "stdout", "writable")]
    assert report(found) == ""


def test_streams_without_names_are_found_in_the_order_in_which_they_were_made() -> None:
    def main(last: bool) -> Main:
        def make() -> None:
            both = [PassThrough(), PassThrough(high_water_mark=3)]
            both[last].write(b"x")
            both[not last].write(b"x")

        return make

    found = difference(recorded(main(False)), recorded(main(True)), order=False)
    assert report(found) == ""
    names = [subject.name for subject in recorded(main(True)).subjects]
    assert names[:2] == ["passthrough", "passthrough 2"]


def in_order(first: str) -> Main:
    def main() -> None:
        left, right = PassThrough(), PassThrough()
        for stream in (left, right) if first == "left" else (right, left):
            stream.write(b"x")

    return main


def test_loosely_the_pace_is_left_out() -> None:
    fast, slow_one = recorded(writer(mark=2)), recorded(writer(mark=20))
    assert difference(fast, slow_one)
    assert not difference(fast, slow_one, loose=True)
    one, other = recorded(pusher(b"a", b"b")), recorded(pusher(b"a", b"c"))
    found = difference(one, other, loose=True)
    assert found.first is not None
    assert found.first.because[0] == "source pushes “b” in one, and “c” in the other."


def test_the_order_between_streams() -> None:
    left, right = recorded(in_order("left")), recorded(in_order("right"))
    found = difference(left, right)
    assert found.first is not None
    assert found.first.because[:2] == (
        "Each stream does the same in both recordings; the order between them differs.",
        "In one comes next: left.write(“x”). In the other: right.write(“x”).",
    )
    assert not difference(left, right, order=False)


# -- the command ----------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    recorded(writer()).to_json("a.json")
    recorded(writer()).to_json("b.json")
    recorded(writer(waits=False)).to_json("wrong.json")
    recorded(in_order("left")).to_json("left.json")
    recorded(in_order("right")).to_json("right.json")
    (tmp_path / "none.json").write_text('{"a": 1}')
    (tmp_path / "torn.json").write_text((tmp_path / "a.json").read_text()[:-100])
    (tmp_path / "hollow.json").write_text('{"version": 1, "subjects": [1]}')
    (tmp_path / "other.json").write_text('{"version": 99}')
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    return tmp_path


def test_equal_recordings(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["trace-diff", "a.json", "b.json"]) == 0
    printed = capsys.readouterr().out
    assert re.fullmatch(r"a\.json and b\.json are equal: 1 streams, \d+ events\.\n", printed)
    assert command(["trace-diff", "left.json", "right.json", "--each"]) == 0


def test_unlike_recordings(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["trace-diff", "a.json", "wrong.json", "--context", "1"]) == 1
    printed = capsys.readouterr().out
    assert "who writes must wait for 'drain'" in printed
    a, wrong = printed.split("\na.json\n")[1].split("\nwrong.json\n")
    assert a.count("\n") == wrong.count("\n") == 3
    assert re.search(
        r"^> +\d+  sink\.write\(“bb”\)  \[2 of 2\]  test_trace_diff\.py:\d+$", wrong, re.M
    )
    assert command(["trace-diff", "left.json", "right.json"]) == 1


def test_as_json(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["trace-diff", "--json", "a.json", "b.json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["equal"] is True
    assert found["first"] is None
    assert command(["trace-diff", "--json", "a.json", "wrong.json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["equal"] is False
    assert found["files"] == ["a.json", "wrong.json"]
    (stream,) = found["streams"]
    assert stream["names"] == ["sink", "sink"]
    assert stream["equal"] is False
    first = found["first"]
    assert first["stream"] == "sink"
    assert [event["kind"] for event in first["events"]] == ["written", "call"]
    assert any("'drain'" in sentence for sentence in first["because"])


@pytest.mark.parametrize(
    "bad", ["none.json", "torn.json", "hollow.json", "other.json", "binary.json", "missing.json"]
)
@pytest.mark.parametrize("place", [0, 1])
def test_bad_input(files: Path, bad: str, place: int, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["a.json"]
    names.insert(place, bad)
    assert command(["trace-diff", *names]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"streams2 trace-diff: {bad}: ")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("words", [[], ["a.json"], ["a", "b", "c"], ["a", "b", "--context", "-1"]])
def test_what_makes_no_sense(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command(["trace-diff", *words])
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_where_the_recorder_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["trace-diff", "--node-recorder"]) == 0
    assert Path(capsys.readouterr().out.strip()).name == "recorder.js"
    assert NODE_RECORDER.exists()
