"""Servers and clients of HTTP on loopback, in Node and here: each end sees the same, in order."""

from __future__ import annotations

import asyncio
from typing import Any, Callable

import pytest

from streams2 import http

from .twins import Twins, later

pytestmark = pytest.mark.host
twins = Twins()

INCOMING = ["aborted", "end", "error", "close"]
RESPONSE = ["finish", "error", "close"]
REQUEST = [
    *("socket", "continue", "response", "finish", "timeout", "abort", "error", "close"),
]

# What streams see of each other depends on how the network cuts what goes by it: so each has a list
# of its own, and they are said when all is over.
PRELUDE = (
    """
const logs = {};
const note = (who, ...seen) => (logs[who] ??= []).push(seen);
const watch = (who, label, emitter, names) => {
  for (const name of names) {
    emitter.on(name, (first) => {
      note(`${who} ${label}`, name, ...(first instanceof Error ? [first] : []));
    });
  }
  return emitter;
};
const serve = (onRequest, then) => {
  const server = http.createServer((req, res) => {
    watch('server', 'req', req, INCOMING);
    watch('server', 'res', res, RESPONSE);
    onRequest(req, res, server);
  });
  server.on('close', () => {
    // When those who are told of it have been told, too.
    setTimeout(() => {
      for (const who of Object.keys(logs).sort()) say(who, ...logs[who]);
    }, 5);
  });
  server.listen(0, '127.0.0.1', () => then(server.address().port, server));
  return server;
};
const ask = (port, options, onResponse) => {
  const request = http.request({ port, host: '127.0.0.1', ...options });
  watch('client', 'req', request, REQUEST);
  request.on('response', (res) => {
    watch('client', 'res', res, INCOMING);
    if (onResponse) onResponse(res, request);
  });
  return request;
};
const text = (who, message, then) => {
  let all = '';
  message.setEncoding('utf8');
  message.on('data', (chunk) => { all += chunk; });
  message.on('end', () => { note(who, 'text', all); if (then) then(all); });
};
""".replace("INCOMING", str(INCOMING))
    .replace("RESPONSE", str(RESPONSE))
    .replace("REQUEST", str(REQUEST))
)


def node(source: str) -> str:
    return PRELUDE + source


class Ends:
    """The same as the prelude, in Python."""

    def __init__(self, say: Callable[..., None]) -> None:
        self.say = say
        self.logs: dict[str, list[Any]] = {}

    def note(self, who: str, *seen: Any) -> None:
        self.logs.setdefault(who, []).append(list(seen))

    def watch(self, who: str, label: str, emitter: Any, names: list[str]) -> Any:
        for name in names:
            takes_one = name in ("socket", "response", "error")

            def one(given: Any, name: str = name) -> None:
                self.note(
                    f"{who} {label}", name, *([given] if isinstance(given, Exception) else [])
                )

            def none(name: str = name) -> None:
                self.note(f"{who} {label}", name)

            emitter.on(name, one if takes_one else none)
        return emitter

    def serve(self, on_request: Any, then: Any) -> Any:
        def on(req: Any, res: Any) -> None:
            self.watch("server", "req", req, INCOMING)
            self.watch("server", "res", res, RESPONSE)
            on_request(req, res, server)

        def closed() -> None:
            asyncio.get_running_loop().call_later(0.005, say_all)

        def say_all() -> None:
            for who in sorted(self.logs):
                self.say(who, *self.logs[who])

        server = http.create_server(on)
        server.on("close", closed)
        server.listen(0, "127.0.0.1", callback=lambda: then(server.address()["port"], server))
        return server

    def ask(self, port: int, options: dict[str, Any], on_response: Any = None) -> Any:
        request = http.request({"port": port, "host": "127.0.0.1", **options})
        self.watch("client", "req", request, REQUEST)

        def on(res: Any) -> None:
            self.watch("client", "res", res, INCOMING)
            if on_response is not None:
                on_response(res, request)

        request.on("response", on)
        return request

    def text(self, who: str, message: Any, then: Any = None) -> None:
        parts: list[str] = []
        message.set_encoding("utf8")
        message.on("data", parts.append)

        def ended() -> None:
            self.note(who, "text", "".join(parts))
            if then is not None:
                then("".join(parts))

        message.on("end", ended)


@twins.program(
    node("""
serve((req, res) => req.pipe(res), (port, server) => {
  const request = ask(port, { method: 'POST', agent: false }, (res) => {
    text('client', res, () => server.close());
  });
  request.write('hello ');
  request.end('world');
});
""")
)
def test_an_echo_by_a_pipe(say):
    ends = Ends(say)

    def then(port, server):
        def on(res, request):
            ends.text("client", res, lambda _: server.close())

        request = ends.ask(port, {"method": "POST", "agent": False}, on)
        request.write("hello ")
        request.end("world")

    ends.serve(lambda req, res, server: req.pipe(res), then)


@twins.program(
    node(
        """
const agent = new http.Agent({ keepAlive: true });
serve((req, res) => { req.resume(); res.end(req.url); }, (port, server) => {
  ask(port, { path: '/1', agent }, (res) => {
    text('client', res, () => setImmediate(() => setImmediate(() => {
      const second = ask(port, { path: '/2', agent }, (again) => {
        note('client', 'reused', second.reusedSocket);
        text('client', again, () => server.close(() => agent.destroy()));
      });
      second.end();
    })));
  }).end();
});
""".replace("setImmediate", "later")
    )
)
def test_a_connection_is_used_twice(say):
    ends = Ends(say)
    agent = http.Agent(keep_alive=True)

    def on_request(req, res, server):
        req.resume()
        res.end(req.url)

    def then(port, server):
        def first(res, _):
            ends.text("client", res, lambda _: later(later, again))

        def again():
            def on(res, second):
                ends.note("client", "reused", second.reused_socket)
                ends.text("client", res, lambda _: server.close(lambda _: agent.destroy()))

            ends.ask(port, {"path": "/2", "agent": agent}, on).end()

        ends.ask(port, {"path": "/1", "agent": agent}, first).end()

    ends.serve(on_request, then)


@twins.program(
    node("""
serve((req, res) => {
  req.resume();
  res.writeHead(200, { 'Content-Length': 5 });
  res.end('hello');
}, (port, server) => {
  ask(port, { method: 'HEAD', agent: false }, (res) => {
    note('client', res.headers['content-length'], res.statusCode, res.statusMessage);
    text('client', res, () => server.close());
  }).end();
});
""")
)
def test_an_answer_to_head_has_no_body(say):
    ends = Ends(say)

    def on_request(req, res, server):
        req.resume()
        res.write_head(200, {"Content-Length": 5})
        res.end("hello")

    def then(port, server):
        def on(res, _):
            ends.note("client", res.headers["content-length"], res.status_code, res.status_message)
            ends.text("client", res, lambda _: server.close())

        ends.ask(port, {"method": "HEAD", "agent": False}, on).end()

    ends.serve(on_request, then)


@twins.program(
    node("""
serve((req, res) => {
  text('server', req, () => res.end('thanks'));
}, (port, server) => {
  const headers = { Expect: '100-continue', 'Content-Length': 2 };
  const request = ask(port, { method: 'PUT', headers, agent: false }, (res) => {
    text('client', res, () => server.close());
  });
  request.on('continue', () => request.end('hi'));
});
""")
)
def test_a_body_that_waits_for_100_continue(say):
    ends = Ends(say)

    def on_request(req, res, server):
        ends.text("server", req, lambda _: res.end("thanks"))

    def then(port, server):
        headers = {"Expect": "100-continue", "Content-Length": 2}

        def on(res, _):
            ends.text("client", res, lambda _: server.close())

        request = ends.ask(port, {"method": "PUT", "headers": headers, "agent": False}, on)
        request.on("continue", lambda: request.end("hi"))

    ends.serve(on_request, then)


@twins.program(
    node("""
serve((req, res, server) => {
  res.on('close', () => server.close());
  req.resume();
  res.write('some');
}, (port) => {
  const request = ask(port, { method: 'POST', agent: false }, (res) => {
    res.on('data', () => request.destroy());
  });
  request.write('half');
});
""")
)
def test_a_client_aborts_in_the_middle(say):
    ends = Ends(say)

    def on_request(req, res, server):
        res.on("close", server.close)
        req.resume()
        res.write("some")

    def then(port, server):
        def on(res, request):
            res.on("data", lambda _: request.destroy())

        ends.ask(port, {"method": "POST", "agent": False}, on).write("half")

    ends.serve(on_request, then)


@twins.program(
    node("""
serve((req, res, server) => {
  req.resume();
  res.write('some', () => res.destroy());
}, (port, server) => {
  ask(port, { agent: false }, (res) => {
    res.resume();
    res.on('close', () => server.close());
  }).end();
});
""")
)
def test_a_server_destroys_in_the_middle(say):
    ends = Ends(say)

    def on_request(req, res, server):
        req.resume()
        res.write("some", callback=lambda _: res.destroy())

    def then(port, server):
        def on(res, _):
            res.resume()
            res.on("close", server.close)

        ends.ask(port, {"agent": False}, on).end()

    ends.serve(on_request, then)


@twins.program(
    node("""
serve((req, res) => { req.socket.destroy(); }, (port, server) => {
  ask(port, { agent: false }).on('close', () => server.close()).end();
});
""")
)
def test_a_server_hangs_up_before_it_answers(say):
    ends = Ends(say)

    def then(port, server):
        ends.ask(port, {"agent": False}).on("close", server.close).end()

    ends.serve(lambda req, res, server: req.socket.destroy(), then)


@twins.program(
    node("""
serve((req, res) => {
  req.resume();
  res.writeHead(200, { Trailer: 'X-Sum' });
  res.write('body');
  res.addTrailers({ 'X-Sum': '42' });
  res.end();
}, (port, server) => {
  ask(port, { agent: false }, (res) => {
    note('client', res.headers['transfer-encoding']);
    text('client', res, () => { note('client', res.trailers, res.rawTrailers); server.close(); });
  }).end();
});
""")
)
def test_trailers(say):
    ends = Ends(say)

    def on_request(req, res, server):
        req.resume()
        res.write_head(200, {"Trailer": "X-Sum"})
        res.write("body")
        res.add_trailers({"X-Sum": "42"})
        res.end()

    def then(port, server):
        def on(res, _):
            def ended(_):
                ends.note("client", res.trailers, res.raw_trailers)
                server.close()

            ends.note("client", res.headers["transfer-encoding"])
            ends.text("client", res, ended)

        ends.ask(port, {"agent": False}, on).end()

    ends.serve(on_request, then)


@twins.program(
    node("""
serve((req) => req.resume(), (port, server) => {
  const request = ask(port, { agent: false, timeout: 30 });
  request.on('timeout', () => request.destroy());
  request.on('close', () => server.close());
  request.end();
});
""")
)
def test_a_client_that_waits_too_long(say):
    ends = Ends(say)

    def then(port, server):
        request = ends.ask(port, {"agent": False, "timeout": 30})
        request.on("timeout", request.destroy)
        request.on("close", server.close)
        request.end()

    ends.serve(lambda req, res, server: req.resume(), then)


@twins.program(
    node("""
const agent = new http.Agent({ keepAlive: true });
serve((req, res) => { req.resume(); res.end('ok'); }, (port, server) => {
  ask(port, { agent }, (res) => {
    text('client', res);
    res.on('close', () => later(() => {
      server.close(() => note('server', 'closed'));
      agent.on('free', () => note('never'));
    }));
  }).end();
});
""")
)
def test_a_server_that_closes_closes_idle_connections(say):
    ends = Ends(say)
    agent = http.Agent(keep_alive=True)

    def on_request(req, res, server):
        req.resume()
        res.end("ok")

    def then(port, server):
        def close():
            server.close(lambda _: ends.note("server", "closed"))

        def on(res, _):
            ends.text("client", res)
            res.on("close", lambda: later(close))

        ends.ask(port, {"agent": agent}, on).end()

    ends.serve(on_request, then)


@twins.program("""
const trying = (f) => { try { f(); say('fine'); } catch (error) { say(error, error.message); } };
const res = new http.ServerResponse({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 });
trying(() => res.setHeader('a b', 'x'));
trying(() => res.setHeader('a', 'x\\u0100'));
trying(() => res.setHeader('a', 'x\\ny'));
trying(() => res.writeHead(99));
trying(() => res.writeHead(1000));
trying(() => res.addTrailers({ 'a b': 'x' }));
res.setHeader('X-One', 1);
res.appendHeader('x-one', '2');
res.setHeader('Set-Cookie', ['a', 'b']);
say(res.getHeaderNames(), res.hasHeader('X-ONE'), res.getHeader('set-cookie'));
res.removeHeader('x-one');
say(res.getHeaderNames(), res.headersSent);
res.writeHead(204);
say(res.headersSent, res.statusCode);
trying(() => res.setHeader('a', 'b'));
trying(() => res.appendHeader('a', 'b'));
trying(() => res.removeHeader('a'));
trying(() => res.writeHead(200));
trying(() => http.request({ path: '/a b' }));
trying(() => http.request({ method: 'a b' }));
trying(() => http.request('ftp://x'));
trying(() => http.request('nope'));
""")
def test_what_may_not_be_in_a_head(say):
    def trying(f):
        try:
            f()
            say("fine")
        except Exception as error:
            say(error, str(error))

    req = http.IncomingMessage(None)
    req.method, req.http_version = "GET", "1.1"
    res = http.ServerResponse(req)
    trying(lambda: res.set_header("a b", "x"))
    trying(lambda: res.set_header("a", "x\u0100"))
    trying(lambda: res.set_header("a", "x\ny"))
    trying(lambda: res.write_head(99))
    trying(lambda: res.write_head(1000))
    trying(lambda: res.add_trailers({"a b": "x"}))
    res.set_header("X-One", 1)
    res.append_header("x-one", "2")
    res.set_header("Set-Cookie", ["a", "b"])
    say(res.get_header_names(), res.has_header("X-ONE"), res.get_header("set-cookie"))
    res.remove_header("x-one")
    say(res.get_header_names(), res.headers_sent)
    res.write_head(204)
    say(res.headers_sent, res.status_code)
    trying(lambda: res.set_header("a", "b"))
    trying(lambda: res.append_header("a", "b"))
    trying(lambda: res.remove_header("a"))
    trying(lambda: res.write_head(200))
    trying(lambda: http.request({"path": "/a b"}))
    trying(lambda: http.request({"method": "a b"}))
    trying(lambda: http.request("ftp://x"))
    trying(lambda: http.request("nope"))
