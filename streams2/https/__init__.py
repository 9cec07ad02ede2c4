"""HTTP over TLS: the servers and clients of `http`, on encrypted connections. Node: https

    from pathlib import Path
    from streams2 import https, run

    def main():
        server = https.create_server(
            lambda req, res: req.pipe(res), cert=Path("server.pem"), key=Path("server.key")
        )
        server.listen(8443)

    run(main)

It needs h11: ``pip install streams2[http]``.

- `server`: what takes connections; `client`: what asks.
- `agent`: keeps the connections of clients.
- `options`: which of TLS there are.

Not here: messages, which are those of `streams2.http`; certificates, which are for `streams2.tls`.
"""

from typing import TYPE_CHECKING

from ..events.naming import of_module as _of_module
from .agent import Agent as Agent
from .agent import global_agent as global_agent
from .client import get as get
from .client import request as request
from .server import Server as Server
from .server import create_server as create_server

if not TYPE_CHECKING:
    __getattr__ = _of_module(__name__)
