"""HTTP with real peers: curl, and Node as a client and as a server; and the examples with curl."""

from __future__ import annotations

import ast
import gzip
import hashlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from . import oracles

pytestmark = [pytest.mark.host, pytest.mark.live]

ROOT = Path(__file__).parent.parent
MIB = 1024 * 1024
SIZE = 64 * MIB

KEYS = Path(__file__).parent / "data" / "tls"

SERVER = """
import hashlib
from pathlib import Path
from streams2 import Readable, http, https, run

def main():
    def on(req, res):
        digest, size = hashlib.sha256(), [0]
        if req.method == "GET":
            left = [SIZE // 65536]
            def read(self, size):
                left[0] -= 1
                self.push(bytes([left[0] % 256]) * 65536 if left[0] >= 0 else None)
            Readable(read=read).pipe(res)
            return
        req.on("data", lambda chunk: digest.update(chunk))
        req.on("end", lambda: res.end(digest.hexdigest()))
    keys = {"cert": Path(KEYS, "leaf.pem"), "key": Path(KEYS, "leaf.key")}
    server = http.create_server(on) if PLAIN else https.create_server(on, **keys)
    server.listen(0, "127.0.0.1", callback=lambda: print(server.address(), flush=True))

run(main)
""".replace("SIZE", str(SIZE)).replace("KEYS", repr(str(KEYS)))

NODE_SERVER = """
const http = require('KIND'), crypto = require('crypto'), fs = require('fs');
const keys = { cert: fs.readFileSync('KEYS/leaf.pem'), key: fs.readFileSync('KEYS/leaf.key') };
http.createServer('KIND' === 'https' ? keys : {}, (req, res) => {
  const hash = crypto.createHash('sha256');
  req.on('data', (chunk) => { hash.update(chunk); res.write(chunk) || req.pause(); });
  res.on('drain', () => req.resume());
  req.on('end', () => { res.addTrailers({ 'x-sum': hash.digest('hex') }); res.end(); });
}).listen(0, '127.0.0.1', function() { console.log(JSON.stringify(this.address())); });
""".replace("KEYS", str(KEYS))

both = pytest.mark.parametrize("kind", ["http", "https"])


def content() -> bytes:
    return b"".join(bytes([n % 256]) * 65536 for n in reversed(range(SIZE // 65536)))


# Under -X dev the debug mode is on; but a busy machine may take its time here.
QUIET = {**os.environ, "STREAMS2_DEBUG": "0"}


@contextmanager
def serving(*command: str, kind: str = "http") -> Iterator[str]:
    """The URL at which a program listens, which prints its address first."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=QUIET
    ) as program:
        try:
            assert program.stdout is not None
            yield f"{kind}://127.0.0.1:{ast.literal_eval(program.stdout.readline())['port']}/"
        finally:
            program.terminate()


def python(source: str) -> list[str]:
    return [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(source)]


def curl(*arguments: str) -> bytes:
    command = [oracles.tool("curl"), "-sS", "--noproxy", "*", "--cacert", str(KEYS / "ca.pem")]
    command += arguments
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("http") / "big"
    path.write_bytes(content())
    return path


def server(kind: str) -> list[str]:
    return python(SERVER.replace("PLAIN", str(kind == "http")))


@pytest.mark.slow
@pytest.mark.once
@both
def test_curl_uploads_and_downloads(kind: str, big: Path) -> None:
    digest = hashlib.sha256(big.read_bytes()).hexdigest()
    with serving(*server(kind), kind=kind) as url:
        assert curl("-T", str(big), url).decode() == digest
        assert curl("-H", "Transfer-Encoding: chunked", "-T", str(big), url).decode() == digest
        assert hashlib.sha256(curl(url)).hexdigest() == digest
        said = curl("-i", "-H", "Expect: 100-continue", "-d", "hi", url)
        assert said.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


@pytest.mark.slow
@pytest.mark.once
@both
def test_node_is_a_client(kind: str, big: Path) -> None:
    digest = hashlib.sha256(big.read_bytes()).hexdigest()
    client = """
    const http = require('KIND'), fs = require('fs'), crypto = require('crypto');
    const [url, path] = process.argv.slice(1);
    const ca = fs.readFileSync('KEYS/ca.pem');
    const all = (res) => res.setEncoding('utf8').on('data', (text) => console.log(text));
    fs.createReadStream(path).pipe(http.request(url, { method: 'POST', ca }, (res) => {
      all(res).on('end', () => http.get(url, { ca }, (res) => {
        const hash = crypto.createHash('sha256');
        res.on('data', (chunk) => hash.update(chunk));
        res.on('end', () => { console.log(hash.digest('hex')); process.exit(); });
      }));
    }));
    """.replace("KIND", kind).replace("KEYS", str(KEYS))
    with serving(*server(kind), kind=kind) as url:
        command = [oracles.node(), "-e", client, url, str(big)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.split() == [digest, digest]


@pytest.mark.slow
@pytest.mark.once
@both
def test_node_is_a_server(kind: str, big: Path) -> None:
    client = """
    import hashlib, sys
    from pathlib import Path
    from streams2 import fs, http, https, run
    def main():
        digest = hashlib.sha256()
        def on(res):
            res.on("data", digest.update)
            res.on("end", lambda: print(digest.hexdigest(), res.trailers["x-sum"]))
        url = sys.argv[1]
        if url.startswith("https"):
            request = https.request(url, on, method="POST", ca=Path(sys.argv[3], "ca.pem"))
        else:
            request = http.request(url, on, method="POST")
        fs.create_read_stream(sys.argv[2]).pipe(request)
    run(main)
    """
    with serving(oracles.node(), "-e", NODE_SERVER.replace("KIND", kind), kind=kind) as url:
        command = [*python(client), url, str(big), str(KEYS)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=QUIET)
    # Under -X dev, asyncio also tells of calls that took long: that is no fault.
    assert (done.returncode, "Warning" in done.stderr) == (0, False), done.stderr
    assert done.stdout.split() == [hashlib.sha256(big.read_bytes()).hexdigest()] * 2


# -- the examples ---------------------------------------------------------------------------------


def example(name: str) -> list[str]:
    return [sys.executable, "-W", "error", str(ROOT / "examples" / name)]


def test_the_file_server_serves_files_and_ranges(tmp_path: Path) -> None:
    data = os.urandom(100_000)
    (tmp_path / "a file").write_bytes(data)
    with serving(*example("file_server.py"), str(tmp_path)) as url:
        file = url + "a%20file"
        assert curl(file) == data
        assert curl("-r", "10-19", file) == data[10:20]
        assert curl("-r", "99990-", file) == data[99_990:]
        assert curl("-r", "-5", file) == data[-5:]
        assert b"206 Partial Content" in curl("-I", "-r", "0-0", file)
        status = ["-o", os.devnull, "-w", "%{http_code}"]
        assert curl(*status, "-r", "100000-", file) == b"416"
        assert curl(*status, url + "nothing") == b"404"
        assert curl(*status, "--path-as-is", url + "../../etc/passwd") == b"404"
        assert curl(*status, "-X", "DELETE", file) == b"405"


def test_the_upload_server_answers_with_the_hash(tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    source, folder = tmp_path / "source", tmp_path / "stored"
    source.write_bytes(data)
    folder.mkdir()
    digest = hashlib.sha256(data).hexdigest()
    with serving(*example("upload_server.py"), str(folder)) as url:
        assert curl("-T", str(source), url).decode() == f"{digest}\n"
        assert curl("--data-binary", f"@{source}", url).decode() == f"{digest}\n"
    assert [path.name for path in folder.iterdir()] == [digest]
    assert (folder / digest).read_bytes() == data


def test_what_goes_over_https_comes_back_compressed(tmp_path: Path) -> None:
    data = os.urandom(100_000) + bytes(1_000_000)
    (tmp_path / "source").write_bytes(data)
    program = example("https_gzip.py")
    with serving(*program, "serve", str(tmp_path), kind="https") as url:
        # The one that is given last counts.
        trusting = ["--cacert", str(tmp_path / "cert.pem")]
        packed = curl(*trusting, "-T", str(tmp_path / "source"), url)
        assert gzip.decompress(packed) == data
        assert len(packed) < len(data) / 2
        port = url.rpartition(":")[2].rstrip("/")
        command = [*program, "ask", str(tmp_path), port]
        done = subprocess.run(command, input=data, capture_output=True, check=True)
        assert (done.stdout == data, done.stderr) == (True, b"")


def test_a_slow_download_gets_all_of_it(tmp_path: Path) -> None:
    data = os.urandom(300_000)
    (tmp_path / "file").write_bytes(data)
    with serving(*example("file_server.py"), str(tmp_path)) as url:
        command = [*example("slow_download.py"), f"{url}file", str(tmp_path / "copy"), "3e6"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert (done.stderr, done.returncode) == ("", 0)
        assert (tmp_path / "copy").read_bytes() == data
        command[-3] = f"{url}nothing"
        done = subprocess.run(command, capture_output=True, text=True)
        assert "404 Not Found" in done.stderr
