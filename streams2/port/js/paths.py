"""``path.join`` and its like, as Node has them on Unix."""

from __future__ import annotations

import os
import posixpath

from .objects import Object, get

__all__ = [
    *("basename", "dirname", "extname", "format_", "join", "normalize", "parse"),
    *("relative", "resolve"),
]


def join(*parts: str) -> str:
    """``path.join``: one that begins with a slash does not begin anew.

    >>> join("a", "/b", "../c")
    'a/c'
    """
    whole = "/".join(part for part in parts if part)
    if not whole:
        return "."
    end = "/" if whole.endswith("/") else ""
    normal = posixpath.normpath(whole)
    normal = normal[1:] if normal.startswith("//") else normal
    return normal if normal.endswith("/") or not end else normal + end


def normalize(path: str) -> str:
    """``path.normalize``."""
    return join(path)


def parse(path: str) -> Object:
    """``path.parse``: root, folder, name and extension."""
    base, extension = basename(path), extname(path)
    root = "/" if path.startswith("/") else ""
    folder = dirname(path) if "/" in path.rstrip("/") else root
    name = base[: len(base) - len(extension)]
    return Object(root=root, dir=folder, base=base, ext=extension, name=name)


def format_(parts: Object) -> str:
    """``path.format``: what `parse` takes apart, together again."""
    found = {key: get(parts, key) or "" for key in ("root", "dir", "base", "name", "ext")}
    extension = str(found["ext"])
    dot = "." if extension and not extension.startswith(".") else ""
    base = found["base"] or f"{found['name']}{dot}{extension}"
    folder = found["dir"] or found["root"]
    return f"{folder}{'' if not folder or folder == found['root'] else '/'}{base}"


def basename(path: str, extension: str = "") -> str:
    """``path.basename``."""
    name = posixpath.basename(path.rstrip("/"))
    return (
        name[: -len(extension)]
        if extension and name.endswith(extension) and name != extension
        else name
    )


def dirname(path: str) -> str:
    """``path.dirname``."""
    return posixpath.dirname(path.rstrip("/") or path) or ("/" if path.startswith("/") else ".")


def extname(path: str) -> str:
    """``path.extname``."""
    return posixpath.splitext(basename(path))[1]


def resolve(*parts: str) -> str:
    """``path.resolve``."""
    return os.path.abspath(os.path.join("", *parts))


def relative(start: str, path: str) -> str:
    """``path.relative``."""
    found = os.path.relpath(path, start)
    return "" if found == "." else found
