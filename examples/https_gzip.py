"""Compress what comes over HTTPS, on a certificate of one's own.

python examples/https_gzip.py serve FOLDER [PORT]

    Makes cert.pem and key.pem in FOLDER, with openssl, if they are not there.
    curl --cacert FOLDER/cert.pem -T FILE https://localhost:PORT/ | gunzip

python examples/https_gzip.py ask FOLDER PORT < FILE

    Asks the same, and prints what it stands for.
"""

from __future__ import annotations

import sys
from pathlib import Path

from streams2 import child_process, https, once, pipeline, promises, run, stdio, zlib

NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"


async def make_certificate(cert: Path, key: Path) -> None:
    """A certificate that signs itself: whoever is to trust it is given the file."""
    options = [
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "30",
    ]
    names = ["-subj", "/CN=localhost", "-addext", NAMES]
    files = ["-out", str(cert), "-keyout", str(key)]
    openssl = child_process.spawn("openssl", ["req", *options, *names, *files])
    failed, _ = await once(openssl, "close")
    if failed:
        sys.exit("openssl could not make a certificate")


async def serve(folder: Path, port: int) -> None:
    cert, key = folder / "cert.pem", folder / "key.pem"
    if not cert.exists():
        await make_certificate(cert, key)
    # A client that goes away takes all three with it, and is nobody's error.
    server = https.create_server(
        lambda req, res: pipeline(req, zlib.create_gzip(), res, callback=lambda _: None),
        cert=cert,
        key=key,
    )
    server.listen(port, "localhost", callback=lambda: print(server.address(), flush=True))


async def ask(folder: Path, port: int) -> None:
    request = https.request(
        host="localhost", port=port, method="POST", path="/", ca=folder / "cert.pem"
    )
    answer = once(request, "response")
    await promises.pipeline(stdio.stdin(), request)
    (response,) = await answer
    await promises.pipeline(response, zlib.create_gunzip(), stdio.stdout(), end=False)


def main() -> None:
    what, *rest = sys.argv[1:] or [""]
    if what == "serve" and len(rest) in (1, 2):
        run(lambda: serve(Path(rest[0]), int(rest[1]) if len(rest) == 2 else 0))
    elif what == "ask" and len(rest) == 2:
        run(lambda: ask(Path(rest[0]), int(rest[1])))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
