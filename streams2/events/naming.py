"""What is said of a name that is Node's and not ours, and of options that are not given by name.

>>> class Lamp:
...     @by_name
...     def __init__(self, *, bulb_size=1):
...         pass
>>> Lamp(bulbSize=2)
Traceback (most recent call last):
TypeError: Lamp() got an unexpected keyword argument 'bulbSize'. Its name here is 'bulb_size'
>>> Lamp({"bulbSize": 2})
Traceback (most recent call last):
TypeError: Lamp() takes its options by name: Lamp(bulb_size=2)

Names here are Node's in snake_case. Whoever ports a program finds that out by the first error.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Callable, NoReturn, TypeVar

from ..errors import InvalidArgTypeError

__all__ = ["by_name", "is_nodes_name", "name_as_node", "of_module", "snake_case"]

F = TypeVar("F", bound=Callable[..., object])

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake_case(name: str) -> str:
    """Node's name as it is here: ``highWaterMark`` is ``high_water_mark``."""
    return _HUMP.sub("_", name).lower()


def _squeezed(name: str) -> str:
    """A name, as those write it who remember its words: ``highwatermark``."""
    return name.replace("_", "").lower()


def _camel_case(ours: str) -> str:
    head, *humps = ours.split("_")
    return head + "".join(hump.capitalize() for hump in humps)


def _misnamed(described: str, name: str, ours: str) -> str:
    return f"{described} has no attribute {name!r}. Its name here is {ours!r}"


class NodesName:
    """Node's name for an attribute of a class: asked for, it says what it is called here.

    One for each name, where ``__getattr__`` would do for all: a class that has that method loses
    the interpreter's short cuts to every attribute of its instances, a fifth of a pipe's speed.
    """

    __slots__ = ("name", "ours")

    def __init__(self, name: str, ours: str) -> None:
        self.name = name
        self.ours = ours

    def __get__(self, instance: object, owner: type) -> object:
        for base in owner.__mro__:
            # A class to the right of ours may well have such an attribute.
            found = vars(base).get(self.name, self)
            if not isinstance(found, NodesName):
                bind = getattr(type(found), "__get__", None)
                return found if bind is None else bind(found, instance, owner)
        kind = f"type object {owner.__name__!r}"
        described = kind if instance is None else f"{type(instance).__name__!r} object"
        raise AttributeError(_misnamed(described, self.name, self.ours))

    def __repr__(self) -> str:
        return f"<Node's name: {self.ours} here>"


def name_as_node(owner: type) -> None:
    """Have `owner` know Node's names of its attributes."""
    for ours in [*vars(owner), *vars(owner).get("__annotations__", ())]:
        name = _camel_case(ours)
        if name != ours and not ours.startswith("_") and not hasattr(owner, name):
            setattr(owner, name, NodesName(name, ours))


def is_nodes_name(owner: type, name: str) -> bool:
    """Whether `name` is there only to say what it is called here."""
    found = next((vars(base)[name] for base in owner.__mro__ if name in vars(base)), None)
    return isinstance(found, NodesName)


def of_module(
    module: str, later: Collection[str] = (), names: Mapping[str, str] = MappingProxyType({})
) -> Callable[[str], Any]:
    """A module's ``__getattr__``, which says the same of its names.

    Args:
        module: its name.
        later: modules in it that are imported when they are first asked for.
        names: what comes of such a module, and of which.
    """

    def missing(name: str) -> Any:
        if name in later:
            return importlib.import_module(f"{module}.{name}")
        if name in names:
            found = getattr(importlib.import_module(f"{module}.{names[name]}"), name)
            setattr(sys.modules[module], name, found)
            return found
        described, snake = f"module {module!r}", snake_case(name)
        for ours in (snake, f"{snake}_"):
            if ours != name and (
                ours in vars(sys.modules[module]) or ours in later or ours in names
            ):
                raise AttributeError(_misnamed(described, name, ours))
        raise AttributeError(f"{described} has no attribute {name!r}")

    return missing


def by_name(function: F) -> F:
    """Say of a call with Node's names, or with options in an object, how it is made here.

    A decorator. A call that is right costs one call more, and no call at a time of chunks is.
    """

    @functools.wraps(function)
    def called(*args: object, **options: object) -> object:
        try:
            return function(*args, **options)
        except TypeError as error:
            # Only if the call itself went wrong, and nothing in it; but an object of options may
            # have been taken for the first argument.
            within = error.__traceback__ is None or error.__traceback__.tb_next is not None
            refused = isinstance(error, InvalidArgTypeError) and args and isinstance(args[0], dict)
            if within and not (refused and not _takes_a_mapping(function)):
                raise
            _explain(error, function, args, options)

    return called  # type: ignore[return-value]


def _explain(
    error: TypeError,
    function: Callable[..., object],
    args: tuple[object, ...],
    options: dict[str, object],
) -> NoReturn:
    name = _name_of(function, args)
    known = _parameters_of(function)
    squeezed = {_squeezed(ours): ours for ours in known}
    for option in options:
        ours = squeezed.get(_squeezed(option))
        if option not in known and ours is not None:
            raise TypeError(
                f"{name}() got an unexpected keyword argument {option!r}. Its name here is {ours!r}"
            ) from None
    if _are_options(args, known):
        _explain_surplus(name, args, args, known)
    takes_any_number = any(p.kind is p.VAR_POSITIONAL for p in known.values())
    if takes_any_number:
        missing = [
            p.name
            for p in known.values()
            if p.kind is p.KEYWORD_ONLY and p.default is p.empty and p.name not in options
        ]
        if missing == ["callback"] and args and callable(args[-1]):
            raise TypeError(
                f"{name}() takes its callback by name: {name}(..., callback=...)"
            ) from None
        raise error
    by_position = [p for p in known.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    if len(args) > len(by_position):
        _explain_surplus(name, args, args[len(by_position) :], known)
    # Python names the class behind, which nobody has called.
    for behind in (f"{function.__qualname__}()", "__init__()"):
        if function.__name__ == "__init__" and str(error).startswith(behind):
            raise TypeError(str(error).replace(behind, f"{name}()", 1)) from None
    raise error


def _takes_a_mapping(function: Callable[..., object]) -> bool:
    """Whether an object of options is a first argument that it takes, as `http.request` does."""
    first = next(iter(inspect.signature(function).parameters.values()))
    return "Mapping" in str(first.annotation)


def _parameters_of(function: Callable[..., object]) -> Mapping[str, inspect.Parameter]:
    """Its parameters, and for ``**options: Unpack[Options]`` what is in that TypedDict."""
    known = dict(inspect.signature(function).parameters)
    for parameter in list(known.values()):
        listed = re.fullmatch(r"Unpack\[(\w+)\]", str(parameter.annotation))
        if listed is not None:
            for option in vars(sys.modules[function.__module__])[listed[1]].__annotations__:
                known.setdefault(option, inspect.Parameter(option, inspect.Parameter.KEYWORD_ONLY))
    return known


def _are_options(args: Sequence[object], known: Mapping[str, inspect.Parameter]) -> bool:
    """Whether the first argument is an object of options, as Node's `net.connect` takes it."""
    first = args[0] if args else None
    return (
        isinstance(first, dict) and bool(first) and all(snake_case(str(k)) in known for k in first)
    )


def _explain_surplus(
    name: str,
    args: Sequence[object],
    surplus: Sequence[object],
    known: Mapping[str, inspect.Parameter],
) -> NoReturn:
    given = next((arg for arg in reversed(args) if isinstance(arg, dict)), None)
    names = [p.name for p in known.values() if p.kind is p.KEYWORD_ONLY]
    if given:
        example = ", ".join(f"{snake_case(str(key))}={value!r}" for key, value in given.items())
    elif isinstance(surplus[0], str) and "encoding" in names:
        example = f"encoding={surplus[0]!r}"
    elif len(names) == 1:
        example = f"{names[0]}=..."
    else:
        example = "..., " + ", ".join(f"{each}=..." for each in names[:3])
    raise TypeError(f"{name}() takes its options by name: {name}({example})") from None


def _name_of(function: Callable[..., object], args: tuple[object, ...]) -> str:
    if function.__name__ == "__init__" and args:
        return type(args[0]).__name__
    return function.__name__
