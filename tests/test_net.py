"""net: sockets and servers, on their own and beside Node's."""

from __future__ import annotations

from typing import Any

import pytest

from streams2 import net, run

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
