"""Orders in, turnover by country out.

    python port.py CUSTOMERS.json [--strict] < orders.ndjson > turnover.ndjson

An order is {"id", "customer", "items": [{"sku", "count", "cents"}]}. What is no order goes to
rejects.ndjson with a reason, or with --strict ends everything.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Callable, TypedDict

from streams2 import Transform, TransformCallback, fs, pipeline, run, stdio

Customers = dict[str, dict[str, str]]


class Line(TypedDict):
    number: int
    text: str


class Item(TypedDict, total=False):
    sku: str
    count: int
    cents: int


class Order(TypedDict):
    id: int
    customer: str
    items: list[Item]
    country: str
    name: str


class Total(TypedDict):
    country: str
    orders: int
    cents: int


Reject = Callable[[Line, str, TransformCallback], None]


def parse() -> Transform[bytes, Line]:
    rest = ""
    number = 0

    def line_of(text: str) -> Line:
        nonlocal number
        number += 1
        return {"number": number, "text": utf8(text)}

    def transform(
        self: Transform[bytes, Line], chunk: bytes, _encoding: str, callback: TransformCallback
    ) -> None:
        nonlocal rest
        *lines, rest = (rest + chunk.decode("latin1")).split("\n")
        for line in lines:
            self.push(line_of(line))
        callback()

    def flush(self: Transform[bytes, Line], callback: TransformCallback) -> None:
        if rest:
            self.push(line_of(rest))
        callback()

    return Transform(readable_object_mode=True, transform=transform, flush=flush)


def utf8(line: str) -> str:
    return line.encode("latin1").decode(errors="replace")


def join(customers: Customers, reject: Reject) -> Transform[Line, Order]:
    def transform(
        _: Transform[Line, Order], line: Line, _encoding: str, callback: TransformCallback
    ) -> None:
        try:
            order = json.loads(line["text"])
        except ValueError:
            reject(line, "not JSON", callback)
            return
        if not isinstance(order, dict):
            order = {}
        customer = customers.get(str(order.get("customer")))
        if customer is None:
            reject(line, "unknown customer", callback)
            return
        if not isinstance(order.get("items"), list):
            reject(line, "no items", callback)
            return
        callback(None, {**order, "country": customer["country"], "name": customer["name"]})

    return Transform(object_mode=True, transform=transform)


def by_country() -> Transform[Order, Total]:
    totals: dict[str, Total] = {}

    def transform(
        _: Transform[Order, Total], order: Order, _encoding: str, callback: TransformCallback
    ) -> None:
        country = order["country"]
        total = totals.setdefault(country, {"country": country, "orders": 0, "cents": 0})
        total["orders"] += 1
        for item in order["items"]:
            total["cents"] += item.get("count", 1) * item["cents"]
        callback()

    def flush(self: Transform[Order, Total], callback: TransformCallback) -> None:
        for total in sorted(totals.values(), key=lambda total: -total["cents"]):
            self.push(total)
        callback()

    return Transform(object_mode=True, transform=transform, flush=flush)


def stringify() -> Transform[Total, bytes]:
    def transform(
        _: Transform[Total, bytes], row: Total, _encoding: str, callback: TransformCallback
    ) -> None:
        callback(None, dumps(row) + "\n")

    return Transform(writable_object_mode=True, transform=transform)


def dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


exit_code = 0


def main(path: str, strict: str = "") -> None:
    customers: Customers = json.loads(Path(path).read_text("utf8"))
    rejects = fs.create_write_stream("rejects.ndjson")

    def reject(line: Line, reason: str, callback: TransformCallback) -> None:
        if strict:
            callback(ValueError(f"line {line['number']}: {reason}"))
            return
        rejects.write(dumps({**line, "reason": reason}) + "\n", callback=callback)

    def over(error: BaseException | None) -> None:
        global exit_code
        rejects.end()
        if error is not None:
            print(error, file=sys.stderr)
            exit_code = 1

    pipeline(
        stdio.stdin(),
        parse(),
        join(customers, reject),
        by_country(),
        stringify(),
        stdio.stdout(),
        callback=over,
    )


if __name__ == "__main__":
    run(lambda: main(*sys.argv[1:]))
    sys.exit(exit_code)
