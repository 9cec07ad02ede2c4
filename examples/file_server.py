"""Serve the files of a folder, whole or in ranges.

python examples/file_server.py FOLDER [PORT]

    curl http://127.0.0.1:PORT/name
    curl -r 0-99 http://127.0.0.1:PORT/name
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from streams2 import fs, http, pipeline, run

RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def range_of(header: object, size: int) -> tuple[int, int] | None:
    """The first and the last byte that are asked for; None if the file has none of them."""
    asked = RANGE.fullmatch(str(header or ""))
    if not asked or asked[0] == "bytes=-":
        return 0, size - 1
    first, last = asked.groups()
    if not first:
        start, end = max(0, size - int(last)), size - 1
    else:
        start, end = int(first), min(int(last or size), size - 1)
    return (start, end) if start <= end else None


def serve(folder: Path, req: http.IncomingMessage, res: http.ServerResponse) -> None:
    path = (folder / unquote(urlsplit(req.url).path).lstrip("/")).resolve()
    if req.method not in ("GET", "HEAD"):
        res.write_head(405, {"Allow": "GET, HEAD"}).end()
    elif folder not in path.parents or not path.is_file():
        res.write_head(404).end("there is no such file\n")
    else:
        send(path, req, res)


def send(path: Path, req: http.IncomingMessage, res: http.ServerResponse) -> None:
    size = path.stat().st_size
    found = range_of(req.headers.get("range"), size)
    if found is None:
        res.write_head(416, {"Content-Range": f"bytes */{size}"}).end()
        return
    start, end = found
    res.set_header("Accept-Ranges", "bytes")
    res.set_header("Content-Length", end - start + 1)
    if "range" in req.headers:
        res.status_code = 206
        res.set_header("Content-Range", f"bytes {start}-{end}/{size}")
    if req.method == "HEAD" or not size:
        res.end()
        return
    # A client that goes away closes the file, and is nobody's error.
    pipeline(fs.create_read_stream(path, start=start, end=end), res, callback=lambda _: None)


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder, port = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    server = http.create_server(lambda req, res: serve(folder, req, res))
    server.listen(port, "127.0.0.1", callback=lambda: print(server.address(), flush=True))


if __name__ == "__main__":
    run(main)
