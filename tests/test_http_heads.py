"""Heads of messages, byte for byte as Node makes them, and what may not be in them."""

from __future__ import annotations

import functools
import re
from typing import Any, Callable

import pytest

from streams2 import errors, http, net, run
from streams2.timers import set_timeout

from .twins import Twins

pytestmark = pytest.mark.host
twins = Twins()

# A server that is asked one thing, and says what it sent; and a client that says what it asked.
PRELUDE = r"""
const shown = (text) => text.replace(/Date: .*\r\n/g, '').replace(/:\d{4,5}/, ':PORT');
const tell = (what, call) => {
  try { call(); } catch (error) { say(what, error); }
};
const answer = (name, asked, options, handler) => new Promise((over) => {
  const server = http.createServer(options, handler);
  server.listen(0, '127.0.0.1', () => {
    let all = '';
    const client = net.connect(server.address().port, '127.0.0.1', () => client.write(asked));
    client.on('data', (chunk) => { all += chunk; });
    client.on('end', () => {
      say(name, shown(all));
      client.destroy();
      server.close(over);
    });
  });
});
const ask = (name, options, act) => new Promise((over) => {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    let all = '';
    let timer;
    // A request may come in several parts.
    socket.on('data', (chunk) => {
      all += chunk;
      timer ??= setTimeout(() => {
        say(name, shown(all));
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      }, 20);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const at = { port: server.address().port, host: '127.0.0.1', agent: false };
    let request;
    try {
      request = http.request({ ...at, ...options });
    } catch (error) {
      say(name, error);
      server.close(over);
      return;
    }
    request.on('response', (response) => response.resume());
    request.on('error', (error) => say(name, 'error', error));
    request.on('abort', () => say(name, 'abort'));
    request.on('close', () => { say(name, 'close'); server.close(over); });
    act(request);
  });
});
const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
"""


class Heads:
    """The same as the prelude, in Python."""

    GET = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    def __init__(self, say: Callable[..., None]) -> None:
        self.say = say
        self.due: list[Callable[[], object]] = []

    def go_on(self, *_: object) -> None:
        if self.due:
            self.due.pop(0)()

    def tell(self, what: str, call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as error:
            self.say(what, error)

    def answer(self, name: str, asked: str, options: Any, handler: Any) -> None:
        self.due.append(lambda: self._answer(name, asked, options, handler))

    def _answer(self, name: str, asked: str, options: Any, handler: Any) -> None:
        server = http.create_server(handler, **options)
        came: list[str] = []

        def on_end() -> None:
            self.say(name, shown("".join(came)))
            client.destroy()
            server.close(self.go_on)

        def on_listening() -> None:
            nonlocal client
            address: Any = server.address()
            client = net.connect(address["port"], "127.0.0.1")
            client.on("connect", lambda: client.write(asked) and None)
            client.on("data", lambda chunk: came.append(chunk.decode("latin-1")))
            client.on("end", on_end)

        client: Any = None
        server.listen(0, "127.0.0.1", callback=on_listening)

    def ask(self, name: str, options: Any, act: Callable[[Any], object]) -> None:
        self.due.append(lambda: self._ask(name, options, act))

    def _ask(self, name: str, options: Any, act: Callable[[Any], object]) -> None:
        def welcome(socket: Any) -> None:
            came: list[str] = []

            def answer() -> None:
                self.say(name, shown("".join(came)))
                socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

            def on_data(chunk: bytes) -> None:
                came.append(chunk.decode("latin-1"))
                if len(came) == 1:
                    set_timeout(answer, 20)

            socket.on("error", lambda _: None)
            socket.on("data", on_data)

        server = net.create_server(welcome)

        def on_listening() -> None:
            address: Any = server.address()
            at = {"port": address["port"], "host": "127.0.0.1", "agent": False}
            try:
                request = http.request({**at, **options})
            except Exception as error:
                self.say(name, error)
                server.close(self.go_on)
                return
            request.on("response", lambda response: response.resume() and None)
            request.on("error", lambda error: self.say(name, "error", error))
            request.on("abort", lambda: self.say(name, "abort"))

            def on_close() -> None:
                self.say(name, "close")
                server.close(self.go_on)

            request.on("close", on_close)
            act(request)

        server.listen(0, "127.0.0.1", callback=on_listening)


def shown(text: str) -> str:
    return re.sub(r":\d{4,5}", ":PORT", re.sub("Date: .*\r\n", "", text), count=1)


def program(source: str) -> Any:
    def decorate(twin: Callable[[Heads], None]) -> Any:
        def run_it(say: Callable[..., None]) -> None:
            heads = Heads(say)
            twin(heads)
            heads.go_on()

        run_it.__name__, run_it.__doc__ = twin.__name__, twin.__doc__
        run_it.__module__ = twin.__module__
        return twins.program(PRELUDE + source)(run_it)

    return decorate


@program(r"""
for (const headers of [['A'], ['A', '1', 'b', '2', 'A', '3'], { A: ['1', '2'] }]) {
  for (const before of [false, true]) {
    await answer('head', GET, {}, (req, res) => {
      if (before) res.setHeader('a', '0').setHeader('C', 'c');
      tell('refused', () => res.writeHead(200, headers));
      res.end();
    });
  }
}
""")
def test_a_list_of_headers_may_have_a_name_twice(heads: Heads) -> None:
    lists: list[Any] = [["A"], ["A", "1", "b", "2", "A", "3"], {"A": ["1", "2"]}]
    for headers in lists:
        for before in (False, True):

            def on(req: Any, res: Any, headers: Any = headers, before: bool = before) -> None:
                if before:
                    res.set_header("a", "0").set_header("C", "c")
                heads.tell("refused", lambda: res.write_head(200, headers))
                res.end()

            heads.answer("head", heads.GET, {}, on)


@program(r"""
await answer('hints', GET, {}, (req, res) => {
  tell('no link', () => res.writeEarlyHints({ link: 'bad' }));
  tell('no links', () => res.writeEarlyHints({ link: ['</a>; rel=preload', 5] }));
  tell('no hints', () => res.writeEarlyHints('x'));
  tell('a name', () => res.writeEarlyHints({ 'link': '</a>; rel=preload', 'a b': 'c' }));
  res.writeEarlyHints({});
  res.writeEarlyHints({ link: [], other: 'x' });
  res.writeEarlyHints({ link: '</a>; rel=preload; as="style"' });
  res.writeEarlyHints({ 'x-id': '5', 'link': ['</a>; rel=preload', '</b>; crossorigin'] });
  tell('the words', () => res.writeHead(200, 'O\nK'));
  res.statusMessage = 'OK';
  res.end();
});
""")
def test_early_hints_have_links(heads: Heads) -> None:
    def on(req: Any, res: Any) -> None:
        hint = res.write_early_hints
        heads.tell("no link", lambda: hint({"link": "bad"}))
        heads.tell("no links", lambda: hint({"link": ["</a>; rel=preload", 5]}))
        heads.tell("no hints", lambda: hint("x"))
        heads.tell("a name", lambda: hint({"link": "</a>; rel=preload", "a b": "c"}))
        hint({})
        hint({"link": [], "other": "x"})
        hint({"link": '</a>; rel=preload; as="style"'})
        hint({"x-id": "5", "link": ["</a>; rel=preload", "</b>; crossorigin"]})
        heads.tell("the words", lambda: res.write_head(200, "O\nK"))
        res.status_message = "OK"
        res.end()

    heads.answer("hints", heads.GET, {}, on)


@program(r"""
const strict = { rejectNonStandardBodyWrites: true };
for (const asked of [GET, GET.replace('GET', 'HEAD')]) {
  for (const options of [{}, strict]) {
    for (const code of asked === GET ? [204, 304] : [200, 204]) {
      await answer(`${asked.slice(0, 4)} ${code}`, asked, options, (req, res) => {
        res.statusCode = code;
        tell('write', () => res.write('x'));
        tell('end', () => res.end('y'));
        res.end();
      });
    }
  }
}
""")
def test_a_body_that_may_not_be_is_refused_if_that_is_asked_for(heads: Heads) -> None:
    strict = {"reject_non_standard_body_writes": True}
    options: Any
    for asked in (heads.GET, heads.GET.replace("GET", "HEAD")):
        for options in ({}, strict):
            for code in (204, 304) if asked == heads.GET else (200, 204):

                def on(req: Any, res: Any, code: int = code) -> None:
                    res.status_code = code
                    heads.tell("write", lambda: res.write("x"))
                    heads.tell("end", lambda: res.end("y"))
                    res.end()

                heads.answer(f"{asked[:4]} {code}", asked, options, on)


@program(r"""
const end = (request) => request.end();
await ask('list', { headers: ['A', '1', 'a', '2'] }, end);
await ask('list with a host', { headers: ['A', '1', 'Host', 'h'], auth: 'a:b' }, end);
await ask('list with a body', { headers: ['A', '1'], method: 'POST' }, (request) => {
  tell('late', () => request.setHeader('b', '2'));
  say(request.headersSent);
  request.end('xx');
});
await ask('odd list', { headers: ['A'] }, end);
await ask('tunnel', { method: 'CONNECT', path: 'a:1' }, (request) => request.abort());
await ask('aborted', {}, (request) => request.abort());
await ask('destroyed', {}, (request) => request.destroy());
await ask('aborted later', {}, (request) => {
  request.on('socket', () => request.abort()).end();
});
for (const timeout of [-1, Infinity, '5']) await ask('timeout', { timeout }, end);
await ask('agent', { agent: new http.Agent({ timeout: 'x' }) }, end);
await ask('set', {}, (request) => {
  tell('negative', () => request.setTimeout(-1));
  tell('text', () => request.setTimeout('5'));
  request.destroy();
});
""")
def test_what_a_client_asks(heads: Heads) -> None:
    def end(request: Any) -> None:
        request.end()

    def with_a_body(request: Any) -> None:
        heads.tell("late", lambda: request.set_header("b", "2"))
        heads.say(request.headers_sent)
        request.end("xx")

    def set_timeouts(request: Any) -> None:
        heads.tell("negative", lambda: request.set_timeout(-1))
        heads.tell("text", lambda: request.set_timeout("5"))
        request.destroy()

    heads.ask("list", {"headers": ["A", "1", "a", "2"]}, end)
    heads.ask("list with a host", {"headers": ["A", "1", "Host", "h"], "auth": "a:b"}, end)
    heads.ask("list with a body", {"headers": ["A", "1"], "method": "POST"}, with_a_body)
    heads.ask("odd list", {"headers": ["A"]}, end)
    heads.ask("tunnel", {"method": "CONNECT", "path": "a:1"}, lambda request: request.abort())
    heads.ask("aborted", {}, lambda request: request.abort())
    heads.ask("destroyed", {}, lambda request: request.destroy())
    heads.ask(
        "aborted later",
        {},
        lambda request: request.on("socket", lambda _: request.abort()).end(),
    )
    timeouts: list[Any] = [-1, float("inf"), "5"]
    for timeout in timeouts:
        heads.ask("timeout", {"timeout": timeout}, end)
    agents: Any = http.Agent
    heads.due.append(lambda: heads._ask("agent", {"agent": agents(timeout="x")}, end))
    heads.ask("set", {}, set_timeouts)


@program(r"""
for (const names of [['Date'], ['connection'], ['content-length'], ['transfer-encoding'],
  ['content-length', 'transfer-encoding'], ['date', 'connection', 'content-length']]) {
  for (const asked of [GET, GET.replace('1.1', '1.0')]) {
    await answer(names.join(), asked, {}, (req, res) => {
      for (const name of names) res.removeHeader(name);
      res.end('ab');
    });
  }
}
await answer('set again', GET, {}, (req, res) => {
  res.removeHeader('Connection');
  res.setHeader('Connection', 'close').end('ab');
});
await answer('trailers', GET, {}, (req, res) => {
  res.writeHead(200, { Trailer: 'X' });
  res.write('a');
  res.addTrailers({ X: '1' });
  res.addTrailers([['Y', '2']]);
  res.end();
});
""")
def test_what_would_be_sent_of_itself_can_be_left_out(heads: Heads) -> None:
    for names in (
        *(["Date"], ["connection"], ["content-length"], ["transfer-encoding"]),
        *(["content-length", "transfer-encoding"], ["date", "connection", "content-length"]),
    ):
        for asked in (heads.GET, heads.GET.replace("1.1", "1.0")):

            def on(req: Any, res: Any, names: list[str] = names) -> None:
                for name in names:
                    res.remove_header(name)
                res.end("ab")

            heads.answer(",".join(names), asked, {}, on)

    def set_again(req: Any, res: Any) -> None:
        res.remove_header("Connection")
        res.set_header("Connection", "close").end("ab")

    def with_trailers(req: Any, res: Any) -> None:
        res.write_head(200, {"Trailer": "X"})
        res.write("a")
        res.add_trailers({"X": "1"})
        res.add_trailers([["Y", "2"]])
        res.end()

    heads.answer("set again", heads.GET, {}, set_again)
    heads.answer("trailers", heads.GET, {}, with_trailers)


@program(r"""
const many = (count) => GET.replace(/\r\n$/, 'A: 1\r\n'.repeat(count - 2) + '\r\n');
const create = http.createServer;
for (const [most, count] of [[3, 3], [3, 4], [0, 1200], [null, 1000], [null, 1001]]) {
  // It is no option of Node's.
  http.createServer = (...args) => Object.assign(create(...args), { maxHeadersCount: most });
  await answer(`${most} ${count}`, many(count), {}, (req, res) => {
    res.end(String(req.rawHeaders.length / 2));
  });
}
http.createServer = create;
""")
def test_a_request_has_no_more_headers_than_it_may(heads: Heads) -> None:
    def on(req: Any, res: Any) -> None:
        res.end(str(len(req.raw_headers) // 2))

    for most, count in ((3, 3), (3, 4), (0, 1200), (None, 1000), (None, 1001)):
        asked = heads.GET[:-2] + "A: 1\r\n" * (count - 2) + "\r\n"
        name = f"{'null' if most is None else most} {count}"
        heads.answer(name, asked, {"max_headers_count": most}, on)


@program(r"""
const round = (name, options, paths) => new Promise((over) => {
  const seen = {};
  const server = http.createServer((req, res) => {
    (seen[req.url] ??= []).push(req.headers.connection);
    setTimeout(() => res.end(), 5);
  });
  server.listen(0, '127.0.0.1', () => {
    const agent = new http.Agent(options);
    let left = paths.length;
    const most = [];
    for (const path of paths) {
      const at = { port: server.address().port, host: '127.0.0.1', agent, path };
      const request = http.get(at, (response) => {
        response.resume().on('end', () => {
          seen[path].push(request.reusedSocket);
          most.push(agent.totalSocketCount);
          if (--left === 0) {
            setTimeout(() => {
              say(name, Math.max(...most), agent.totalSocketCount,
                ...Object.keys(seen).sort().map((key) => seen[key]));
              agent.destroy();
              server.close(over);
            }, 20);
          }
        });
      });
    }
  });
});
await round('as it is', {}, ['/1', '/2', '/3']);
await round('one', { maxSockets: 1 }, ['/1', '/2', '/3']);
await round('one, kept', { maxSockets: 1, keepAlive: true }, ['/1', '/2']);
await round('two in all', { maxTotalSockets: 2 }, ['/1', '/2', '/3']);
for (const options of [{ scheduling: 'x' }, { maxTotalSockets: -1 }, { maxTotalSockets: 'x' }]) {
  tell('agent', () => new http.Agent(options));
}
""")
def test_an_agent_shares_its_connections(heads: Heads) -> None:
    rounds: list[Any] = [
        ("as it is", {}, ["/1", "/2", "/3"]),
        ("one", {"max_sockets": 1}, ["/1", "/2", "/3"]),
        ("one, kept", {"max_sockets": 1, "keep_alive": True}, ["/1", "/2"]),
        ("two in all", {"max_total_sockets": 2}, ["/1", "/2", "/3"]),
    ]
    for name, options, paths in rounds:
        heads.due.append(functools.partial(one_round, heads, name, options, paths))
    bad: list[Any] = [{"scheduling": "x"}, {"max_total_sockets": -1}, {"max_total_sockets": "x"}]

    def refuse_bad() -> None:
        for options in bad:
            heads.tell("agent", functools.partial(http.Agent, **options))

    heads.due.append(refuse_bad)


def one_round(heads: Heads, name: str, options: Any, paths: list[str]) -> None:
    seen: dict[str, list[Any]] = {}
    most: list[int] = []
    agent: Any = None

    def on(req: Any, res: Any) -> None:
        seen.setdefault(req.url, []).append(req.headers["connection"])
        set_timeout(lambda: res.end() and None, 5)

    def finish() -> None:
        told = [seen[key] for key in sorted(seen)]
        heads.say(name, max(most), agent.total_socket_count, *told)
        agent.destroy()
        server.close(heads.go_on)

    def on_end(path: str, request: Any) -> None:
        seen[path].append(request.reused_socket)
        most.append(agent.total_socket_count)
        if len(most) == len(paths):
            set_timeout(finish, 20)

    def ask(path: str) -> None:
        def on_response(response: Any) -> None:
            response.resume().on("end", lambda: on_end(path, request))

        port: Any = server.address()
        request = http.get(
            port=port["port"], host="127.0.0.1", agent=agent, path=path, callback=on_response
        )

    def on_listening() -> None:
        nonlocal agent
        agent = http.Agent(**options)
        for path in paths:
            ask(path)

    server = http.create_server(on)
    server.listen(0, "127.0.0.1", callback=on_listening)


def test_what_was_free_for_the_longest_is_used_first_if_that_is_asked_for() -> None:
    from streams2 import run

    def main() -> None:
        for scheduling, first in (("lifo", 1), ("fifo", 0)):
            agent = http.Agent(keep_alive=True, scheduling=scheduling)
            where = {"host": "x", "port": 1}
            free = [net.Socket(), net.Socket()]
            agent.free_sockets[agent.get_name(where)] = list(free)
            agent.get(where, lambda *_: None)
            assert agent.sockets[agent.get_name(where)] == [free[first]]

    run(main)


def test_who_asks_for_a_tunnel_asks_its_end() -> None:
    assert "Host: a:1\r\n" in head_of({"method": "CONNECT", "path": "a:1"})
    assert "Host: b\r\n" in head_of({"method": "CONNECT", "path": "a:1", "headers": {"Host": "b"}})


def head_of(options: dict[str, Any]) -> str:
    from streams2 import run

    seen: list[str] = []
    run(lambda: Heads(lambda *said: seen.append(str(said[1])))._ask("", options, end_it))
    return seen[0]


def end_it(request: Any) -> None:
    request.on("connect", lambda *given: given[1].destroy())
    request.end()


def test_the_bytes_in_which_a_fault_was_found_are_told() -> None:
    from streams2 import run

    found: list[Any] = []

    def main() -> None:
        server = http.create_server()

        def on_client_error(error: Any, socket: Any) -> None:
            found.append((error.code, error.raw_packet))
            socket.destroy()
            server.close()

        server.on("clientError", on_client_error)

        def on_listening() -> None:
            address: Any = server.address()
            net.connect(address["port"], "127.0.0.1").on("error", id).end("JUNK\r\n\r\n")

        server.listen(0, "127.0.0.1", callback=on_listening)

    run(main)
    assert found == [("HPE_INVALID_METHOD", b"JUNK\r\n\r\n")]


@program(r"""
const refusing = (message) => {
  tell('write', () => message.write('x'));
  tell('flush', () => message.flushHeaders());
  tell('end', () => message.end('x'));
  tell('end alone', () => message.end());
  say(message.headersSent, message.writableEnded);
};
await answer('status', GET, {}, (req, res) => {
  res.statusCode = 5;
  refusing(res);
  res.statusCode = 200;
  res.end();
});
await answer('words', GET, {}, (req, res) => {
  tell('head', () => res.writeHead(200, 'O\nK'));
  refusing(res);
  res.statusMessage = 'OK';
  res.end();
});
await answer('trailer', GET, {}, (req, res) => {
  res.setHeader('Trailer', 'a').setHeader('Content-Length', 1);
  refusing(res);
  res.removeHeader('Trailer');
  res.end('x');
});
await answer('informed', GET, {}, (req, res) => {
  res.writeHead(200);
  tell('continue', () => res.writeContinue());
  tell('processing', () => res.writeProcessing());
  tell('hints', () => res.writeEarlyHints({ link: '</a>; rel=preload' }));
  res.end('x');
  tell('set', () => res.setHeader('a', 'b'));
});
await answer('corked', GET, {}, (req, res) => {
  res.cork();
  res.write('x');
  tell('set', () => res.setHeader('a', 'b'));
  res.uncork();
  res.end();
});
await answer('ended', GET, {}, (req, res) => {
  res.end();
  tell('set', () => res.setHeader('a', 'b'));
  say(res.headersSent, res.statusMessage);
});
""")
def test_a_head_that_cannot_be_is_told_to_the_caller(heads: Heads) -> None:
    def refusing(message: Any) -> None:
        heads.tell("write", lambda: message.write("x"))
        heads.tell("flush", lambda: message.flush_headers())
        heads.tell("end", lambda: message.end("x"))
        heads.tell("end alone", lambda: message.end())
        heads.say(message.headers_sent, message.writable_ended)

    def status(req: Any, res: Any) -> None:
        res.status_code = 5
        refusing(res)
        res.status_code = 200
        res.end()

    def words(req: Any, res: Any) -> None:
        heads.tell("head", lambda: res.write_head(200, "O\nK"))
        refusing(res)
        res.status_message = "OK"
        res.end()

    def trailer(req: Any, res: Any) -> None:
        res.set_header("Trailer", "a").set_header("Content-Length", 1)
        refusing(res)
        res.remove_header("Trailer")
        res.end("x")

    def informed(req: Any, res: Any) -> None:
        res.write_head(200)
        heads.tell("continue", lambda: res.write_continue())
        heads.tell("processing", lambda: res.write_processing())
        heads.tell("hints", lambda: res.write_early_hints({"link": "</a>; rel=preload"}))
        res.end("x")
        heads.tell("set", lambda: res.set_header("a", "b"))

    def corked(req: Any, res: Any) -> None:
        res.cork()
        res.write("x")
        heads.tell("set", lambda: res.set_header("a", "b"))
        res.uncork()
        res.end()

    def ended(req: Any, res: Any) -> None:
        res.end()
        heads.tell("set", lambda: res.set_header("a", "b"))
        heads.say(res.headers_sent, res.status_message)

    heads.answer("status", heads.GET, {}, status)
    heads.answer("words", heads.GET, {}, words)
    heads.answer("trailer", heads.GET, {}, trailer)
    heads.answer("informed", heads.GET, {}, informed)
    heads.answer("corked", heads.GET, {}, corked)
    heads.answer("ended", heads.GET, {}, ended)


@program(r"""
const asked = GET.replace('close', 'Upgrade').replace('\r\n\r\n', '\r\nUpgrade: x\r\n\r\n');
const never = { shouldUpgradeCallback: () => false };
const ordinary = { ...never, keepAliveTimeout: 5, keepAliveTimeoutBuffer: 5 };
await answer('ordinary', asked, ordinary, (req, res) => res.end('x'));
const always = { shouldUpgradeCallback: () => true };
await answer('nobody listens', asked, always, (req, res) => res.end());
await answer('not asked', GET, always, (req, res) => res.end());
tell('no function', () => http.createServer({ shouldUpgradeCallback: 5 }));
for (const maxHeaderSize of [-1, 'x']) {
  tell('size', () => http.createServer({ maxHeaderSize }));
  tell('size', () => http.request({ maxHeaderSize, port: 1 }));
}
tell('auth', () => http.request({ auth: 5 }));
await ask('empty', { path: '', method: '', host: '127.0.0.1', hostname: '' }, (r) => r.end());
""")
def test_options_of_servers_and_requests(heads: Heads) -> None:
    asked = heads.GET.replace("close", "Upgrade").replace("\r\n\r\n", "\r\nUpgrade: x\r\n\r\n")
    ordinary: Any = {
        "should_upgrade_callback": lambda req: False,
        "keep_alive_timeout": 5,
        "keep_alive_timeout_buffer": 5,
    }
    always: Any = {"should_upgrade_callback": lambda req: True}

    def refused() -> None:
        serve: Any = http.create_server
        request: Any = http.request
        for name, call in (
            ("no function", functools.partial(serve, should_upgrade_callback=5)),
            ("size", functools.partial(serve, max_header_size=-1)),
            ("size", functools.partial(request, {"max_header_size": -1, "port": 1})),
            ("size", functools.partial(serve, max_header_size="x")),
            ("size", functools.partial(request, {"max_header_size": "x", "port": 1})),
            ("auth", functools.partial(request, {"auth": 5})),
        ):
            heads.tell(name, call)
        heads.go_on()

    heads.answer("ordinary", asked, ordinary, lambda req, res: res.end("x"))
    heads.answer("nobody listens", asked, always, lambda req, res: res.end())
    heads.answer("not asked", heads.GET, always, lambda req, res: res.end())
    heads.due.append(refused)
    empty = {"path": "", "method": "", "host": "127.0.0.1", "hostname": ""}
    heads.ask("empty", empty, lambda request: request.end())


@pytest.mark.parametrize("port", ["x", 70000])
def test_a_port_that_cannot_be_raises_at_the_call(port: Any) -> None:
    # Not a twin: Node has a timer left of it, which the one who runs them waits for.
    with pytest.raises(errors.SocketBadPortError):
        run(lambda: http.request({"port": port}).end())


def test_the_body_of_a_get_has_an_end() -> None:
    """Row 54 of docs/differences.md."""
    asked: list[Any] = []

    def in_parts(request: Any) -> None:
        request.write("a")
        request.end("b")

    def too_late(request: Any) -> None:
        request.flush_headers()
        heads.tell("late", lambda: request.write("a"))
        request.end()

    heads = Heads(lambda *said: asked.append(said))
    heads.ask("none", {}, lambda request: request.end())
    heads.ask("at once", {"method": "DELETE"}, lambda request: request.end("ab"))
    heads.ask("in parts", {}, in_parts)
    heads.ask("late", {}, too_late)
    run(heads.go_on)
    told = {name: seen for name, seen in asked if isinstance(seen, str) and seen != "close"}
    bodies = {name: seen.partition("\r\n\r\n")[::2] for name, seen in told.items()}
    assert "Content-Length" not in bodies["none"][0]
    assert bodies["none"][1] == ""
    assert "Content-Length: 2" in bodies["at once"][0]
    assert bodies["at once"][1] == "ab"
    assert "Transfer-Encoding: chunked" in bodies["in parts"][0]
    assert bodies["in parts"][1] == "1\r\na\r\n1\r\nb\r\n0\r\n\r\n"
    assert [seen.code for _, seen in asked if isinstance(seen, Exception)] == [
        "ERR_HTTP_BODY_NOT_ALLOWED"
    ]


def test_a_request_whose_response_is_sent_hears_of_its_client() -> None:
    """Row 47 of docs/differences.md."""
    seen: list[str] = []

    def on_request(req: Any, res: Any) -> None:
        for event in ("aborted", "close"):
            req.on(event, lambda event=event: seen.append(event))
        req.on("error", lambda error: seen.append(error.code))
        res.on("finish", lambda: client.destroy() and None)
        server.close()
        req.resume()
        res.end()

    def on_listening() -> None:
        nonlocal client
        address: Any = server.address()
        client = net.connect(address["port"], "127.0.0.1")
        client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")

    def main() -> None:
        server.listen(0, "127.0.0.1", callback=on_listening)

    client: Any = None
    server = http.create_server(on_request)
    run(main)
    assert seen == ["aborted", "ECONNRESET", "close"]


def test_too_long_for_its_length_a_chunk_is_refused_at_once() -> None:
    """Row 54 of docs/differences.md."""
    seen: list[Any] = []

    def on_request(req: Any, res: Any) -> None:
        res.strict_content_length = True
        res.set_header("Content-Length", 3)
        heads.tell("write", lambda: res.write("abcd"))
        heads.tell("end", lambda: res.end("ab"))
        res.end("abc")

    heads = Heads(lambda *said: seen.append(said))
    heads.answer("sent", heads.GET, {}, on_request)
    run(heads.go_on)
    mismatch = "ERR_HTTP_CONTENT_LENGTH_MISMATCH"
    assert [getattr(said, "code", None) for _, said in seen] == [mismatch, mismatch, None]
    assert seen[-1][1].endswith("\r\n\r\nabc")
