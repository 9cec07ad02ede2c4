"""A server of keys and values that speaks in lines: SET KEY VALUE, GET KEY, DEL KEY, KEYS, QUIT.

STOP ends the server when all have left.

python port.py [PORT]
"""

from __future__ import annotations

import re
import sys
from typing import Callable

from streams2 import Transform, TransformCallback, net, run

LONGEST = 1024
exit_code = 0


class LineSplitter(Transform[str, str]):
    def __init__(self) -> None:
        super().__init__(readable_object_mode=True, decode_strings=False)
        self.rest = ""

    def _transform(self, chunk: str, encoding: str, callback: TransformCallback) -> None:
        *lines, self.rest = (self.rest + chunk).split("\n")
        for line in lines:
            self.push(re.sub(r"\r$", "", line))
        if len(self.rest) > LONGEST:
            callback(Exception("line too long"))
            return
        callback()


store: dict[str, str] = {}


def set_(key: str, value: str | None) -> str:
    if value is None:
        return "ERR no value"
    store[key] = value
    return "OK"


commands: dict[str, Callable[[str, str | None], str]] = {
    "SET": set_,
    "GET": lambda key, _: f"VALUE {store[key]}" if key in store else "NONE",
    "DEL": lambda key, _: "NONE" if store.pop(key, None) is None else "OK",
    "KEYS": lambda *_: " ".join(["KEYS", *sorted(store)]),
}


def main() -> None:
    server = net.create_server()

    @server.on("connection")
    def on_connection(socket: net.Socket) -> None:
        lines = socket.set_encoding("utf8").pipe(LineSplitter())

        @lines.on("data")
        def on_line(line: str) -> None:
            name, key, *rest = [*line.split(" "), ""] if " " not in line else line.split(" ")
            if name == "QUIT":
                socket.end("BYE\n")
                return
            if name == "STOP":
                server.close()
                socket.end("BYE\n")
                return
            command = commands.get(name)
            answer = command(key, " ".join(rest) if rest else None) if command else f"ERR {name}?"
            if not socket.write(answer + "\n"):
                lines.pause()
                socket.once("drain", lambda: lines.resume())

        lines.on("error", lambda err: socket.end(f"ERR {err}\n"))
        socket.on("error", lambda err: print(f"lost: {getattr(err, 'code', None)}", flush=True))

        @socket.on("close")
        def on_close(had_error: bool) -> None:
            print("closed by an error" if had_error else "closed", flush=True)

    @server.on("error")
    def on_error(err: Exception) -> None:
        global exit_code
        print(f"cannot listen: {getattr(err, 'code', None)}", file=sys.stderr)
        exit_code = 1

    @server.on("listening")
    def on_listening() -> None:
        address = server.address()
        assert isinstance(address, dict)
        print(f"listening on {address['port']}", flush=True)

    server.listen(int("".join(sys.argv[1:2]) or 0), "127.0.0.1")


if __name__ == "__main__":
    run(main)
    sys.exit(exit_code)
