"""What is written to a socket that is destroyed at once: told as Node tells it, in TCP and TLS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

from streams2 import net, next_tick, tls
from streams2.timers import set_timeout

from .twins import Twins

pytestmark = pytest.mark.host
twins = Twins()

KEYS = Path(__file__).parent / "data" / "tls"
GOOD: dict[str, Any] = {"cert": KEYS / "leaf.pem", "key": KEYS / "leaf.key"}

#: Small and large writes, `end` without and with a chunk, `cork` and `uncork`; and how it is
#: destroyed: at once, with an error, in a tick, soon, or by a reset.
SHAPES = [
    *("wd", "wx", "wwwd", "cwwd", "cwwud", "Wd", "Wwwd", "Wwx"),
    *("wed", "WEd", "Ed", "wt", "ws", "wr", "Wr"),
]
MOMENTS = ["at once", "connect", "secure", "at rest", "data", "server"]

SOURCE = """
const keys = { key: pem('leaf.key'), cert: pem('leaf.pem') };
const told = (error) => error?.code ?? error?.message ?? null;
const kind = KIND;
const large = Buffer.alloc(8 << 20);
const shape = (when, steps) => new Promise((over) => {
  const seen = [];
  let writes = 0;
  const note = (what) => (error) => seen.push([what, told(error)]);
  const steer = (socket) => {
    for (const step of steps) {
      if (step === 'w') socket.write('a', note(`write ${++writes}`));
      if (step === 'W') socket.write(large, note(`write ${++writes}`));
      if (step === 'e') socket.end(note('end'));
      if (step === 'E') socket.end('z', note('end'));
      if (step === 'c') socket.cork();
      if (step === 'u') socket.uncork();
      if (step === 'd') socket.destroy();
      if (step === 'x') socket.destroy(new Error('bang'));
      if (step === 't') nextTick(() => socket.destroy());
      if (step === 's') socket.destroySoon();
      if (step === 'r') {
        try {
          socket.resetAndDestroy();
        } catch (error) {
          note('reset')(error);
          socket.destroy();
        }
      }
    }
  };
  const watch = (socket) => {
    for (const name of ['connect', 'secureConnect', 'finish']) socket.on(name, note(name));
    socket.on('error', note('error'));
    socket.on('close', (failed) => {
      seen.push(['close', failed]);
      server.close(() => { say(when, steps, ...seen); over(); });
    });
  };
  const welcome = (socket) => {
    if (when === 'server') { watch(socket); steer(socket); }
    if (when === 'data') setTimeout(() => socket.write('hi'), 20);
    socket.on('error', () => {}).resume();
  };
  const server = kind === 'tls' ? tls.createServer(keys, welcome) : net.createServer(welcome);
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1', () => {
    const at = { port: server.address().port, host: '127.0.0.1' };
    const client = kind === 'tls' ?
      tls.connect({ ...at, ca: pem('ca.pem'), servername: 'localhost' }) : net.connect(at);
    if (when === 'server') { client.on('error', () => {}).resume(); return; }
    watch(client);
    const there = kind === 'tls' ? 'secureConnect' : 'connect';
    if (when === 'at once') steer(client);
    if (when === 'connect') client.on('connect', () => steer(client));
    if (when === 'secure') client.on(there, () => steer(client));
    if (when === 'at rest') client.on(there, () => setTimeout(() => steer(client), 20));
    if (when === 'data') client.once('data', () => steer(client));
  });
});
for (const when of MOMENTS) for (const steps of SHAPES) await shape(when, steps);
"""


def told(error: Any) -> Any:
    return None if error is None else getattr(error, "code", str(error))


class Shape:
    """A connection, and an end of it that writes and is destroyed."""

    def __init__(self, kind: str, when: str, steps: str, over: Callable[[list[Any]], None]) -> None:
        self.when, self.steps, self.over = when, steps, over
        self.is_tls = kind == "tls"
        self.seen: list[Any] = []
        self.writes = 0
        if self.is_tls:
            self.server: Any = tls.create_server(self.welcome, **GOOD)
            self.server.on("tlsClientError", lambda *_: None)
        else:
            self.server = net.create_server(self.welcome)
        self.server.listen(0, "127.0.0.1", callback=self.connect)

    def note(self, what: str) -> Callable[..., None]:
        return lambda error=None: self.seen.append([what, told(error)])

    def write(self, socket: Any, chunk: Any) -> None:
        self.writes += 1
        socket.write(chunk, callback=self.note(f"write {self.writes}"))

    def reset(self, socket: Any) -> None:
        try:
            socket.reset_and_destroy()
        except TypeError as error:
            self.note("reset")(error)
            socket.destroy()

    def steer(self, socket: Any) -> None:
        deeds: dict[str, Callable[[], object]] = {
            "w": lambda: self.write(socket, "a"),
            "W": lambda: self.write(socket, bytes(8 << 20)),
            "e": lambda: socket.end(callback=self.note("end")),
            "E": lambda: socket.end("z", callback=self.note("end")),
            "c": socket.cork,
            "u": socket.uncork,
            "d": socket.destroy,
            "x": lambda: socket.destroy(Exception("bang")),
            "t": lambda: next_tick(socket.destroy),
            "s": socket.destroy_soon,
            "r": lambda: self.reset(socket),
        }
        for step in self.steps:
            deeds[step]()

    def watch(self, socket: Any) -> None:
        for name in ("connect", "secureConnect", "finish", "error"):
            socket.on(name, self.note(name))

        def on_close(failed: bool) -> None:
            self.seen.append(["close", failed])
            self.server.close(lambda _: self.over([self.when, self.steps, *self.seen]))

        socket.on("close", on_close)

    def welcome(self, socket: Any) -> None:
        if self.when == "server":
            self.watch(socket)
            self.steer(socket)
        if self.when == "data":
            set_timeout(lambda: socket.write("hi"), 20)
        socket.on("error", lambda _: None).resume()

    def connect(self) -> None:
        at: Any = self.server.address()["port"], "127.0.0.1"
        client: Any
        if self.is_tls:
            client = tls.connect(*at, ca=(KEYS / "ca.pem").read_text(), servername="localhost")
        else:
            client = net.connect(*at)
        if self.when == "server":
            client.on("error", lambda _: None).resume()
            return
        self.watch(client)
        there = "secureConnect" if self.is_tls else "connect"
        if self.when == "at once":
            self.steer(client)
        elif self.when == "connect":
            client.on("connect", lambda: self.steer(client))
        elif self.when == "secure":
            client.on(there, lambda: self.steer(client))
        elif self.when == "at rest":
            client.on(there, lambda: set_timeout(lambda: self.steer(client), 20))
        else:
            client.once("data", lambda _: self.steer(client))


def run_all(kind: str, say: Callable[..., None]) -> None:
    shapes: Iterator[tuple[str, str]] = ((m, s) for m in MOMENTS for s in SHAPES)

    def one() -> None:
        shape = next(shapes, None)
        if shape is not None:
            Shape(kind, *shape, over)

    def over(seen: list[Any]) -> None:
        say(*seen)
        one()

    one()


def source(kind: str) -> str:
    filled = SOURCE.replace("KIND", repr(kind), 1)
    return filled.replace("of MOMENTS", f"of {MOMENTS}").replace("of SHAPES", f"of {SHAPES}")


@twins.program(source("tcp"))
def test_of_tcp(say: Callable[..., None]) -> None:
    run_all("tcp", say)


@twins.program(source("tls"))
def test_of_tls(say: Callable[..., None]) -> None:
    run_all("tls", say)
