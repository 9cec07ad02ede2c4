"""HTTP/1.1 as streams: servers that `req.pipe(res)` works with, and clients. Node: http

    from streams2 import http, run

    def main():
        http.create_server(lambda req, res: req.pipe(res)).listen(8000)

    run(main)

It needs h11: ``pip install streams2[http]``.

- `incoming`: a message that comes; `outgoing`: one that goes; `headers`: what both have.
- `sending`: the head, the framing and the socket under a message that goes.
- `parser`: messages out of bytes, by h11; `faults`: what is wrong with them, in Node's codes.
- `response`, `connection`, `server`: a server's part.
- `client`, `exchange`, `agent`: a client's part.
- `errors`, `constants`: what is said of what may not be, and what there is.

Not here: TLS, which is in `https`; routes, cookies, and all else that a web framework is for.
"""

from typing import TYPE_CHECKING

from ..events.naming import of_module as _of_module
from .agent import Agent as Agent
from .agent import global_agent as global_agent
from .client import ClientRequest as ClientRequest
from .client import get as get
from .client import request as request
from .constants import MAX_HEADER_SIZE as MAX_HEADER_SIZE
from .constants import METHODS as METHODS
from .constants import STATUS_CODES as STATUS_CODES
from .errors import check_name as _check_name
from .errors import check_value as _check_value
from .incoming import IncomingMessage as IncomingMessage
from .outgoing import OutgoingMessage as OutgoingMessage
from .response import ServerResponse as ServerResponse
from .server import Server as Server
from .server import create_server as create_server

validate_header_name = _check_name
validate_header_value = _check_value

if not TYPE_CHECKING:
    __getattr__ = _of_module(__name__)
