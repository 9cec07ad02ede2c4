"""Names in Python for the names of the program: the same, where Python allows it."""

from __future__ import annotations

from collections.abc import Callable

from .base import legal
from .nodes_api import Api
from .parse import Node
from .scopes import FUNCTIONS, Binding, Scope, Scopes, parameters_of

__all__ = ["give_names"]


def give_names(
    scopes: Scopes, api: Api, public: Callable[[Node], tuple[str, ...]]
) -> dict[Binding, str]:
    """A name for every binding.

    Blocks have names of their own in JavaScript, and not in Python: what a block hides gets
    another name.

    Args:
        scopes: the names of the program.
        api: which of them are Node's.
        public: the names of parameters of a method that replaces one of a stream's.
    """
    names: dict[Binding, str] = {}
    of_functions: dict[Scope, dict[str, list[Binding]]] = {}
    for scope in _in_order(scopes):
        known = of_functions.setdefault(scope.function, {})
        wanted = _wanted(scope, public)
        for binding in scope.names.values():
            if api.of_binding(binding) is not None:
                names[binding] = legal(binding.name)
                continue
            name = wanted.get(binding) or legal(binding.name)
            if name == "self" and _hides_this(binding):
                name = "self_"
            number = 2
            base = name
            while any(_clash(other, binding) for other in known.get(name, [])):
                name = f"{base}_{number}"
                number += 1
            known.setdefault(name, []).append(binding)
            names[binding] = name
    return names


def _in_order(scopes: Scopes) -> list[Scope]:
    seen = []
    for scope in scopes.of_node.values():
        if scope not in seen:
            seen.append(scope)
    return seen


def _wanted(scope: Scope, public: Callable[[Node], tuple[str, ...]]) -> dict[Binding, str]:
    if scope.node.kind not in FUNCTIONS:
        return {}
    found = {}
    taken = set(scope.names)
    for parameter, name in zip(parameters_of(scope.node), public(scope.node)):
        binding = scope.names.get(parameter.text)
        if binding is not None and (name == parameter.text or name not in taken):
            found[binding] = name
    return found


def _hides_this(binding: Binding) -> bool:
    """Whether a name that is ``self`` is in a function with a ``this`` that is something else."""
    value = binding.node.get("value")
    if value is not None and value.kind == "this" and binding.fixed:
        return False
    home = binding.scope.function.node
    return any(node.kind == "this" for node in home.walk())


def _clash(one: Binding, other: Binding) -> bool:
    """Whether two bindings cannot share a name: one hides the other, or a function keeps one."""
    if _contains(one.scope, other.scope) or _contains(other.scope, one.scope):
        return True
    return _kept(one) or _kept(other)


def _contains(outer: Scope, inner: Scope | None) -> bool:
    while inner is not None:
        if inner is outer:
            return True
        inner = inner.parent
    return False


def _kept(binding: Binding) -> bool:
    """Whether a function inside uses it, perhaps later."""
    home = binding.scope.function.node
    for use in [*binding.uses, *binding.changes]:
        for above in use.above():
            if above is home:
                break
            if above.kind in FUNCTIONS:
                return True
    return False
