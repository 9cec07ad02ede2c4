"""https: requests and responses that are encrypted, as Node's are, and who is trusted."""

from __future__ import annotations

import asyncio
import inspect
import ssl
from pathlib import Path
from typing import Any, Callable

import pytest

from streams2 import http, https, net, promises, run, tls
from streams2.https.options import ClientOptions, SecureOptions, ServerOptions, secure_options

from .twins import Twins, later

pytestmark = pytest.mark.host
twins = Twins()

KEYS = Path(__file__).parent / "data" / "tls"
GOOD: dict[str, Any] = {"cert": KEYS / "leaf.pem", "key": KEYS / "leaf.key"}
CA = KEYS / "ca.pem"


def serving(on_request: Callable[..., object], then: Callable[[int, Any], object]) -> Any:
    server = https.create_server(on_request, **GOOD)
    return server.listen(0, "127.0.0.1", callback=lambda: then(port_of(server), server))


def port_of(server: net.Server) -> int:
    address: Any = server.address()
    port: int = address["port"]
    return port


async def answer(asked: Callable[[Any], http.ClientRequest]) -> tuple[Any, ...]:
    """What came of a request: its status and text, or an error's code."""
    over: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()
    parts: list[str] = []

    def on_response(res: Any) -> None:
        res.set_encoding("utf8")
        res.on("data", parts.append)
        res.on("end", lambda: over.set_result((res.status_code, "".join(parts))))

    try:
        request = asked(on_response)
    except Exception as error:
        return ("raised", error.code, str(error))  # type: ignore[attr-defined]
    request.on("error", lambda error: over.set_result(("error", error.code)))
    return await over


SERVE = """
const serving = (onRequest, then) => {
  const options = { cert: pem('leaf.pem'), key: pem('leaf.key') };
  const server = https.createServer(options, onRequest);
  server.listen(0, '127.0.0.1', () => then(server.address().port, server));
};
const answer = (asked) => new Promise((resolve) => {
  let text = '';
  const onResponse = (res) => {
    res.setEncoding('utf8');
    res.on('data', (chunk) => { text += chunk; });
    res.on('end', () => resolve([res.statusCode, text]));
  };
  try {
    asked(onResponse).on('error', (error) => resolve(['error', error.code]));
  } catch (error) {
    resolve(['raised', error.code, error.message]);
  }
});
const ca = pem('ca.pem');
"""


@twins.program(
    SERVE
    + """
serving((req, res) => res.end(String(req.socket.servername)), async (port, server) => {
  const here = { port, host: '127.0.0.1', agent: false }, name = { port, host: 'localhost' };
  const ask = async (options) => say(await answer((then) => https.get(options, then)));
  await ask({ ...here, ca });
  await ask({ ...name, ca, agent: false });
  await ask({ ...here, ca, headers: { host: 'localhost:1' } });
  await ask({ ...here, ca, headers: { host: 'example.com' } });
  await ask({ ...here, ca, servername: 'example.com' });
  await ask(here);
  await ask({ ...here, rejectUnauthorized: false });
  await ask({ ...name, agent: new https.Agent({ ca }) });
  await ask({ ...name, ca, agent: new https.Agent({ ca, servername: 'example.com' }) });
  await ask({ ...name, ca, agent: new http.Agent() });
  await ask('http://localhost/');
  const agent = new https.Agent({ ca });
  say(await answer((then) => http.get({ ...name, protocol: 'https:', agent }, then)));
  say(await answer((then) => http.get(name, then)));
  say(await answer((then) => https.get(`https://localhost:${port}/`, { ca, agent: false }, then)));
  server.close();
});
"""
)
def test_who_is_trusted(say):
    async def asking(port, server):
        here = {"port": port, "host": "127.0.0.1", "agent": False}
        name = {"port": port, "host": "localhost"}

        async def ask(**options):
            say(await answer(lambda then: https.get(None, then, **options)))

        await ask(**here, ca=CA)
        await ask(**name, ca=CA, agent=False)
        await ask(**here, ca=CA, headers={"host": "localhost:1"})
        await ask(**here, ca=CA, headers={"host": "example.com"})
        await ask(**here, ca=CA, servername="example.com")
        await ask(**here)
        await ask(**here, reject_unauthorized=False)
        await ask(**name, agent=https.Agent(ca=CA))
        await ask(**name, ca=CA, agent=https.Agent(ca=CA, servername="example.com"))
        await ask(**name, ca=CA, agent=http.Agent())
        say(await answer(lambda then: https.get("http://localhost/", then)))
        agent = https.Agent(ca=CA)
        say(await answer(lambda then: http.get(None, then, **name, protocol="https:", agent=agent)))
        say(await answer(lambda then: http.get(None, then, **name)))
        url = f"https://localhost:{port}/"
        say(await answer(lambda then: https.get(url, then, ca=CA, agent=False)))
        server.close()

    def on_request(req, res):
        # False is JavaScript's word, too.
        res.end(str(req.socket.servername).replace("False", "false"))

    serving(on_request, lambda port, server: asyncio.ensure_future(asking(port, server)))


@twins.program(
    SERVE
    + """
const agent = new https.Agent({ keepAlive: true, ca });
serving((req, res) => req.pipe(res), (port, server) => {
  const ask = (text, then) => {
    const request = https.request({ port, host: 'localhost', method: 'POST', agent }, (res) => {
      let all = '';
      const { encrypted, authorized } = res.socket;
      res.on('data', (chunk) => { all += chunk; });
      res.on('end', () => {
        say(res.socket, all, request.reusedSocket, encrypted, authorized, request.protocol);
        setTimeout(then, 5);
      });
    });
    request.end(text);
  };
  ask('one', () => ask('two', () => { agent.destroy(); server.close(() => say('closed')); }));
});
"""
)
def test_a_connection_is_used_twice(say):
    agent = https.Agent(keep_alive=True, ca=CA)

    def then(port, server):
        def ask(text, then):
            def on(res):
                parts: list[bytes] = []
                said = (res.socket.encrypted, res.socket.authorized)

                def ended():
                    say(
                        res.socket,
                        b"".join(parts).decode(),
                        request.reused_socket,
                        *said,
                        request.protocol,
                    )
                    asyncio.get_running_loop().call_later(0.005, then)

                res.on("data", parts.append)
                res.on("end", ended)

            where = {"port": port, "host": "localhost", "agent": agent}
            request = https.request(where, on, method="POST")
            request.end(text)

        def close():
            agent.destroy()
            server.close(lambda _: say("closed"))

        ask("one", lambda: ask("two", close))

    serving(lambda req, res: req.pipe(res), then)


@twins.program(
    """
const agent = new https.Agent();
say(agent.protocol, agent.defaultPort, https.globalAgent.keepAlive, agent instanceof http.Agent);
say(agent.getName({ host: 'x', port: 1 }));
say(agent.getName({
  host: 'x', port: 1, ca: 'C', cert: 'c', key: 'k', ciphers: 'y', rejectUnauthorized: false,
  servername: 'z', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3',
}));
say(agent.getName({ host: 'x', servername: 'x' }));
say(new http.Agent().getName({ host: 'x', port: 1, localAddress: '::1', family: 6 }));
"""
)
def test_what_tells_connections_apart(say):
    agent = https.Agent()
    say(agent.protocol, agent.default_port, https.global_agent().keep_alive, True)
    say(agent.get_name({"host": "x", "port": 1}))
    told = {"ca": "C", "cert": "c", "key": "k", "ciphers": "y", "reject_unauthorized": False}
    told.update(servername="z", min_version="TLSv1.2", max_version="TLSv1.3")
    say(agent.get_name({"host": "x", "port": 1, **told}))
    say(agent.get_name({"host": "x", "servername": "x"}))
    say(http.Agent().get_name({"host": "x", "port": 1, "local_address": "::1", "family": 6}))


@twins.program(
    SERVE
    + """
serving((req, res) => {
  const told = [];
  for (const name of ['aborted', 'close']) req.on(name, () => told.push(`req ${name}`));
  for (const name of ['finish', 'close']) res.on(name, () => told.push(`res ${name}`));
  req.on('error', (error) => told.push(error));
  req.socket.on('error', (error) => told.push(error));
  if (req.url === '/now') res.end('here');
  later(() => later(() => setTimeout(() => { res.end('late'); say(req.url, ...told); }, 30)));
}, async (port, server) => {
  server.on('clientError', (error) => say('clientError', error));
  for (const url of ['/now', '/later']) {
    const socket = tls.connect({ port, host: 'localhost', ca, allowHalfOpen: true });
    socket.end(`GET ${url} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n`);
    let text = '';
    socket.on('data', (chunk) => { text += chunk; });
    await new Promise((resolve) => socket.on('close', resolve));
    say(text.split('\\r\\n\\r\\n').pop());
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  server.close();
});
"""
)
def test_a_client_that_ends_its_side_at_once(say):
    def on_request(req, res):
        told: list[Any] = []
        for name in ("aborted", "close"):
            req.on(name, lambda name=name: told.append(f"req {name}"))
        for name in ("finish", "close"):
            res.on(name, lambda name=name: told.append(f"res {name}"))
        req.on("error", told.append)
        req.socket.on("error", told.append)
        if req.url == "/now":
            res.end("here")

        def late():
            res.end("late")
            say(req.url, *told)

        later(later, lambda: asyncio.get_running_loop().call_later(0.03, late))

    async def asking(port, server):
        server.on("clientError", lambda error, _: say("clientError", error))
        for url in ("/now", "/later"):
            socket = tls.connect(port, "localhost", ca=CA, allow_half_open=True)
            closed = asyncio.get_running_loop().create_future()
            socket.end(f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n")
            parts: list[bytes] = []
            socket.on("data", parts.append)
            socket.on("close", closed.set_result)
            await closed
            say(b"".join(parts).decode().split("\r\n\r\n")[-1])
            await asyncio.sleep(0.06)
        server.close()

    serving(on_request, lambda port, server: asyncio.ensure_future(asking(port, server)))


def test_a_context_of_ones_own_serves_and_asks() -> None:
    async def main() -> tuple[Any, ...]:
        context = tls.create_secure_context(**GOOD, server_side=True)
        server = https.Server(lambda req, res: res.end("yes"), secure_context=context)
        assert isinstance(server, tls.Server)
        ready = asyncio.get_running_loop().create_future()
        server.listen(0, "127.0.0.1", callback=lambda: ready.set_result(port_of(server)))
        trusting = ssl.create_default_context(cafile=str(CA))
        url = f"https://localhost:{await ready}/"
        said = await answer(lambda then: https.get(url, then, secure_context=trusting, agent=False))
        refused = await answer(lambda then: https.get(url, then, agent=False))
        server.close()
        return said, refused

    assert run(main) == ((200, "yes"), ("error", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"))


@pytest.mark.parametrize("heard", [True, False])
def test_a_handshake_that_fails_is_a_client_error(heard: bool) -> None:
    told: list[Any] = []

    async def main() -> None:
        server = https.create_server(lambda req, res: told.append("request"), **GOOD)
        if heard:
            server.on("clientError", lambda error, socket: told.append((error.code, type(socket))))
        async with server:
            ready = asyncio.get_running_loop().create_future()
            server.listen(0, "127.0.0.1", callback=lambda: ready.set_result(port_of(server)))
            client = net.connect(await ready, "127.0.0.1")
            client.write(b"GET / HTTP/1.1\r\n\r\n")
            await promises.finished(client.on("error", id).resume())

    run(main)
    assert told == ([("ERR_SSL_HTTP_REQUEST", tls.TLSSocket)] if heard else [])


def test_a_server_asks_for_a_certificate() -> None:
    async def main() -> list[Any]:
        options = {**GOOD, "ca": CA, "request_cert": True, "max_version": "TLSv1.2"}
        said = []

        def on_request(req: Any, res: Any) -> None:
            res.end(req.socket.get_peer_certificate()["subject"]["CN"])

        async with https.create_server(on_request, **options) as server:
            ready = asyncio.get_running_loop().create_future()
            server.listen(0, "127.0.0.1", callback=lambda: ready.set_result(port_of(server)))
            url = f"https://localhost:{await ready}/"
            for more in ({}, GOOD):
                options = {"ca": CA, "agent": False, **more}
                said.append(await answer(lambda then, o=options: https.get(url, then, **o)))
        return said

    refused, taken = run(main)
    assert (refused[0], taken) == ("error", (200, "localhost"))


def test_an_agent_is_told_when_a_connection_is_made() -> None:
    """`create_connection` makes them: an agent's may be replaced; a request may have its own."""
    made: list[Any] = []

    class Counting(https.Agent):
        def create_connection(self, options: Any) -> net.Socket:
            made.append(sorted(options))
            return super().create_connection(options)

    async def main() -> list[Any]:
        said: list[Any] = []
        async with https.create_server(lambda req, res: res.end("yes"), **GOOD) as server:
            ready = asyncio.get_running_loop().create_future()
            server.listen(0, "127.0.0.1", callback=lambda: ready.set_result(port_of(server)))
            url = f"https://localhost:{await ready}/"
            agent = Counting(ca=CA)
            said.append(await answer(lambda then: https.get(url, then, agent=agent)))

            def mine(options: Any) -> net.Socket:
                made.append(options["host"])
                return tls.connect(options["port"], "localhost", ca=CA)

            said.append(await answer(lambda then: https.get(url, then, create_connection=mine)))
        return said

    assert run(main) == [(200, "yes")] * 2
    assert made == [["ca", "host", "no_delay", "port", "servername"], "localhost"]


def test_a_server_is_told_what_http_servers_are() -> None:
    async def main() -> list[Any]:
        told: list[Any] = []
        server = https.create_server(lambda req, res: None, **GOOD, keep_alive_timeout=1)
        assert server.set_timeout(20, lambda socket: told.append(type(socket))) is server
        async with server:
            ready = asyncio.get_running_loop().create_future()
            server.listen(0, "127.0.0.1", callback=lambda: ready.set_result(port_of(server)))
            asked = https.get(f"https://localhost:{await ready}/", ca=CA, agent=False)
            asked.on("error", lambda error: told.append(error.code))
            while not told:
                await asyncio.sleep(0.01)
            server.close_idle_connections()
            assert len(told) == 1
            server.close_all_connections()
            while not asked.destroyed:
                await asyncio.sleep(0.01)
        return told

    assert run(main) == [tls.TLSSocket, "ECONNRESET"]


def test_options_are_the_same_wherever_they_are_listed() -> None:
    def named(function: Any) -> set[str]:
        return set(inspect.signature(function).parameters) - {"self", "on_request"}

    assert set(ServerOptions.__annotations__) == named(https.Server)
    assert set(SecureOptions.__annotations__) == named(secure_options)
    of_http = set(ClientOptions.__annotations__) - set(SecureOptions.__annotations__)
    internal = {"url", "callback", "default_agent", "connect_options"}
    assert of_http == named(http.ClientRequest) - internal
    assert set(SecureOptions.__annotations__) <= named(https.Agent) & named(tls.connect)
