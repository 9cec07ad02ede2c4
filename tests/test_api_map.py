"""docs/api-map.md names every public name of Node's stream modules, ours, and a test of it."""

from __future__ import annotations

import functools
import importlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import streams2

from . import oracles

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent
MAP = ROOT / "docs" / "api-map.md"
NONE = "–"  # noqa: RUF001


class Row(NamedTuple):
    section: str
    node: str
    ours: str
    last: str


def rows() -> list[Row]:
    found = []
    section = ""
    for line in MAP.read_text("utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:].strip("`").replace("node:", "").replace(".prototype", "")
        elif line.startswith("| `"):
            node, ours, last = (cell.strip() for cell in line.strip("| ").split(" | "))
            found.append(Row(section, node.strip("`"), ours.strip("`"), last))
    return found


ROWS = rows()
NAMED = [row for row in ROWS if row.ours != NONE]


def identify(row: Row) -> str:
    return f"{row.section}: {row.node}"


@functools.cache
def names_in_node() -> list[tuple[str, str]]:
    script = Path(__file__).with_name("api_names.js")
    # What is young has to be asked for, and is told of with a warning.
    flags = ["--no-warnings", "--experimental-stream-iter"]
    command = [oracles.node(), *flags, str(script)]
    printed = subprocess.run(command, capture_output=True, check=True).stdout
    return [(section, name) for section, names in json.loads(printed).items() for name in names]


@pytest.mark.live
def test_every_name_of_node_is_there_in_node_s_order() -> None:
    assert [(row.section, row.node) for row in ROWS] == names_in_node()


INSTANCES: dict[str, Any] = {
    "AbortController": streams2.AbortController(),
    "AbortSignal": streams2.AbortSignal(),
}


@pytest.mark.parametrize("row", NAMED, ids=identify)
def test_a_name_of_ours_exists(row: Row) -> None:
    first, *rest = row.ours.split(".")
    # Some attributes are an instance's and no class's.
    found = INSTANCES.get(first) or getattr(streams2, first)
    for name in rest:
        found = getattr(found, name)


@pytest.mark.parametrize("row", NAMED, ids=identify)
def test_its_test_exists_and_mentions_it(row: Row) -> None:
    link = re.fullmatch(r"\[(\w+)\]\(\.\./(tests/\w+\.py)\)", row.last)
    assert link, row.last
    source = (ROOT / link[2]).read_text("utf-8")
    assert f"def test_{link[1]}(" in source
    name = row.ours.split(".")[-1]
    used = {"__aexit__": "async with", "__aiter__": "async for", "promises": "promises."}
    used.update({"__exit__": "with", "__int__": "int"})
    option = name[1:] if row.ours.count(".") and name.startswith("_") else name
    assert re.search(rf"\b({re.escape(used.get(name, name))}|{option}=)(\b|$|\s)", source), name


def test_a_name_without_ours_says_why() -> None:
    for row in ROWS:
        if row.ours == NONE:
            assert row.last.endswith("."), row


def test_what_it_says_of_our_own_names_is_so() -> None:
    introduction = MAP.read_text("utf-8").split("\n## ")[0]
    own = re.findall(r"`((?:Readable|Writable|consumers)\.\w+|pipe|next_tick|run)`", introduction)
    assert len(own) > 10
    for path in own:
        found: Any = streams2
        for name in path.split("."):
            found = getattr(found, name)


#: What users import: all that is public in it is in the map, or is told of as ours alone.
ENDPOINTS = [
    *("timers", "timers.promises", "buffer", "string_decoder", "zlib", "net", "tls", "http"),
    *("https", "child_process", "child_process.promises", "readline", "readline.promises"),
    *("crypto", "fs", "fs.promises", "iter", "zlib.iter"),
]


def public_names(path: str) -> list[str]:
    """The functions and classes that a module shows, but for errors and what describes types."""
    module = importlib.import_module(f"streams2.{path}")
    shown = getattr(module, "__all__", vars(module))
    found = []
    for name in shown:
        thing = getattr(module, name)
        home = str(getattr(thing, "__module__", ""))
        ours = home.startswith(f"streams2.{path.partition('.')[0]}") or home == "streams2.core"
        is_error = isinstance(thing, type) and issubclass(thing, BaseException)
        if name[0] != "_" and callable(thing) and ours and not is_error:
            found.append(name)
    return found


@pytest.mark.once
@pytest.mark.parametrize("path", ENDPOINTS)
def test_every_public_name_of_an_endpoint_is_in_the_map(path: str) -> None:
    mapped = {row.ours for row in NAMED}
    own = MAP.read_text("utf-8").split("\n## ")[0]
    missing = [
        name
        for name in public_names(path)
        # Of some classes, Node shows no more than the instances: their methods are in the map.
        if not any(
            ours == f"{path}.{name}" or ours.startswith(f"{path}.{name}.") for ours in mapped
        )
        if f"`{path}.{name}`" not in own
    ]
    assert missing == []


def test_every_difference_has_a_number_of_its_own() -> None:
    rows = re.findall(r"^\| (\d+) \|", (ROOT / "docs" / "differences.md").read_text("utf-8"), re.M)
    assert sorted(map(int, rows)) == list(range(1, len(rows) + 1))
