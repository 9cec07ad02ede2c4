"""The house stands as it is drawn in its rooms' docstrings: everything is imported one way."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

import pytest

import streams2

from . import house

pytestmark = pytest.mark.once

ROOT = Path(streams2.__file__).parent
MODULES = house.read(ROOT)
GRAPH = house.graph(MODULES)
ROOMS = sorted({house.room_of(module) for module in MODULES})
PACKAGES = [room for room in ROOMS if house.is_package(f"streams2.{room}", MODULES)]

ENDPOINTS = {
    *("fs", "stdio", "timers", "net", "tls", "zlib", "http", "https"),
    *("child_process", "readline"),
    *("crypto", "buffer", "string_decoder", "iter", "brokers", "asgi"),
}

FLOORS = [
    {"__init__", "__main__"},
    {"command"},
    {"lab"},
    {"learn"},
    {"port"},
    {"compare"},
    {"doctor"},
    {"trace"},
    {"bridge"},
    ENDPOINTS,
    {"promises", "consumers"},
    {"channel"},
    {"streams"},
    {"io"},
    {"core"},
    {"events"},
    {"loop"},
    {"errors"},
]
"""The rooms, from the top floor down. Imports go down, or stay on their floor."""

FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

USERS_PROGRAMS = "streams2.compare.variants."
"""Ways to write `cat`, as a user would: they import what users import."""

NODES_NAMES = {
    *("_read", "_write", "_writev", "_final", "_construct", "_destroy", "_transform", "_flush"),
    *("_readable_state", "_writable_state", "_life"),
}
"""What Node calls so, and a subclass may write: no room's own."""

ASYNCIOS_NAMES = {"_selector", "_run_once"}
"""What asyncio calls so, and a loop of ours may have."""

MOST_LINES = 500
A_REASON = re.compile(r"\bone module,? because\s", re.IGNORECASE)
READING_PATH = (
    *("machine", "pipe", "life", "flow", "supply", "demand", "read_side", "write_side"),
)

KNOTS = house.circles(GRAPH)
TAKEN = house.taken(MODULES, NODES_NAMES | ASYNCIOS_NAMES)
every_room = pytest.mark.parametrize("room", ROOMS)


def lines_of(module):
    path = ROOT.joinpath(*module.split(".")[1:])
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return len(path.read_text(encoding="utf-8").splitlines())


# -- the house ------------------------------------------------------------------------------------


def test_every_room_has_a_floor():
    assert [room for room in ROOMS if room not in FLOOR] == []


@every_room
def test_no_room_has_a_circle(room):
    """Imports inside of functions count, too, and those for types: all ways to close a circle."""
    assert [knot for knot in KNOTS if room in map(house.room_of, knot)] == []


@every_room
def test_imports_go_down(room):
    upward = [
        f"{module} imports {other}"
        for module, others in GRAPH.items()
        for other in others
        if house.room_of(module) == room and FLOOR[house.room_of(other)] < FLOOR[room]
        if not module.startswith(USERS_PROGRAMS)
    ]
    assert upward == []


def test_channels_need_errors_alone():
    needed = {
        house.room_of(other)
        for module, others in GRAPH.items()
        for other in others
        if house.room_of(module) == "channel"
    }
    assert needed == {"channel", "errors"}


@every_room
def test_no_private_name_is_taken_from_another_room(room):
    assert [found for found in TAKEN if house.room_of(found[0].partition(":")[0]) == room] == []


@pytest.mark.parametrize("room", PACKAGES)
def test_a_room_says_what_lives_there_and_what_does_not(room):
    says = ast.get_docstring(MODULES[f"streams2.{room}"]) or ""
    assert re.search(r"^Not here: .+", says, re.MULTILINE)


def test_the_top_floor_is_not_crowded():
    assert len(set(PACKAGES) - ENDPOINTS) <= 15
    assert [room for room in ROOMS if room.startswith("_") and FLOOR[room]] == []


@every_room
def test_a_long_module_says_why(room):
    """Its docstring then has a sentence with "one module, because"."""
    silent = [
        module
        for module, tree in MODULES.items()
        if house.room_of(module) == room
        and lines_of(module) > MOST_LINES
        and not A_REASON.search(ast.get_docstring(tree) or "")
    ]
    assert silent == []


def test_types_say_what_they_can():
    """`Any` is for where nothing can be said; a chunk of which nothing is known is a `Chunk`."""
    assert sum(map(house.uses_of_any, MODULES.values())) < 400


def test_what_a_learner_reads_is_read_in_one_sitting():
    path = [name for name in (f"streams2.core.{part}" for part in READING_PATH) if name in MODULES]
    assert path
    assert sum(map(lines_of, path)) <= 1800


# -- how it is looked at --------------------------------------------------------------------------


def built(**sources):
    """Modules of a house of cards: ``a__b`` is the module b of the room a."""
    modules = {"streams2": ast.parse("")}
    for name, text in sources.items():
        modules[f"streams2.{name.replace('__', '.')}"] = ast.parse(textwrap.dedent(text))
    return modules


@pytest.mark.parametrize(
    "text",
    [
        "from ..b import c",
        "from ..b.c import name",
        "import streams2.b.c",
        "def function():\n    from ..b import c",
        "if TYPE_CHECKING:\n    from ..b.c import name",
        "importlib.import_module('streams2.b.c')",
    ],
)
def test_a_circle_is_found_wherever_it_is_closed(text):
    modules = built(a="", a__m=text, b="", b__c="from ..a.m import x")
    assert house.graph(modules)["streams2.a.m"] == {"streams2.b.c"}
    assert house.circles(house.graph(modules)) == [["streams2.a.m", "streams2.b.c"]]


def test_a_room_and_what_is_in_it_are_told_apart():
    modules = built(a="from .m import name", a__m="from . import n", a__n="", b="from .a import x")
    assert house.graph(modules) == {
        "streams2": set(),
        "streams2.a": {"streams2.a.m"},
        "streams2.a.m": {"streams2.a.n"},
        "streams2.a.n": set(),
        "streams2.b": {"streams2.a"},
    }
    assert house.circles(house.graph(modules)) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from ..b._hidden import name", "_hidden"),
        ("from ..b import _hidden", "_hidden"),
        ("from ..b.c import _secret", "_secret"),
        ("def function(thing):\n    return thing._secret", "_secret"),
        ("thing.other._slot", "_slot"),
        ("getattr(thing, '_method')", "_method"),
    ],
)
def test_a_private_name_taken_is_found(text, name):
    modules = built(
        a="",
        a__m=text,
        b="",
        b___hidden="",
        b__c="_secret = 1\nclass C:\n    __slots__ = ('_slot',)\n    def _method(self): ...",
    )
    assert [what for _, what in house.taken(modules)] == [name]
    assert house.taken(modules, allowed=[name]) == [] or text.startswith("from")


def test_every_use_of_any_is_counted():
    text = """
    import typing
    from typing import Any
    def f(x: Any, *rest: "list[Any]") -> typing.Any:
        \"""Any chunk.\"""
    Many = Union["tuple[Any, ...]", None]
    """
    assert house.uses_of_any(ast.parse(textwrap.dedent(text))) == 5
    assert house.uses_of_any(ast.parse("Anything = object  # Any")) == 0


def test_the_version_is_no_room():
    modules = built(a__m="from .. import __version__")
    assert house.graph(modules)["streams2.a.m"] == set()


def test_a_private_name_of_ones_own_is_not_taken():
    modules = built(
        a__m="class C:\n    def f(self):\n        self._own = self._asdict()",
        a__n="def f(c):\n    return c._own",
        b="_own = 1",
    )
    assert house.taken(modules) == []
