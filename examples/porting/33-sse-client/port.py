r"""Listen to a server's events (text/event-stream), and come back when the connection ends.

    python port.py FILE [AT_ONCE [STATUS]]

The server is in the same process. It sends the lines of FILE, `TYPE TEXT` each, AT_ONCE of them
to a connection (a break in the text is `\n`), and then half of an event. STATUS is its answer.
"""

from __future__ import annotations

import json
import re
import sys
from functools import partial
from pathlib import Path
from typing import TypedDict

from streams2 import EventEmitter, Transform, TransformCallback, http, once, pipeline, run
from streams2.string_decoder import StringDecoder
from streams2.timers import set_timeout


class Event(TypedDict):
    id: str
    type: str
    data: str


# Takes bytes; gives an Event for each that is complete.
class EventParser(Transform[bytes, Event]):
    def __init__(self, id: str) -> None:
        super().__init__(readable_object_mode=True)
        self.decoder = StringDecoder("utf8")
        self.rest = ""
        self.id = id
        self.type = ""
        self.data: list[str] = []

    def _transform(self, chunk: bytes, encoding: str, callback: TransformCallback) -> None:
        *lines, self.rest = (self.rest + self.decoder.write(chunk)).split("\n")
        for line in lines:
            self._line(re.sub(r"\r$", "", line))
        callback()

    def _line(self, line: str) -> None:
        if line == "":
            self._event()
            return
        found = re.match(r"([^:]*)(?:: ?(.*))?$", line, re.DOTALL)
        field, value = found.groups("") if found else ("", "")
        if field == "id":
            self.id = value
        elif field == "event":
            self.type = value
        elif field == "data":
            self.data.append(value)
        elif field == "retry" and re.fullmatch(r"[0-9]+", value):
            self.emit("retry", int(value))

    def _event(self) -> None:
        if len(self.data) > 0:
            data = "\n".join(self.data)
            self.push({"id": self.id, "type": self.type or "message", "data": data})
        self.type = ""
        self.data = []


class EventSource(EventEmitter):
    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.last_id = ""
        self.delay = 3000
        self.connections = 0
        self.connect()

    def connect(self) -> None:
        headers = {"accept": "text/event-stream", "last-event-id": self.last_id}
        req = http.get(port=self.port, agent=False, headers=headers, callback=self._read)
        req.on("error", lambda _: self._again())

    def _read(self, res: http.IncomingMessage) -> None:
        if res.status_code == 204:
            self._close(res)
            return
        if res.status_code != 200:
            self._close(res, RuntimeError(f"status {res.status_code}"))
            return
        self.connections += 1
        parser = EventParser(self.last_id)

        @parser.on("retry")
        def on_retry(delay: int) -> None:
            self.delay = delay

        @parser.on("data")
        def on_data(event: Event) -> None:
            self.last_id = event["id"]
            self.emit(event["type"], event)

        pipeline(res, parser, callback=lambda _: self._again())

    def _again(self) -> None:
        set_timeout(self.connect, self.delay)

    def _close(self, res: http.IncomingMessage, error: Exception | None = None) -> None:
        res.resume()
        if error is not None:
            self.emit("error", error)
        self.emit("close")


def serve(lines: list[str], at_once: int, status: int) -> http.Server:
    def handle(req: http.IncomingMessage, res: http.ServerResponse) -> None:
        last = int(str(req.headers["last-event-id"]) or 0)
        if status != 200 or last >= len(lines):
            res.write_head(204 if status == 200 else status).end()
            return
        res.write_head(200, {"content-type": "text/event-stream"})
        text = ": hello\r\nretry: 1\r\n\r\n"
        for number in range(last + 1, min(last + at_once, len(lines)) + 1):
            kind, _, data = lines[number - 1].partition(" ")
            text += f"id: {number}\nevent: {kind}\n"
            text += "".join(f"data: {part}\n" for part in data.split("\\n")) + "\n"
        octets = (text + "data: half of an ev").encode()
        for at in range(0, len(octets), 7):
            res.write(octets[at : at + 7])
        res.end()

    return http.create_server(handle)


exit_code = 0


def show(type: str, event: Event) -> None:
    print(f"{event['id']} {type}: {json.dumps(event['data'], ensure_ascii=False)}")


async def main(file: str, at_once: str = "2", status: str = "200") -> None:
    global exit_code
    lines = [line for line in Path(file).read_text("utf8").split("\n") if line]
    server = serve(lines, int(at_once), int(status))
    await once(server.listen(0, "127.0.0.1"), "listening")
    address = server.address()
    assert isinstance(address, dict)
    source = EventSource(address["port"])
    for kind in ("news", "weather"):
        source.on(kind, partial(show, kind))
    try:
        await once(source, "close")
        print(f"{source.connections} connections")
    except RuntimeError as error:
        print(error, file=sys.stderr)
        exit_code = 1
    server.close()


if __name__ == "__main__":
    run(lambda: main(*sys.argv[1:]))
    sys.exit(exit_code)
