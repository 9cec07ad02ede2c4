"""The diagrams say what the tables say, no more and no less."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams2.core.machine import MachineEvent, State, Table
from streams2.trace.diagram import MACHINES, dot, machines_page, mermaid

pytestmark = pytest.mark.once

PAGE = Path(__file__).parent.parent / "docs" / "machines.md"

# What a row looks like in a diagram: the two states and the words at the arrow.
Drawn = tuple[str, str, str]


def expected(table: Table[Any, Any]) -> set[Drawn]:
    found = set()
    for (state, event), (target, method) in table.rows.items():
        action = (method or "").strip("_").replace("_", " ")
        label = event.value if action in ("", event.value) else f"{event.value} / {action}"
        found.add((name(state), name(target), label))
    return found


def name(state: State) -> str:
    return str(state.value).replace(" ", "_")


def drawn_by_mermaid(text: str) -> Iterator[Drawn]:
    for state, target, labels in re.findall(r"^    (\w+) --> (\w+) : (.+)$", text, re.MULTILINE):
        for label in labels.split("<br/>"):
            yield state, target, label
    for box, state in re.findall(r'^    state "(.+)" as (\w+)$', text, re.MULTILINE):
        for label in re.findall(r"<i>(.+?)</i>", box):
            yield state, state, label


def drawn_by_dot(text: str) -> Iterator[Drawn]:
    for state, target, labels in re.findall(r'^    (\w+) -> (\w+) \[label="(.+)"\];$', text, re.M):
        for label in labels.split(r"\n"):
            yield state, target, label
    for state, box in re.findall(r'^    (\w+) \[label="\{(.+)\}"\];$', text, re.M):
        parts = box.split("|")
        for labels in parts[2:]:
            for label in labels.split(r"\n"):
                yield state, state, label


every_machine = pytest.mark.parametrize("table", MACHINES.values(), ids=MACHINES)


@every_machine
def test_mermaid_has_every_row_once(table: Table[Any, Any]) -> None:
    drawn = list(drawn_by_mermaid(mermaid(table)))
    assert set(drawn) == expected(table)
    assert len(drawn) == len(table.rows)


@every_machine
def test_dot_has_every_row_once(table: Table[Any, Any]) -> None:
    drawn = list(drawn_by_dot(dot(table)))
    assert set(drawn) == expected(table)
    assert len(drawn) == len(table.rows)


@every_machine
def test_every_state_has_its_note(table: Table[Any, Any]) -> None:
    assert set(table.notes) == set(table.states())
    for state, note in table.notes.items():
        assert f"<b>{state.value}</b><br/>{note}" in mermaid(table)
        assert f"{{{state.value}|{note}" in dot(table)


@every_machine
def test_every_line_of_mermaid_is_of_a_known_kind(table: Table[Any, Any]) -> None:
    head, *lines = mermaid(table).splitlines()
    assert head == "stateDiagram-v2"
    for line in lines:
        # No colon or semicolon may be in the words at an arrow: they would end them.
        assert re.fullmatch(
            r'    (state "[^"]+" as \w+|\[\*\] --> \w+|\w+ --> \[\*\]|\w+ --> \w+ : [^:;]+)', line
        )


def test_starts_and_ends() -> None:
    lifecycle = mermaid(MACHINES["lifecycle"])
    assert re.findall(r"\[\*\] --> (\w+)", lifecycle) == ["constructing", "open"]
    assert re.findall(r"(\w+) --> \[\*\]", lifecycle) == ["gone"]
    # A state whose rows all lead back to itself is an end as well.
    assert re.findall(r"(\w+) --> \[\*\]", mermaid(MACHINES["pipe"])) == ["unpiped"]
    assert "[*]\n" not in mermaid(MACHINES["flow"])
    assert "start_open -> open;" in dot(MACHINES["lifecycle"])
    assert "gone -> end_gone;" in dot(MACHINES["lifecycle"])


class Light(State):
    OFF = "off"
    ON = "on"


class Finger(MachineEvent):
    PRESS = "press"


def test_dot_escapes_what_means_something_in_a_record() -> None:
    table: Table[Light, Finger] = Table(
        "light", Light.OFF, {(Light.OFF, Finger.PRESS): (Light.ON, None)}, {Light.ON: '{<"|\\'}
    )
    assert r'on [label="{on|\{\<\"\|\\}"];' in dot(table)


def test_a_state_without_a_note_is_drawn_without_one() -> None:
    table: Table[Light, Finger] = Table(
        "light", Light.OFF, {(Light.OFF, Finger.PRESS): (Light.ON, None)}
    )
    assert 'state "<b>off</b>" as off' in mermaid(table)
    assert 'off [label="{off}"];' in dot(table)


def test_the_page_in_the_documentation_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == machines_page(), (
        "docs/machines.md is not what the tables say. Write it anew:\n"
        "    streams2 diagram all > docs/machines.md"
    )


def test_the_page_is_printed_by_a_command():
    command = [sys.executable, "-m", "streams2", "diagram", "all"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == machines_page()
