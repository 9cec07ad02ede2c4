"""A peer that is slow does not fill the memory of a process: measured in one of its own.

STREAMS2_BYTES=1073741824 for the long form: a GiB each, at 10 MB/s.
"""

from __future__ import annotations

import ast
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from . import oracles

pytestmark = [
    pytest.mark.host,
    pytest.mark.slow,
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc"),
]

ROOT = Path(__file__).parent.parent
KEYS = Path(__file__).parent / "data" / "tls"
MIB = 1 << 20

SIZE = int(os.environ.get("STREAMS2_BYTES", 64 * MIB))
IS_LONG = SIZE > 64 * MIB
RATE = 10_000_000 if IS_LONG else 100_000_000
"""How many bytes a second the slow end takes."""

ALLOWED = 12 * MIB
"""How much a process may grow: its marks are 64 KiB each, the rest is the allocator's."""

SERVER = """
import hashlib, sys
from pathlib import Path
from streams2 import Readable, Writable, fs, http, https, net, run, timers, tls

kind, path, size, rate = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
keys = {"cert": Path(sys.argv[5], "leaf.pem"), "key": Path(sys.argv[5], "leaf.key")}

def in_memory(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024

def send(socket):
    left = [size]
    def read(self, _):
        left[0] -= 65536
        self.push(bytes(65536) if left[0] >= 0 else None)
    Readable(read=read).pipe(socket)

def serve(req, res):
    if req.method == "GET":
        fs.create_read_stream(path).pipe(res)
        return
    digest, owed = hashlib.sha256(), [0]
    def write(self, chunk, encoding, callback):
        digest.update(chunk)
        owed[0] += len(chunk) / rate * 1000
        if owed[0] < 5:
            callback()
        else:
            timers.set_timeout(callback, owed.pop())
            owed.append(0)
    sink = Writable(write=write)
    sink.on("finish", lambda: res.end(digest.hexdigest()))
    req.pipe(sink)

def main():
    def count(socket):
        before = in_memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")
        socket.on("close", lambda _: print(in_memory("VmHWM") - before, flush=True))
    makers = {
        "net": lambda: net.create_server(send),
        "tls": lambda: tls.create_server(send, **keys),
        "http": lambda: http.create_server(serve),
        "https": lambda: https.create_server(serve, **keys),
    }
    server = makers[kind]()
    server.on("secureConnection" if kind in ("tls", "https") else "connection", count)
    server.listen(0, "127.0.0.1", callback=lambda: print(server.address(), flush=True))

run(main)
"""


@contextmanager
def served(kind: str, path: Path) -> Iterator[tuple[int, Any]]:
    """The port of a server in a process of its own, and what it prints: by how much it grew."""
    command = [sys.executable, "-c", SERVER, kind, str(path), str(SIZE), str(RATE), str(KEYS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield ast.literal_eval(process.stdout.readline())["port"], process.stdout
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("memory") / "big"
    with path.open("wb") as file:
        for _ in range(SIZE // MIB):
            file.write(bytes(MIB))
    return path


def read_slowly(sock: socket.socket) -> int:
    """All that comes, at the rate."""
    begun, got = time.monotonic(), 0
    while data := sock.recv(64 * 1024):
        got += len(data)
        ahead = got / RATE - (time.monotonic() - begun)
        if ahead > 0.01:
            time.sleep(ahead)
    return got


@pytest.mark.parametrize("kind", ["net", "tls"])
def test_a_client_that_reads_slowly(kind: str) -> None:
    with served(kind, Path(os.devnull)) as (port, printed):
        with socket.create_connection(("127.0.0.1", port)) as sock:
            if kind == "tls":
                context = ssl.create_default_context(cafile=str(KEYS / "ca.pem"))
                with context.wrap_socket(sock, server_hostname="localhost") as secure:
                    assert read_slowly(secure) == SIZE
            else:
                assert read_slowly(sock) == SIZE
        assert int(printed.readline()) < ALLOWED


@pytest.mark.live
@pytest.mark.parametrize("kind", ["http", "https"])
def test_a_slow_curl_downloads_a_file(kind: str, big: Path) -> None:
    with served(kind, big) as (port, printed):
        command = [oracles.tool("curl"), "-sS", "--noproxy", "*", "--limit-rate", str(RATE)]
        command += ["--cacert", str(KEYS / "ca.pem"), "-o", os.devnull, "-w", "%{size_download}"]
        done = subprocess.run([*command, f"{kind}://localhost:{port}/"], capture_output=True)
        assert (done.stdout, done.stderr) == (str(SIZE).encode(), b"")
        assert int(printed.readline()) < ALLOWED


@pytest.mark.live
@pytest.mark.parametrize("kind", ["http", "https"])
def test_an_upload_to_a_slow_sink(kind: str, big: Path) -> None:
    with served(kind, big) as (port, printed):
        command = [oracles.tool("curl"), "-sS", "--noproxy", "*", "-T", str(big)]
        command += ["--cacert", str(KEYS / "ca.pem"), f"{kind}://localhost:{port}/"]
        done = subprocess.run(command, capture_output=True)
        assert (len(done.stdout), done.stderr) == (64, b"")
        assert int(printed.readline()) < ALLOWED
