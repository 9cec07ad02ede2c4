"""What came of a run, and where two of them differ."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

_CRASH = re.compile(rb"\n@@crash (.*)\n")


@dataclass(frozen=True)
class Outcome:
    """What came of running one program.

    Attributes:
        status: its exit status; of one that a signal ended, the signal's number with a minus.
        stdout: what it printed.
        stderr: what it said on standard error, but for how the interpreter shows an error.
        crash: the code of the error that nobody caught, or its message where it has none.
        files: what is in its folder afterwards: contents, or None for a folder, by path.
        heard: what each peer has read, and how that ended, by the peer's name.
    """

    status: int
    stdout: bytes
    stderr: bytes
    crash: str | None
    files: dict[str, bytes | None]
    heard: dict[str, tuple[bytes, str]]


def split_crash(stderr: bytes) -> tuple[bytes, str | None]:
    """What the program itself said, and which error nobody caught."""
    found = _CRASH.search(stderr)
    if found is None:
        return stderr, None
    told = json.loads(found.group(1))
    code = told["code"]
    return stderr[: found.start()], code if isinstance(code, str) else told["message"]


def files_below(folder: Path) -> dict[str, bytes | None]:
    """What a program has left. What is packed is unpacked: two libraries may pack differently."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else _contents(path)
        for path in sorted(folder.rglob("*"))
    }


def _contents(path: Path) -> bytes:
    contents = path.read_bytes()
    if path.suffix == ".gz":
        try:
            return gzip.decompress(contents)
        except (OSError, EOFError, zlib.error):
            pass
    return contents


def differences(node: Outcome, python: Outcome) -> list[str]:
    """Where two outcomes differ, in words; none if they are the same."""
    found = []
    for name in ("status", "stdout", "stderr", "crash"):
        found += _difference(name, getattr(node, name), getattr(python, name))
    for what, ours, theirs in (
        ("file", node.files, python.files),
        ("heard by", node.heard, python.heard),
    ):
        for name in sorted({*ours, *theirs}):
            found += _difference(f"{what} {name}", ours.get(name, "-"), theirs.get(name, "-"))
    return found


def _difference(name: str, node: object, python: object) -> list[str]:
    if node == python:
        return []
    return [f"{name}:\n    Node:   {_shown(node, python)}\n    Python: {_shown(python, node)}"]


def _shown(one: object, other: object) -> str:
    """One of two things that differ: of many bytes, those around where they begin to."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return f"{_shown(one[0], other[0])}, then {one[1]}"
    if not isinstance(one, bytes) or not isinstance(other, bytes) or len(one) < 300:
        return repr(one)
    pairs = enumerate(zip(one, other))
    same = next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
    begin = max(0, same - 100)
    return f"{len(one)} bytes, from {begin} on {one[begin : same + 100]!r}"
