"""tls: encrypted connections, what is said of certificates, and Node at the other end."""

from __future__ import annotations

import hashlib
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from streams2 import net, run, tls

from . import oracles
from .test_net_loads import kill_all, kill_one, on_every_loop

pytestmark = pytest.mark.host

KEYS = Path(__file__).parent / "data" / "tls"
GOOD: dict[str, Any] = {"cert": KEYS / "leaf.pem", "key": KEYS / "leaf.key"}
SELF: dict[str, Any] = {"cert": KEYS / "self.pem", "key": KEYS / "self.key"}
EXPIRED: dict[str, Any] = {"cert": KEYS / "expired.pem", "key": KEYS / "leaf.key"}
CA = (KEYS / "ca.pem").read_text("ascii")


class Exchange:
    """A server, a client, and what they were told."""

    def __init__(self, server: dict[str, Any], client: dict[str, Any]) -> None:
        self.seen: list[Any] = []
        self.client: Any = None
        self.server = tls.create_server(self.welcome, **server)
        self.server.on("tlsClientError", lambda error, socket: self.note("refused", error.code))
        self.options = client

    def note(self, *seen: Any) -> None:
        self.seen.append(seen)

    def welcome(self, socket: tls.TLSSocket) -> None:
        self.note("server", socket.encrypted, socket.get_protocol(), socket.alpn_protocol)
        socket.on("error", lambda _: None)
        socket.pipe(socket)

    def run(self) -> list[Any]:
        run(lambda: self.server.listen(0, "127.0.0.1", callback=self.connect))
        return self.seen

    def connect(self) -> None:
        address: Any = self.server.address()
        self.client = client = tls.connect(address["port"], **{"host": "localhost", **self.options})
        client.on("secureConnect", self.secured)
        client.on("data", lambda data: self.note("data", data))
        client.on("error", lambda error: self.note("failed", error.code, type(error)))
        client.on("close", self.closed)
        client.end(b"hello")

    def secured(self) -> None:
        client = self.client
        self.note("client", client.authorized, client.authorization_error, client.servername)
        self.certificate = client.get_peer_certificate()

    def closed(self, had_error: bool) -> None:
        self.note("close", had_error)
        self.server.close()


def test_what_is_written_comes_back_encrypted() -> None:
    protocols = {"alpn_protocols": ["http/1.1"]}
    exchange = Exchange({**GOOD, **protocols}, {"ca": CA, **protocols})
    seen = exchange.run()
    assert sorted(map(str, seen)) == sorted(
        map(
            str,
            [
                ("server", True, "TLSv1.3", "http/1.1"),
                ("client", True, None, "localhost"),
                ("data", b"hello"),
                ("close", False),
            ],
        )
    )
    certificate = exchange.certificate
    assert certificate["subject"] == {"CN": "localhost"}
    assert certificate["issuer"] == {"CN": "tests"}
    assert certificate["subjectaltname"] == "DNS:localhost, IP Address:127.0.0.1"
    assert hashlib.sha256(certificate["raw"]).hexdigest().upper() == certificate[
        "fingerprint256"
    ].replace(":", "")


@pytest.mark.parametrize(
    ("server", "client", "code"),
    [
        (SELF, {}, "DEPTH_ZERO_SELF_SIGNED_CERT"),
        (GOOD, {}, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        (EXPIRED, {"ca": CA}, "CERT_HAS_EXPIRED"),
        (GOOD, {"ca": CA, "servername": "example.com"}, "ERR_TLS_CERT_ALTNAME_INVALID"),
        (GOOD, {"ca": CA, "max_version": "TLSv1.2"}, None),
        (GOOD, {"ca": [CA.encode(), KEYS / "self.pem"], "host": "127.0.0.1"}, None),
    ],
    ids=["self-signed", "unknown issuer", "expired", "another name", "good", "good address"],
)
def test_a_certificate_is_checked(
    server: dict[str, Any], client: dict[str, Any], code: str | None
) -> None:
    seen = Exchange(server, client).run()
    if code is None:
        assert ("data", b"hello") in seen
        assert ("close", False) in seen
    else:
        assert ("failed", code, ssl.SSLCertVerificationError) in seen
        assert ("close", True) in seen
        assert [each for each in seen if each[0] in ("data", "server", "client")] == []


@pytest.mark.parametrize(
    ("server", "code"),
    [(SELF, "DEPTH_ZERO_SELF_SIGNED_CERT"), (GOOD, "UNABLE_TO_VERIFY_LEAF_SIGNATURE")],
)
def test_one_that_is_not_checked_is_not_trusted(server: dict[str, Any], code: str) -> None:
    """Row 43 of docs/differences.md."""
    seen = Exchange(server, {"reject_unauthorized": False}).run()
    assert ("client", False, code, "localhost") in seen
    assert ("data", b"hello") in seen


def test_ones_own_check_of_the_name() -> None:
    asked: list[Any] = []

    def check(name: str, certificate: dict[str, Any]) -> BaseException | None:
        asked.append((name, certificate["subject"]))
        error = ValueError("not this one")
        error.__dict__["code"] = "ERR_MINE"
        return error

    seen = Exchange(GOOD, {"ca": CA, "check_server_identity": check}).run()
    assert asked == [("localhost", {"CN": "localhost"})]
    assert ("failed", "ERR_MINE", ValueError) in seen


def test_a_client_without_a_certificate_is_turned_away() -> None:
    server = {**GOOD, "ca": CA, "request_cert": True, "max_version": "TLSv1.2"}
    assert ("refused", "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE") in Exchange(
        server, {"ca": CA}
    ).run()
    seen = Exchange(server, {"ca": CA, **GOOD}).run()
    assert ("data", b"hello") in seen


@pytest.mark.parametrize(
    ("bytes_sent", "code"),
    [(b"GET / HTTP/1.0\r\n\r\n", "ERR_SSL_HTTP_REQUEST"), (b"", "ECONNRESET")],
)
def test_a_client_that_speaks_no_tls(bytes_sent: bytes, code: str) -> None:
    seen: list[Any] = []

    def main() -> None:
        server = tls.create_server(**GOOD)

        def refused(error: Any, socket: Any) -> None:
            seen.append((error.code, isinstance(socket, tls.TLSSocket), socket.destroyed))
            server.close()

        server.on("tlsClientError", refused)

        def on_listening() -> None:
            address: Any = server.address()
            client = net.connect(address["port"], "127.0.0.1")
            client.on("error", lambda _: None)
            client.end(bytes_sent)

        server.listen(0, "127.0.0.1", callback=on_listening)

    run(main)
    assert seen == [(code, True, True)]


def test_a_server_that_speaks_no_tls() -> None:
    seen: list[Any] = []

    def main() -> None:
        server = net.create_server(lambda socket: socket.on("error", id).end("hello"))

        def on_listening() -> None:
            address: Any = server.address()
            client = tls.connect(address["port"], "127.0.0.1")
            client.on("error", lambda error: seen.append(error.code))
            client.on("close", lambda had_error: server.close())

        server.listen(0, "127.0.0.1", callback=on_listening)

    run(main)
    assert seen == ["ERR_SSL_WRONG_VERSION_NUMBER"]


@pytest.mark.live
@pytest.mark.slow
def test_openssl_gets_its_answer() -> None:
    """A client that is neither Python nor Node: `.ci/run` installs it."""
    client: list[subprocess.Popen[bytes]] = []

    def main() -> None:
        def welcome(socket: tls.TLSSocket) -> None:
            socket.end("hello from here")
            server.close()

        server = tls.create_server(welcome, **GOOD)

        def on_listening() -> None:
            address: Any = server.address()
            where = f"127.0.0.1:{address['port']}"
            command = ["openssl", "s_client", "-connect", where, "-CAfile", str(KEYS / "ca.pem")]
            command += ["-verify_return_error", "-verify_hostname", "localhost", "-quiet"]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            client.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, **pipes))

        server.listen(0, "127.0.0.1", callback=on_listening)

    run(main)
    answer, _ = client[0].communicate(timeout=20)
    assert answer == b"hello from here"


# -- faults ---------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are counted in /proc")
@on_every_loop
def test_whoever_is_killed_leaves_nothing_open(run_it: Any) -> None:
    """In the handshake, or behind it. STREAMS2_KILLS=500 for the long run."""

    def create_server(**options: Any) -> tls.Server:
        return tls.create_server(**GOOD, **options)

    def connect(port: int, host: str) -> tls.TLSSocket:
        return tls.connect(port, host, ca=CA)

    kill_all(lambda seed: kill_one(seed, run_it, create_server, connect))


# -- Node at the other end ------------------------------------------------------------------------

NODE = """
const tls = require('node:tls'), fs = require('node:fs'), crypto = require('node:crypto');
const [, keys, port] = process.argv;
const options = {
  cert: fs.readFileSync(`${keys}/leaf.pem`), key: fs.readFileSync(`${keys}/leaf.key`),
  ca: fs.readFileSync(`${keys}/ca.pem`),
};
const bytes = Buffer.alloc(MANY, 'a few bytes');
const answer = (socket) => {
  const sum = crypto.createHash('sha256');
  socket.on('data', (chunk) => sum.update(chunk));
  socket.on('end', () => { console.log(sum.digest('hex')); if (port === '0') server.close(); });
  socket.end(bytes);
};
let server;
if (port === '0') {
  server = tls.createServer({ ...options, allowHalfOpen: true }, answer);
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
} else {
  const socket = tls.connect({ ...options, port, host: 'localhost', allowHalfOpen: true });
  socket.on('secureConnect', () => answer(socket));
}
"""


@contextmanager
def node(port: int, many: int) -> Iterator[subprocess.Popen[str]]:
    source = NODE.replace("MANY", str(many))
    command = [oracles.node(), "-e", source, "--", str(KEYS), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize("node_serves", [True, False])
def test_64_mib_each_way_with_node_at_the_other_end(node_serves: bool) -> None:
    many = 64 << 20
    data = (b"a few bytes" * (many // 11 + 1))[:many]
    wanted = hashlib.sha256(data).hexdigest()
    got = hashlib.sha256()

    def exchange(socket: Any) -> None:
        socket.on("data", got.update)
        socket.end(data)

    with_ends = {"allow_half_open": True}
    if node_serves:
        with node(0, many) as process:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            run(lambda: exchange(tls.connect(port, "localhost", ca=CA, **with_ends)))
            assert process.stdout.read().split() == [wanted]
    else:
        told = []

        def main() -> None:
            def welcome(socket: Any) -> None:
                exchange(socket)
                server.close()

            server = tls.create_server(welcome, **GOOD, **with_ends)

            def on_listening() -> None:
                address: Any = server.address()
                manager = node(address["port"], many)
                process = manager.__enter__()
                told.append((manager, process))

            server.listen(0, "127.0.0.1", callback=on_listening)

        run(main)
        manager, process = told[0]
        assert process.stdout.read().split() == [wanted]
        manager.__exit__(None, None, None)
    assert got.hexdigest() == wanted


def test_what_a_secure_socket_says_of_itself() -> None:
    said: list[Any] = []

    def main() -> None:
        context = tls.create_secure_context(**GOOD, server_side=True)
        server = tls.create_server(lambda socket: socket.end("hello"), secure_context=context)
        assert isinstance(server, tls.Server)

        def on_listening() -> None:
            address: Any = server.address()
            client = tls.connect(address["port"], "localhost", ca=CA)
            assert isinstance(client, tls.TLSSocket)
            said.append((client.get_protocol(), client.get_cipher(), client.get_peer_certificate()))

            def on_secure() -> None:
                said.append((client.get_protocol(), sorted(client.get_cipher())))
                said.append((client.is_session_reused(), "raw" in client.get_peer_certificate()))

            client.on("secureConnect", on_secure)
            client.on("data", said.append)
            client.on("close", lambda had_error: server.close())

        server.listen(0, "127.0.0.1", callback=on_listening)

    run(main)
    assert said == [
        (None, {}, {}),
        ("TLSv1.3", ["name", "standard_name", "version"]),
        (False, True),
        b"hello",
    ]
