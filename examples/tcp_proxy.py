"""A TCP proxy: whoever connects to it talks to a server elsewhere.

    python examples/tcp_proxy.py 8080 example.com 80

Two pipes a connection, one each way. A client that reads slowly holds up the server, through this
program and through both connections; and whichever end goes first, the other one goes, too.
"""

import sys

from streams2 import net, pipeline, run


def serve(port: int, target_host: str, target_port: int) -> None:
    def on_connection(client: net.Socket) -> None:
        server = net.connect(target_port, target_host, allow_half_open=True)

        def over(error: "BaseException | None") -> None:
            if error is not None:
                print(f"{client.remote_address}: {error}", file=sys.stderr)

        pipeline(client, server, callback=over)
        pipeline(server, client, callback=over)

    proxy = net.create_server(on_connection, allow_half_open=True)
    proxy.listen(port, "127.0.0.1", callback=lambda: print(proxy.address(), flush=True))


if __name__ == "__main__":
    run(lambda: serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
