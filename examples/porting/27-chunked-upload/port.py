"""Upload a file in pieces. Each has a checksum, and is sent again if it comes out wrong.

    python port.py FILE FOLDER [PIECE_SIZE [GARBLED [TIMES]]]

The server, which stores in FOLDER, is in the same process. To try it out, piece number GARBLED is
spoilt on its way, the first TIMES it is sent.
"""

from __future__ import annotations

import hashlib
import os.path
import sys
from urllib.parse import parse_qs, urlsplit

from streams2 import consumers, fs, http, once, promises, run

TRIES = 3


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# -- the server ------------------------------------------------------------------------------------


async def receive(folder: str, req: http.IncomingMessage, res: http.ServerResponse) -> None:
    url = urlsplit(req.url or "")
    file = os.path.join(folder, os.path.basename(url.path))
    if req.method == "POST":
        whole = await consumers.buffer(fs.create_read_stream(file))
        res.end(f"{len(whole)} bytes, sha256 {sha256(whole)}\n")
        return
    piece = await consumers.buffer(req)
    if sha256(piece) != req.headers["x-sha256"]:
        res.write_head(422).end("wrong checksum")
        return
    start = int(parse_qs(url.query)["offset"][0])
    stored = fs.create_write_stream(file, flags="r+" if start else "w", start=start)
    stored.end(piece)
    await promises.finished(stored)
    res.write_head(204).end()


# -- the client ------------------------------------------------------------------------------------


class Client:
    def __init__(self, port: int, garbled: int, times: int) -> None:
        self.port = port
        self.garbled = garbled
        self.times = times
        self.agent = http.Agent(keep_alive=True, max_sockets=1)

    async def ask(
        self, method: str, target: str, headers: dict[str, object], body: bytes | None = None
    ) -> tuple[int, str]:
        req = http.request(
            port=self.port, method=method, path=target, headers=headers, agent=self.agent
        )
        req.end(body)
        (res,) = await once(req, "response")
        return res.status_code, await consumers.text(res)

    def on_the_way(self, piece: bytes, number: int) -> bytes:
        if number != self.garbled:
            return piece
        self.times -= 1
        if self.times < 0:
            return piece
        spoilt = bytearray(piece)
        spoilt[0] ^= 1
        return bytes(spoilt)

    async def upload(self, file: str, piece_size: int) -> str:
        target = "/" + os.path.basename(file)
        offset = 0
        number = 0
        async for piece in fs.create_read_stream(file, high_water_mark=piece_size):
            number += 1
            attempt, status = 1, 0
            while status != 204:
                if attempt > TRIES:
                    raise RuntimeError(f"piece {number} never got there")
                headers = {"x-sha256": sha256(piece), "content-length": len(piece)}
                body = self.on_the_way(piece, number)
                status, _ = await self.ask("PUT", f"{target}?offset={offset}", headers, body)
                print(f"piece {number}: {len(piece)} bytes, {status}")
                attempt += 1
            offset += len(piece)
        _, answer = await self.ask("POST", target, {"content-length": 0})
        return answer


exit_code = 0


async def main(
    file: str, folder: str, piece_size: str = "1024", garbled: str = "0", times: str = "1"
) -> None:
    global exit_code
    server = http.create_server(lambda req, res: receive(folder, req, res))
    await once(server.listen(0, "127.0.0.1"), "listening")
    address = server.address()
    assert isinstance(address, dict)
    client = Client(address["port"], int(garbled), int(times))
    try:
        print(await client.upload(file, int(piece_size)), end="")
    except Exception as error:
        print(getattr(error, "code", None) or error, file=sys.stderr)
        exit_code = 1
    client.agent.destroy()
    server.close()


if __name__ == "__main__":
    run(lambda: main(*sys.argv[1:]))
    sys.exit(exit_code)
