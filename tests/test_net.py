"""net: sockets and servers, on their own and beside Node's."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from streams2 import net, once, run

pytestmark = pytest.mark.host


def test_an_address_is_told_from_a_name() -> None:
    ips = ["1.2.3.4", "::1", "::ffff:1.2.3.4", "fe80::1%eth0", "", "01.2.3.4", "1.2.3", "::g", None]
    assert [net.is_ip(ip) for ip in ips] == [4, 6, 6, 6, 0, 0, 0, 0, 0]
    assert net.is_ipv4("255.255.255.255")
    assert not net.is_ipv4("256.0.0.1")
    assert net.is_ipv6("2001:db8::")
    assert not net.is_ipv6("1.2.3.4")


def test_what_is_written_comes_back() -> None:
    got: list[Any] = []

    def main() -> None:
        server = net.create_server(lambda socket: socket.pipe(socket))

        def on_listening() -> None:
            address = server.address()
            assert isinstance(address, dict)
            client = net.connect(address["port"], "127.0.0.1")
            client.on("data", got.append)
            client.on("close", lambda had_error: server.close(lambda error: got.append(error)))
            client.end(b"hello")

        server.listen(0, "127.0.0.1", callback=on_listening)

    run(main)
    assert got == [b"hello", None]


def test_every_name_of_sockets_and_servers() -> None:
    seen: dict[str, Any] = {}

    async def main() -> None:
        arrived: asyncio.Future[net.Socket] = asyncio.get_running_loop().create_future()
        assert net.create_connection is net.connect
        assert net.Stream is net.Socket
        server = net.Server(arrived.set_result)
        assert server.ref() is server.unref() is server.ref()
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        server.listen(0, "127.0.0.1", 5, lambda: ready.set_result(None))
        await ready
        address: Any = server.address()
        client = net.Socket()
        assert client.set_no_delay() is client.set_keep_alive(True, 1000) is client
        client.connect(address["port"], "127.0.0.1", local_address="127.0.0.1", timeout=60_000)
        assert (client.connecting, client.pending, client.ready_state) == (True, True, "opening")
        peer = await arrived
        assert peer.ref() is peer.unref() is peer.ref()
        assert peer.pause().resume() is peer
        peer.set_timeout(0)
        server.get_connections(lambda error, count: seen.update(count=count))
        client.end("hello")
        got = [chunk async for chunk in peer]
        assert got == [b"hello"]
        assert (peer.bytes_read, client.bytes_written) == (5, 5)
        client.destroy_soon()
        server.close()
        assert not server.listening

        other = net.create_server(lambda socket: seen.update(ends=ends_of(socket)))
        async with other:
            other.listen(0, "127.0.0.1")
            await once(other, "listening")
            place: Any = other.address()
            reset = net.connect(place["port"], "127.0.0.1")
            reset.on("error", lambda _: None)
            await once(reset, "connect")
            port, family = reset.local_port, reset.local_family
            assert reset.address() == {
                "address": reset.local_address,
                "family": family,
                "port": port,
            }
            while "ends" not in seen:
                await asyncio.sleep(0)
            assert seen["ends"] == ("127.0.0.1", "IPv4", port)
            reset.read()
            reset.reset_and_destroy()

    def ends_of(socket: net.Socket) -> tuple[object, ...]:
        socket.on("error", lambda _: None)
        return socket.remote_address, socket.remote_family, socket.remote_port

    run(main)
    assert seen["count"] == 1
    assert [net.is_ip("::"), net.is_ipv4("::"), net.is_ipv6("::")] == [6, False, True]


def test_what_connect_does_with_several_addresses_can_be_said_for_all() -> None:
    """The other half of every_name_of_sockets_and_servers: get_default_auto_select_family, ..."""
    assert net.get_default_auto_select_family() is True
    assert net.get_default_auto_select_family_attempt_timeout() == 500
    try:
        net.set_default_auto_select_family(False)
        net.set_default_auto_select_family_attempt_timeout(5)
        assert net.get_default_auto_select_family() is False
        assert net.get_default_auto_select_family_attempt_timeout() == 10
    finally:
        net.set_default_auto_select_family(True)
        net.set_default_auto_select_family_attempt_timeout(500)
