"""What a pair is tried with: its ``cases.json``, read."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PAIRS = Path(__file__).parent.parent.parent / "examples" / "porting"

#: What a case may say.
_WORDS = {"name", "fault", "args", "env", "stdin", "stdout", "files", "servers", "talk"}


@dataclass(frozen=True)
class Case:
    """One way to run both programs of a pair.

    Attributes:
        pair: the name of the folder.
        name: what the case shows.
        fault: what goes wrong in it, or ``""``.
        args, env: what the programs are started with.
        stdin: what they can read; with a `talk`, what they can read at first.
        stdout: ``"pipe"``, or ``"full"`` for a device without room.
        files: what is in their folder: contents, or None for a folder, by path.
        servers: names of servers that they find; ``{NAME}`` in `args` is its port.
        talk: what is done while they run, step by step.
    """

    pair: str
    name: str
    fault: str = ""
    args: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    stdout: str = "pipe"
    files: dict[str, bytes | None] = field(default_factory=dict)
    servers: list[str] = field(default_factory=list)
    talk: list[dict[str, Any]] = field(default_factory=list)


def pairs() -> list[str]:
    """The folders with a pair in them."""
    return sorted(path.parent.name for path in PAIRS.glob("*/node.js"))


def cases_of(folder: Path) -> list[Case]:
    """The cases of the pair in a folder."""
    cases = []
    for told in json.loads((folder / "cases.json").read_text("utf-8")):
        assert told.keys() <= _WORDS, f"{folder.name}: {told.keys() - _WORDS} mean nothing"
        files = {
            path: None if what is None else data(what)
            for path, what in told.pop("files", {}).items()
        }
        stdin = data(told.pop("stdin", ""))
        cases.append(Case(pair=folder.name, files=files, stdin=stdin, **told))
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), f"{folder.name}: two cases have one name"
    return cases


def data(told: Any) -> bytes:
    """The bytes that JSON stands for.

    >>> data(["a", {"repeat": "bc", "times": 2}, {"hex": "ff"}])
    b'abcbc\\xff'
    >>> data({"numbered": "line {n}, ", "times": 2})
    b'line 0, line 1, '
    """
    if isinstance(told, str):
        return told.encode()
    if isinstance(told, list):
        return b"".join(data(part) for part in told)
    if "repeat" in told:
        return data(told["repeat"]) * int(told["times"])
    if "numbered" in told:
        return "".join(
            told["numbered"].replace("{n}", str(n)) for n in range(told["times"])
        ).encode()
    if "hex" in told:
        return bytes.fromhex(told["hex"])
    if "base64" in told:
        return base64.b64decode(told["base64"])
    if "gzip" in told:
        return gzip.compress(data(told["gzip"]), mtime=0)
    raise AssertionError(f"{told} are no data")
