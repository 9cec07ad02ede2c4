"""Make a line of JSON of every row of a CSV file; its first row has the names.

python port.py [--delimiter ,] [INPUT [OUTPUT]]
"""

from __future__ import annotations

import json
import sys

from streams2 import Transform, TransformCallback, fs, pipeline, run, stdio
from streams2.string_decoder import StringDecoder

exit_code = 0


class CsvParser(Transform[bytes, "list[str]"]):
    def __init__(self, *, delimiter: str | None = None) -> None:
        super().__init__(readable_object_mode=True)
        self.delimiter = "," if delimiter is None else delimiter
        self.decoder = StringDecoder("utf8")
        self.field = ""
        self.row: list[str] = []
        self.quoted = False
        self.after_quote = False

    def _transform(self, chunk: bytes, encoding: str, callback: TransformCallback) -> None:
        self.parse(self.decoder.write(chunk))
        callback()

    def _flush(self, callback: TransformCallback) -> None:
        self.parse(self.decoder.end())
        if self.quoted and not self.after_quote:
            callback(ValueError("a quote is not closed"))
            return
        if self.field or len(self.row):
            self.end_row()
        callback()

    def parse(self, text: str) -> None:
        for char in text:
            if self.after_quote:
                self.after_quote = False
                if char != '"':
                    self.quoted = False
                else:
                    self.field += char
                    continue
            if self.quoted:
                if char == '"':
                    self.after_quote = True
                else:
                    self.field += char
            elif char == '"' and self.field == "":
                self.quoted = True
            elif char == self.delimiter:
                self.end_field()
            elif char == "\n":
                self.end_row()
            elif char != "\r":
                self.field += char

    def end_field(self) -> None:
        self.row.append(self.field)
        self.field = ""

    def end_row(self) -> None:
        self.end_field()
        self.push(self.row)
        self.row = []


def to_json_lines() -> Transform[list[str], str]:
    names: list[str] | None = None
    number = 1

    def transform(
        self: Transform[list[str], str],
        row: list[str],
        encoding: str,
        callback: TransformCallback,
    ) -> None:
        nonlocal names, number
        if names is None:
            names = row
            callback()
            return
        number += 1
        if len(row) != len(names):
            callback(ValueError(f"row {number}: {len(row)} fields, not {len(names)}"))
            return
        record = {names[i]: field for i, field in enumerate(row)}
        callback(None, json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")

    return Transform(writable_object_mode=True, transform=transform)


def main() -> None:
    args = sys.argv[1:]
    delimiter = None
    if args[:1] == ["--delimiter"]:
        delimiter = args[1]
        del args[:2]
    from_, to = [*args, None, None][:2]

    def done(err: BaseException | None) -> None:
        global exit_code
        if err is None:
            return
        print(getattr(err, "message", str(err)), file=sys.stderr)
        exit_code = 1

    pipeline(
        fs.create_read_stream(from_) if from_ else stdio.stdin(),
        CsvParser(delimiter=delimiter),
        to_json_lines(),
        fs.create_write_stream(to) if to else stdio.stdout(),
        callback=done,
    )


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
