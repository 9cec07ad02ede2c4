"""Statements, and what of the program could not be said."""

from __future__ import annotations

from .base import Line, Lines, Unsupported, attribute_name, only
from .effects import Effects
from .operators import quoted
from .parse import Comment, Node
from .scopes import DECLARED_FUNCTIONS, Binding

__all__ = ["Statements"]

_IGNORED = {
    *("empty_statement", "interface_declaration", "type_alias_declaration", "ambient_declaration"),
    *("import_alias", "function_signature"),
}


class Statements(Effects):
    """Everything that is a line of its own."""

    used_comments: set[Comment]

    # -- one after the other ----------------------------------------------------------------------

    def statements(self, nodes: list[Node], start: int) -> Lines:
        """Statements in a row.

        Args:
            nodes: the statements.
            start: where the first comment may be.
        """
        lines: Lines = []
        early = [node for node in nodes if self._is_needed_early(node, nodes)]
        for node in [*early, *(node for node in nodes if node not in early)]:
            previous = max((other.end for other in nodes if other.end <= node.start), default=start)
            lines += self._comments(previous, node.start)
            written = self.statement(node)
            inner = self._comments(node.start, node.end)
            lines += inner + written
            self._trailing(node, lines)
        return lines

    def _is_needed_early(self, node: Node, nodes: list[Node]) -> bool:
        """Whether a function is declared after it is used: JavaScript does not mind."""
        if node.kind not in DECLARED_FUNCTIONS:
            return False
        binding = self.scopes.binding(node["name"])
        if binding is None or node is nodes[0]:
            return False
        if binding in self.made and not self._is_base_there(self.made[binding].base):
            return False
        return any(use.start < node.start for use in binding.uses)

    def _is_base_there(self, base: Node | None) -> bool:
        """Whether a class can stand before what is between it and its base."""
        binding = self.scopes.binding(base)
        return (
            base is None
            or self.api.path(base) is not None
            or (
                binding is not None and binding.fixed and binding.kind in ("import", "const", "var")
            )
        )

    def _comments(self, start: int, end: int) -> Lines:
        """The comments in a stretch of the program that nobody has written yet."""
        lines: Lines = []
        for comment in self.comments:
            if start <= comment.start < end and comment not in self.used_comments:
                self.used_comments.add(comment)
                lines += [Line(0, f"# {text}".rstrip(), comment.line) for text in comment.lines]
        return lines

    def comment_lines(self, node: Node, indent: int) -> Lines:
        siblings = node.parent.children if node.parent is not None else []
        start = node.parent.start if node.parent is not None else 0
        previous = max((other.end for other in siblings if other.end <= node.start), default=start)
        return [
            Line(indent, line.text, line.source) for line in self._comments(previous, node.start)
        ]

    def _trailing(self, node: Node, lines: Lines) -> None:
        """A comment behind a statement, on its last line."""
        last = node.line + node.text.count("\n")
        for comment in self.comments:
            if comment.line == last and comment.start >= node.end and not comment.alone:
                if comment in self.used_comments or not lines or len(comment.lines) != 1:
                    continue
                self.used_comments.add(comment)
                if "#" not in lines[-1].text:
                    lines[-1].text += f"  # {comment.lines[0]}"

    def statement(self, node: Node) -> Lines:
        """One statement; what cannot be said is marked."""
        before, self.before = self.before, []
        was, self.is_statement = self.is_statement, False
        marks = len(self.marks)
        try:
            written = self._write(node)
            lines = self.before + written
        except Unsupported as reason:
            del self.marks[marks:]
            lines = self.marked(node, str(reason))
        finally:
            self.before = before
            self.is_statement = was
        return lines

    def marked(self, node: Node, reason: str) -> Lines:
        """The original, with the reason why it is not ported; the draft stops there."""
        self.marks.append((node.line, reason))
        lines = [Line(0, f"# PORT: {reason}", node.line)]
        lines += [
            Line(0, f"# PORT: | {text}".rstrip(), node.line + offset)
            for offset, text in enumerate(node.text.split("\n"))
        ]
        shown = quoted(f"line {node.line}: {reason}")
        return [*lines, Line(0, f"raise {self.js('NotPorted')}({shown})", node.line)]

    def _write(self, node: Node) -> Lines:
        if node.kind in _IGNORED or any(node in made.statements for made in self.made.values()):
            return []
        writer = getattr(self, f"_write_{node.kind}", None)
        if writer is None:
            raise Unsupported(f"{node.kind.replace('_', ' ')} has no counterpart")
        if node.line in self.refused:
            raise Unsupported("there is no Python for this")
        written: Lines = writer(node)
        self.ported += 1
        return written

    def line(self, node: Node, text: str) -> Line:
        return Line(0, text, node.line)

    def block(self, node: Node) -> Lines:
        """What is done in a block, one step further in; never nothing."""
        if node.kind == "statement_block":
            lines = self.statements(node.children, node.start + 1)
            lines += self._comments(node.start, node.end)
        else:
            lines = self.statements([node], node.start)
        if all(line.text.startswith("#") or not line.text for line in lines):
            lines.append(self.line(node, "pass"))
        return [Line(line.indent + 1, line.text, line.source) for line in lines]

    def _write_statement_block(self, node: Node) -> Lines:
        return self.statements(node.children, node.start + 1)

    def function_body(self, node: Node) -> Lines:
        body = node["body"]
        if body.kind != "statement_block":
            before, self.before = self.before, []
            lines = [self.line(body, f"return {self.returned(body, node)}")]
            lines = self.before + lines
            self.before = before
            return lines
        loops, self.around = self.around, []
        lines = self.statements(body.children, body.start + 1) + self._comments(
            body.start, body.end
        )
        self.around = loops
        return self._hoisted(node) + lines

    def _hoisted(self, function: Node) -> Lines:
        """Names of ``var`` that are declared in a block, and used outside of it."""
        lines = []
        scope = self.scopes.of_node.get(function, self.scopes.program)
        for binding in scope.names.values():
            block = next(
                (above for above in binding.node.above() if above.kind == "statement_block"), None
            )
            if (
                binding.kind != "var"
                or block is None
                or block.parent is function
                or (function.kind == "program" and block is None)
            ):
                continue
            if any(not self.is_within(use, block) for use in binding.uses):
                lines.append(Line(0, f"{self.name_of(binding)} = None", binding.node.line))
        return lines

    # -- declarations -----------------------------------------------------------------------------

    def _write_lexical_declaration(self, node: Node) -> Lines:
        lines: Lines = []
        for each in node.children:
            if each.kind == "variable_declarator":
                before, self.before = self.before, []
                written = self._declared(each)
                lines += self.before + written
                self.before = before
        return lines

    _write_variable_declaration = _write_lexical_declaration

    def _declared(self, node: Node) -> Lines:
        name, value = node["name"], node.get("value")
        binding = self.scopes.binding(name) if name.kind == "identifier" else None
        imported = self.required_module(node)
        if imported is not None:
            return imported
        if self._is_all_nodes(node):
            return []
        if binding is not None and binding in self.made:
            return self.class_of(self.made[binding])
        if name.kind in ("object_pattern", "array_pattern"):
            assert value is not None
            return [
                self.line(node, text) for text in self.taken_apart(name, self._held(value, node))
            ]
        shown = self.target(name)
        if value is None:
            again = (
                binding is not None
                and binding.kind == "var"
                and (self.around or binding.node is not node)
            )
            return [] if again else [self.line(node, f"{shown} = None")]
        if self.is_function(value):
            return self.named_function(value, shown)
        if value.kind == "class":
            return self.class_statement(value, shown)
        if binding is not None and self.is_alias_of_this(binding) and self.this_of(node) == shown:
            return []
        return [self.line(node, f"{shown} = {self.initial(value, binding)}")]

    def initial(self, value: Node, binding: object) -> str:
        """What a name is to stand for; bytes that are compared by identity are never shared."""
        if self._is_shared(value, binding):
            raise Unsupported("a part of bytes that is written to: slices of Python are copies")
        shown = self.text_of(value)
        if self._is_asked_at_once(value, binding):
            return self.call_js("queued", shown).text
        if shown.startswith(f"{self.imports.parts.get(('streams2', 'buffer'), '?')}.from_("):
            own = self._is_compared(binding) or self._is_written(binding)
            return f"bytearray({shown})" if own else shown
        if value.kind == "ternary_expression" and "from_(" in shown and self._is_compared(binding):
            return f"bytearray({shown})"
        return shown

    def _is_asked_at_once(self, value: Node, binding: object) -> bool:
        """Whether an async generator has a name that functions ask for items: all at once."""
        callee = value.get("function")
        maker = None if callee is None else self.scopes.binding(callee)
        if maker is None or not isinstance(binding, Binding):
            return False
        made = maker.node if maker.kind == "function" else maker.node.get("value")
        if made is None or not {"async", "*"} <= made.words:
            return False
        return any(self.nearest_def(use) is not self.nearest_def(value) for use in binding.uses)

    def _is_shared(self, value: Node, binding: object) -> bool:
        """Whether ``b.subarray()`` is changed, or what it is a part of."""
        callee = value.get("function")
        if callee is None or callee.kind != "member_expression":
            return False
        if callee["property"].text not in ("slice", "subarray"):
            return False
        whole = callee["object"]
        if not only(self.kinds(whole), "bytes"):
            return False
        return self._is_written(binding) or self._is_written(self.scopes.binding(whole))

    def _is_written(self, binding: object) -> bool:
        """Whether bytes are changed after they were made."""
        for use in getattr(binding, "uses", []):
            parent = use.parent
            around = None if parent is None else parent.parent
            if parent is None or around is None or parent.get("object") is not use:
                continue
            if parent.kind == "subscript_expression" and around.get("left") is parent:
                return True
            if parent.kind == "member_expression" and parent["property"].text.startswith(
                ("write", "fill", "set", "swap")
            ):
                return True
        return False

    def _is_compared(self, binding: object) -> bool:
        uses = getattr(binding, "uses", [])
        return any(
            use.parent is not None
            and use.parent.kind == "binary_expression"
            and use.parent.operator in ("===", "!==")
            for use in uses
        )

    def _is_all_nodes(self, node: Node) -> bool:
        """Whether a declaration only gives names to what is Node's: Python imports it."""
        name = node["name"]
        if name.kind == "identifier":
            binding = self.scopes.binding(name)
            return binding is not None and self.api.of_binding(binding) is not None
        if name.kind != "object_pattern" or self.api.path(node.get("value")) is None:
            return False
        bindings = [
            self.scopes.binding(each) for each in name.walk() if each in self.scopes.binding_of
        ]
        return all(each is not None and self.api.of_binding(each) is not None for each in bindings)

    def required_module(self, node: Node) -> Lines | None:
        """``const x = require('./x')``; None if it is something else."""
        raise NotImplementedError

    def _write_function_declaration(self, node: Node) -> Lines:
        binding = self.scopes.binding(node["name"])
        assert binding is not None
        if binding in self.made:
            return self.class_of(self.made[binding])
        return self.named_function(node, self.name_of(binding))

    _write_generator_function_declaration = _write_function_declaration

    def _write_class_declaration(self, node: Node) -> Lines:
        binding = self.scopes.binding(node["name"])
        assert binding is not None
        return self.class_statement(node, self.name_of(binding))

    _write_abstract_class_declaration = _write_class_declaration

    def _write_enum_declaration(self, node: Node) -> Lines:
        """An enum is an object: its names, and for its numbers the names again."""
        if "declare" in node.text[: node["name"].start - node.start]:
            return []
        binding = self.scopes.binding(node["name"])
        assert binding is not None
        shown: list[str] = []
        numbers: list[str] = []
        value: int | None = 0
        for each in node["body"].children:
            name = (each.get("name") or each).text
            given = each.get("value")
            if given is not None and given.kind == "string":
                shown.append(f"{attribute_name(name)}={self.text_of(given)}")
                value = None
                continue
            value = value if given is None else _computed(given)
            if value is None:
                raise Unsupported("an enum with values that are computed")
            shown.append(f"{attribute_name(name)}={value}")
            numbers.append(f'"{value}": {quoted(name)}')
            value += 1
        reverse = [f"**{{{', '.join(numbers)}}}"] if numbers and "const" not in node.words else []
        made = self.call_js("Object", *shown, *reverse)
        return [self.line(node, f"{self.name_of(binding)} = {made.text}")]

    # -- choices ----------------------------------------------------------------------------------

    def _write_if_statement(self, node: Node, word: str = "if") -> Lines:
        if self.is_guard(node):
            return []
        condition = self.truth(node["condition"])
        if condition.text in ("True", "False") and word == "if":
            return self._decided(node, condition.text == "True")
        lines = [self.line(node, f"{word} {condition.text}:"), *self.block(node["consequence"])]
        other = node.get("alternative")
        if other is None:
            return lines
        inner = other.children[0]
        if inner.kind == "if_statement" and not self.is_guard(inner):
            return lines + self._write_if_statement(inner, "elif")
        return [*lines, self.line(inner, "else:"), *self.block(inner)]

    def _decided(self, node: Node, holds: bool) -> Lines:
        """An ``if`` that always goes the same way, as where ``typeof Uint8Array`` is asked."""
        other = node.get("alternative")
        chosen = node["consequence"] if holds else other.children[0] if other else None
        return [] if chosen is None else self.statement(chosen)

    def _write_throw_statement(self, node: Node) -> Lines:
        value = node.children[0]
        shown = self.text_of(value)
        error = only(self.kinds(value), "error") or self._is_an_error(value)
        return [
            self.line(node, f"raise {shown}" if error else f"raise {self.js('thrown')}({shown})")
        ]

    def _is_an_error(self, node: Node) -> bool:
        if node.kind != "new_expression":
            return False
        return node["constructor"].text.endswith("Error")

    def _write_return_statement(self, node: Node) -> Lines:
        function = self.nearest_def(node)
        if not node.children:
            return [self.line(node, "return")]
        value = node.children[0]
        if self.bases and self.bases[-1][1] is function:
            return [*self.effect(value), self.line(node, "return")]
        if "*" in function.words and "async" in function.words:
            raise Unsupported("an async generator that returns a value")
        if (
            value.kind == "assignment_expression"
            and value["left"].kind != "identifier"
            and self.is_simple(value["left"])
        ):
            return [
                *self._assignment(value),
                self.line(node, f"return {self.text_of(value['left'])}"),
            ]
        return [self.line(node, f"return {self.returned(value, function)}")]

    def returned(self, value: Node, function: Node) -> str:
        """A value that a function returns: an async one waits for it."""
        if "async" in function.words and value.kind == "call_expression":
            binding = self.scopes.binding(value["function"])
            path = self.api.path(value["function"]) or ""
            if path.startswith(("stream.promises.", "fs.promises.", "Promise.")) or (
                binding and self.is_async(binding)
            ):
                return f"await {self.expr(value).atom}"
        if (
            "async" in function.words
            and value.kind == "new_expression"
            and value["constructor"].text == "Promise"
        ):
            return f"await {self.expr(value).atom}"
        return self.argument(value).text

    def _write_try_statement(self, node: Node) -> Lines:
        lines = [self.line(node, "try:"), *self.block(node["body"])]
        handler, last = node.get("handler"), node.get("finalizer")
        if handler is not None:
            lines += self._handler(handler)
        if last is not None:
            lines += [
                self.line(last, "finally:"),
                *self.block(last["body"] if last.get("body") else last.children[0]),
            ]
        return lines

    def _handler(self, node: Node) -> Lines:
        parameter = node.get("parameter")
        if parameter is None:
            return [self.line(node, "except Exception:"), *self.block(node["body"])]
        if parameter.kind != "identifier":
            raise Unsupported("an error that is taken apart where it is caught")
        binding = self.scopes.binding(parameter)
        assert binding is not None
        name = self.name_of(binding)
        kept = any(self.nearest_def(use) is not self.nearest_def(parameter) for use in binding.uses)
        if not kept and not binding.changes:
            return [self.line(node, f"except Exception as {name}:"), *self.block(node["body"])]
        caught = self.fresh("caught", node)
        return [
            self.line(node, f"except Exception as {caught}:"),
            Line(1, f"{name} = {caught}", node.line),
            *self.block(node["body"]),
        ]


def _computed(node: Node) -> int | None:
    """The number of a member of an enum: written, or of numbers that are."""
    if node.kind == "number" and node.text.isdecimal():
        return int(node.text)
    if node.kind == "unary_expression" and node.operator == "-":
        inner = _computed(node["argument"])
        return None if inner is None else -inner
    if node.kind != "binary_expression" or node.operator not in ("<<", "|", "+"):
        return None
    left, right = _computed(node["left"]), _computed(node["right"])
    if left is None or right is None:
        return None
    if node.operator == "<<":
        return left << right
    return left | right if node.operator == "|" else left + right
