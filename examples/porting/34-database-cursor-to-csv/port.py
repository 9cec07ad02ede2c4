"""Write what a query finds to a file of comma-separated values, row by row.

    python port.py SCRIPT QUERY FILE

SCRIPT is a file of SQL that makes the database, in memory. Rows are fetched as the file takes
them. If the query fails, at its first row or its last, there is no FILE.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from streams2 import Callback, Readable, Transform, TransformCallback, fs, pipeline, run

Row = tuple[object, ...]


class Cursor(Readable[Row]):
    def __init__(self, db: sqlite3.Connection, sql: str) -> None:
        super().__init__(object_mode=True, high_water_mark=8)
        self.db = db
        self.sql = sql
        self.rows: Iterator[Row] = iter(())
        self.fetched = 0

    def _construct(self, callback: Callback) -> None:
        try:
            statement = self.db.execute(self.sql)
            self.emit("columns", tuple(name for name, *_ in statement.description))
            self.rows = statement
        except sqlite3.Error as error:
            callback(error)
            return
        callback()

    def _read(self, size: int) -> None:
        try:
            room = True
            while room and size > 0:
                size -= 1
                value = next(self.rows, None)
                if value is None:
                    self.push(None)
                    return
                self.fetched += 1
                room = self.push(value)
        except sqlite3.Error as error:
            self.destroy(error)

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        self.db.close()
        callback(error)


def to_csv() -> Transform[Row, bytes]:
    def transform(
        _: Transform[Row, bytes], row: Row, _encoding: str, callback: TransformCallback
    ) -> None:
        callback(None, ",".join(map(cell, row)) + "\r\n")

    return Transform(writable_object_mode=True, transform=transform)


def cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JavaScript has one kind of number
    text = value.hex() if isinstance(value, bytes) else str(value)
    return '"' + text.replace('"', '""') + '"' if re.search(r'[",\r\n]', text) else text


exit_code = 0


def main(script: str, query: str, file: str) -> None:
    db = sqlite3.connect(":memory:")
    db.executescript(Path(script).read_text("utf8"))
    cursor = Cursor(db, query)
    csv = to_csv()
    cursor.on("columns", csv.write)

    def over(error: BaseException | None) -> None:
        global exit_code
        if error is None:
            print(f"{cursor.fetched} rows")
            return
        print(error, file=sys.stderr)
        Path(file).unlink(missing_ok=True)
        exit_code = 1

    pipeline(cursor, csv, fs.create_write_stream(file), callback=over)


if __name__ == "__main__":
    run(lambda: main(*sys.argv[1:]))
    sys.exit(exit_code)
