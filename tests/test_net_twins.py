"""Sockets and servers on loopback, in Node and here: each end sees the same, in the same order."""

from __future__ import annotations

import asyncio
import functools
from typing import Any, Callable

import pytest

from streams2 import net, next_tick

from .twins import Twins, later

pytestmark = pytest.mark.host
twins = Twins()

EVENTS = [
    *("lookup", "connectionAttempt", "connectionAttemptFailed", "connect", "ready", "data", "end"),
    *("timeout", "drain", "finish", "error", "close"),
]

# What the two ends see depends on each other only as far as the network makes it: so each has a
# list of its own, and they are said when all is over.
PRELUDE = """
const logs = {};
const note = (who, ...seen) => (logs[who] ??= []).push(seen);
const told = (who) => (error) => note(who, error ?? null);
const watch = (who, socket, names = EVENTS) => {
  for (const name of names) {
    socket.on(name, (...args) => {
      if (name === 'connectionAttempt') args = [];
      // Without any connection, Node gives nothing: which says that it did not fail.
      if (name === 'close') args = [Boolean(args[0])];
      if (name === 'connectionAttemptFailed') args = [args[3]];
      note(who, name, ...args.map((arg) => Buffer.isBuffer(arg) ? String(arg) : arg));
    });
  }
  return socket;
};
const sayAll = () => { for (const who of Object.keys(logs).sort()) say(who, ...logs[who]); };
const serve = (options, onConnection, then) => {
  const server = net.createServer(options, (socket) => onConnection(socket, server));
  server.on('close', sayAll);
  server.listen(0, '127.0.0.1', () => then(server.address().port, server));
};
""".replace("EVENTS", str(EVENTS))


class Ends:
    """The same as the prelude, in Python."""

    def __init__(self, say: Callable[..., None]) -> None:
        self.say = say
        self.logs: dict[str, list[Any]] = {}

    def note(self, who: str, *seen: Any) -> None:
        self.logs.setdefault(who, []).append(list(seen))

    def told(self, who: str) -> Callable[[Any], None]:
        return lambda error: self.note(who, error)

    def watch(self, who: str, socket: Any, names: Any = EVENTS) -> Any:
        for name in names:
            socket.on(name, functools.partial(self.saw, who, name))
        return socket

    def saw(self, who: str, name: str, *args: Any) -> None:
        if name == "connectionAttempt":
            args = ()
        if name == "connectionAttemptFailed":
            args = (args[3],)
        shown = [arg.decode() if isinstance(arg, bytes) else arg for arg in args]
        self.note(who, name, *shown)

    def say_all(self) -> None:
        for who in sorted(self.logs):
            self.say(who, *self.logs[who])

    def serve(self, on_connection: Any, then: Any, **options: Any) -> None:
        server = net.create_server(lambda socket: on_connection(socket, server), **options)
        server.on("close", self.say_all)

        def on_listening() -> None:
            address: Any = server.address()
            then(address["port"], server)

        server.listen(0, "127.0.0.1", callback=on_listening)


def program(source: str) -> Any:
    def decorate(twin: Callable[[Ends], None]) -> Any:
        def run_it(say: Callable[..., None]) -> None:
            twin(Ends(say))

        run_it.__name__ = twin.__name__
        run_it.__doc__ = twin.__doc__
        run_it.__module__ = twin.__module__
        return pytest.mark.host(twins.program(PRELUDE + source)(run_it))

    return decorate


@program("""
serve({}, (socket, server) => { watch('server', socket).pipe(socket); server.close(); }, (port) => {
  const client = watch('client', net.connect(port, '127.0.0.1'));
  note('client', client.write('one', told('written')), client.bytesWritten);
  client.end('two', told('ended'));
});
""")
def test_echo(ends: Ends) -> None:
    def on_connection(socket: Any, server: Any) -> None:
        ends.watch("server", socket).pipe(socket)
        server.close()

    def then(port: int, server: Any) -> None:
        client = ends.watch("client", net.connect(port, "127.0.0.1"))
        written = client.write("one", callback=ends.told("written"))
        ends.note("client", written, client.bytes_written)
        client.end("two", callback=ends.told("ended"))

    ends.serve(on_connection, then)


@program("""
serve({ allowHalfOpen: true }, (socket, server) => {
  watch('server', socket).resume();
  server.close();
  socket.on('end', () => {
    note('server', socket.readyState, socket.writable);
    socket.write('after the end', told('server'));
    socket.end();
  });
}, (port) => {
  const client = watch('client', net.connect(port, '127.0.0.1', () => client.end('bye')));
  client.on('finish', () => note('client', client.readyState));
});
""")
def test_a_half_open_server_may_answer_after_the_end(ends: Ends) -> None:
    def on_connection(socket: Any, server: Any) -> None:
        ends.watch("server", socket).resume()
        server.close()

        def on_end() -> None:
            ends.note("server", socket.ready_state, socket.writable)
            socket.write("after the end", callback=ends.told("server"))
            socket.end()

        socket.on("end", on_end)

    def then(port: int, server: Any) -> None:
        client = net.connect(port, "127.0.0.1", lambda: client.end("bye"))
        ends.watch("client", client)
        client.on("finish", lambda: ends.note("client", client.ready_state))

    ends.serve(on_connection, then)


@program("""
serve({}, (socket, server) => { watch('server', socket).resume(); server.close(); }, (port) => {
  const client = watch('client', new net.Socket());
  note('client', client.readyState, client.pending, client.connecting);
  client.connect(port, '127.0.0.1', () => note('client', client.readyState, client.pending));
  note('client', client.readyState, client.pending, client.connecting);
  for (const word of ['a', 'b', 'c']) client.write(word, () => note('client', word));
  client.on('connect', () => note('client', 'a later listener'));
  client.end(told('client'));
  note('client', client.readyState, client.bytesWritten);
  client.resume();
});
""")
def test_writes_and_the_end_before_it_is_connected(ends: Ends) -> None:
    def on_connection(socket: Any, server: Any) -> None:
        ends.watch("server", socket).resume()
        server.close()

    def then(port: int, server: Any) -> None:
        client = ends.watch("client", net.Socket())
        ends.note("client", client.ready_state, client.pending, client.connecting)
        on_connect = lambda: ends.note("client", client.ready_state, client.pending)  # noqa: E731
        client.connect(port, "127.0.0.1", on_connect)
        ends.note("client", client.ready_state, client.pending, client.connecting)
        for word in "abc":
            client.write(word, callback=lambda _, word=word: ends.note("client", word))
        client.on("connect", lambda: ends.note("client", "a later listener"))
        client.end(callback=ends.told("client"))
        ends.note("client", client.ready_state, client.bytes_written)
        client.resume()

    ends.serve(on_connection, then)


@program("""
serve({}, (socket) => { watch('server', socket).resume(); }, (port, server) => {
  const client = watch('client', net.connect(port, '127.0.0.1'));
  client.on('connect', () => { client.destroy(); note('client', client.readyState); });
  client.on('close', () => server.close());
});
""")
def test_destroyed_in_connect(ends: Ends) -> None:
    def on_connection(socket: Any, server: Any) -> None:
        ends.watch("server", socket).resume()

    def then(port: int, server: Any) -> None:
        client = ends.watch("client", net.connect(port, "127.0.0.1"))

        def on_connect() -> None:
            client.destroy()
            ends.note("client", client.ready_state)

        client.on("connect", on_connect)
        client.on("close", lambda _: server.close())

    ends.serve(on_connection, then)


@program("""
serve({}, () => {}, (port, server) => {
  const client = net.connect(port, '127.0.0.1');
  client.write('x', told('first'));
  client.write('y', told('second'));
  client.end('z', told('end'));
  watch('client', client).destroy(new Error('given up'));
  note('client', client.readyState, client.destroyed);
  client.on('close', () => server.close());
});
""")
def test_destroyed_before_it_is_connected(ends: Ends) -> None:
    def then(port: int, server: Any) -> None:
        client = net.connect(port, "127.0.0.1")
        client.write("x", callback=ends.told("first"))
        client.write("y", callback=ends.told("second"))
        client.end("z", callback=ends.told("end"))
        ends.watch("client", client).destroy(Exception("given up"))
        ends.note("client", client.ready_state, client.destroyed)
        client.on("close", lambda _: server.close())

    ends.serve(lambda socket, server: None, then)


@program("""
serve({}, (socket, server) => { socket.resume().end(); server.close(); }, (port) => {
  const client = watch('client', net.connect(port, '127.0.0.1'));
  client.resume();
  client.on('end', () => {
    note('client', client.write('still open', told('first')));
    process.nextTick(() => process.nextTick(() => {
      note('client', client.writableEnded);
      note('client', client.write('too late', told('second')));
    }));
  });
});
""")
def test_a_write_after_the_peer_has_ended(ends: Ends) -> None:
    def on_connection(socket: Any, server: Any) -> None:
        socket.resume().end()
        server.close()

    def then(port: int, server: Any) -> None:
        client = ends.watch("client", net.connect(port, "127.0.0.1"))
        client.resume()

        def on_end() -> None:
            ends.note("client", client.write("still open", callback=ends.told("first")))
            next_tick(next_tick, too_late)

        def too_late() -> None:
            ends.note("client", client.writable_ended)
            ends.note("client", client.write("too late", callback=ends.told("second")))

        client.on("end", on_end)

    ends.serve(on_connection, then)


@program("""
serve({}, (socket, server) => {
  socket.on('error', () => {}).resume();
  server.close();
}, (port) => {
  const client = watch('client', net.connect(port, '127.0.0.1'));
  client.on('connect', () => {
    client.end('the end');
    note('client', client.write('after', told('write')));
  });
  const end = client.end;
  client.end = (...args) => { note('client', 'end'); return end.apply(client, args); };
});
""")
def test_a_write_after_the_end(ends: Ends) -> None:
    def on_connection(socket: Any, server: Any) -> None:
        socket.on("error", lambda _: None)
        socket.resume()
        server.close()

    def then(port: int, server: Any) -> None:
        client = ends.watch("client", net.connect(port, "127.0.0.1"))

        def on_connect() -> None:
            client.end("the end")
            ends.note("client", client.write("after", callback=ends.told("write")))

        client.on("connect", on_connect)
        end = client.end

        def noted(*args: Any) -> Any:
            ends.note("client", "end")
            return end(*args)

        client.end = noted

    ends.serve(on_connection, then)


@program("""
serve({}, (socket, server) => { watch('server', socket).resume(); server.close(); }, (port) => {
  const client = watch('client', net.connect(port, '127.0.0.1'));
  note('client', client.timeout ?? null, client.setTimeout(30, () => {
    note('client', 'callback', client.timeout, client.readyState, client.destroyed);
    client.setTimeout(0);
    note('client', client.timeout);
    client.end();
  }) === client, client.timeout);
});
""")
def test_a_timeout_is_told_and_ends_nothing(ends: Ends) -> None:
    def on_connection(socket: Any, server: Any) -> None:
        ends.watch("server", socket).resume()
        server.close()

    def then(port: int, server: Any) -> None:
        client = ends.watch("client", net.connect(port, "127.0.0.1"))

        def on_timeout() -> None:
            ends.note("client", "callback", client.timeout, client.ready_state, client.destroyed)
            client.set_timeout(0)
            ends.note("client", client.timeout)
            client.end()

        before = client.timeout
        ends.note("client", before, client.set_timeout(30, on_timeout) is client, client.timeout)

    ends.serve(on_connection, then)


@program("""
serve({}, (socket, server) => {
  watch('server', socket).resume();
  server.close();
  socket.write('ready');
}, (port) => {
  const client = watch('client', net.connect(port, '127.0.0.1'));
  client.once('data', () => note('client', client.resetAndDestroy() === client, client.destroyed));
});
""")
def test_a_reset_is_an_error_of_the_other_end(ends: Ends) -> None:
    def on_connection(socket: Any, server: Any) -> None:
        ends.watch("server", socket).resume()
        server.close()
        socket.write("ready")

    def then(port: int, server: Any) -> None:
        client = ends.watch("client", net.connect(port, "127.0.0.1"))
        client.once(
            "data",
            lambda _: ends.note("client", client.reset_and_destroy() is client, client.destroyed),
        )

    ends.serve(on_connection, then)


@program("""
const idle = watch('idle', new net.Socket());
idle.resetAndDestroy();
const early = watch('early', new net.Socket());
note('early', early.write('nowhere', told('early')));
const ended = watch('ended', new net.Socket());
ended.end(told('ended'));
ended.on('finish', () => setImmediate(sayAll));
""")
def test_sockets_that_are_never_connected(ends: Ends) -> None:
    idle = ends.watch("idle", net.Socket())
    idle.reset_and_destroy()
    early = ends.watch("early", net.Socket())
    ends.note("early", early.write("nowhere", callback=ends.told("early")))
    ended = ends.watch("ended", net.Socket())
    ended.end(callback=ends.told("ended"))
    ended.on("finish", lambda: later(ends.say_all))


@program("""
serve({}, () => {}, (port, server) => server.close(() => {
  const client = watch('client', net.connect(port, '127.0.0.1'));
  client.on('error', (error) => {
    note('client', error.syscall, error.address, error.port === port, client.connecting);
    note('client', error.message === `connect ECONNREFUSED 127.0.0.1:${port}`, client.destroyed);
  });
  client.on('close', sayAll);
}));
""")
def test_a_refused_connection(ends: Ends) -> None:
    def then(port: int, server: Any) -> None:
        def refused(_: Any) -> None:
            client = ends.watch("client", net.connect(port, "127.0.0.1"))

            def on_error(error: Any) -> None:
                where = error.syscall, error.address, error.port == port, client.connecting
                ends.note("client", *where)
                message = f"connect ECONNREFUSED 127.0.0.1:{port}"
                ends.note("client", error.message == message, client.destroyed)

            client.on("error", on_error)
            client.on("close", lambda _: ends.say_all())

        server.close(refused)

    ends.serve(lambda socket, server: None, then)


@program("""
const client = watch('client', net.connect({ path: '/nowhere/at/all' }));
client.on('error', (error) => note('client', error.syscall, error.address, error.message));
client.on('close', sayAll);
""")
def test_a_path_where_nobody_listens(ends: Ends) -> None:
    client = ends.watch("client", net.connect(path="/nowhere/at/all"))
    client.on("error", lambda e: ends.note("client", e.syscall, e.address, e.message))
    client.on("close", lambda _: ends.say_all())


@program("""
const server = net.createServer((socket) => {
  server.getConnections((error, count) => note('server', error, count));
  note('server', server.close(told('closed')) === server, server.listening, server.address());
  server.close(told('closed again'));
  setTimeout(() => socket.resume().end('late'), 10);
});
server.on('close', () => { note('server', 'close'); sayAll(); });
note('server', server.listening, server.address());
server.listen(0, '127.0.0.1', () => {
  note('server', server.listening, Object.keys(server.address()));
  watch('client', net.connect(server.address().port, '127.0.0.1'));
});
note('server', server.listening, server.address());
""")
def test_a_server_closes_when_its_last_connection_has(ends: Ends) -> None:
    def on_connection(socket: Any) -> None:
        server.get_connections(lambda error, count: ends.note("server", error, count))
        closing = server.close(ends.told("closed")) is server
        ends.note("server", closing, server.listening, server.address())
        server.close(ends.told("closed again"))
        asyncio.get_running_loop().call_later(0.01, lambda: socket.resume().end("late"))

    server = net.create_server(on_connection)

    def on_close() -> None:
        ends.note("server", "close")
        ends.say_all()

    server.on("close", on_close)
    ends.note("server", server.listening, server.address())

    def on_listening() -> None:
        address: Any = server.address()
        ends.note("server", server.listening, list(address))
        ends.watch("client", net.connect(address["port"], "127.0.0.1"))

    server.listen(0, "127.0.0.1", callback=on_listening)
    ends.note("server", server.listening, server.address())


@program("""
const server = net.createServer((socket) => {
  server.close(told('closed'));
  socket.destroy();
  setTimeout(sayAll, 20);
});
server.on('close', () => note('server', 'close'));
server.listen(0, '127.0.0.1', () => net.connect(server.address().port, '127.0.0.1').resume());
""")
def test_a_server_whose_last_connection_goes_with_it_closes_once(ends: Ends) -> None:
    def on_connection(socket: Any) -> None:
        server.close(ends.told("closed"))
        socket.destroy()
        asyncio.get_running_loop().call_later(0.02, ends.say_all)

    def on_listening() -> None:
        address: Any = server.address()
        net.connect(address["port"], "127.0.0.1").resume()

    server = net.create_server(on_connection)
    server.on("close", lambda: ends.note("server", "close"))
    server.listen(0, "127.0.0.1", callback=on_listening)


@program("""
const server = net.createServer();
server.on('close', () => note('server', 'close'));
note('server', server.close(told('never')) === server);
server.listen(0);
note('server', server.listening, server.address() !== null);
try { server.listen(0); } catch (error) { note('server', error); }
server.on('listening', () => {
  const other = net.createServer();
  other.on('error', (error) => {
    note('other', error, error.syscall, error.port === server.address().port, other.listening);
    server.close(sayAll);
  });
  other.listen(server.address().port);
});
""")
def test_what_a_server_is_not_asked_twice(ends: Ends) -> None:
    server = net.create_server()
    server.on("close", lambda: ends.note("server", "close"))
    ends.note("server", server.close(ends.told("never")) is server)
    server.listen(0)
    ends.note("server", server.listening, server.address() is not None)
    try:
        server.listen(0)
    except Exception as error:
        ends.note("server", error)

    def on_listening() -> None:
        address: Any = server.address()
        other = net.create_server()

        def on_error(error: Any) -> None:
            same = error.port == address["port"]
            ends.note("other", error, error.syscall, same, other.listening)
            server.close(lambda _: ends.say_all())

        other.on("error", on_error)
        other.listen(address["port"])

    server.on("listening", on_listening)


@program("""
serve({ pauseOnConnect: true }, (socket, server) => {
  watch('server', socket);
  server.close();
  note('server', socket.isPaused(), socket.bytesRead);
  setTimeout(() => { note('server', socket.bytesRead); socket.resume(); }, 20);
}, (port) => { watch('client', net.connect(port, '127.0.0.1')).end('early'); });
""")
def test_paused_on_connect(ends: Ends) -> None:
    def on_connection(socket: Any, server: Any) -> None:
        ends.watch("server", socket)
        server.close()
        ends.note("server", socket.is_paused(), socket.bytes_read)

        def wake() -> None:
            ends.note("server", socket.bytes_read)
            socket.resume()

        asyncio.get_running_loop().call_later(0.02, wake)

    def then(port: int, server: Any) -> None:
        ends.watch("client", net.connect(port, "127.0.0.1")).end("early")

    ends.serve(on_connection, then, pause_on_connect=True)


@program("""
serve({}, (socket) => { watch('server', socket).resume(); }, (port, server) => {
  server.maxConnections = 1;
  server.on('drop', (data) => {
    note('drop', Object.keys(data).length, data.localPort === port, data.remoteFamily);
  });
  const first = net.connect(port, '127.0.0.1', () => {
    const second = watch('second', net.connect(port, '127.0.0.1'), ['connect', 'end', 'close']);
    second.resume();
    second.on('error', () => {});
    second.on('close', () => { first.end(); server.close(); });
  });
  watch('first', first);
});
""")
def test_more_connections_than_wanted(ends: Ends) -> None:
    def on_connection(socket: Any, server: Any) -> None:
        ends.watch("server", socket).resume()

    def then(port: int, server: Any) -> None:
        server.max_connections = 1
        server.on(
            "drop",
            lambda data: ends.note(
                "drop", len(data), data["local_port"] == port, data["remote_family"]
            ),
        )

        def next_one() -> None:
            client = net.connect(port, "127.0.0.1")
            second = ends.watch("second", client, ["connect", "end", "close"])
            second.resume()
            second.on("error", lambda _: None)

            def over(_: bool) -> None:
                first.end()
                server.close()

            second.on("close", over)

        first = net.connect(port, "127.0.0.1", next_one)
        ends.watch("first", first)

    ends.serve(on_connection, then)


@program("""
let times = 0;
serve({}, (socket, server) => {
  socket.end(`hello ${++times}`);
  if (times === 2) server.close();
}, (port) => {
  const client = watch('client', net.connect(port, '127.0.0.1'));
  client.on('close', () => {
    if (times === 2) return;
    client.connect(port, '127.0.0.1');
    note('client', client.destroyed, client.connecting, client.writable, client.readable);
  });
});
""")
def test_a_socket_connects_again(ends: Ends) -> None:
    times = 0

    def on_connection(socket: Any, server: Any) -> None:
        nonlocal times
        times += 1
        socket.end(f"hello {times}")
        if times == 2:
            server.close()

    def then(port: int, server: Any) -> None:
        client = ends.watch("client", net.connect(port, "127.0.0.1"))

        def again(_: bool) -> None:
            if times == 2:
                return
            client.connect(port, "127.0.0.1")
            ends.note(
                "client", client.destroyed, client.connecting, client.writable, client.readable
            )

        client.on("close", again)

    ends.serve(on_connection, then)
