"""What the source says about the house: who imports whom, and who uses whose names."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

Modules = Mapping[str, ast.Module]

PRIVATE = re.compile(r"_[A-Za-z]\w*")


def read(package: Path) -> dict[str, ast.Module]:
    """All modules below `package`, by name; a room's ``__init__`` has the name of the room."""
    modules = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        modules[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return modules


def room_of(module: str) -> str:
    """The part of the house that a module is in: a package, or a module of the top floor."""
    _, _, inside = module.partition(".")
    return inside.partition(".")[0] or "__init__"


# -- what is left unsaid --------------------------------------------------------------------------


def uses_of_any(tree: ast.AST) -> int:
    """How often ``Any`` is named: imported, in an annotation or a type that is spelled as text."""
    count = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "Any" in node.value:
            try:
                count += uses_of_any(ast.parse(node.value, mode="eval"))
            except SyntaxError:
                pass  # Prose.
        elif (
            (isinstance(node, ast.Name) and node.id == "Any")
            or (isinstance(node, ast.alias) and node.name == "Any")
            or (isinstance(node, ast.Attribute) and node.attr == "Any")
        ):
            count += 1
    return count


# -- who imports whom -----------------------------------------------------------------------------


def is_package(module: str, modules: Modules) -> bool:
    return any(other.startswith(module + ".") for other in modules)


def is_fact(name: str) -> bool:
    """Whether a name tells of the package, as ``__version__`` does: no code comes with it."""
    return name.startswith("__") and name.endswith("__")


def imports(module: str, modules: Modules) -> Iterator[tuple[str, str, int]]:
    """What `module` imports, wherever it does: the other module, a name from it or "", the line."""
    here = module.split(".")
    if not is_package(module, modules):
        here.pop()
    for node in ast.walk(modules[module]):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in modules:
                    yield alias.name, "", node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            origin = ".".join([*base, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{origin}.{alias.name}"
                if inner in modules:
                    yield inner, "", node.lineno
                elif origin in modules:
                    yield origin, alias.name, node.lineno
        elif isinstance(node, ast.Constant) and node.value in modules and "." in str(node.value):
            yield str(node.value), "", node.lineno  # what `importlib` is given


def graph(modules: Modules) -> dict[str, set[str]]:
    return {
        module: {other for other, name, _ in imports(module, modules) if not is_fact(name)}
        - {module}
        for module in modules
    }


def circles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Modules that import each other, by whatever way: each time all of them."""

    def reached_from(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            for other in arrows[todo.pop()] - seen:
                seen.add(other)
                todo.append(other)
        return seen

    reach = {name: reached_from(name) for name in arrows}
    knots = {
        tuple(sorted(other for other in reach[name] if name in reach[other]))
        for name in arrows
        if name in reach[name]
    }
    return sorted(map(list, knots))


# -- whose names ----------------------------------------------------------------------------------


def _targets(node: ast.AST) -> Iterator[str]:
    """The names that a node gives to something."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
        yield node.id if isinstance(node, ast.Name) else node.attr
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            if alias.asname:
                yield alias.asname
    elif isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "__slots__" for target in node.targets
    ):
        for constant in ast.walk(node.value):
            if isinstance(constant, ast.Constant):
                yield str(constant.value)


def defined(modules: Modules) -> dict[str, set[str]]:
    """For each private name, the rooms in which it is given to something."""
    owners: dict[str, set[str]] = defaultdict(set)
    for module, tree in modules.items():
        for node in ast.walk(tree):
            for name in _targets(node):
                if PRIVATE.fullmatch(name):
                    owners[name].add(room_of(module))
    return owners


def _uses(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Private names that are asked of something, also in words: ``getattr(x, "_name")``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and PRIVATE.fullmatch(node.attr):
            yield node.attr, node.lineno
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and PRIVATE.fullmatch(node.value)
        ):
            yield node.value, node.lineno


def taken(modules: Modules, allowed: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Private names that a room takes from another: where, and what."""
    owners, found = defined(modules), []
    for module, tree in modules.items():
        room = room_of(module)
        for other, name, line in imports(module, modules):
            private = [part for part in [*other.split("."), name] if PRIVATE.fullmatch(part)]
            if private and room_of(other) != room:
                found.append((f"{module}:{line}", private[0]))
        for name, line in _uses(tree):
            if name not in allowed and owners[name] and room not in owners[name]:
                found.append((f"{module}:{line}", name))
    return found
