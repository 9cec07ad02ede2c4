"""Names, properties, objects and lists; assignments to them."""

from __future__ import annotations

from collections.abc import Callable

from .base import COMPARE, SUM, Py, Unsupported, attribute_name, legal, only
from .js.objects import snake
from .library import VALUES
from .nodes_api import python_of
from .operators import quoted
from .parse import Node
from .properties import Properties

__all__ = ["Members"]


class Members(Properties):
    """Expressions that are names or have parts."""

    # -- names ------------------------------------------------------------------------------------

    def _expr_identifier(self, node: Node) -> Py:
        binding = self.scopes.binding(node)
        path = self.api.path(node)
        if path is not None:
            return self.api_value(path)
        if binding is not None:
            return Py(self.name_of(binding))
        if node.text == "undefined":
            return Py("None")
        if node.text in ("NaN", "Infinity"):
            return Py(f"{self.imports.module('math')}.{'nan' if node.text == 'NaN' else 'inf'}")
        if node.text == "arguments":
            return Py("arguments")
        return self.free_name(node)

    def free_name(self, node: Node) -> Py:
        raise Unsupported(f"nothing says what {node.text} is")

    _expr_shorthand_property_identifier = _expr_identifier

    def api_value(self, path: str) -> Py:
        """Something of Node's, where it is not called."""
        if path.startswith("missing."):
            return Py("None")
        if path == "process.nextTick":
            return Py(self.imports.part("streams2", "next_tick"))
        if path in VALUES:
            template, *modules = VALUES[path]
            for module in modules:
                self.imports.module(module)
            return Py(template.replace("js.", self.js("")) if "js." in template else template)
        if path in ("process.stdin", "process.stdout", "process.stderr"):
            return Py(f"{self.imports.part('streams2', 'stdio')}.{path[8:]}()")
        if path.startswith("process.env."):
            return Py(f"{self.js('process')}.env.{path[12:]}")
        if path.startswith(("process.std", "process.argv.")):
            owner, _, name = path.rpartition(".")
            return Py(f"{self.api_value(owner).atom}.{snake(name)}")
        found = python_of(path)
        if found is None:
            raise Unsupported(f"streams2 has no {path}")
        module, name, rest = found
        return Py(self.imports.part(module, name) + rest)

    def _expr_this(self, node: Node) -> Py:
        return Py(self.this_of(node))

    def this_of(self, node: Node) -> str:
        """What ``this`` is called where a node stands."""
        raise NotImplementedError

    # -- optional chains --------------------------------------------------------------------------

    def chain(self, node: Node) -> Py:
        """``a?.b``: None if there is no ``a``."""
        asked = (
            node["object"]
            if node.kind == "member_expression"
            else node.get("object") or node["function"]
        )
        owner = self.expr(asked)
        again = owner
        if not self.is_simple(asked):
            name = self.fresh("value", node)
            owner, again = Py(f"({name} := {owner.text})"), Py(name)
        there = f"{owner.within(COMPARE + 1)} is not None"
        return self.asked(there, self.after_question(node, again, asked))

    def asked(self, there: str, rest: Py) -> Py:
        """What is there only if something else is; what follows it is not asked for either."""
        text = f"({rest.text} if {there} else None)"
        self.chains[text] = there, rest
        return Py(text)

    def rest_of_chain(self, node: Node, owner: Py, write: Callable[[Py], Py]) -> Py:
        """What follows in ``a?.b.c``: nothing of it is asked for if there is no ``a``."""
        if owner.text not in self.chains or f"({node.text})" in self.tree.text:
            return write(owner)
        there, rest = self.chains[owner.text]
        return self.asked(there, write(rest))

    def after_question(self, node: Node, owner: Py, asked: Node) -> Py:
        if node.kind == "member_expression":
            return self.property_of(owner, asked, node["property"].text, True)
        return self.call_js("item", owner.text, self.text_of(node["index"]))

    # -- items ------------------------------------------------------------------------------------

    def symbol(self, node: Node) -> str | None:
        """The name that stands for a symbol, if a key is one."""
        if node.kind == "identifier" and only(self.kinds(node), "symbol"):
            binding = self.scopes.binding(node)
            return None if binding is None else legal(f"_{binding.name.lstrip('_')}")
        path = self.api.path(node)
        names = {"Symbol.asyncIterator": "__aiter__", "Symbol.iterator": "__iter__"}
        return names.get(path or "")

    def _expr_subscript_expression(self, node: Node) -> Py:
        if node.get("optional_chain"):
            return self.chain(node)
        owner, index = node["object"], node["index"]
        if self.api.path(index) == "Symbol.split":
            pattern = f"{self.imports.module('re')}.Pattern"
            return Py(f"isinstance({self.text_of(owner)}, {pattern})")
        symbol = self.symbol(index)
        if symbol is not None:
            tested = self._is_tested(node)
            value = self.expr(owner)
            return Py(
                f'getattr({value.text}, "{symbol}", None)' if tested else f"{value.atom}.{symbol}"
            )
        if index.kind == "string" and (owner.kind == "this" or only(self.kinds(owner), "stream")):
            return self.property_of(
                self.expr(owner), owner, index.text[1:-1], self._is_tested(node)
            )
        value, key = self.expr(owner), self.expr(index)
        kinds = self.kinds(owner)
        if only(kinds, "dict"):
            return Py(f"{value.atom}.get({key.text})")
        if only(kinds, "object") or only(kinds, "match", "none"):
            return Py(f"{value.atom}[{key.text}]")
        if self._is_inside(owner, index):
            return Py(f"{value.atom}[{key.text}]")
        return self.rest_of_chain(
            owner, value, lambda value: self.call_js("item", value.text, key.text)
        )

    def _is_inside(self, owner: Node, index: Node) -> bool:
        """Whether an index is surely within a list: it counts from 0 to its length."""
        binding = self.scopes.binding(index)
        if binding is None or not only(self.kinds(owner), "list", "str", "bytes"):
            return False
        loop = binding.scope.node
        return loop.kind == "for_statement" and self.counts_up(loop) == owner.text

    def counts_up(self, loop: Node) -> str | None:
        """What a loop counts through: the text of ``x`` in ``i < x.length``."""
        return None

    # -- literals with parts ----------------------------------------------------------------------

    def _expr_array(self, node: Node) -> Py:
        return Py(f"[{', '.join(self.spread_list(node.children))}]")

    def spread_list(self, nodes: list[Node]) -> list[str]:
        """Items, or arguments, with ``*`` where JavaScript has ``...``."""
        return [
            f"*{self.expr(each.children[0]).within(SUM)}"
            if each.kind == "spread_element"
            else self.item_text(each)
            for each in nodes
        ]

    def item_text(self, node: Node) -> str:
        return self.text_of(node)

    def _expr_object(self, node: Node) -> Py:
        maker = self.js("Object")
        children = node.children
        if self._is_for_json(node):
            children = [each for each in children if not self._is_undefined(each)]
        pairs = [self.pair(child) for child in children]
        if self._is_for_json(node):
            pairs = [self._if_given(child, pair) for child, pair in zip(children, pairs)]
        elif "JSON.stringify" in self.tree.text:
            self._see_what_json_leaves_out(children)
        names = [name for name, _ in pairs if name]
        tidy = all(name.isidentifier() and attribute_name(name) == name for name in names if name)
        ordered = all(
            not name or index >= len(pairs) - len(names) for index, (name, _) in enumerate(pairs)
        )
        if tidy and ordered and all(name.isidentifier() for name, _ in pairs if name):
            spread = [value.lstrip("*") for name, value in pairs if not name]
            inner = [*spread, *(f"{name}={value}" for name, value in pairs if name)]
            return Py(f"{maker}({', '.join(inner)})")
        groups: list[str] = []
        run: list[str] = []
        for name, value in pairs:
            if name:
                run.append(f"{name if name.startswith('(') else quoted(name)}: {value}")
                continue
            if run:
                groups.append(f"{{{', '.join(run)}}}")
                run = []
            groups.append(value.lstrip("*"))
        if run:
            groups.append(f"{{{', '.join(run)}}}")
        return Py(f"{maker}({', '.join(groups)})")

    def _is_for_json(self, node: Node) -> bool:
        """Whether an object is made to be JSON: there, what is undefined is left out."""
        for above in node.above():
            if above.kind not in ("object", "array", "pair", "arguments"):
                call = above if above.kind == "call_expression" else None
                return call is not None and self.api.path(call["function"]) == "JSON.stringify"
        return False

    def _see_what_json_leaves_out(self, children: list[Node]) -> None:
        for child in children:
            value = child.get("value")
            if value is not None and self.nothing.of(value) == {"undefined"}:
                raise Unsupported(f"{child.text} is left out by JSON, and None is not")

    def _is_undefined(self, node: Node) -> bool:
        return node.kind == "pair" and node["value"].text in ("undefined", "void 0")

    def _if_given(self, node: Node, pair: tuple[str, str]) -> tuple[str, str]:
        """A property of JSON that may be undefined: it is spread, and then there, or not."""
        name, value = pair
        given = node.get("value") or node
        kinds = self.kinds(given)
        known = only(kinds, "str", "nat", "int", "num", "bool", "list", "object", "func")
        if not name or known:
            return pair
        if self.nothing.of(given) == {"null", "undefined"}:
            raise Unsupported(f"JSON leaves {name} out if it is undefined, and not if it is null")
        perhaps = self.nothing.of(given) == {"undefined"}
        if not perhaps and self.none_of(given, kinds) != "undefined":
            return pair
        key = name if name.startswith("(") else quoted(name)
        return "", f"**{self.js('given')}({{{key}: {value}}})"

    def pair(self, node: Node) -> tuple[str, str]:
        """The name and the value of a property in a literal; no name for what is spread."""
        if node.kind == "spread_element":
            return "", self.text_of(node.children[0])
        if node.kind == "shorthand_property_identifier":
            return node.text, self.text_of(node)
        if node.kind == "method_definition":
            if node.words & {"get", "set"}:
                raise Unsupported("a getter or setter outside of a class")
            return node["name"].text, self.function_value(node, node["name"].text).text
        key = node["key"]
        wanted = key.text if key.kind == "property_identifier" else ""
        value = node["value"]
        shown = self.function_value(value, wanted) if self.is_function(value) else self.expr(value)
        return self.key_name(key), shown.text

    def key_name(self, key: Node) -> str:
        if key.kind == "string":
            return str(self.expr(key).text[1:-1])
        if key.kind == "computed_property_name":
            return f"({self.shown(key.children[0]).text})"
        return key.text

    def is_function(self, node: Node) -> bool:
        return node.kind in ("arrow_function", "function_expression", "generator_function")

    # -- instanceof -------------------------------------------------------------------------------

    def instance_of(self, node: Node) -> Py:
        left, right = self.text_of(node["left"]), node["right"]
        path = self.api.path(right)
        builtin = {
            "Error": "BaseException",
            "Array": "list",
            "Uint8Array": "(bytes, bytearray, memoryview)",
            "Buffer": "(bytes, bytearray, memoryview)",
            "Map": self_name(self, "Map", path),
            "Set": self_name(self, "Set", path),
            "Promise": self_name(self, "Promise", path),
            "TypeError": "(TypeError, AttributeError)",
        }
        if path == "RegExp":
            return Py(f"isinstance({left}, {self.imports.module('re')}.Pattern)")
        if path == "Function":
            return Py(f"callable({left})")
        if path == "Object":
            return Py(f"{self.js('is_object')}({left})")
        name = builtin.get(path or "") or self.text_of(right)
        return Py(f"isinstance({left}, {name})")


def self_name(members: Members, name: str, path: str | None) -> str:
    """A class of ours, imported only if it is asked for."""
    return members.js(name) if path == name else ""
