"""Loops and ``switch``: what can be left, or gone on with."""

from __future__ import annotations

from .base import Line, Lines, Py, Unsupported, only
from .functions import Functions
from .parse import Node
from .scopes import FUNCTIONS, LOOPS, Binding

__all__ = ["Loops"]

_CHANGING = {"push", "pop", "shift", "unshift", "splice", "sort", "reverse"}


class Loops(Functions):
    """Loops, and what ends them."""

    around: list[tuple[Node, Lines]]
    """The loops and switches around a statement, with what comes before a loop goes on."""

    def block(self, node: Node) -> Lines:
        raise NotImplementedError

    def statements(self, nodes: list[Node], start: int) -> Lines:
        raise NotImplementedError

    def effect(self, node: Node) -> Lines:
        raise NotImplementedError

    def statement(self, node: Node) -> Lines:
        raise NotImplementedError

    def line(self, node: Node, text: str) -> Line:
        raise NotImplementedError

    def _body(self, node: Node, step: Lines | None = None) -> Lines:
        own = self._needs_own_scope(node)
        if own:
            return self._own_body(node)
        self.around.append((node, step or []))
        lines = self.block(node["body"])
        self.around.pop()
        return lines

    def _needs_own_scope(self, loop: Node) -> bool:
        """Whether a function in a loop keeps variables that cannot be handed to it."""
        for each in loop["body"].walk():
            if each.kind not in FUNCTIONS or self.nearest_def(each) is not self.nearest_def(loop):
                continue
            if any(True for _ in self.shared(each, loop)):
                return True
        return False

    def _own_body(self, loop: Node) -> Lines:
        """What is done each time as a function of its own, so that its variables are its own."""
        body = loop["body"]
        for each in self.own(body, {"break_statement", "return_statement", "yield_expression"}):
            if each.kind != "break_statement" or self._breaks(each, loop):
                raise Unsupported("a function keeps variables of a loop that is left early")
        waits = any(True for _ in self.own(body, {"await_expression"}))
        head = [self.name_of(binding) for binding in self._in_loop_head(loop)]
        name = self.fresh("each", loop)
        self.own_scopes.add(loop)
        around, self.around = self.around, [(Node("function", "", 0, 0, 0), [])]
        inner = self.block(body)
        self.around = around
        self.own_scopes.discard(loop)
        outer = [Line(1, each, loop.line) for each in self.outer_names(body, loop)]
        word = "async def" if waits else "def"
        self.before += [Line(0, f"{word} {name}({', '.join(head)}):", loop.line), *outer, *inner]
        return [Line(1, f"{'await ' if waits else ''}{name}({', '.join(head)})", loop.line)]

    def _breaks(self, statement: Node, loop: Node) -> bool:
        inner = next(
            above for above in statement.above() if above.kind in (*LOOPS, "switch_statement")
        )
        return inner is loop

    def _in_loop_head(self, loop: Node) -> list[Binding]:
        scope = self.scopes.of_node.get(loop)
        return [] if scope is None else list(scope.names.values())

    def _write_while_statement(self, node: Node) -> Lines:
        condition = self.truth(node["condition"])
        text = "True" if node["condition"].text in ("1", "true") else condition.text
        return [self.line(node, f"while {text}:"), *self._body(node)]

    def _write_do_statement(self, node: Node) -> Lines:
        if any(
            each.kind == "continue_statement" for each in self.own(node, {"continue_statement"})
        ):
            raise Unsupported("a do-while with continue")
        condition = self._not(self.truth(node["condition"]))
        body = self._body(node)
        last = [Line(1, f"if {condition.text}:", node.line), Line(2, "break", node.line)]
        return [self.line(node, "while True:"), *body, *last]

    def _write_for_statement(self, node: Node) -> Lines:
        counted = self._counted(node)
        if counted is not None:
            return [self.line(node, counted), *self._body(node)]
        start, condition, step = (
            node.get(name) for name in ("initializer", "condition", "increment")
        )
        lines: Lines = []
        if start is not None and start.kind != "empty_statement":
            lines += (
                self.statement(start)
                if start.kind.endswith("declaration")
                else self.effect(_inner(start))
            )
        steps = [] if step is None else self.effect(step)
        shown = "True"
        if condition is not None and condition.kind != "empty_statement":
            shown = self.truth(_inner(condition)).text
        lines.append(self.line(node, f"while {shown}:"))
        lines += self._body(node, steps)
        return lines + [Line(line.indent + 1, line.text, line.source) for line in steps]

    def counts_up(self, loop: Node) -> str | None:
        """The text of ``x`` where a loop runs from ``i = 0`` while ``i < x.length``."""
        condition = loop.get("condition")
        if condition is None or self._counted(loop) is None:
            return None
        bound = _inner(condition)["right"]
        start = loop["initializer"].children[0]
        if start["value"].text.isdecimal() and bound.kind == "member_expression":
            return bound["object"].text
        return None

    def _counted(self, node: Node) -> str | None:
        """``for (let i = a; i < b; i++)`` as a range, if it is one."""
        start, condition, step = (
            node.get(name) for name in ("initializer", "condition", "increment")
        )
        if (
            start is None
            or condition is None
            or step is None
            or start.kind not in ("lexical_declaration", "variable_declaration")
        ):
            return None
        condition = _inner(condition)
        if (
            len(start.children) != 1
            or condition.kind != "binary_expression"
            or start.children[0].get("value") is None
        ):
            return None
        name = start.children[0]["name"]
        binding = self.scopes.binding(name) if name.kind == "identifier" else None
        if (
            binding is None
            or condition["left"].text != name.text
            or condition.operator not in ("<", "<=")
        ):
            return None
        if (
            step.kind != "update_expression"
            or step.operator != "++"
            or step["argument"].text != name.text
        ):
            return None
        changes = [each for each in binding.changes if self.is_within(each, node)]
        if len(changes) != 1 or not self._stays(condition["right"], node):
            return None
        if start.kind == "variable_declaration" and any(
            not self.is_within(use, node)
            or self.scopes.function_around(use) is not self.scopes.function_around(name)
            for use in binding.uses
        ):
            return None
        first, last = self.text_of(start.children[0]["value"]), self.expr(condition["right"]).text
        if not only(self.kinds(condition["right"]), "nat", "int") or not only(
            self.kinds(start.children[0]["value"]), "nat", "int"
        ):
            return None
        if condition.operator == "<=":
            last += " + 1"
        return f"for {self.target(name)} in range({last if first == '0' else f'{first}, {last}'}):"

    def _stays(self, bound: Node, loop: Node) -> bool:
        """Whether what a loop counts to is the same all the time."""
        if bound.kind == "number":
            return True
        owner = (
            bound["object"]
            if bound.kind == "member_expression" and bound["property"].text == "length"
            else bound
        )
        binding = self.scopes.binding(owner)
        if binding is None:
            return owner.text == "arguments"
        if any(self.is_within(change, loop) for change in binding.changes):
            return False
        for use in binding.uses:
            parent = use.parent
            if parent is None or not self.is_within(use, loop):
                continue
            if parent.kind == "member_expression" and parent["property"].text in _CHANGING:
                return False
        return owner is not bound or binding.fixed

    def _write_for_in_statement(self, node: Node) -> Lines:
        left, right = node["left"], self.expr(node["right"])
        kinds = self.kinds(node["right"])
        if node.operator == "in":
            items = self.call_js("keys", right.text).text
        elif (
            only(kinds, "list", "str", "bytes", "map", "set", "stream", "emitter")
            or "await" in node.words
        ):
            items = right.text
        else:
            items = self.call_js("iterate", right.text).text
        word = "async for" if "await" in node.words else "for"
        if word == "async for" and not only(kinds, "stream", "emitter"):
            items = right.text
        if word == "async for" and self._is_left_early(node) and not only(kinds, "list"):
            return self._closed(node, items)
        if left.kind == "identifier":
            return [self.line(node, f"{word} {self.target(left)} in {items}:"), *self._body(node)]
        if (
            left.kind == "array_pattern"
            and all(each.kind == "identifier" for each in left.children)
            and left.children
        ) and (only(kinds, "map") or items.startswith((self.js("entries"), "enumerate("))):
            names = ", ".join(self.target(each) for each in left.children)
            if len(left.children) == 2:
                return [self.line(node, f"{word} {names} in {items}:"), *self._body(node)]
        name = self.fresh("each", node)
        taken = [Line(1, text, node.line) for text in self.taken_apart(left, Py(name))]
        return [self.line(node, f"{word} {name} in {items}:"), *taken, *self._body(node)]

    def _is_left_early(self, loop: Node) -> bool:
        """Whether a loop may end before what it goes through does."""
        for each in self.own(loop["body"], {"break_statement", "return_statement"}):
            if each.kind == "return_statement" or each.get("label") or self._breaks(each, loop):
                return True
        return False

    def _closed(self, node: Node, items: str) -> Lines:
        """A ``for await`` that is left early: what it went through is closed first."""
        left, held = node["left"], self.fresh("items", node)
        name = self.target(left) if left.kind == "identifier" else self.fresh("each", node)
        taken: Lines = []
        if left.kind != "identifier":
            taken = [Line(2, text, node.line) for text in self.taken_apart(left, Py(name))]
        head = f"async with {self.js('closing')}({items}) as {held}:"
        return [
            self.line(node, head),
            Line(1, f"async for {name} in {held}:", node.line),
            *taken,
            *_in(self._body(node)),
        ]

    # -- leaving ----------------------------------------------------------------------------------

    def _write_break_statement(self, node: Node) -> Lines:
        if node.get("label"):
            return self._labelled(node)
        if self.around and self.around[-1][0].kind == "switch_statement":
            raise Unsupported("a break in the middle of a case")
        return [self.line(node, "break")]

    def _write_continue_statement(self, node: Node) -> Lines:
        if node.get("label"):
            return self._labelled(node)
        loop = next(
            (each for each in reversed(self.around) if each[0].kind != "switch_statement"), None
        )
        if loop is not None and loop[0].kind == "function":
            return [self.line(node, "return")]
        steps = loop[1] if loop is not None else []
        return [
            *[Line(line.indent, line.text, node.line) for line in steps],
            self.line(node, "continue"),
        ]

    def _labelled(self, node: Node) -> Lines:
        label = node["label"].text
        inner = self.around[-1][0] if self.around else None
        above = inner.parent if inner is not None else None
        if above is None or above.kind != "labeled_statement" or above["label"].text != label:
            raise Unsupported("a label of an outer loop")
        if node.kind == "break_statement":
            return [self.line(node, "break")]
        return [*self.around[-1][1], self.line(node, "continue")]

    def _write_labeled_statement(self, node: Node) -> Lines:
        return self.statement(node["body"])

    # -- switch -----------------------------------------------------------------------------------

    def _write_switch_statement(self, node: Node) -> Lines:
        value = node["value"]
        cases = node["body"].children
        lines: Lines = []
        held = value
        shown = self.expr(value)
        if not self.is_simple(value) and value.kind != "unary_expression":
            name = self.fresh("case", node)
            lines.append(self.line(node, f"{name} = {shown.text}"))
            shown = Py(name)
        self.around.append((node, []))
        try:
            lines += self._cases(held, shown, cases, node)
        finally:
            self.around.pop()
        return lines

    def _cases(self, value: Node, shown: Py, cases: list[Node], node: Node) -> Lines:
        lines: Lines = []
        pending: list[Node] = []
        word = "if"
        default = next(
            (index for index, case in enumerate(cases) if case.kind == "switch_default"), None
        )
        if default is not None and default != len(cases) - 1:
            raise Unsupported("a switch whose default is not its last case")
        for index, case in enumerate(cases):
            body = _body_of(case)
            if case.kind == "switch_default":
                inner = self._case_body(cases, index)
                if word == "if":
                    return lines + inner
                return [*lines, self.line(case, "else:"), *_in(inner)]
            pending.append(case["value"])
            if not body and index < len(cases) - 1 and cases[index + 1].kind != "switch_default":
                continue
            if not body and index < len(cases) - 1:
                continue
            question = " or ".join(self._is_case(value, shown, each) for each in pending)
            pending = []
            lines += [self.line(case, f"{word} {question}:"), *_in(self._case_body(cases, index))]
            word = "elif"
        return lines

    def _is_case(self, value: Node, shown: Py, case: Node) -> str:
        fake = Node("binary_expression", value.text, value.start, value.end, value.line)
        fake.operator = "==="
        fake.fields = {"left": value, "right": case}
        if self.is_simple(value) or value.kind == "unary_expression":
            return self.expr(fake).text
        plain = only(self.kinds(case), "str", "nat", "int")
        text = self.text_of(case)
        return f"{shown.text} == {text}" if plain else f"{self.js('same')}({shown.text}, {text})"

    def _case_body(self, cases: list[Node], index: int) -> Lines:
        """What a case does, and those after it that it falls into."""
        lines: Lines = []
        for case in cases[index:]:
            body = _body_of(case)
            if len(body) == 1 and body[0].kind == "statement_block":
                body = body[0].children
            ends = bool(body) and body[-1].kind in (
                "break_statement",
                "return_statement",
                "throw_statement",
                "continue_statement",
            )
            kept = (
                body[:-1]
                if ends and body[-1].kind == "break_statement" and not body[-1].get("label")
                else body
            )
            lines += self.statements(kept, case.start)
            if ends:
                break
        return lines or [Line(0, "pass", cases[index].line)]


def _body_of(case: Node) -> list[Node]:
    return [each for each in case.children if each is not case.get("value")]


def _in(lines: Lines) -> Lines:
    return [Line(line.indent + 1, line.text, line.source) for line in lines]


def _inner(node: Node) -> Node:
    return node.children[0] if node.kind == "expression_statement" else node
