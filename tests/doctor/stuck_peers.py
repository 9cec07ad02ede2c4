"""Ways to stand still whose other end is in the same program, or is a child of it.

As in `stuck`: ``# here`` marks the lines that an explanation must name.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from streams2 import (
    PassThrough,
    Readable,
    Writable,
    child_process,
    consumers,
    http,
    net,
    once,
    promises,
    tls,
    zlib,
)

from . import noting

WAYS = []
OF_CHILDREN = []
KEYS = Path(__file__).parent.parent / "data" / "tls"


stuck = noting(WAYS)


stuck_with_a_child = noting(OF_CHILDREN)


def nothing(self, *args):
    pass


def done(self, chunk, encoding, callback):
    callback()


async def listening(server, **where):
    server.listen(**(where or {"port": 0, "host": "127.0.0.1"}))
    await once(server, "listening")
    return where or {"port": server.address()["port"], "host": "127.0.0.1"}


async def fill(sink):
    while True:
        if not sink.write(os.urandom(100_000)):
            await sink.drained()


def asked(url_or_port, **options):
    """A request, and the future of its response."""
    answer = asyncio.get_running_loop().create_future()
    options = {"host": "127.0.0.1", **url_or_port, **options}
    return http.request(callback=answer.set_result, **options), answer


# -- sockets --------------------------------------------------------------------------------------


@stuck("conn")
async def a_server_that_does_not_read():
    where = await listening(net.create_server(lambda conn: None))  # here
    client = net.connect(**where)  # here
    await fill(client)


@stuck("conn")
async def a_server_that_does_not_answer():
    def handle(conn):  # here
        conn.resume()

    client = net.connect(**await listening(net.create_server(handle)))  # here
    client.write(b"hello")
    await consumers.buffer(client)  # here


@stuck("dead")
async def a_server_that_pipes_into_a_dead_sink():
    dead = Writable(write=nothing)  # here
    server = net.create_server(lambda conn: conn.pipe(dead))  # here
    await fill(net.connect(**await listening(server)))  # here


@stuck("silent")
async def a_server_that_answers_from_a_silent_source():
    silent = Readable(read=nothing)  # here
    server = net.create_server(lambda conn: silent.pipe(conn.resume()))  # here
    client = net.connect(**await listening(server))  # here
    await client.to_array()  # here


@stuck("wait")
async def a_server_whose_coroutine_waits():
    server = net.create_server()

    async def wait(conn):  # here
        await asyncio.Event().wait()  # here
        conn.end(b"x")

    server.on("connection", wait)
    client = net.connect(**await listening(server))  # here
    await client.to_array()  # here


@stuck("conn")
async def a_half_that_is_left_open():
    server = net.create_server(lambda conn: conn.resume(), allow_half_open=True)  # here
    client = net.connect(**await listening(server))  # here
    client.resume().end(b"hello")
    await promises.finished(client)  # here


@stuck("dead")
async def a_proxy_before_a_dead_sink():
    dead = Writable(write=nothing)  # here
    behind = await listening(net.create_server(lambda there: there.pipe(dead)))  # here

    def forward(here):  # here
        up = net.connect(**behind)  # here
        here.pipe(up).pipe(here)

    await fill(net.connect(**await listening(net.create_server(forward))))  # here


@stuck("gz")
async def a_socket_into_a_gzip_that_nobody_reads():
    gz = zlib.create_gzip()  # here
    server = net.create_server(lambda conn: conn.pipe(gz))  # here
    await fill(net.connect(**await listening(server)))  # here


@stuck("conn")
async def a_future_that_the_other_end_would_resolve():
    where = await listening(net.create_server(lambda conn: conn.on("data", len)))  # here
    client = net.connect(**where)  # here
    answer = asyncio.get_running_loop().create_future()
    client.on("data", answer.set_result)
    client.write(b"ping")
    await answer  # here


@stuck("conn", "client")
async def a_server_that_closes_with_a_connection_left():
    server = net.create_server(lambda conn: conn.resume())  # here
    client = net.connect(**await listening(server))  # here
    await once(client, "connect")
    server.close()
    await once(server, "close")  # here


@stuck("conn")
async def a_tls_server_that_does_not_read():
    keys = {"cert": KEYS / "leaf.pem", "key": KEYS / "leaf.key"}
    server = tls.create_server(lambda conn: None, **keys)  # here
    client = tls.connect(**await listening(server), reject_unauthorized=False)  # here
    await fill(client)


@stuck("conn")
async def a_tls_server_that_does_not_answer():
    keys = {"cert": KEYS / "leaf.pem", "key": KEYS / "leaf.key"}
    server = tls.create_server(lambda conn: conn.resume(), **keys)  # here
    client = tls.connect(**await listening(server), reject_unauthorized=False)  # here
    client.write(b"hello")
    await consumers.buffer(client)  # here


# -- messages -------------------------------------------------------------------------------------


@stuck("response")
async def a_handler_that_does_not_respond():
    server = http.create_server(lambda request, response: request.resume())  # here
    request, answer = asked(await listening(server))
    request.end()
    await answer  # here


@stuck("response")
async def a_response_that_is_not_ended():
    def handle(request, response):  # here
        response.write("some")

    request, answer = asked(await listening(http.create_server(handle)))
    request.end()
    await consumers.text(await answer)  # here


@stuck("handle")
async def a_handler_that_waits():
    async def handle(request, response):  # here
        await asyncio.Event().wait()  # here
        response.end("x")

    request, answer = asked(await listening(http.create_server(handle)))
    request.end()
    await answer  # here


@stuck("silent")
async def a_response_from_a_silent_source():
    silent = Readable(read=nothing)  # here
    server = http.create_server(lambda request, response: silent.pipe(response))  # here
    request, answer = asked(await listening(server))
    request.end()
    await answer  # here


@stuck("request")
async def a_request_that_is_not_ended():
    async def handle(incoming, response):
        response.end(await consumers.text(incoming))

    request, answer = asked(await listening(http.create_server(handle)), method="POST")
    request.write("x")
    await answer  # here


@stuck("answer")
async def a_response_that_the_client_does_not_read():
    async def handle(request, response):
        await fill(response)

    request, waiting = asked(await listening(http.create_server(handle)))
    request.end()
    answer = await waiting
    await once(answer, "close")  # here


@stuck("first")
async def an_agent_whose_only_connection_is_not_read():
    server = http.create_server(lambda request, response: response.end("x" * 200_000))
    where, agent = await listening(server), http.Agent(max_sockets=1)
    one, answer = asked(where, agent=agent)
    other, second = asked(where, agent=agent)
    one.end()
    other.end()
    first = await answer
    await second  # here
    print(first)


@stuck("upgraded")
async def a_protocol_in_which_nobody_speaks():
    def upgrade(request, upgraded, head):  # here
        upgraded.write("HTTP/1.1 101 Up\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")

    server = http.create_server().on("upgrade", upgrade)
    headers = {"Connection": "upgrade", "Upgrade": "x"}
    request, _ = asked(await listening(server), headers=headers)
    got = asyncio.get_running_loop().create_future()
    request.on("upgrade", lambda response, socket, head: got.set_result(socket)).end()
    socket = await got
    await socket.to_array()  # here


@stuck("response")
async def a_server_that_closes_with_a_response_left():
    server = http.create_server(lambda request, response: response.write("x"))  # here
    request, answer = asked(await listening(server))
    request.end()
    (await answer).resume()
    async with server:  # here
        pass


# -- children -------------------------------------------------------------------------------------


@stuck_with_a_child("silent")
async def a_child_that_a_silent_source_feeds():
    silent = Readable(read=nothing)  # here
    child = child_process.spawn("cat")  # here
    silent.pipe(child.stdin)
    await consumers.text(child.stdout)  # here


@stuck_with_a_child("dead")
async def a_child_whose_output_goes_to_a_dead_sink():
    dead = Writable(write=nothing)  # here
    child = child_process.spawn("cat", ["/dev/zero"])  # here
    child.stdout.pipe(dead)
    await once(child, "close")  # here


@stuck_with_a_child("child.stdout")
async def a_child_that_is_fed_and_not_read():
    child = child_process.spawn("cat")  # here
    chunks = Readable.from_([b"x" * 100_000] * 20, object_mode=False)
    await promises.pipeline(chunks, PassThrough(), child.stdin)  # here


@stuck_with_a_child("child.stderr")
async def a_child_that_floods_what_nobody_reads():
    code = "import os; os.write(2, bytes(10**6)); print('done')"
    child = child_process.spawn(sys.executable, ["-c", code])  # here
    await consumers.text(child.stdout)  # here


@stuck_with_a_child("child.stdin")
async def a_child_of_a_shell():
    child = child_process.spawn("cat; true", shell=True)  # here
    await consumers.text(child.stdout)  # here


@stuck_with_a_child("ChildWritable")
async def a_command_that_reads_its_input():
    await child_process.promises.exec_("cat")  # here
