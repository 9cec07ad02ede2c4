"""Stream rows out of a server as they are made, and add them up where they arrive.

    python port.py ROWS [--take N] [--break N]

The server makes rows no faster than the client reads them. With --take the client has enough
after N rows; with --break the server's source breaks off after N.
"""

from __future__ import annotations

import argparse
import json
from typing import Callable

from streams2 import Readable, http, pipeline, run

Tell = Callable[[str], None]


class Rows(Readable[bytes]):
    def __init__(self, count: int, break_at: int) -> None:
        super().__init__()
        self.count = count
        self.break_at = break_at
        self.made = 0

    def _read(self, size: int) -> None:
        if self.made == self.break_at:
            self.destroy(RuntimeError("the source broke off"))
            return
        if self.made == self.count:
            self.push(None)
            return
        self.made += 1
        row = {"id": self.made, "square": self.made**2, "note": "-" * 800}
        self.push(json.dumps(row, separators=(",", ":")) + "\n")


def serve(count: int, break_at: int, told: Tell) -> http.Server:
    def handle(_req: http.IncomingMessage, res: http.ServerResponse) -> None:
        rows = Rows(count, break_at)
        res.write_head(200, {"content-type": "application/x-ndjson"})

        def over(error: BaseException | None) -> None:
            if error is None:
                told(f"all {rows.made} rows are sent")
            else:
                told(str(error) if rows.made == break_at else "the client has left")

        pipeline(rows, res, callback=over)

    return http.create_server(handle)


def ask(port: int, take: int, told: Tell) -> None:
    def on_response(res: http.IncomingMessage) -> None:
        rest = ""
        taken = 0
        sum_ = 0

        def on_data(chunk: str) -> None:
            nonlocal rest, taken, sum_
            *lines, rest = (rest + chunk).split("\n")
            for line in lines:
                if taken == take:
                    break
                taken += 1
                sum_ += json.loads(line)["square"]
            if taken == take:
                req.destroy()

        def on_error(error: Exception) -> None:
            if taken != take:
                told(f"{res.status_code}, and then {getattr(error, 'code', None)}")

        def on_close() -> None:
            if res.complete or taken == take:
                told(f"{taken} rows, sum {sum_}")

        res.set_encoding("utf8").on("data", on_data)
        res.on("error", on_error)
        res.on("close", on_close)

    def on_request_error(error: Exception) -> None:
        if req.res is None:
            told(str(getattr(error, "code", None)))

    req = http.get(port=port, path="/rows", callback=on_response)
    req.on("error", on_request_error)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", type=int)
    parser.add_argument("--take", type=int, default=-1)
    parser.add_argument("--break", type=int, default=-1, dest="break_at")
    values = parser.parse_args()

    # What the two have to tell, each when it is done: printed when both are.
    said: dict[str, str] = {}

    def tell(who: str, what: str) -> None:
        said[who] = what
        if "server" not in said or "client" not in said:
            return
        print(f"server: {said['server']}")
        print(f"client: {said['client']}")
        server.close()

    def listening() -> None:
        address = server.address()
        assert isinstance(address, dict)
        ask(address["port"], values.take, lambda what: tell("client", what))

    server = serve(values.rows, values.break_at, lambda what: tell("server", what))
    server.listen(0, "127.0.0.1", callback=listening)


if __name__ == "__main__":
    run(main)
