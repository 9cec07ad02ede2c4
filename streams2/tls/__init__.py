"""Encrypted connections as streams: `connect` and `create_server`. Node: tls

- `socket`: one end of a connection; `server`: what takes connections.
- `connection`: what encrypts and decrypts.
- `context`: Node's options; `failures`: Node's codes.

Not here: sockets as such, which are `streams2.net`; ciphers and certificates, which are `ssl`.
"""

from typing import TYPE_CHECKING

from ..events.naming import of_module as _of_module
from .context import create_secure_context as create_secure_context
from .server import Server as Server
from .server import create_server as create_server
from .socket import TLSSocket as TLSSocket
from .socket import connect as connect

if not TYPE_CHECKING:
    __getattr__ = _of_module(__name__)
