"""Turn lines of JSON into SQL, many rows to a statement.

python port.py [--batch N] TABLE OUTPUT.sql < ROWS

Each line is an object; all have the columns of the first.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import sys
from collections.abc import Sequence

from streams2 import Writable, WriteRequest, once, promises, readline, run, stdio

Row = dict[str, object]


class InsertWriter(Writable[Row]):
    def __init__(self, path: str, table: str, batch: int) -> None:
        super().__init__(object_mode=True, high_water_mark=batch)
        self.path = path
        self.table = table
        self.columns: list[str] | None = None
        self.statements = 0
        self.rows = 0
        self.fd: int | None = None

    async def _construct(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        self.fd = await asyncio.to_thread(os.open, self.path, flags, 0o666)
        self.emit("open", self.fd)

    async def _writev(self, chunks: Sequence[WriteRequest]) -> None:
        rows = []
        for chunk, _, _ in chunks:
            if self.columns is None:
                self.columns = list(chunk)
            missing = [name for name in self.columns if name not in chunk]
            if len(missing) > 0:
                raise ValueError(f"no {','.join(missing)} in row {self.rows + 1}")
            rows.append(f"({', '.join(self.literal(chunk[name]) for name in self.columns)})")
            self.rows += 1
        self.statements += 1
        head = f"INSERT INTO {self.table} ({', '.join(self.columns or ())}) VALUES\n  "
        statement = (head + ",\n  ".join(rows) + ";\n").encode()
        assert self.fd is not None
        await asyncio.to_thread(os.write, self.fd, statement)

    def literal(self, value: object) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        return "'{}'".format(str(value).replace("'", "''"))

    async def _destroy(self, error: BaseException | None) -> None:
        if self.fd is not None:
            await asyncio.to_thread(os.close, self.fd)


async def convert() -> None:
    args = sys.argv[1:]
    batch = 100
    if args[:1] == ["--batch"]:
        batch = int(args[1])
        del args[:2]
    table, path = args
    writer = InsertWriter(path, table, batch)
    await once(writer, "open")

    writer.cork()
    async for line in readline.create_interface(stdio.stdin()):
        if line.strip() == "":
            continue
        if writer.write(json.loads(line)):
            continue
        # A batch is full: let it go, all at once.
        writer.uncork()
        await once(writer, "drain")
        writer.cork()
    writer.end()
    await promises.finished(writer)
    print(f"{writer.rows} rows in {writer.statements} statements")


async def main() -> None:
    try:
        await convert()
    except json.JSONDecodeError:
        print("a line is no JSON", file=sys.stderr)
        sys.exit(1)
    except OSError as err:
        print(errno.errorcode[err.errno or 0], file=sys.stderr)
        sys.exit(1)
    except ValueError as err:
        print(err, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    run(main)
