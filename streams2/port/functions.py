"""Functions: a lambda where it fits, else a ``def`` before its use."""

from __future__ import annotations

from .base import LAMBDA, Line, Lines, Py, legal
from .nodes_api import METHODS
from .parameters import Parameters
from .parse import Node
from .scopes import FUNCTIONS, Binding, parameters_of

__all__ = ["Functions"]

_LATER = {"setTimeout", "setInterval", "setImmediate", "process.nextTick", "queueMicrotask"}
_ASSIGNING = {
    *("assignment_expression", "augmented_assignment_expression", "update_expression"),
    "for_in_statement",
}

_LISTENING = {"on", "once", "addListener", "prependListener", "prependOnceListener"}


class Functions(Parameters):
    """Functions as values and as statements."""

    this_names: dict[Node, str]
    """What ``this`` is called in a function; in others it is what it is around them."""

    # -- this -------------------------------------------------------------------------------------

    def this_of(self, node: Node) -> str:
        for above in node.above():
            if above in self.this_names:
                return self.this_names[above]
            if above.kind in FUNCTIONS and above.kind != "arrow_function":
                break
        return "None"

    def self_name(self, function: Node) -> str:
        """What to call ``this``: ``self``, unless the function uses another's."""
        for node in function.walk():
            binding = self.scopes.binding(node) if node.kind == "identifier" else None
            if binding is not None and self.names.get(binding) == "self":  # noqa: SIM102
                if not self.is_alias_of_this(binding) or not self.is_within(binding.node, function):
                    return "this"
        return "self"

    def is_alias_of_this(self, binding: Binding) -> bool:
        """Whether it is made by ``var self = this``, and stays that."""
        value = binding.node.get("value") if binding.node.kind == "variable_declarator" else None
        return value is not None and value.kind == "this" and binding.fixed

    # -- values -----------------------------------------------------------------------------------

    def _expr_arrow_function(self, node: Node) -> Py:
        return self.function_value(node)

    _expr_function_expression = _expr_arrow_function
    _expr_generator_function = _expr_arrow_function

    def function_value(self, node: Node, wanted: str = "") -> Py:
        function = self._function(node, wanted)
        return self.call_js("promising", function.text) if self.begins_at_once(node) else function

    def begins_at_once(self, node: Node) -> bool:
        """Whether it is an async function that is handed to somebody who may not await it."""
        if "async" not in node.words or "*" in node.words or node.parent is None:
            return False
        if node.parent.kind != "arguments" or node.parent.parent is None:
            return node.parent.kind in ("pair", "object")
        return self.is_handed_over(node.parent.parent)

    def is_handed_over(self, call: Node) -> bool:
        """Whether what a call is given is not called by streams2, which runs coroutines itself."""
        callee = call.get("function")
        path = self.api.path(callee)
        if path is not None:
            return path in _LATER
        return (
            callee is None
            or callee.kind != "member_expression"
            or (callee["property"].text not in _LISTENING)
        )

    def argument(self, node: Node) -> Py:
        binding = self.scopes.binding(node) if node.kind == "identifier" else None
        call = node.parent.parent if node.parent is not None else None
        handed = call is not None and call.kind == "call_expression" and self.is_handed_over(call)
        if handed and binding is not None and self.is_async(binding):
            return self.call_js("promising", self.name_of(binding))
        return super().argument(node)

    def _function(self, node: Node, wanted: str) -> Py:
        first, decorators = self._this_for(node)
        short = None if first or decorators else self._lambda(node)
        if short is not None:
            return short
        own = node.get("name")
        binding = (
            self.scopes.binding(own)
            if own is not None and node.kind != "method_definition"
            else None
        )
        name = (
            self.name_of(binding)
            if binding is not None
            else self.fresh(wanted or self.wanted_name(node), node)
        )
        self.before += self.definition(node, name, first, decorators)
        return Py(name)

    def wanted_name(self, node: Node) -> str:
        """A name for a function that has none, after what is done with it."""
        parent = node.parent
        call = parent.parent if parent is not None and parent.kind == "arguments" else None
        callee = None if call is None else call.get("function")
        if callee is not None and callee.kind == "member_expression":
            name = callee["property"].text
            given = call["arguments"].children if call is not None else []
            if name in _LISTENING and given[0].kind == "string":
                return legal(f"on_{given[0].text[1:-1]}")
            return (
                "done" if name in ("pipeline", "end", "write", "finished") else f"of_{legal(name)}"
            )
        if call is not None and call.kind == "new_expression":
            return "executor"
        return (
            "done" if callee is not None and callee.text in ("pipeline", "finished") else "function"
        )

    def _this_for(self, node: Node) -> tuple[str, list[str]]:
        """The first parameter and the decorators of a function that asks for ``this``."""
        if node.kind == "arrow_function" or not self.uses_this(node):
            return "", []
        owner = self._owner_of(node)
        if owner is not None:
            self.this_names[node] = owner
            return "", []
        name = self.this_names[node] = self.self_name(node)
        if node.parent is not None and node.parent.kind == "call_expression":
            return name, []
        return name, [self.js("function")]

    def _owner_of(self, node: Node) -> str | None:
        """What ``this`` is, if whoever reads the program can tell."""
        parent = node.parent
        if parent is None:
            return None
        owner: Node | None = None
        if parent.kind == "arguments" and parent.parent is not None:
            callee = parent.parent.get("function")
            if callee is not None and callee.kind == "member_expression":  # noqa: SIM102
                if callee["property"].text in _LISTENING:
                    owner = callee["object"]
        elif parent.kind == "assignment_expression" and parent["right"] is node:  # noqa: SIM102
            if parent["left"].kind in ("member_expression", "subscript_expression"):
                owner = parent["left"]["object"]
        if owner is None or owner.kind not in ("identifier", "this"):
            return None
        binding = self.scopes.binding(owner)
        if binding is None and owner.kind != "this":
            return None
        return self.expr(owner).text if binding is None or binding.fixed else None

    # -- lambdas ----------------------------------------------------------------------------------

    def _lambda(self, node: Node) -> Py | None:
        """The function as a lambda; None if it does not fit."""
        body = self._single_expression(node)
        if body is None or node.words & {"async", "*"} or self._asks_for_arguments(node):
            return None
        parameters = parameters_of(node)
        if any(each.kind not in ("identifier", "required_parameter") for each in parameters):
            return None
        if any(
            each.kind == "required_parameter" and each["pattern"].kind != "identifier"
            for each in parameters
        ):
            return None
        assigning = (
            "assignment_expression",
            "augmented_assignment_expression",
            "update_expression",
            "await_expression",
            "yield_expression",
        )
        if any(each.kind in assigning for each in [body, *body.walk()]):
            return None
        before, self.before = self.before, []
        try:
            value = self.expr(body)
            needs_more = bool(self.before)
        finally:
            self.before = before
        if needs_more or len(value.text) > 76:
            return None
        shown = self.signature(node, "", [])
        return Py(f"lambda {shown}: {value.text}" if shown else f"lambda: {value.text}", LAMBDA)

    def _single_expression(self, node: Node) -> Node | None:
        body = node["body"]
        if body.kind != "statement_block":
            return body
        if len(body.children) == 1 and body.children[0].kind == "return_statement":
            inside = [c for c in self.comments if node.start < c.start < node.end]
            return (
                body.children[0].children[0] if body.children[0].children and not inside else None
            )
        return None

    # -- statements -------------------------------------------------------------------------------

    def definition(
        self, node: Node, name: str, first: str = "", decorators: list[str] | None = None
    ) -> Lines:
        """A function as a ``def``."""
        prologue: list[str] = []
        before, self.before = self.before, []
        was_statement, self.is_statement = self.is_statement, False
        shown = self.signature(node, first, prologue)
        lines = [Line(0, f"@{each}", node.line) for each in decorators or []]
        word = "async def" if "async" in node.words else "def"
        lines.append(Line(0, f"{word} {name}({shown}):", node.line))
        lines += [Line(1, f"{each}", node.line) for each in self.outer_names(node)]
        for each in prologue:
            lines.append(Line(1, each, node.line))
        body = self.function_body(node)
        self.before = before
        self.is_statement = was_statement
        size = len(lines)
        lines += [Line(line.indent + 1, line.text, line.source) for line in body]
        if (
            not any(line.text and not line.text.startswith("#") for line in lines[size:])
            and not prologue
        ):
            lines.append(Line(1, "pass", node.line))
        return lines

    def named_function(self, node: Node, name: str) -> Lines:
        first, decorators = self._this_for(node)
        return self.definition(node, name, first, decorators)

    def outer_names(self, node: Node, loop: Node | None = None) -> list[str]:
        """``nonlocal`` and ``global`` for what a function assigns and does not declare.

        Args:
            node: the function; or what is done in a loop, if that is a function in Python.
            loop: that loop.
        """
        found: dict[str, str] = {}
        within = loop or node
        for each in self.own(node, _ASSIGNING):
            if loop is None and self.nearest_def(each) is not node:
                continue
            for name in self._assigned_names(each):
                binding = self.scopes.binding(name)
                if binding is None or binding not in self.names:
                    continue
                home = binding.scope.node if loop else binding.scope.function.node
                if home is within or self.is_within(home, within):
                    continue
                outer = "global" if binding in self.module_names else "nonlocal"
                found[self.name_of(binding)] = outer
        return [f"{word} {name}" for name, word in found.items()]

    def nearest_def(self, node: Node) -> Node:
        for above in node.above():
            if above.kind in FUNCTIONS:
                return above
        return self.tree

    def _assigned_names(self, node: Node) -> list[Node]:
        if node.kind == "update_expression":
            return [node["argument"]]
        if node.kind == "for_in_statement" and node.words & {"var", "let", "const"}:
            return []
        return (
            [
                each
                for each in [node["left"], *node["left"].walk()]
                if each.kind in ("identifier", "shorthand_property_identifier_pattern")
            ]
            if node["left"].kind in ("identifier", "array_pattern", "object_pattern")
            else []
        )

    def function_body(self, node: Node) -> Lines:
        """What a function does."""
        raise NotImplementedError

    # -- options and lists ------------------------------------------------------------------------

    def option_function(self, node: Node, name: str) -> Py:
        if name not in METHODS:
            return self.function_value(node, name)
        if node.kind == "arrow_function":
            first = self.fresh("stream", node)
        else:
            first = self.this_names[node] = self.self_name(node)
        short = self._option_lambda(node, first)
        if short is not None:
            return short
        defined = self.fresh(name, node)
        self.before += self.definition(node, defined, first)
        return Py(defined)

    def _option_lambda(self, node: Node, first: str) -> Py | None:
        short = self._lambda(node)
        if short is None:
            return None
        shown, _, body = short.text[len("lambda") :].strip().partition(":")
        return Py(f"lambda {', '.join(filter(None, [first, shown.strip()]))}:{body}", LAMBDA)

    def on_list(self, owner: Py, name: str, given: list[Node]) -> Py | None:
        if len(given) != 1 or name not in ("map", "filter", "some", "every"):
            return None
        function = given[0]
        if function.kind != "arrow_function" or function["body"].kind == "statement_block":
            return None
        parameters = parameters_of(function)
        if (
            "async" in function.words
            or len(parameters) > 1
            or any(each.kind != "identifier" for each in parameters)
        ):
            return None
        if any(
            each.kind
            in (
                "assignment_expression",
                "update_expression",
                "augmented_assignment_expression",
                "yield_expression",
                "await_expression",
            )
            for each in function["body"].walk()
        ):
            return None
        before, self.before = self.before, []
        body = self.expr(function["body"]) if name == "map" else self.truth(function["body"])
        needs_more, self.before = bool(self.before), before
        if needs_more or ":=" in body.text:
            return None
        each = self.target(parameters[0]) if parameters else "_"
        if name == "map":
            return Py(f"[{body.text} for {each} in {owner.within(1)}]")
        if name == "filter":
            return Py(f"[{each} for {each} in {owner.within(2)} if {body.within(2)}]")
        return Py(
            f"{'any' if name == 'some' else 'all'}({body.text} for {each} in {owner.within(2)})"
        )
