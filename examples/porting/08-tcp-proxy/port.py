"""A TCP proxy: whoever connects to it talks to a server elsewhere, both ways at the same time.

python port.py [--once N] PORT TARGET_PORT [TARGET_HOST]

With --once it ends after N connections.
"""

from __future__ import annotations

import math
import sys

from streams2 import net, run


def main() -> None:
    args = sys.argv[1:]
    limit = math.inf
    if args[:1] == ["--once"]:
        limit = int(args[1])
        del args[:2]
    port, target_port, target_host = [*args, "127.0.0.1"][:3]

    accepted = 0

    def on_connection(client: net.Socket) -> None:
        nonlocal accepted
        accepted += 1
        id = accepted
        if accepted >= limit:
            server.close()

        upstream = net.connect(
            port=int(target_port),
            host=target_host,
            allow_half_open=True,
        )
        open = 2

        def watch(name: str, socket: net.Socket, other: net.Socket) -> None:
            @socket.on("error")
            def on_error(err: Exception) -> None:
                print(f"{id}: {name}: {getattr(err, 'code', None)}", flush=True)
                other.destroy()

            @socket.on("close")
            def on_close(_: bool) -> None:
                nonlocal open
                open -= 1
                if open > 0:
                    return
                there, back = client.bytes_read, upstream.bytes_read
                print(f"{id}: {there} bytes there, {back} back", flush=True)

        watch("client", client, upstream)
        watch("server", upstream, client)

        @upstream.on("connect")
        def on_connect() -> None:
            client.pipe(upstream)
            upstream.pipe(client)

    server = net.create_server(on_connection, allow_half_open=True)

    @server.on("error")
    def on_error(err: Exception) -> None:
        print(f"cannot listen: {getattr(err, 'message', str(err))}", file=sys.stderr)
        sys.exit(1)

    def on_listening() -> None:
        address = server.address()
        assert isinstance(address, dict)
        print(f"listening on {address['port']}", flush=True)

    server.listen(int(port), "127.0.0.1", callback=on_listening)


if __name__ == "__main__":
    run(main)
