"""``require``, ``import`` and ``export``: modules of the program's own."""

from __future__ import annotations

import json
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

from .base import Lines, Py, Unsupported, legal
from .nodes_api import module_path, required
from .parse import Node, parse
from .scopes import Scopes
from .statements import Statements

__all__ = ["Modules", "Shape", "locate", "module_name", "shape_of"]

_ENDINGS = ("", ".js", ".ts", ".mjs", ".cjs", "/index.js", "/index.ts")


@dataclass(frozen=True)
class Shape:
    """What a module gives: one thing, or some by name."""

    single: str = ""
    names: tuple[str, ...] = ()
    default: str = ""


@dataclass
class Exports:
    """What the module being written gives."""

    shape: Shape = field(default_factory=Shape)
    any: bool = False
    given: dict[str, Node] = field(default_factory=dict)
    """The values of names that are assigned to ``exports``."""


def _standard_names() -> set[str]:
    names = set(getattr(sys, "stdlib_module_names", ())) | set(sys.builtin_module_names)
    library = Path(sysconfig.get_paths()["stdlib"])
    return names or {path.stem for path in library.iterdir()}


def module_name(path: Path) -> str:
    """The name of the draft of a file, as others import it.

    >>> module_name(Path("lib/my-parser.js"))
    'my_parser'
    """
    parts = path.resolve().parts
    stem = path.stem.split(".")[0]
    name = path.resolve().parent.name if stem == "index" else stem
    if "node_modules" in parts:
        at = len(parts) - 1 - parts[::-1].index("node_modules")
        package = parts[at + 1] if not parts[at + 1].startswith("@") else parts[at + 2]
        main = _main_of(Path(*parts[: at + 2]))
        name = package if main == path.resolve() else f"{package}_{stem}"
    name = legal(name.lower() if name.isupper() else name)
    return f"{name}_" if name in _standard_names() or name == "streams2" else name


def _main_of(package: Path) -> Path | None:
    try:
        described = json.loads((package / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    main = described.get("main")
    exported = described.get("exports")
    while isinstance(exported, dict):
        exported = (
            exported.get(".")
            or exported.get("require")
            or exported.get("default")
            or exported.get("import")
        )
    if not isinstance(main, str):
        main = exported if isinstance(exported, str) else "index.js"
    return _file(package / main)


def _file(path: Path) -> Path | None:
    for ending in _ENDINGS:
        found = Path(f"{path}{ending}")
        if found.is_file():
            return found.resolve()
    return None


def locate(request: str, source: Path) -> Path | None:
    """The file that ``require(request)`` in another file finds; None if there is none."""
    if request.startswith("."):
        return _file(source.parent / request)
    for folder in source.resolve().parents:
        package = folder / "node_modules" / request
        if package.is_dir():
            return _main_of(package)
        found = _file(package)
        if found is not None:
            return found
    return None


def shape_of(tree: Node, scopes: Scopes) -> Exports:
    """What a program gives to others."""
    exports = Exports()
    names: list[str] = []
    for node in tree.walk():
        if node.kind == "export_statement":
            exports.any = True
            _exported_names(node, names, exports)
        if (node.kind == "member_expression" and node.text == "module.exports") or (
            node.text == "exports" and (node.kind == "identifier" and scopes.binding(node) is None)
        ):
            exports.any = True
        if node.kind == "assignment_expression":
            _assigned_exports(node, names, exports, scopes)
    exports.shape = Shape(exports.shape.single, tuple(names), exports.shape.default)
    return exports


def _assigned_exports(node: Node, names: list[str], exports: Exports, scopes: Scopes) -> None:
    left, right = node["left"], node["right"]
    if left.text == "module.exports":
        while right.kind == "assignment_expression":
            right = right["right"]
        if right.kind == "object" and all(
            child.kind != "spread_element" for child in right.children
        ):
            names += [_key(child) for child in right.children]
        else:
            exports.shape = Shape(single=_single(right, scopes))
    elif left.kind == "member_expression" and left["object"].text in ("module.exports", "exports"):
        names.append(left["property"].text)
        exports.given[left["property"].text] = right


def _key(node: Node) -> str:
    key = node.get("key") or node.get("name") or node
    return key.text.strip("'\"")


def _single(node: Node, scopes: Scopes) -> str:
    if node.kind == "identifier" and scopes.binding(node) is not None:
        return legal(node.text)
    own = node.get("name")
    return legal(own.text) if own is not None and node.kind != "call_expression" else "exports"


def _exported_names(node: Node, names: list[str], exports: Exports) -> None:
    declared = node.get("declaration")
    if "default" in node.text.split("{")[0].split("(")[0].split() or node.get("value") is not None:
        value = node.get("value") or declared
        name = "exports"
        if value is not None and value.kind == "identifier":
            name = legal(value.text)
        elif (
            value is not None and value.get("name") is not None and value.kind != "call_expression"
        ):
            name = legal(value["name"].text)
        exports.shape = Shape(default=name)
    elif declared is not None:
        for each in declared.walk():
            if (each is declared and each.get("name")) or (
                each.kind == "variable_declarator" and each.parent is declared
            ):
                names.append(each["name"].text)  # noqa: PERF401


class Modules(Statements):
    """Imports and exports."""

    path: Path
    exports: Exports
    required: dict[Path, Shape]
    """The files that are required, and what each gives."""

    def other_shape(self, request: str) -> tuple[str, Shape | None]:
        """The name of another module's draft, and what it gives."""
        if request.startswith("node:"):
            raise Unsupported(f"streams2 has no {request}")
        found = locate(request, self.path)
        if found is None:
            return legal(request.rpartition("/")[2].split(".")[0]), None
        if found not in self.required:
            tree, _ = parse(found.read_text(encoding="utf-8"), found.suffix == ".ts")
            self.required[found] = shape_of(tree, Scopes(tree)).shape
        return module_name(found), self.required[found]

    def required_value(self, request: str, wanted: str = "") -> Py:
        """What ``require(request)`` gives."""
        name, shape = self.other_shape(request)
        if shape is None or shape.single or shape.default:
            part = wanted or legal(name) if shape is None else shape.single or shape.default
            return Py(self._part(name, part, wanted))
        return Py(self.imports.module(name))

    def _part(self, module: str, name: str, wanted: str) -> str:
        if wanted and (module, name) not in self.imports.parts:
            self.imports.parts[module, name] = wanted
            return wanted
        return self.imports.part(module, name)

    def required_module(self, node: Node) -> Lines | None:
        request = required(node.get("value"))
        name = node["name"]
        if request is None or module_path(request) is not None:
            return None
        if name.kind == "identifier":
            binding = self.scopes.binding(name)
            assert binding is not None
            wanted = self.name_of(binding)
            shown = self.required_value(request, wanted).text
            return [] if shown == wanted else [self.line(node, f"{wanted} = {shown}")]
        module, shape = self.other_shape(request)
        plain = all(
            child.kind == "shorthand_property_identifier_pattern" for child in name.children
        )
        if shape is None or shape.single or not plain:
            value = self.required_value(request)
            return [self.line(node, text) for text in self.taken_apart(name, value)]
        for child in name.children:
            binding = self.scopes.binding(child)
            assert binding is not None
            self._part(module, legal(child.text), self.name_of(binding))
        return []

    def _expr_call_expression(self, node: Node) -> Py:
        request = required(node)
        if request is not None:
            path = module_path(request)
            return self.required_value(request) if path is None else self.api_value(path)
        return super()._expr_call_expression(node)

    # -- exports ----------------------------------------------------------------------------------

    def _is_exports(self, node: Node) -> bool:
        return node.text == "module.exports" or (
            node.kind == "identifier"
            and node.text == "exports"
            and self.scopes.binding(node) is None
        )

    def free_name(self, node: Node) -> Py:
        if node.text == "exports" and self.exports.shape.single:
            return Py(self.exports.shape.single)
        return super().free_name(node)

    def _expr_member_expression(self, node: Node) -> Py:
        if node.text == "module.exports":
            if not self.exports.shape.single:
                raise Unsupported("the module itself, as a value")
            return Py(self.exports.shape.single)
        if self._is_exports(node["object"]) and not self.exports.shape.single:
            return Py(legal(node["property"].text))
        return super()._expr_member_expression(node)

    def _method_call(self, node: Node) -> Py:
        callee = node["function"]
        if self._is_exports(callee["object"]) and not self.exports.shape.single:
            arguments = ", ".join(self.spread_list(node["arguments"].children))
            return Py(f"{legal(callee['property'].text)}({arguments})")
        return super()._method_call(node)

    def exported_effect(self, node: Node) -> Lines | None:
        if node.kind != "assignment_expression":
            return None
        left, right = node["left"], node["right"]
        if self._is_exports(left):
            if right.kind == "assignment_expression" and self._is_exports(right["left"]):
                return self.exported_effect(right)
            return self._whole(right, node)
        if left.kind == "member_expression" and self._is_exports(left["object"]):
            if self.exports.shape.single:
                return None
            return self._given(left["property"].text, right, node)
        return None

    def _whole(self, value: Node, node: Node) -> Lines:
        if value.kind == "object" and not self.exports.shape.single:
            lines: Lines = []
            for child in value.children:
                before, self.before = self.before, []
                inner = (
                    child
                    if child.kind in ("method_definition", "shorthand_property_identifier")
                    else child["value"]
                )
                written = self._given(_key(child), inner, child)
                lines += self.before + written
                self.before = before
            return lines
        single = self.exports.shape.single
        if value.kind == "class":
            return self.class_statement(value, single)
        return self._given(single, value, node)

    def _given(self, name: str, value: Node, node: Node) -> Lines:
        """A name that others can import."""
        name = legal(name)
        if self.is_function(value) or value.kind == "method_definition":
            return self.named_function(value, name)
        request = required(value)
        if request is not None and module_path(request) is None:
            shown = self.required_value(request, name).text
        else:
            shown = self.text_of(value)
        return [] if shown == name else [self.line(node, f"{name} = {shown}")]

    def _write_import_statement(self, node: Node) -> Lines:
        source = node.get("source") or node.children[0].get("source")
        if source is None:
            raise Unsupported("an import that is no import of a module")
        request = source.text[1:-1]
        if module_path(request) is not None:
            return []
        if node.get("source") is None:
            raise Unsupported("import x = require() of a module of your own: import it")
        module, shape = self.other_shape(request)
        for clause in node.children:
            if clause.kind == "import_clause":
                for child in clause.children:
                    self._import(child, module, shape)
        return []

    def _import(self, node: Node, module: str, shape: Shape | None) -> None:
        if node.kind == "named_imports":
            for each in node.children:
                binding = self.scopes.binding(each.get("alias") or each["name"])
                assert binding is not None
                self._part(module, legal(each["name"].text), self.name_of(binding))
            return
        name = node if node.kind == "identifier" else node.children[0]
        binding = self.scopes.binding(name)
        assert binding is not None
        if node.kind == "namespace_import":
            self.imports.whole[module] = self.name_of(binding)
            return
        part = "exports" if shape is None else shape.default or shape.single or "exports"
        self._part(module, part, self.name_of(binding))

    def _write_export_statement(self, node: Node) -> Lines:
        declared, value = node.get("declaration"), node.get("value")
        if node.get("source"):
            return self._passed_on(node)
        if declared is not None:
            return self.statement(declared)
        if value is not None:
            name = self.exports.shape.default
            if value.kind == "class":
                return self.class_statement(value, name)
            return self._given(name, value, node)
        lines: Lines = []
        clause = next((each for each in node.children if each.kind == "export_clause"), None)
        for each in clause.children if clause is not None else []:
            shown = self.text_of(each["name"])
            alias = legal((each.get("alias") or each["name"]).text)
            if shown != alias:
                lines.append(self.line(node, f"{alias} = {shown}"))
        return lines

    def _passed_on(self, node: Node) -> Lines:
        """``export { a } from './x'``."""
        module, _ = self.other_shape(node["source"].text[1:-1])
        clause = next((each for each in node.children if each.kind == "export_clause"), None)
        if clause is None:
            return [self.line(node, f"from {module} import *")]
        for each in clause.children:
            alias = legal((each.get("alias") or each["name"]).text)
            self._part(module, legal(each["name"].text), alias)
        return []
