"""What functions take, and how they are called."""

from __future__ import annotations

from collections.abc import Iterator

from .base import Py, Unsupported, legal
from .calls import Calls
from .operators import quoted
from .parse import Node
from .scopes import DECLARED_FUNCTIONS, FUNCTIONS, LOOPS, Binding, parameters_of

__all__ = ["Parameters"]

_OF_BLOCKS = {"let", "const", "function"}
_AT_ONCE = {
    "map",
    "filter",
    "forEach",
    "some",
    "every",
    "find",
    "findIndex",
    "reduce",
    "sort",
    "replace",
    "flatMap",
}


class Parameters(Calls):
    """Parameters, and values that are taken apart."""

    # -- parameters -------------------------------------------------------------------------------

    def signature(self, node: Node, first: str, prologue: list[str]) -> str:
        """The parameters of a function; what has to be done first is added to `prologue`."""
        shown = [first] if first else []
        if self._asks_for_arguments(node):
            self._take_arguments(node, prologue)
            return ", ".join([*shown, "*arguments"])
        told = self.types.told_parameters(node)
        exact = self._exact(node)
        parameters = parameters_of(node)
        rest = False
        for index, each in enumerate(parameters):
            name, starred = self._parameter(each, index, prologue, node)
            rest = rest or starred
            optional = (
                not starred and not (told is not None and index < len(told)) and index >= exact
            )
            shown.append(
                f"*{name}"
                if starred
                else f"{name}=None"
                if optional or self._has_default(each)
                else name
            )
        if told is not None and not rest:
            used = {legal(b.name) for b in self.scopes.of_node[node].names.values()}
            for padding in told[len(parameters) :]:
                name = f"_{padding.partition(':')[0]}"
                shown.append(f"{name if name not in used else name + '_'}=None")
        self._order(shown)
        if told is None and not rest and self._is_open(node):
            shown.append(
                "*_" if "_" not in [each.partition("=")[0] for each in shown] else "*_more"
            )
        kept = [f"{name}={name}" for name in self.captured(node)]
        if kept:
            shown += kept if rest or (shown[-1:] and shown[-1].startswith("*")) else ["*", *kept]
        return ", ".join(shown)

    def _order(self, shown: list[str]) -> None:
        """Once a parameter has a default, those after it need one."""
        seen = False
        for index, each in enumerate(shown):
            seen = seen or "=" in each
            if seen and "=" not in each and not each.startswith("*"):
                shown[index] = f"{each}=None"

    def _has_default(self, node: Node) -> bool:
        return node.kind in ("assignment_pattern", "optional_parameter") or bool(
            node.kind == "required_parameter" and node.get("value")
        )

    def _take_arguments(self, node: Node, prologue: list[str]) -> None:
        for index, each in enumerate(parameters_of(node)):
            if each.kind != "identifier":
                raise Unsupported("arguments, beside parameters that are taken apart")
            prologue.append(f"{self.target(each)} = {self.js('item')}(arguments, {index})")

    def _parameter(
        self, node: Node, index: int, prologue: list[str], function: Node
    ) -> tuple[str, bool]:
        default, whole = None, node
        if node.kind == "assignment_pattern":
            node, default = node["left"], node["right"]
        elif node.kind in ("required_parameter", "optional_parameter"):
            default, node = node.get("value"), node["pattern"]
        if node.kind == "rest_pattern":
            name = self.target(node.children[0])
            prologue.append(f"{name} = list({name})")
            return name, True
        plain = node.kind == "identifier"
        name = (
            self.target(node)
            if plain
            else self.fresh("options" if node.kind == "object_pattern" else "items", node)
        )
        if default is not None:
            if "null" in self.nothing.given(function, index):
                raise Unsupported(f"null may be given for {name}, and None asks for its default")
            prologue += [f"if {name} is None:", f"    {name} = {self._late(default)}"]
        if whole.kind in ("required_parameter", "optional_parameter"):
            self._property_of_parameter(whole, prologue)
        if not plain:
            prologue += self.taken_apart(node, Py(name))
        return name, False

    def _property_of_parameter(self, node: Node, prologue: list[str]) -> None:
        """TypeScript: ``constructor(private x: number)``."""
        modified = any(child.kind == "accessibility_modifier" for child in node.children)
        if modified or node.text.startswith("readonly "):
            name = node["pattern"].text
            prologue.append(f"self.{name} = {legal(name)}")

    def _late(self, node: Node) -> str:
        """An expression in a line of its own; a function it needs cannot come before."""
        before, self.before = self.before, []
        value = self.expr(node).text
        needs_more, self.before = bool(self.before), before
        if needs_more:
            raise Unsupported("a default that is a function of several statements")
        return value

    def taken_apart(self, pattern: Node, value: Py) -> list[str]:
        """``const { a, b: c = 1, ...rest } = value``, line by line."""
        lines: list[str] = []
        taken: list[str] = []
        if pattern.kind == "array_pattern":
            return self._items_taken(pattern, value)
        for child in pattern.children:
            default = None
            if child.kind == "rest_pattern":
                names = ", ".join(quoted(name) for name in taken)
                shown = f"{self.js('without')}({value.text}{', ' + names if names else ''})"
                lines.append(f"{self.target(child.children[0])} = {shown}")
                continue
            key, target = child, child
            if child.kind == "pair_pattern":
                key, target = child["key"], child["value"]
            if child.kind == "object_assignment_pattern":
                key = target = child["left"]
                default = child["right"]
            elif target.kind == "assignment_pattern":
                target, default = target["left"], target["right"]
            name = key.text.strip("'\"")
            if default is not None:
                self._no_null(self.types.assigned(name), name)
            if key.kind == "computed_property_name":
                got = f"{self.js('item')}({value.text}, {self.text_of(key.children[0])})"
            else:
                got = f"{self.js('get')}({value.text}, {quoted(name)})"
            taken.append(name)
            lines += self._one_taken(target, got, default)
        return lines

    def _items_taken(self, pattern: Node, value: Py) -> list[str]:
        lines = []
        if not value.text.isidentifier():
            name = self.fresh("items", pattern)
            lines.append(f"{name} = {value.text}")
            value = Py(name)
        for index, child in enumerate(pattern.children):
            if child.kind == "hole":
                continue
            target, default = child, None
            if child.kind == "assignment_pattern":
                target, default = child["left"], child["right"]
                source = pattern.parent.get("value") if pattern.parent is not None else None
                if source is not None and "null" in self.nothing.items_of(source):
                    raise Unsupported(f"{target.text} may be null, and None asks for its default")
            if child.kind == "rest_pattern":
                lines.append(f"{self.target(child.children[0])} = list({value.text}[{index}:])")
                continue
            lines += self._one_taken(target, f"{self.js('item')}({value.text}, {index})", default)
        return lines

    def _no_null(self, given: list[Node], name: str) -> None:
        if any("null" in self.nothing.of(each) for each in given):
            raise Unsupported(f"{name} may be null, and None asks for its default")

    def _one_taken(self, target: Node, got: str, default: Node | None) -> list[str]:
        if target.kind in ("object_pattern", "array_pattern"):
            name = self.fresh("part", target)
            lines = [f"{name} = {got}"]
            if default is not None:
                lines += [f"if {name} is None:", f"    {name} = {self._late(default)}"]
            return lines + self.taken_apart(target, Py(name))
        if target.kind == "shorthand_property_identifier_pattern":
            binding = self.scopes.binding(target)
            if binding is None:
                raise Unsupported(f"nothing declares {target.text}")
            name = self.name_of(binding)
        else:
            name = self.target(target)
        lines = [f"{name} = {got}"]
        if default is not None:
            lines += [f"if {name} is None:", f"    {name} = {self._late(default)}"]
        return lines

    # -- how it is called -------------------------------------------------------------------------

    def binding_of_function(self, node: Node) -> Binding | None:
        """The name that a function has for the program."""
        if node.kind in DECLARED_FUNCTIONS:
            return self.scopes.binding(node["name"])
        parent = node.parent
        if (
            parent is not None
            and parent.kind == "variable_declarator"
            and parent["name"].kind == "identifier"
        ):
            return self.scopes.binding(parent["name"])
        return None

    def _direct(self, binding: Binding | None) -> list[Node] | None:
        """All calls of a function, if it is used in no other way."""
        if binding is None or not binding.fixed:
            return None
        calls = []
        for use in binding.uses:
            call = use.parent
            if call is None or call.kind != "call_expression" or call["function"] is not use:
                return None
            calls.append(call)
        return calls

    def _exact(self, node: Node) -> int:
        """How many arguments every caller gives."""
        calls = self._direct(self.binding_of_function(node))
        if not calls:
            return len(parameters_of(node)) if self._called_in_order(node) else 0
        if any(
            each.kind == "spread_element" for call in calls for each in call["arguments"].children
        ):
            return 0
        return min(len(call["arguments"].children) for call in calls)

    def _called_in_order(self, node: Node) -> bool:
        """Whether it is handed to a method of a list, which gives what is asked for."""
        parent = node.parent
        call = parent.parent if parent is not None and parent.kind == "arguments" else None
        callee = None if call is None else call.get("function")
        return bool(
            callee is not None
            and callee.kind == "member_expression"
            and callee["property"].text in _AT_ONCE
        )

    def _is_open(self, node: Node) -> bool:
        """Whether callers may give more than it takes."""
        if node.kind == "method_definition" or self._called_in_order(node):
            return False
        parent = node.parent
        if parent is not None and parent.kind == "call_expression":
            return False
        return self._direct(self.binding_of_function(node)) is None

    def room_of(self, binding: Binding) -> int | None:
        node: Node | None = binding.node
        if node is not None and node.kind == "variable_declarator":
            node = node.get("value")
        if node is None or node.kind not in FUNCTIONS or self._direct(binding) is None:
            return None
        parameters = parameters_of(node)
        if self._asks_for_arguments(node) or any(
            each.kind == "rest_pattern" for each in parameters
        ):
            return None
        return len(parameters)

    def takes_this(self, binding: Binding) -> bool:
        return False

    def _asks_for_arguments(self, node: Node) -> bool:
        return any(
            each.text == "arguments" and self.scopes.binding(each) is None
            for each in self.own(node, {"identifier"})
        )

    # -- loops ------------------------------------------------------------------------------------

    own_scopes: set[Node]
    """Loops whose bodies are functions of their own."""

    def captured(self, node: Node) -> list[str]:
        """Variables of a loop that a function in it keeps, each time another one."""
        loops = self._loops_around(node)
        return [self.name_of(binding) for binding in self._kept(node, loops)]

    def _loops_around(self, node: Node) -> list[Node]:
        """The loops that a function is in, up to one with a scope of its own."""
        loops: list[Node] = []
        for above in node.above():
            if above.kind in FUNCTIONS or above in self.own_scopes:
                break
            if above.kind in LOOPS:
                loops.append(above)
        return [] if self._called_in_order(node) else loops

    def _kept(self, node: Node, loops: list[Node]) -> Iterator[Binding]:
        """The variables of loops that a function uses."""
        seen: set[Binding] = set()
        for each in node.walk() if loops else ():
            binding = self.scopes.binding(each)
            if (
                binding is None
                or binding in seen
                or binding.kind not in ("let", "const", "function")
            ):
                continue
            seen.add(binding)
            home = binding.scope.node
            inside = any(home is loop or self.is_within(home, loop) for loop in loops)
            if inside and home is not node and not self.is_within(home, node):
                yield binding

    def shared(self, node: Node, loop: Node) -> Iterator[Binding]:
        """Variables of a loop that a function in it keeps, and that change after it is made."""
        if self._called_in_order(node):
            return
        for binding in self._kept(node, [loop]):
            late = binding.node.start > node.start or self.is_within(node, binding.node)
            if late or any(not self._in_head(change) for change in binding.changes):
                yield binding

    def _in_head(self, change: Node) -> bool:
        """Whether a change is that of ``i++`` in the head of a loop."""
        for above in change.above():
            if above.kind == "for_statement":
                step = above.get("increment")
                return step is not None and step.start <= change.start < step.end
        return False
