"""Methods of text, lists and bytes, and functions that a table says in Python."""

from __future__ import annotations

import re
from collections.abc import Callable

from .assignments import Assignments
from .base import SUM, Py, Unsupported, only
from .library import METHODS
from .parse import Node

__all__ = ["Methods"]

_ON_LISTS = {"map", "filter", "forEach", "some", "every", "find", "findIndex", "flatMap"}


class Methods(Assignments):
    """Calls of what is known."""

    def known_method(
        self, kind: str, owner: Py, node: Node, name: str, given: list[Node]
    ) -> Py | None:
        if any(each.kind == "spread_element" for each in given) and name != "push":
            return None
        if kind == "regex" and name in ("test", "exec"):
            self.see_that_it_forgets(node)
        special: Callable[..., Py | None] | None = getattr(self, f"_{kind}_{name}", None)
        if special is not None:
            found = special(owner, given)
            if found is not None:
                return found
        if kind == "list" and name in _ON_LISTS:
            return self.on_list(owner, name, given)
        if name in ("slice", "subarray") and any(self.kinds(each) == {"num"} for each in given):
            return self.call_js("invoke", owner.text, f'"{name}"', *self.spread_list(given))
        table = METHODS[kind].get(name)
        if table and (len(given) in table or -1 in table):
            return self.from_table(table, owner, given, name)
        return None

    def see_that_it_forgets(self, node: Node) -> None:
        """A global expression that has a name goes on where it was: Python's does not.

        Raises:
            Unsupported: it is one.
        """
        binding = self.scopes.binding(node)
        for value in [] if binding is None else binding.values:
            flags = None if value is None else value.get("flags")
            if flags is not None and "g" in flags.text:
                raise Unsupported("a global regular expression goes on where it was (lastIndex)")

    def on_list(self, owner: Py, name: str, given: list[Node]) -> Py | None:
        """``items.map(function)`` and its like: a comprehension where that says the same."""
        raise NotImplementedError

    def _str_replace(self, owner: Py, given: list[Node], every: bool = False) -> Py | None:
        if len(given) != 2:
            return None
        pattern, new = given
        every = every or (
            pattern.kind == "regex"
            and "g" in (pattern["flags"].text if pattern.get("flags") else "")
        )
        if pattern.kind == "string" and new.kind == "string" and "$" not in new.text:
            extra = "" if every else ", 1"
            return Py(f"{owner.atom}.replace({self.text_of(pattern)}, {self.text_of(new)}{extra})")
        if pattern.kind not in ("regex", "string"):
            every = every or self._is_global(pattern)
        extra = ", every=True" if every else ""
        return self.call_js(
            "sub", owner.text, self.text_of(pattern), self.argument(new).text + extra
        )

    def _finds_all(self, pattern: Node) -> bool:
        if pattern.kind == "regex":
            return "g" in (pattern["flags"].text if pattern.get("flags") else "")
        return self._is_global(pattern)

    def _str_search(self, owner: Py, given: list[Node]) -> Py | None:
        return self.call_js("invoke", owner.text, '"search"', *self.spread_list(given))

    def _is_global(self, pattern: Node) -> bool:
        binding = self.scopes.binding(pattern)
        fixed = binding is not None and binding.fixed
        value = binding.node.get("value") if binding is not None and fixed else pattern
        if value is not None and value.kind == "regex":
            return bool(value.get("flags")) and "g" in value["flags"].text
        if value is not None and value.kind == "new_expression":
            made = value["arguments"].children if value.get("arguments") else []
            if len(made) < 2 or made[1].kind == "string":
                return len(made) > 1 and "g" in made[1].text
        if only(self.kinds(pattern), "str"):
            return False
        raise Unsupported("whether all are replaced is decided when the program runs")

    def _str_replaceAll(self, owner: Py, given: list[Node]) -> Py | None:  # noqa: N802
        return self._str_replace(owner, given, every=True)

    def _str_split(self, owner: Py, given: list[Node]) -> Py | None:
        if len(given) == 1 and given[0].kind == "string":
            between = self.expr(given[0])
            return Py(
                f"list({owner.text})"
                if between.text == '""'
                else f"{owner.atom}.split({between.text})"
            )
        return self.call_js("split", owner.text, *self.spread_list(given))

    def _str_match(self, owner: Py, given: list[Node]) -> Py | None:
        if len(given) != 1:
            return None
        if given[0].kind != "regex" and not only(self.kinds(given[0]), "regex"):
            return self.call_js("invoke", owner.text, '"match"', self.text_of(given[0]))
        if self._finds_all(given[0]):
            matches = f"{self.expr(given[0]).atom}.finditer({owner.text})"
            return Py(f"([match[0] for match in {matches}] or None)")
        return Py(f"{self.expr(given[0]).atom}.search({owner.text})")

    def _str_matchAll(self, owner: Py, given: list[Node]) -> Py | None:  # noqa: N802
        return Py(f"{self.expr(given[0]).atom}.finditer({owner.text})")

    def _regex_exec(self, owner: Py, given: list[Node]) -> Py | None:
        return None

    def _list_push(self, owner: Py, given: list[Node]) -> Py | None:
        if len(given) == 1 and given[0].kind != "spread_element" and self.is_statement:
            return Py(f"{owner.atom}.append({self.argument(given[0]).text})")
        if len(given) == 1 and self.is_statement:
            return Py(f"{owner.atom}.extend({self.text_of(given[0].children[0])})")
        return self.call_js("invoke", owner.text, '"push"', *self.spread_list(given))

    def _list_unshift(self, owner: Py, given: list[Node]) -> Py | None:
        if len(given) == 1 and self.is_statement:
            return Py(f"{owner.atom}.insert(0, {self.argument(given[0]).text})")
        return None

    def _list_join(self, owner: Py, given: list[Node]) -> Py | None:
        return self.call_js("join", owner.text, *self.spread_list(given))

    is_statement = False
    """Whether the call that is being written is a statement: nobody asks for its value."""

    def to_string(self, owner: Py, node: Node, given: list[Node]) -> Py:
        if node.kind == "this" or only(self.kinds(node), "object", "stream"):
            return Py(f"{owner.atom}.toString({', '.join(self.spread_list(given))})")
        encoding = given[0].text[1:-1].lower() if given and given[0].kind == "string" else ""
        if not given or (len(given) == 1 and encoding in ("utf8", "utf-8")):
            return self.call_js("text", owner.text)
        return self.call_js("invoke", owner.text, '"toString"', *self.spread_list(given))

    def from_table(
        self, table: dict[int, str], owner: Py | None, given: list[Node], name: str
    ) -> Py:
        """A call that a template says in Python."""
        spread = any(each.kind == "spread_element" for each in given)
        template = table.get(-1) if spread else table.get(len(given), table.get(-1))
        if template is None:
            raise Unsupported(f"{name} with {len(given)} arguments has no counterpart")
        whole = "{all}" in template
        values = [] if whole else [self.argument(each) for each in given]
        every = self.spread_list(given) if whole else []
        text = self.imported(template).format(*values, all=", ".join(every), self=owner or Py(""))
        return Py(text, SUM if _is_sum(template) else 15)

    def imported(self, template: str) -> str:
        """A piece of Python with its first names imported."""

        def name(match: re.Match[str]) -> str:
            word = match[1]
            if word == "js":
                return f"{self.imports.part('streams2.port', 'js')}."
            if word in ("buffer", "timers"):
                return f"{self.imports.part('streams2', word)}."
            return f"{self.imports.module(word)}."

        text = _MODULES.sub(name, template, count=3) if not template.startswith('"') else template
        for word in ("next_tick", "AbortController"):
            if text.startswith(f"{word}("):
                text = self.imports.part("streams2", word) + text[len(word) :]
        return text

    def argument(self, node: Node) -> Py:
        """A value that is handed over."""
        return self.function_value(node) if self.is_function(node) else self.expr(node)

    def item_text(self, node: Node) -> str:
        return self.argument(node).text


_MODULES = re.compile(
    r"(?<![\w.\"'])(js|buffer|timers|math|os|time|sys|random|tempfile|copy|asyncio|re|unicodedata)\."
)


def _is_sum(template: str) -> bool:
    return (
        " + " in template.split("(")[0]
        or template.endswith("* 1000")
        or template.startswith("[None] *")
    )
