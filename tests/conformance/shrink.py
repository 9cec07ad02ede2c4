"""Makes a program smaller while it still shows what is wrong."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Callable

from . import language
from .language import Action, MalformedError, Program

#: Tries before shrinking is given up.
PATIENCE = 4000


def shrink(program: Program, still_wrong: Callable[[Program], bool]) -> Program:
    """The smallest program found by taking parts away, for which `still_wrong` holds."""
    tries = 0
    smaller: Program | None = program
    while smaller is not None:
        program, smaller = smaller, None
        for candidate in _candidates(program):
            tries += 1
            if tries > PATIENCE:
                return program
            if _well_formed(candidate) and still_wrong(candidate):
                smaller = candidate
                break
    return program


def _well_formed(program: Program) -> bool:
    try:
        language.check(program)
    except MalformedError:
        return False
    return True


def _candidates(program: Program) -> Iterator[Program]:
    """Programs a little smaller than `program`, the boldest first."""
    yield from _without_streams(program)
    yield from _with_less(program)
    yield from _with_plainer(program)


def _without_streams(program: Program) -> Iterator[Program]:
    for name in program["streams"]:
        if len(program["streams"]) == 1:
            return
        smaller = copy.deepcopy(program)
        del smaller["streams"][name]
        yield smaller
        _drop_mentions(smaller["turns"], name)
        yield smaller


def _drop_mentions(node: Any, name: str) -> None:
    """Take out all actions that name the stream."""
    if isinstance(node, list):
        node[:] = [child for child in node if not (_is_action(child) and name in child[1:3])]
        for child in node:
            _drop_mentions(child, name)
    elif isinstance(node, dict):
        for child in node.values():
            _drop_mentions(child, name)


def _is_action(node: Any) -> bool:
    return (
        isinstance(node, list)
        and bool(node)
        and isinstance(node[0], str)
        and node[0] in language.VERBS
    )


def _places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all parts of a program, the outermost first."""
    children: Any = ()
    if isinstance(node, list):
        children = enumerate(node)
    elif isinstance(node, dict):
        children = node.items()
    level = [((*path, key), child) for key, child in children]
    for place, _ in level:
        yield place
    for place, child in level:
        yield from _places(child, place)


def _parts(program: Program) -> Iterator[tuple[Any, ...]]:
    return (path for path in _places(program) if len(path) > 1)


def _at(program: Program, path: tuple[Any, ...]) -> Any:
    node: Any = program
    for key in path:
        node = node[key]
    return node


def _with_less(program: Program) -> Iterator[Program]:
    """One part taken out, or several neighbours at once."""
    for beside in ("marks", "aborted"):
        if beside in program:
            yield {part: content for part, content in program.items() if part != beside}
    for path in _parts(program):
        parent = _at(program, path[:-1])
        spans: tuple[int, ...] = (1,)
        if isinstance(parent, list) and path[-1] == 0 and len(parent) > 3:
            spans = (len(parent), len(parent) // 2, 1)
        for span in spans:
            smaller = copy.deepcopy(program)
            shrunk = _at(smaller, path[:-1])
            if isinstance(shrunk, list):
                del shrunk[path[-1] : path[-1] + span]
            else:
                del shrunk[path[-1]]
            yield smaller


def _with_plainer(program: Program) -> Iterator[Program]:
    """One part replaced by a plainer one."""
    for path in _parts(program):
        node = _at(program, path)
        for plainer in _plainer(node):
            smaller = copy.deepcopy(program)
            _at(smaller, path[:-1])[path[-1]] = plainer
            yield smaller
        if _is_action(node) and node[0] == "later":
            smaller = copy.deepcopy(program)
            actions = _at(smaller, path[:-1])
            actions[path[-1] : path[-1] + 1] = node[2]
            yield smaller
    if len(program["turns"]) > 1:
        for index in range(len(program["turns"]) - 1):
            smaller = copy.deepcopy(program)
            smaller["turns"][index] += smaller["turns"].pop(index + 1)
            yield smaller


def _plainer(node: Any) -> Iterator[Any]:
    if type(node) is int and node > 1:
        yield 1
        yield node - 1
    elif isinstance(node, dict) and len(node) == 1 and next(iter(node)) in language.VALUES:
        if "object" not in node:
            yield "a"
        if node == {"next": 1}:
            return
        yield {"next": 1}
    elif _is_action(node):
        yield from _plainer_action(node)


def _plainer_action(action: Action) -> Iterator[Action]:
    for fancy, plain in (("prependOnce", "once"), ("prepend", "on"), ("once", "on")):
        if action[0] == fancy:
            yield [plain, *action[1:]]
    if action[0] == "readAll":
        yield ["read", *action[1:]]
    if action[0] == "later" and action[1] != "tick":
        yield ["later", "tick", action[2]]
