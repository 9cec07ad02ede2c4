"""docs/porting.md: its programs print what they say; its tables are what is there, and in Node."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import streams2
from streams2 import Readable, buffer, next_tick, run, timers
from streams2.events.naming import snake_case

from . import oracles, porting_tables
from . import test_api_map as api_map
from .porting_tables import KINDS, NONE, PAGE, TABLES, found_in_node, table_in, with_tables
from .support import BoomError

# Programs with files and threads are among them. What they show is tested elsewhere, everywhere.
pytestmark = [pytest.mark.host, pytest.mark.once]

TEXT = PAGE.read_text("utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", TEXT, re.S)


def section(heading: str) -> str:
    match = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S)
    assert match, heading
    return match[1]


def rows(text: str) -> Iterator[list[str]]:
    """The cells of the tables in `text`, without what stands above them."""
    for line in re.sub(r"^\|.*\n\|(?:---\|)+\n", "", text, flags=re.M).splitlines():
        if line.startswith("|"):
            yield [_cell(cell) for cell in line.strip("|").split(" | ")]


def _cell(text: str) -> str:
    return text.strip().strip("`")


# -- programs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("program", "printed"), PROGRAMS)
def test_its_programs_print_what_they_say(
    program: str, printed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(program, "porting.md", "exec"), {"__name__": "__main__"})
    assert out.getvalue() == printed


def test_there_are_ten_rules_each_with_a_program() -> None:
    rules = re.findall(r"^### (\d+)\. (.+)\n\n```(\w+)", section("Ten rules"), re.M)
    assert [number for number, _, _ in rules] == [str(number) for number in range(1, 11)]
    assert [language for _, _, language in rules] == ["python"] * 9 + ["sh"]


def test_every_package_has_a_program_that_prints_something() -> None:
    packages = section("npm packages")
    listed = [
        re.findall(r"\[(.+)\]\(#(.+)\)", name)[0] for name, _ in rows(packages.split("###")[0])
    ]
    headings = re.findall(r"^### (.+)$", packages, re.M)
    assert [name for name, _ in listed] == headings
    assert [anchor for _, anchor in listed] == [heading.lower() for heading in headings]
    assert headings == sorted(headings, key=str.lower)
    for part in packages.split("\n### ")[1:]:
        assert part.count("```python") == part.count("```text") == 1, part


ASKED_FOR = """split2 through2 concat-stream pump pumpify duplexify merge2 multistream from2 ndjson
flush-write-stream csv-parser byline throttle JSONStream tar-stream busboy get-stream into-stream
p-queue mississippi end-of-stream stream-combiner2 readable-stream string-to-stream streamifier
peek-stream length-prefixed-stream stream-meter p-limit p-map event-stream highland bl multipipe
lazystream stream-to-array parallel-transform"""


@pytest.mark.parametrize("package", ASKED_FOR.split())
def test_a_package_is_there(package: str) -> None:
    assert f"\n### {package}\n" in TEXT


def test_its_links_lead_somewhere() -> None:
    def anchor(heading: str) -> str:
        return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")

    prose = re.sub(r"```.*?```|`[^`\n]*`", "", TEXT, flags=re.S)
    for path, fragment in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", prose):
        page = (PAGE.parent / path) if path else PAGE
        assert page.exists(), path
        if fragment:
            headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
            assert fragment in map(anchor, headings), fragment


# -- tables that are made -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def node() -> Any:
    return found_in_node(oracles.node())


@pytest.mark.live
def test_its_tables_are_what_there_is_here_and_in_node(node: Any) -> None:
    """``python -m tests.porting_tables`` makes them anew."""
    assert with_tables(TEXT, node) == TEXT


@pytest.mark.parametrize("name", ["names", "options", "events", "callbacks"])
def test_a_table_is_what_there_is_here(name: str) -> None:
    assert table_in(TEXT, name) == list(TABLES[name](None))


def test_every_name_that_snake_case_does_not_tell_is_in_the_table() -> None:
    listed = "\n".join(table_in(TEXT, "names"))
    written = {
        "__aiter__": "async for",
        "__aexit__": "async with",
        "__exit__": "with timer",
        "__int__": "int(timer)",
    }
    told = re.compile(r"Big(U?)Int64(LE|BE)")
    for row in api_map.NAMED:
        node, ours = row.node.split(".")[-1], row.ours.split(".")[-1]
        # Names in capitals, and those of classes, stay.
        if ours in (snake_case(node), node) or told.search(node):
            continue
        assert written.get(ours, ours) in listed, row


def test_every_code_and_its_class_are_in_the_table() -> None:
    table = rows("\n".join(table_in(TEXT, "errors")))
    listed = {code: name.rpartition(" ")[2] for code, _, name, _ in table}
    ours = {code: cls.__name__ for code, cls in porting_tables.error_classes().items()}
    assert listed == ours, "python -m tests.porting_tables makes the table anew"


def test_every_field_that_is_said_to_be_there_is() -> None:
    stream = {"_readable_state": streams2.Readable(), "_writable_state": streams2.Writable()}
    there = 0
    for name, ours, instead in rows("\n".join(table_in(TEXT, "state"))):
        if ours == NONE:
            assert instead, name
            continue
        side, _, field = ours.partition(".")
        assert hasattr(getattr(stream[side], side), field), ours
        there += 1
    assert there > 40


@pytest.mark.live
def test_the_options_are_those_that_node_reads(node: Any) -> None:
    listed: dict[str, set[str]] = {letter: set() for letter in KINDS.values()}
    for name, _, letters, *_ in rows("\n".join(table_in(TEXT, "options"))):
        for letter in letters.split():
            listed[letter].add(name)
    for kind, letter in KINDS.items():
        assert listed[letter] == set(node["options"][kind]), kind


@pytest.mark.live
def test_what_node_gives_to_listeners(node: Any) -> None:
    listed = {
        event: len([name for name in call.partition(")")[0].strip("(").split(", ") if name])
        for event, call, _ in rows("\n".join(table_in(TEXT, "events")))
    }
    seen = {event: count for event, count in node["gives"].items() if event in listed}
    assert len(seen) > 14
    # An 'end' of a pipeline, and a 'close' of a socket, are told with more; not those of streams.
    assert {event: listed[event] for event in seen} == seen


# -- tables of values -----------------------------------------------------------------------------

NAMES = {"A": b"abcd", "B": b"efg", "nothing": None, "zero": 0}
NAMES.update(buffer=buffer, json=json, Readable=Readable)
VALUES = [row for name in ("Buffer", "null and undefined") for row in rows(section(name))]
TRUTH = list(rows(section("Truth")))

IN_NODE = """
const { Readable } = require('node:stream');
const A = Buffer.from('abcd');
const B = Buffer.from('efg');
const shown = (value) => (Buffer.isBuffer(value) ? { bytes: value.toString('hex') } : value);
const nothing = null;
const zero = 0;
const codes = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(codes.map((code) => shown(eval(code)))));
"""


def values_in_node(codes: list[str]) -> list[Any]:
    command = [oracles.node(), "--no-warnings", "-e", IN_NODE]
    done = subprocess.run(
        command, input=json.dumps(codes), capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    return [bytes.fromhex(one["bytes"]) if isinstance(one, dict) else one for one in found]


@pytest.mark.parametrize(("node", "ours", "value"), VALUES)
def test_a_value_is_what_it_says(node: str, ours: str, value: str) -> None:
    assert repr(eval(ours, dict(NAMES))) == value


@pytest.mark.live
def test_the_values_are_those_of_node() -> None:
    assert len(VALUES) > 30
    found = values_in_node([node for node, _, _ in VALUES])
    assert list(map(repr, found)) == [value for _, _, value in VALUES]


@pytest.mark.parametrize(("node", "ours", "theirs", "here"), TRUTH)
def test_what_is_true_here(node: str, ours: str, theirs: str, here: str) -> None:
    assert str(bool(eval(ours, dict(NAMES)))) == here


@pytest.mark.live
def test_what_is_true_in_node() -> None:
    found = values_in_node([f"Boolean({node})" for node, *_ in TRUTH])
    assert list(map(str, found)) == [theirs for _, _, theirs, _ in TRUTH]


def test_the_timers_are_there() -> None:
    codes = [ours for _, ours in rows(section("Timers"))]
    called = []

    async def main() -> None:
        timer, immediate = timers.set_timeout(print, 1), timers.set_immediate(print)
        names = {"timers": timers, "next_tick": next_tick, "timer": timer, "immediate": immediate}
        names.update(a=1, f=lambda *args: called.append(args))
        for code in codes:
            asked = eval(code.replace("await ", ""), dict(names))
            if code.startswith("await "):
                await asked
            elif "interval(f" in code:
                asked.unref()

    run(main)
    assert called.count((1,)) == 3
    assert () in called


# -- raise or pass --------------------------------------------------------------------------------

# What fails, in Node and here: `bad` raises, `later` is a coroutine function that does, `told`
# listens for 'error'.
FAILURES = {
    "`callback(error)` in a method": (
        "new Writable({ write: passOn }).on('error', told).write('a')",
        "Writable(write=pass_on).on('error', told).write(b'a')",
    ),
    "`stream.destroy(error)`": (
        "new PassThrough().on('error', told).destroy(new Error('x'))",
        "PassThrough().on('error', told).destroy(BoomError())",
    ),
    "`_write` raises": (
        "new Writable({ write: bad }).on('error', told).write('a')",
        "Writable(write=bad).on('error', told).write(b'a')",
    ),
    "`_transform` raises": (
        "new Transform({ transform: bad }).on('error', told).write('a')",
        "Transform(transform=bad).on('error', told).write(b'a')",
    ),
    "`_read` raises": (
        "new Readable({ read: bad }).on('error', told).resume()",
        "Readable(read=bad).on('error', told).resume()",
    ),
    "`_final` raises": (
        "new Writable({ write: fine, final: bad }).on('error', told).end('a')",
        "Writable(write=fine, final=bad).on('error', told).end(b'a')",
    ),
    "`_flush` raises": (
        "new Transform({ transform: fine, flush: bad }).on('error', told).resume().end('a')",
        "Transform(transform=fine, flush=bad).on('error', told).resume().end(b'a')",
    ),
    "`_destroy` raises": (
        "new Writable({ destroy: bad }).on('error', told).destroy()",
        "Writable(destroy=bad).on('error', told).destroy()",
    ),
    "`_construct` raises": (
        "new Writable({ construct: bad }).on('error', told)",
        "Writable(construct=bad).on('error', told)",
    ),
    "`_write`, an async function, raises": (
        "new Writable({ write: later }).on('error', told).write('a')",
        "Writable(write=later).on('error', told).write(b'a')",
    ),
    "a generator of `Readable.from_` raises": (
        "Readable.from((function* () { yield 'a'; bad(); })()).on('error', told).resume()",
        "Readable.from_(generate()).on('error', told).resume()",
    ),
    "the function of `map` raises": (
        "Readable.from(['a']).map(bad).on('error', told).resume()",
        "Readable.from_(['a']).map(bad).on('error', told).resume()",
    ),
    "a listener raises": (
        "Readable.from(['a']).on('error', told).on('data', bad)",
        "Readable.from_(['a']).on('error', told).on('data', bad)",
    ),
    "a listener, an async function, raises": (
        "Readable.from(['a']).on('error', told).on('data', later)",
        "Readable.from_(['a']).on('error', told).on('data', later)",
    ),
    "the same, with `captureRejections`": (
        "new PassThrough(capturing).on('error', told).on('data', later).write('a')",
        "PassThrough(capture_rejections=True).on('error', told).on('data', later).write(b'a')",
    ),
    "the callback of `write()` raises": (
        "new PassThrough().on('error', told).write('a', bad)",
        "PassThrough().on('error', told).write(b'a', callback=bad)",
    ),
    "an `'error'` without a listener": (
        "new PassThrough().destroy(new Error('x'))",
        "PassThrough().destroy(BoomError())",
    ),
    "`nextTick`, a timer or an immediate raises": (
        "[process.nextTick, setTimeout, setImmediate][choice](bad)",
        "(next_tick, lambda f: timers.set_timeout(f, 1), timers.set_immediate)[choice](bad)",
    ),
    "an async function that nobody awaits raises": ("later()", "asyncio.ensure_future(later())"),
}
OUTCOMES = {cells[0]: cells[1:] for cells in rows(section("Raise or pass").replace("`", "\0"))}
FAILING_NODE = """
const { PassThrough, Readable, Transform, Writable } = require('node:stream');
const said = new Set();
const told = () => said.add("'error'");
const bad = () => { throw new Error('x'); };
const later = async () => bad();
const fine = (chunk, encoding, done) => done();
const passOn = (chunk, encoding, done) => done(new Error('x'));
process.on('uncaughtException', () => said.add('crash'));
process.on('exit', () => console.log([...said].join()));
const capturing = { captureRejections: true };
const choice = 0;
setImmediate(() => {
  try { PROGRAM; } catch { said.add('the call raises'); }
});
"""


def test_all_failures_are_tried() -> None:
    assert [what.replace("\0", "`") for what in OUTCOMES] == list(FAILURES)


@pytest.mark.parametrize("what", FAILURES)
@pytest.mark.parametrize("choice", range(3))
def test_what_becomes_of_a_failure_here(what: str, choice: int) -> None:
    if choice and "choice" not in FAILURES[what][1]:
        return
    said: list[str] = []

    def bad(*_: Any) -> None:
        raise BoomError

    async def later(*_: Any) -> None:
        raise BoomError

    def generate() -> Iterator[str]:
        yield "a"
        raise BoomError

    # Some of its names come when they are asked for.
    ours = {name: getattr(streams2, name) for name in dir(streams2)}
    names = {**ours, "timers": timers, "asyncio": asyncio, "BoomError": BoomError}
    names.update(bad=bad, later=later, generate=generate, choice=choice)
    names.update(told=lambda error: said.append("'error'"))
    names.update(fine=lambda self, chunk, encoding, done: done())
    names.update(pass_on=lambda self, chunk, encoding, done: done(BoomError()))

    def main() -> None:
        try:
            eval(FAILURES[what][1], names)
        except BoomError:
            said.append("the call raises")

    try:
        run(main)
    except BoomError:
        said.append("crash")
    assert said == [OUTCOMES[what.replace("`", "\0")][1].replace("\0", "")]


@pytest.mark.live
@pytest.mark.parametrize("what", FAILURES)
def test_what_becomes_of_a_failure_in_node(what: str) -> None:
    program = FAILING_NODE.replace("PROGRAM", FAILURES[what][0])
    done = subprocess.run(
        [oracles.node(), "--no-warnings", "-e", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == OUTCOMES[what.replace("`", "\0")][0].replace("\0", "")
