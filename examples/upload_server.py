"""Take uploads: each is stored in a folder under its own SHA-256, which is the answer.

python examples/upload_server.py FOLDER [PORT]

    curl -T FILE http://127.0.0.1:PORT/
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path

from streams2 import Transform, TransformCallback, fs, http, promises, run


class Hash(Transform[bytes, bytes]):
    """Hands bytes on as they are, and knows their SHA-256."""

    def __init__(self) -> None:
        super().__init__()
        self.digest = hashlib.sha256()

    def _transform(self, chunk: bytes, encoding: object, callback: TransformCallback) -> None:
        self.digest.update(chunk)
        callback(None, chunk)


async def store(folder: Path, req: http.IncomingMessage, res: http.ServerResponse) -> None:
    if req.method not in ("PUT", "POST"):
        res.write_head(405, {"Allow": "PUT, POST"}).end()
        return
    descriptor, path = tempfile.mkstemp(dir=folder)
    digest = Hash()
    try:
        await promises.pipeline(req, digest, fs.create_write_stream(None, fd=descriptor))
    except OSError:
        # The client is gone, or the disk is full: half a file is of no use.
        os.unlink(path)
        res.destroy()
        return
    name = digest.digest.hexdigest()
    os.replace(path, folder / name)
    res.write_head(201).end(f"{name}\n")


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder, port = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    server = http.create_server(lambda req, res: store(folder, req, res))
    server.listen(port, "127.0.0.1", callback=lambda: print(server.address(), flush=True))


if __name__ == "__main__":
    run(main)
