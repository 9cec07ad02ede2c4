"""The judge itself: its language, its runner, its shrinking, and that it sees a fault."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import streams2

from ..oracles import node as find_node
from . import language
from .corpus import FOLDER, Case, load, save, themes
from .coverage import Coverage
from .draw import HypothesisDraw, RandomDraw
from .generate import generate
from .hunt import Difference
from .language import MalformedError, Program
from .node import Node
from .notation import Recorder, ScriptedError, show
from .runner import run
from .shrink import shrink
from .verdict import first_difference

# What is tested here tests streams2, and is no part of it.
pytestmark = pytest.mark.once


def program(*turns: list[Any], **streams: Any) -> Program:
    return {"streams": streams, "turns": list(turns)}


ECHOING = {"kind": "writable", "methods": {"write": [[["callback"]]]}}


# -- the language ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        program(s={"kind": "socket"}),
        program(s={"kind": "readable", "methods": {"write": []}}),
        program(s={"kind": "readable", "options": {"mark": 1}}),
        program(s={"kind": "readable", "options": {"allowHalfOpen": False}}),
        program(s={"kind": "pair"}),
        {"marks": [1], **program(s=ECHOING)},
        program(s={"kind": "readable", "methods": {"read": [["push", "this", "a"]]}}),
        program([["shout", "s"]], s=ECHOING),
        program([["write", "s"]], s=ECHOING),
        program([["write", "s", "a", {"loud": True}]], s=ECHOING),
        program([["write", "s", ["a"]]], s=ECHOING),
        program([["write", "s", {"bytes": "61", "size": 2}]], s=ECHOING),
        program([["on", "s", "lunch", "l"]], s=ECHOING),
        program([["later", 0, []]], s=ECHOING),
        program([["later", "tick", ["write", "s", "a"]]], s=ECHOING),
        program([["pipeline", ["s"], "p"]], s=ECHOING),
        program([["pause", 5]], s=ECHOING),
    ],
)
def test_what_is_no_program_is_refused(wrong: Program) -> None:
    with pytest.raises(MalformedError):
        language.check(wrong)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data())
def test_generated_programs_are_programs(data: st.DataObject) -> None:
    made = generate(HypothesisDraw(data.draw))
    language.check(made)
    assert json.loads(json.dumps(made)) == made


def test_a_seed_is_a_program() -> None:
    programs = [generate(RandomDraw(f"seed/{number}")) for number in range(50)]
    assert programs == [generate(RandomDraw(f"seed/{number}")) for number in range(50)]
    assert len({json.dumps(made) for made in programs}) == 50


@pytest.mark.slow
def test_generated_programs_reach_nearly_every_operation_in_every_state() -> None:
    coverage = Coverage()
    for number in range(3000):
        run(generate(RandomDraw(f"coverage/{number}")), coverage)
    assert len(coverage.missing()) < 20, coverage.missing()
    assert "write" in str(coverage)


REFLECT = """
const stream = require('node:stream');
const { EventEmitter } = require('node:events');
const streams = {
  readable: new stream.Readable(),
  writable: new stream.Writable(),
  duplex: new stream.Duplex(),
  transform: new stream.Transform(),
  passthrough: new stream.PassThrough(),
  pair: stream.duplexPair()[0],
};
const properties = (object) => {
  if (object === EventEmitter.prototype) return [];
  const own = Object.entries(Object.getOwnPropertyDescriptors(object))
    .filter(([name, { value }]) => typeof value !== 'function' && !name.startsWith('_'))
    .map(([name]) => name);
  return [...own, ...properties(Object.getPrototypeOf(object))];
};
const found = Object.entries(streams).map(([kind, made]) => [kind, properties(made)]);
console.log(JSON.stringify(Object.fromEntries(found)));
"""

#: Node's own buffers, handed out as they are: what is in them is compared when it comes out.
BUFFERS = {"readableBuffer", "writableBuffer"}


@pytest.mark.live
def test_a_snapshot_holds_every_public_property_of_nodes() -> None:
    command = [find_node(), "-e", REFLECT]
    printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    for kind, properties in json.loads(printed).items():
        assert "readableFlowing" in properties or kind == "writable"
        missing = set(properties) - set(language.PROPERTIES[kind]) - BUFFERS
        assert not missing, f"{kind}: {missing}"


@pytest.mark.slow
def test_the_generator_draws_every_word_of_the_language() -> None:
    options: set[tuple[str, str]] = set()
    methods: set[tuple[str, str]] = set()
    words: set[str] = set()
    for number in range(3000):
        made = generate(RandomDraw(f"words/{number}"))
        for spec in made["streams"].values():
            options.update((option, spec["kind"]) for option in spec.get("options", {}))
            methods.update((method, spec["kind"]) for method in spec.get("methods", {}))
        words.update(re.findall(r'"(\w+)"', json.dumps(made)))
    assert options == {
        (option, kind) for option, kinds in language.OPTIONS.items() for kind in kinds
    }
    assert methods == {
        (method, kind) for kind, names in language.METHODS.items() for method in names
    }
    named = {option for verb in language.VERBS.values() for option in verb.options}
    assert words >= {
        *language.VERBS,
        *language.VALUES,
        *language.EVENTS,
        *named,
        "marks",
        "aborted",
    }


# -- the runner ------------------------------------------------------------------------------------


def test_a_trace_tells_the_whole_story() -> None:
    story = program(
        [["on", "w", "drain", "d1"], ["write", "w", "ab", {"callback": []}]],
        w={
            "kind": "writable",
            "options": {"highWaterMark": 2},
            "methods": {"write": [[["later", 1, [["callback"]]]]]},
        },
    )
    assert run(story) == [
        "turn 0",
        "new w",
        "w.on drain d1",
        'w.write "ab" cb1',
        'w._write <6162> "buffer"',
        "w.write -> false",
        "= w writableLength=2 writableNeedDrain=true writableHighWaterMark=2 on:drain=1",
        "turn 1",
        "w._write.callback none",
        "w emit drain",
        "w drain#d1",
        "cb1 none",
        "= w writableLength=0 writableNeedDrain=false",
    ]


def test_a_program_without_end_is_cut() -> None:
    endless = program(
        [["resume", "r"]],
        r={"kind": "readable", "methods": {"read": [[["push", "this", "a"]]]}},
    )
    trace = run(endless)
    assert trace[-1] == "TRUNCATED"
    assert len(trace) == language.LINES_AT_MOST + 1


def test_a_program_that_waits_for_ever_is_cut() -> None:
    waiting = program(
        [["read", "r"]],
        r={"kind": "readable", "methods": {"read": [[["later", 39, [["push", "this", "a"]]]]]}},
    )
    assert run(waiting)[-1] == "TRUNCATED"


def test_exceptions_end_their_own_action_only() -> None:
    trace = run(program([["write", "w", None], ["later", "tick", [["throw", "x"]]]], w=ECHOING))
    assert "w.write none threw ERR_STREAM_NULL_VALUES: May not write null values to stream" in trace
    assert "uncaught Error: x" in trace


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "none"),
        (True, "true"),
        (7, "7"),
        ("\x7f", r'"\u007f"'),
        ("a\u00e9\n", r'"a\u00e9\n"'),
        (b"ab", "<6162>"),
        (memoryview(b"ab"), "<6162>"),
        ({"a": [1]}, '{"a":[1]}'),
        ("x" * 60, '"xxxxxxxx"...60 84566879'),
        (b"x" * 60, "<7878787878787878...60 84566879>"),
        (ScriptedError("boom"), "Error: boom"),
        (KeyError("k"), "KeyError: 'k'"),
    ],
)
def test_notation(value: object, shown: str) -> None:
    assert show(value, {}) == shown


def test_an_answer_is_on_the_line_of_its_call_unless_something_came_between() -> None:
    recorder = Recorder(10)
    recorder.call("quiet", lambda: "true")
    with pytest.raises(ScriptedError):
        recorder.call("loud 1", lambda: fail_after(recorder))
    assert recorder.lines == ["quiet -> true", "loud 1", "between", "loud threw Error: x"]


def fail_after(recorder: Recorder) -> str:
    recorder.write("between")
    raise ScriptedError("x")


# -- looking for differences -----------------------------------------------------------------------


def test_shrinking_keeps_what_matters() -> None:
    def destroys(made: Program) -> bool:
        done = [action[0] for turn in made["turns"] for action in turn]
        return "destroy" in done and any("options" in spec for spec in made["streams"].values())

    made = (generate(RandomDraw(f"shrink/{number}")) for number in range(1000))
    big = next(filter(destroys, made))
    small = shrink(big, destroys)
    (stream,) = small["streams"].values()
    assert set(stream) == {"kind", "options"}
    assert [[action[0] for action in turn] for turn in small["turns"]] == [["destroy"]]


def test_the_comparison_ends_where_node_breaks_down() -> None:
    broken = ["turn 0", "= r readableLength=-3", "turn 1"]
    assert first_difference(["turn 0", "= r readableLength=0"], broken) is None
    assert first_difference(["turn 0", "r emit end"], broken) is None
    assert first_difference(["turn 0", "x"], ["turn 0", "y", *broken]) is None
    assert first_difference(["turn 0", "x"], ["turn 0", "y", "turn 1"]) == 1
    assert first_difference(["cb1 Error: x", "a"], ["cb1 Error: x", "b", "cb1 none"]) is None
    assert first_difference(["cb1 Error: x", "a"], ["cb1 Error: x", "b", "cb2 none"]) == 1
    assert first_difference(["turn 0"], ["turn 0", "turn 1"]) == 1
    assert first_difference(["turn 0", "turn 1"], ["turn 0"]) == 1
    assert first_difference(["turn 0"], ["turn 0"]) is None


@pytest.mark.parametrize("answer", ["Error: e2", "ERR_STREAM_DESTROYED: x", "none"])
def test_a_pipeline_of_which_node_tells_nothing_may_be_told_of(answer: str) -> None:
    """docs/differences.md, 12: whatever it failed with; but only if a stream of it is gone."""
    gone, seen = ["r.destroy -> r", "r emit close"], "= r closed=true"
    waits = [*gone, f"{seen} on:end=4 on:error=4"]
    assert first_difference([*gone, f"p3 {answer}", seen], waits) is None
    assert first_difference([*gone, f"p3 {answer}", seen], [*waits, f"p3 {answer}"]) == 2
    assert first_difference([f"p3 {answer}", seen], waits[2:]) == 0


def test_what_we_tell_and_node_does_not_is_told_apart_from_a_fault() -> None:
    piped = ["pipeline r w p1", "r.destroy -> r", "r emit close"]
    waits = [*piped, "= r destroyed=true", "turn 1", "w.destroy -> w"]
    ended = ("w emit prefinish", "w._final", "w._flush")
    for ours in (*ended, "w emit error ERR_STREAM_PREMATURE_CLOSE: Premature close"):
        assert first_difference([*piped, ours], waits) is None
    assert first_difference([*piped, "= w writableEnded=true"], [*piped, "= w on:end=1"]) is None
    assert first_difference([*piped, "p1 ERR_X: y"], waits) is None
    failed = "= w errored=ERR_STREAM_PREMATURE_CLOSE: Premature close"
    assert first_difference([*piped, "= r on:end=1", failed], [*piped, "= r on:end=2"]) is None
    gone = "= r destroyed=true x=1 on:end=2"
    assert first_difference([*piped, gone], [*piped, gone + " on:error=4"]) is None

    # Nothing else may differ; nor may anything where nobody went early, or no pipeline waits.
    assert first_difference([*piped, "w emit drain"], waits) == 3
    assert first_difference([*piped, "w emit error ERR_X: y"], waits) == 3
    assert first_difference([*piped, "= r on:end=1", "= w x=1"], [*piped, "= r on:end=2"]) == 3
    assert first_difference([*piped, gone], [*piped, gone.replace("x=1", "x=2")]) == 3
    assert first_difference(["pipeline r w p1", "w emit prefinish"], ["pipeline r w p1"]) == 1
    closed = ["r.destroy -> r", "r emit close"]
    assert first_difference([*closed, "w emit prefinish"], [*closed, "turn 1"]) == 2
    over = [*piped, "p1 none"]
    assert first_difference([*over, "w emit prefinish"], [*over, "turn 1"]) == 4
    assert first_difference(["w emit close", "f1 ERR_X: y"], ["w emit close", "f1 none"]) == 1


NEVER: dict[str, list[Any]] = {"final": []}
KEPT_TO_ITSELF = {
    "a source that is destroyed already, with nothing read": program(
        [["destroy", "d"], ["pipeline", ["d", "d1"], "p1"]],
        d={"kind": "duplex", "methods": {"destroy": [[["later", "tick", [["callback"]]]]]}},
        d1={"kind": "duplex", "methods": NEVER},
    ),
    "a source that is destroyed, and what it has is read": program(
        [
            *(["pipeline", ["r", "w"], "p1"], ["push", "r", "abcd"]),
            *(["destroy", "r"], ["push", "r", None]),
        ],
        r={"kind": "readable", "options": {"highWaterMark": 1}},
        w={"kind": "writable", "methods": {"write": [[["callback"]]], **NEVER}},
    ),
    "a source that was closed a turn ago": program(
        [["destroy", "r"]],
        [["push", "r", None], ["pipeline", ["r", "t"], "p1"]],
        r={"kind": "readable"},
        t={"kind": "transform", "methods": {"flush": []}},
    ),
    "a loss in a stream that nobody watches": program(
        [
            *(["pipeline", ["t", "w"], "p1"], ["write", "t", "a"], ["finished", "t", "f1"]),
            *(["write", "w", "a"], ["end", "t"]),
        ],
        t={
            "kind": "transform",
            "options": {"readable": False},
            "methods": {"construct": [[["later", 1, [["callback"]]]]]},
            "watch": False,
        },
        w={"kind": "writable"},
    ),
}


@pytest.mark.live
@pytest.mark.parametrize("name", KEPT_TO_ITSELF)
def test_what_node_keeps_to_itself_is_known(name: str) -> None:
    told = KEPT_TO_ITSELF[name]
    with Node(find_node()) as node:
        nodes = node.trace(told)
    ours = run(told)
    assert ours != nodes
    assert first_difference(ours, nodes) is None


@pytest.mark.live
def test_a_breakdown_of_nodes_is_noted_where_it_happens() -> None:
    read: Any = [[["later", "tick", [["push", "this", {"nextBytes": 2}]]], ["read", "this", 2]]]
    source = {
        "kind": "readable",
        "options": {"highWaterMark": 3, "encoding": "hex"},
        "methods": {"read": read},
    }
    broken = program([["on", "r", "readable", "l1", [[["read", "this"]]]]], r=source)
    with Node(find_node()) as node:
        trace = node.trace(broken)
    assert "broken r readableLength=-2" in trace
    assert first_difference(run(broken), trace) is None


def test_a_difference_names_its_kind_without_its_accidents() -> None:
    made = program(w=ECHOING)
    first = Difference(made, ["turn 0", 'w emit data "a"'], ["turn 0", "w emit drain"])
    second = Difference(made, ["x", "x2", 'r1 emit data "bc"'], ["x", "x2", "d emit drain"])
    assert first.line == 1
    assert first.kind == second.kind == "ours: s emit data CHUNK | Node: s emit drain"
    assert "N   w emit drain" in str(first)


@pytest.mark.parametrize(
    ("owner", "method", "fault"),
    [
        (streams2.Writable, "uncork", lambda _: None),
        (streams2.Readable, "is_paused", lambda _: False),
        (streams2.Readable, "unshift", lambda self, chunk, _encoding=None: self.push(chunk)),
        (streams2.Transform, "_final", lambda _, callback: callback()),
    ],
)
def test_the_corpus_sees_a_planted_fault(
    owner: Any, method: str, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, method, fault)
    cases = [case for path in themes() for case in load(path)]
    assert any(run(case.program) != case.trace for case in cases)


def test_a_saved_theme_is_the_theme(tmp_path: Any) -> None:
    path = tmp_path / "theme.json"
    cases = [Case("name", "reason", program([["cork", "w"]], w=ECHOING), ["turn 0"])]
    save(path, cases)
    assert load(path) == cases
    assert FOLDER.exists()
