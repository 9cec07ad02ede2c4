"""Draw a machine from its table: the one that runs.

>>> print(dot(MACHINES["pipe"]).splitlines()[0])
digraph pipe {

An arrow is labelled with what happens and, behind a slash, what the machine then does. Where
several events lead from one state to the same other state, they share an arrow; an event that
leaves the state as it is stands inside its box. A start has no name and points to the states that a
machine can begin in; a state that nothing leaves leads to an end.

``streams2 diagram all`` prints all machines as one page of documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable, NamedTuple

from ..core.demand import DEMAND
from ..core.flow import FLOW
from ..core.life import LIFECYCLE
from ..core.machine import State, Table
from ..core.pipe import PIPE
from ..core.supply import SUPPLY
from ..iter.policies import PUSH

__all__ = ["FORMATS", "MACHINES", "dot", "machines_page", "mermaid"]

AnyTable = Table[Any, Any]

MACHINES: dict[str, AnyTable] = {
    "lifecycle": LIFECYCLE,
    "flow": FLOW,
    "supply": SUPPLY,
    "demand": DEMAND,
    "pipe": PIPE,
    "push": PUSH,
}

_SUBJECTS = {
    "lifecycle": "What every stream goes through, from its construction to `'close'`.",
    "flow": "How chunks leave a `Readable`. Node's `readableFlowing` is this machine's shadow.",
    "supply": """\
How a `Readable` ends. A source ends by pushing `None`, and that is not yet the end: what is in the
buffer is still to be read.

- Pushed from outside of `_read`, `None` is told at once, by `'readable'`: *ended*.
- Pushed inside of `_read`, nobody may be called back yet. If somebody waits, or the stream flows,
  `'readable'` comes in a tick: *ended*. If nobody does, the next who listens is told, or finds out
  by reading: *ended untold*.
- Whoever reads the last chunk, or finds the buffer empty, has `'end'` told in a tick. If nothing
  was put back meanwhile, and the stream has not failed, it is emitted: *end told*. It comes once,
  after every chunk, and never to a stream that nobody reads.""",
    "demand": "What a `Writable` says to its writers: go on, wait, or it is over.",
    "pipe": "What stands between one source and one destination.",
    "push": """\
What a writer of [`streams2.iter`](iter.md) may do. A write past the budget is an event named by its
policy: strict, unbounded, drop-oldest or drop-newest.""",
}


class Row(NamedTuple):
    """One row of a table, in words.

    Attributes:
        method: what the machine then calls; empty for nothing.
    """

    state: State
    event: str
    target: State
    method: str

    @property
    def action(self) -> str:
        return self.method.strip("_").replace("_", " ")

    @property
    def label(self) -> str:
        return (
            f"{self.event} / {self.action}" if self.action not in ("", self.event) else self.event
        )


def rows(table: AnyTable) -> list[Row]:
    """The rows of `table`, in its order."""
    return [
        Row(state, event.value, target, method or "")
        for (state, event), (target, method) in table.rows.items()
    ]


def _arrows(table: AnyTable) -> Iterator[tuple[State, State, list[str]]]:
    """Each state and another that a row leads to, with the labels of all such rows."""
    labels: dict[tuple[State, State], list[str]] = {}
    for row in rows(table):
        if row.target is not row.state:
            labels.setdefault((row.state, row.target), []).append(row.label)
    return ((state, target, lines) for (state, target), lines in labels.items())


def _inside(table: AnyTable, state: State) -> list[str]:
    """The labels of the rows that leave `state` as it is."""
    return [row.label for row in rows(table) if row.state is state and row.target is state]


def _note(table: AnyTable, state: State) -> list[str]:
    return [table.notes[state]] if state in table.notes else []


def _starts(table: AnyTable) -> list[State]:
    """The initial state, and those to which no row leads: a machine can only begin in them."""
    reached = {row.target for row in rows(table) if row.target is not row.state}
    return [state for state in table.states() if state is table.initial or state not in reached]


def _ends(table: AnyTable) -> list[State]:
    left = {row.state for row in rows(table) if row.target is not row.state}
    return [state for state in table.states() if state not in left]


# -- Mermaid --------------------------------------------------------------------------------------


def mermaid(table: AnyTable) -> str:
    """A Mermaid state diagram of `table`, as GitHub and most documentation tools draw it."""
    lines = ["stateDiagram-v2"]
    for state in table.states():
        # As an alias: a state's description could have no semicolon.
        text = "<br/>".join(
            [
                f"<b>{state.value}</b>",
                *_note(table, state),
                *(f"<i>{label}</i>" for label in _inside(table, state)),
            ]
        )
        lines.append(f'    state "{text}" as {_identifier(state)}')
    lines += [f"    [*] --> {_identifier(state)}" for state in _starts(table)]
    for state, target, labels in _arrows(table):
        text = "<br/>".join(labels)
        lines.append(f"    {_identifier(state)} --> {_identifier(target)} : {text}")
    lines += [f"    {_identifier(state)} --> [*]" for state in _ends(table)]
    return "\n".join(lines) + "\n"


# -- Graphviz -------------------------------------------------------------------------------------


def dot(table: AnyTable) -> str:
    """A Graphviz graph of `table`: ``streams2 diagram pipe --format dot | dot -Tsvg``."""
    lines = [
        f"digraph {table.name} {{",
        '    node [shape=Mrecord, fontname="Helvetica"];',
        '    edge [fontname="Helvetica", fontsize=10];',
    ]
    for state in table.states():
        texts = (state.value, *_note(table, state), "\n".join(_inside(table, state)))
        parts = "|".join(_dot_escaped(text, '\\"{}|<>') for text in texts if text)
        lines.append(f'    {_identifier(state)} [label="{{{parts}}}"];')
    for state in _starts(table):
        lines.append(f'    start_{_identifier(state)} [shape=point, width=0.15, label=""];')
        lines.append(f"    start_{_identifier(state)} -> {_identifier(state)};")
    for state, target, labels in _arrows(table):
        text = _dot_escaped("\n".join(labels), '\\"')
        lines.append(f'    {_identifier(state)} -> {_identifier(target)} [label="{text}"];')
    for state in _ends(table):
        lines.append(f'    end_{_identifier(state)} [shape=doublecircle, width=0.12, label=""];')
        lines.append(f"    {_identifier(state)} -> end_{_identifier(state)};")
    return "\n".join([*lines, "}"]) + "\n"


def _dot_escaped(text: str, special: str) -> str:
    escaped = "".join(f"\\{letter}" if letter in special else letter for letter in text)
    return escaped.replace("\n", "\\n")


def _identifier(state: State) -> str:
    name: str = state.value
    return name.replace(" ", "_")


FORMATS: dict[str, Callable[[AnyTable], str]] = {"mermaid": mermaid, "dot": dot}


# -- the page -------------------------------------------------------------------------------------


_INTRODUCTION = """\
# The machines

<!-- Made from the tables by `streams2 diagram all > docs/machines.md`. -->

```sh
streams2 diagram pipe
```

prints one of the diagrams below. They are drawn from the tables that run: there is no second
account of a machine that could be wrong.

An arrow says what happens and, behind the slash, what the machine then does. An event that leaves
the state as it is stands inside its box. A row says the same: in this state, at this event, go to
that state and call that method. An event without a row cannot happen."""


def machines_page() -> str:
    """All machines as one Markdown page: docs/machines.md."""
    parts = [_INTRODUCTION]
    for name, table in MACHINES.items():
        parts += ["", *_section(name, table)]
    return "\n".join(parts) + "\n"


def _section(name: str, table: AnyTable) -> list[str]:
    starts = " or ".join(f"*{state.value}*" for state in _starts(table))
    return [
        f"## {name}",
        "",
        _SUBJECTS[name],
        "",
        "```mermaid",
        *mermaid(table).splitlines(),
        "```",
        "",
        "| state | what it means |",
        "|---|---|",
        *(f"| {state.value} | {table.notes.get(state, '')} |" for state in table.states()),
        "",
        f"It begins in {starts}.",
        "",
        "| in state | at event | go to | and call |",
        "|---|---|---|---|",
        *(
            f"| {row.state.value} | {row.event} | {row.target.value} | {_code(row.method)} |"
            for row in rows(table)
        ),
    ]


def _code(name: str) -> str:
    return f"`{name}`" if name else ""
