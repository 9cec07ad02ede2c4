"""What the user calls a thing: its variable, or else its class; and where it was made.

A variable is looked for while somebody asks, and not before: in what waits (the frames of tasks),
in the modules of the program, in functions that close over it, and in the line that made it.
"""

from __future__ import annotations

import ast
import asyncio
import functools
import linecache
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from types import CellType, FrameType, FunctionType, ModuleType

from ..channel import Channel
from ..errors.places import Place, is_between
from ..events.emitter import EventEmitter
from .given import given_to
from .streamables import behind, kind_of, known_as, parts_of

__all__ = ["Names", "is_library", "is_users", "place_of", "users_frames"]

_NO_NAMES = ("self", "stream", "channel", "cls")
_LONG = 500
_STDLIB = os.path.dirname(os.path.abspath(os.__file__))


class Names:
    """The names of the streams and channels of a program.

    Args:
        frames: those of the tasks that wait.
        functions: all there are.
        children: the child processes, whose streams are called as they are there.
    """

    def __init__(
        self,
        frames: Iterable[FrameType],
        functions: Iterable[FunctionType],
        children: Iterable[object] = (),
    ) -> None:
        self._parts = {
            id(getattr(child, name)): name
            for child in children
            for name in ("stdin", "stdout", "stderr")
        }
        self._found: dict[int, list[str]] = {}
        self._inside: dict[int, str] = {}
        self._said: set[int] = set()
        for frame in frames:
            if is_users(frame):
                self._note(frame.f_locals, deep=True)
        for frame in _stack():
            if is_users(frame):
                self._note(frame.f_locals, deep=True)
        for module in list(sys.modules.values()):
            if not isinstance(module, ModuleType):
                continue  # A program may put there what it likes.
            file = getattr(module, "__file__", None)
            if not is_between(file or f"<{module.__name__}>", module.__name__):
                self._note(vars(module), deep=not is_library(file))
        for function in functions:
            if function.__closure__ and not is_between(
                function.__code__.co_filename, function.__module__ or ""
            ):
                cells = zip(function.__code__.co_freevars, function.__closure__)
                self._note({name: _content(cell) for name, cell in cells}, deep=True)

    def _note(self, names: Mapping[str, object], *, deep: bool) -> None:
        for name, thing in list(names.items()):
            known = _named(thing)
            if known is not None:
                found = self._found.setdefault(id(known), [])
                if name not in found and name not in _NO_NAMES:
                    found.append(name)
            elif deep and not name.startswith("__"):
                for inner, one in _contents(name, thing):
                    self._inside.setdefault(id(one), inner)

    def has(self, thing: object) -> bool:
        """Whether the program has a name for it."""
        return _described(thing) != self.of(thing).strip("`")

    def of(self, thing: object) -> str:
        """The name alone, in backquotes; or what it is."""
        place = _made_at(thing)
        given = _assigned_at(place, kind_of(thing)) if place is not None else None
        found = self._found.get(id(thing), [])
        if given is not None and (given in found or not found):
            part = self._parts.get(id(thing))
            inner = self._inside.get(id(thing), "")
            if not found and part is None and inner.startswith(f"{given}."):
                return f"`{inner}`"
            return f"`{given}`" if part is None else f"`{given}.{part}`"
        if found or id(thing) in self._inside:
            return f"`{found[0] if found else self._inside[id(thing)]}`"
        handed = given_to(thing)
        return f"`{_described(thing) if handed is None else handed.name or _described(thing)}`"

    def introduced(self, thing: object) -> str:
        """The name; and the first time what it is, and where it was made."""
        name = self.of(thing)
        if id(thing) in self._said:
            return name
        self._said.add(id(thing))
        place, kind = _made_at(thing), kind_of(thing)
        handed = given_to(thing) if place is None else None
        made = f"made at {place}" if place is not None else "made by no line of yours"
        if handed is not None:
            made = f"{handed.words} {handed.place}"
        article = "an" if kind[0] in "AEIOU" else "a"
        return f"{name} ({made})" if kind in name else f"{name} ({article} {kind}, {made})"


def place_of(thing: object) -> Place | None:
    """Where a stream or a channel was made, or whose listener was given it."""
    handed = given_to(thing) if _made_at(thing) is None else None
    return _made_at(thing) if handed is None else handed.place


def _made_at(thing: object) -> Place | None:
    if isinstance(thing, Channel):
        return thing.made_at
    life = getattr(behind(thing), "_life", behind(thing))
    made_at = getattr(life, "made_at", None)
    return made_at if isinstance(made_at, Place) else None


def is_users(frame: FrameType) -> bool:
    """Whether this frame runs a line of the user's."""
    module = frame.f_globals.get("__name__", "")
    return not is_between(frame.f_code.co_filename, module if isinstance(module, str) else "")


def users_frames(frames: Iterable[FrameType]) -> list[FrameType]:
    """Those that run a line of the user's."""
    return [frame for frame in frames if is_users(frame)]


def _stack() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _named(thing: object) -> object:
    """What a variable is a name for, if it has something that is spoken of; or else None."""
    return thing if issubclass(type(thing), (EventEmitter, Channel)) else known_as(thing)


def _contents(name: str, thing: object) -> Iterator[tuple[str, object]]:
    """The streams and channels in a list, a dictionary or an object of the user's: their names."""
    yield from _named_in(name, thing)
    module = sys.modules.get(type(thing).__module__)
    if module is sys.modules["builtins"] or is_library(getattr(module, "__file__", None)):
        return
    for attribute, value in list(getattr(thing, "__dict__", {}).items()):
        known = _named(value)
        if known is not None:
            yield f"{name}.{attribute}", known
        else:
            yield from _named_in(f"{name}.{attribute}", value)


def _named_in(name: str, thing: object) -> Iterator[tuple[str, object]]:
    for inner, one in _items(name, thing):
        known = _named(one)
        if known is not None:
            yield inner, known


def _items(name: str, thing: object) -> Iterator[tuple[str, object]]:
    parts = parts_of(thing)
    if parts:
        yield from ((f"{name}.{part}", getattr(thing, part)) for part in parts)
    elif isinstance(thing, (list, tuple, deque)) and len(thing) < _LONG:
        yield from ((f"{name}[{index}]", one) for index, one in enumerate(thing))
    elif isinstance(thing, dict) and len(thing) < _LONG:
        for key, one in list(thing.items()):
            if isinstance(key, (str, int)):
                yield f"{name}[{key!r}]", one


def is_library(file: str | None) -> bool:
    """Whether a module is none of the program's own: those have no end of variables."""
    return file is not None and (file.startswith(_STDLIB) or is_between(file))


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _described(thing: object) -> str:
    if isinstance(thing, asyncio.Task):
        return thing.get_name()
    kind = kind_of(thing)
    path = getattr(thing, "path", None)
    return f"{kind} {path!r}" if isinstance(path, (str, bytes)) else kind


def _assigned_at(place: Place, kind: str) -> str | None:
    """The name that the statement at `place` gives what it makes, if that is plain to see."""
    best: ast.stmt | None = None
    for node in _statements("".join(linecache.getlines(place.file))):
        if _covers(node, place.line) and (best is None or node.lineno >= best.lineno):
            best = node
    if isinstance(best, (ast.With, ast.AsyncWith)):
        for item in best.items:
            if item.optional_vars is not None and isinstance(item.optional_vars, ast.Name):
                return item.optional_vars.id
    if isinstance(best, ast.Assign) and len(best.targets) == 1:
        return _target(best.targets[0], best.value, kind)
    if isinstance(best, ast.AnnAssign) and best.value is not None:
        return _target(best.target, best.value, kind)
    return None


@functools.lru_cache(maxsize=16)
def _statements(source: str) -> tuple[ast.stmt, ...]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return ()
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.stmt))


def _covers(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or 0)


def _target(target: ast.expr, value: ast.expr, kind: str) -> str | None:
    if isinstance(value, ast.Await):
        value = value.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = [
            one
            for one, made in zip(target.elts, value.elts)
            if isinstance(made, ast.Call) and _called(made) == kind
        ]
        return ast.unparse(pairs[0]) if len(pairs) == 1 else None
    if not isinstance(value, ast.Call) or not isinstance(target, (ast.Name, ast.Attribute)):
        return None
    inner = [node for arg in value.args for node in ast.walk(arg) if isinstance(node, ast.Call)]
    if _called(value) != kind and any(_called(node) == kind for node in inner):
        return None
    return ast.unparse(target)


def _called(call: ast.Call) -> str:
    function = call.func
    return getattr(function, "attr", None) or getattr(function, "id", None) or ""
