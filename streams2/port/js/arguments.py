"""``util.parseArgs``, and ``util.promisify``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import cast

from .errors import TypeError  # noqa: A004
from .functions import call
from .objects import Object, entries, item
from .promises import Promise

__all__ = ["parse_args", "promisify"]


def promisify(function: object) -> Callable[..., Promise]:
    """``util.promisify``: a promise instead of a callback at the end."""

    def promising(*arguments: object) -> Promise:
        def executor(resolve: Callable[..., object], reject: Callable[..., object]) -> None:
            def done(error: object = None, value: object = None, *_: object) -> None:
                if error is None:
                    resolve(value)
                else:
                    reject(error)

            call(function, None, *arguments, done)

        return Promise(executor)

    return promising


def parse_args(config: Object) -> Object:
    """``util.parseArgs``: long options and short ones, and what is none.

    Raises:
        TypeError: an option is not known, or lacks its value.
    """
    described = cast("Object", item(config, "options") or Object())
    given = item(config, "args")
    words = list(cast("list[str]", sys.argv[1:] if given is None else given))
    values, places = Object(), []
    short = {str(item(about, "short")): str(name) for name, about in entries(described)}
    for name, about in entries(described):
        if item(about, "default") is not None:
            values[name] = item(about, "default")
    while words:
        word = words.pop(0)
        if word == "--":
            places += words
            break
        if not word.startswith("-") or word == "-":
            places.append(word)
            continue
        name, _, value = word.lstrip("-").partition("=")
        name = name if word.startswith("--") else short.get(name, name)
        about = item(described, name)
        if about is None:
            raise TypeError(f"Unknown option '{word}'")
        found: object = True
        if item(about, "type") == "string":
            if not value and not words:
                raise TypeError(f"Option '--{name} <value>' argument missing")
            found = value or words.pop(0)
        if item(about, "multiple"):
            found = [*cast("list[object]", values[name] or []), found]
        values[name] = found
    if places and not item(config, "allowPositionals"):
        raise TypeError(
            f"Unexpected argument '{places[0]}'. This command does not take positional arguments"
        )
    return Object(values=values, positionals=places)
