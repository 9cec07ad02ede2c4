"""Objects without a class, and properties whose names are known when the program runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import cast

from .functions import Function, call
from .stopping import NotPorted

__all__ = [
    *("Object", "assign", "change", "delete", "entries", "get", "item", "keys"),
    *("has", "has_own", "options", "put", "resize", "snake", "values", "without", "length"),
]

BYTES = (bytes, bytearray, memoryview)


class Object:
    """What ``{ a: 1 }`` makes: its properties are attributes and items, and a missing one is None.

    >>> point = Object(x=1)
    >>> point.y = 2
    >>> point.x, point["y"], point.z
    (1, 2, None)
    """

    binds_functions = True
    """A function that is asked of it gets it as ``this``."""

    def __init__(self, *others: object, **properties: object) -> None:
        for other in others:
            for name in keys(other):
                self[name] = raw(other, name)
        self.__dict__.update(properties)

    def __getattribute__(self, name: str) -> object:
        value = object.__getattribute__(self, name)
        return value.bind(self) if type(value) is Function else value

    def __getattr__(self, name: str) -> None:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)

    def __getitem__(self, name: object) -> object:
        return getattr(self, key_of(name))

    def __setitem__(self, name: object, value: object) -> None:
        self.__dict__[key_of(name)] = value

    def __setattr__(self, name: str, value: object) -> None:
        self.__dict__[name] = value

    def __contains__(self, name: object) -> bool:
        return key_of(name) in self.__dict__

    def __repr__(self) -> str:
        return f"Object({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class Derived(Object):
    """``Object.create(prototype)``: what it has not itself, its prototype may have."""

    __slots__ = ("_prototype",)

    def __init__(self, prototype: object) -> None:
        object.__setattr__(self, "_prototype", prototype)

    def __getattr__(self, name: str) -> object:  # type: ignore[override]
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        prototype = object.__getattribute__(self, "_prototype")
        found = None if prototype is None else get(prototype, name)
        return Function(found.given, self) if isinstance(found, Function) else found

    def has_prototype(self) -> bool:
        """Whether there is one; ``Object.create(null)`` has none."""
        return object.__getattribute__(self, "_prototype") is not None

    def __contains__(self, name: object) -> bool:
        prototype = object.__getattribute__(self, "_prototype")
        return super().__contains__(name) or (prototype is not None and has(name, prototype))


class Frozen(Object):
    """``Object.freeze``: in strict mode, a write to it is an error."""

    def __setitem__(self, name: object, value: object) -> None:
        self.__setattr__(key_of(name), value)

    def __setattr__(self, name: str, value: object) -> None:
        words = "object is not extensible"
        if name in self.__dict__:
            words = f"Cannot assign to read only property '{name}' of object '#<Object>'"
        raise TypeError(words)


def freeze(value: object) -> object:
    """``Object.freeze(value)``, of what has no class."""
    if type(value) is Object:
        object.__setattr__(value, "__class__", Frozen)
    return value


def key_of(name: object) -> str:
    """The text of a property's name."""
    if isinstance(name, str):
        return name
    if isinstance(name, float) and name.is_integer():
        name = int(name)
    if isinstance(name, bool):
        return str(name).lower()
    return "undefined" if name is None else str(name)


def keys(value: object) -> list[str]:
    """``Object.keys``: whole numbers first and in order, then as they came."""
    if isinstance(value, (list, tuple, str, *BYTES)):
        return [str(index) for index in range(len(value))]
    if isinstance(value, Mapping):
        return [key_of(name) for name in value]
    names = [name for name in getattr(value, "__dict__", ()) if not name.startswith("__")]
    whole = [name for name in names if name.isdecimal() and (name == "0" or name[0] != "0")]
    if not whole:
        return names
    return sorted(whole, key=int) + [name for name in names if name not in set(whole)]


def vars_of(value: object) -> list[tuple[object, object]]:
    """The properties of a value: their names, and what they are."""
    if isinstance(value, Mapping):
        return list(value.items())
    return [(name, vars(value)[name]) for name in keys(value)]


def raw(value: object, name: str) -> object:
    """A property as it is stored: a function of it has no ``this`` yet."""
    return cast("object", vars(value)[name]) if isinstance(value, Object) else item(value, name)


def values(value: object) -> list[object]:
    """``Object.values``."""
    return [item(value, name) for name in keys(value)]


def entries(value: object) -> list[list[object]]:
    """``Object.entries``."""
    return [[name, item(value, name)] for name in keys(value)]


def assign(target: object, *sources: object) -> object:
    """``Object.assign``."""
    for source in sources:
        for name in keys(source):
            put(target, name, raw(source, name))
    return target


def without(value: object, *names: str) -> Object:
    """What ``const { a, ...rest } = value`` leaves in ``rest``."""
    rest = Object()
    for name in keys(value):
        if name not in names:
            rest[name] = raw(value, name)
    return rest


def snake(name: str) -> str:
    """Node's name as streams2 has it: ``highWaterMark`` is ``high_water_mark``."""
    pieces, previous = [], ""
    for index, letter in enumerate(name):
        following = name[index + 1 : index + 2]
        if letter.isupper() and previous and previous != "_":  # noqa: SIM102
            if not previous.isupper() or following.islower():
                pieces.append("_")
        pieces.append(letter.lower())
        previous = letter
    return "".join(pieces)


def get(value: object, name: str) -> object:
    """``value.name`` where `value` may be anything: None if there is no such property."""
    if isinstance(value, Object):
        return value[name]
    if isinstance(value, Mapping):
        return cast("object", value.get(name))
    if name == "length":
        return length(value)
    if name == "message" and isinstance(value, BaseException):
        return getattr(value, "message", str(value))
    if isinstance(value, (list, str, *BYTES)):
        return None
    if isinstance(value, re.Match):
        return _of_match(value, name)
    for ours in (name, snake(name), f"{name}_"):
        found = getattr(value, ours, None)
        if found is not None:
            return cast("object", found)
    return None


def length(value: object) -> object:
    """``value.length``: how many, of text, lists and bytes; else what the property says."""
    if isinstance(value, memoryview):
        return value.nbytes
    if isinstance(value, re.Match):
        return len(value.groups()) + 1
    if isinstance(value, (str, list, tuple, bytes, bytearray)):
        return len(value)
    if callable(value) and not isinstance(value, Object):
        return _parameters_of(value)
    return getattr(value, "length", None)


def _parameters_of(function: Callable[..., object]) -> int:
    import inspect

    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found = inspect.signature(function).parameters.values()
    return sum(one.kind in kinds for one in found)


def resize(items: list[object], size: float) -> None:
    """``items.length = size``."""
    del items[int(size) :]
    items.extend([None] * (int(size) - len(items)))


def item(value: object, key: object) -> object:
    """``value[key]``: None where there is nothing, as beyond the end and before the start."""
    if isinstance(value, (list, tuple, str, *BYTES)):
        index = int(key) if isinstance(key, str) and key.isdecimal() else key
        if isinstance(index, float) and index.is_integer():
            index = int(index)
        if isinstance(index, int):
            return value[index] if 0 <= index < len(value) else None
        return length(value) if key == "length" else None
    if isinstance(value, Mapping):
        return cast("object", value.get(key, value.get(key_of(key))))
    if isinstance(value, Object):
        return value[key]
    if isinstance(value, re.Match):
        return _of_match(value, key)
    if value is None:
        raise TypeError(f"Cannot read properties of undefined (reading '{key_of(key)}')")
    return get(value, key_of(key))


def _of_match(match: re.Match[str], key: object) -> object:
    """What a match has: its parts by number, and where it is."""
    if isinstance(key, (int, float)) or (isinstance(key, str) and key.isdecimal()):
        index = int(key)
        return match[index] if 0 <= index <= len(match.groups()) else None
    if key == "groups":
        return Object(**match.groupdict()) if match.groupdict() else None
    known = {"index": match.start(), "input": match.string, "length": len(match.groups()) + 1}
    return known.get(key_of(key))


def put(value: object, key: object, new: object) -> object:
    """``value[key] = new``, which is `new`: a list grows to where it is put."""
    if isinstance(value, list) and isinstance(key, (int, float)):
        index = int(key)
        if index < 0 or index != key:
            raise NotPorted(f"a list has no place for a property called {key}")
        value.extend([None] * (index + 1 - len(value)))
        value[index] = new
    elif isinstance(value, bytes):
        raise NotPorted("bytes are not written in place: make them a bytearray")
    elif isinstance(value, bytearray) and isinstance(key, (int, float)):
        if 0 <= key < len(value):
            value[int(key)] = int(cast("int", new)) & 0xFF
    elif isinstance(value, Object):
        value[key] = new
    elif hasattr(type(value), "__setitem__"):
        cast("dict[object, object]", value)[key] = new
    elif isinstance(key, str):
        setattr(value, key, new)
    else:
        raise TypeError(f"{value!r} has no place for {key!r}")
    return new


def change(value: object, key: object, by: float = 1) -> float:
    """``value[key] += by``, and what it is then."""
    old = item(value, key) if not isinstance(key, str) else get(value, key)
    new = cast("float", old) + by
    put(value, key, new)
    return new


def delete(value: object, key: object) -> bool:
    """``delete value[key]``."""
    name = key_of(key)
    if isinstance(value, Frozen):
        raise TypeError(f"Cannot delete property '{name}' of #<Object>")
    if isinstance(value, list):
        index = int(name)
        if index < len(value):
            value[index] = None
    elif isinstance(value, dict):
        value.pop(key, None)
    else:
        getattr(value, "__dict__", {}).pop(name, None)
    return True


def has(key: object, value: object) -> bool:
    """``key in value``."""
    if isinstance(value, (list, tuple)):
        return key_of(key) in keys(value)
    if isinstance(value, (Object, Mapping)):
        return key_of(key) in value
    name = key_of(key)
    return hasattr(value, name) or hasattr(value, snake(name))


def has_own(key: object, value: object) -> bool:
    """``Object.hasOwn(value, key)``: what its class has does not count."""
    if isinstance(value, (Object, Mapping)):
        return key_of(key) in value
    return key_of(key) in keys(value) or snake(key_of(key)) in keys(value)


_OF_STREAMS = {
    *("high_water_mark", "object_mode", "encoding", "auto_destroy", "emit_close", "signal"),
    *("readable_high_water_mark", "writable_high_water_mark", "readable_object_mode"),
    *("writable_object_mode", "decode_strings", "default_encoding", "allow_half_open"),
    *("readable", "writable", "read", "write", "writev", "final", "construct", "destroy"),
    *("transform", "flush"),
}
_METHODS = {
    *("read", "write", "writev", "final", "construct", "destroy", "transform", "flush"),
}


def options(*given: object, only: Iterable[str] = _OF_STREAMS) -> dict[str, object]:
    """Keyword arguments of streams2 from an object with options, as Node takes them.

    >>> options(Object(highWaterMark=1, mine=2), Object(objectMode=True))
    {'high_water_mark': 1, 'object_mode': True}

    Args:
        given: objects with options; the later ones win, and None is no options.
        only: the names that count (default: those of streams); any, if it is empty.
    """
    found: dict[str, object] = {}
    allowed = set(only)
    for each in given:
        if each is None or isinstance(each, (str, int, float)):
            continue
        for name in keys(each):
            value = raw(each, name)
            keyword = snake(name)
            if keyword in _METHODS and not allowed.isdisjoint(_METHODS) and not callable(value):
                continue
            if value is not None and (not allowed or keyword in allowed):
                found[keyword] = as_option(value) if keyword in _METHODS else value
    return found


def as_option(function: object) -> object:
    """An option that is a function gets the stream first: as ``this``, if it knows what that is."""
    if not callable(function):
        return function
    return lambda stream, *arguments: call(function, stream, *arguments)


def given(properties: Mapping[str, object]) -> dict[str, object]:
    """The properties that are there: what JSON leaves out is undefined."""
    return {name: value for name, value in properties.items() if value is not None}


def mapping(value: object) -> dict[object, object]:
    """An object as a dict: headers, or an environment."""
    return dict(vars_of(value)) if value is not None else {}


def iterate(value: object) -> Iterator[object]:
    """``for (const x of value)``."""
    if value is None or isinstance(value, Object):
        raise TypeError(f"{value!r} is not iterable")
    if isinstance(value, Generator):
        return _closing(value)
    return iter(cast("Sequence[object]", value))


def _closing(generator: Generator[object, object, object]) -> Iterator[object]:
    """What a generator gives: a loop that is left ends it."""
    yield from generator
