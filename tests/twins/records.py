"""What the programs of twins said in Node, recorded: a file of `recorded/` for each test module.

A record knows its program by a digest, so that one which was changed is not held against what
another one said.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).with_name("recorded")

Said = list  # of lists: one for each call of `say`


class Record(NamedTuple):
    """What one program said."""

    name: str
    program: str
    said: Said

    @classmethod
    def of(cls, name: str, source: str, said: Said) -> Record:
        return cls(name, hashlib.sha256(source.encode()).hexdigest()[:16], said)


def path_of(module: str) -> Path:
    """The file with the records of a test module, given its name as Python knows it."""
    return FOLDER / f"{module.split('.', 1)[-1]}.json"


@functools.cache
def load(module: str) -> dict[str, Record]:
    """The records of a test module, by the names of its programs."""
    path = path_of(module)
    entries = json.loads(path.read_text("utf8")) if path.exists() else []
    return {entry["name"]: Record(**entry) for entry in entries}


def recorded(module: str, name: str, source: str) -> Said:
    """What a program is recorded to have said.

    Raises:
        AssertionError: it is not recorded, or not as it is written now.
    """
    record = load(module).get(name)
    wanted = Record.of(name, source, [])
    if record is None or record.program != wanted.program:
        raise AssertionError(
            f"{name} is not recorded as it is written now: "
            "set STREAMS2_NODE to a Node 26, and python -m tests.twins"
        )
    return record.said


def save(module: str, records: list[Record]) -> bool:
    """Write the records of a test module; answer whether they changed.

    What was said is on a line for each call, so that a change is a change of few lines.
    """
    changed = {record.name: record for record in records} != load(module)
    if changed:
        FOLDER.mkdir(exist_ok=True)
        path_of(module).write_text("[\n{}\n]\n".format(",\n".join(map(_written, records))), "utf8")
    return changed


def _written(record: Record) -> str:
    said = ",\n".join(f"  {json.dumps(values)}" for values in record.said)
    return (
        f'{{"name": {json.dumps(record.name)},\n'
        f' "program": {json.dumps(record.program)},\n'
        f' "said": [\n{said}]}}'
    )
