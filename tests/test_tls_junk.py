"""Junk where a handshake should be: who hears what of it, in which order, here and in Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from streams2 import Readable, net, run, timers, tls

from . import oracles

pytestmark = pytest.mark.host

KEYS = Path(__file__).parent / "data" / "tls"
EVENTS = ["connect", "secureConnect", "ready", "data", "end", "prefinish", "finish", "close"]
JUNK = {"http": b"GET / HTTP/1.1\r\n\r\n", "short": b"xy", "text": b"junk\n" * 40}
# Who is given junk; which; and what is done then.
CASES = [
    ["server", "http", "nothing"],
    ["server", "text", "end"],
    ["server", "short", "end"],
    ["server", "short", "destroy"],
    ["client", "http", "nothing"],
    ["client", "http", "end"],
    ["client", "short", "end"],
    ["client", "short", "destroy"],
    ["client", "text", "resume"],
    ["client", "text", "write"],
    ["client", "text", "end"],
]

NODE = r"""
const { KEY, CERT, EVENTS, JUNK, CASES } = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const tls = require('tls'), net = require('net')
const after = (socket, how) => {
  if (how === 'end') socket.end()
  if (how === 'destroy') setTimeout(() => socket.destroy(), 20)
}
const given = ([which, junk, how]) => new Promise((resolve) => {
  const seen = []
  const done = () => setImmediate(() => { server.close(); resolve(seen) })
  const watch = (socket) => {
    for (const event of EVENTS)
      socket.on(event, (...args) => seen.push([event, event === 'close' ? args[0] : null]))
    socket.on('error', (error) => seen.push(['error', error.code]))
    socket.on('close', done)
  }
  const server = which === 'server'
    ? tls.createServer({ key: KEY, cert: CERT }).on('tlsClientError', (error, socket) => {
      seen.push(['tlsClientError', error.code, socket.destroyed])
      socket.on('error', (error) => seen.push(['error', error.code]))
      if (error.code === 'ECONNRESET') done()
      else socket.on('close', (failed) => { seen.push(['close', failed]); done() })
    })
    : net.createServer((socket) => {
      socket.on('error', () => {}).resume().write(JUNK[junk])
      after(socket, how)
    })
  server.listen(0, '127.0.0.1', () => {
    if (which === 'server') {
      const socket = net.connect(server.address().port, '127.0.0.1')
      socket.on('error', () => {}).resume()
      socket.on('connect', () => { socket.write(JUNK[junk]); after(socket, how) })
    } else {
      const client = tls.connect(server.address().port, '127.0.0.1', { rejectUnauthorized: false })
      watch(client)
      if (how === 'resume') client.resume()
      if (how === 'write') client.write('x', (error) => seen.push(['written', error.code]))
    }
  })
});
(async () => {
  const all = []
  for (const one of CASES) all.push(await given(one))
  console.log(JSON.stringify(all))
})()
"""


class Given:
    """A peer that is given junk, and what it was told."""

    def __init__(self, which: str, junk: str, how: str) -> None:
        self.seen: list[list[Any]] = []
        self.which, self.junk, self.how = which, JUNK[junk], how
        self.server: Any = None

    def main(self) -> None:
        if self.which == "server":
            self.server = tls.create_server(cert=KEYS / "leaf.pem", key=KEYS / "leaf.key")
            self.server.on("tlsClientError", self.refused)
        else:
            self.server = net.create_server(self.throw)
        self.server.listen(0, "127.0.0.1", callback=self.connect)

    def connect(self) -> None:
        port = self.server.address()["port"]
        if self.which == "server":
            socket = net.connect(port, "127.0.0.1")
            socket.on("connect", lambda: self.throw(socket))
        else:
            self.watch(tls.connect(port, "127.0.0.1", reject_unauthorized=False))

    def throw(self, socket: net.Socket) -> None:
        socket.on("error", id).resume().write(self.junk)
        if self.how == "end":
            socket.end()
        elif self.how == "destroy":
            timers.set_timeout(socket.destroy, 20)

    def done(self, *_: Any) -> None:
        timers.set_immediate(self.server.close)

    def refused(self, error: Any, socket: Any) -> None:
        self.seen.append(["tlsClientError", error.code, socket.destroyed])
        socket.on("error", lambda error: self.seen.append(["error", error.code]))
        if error.code == "ECONNRESET":
            self.done()
        else:
            socket.on("close", lambda failed: self.seen.append(["close", failed]))
            socket.on("close", self.done)

    def watch(self, client: Any) -> None:
        for event in EVENTS:
            client.on(event, lambda *args, e=event: self.note(e, *args))
        client.on("error", lambda error: self.seen.append(["error", error.code]))
        client.on("close", self.done)
        if self.how == "resume":
            client.resume()
        if self.how == "write":
            client.write("x", callback=lambda error: self.seen.append(["written", error.code]))

    def note(self, event: str, *args: Any) -> None:
        self.seen.append([event, args[0] if event == "close" else None])


@pytest.mark.live
def test_junk_is_told_as_in_node() -> None:
    ours = []
    for case in CASES:
        given = Given(*case)
        run(given.main)
        ours.append(given.seen)
    asked = {
        "KEY": (KEYS / "leaf.key").read_text(),
        "CERT": (KEYS / "leaf.pem").read_text(),
        "EVENTS": EVENTS,
        "JUNK": {name: junk.decode() for name, junk in JUNK.items()},
        "CASES": CASES,
    }
    command = [oracles.node(), "-e", NODE]
    printed = subprocess.run(
        command, input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=30
    )
    theirs = json.loads(printed.stdout)
    assert dict(zip(map(str, CASES), ours)) == dict(zip(map(str, CASES), theirs))


def test_who_left_in_a_handshake_is_told_of_when_the_socket_has_closed() -> None:
    given = Given("server", "short", "end")
    run(given.main)
    assert given.seen == [["tlsClientError", "ECONNRESET", True]]


def test_small_chunks_without_end_let_the_loop_turn() -> None:
    """A client that reads nothing, and a source that always has more: as in Node, where it is
    otherwise without TLS, what fits is not all sent in one turn."""
    turns: list[int] = []
    client: Any = None

    def main() -> None:
        sent = 0

        def read(source: Readable[bytes], size: int) -> None:
            nonlocal sent
            sent += 1
            source.push(b"x" * 1000)

        def turn() -> None:
            turns.append(sent)
            if len(turns) < 5:
                timers.set_immediate(turn)
            else:
                client.destroy()
                server.close()

        def serve(socket: tls.TLSSocket) -> None:
            socket.on("error", id)
            Readable(read=read).pipe(socket)
            timers.set_immediate(turn)

        def connect() -> None:
            nonlocal client
            address: Any = server.address()
            client = tls.connect(address["port"], "127.0.0.1", reject_unauthorized=False)
            client.pause()
            client.on("error", id)

        server = tls.create_server(serve, cert=KEYS / "leaf.pem", key=KEYS / "leaf.key")
        server.listen(0, "127.0.0.1", callback=connect)

    run(main)
    assert all(0 < after - before < 1000 for before, after in zip(turns, turns[1:]))
