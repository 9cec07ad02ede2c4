"""TCP and Unix sockets as streams: `connect` and `create_server`. Node: net

- `socket`: one end of a connection; `peer`: what is under it; `client`: one that is connected.
- `connecting`: how it gets its peer; `addresses`: the addresses of hosts.
- `server`: what takes connections.
- `idle`: how long nothing has happened.
- `listening`: what the events give.

Not here: TLS, which is `streams2.tls`; the system's sockets, which are `streams2.io.sockets`.
"""

from typing import TYPE_CHECKING

from ..events.naming import of_module as _of_module
from .addresses import AddressInfo as AddressInfo
from .addresses import is_ip as is_ip
from .addresses import is_ipv4 as is_ipv4
from .addresses import is_ipv6 as is_ipv6
from .client import connect as connect
from .connecting import (
    get_default_auto_select_family,
    get_default_auto_select_family_attempt_timeout,
    set_default_auto_select_family,
    set_default_auto_select_family_attempt_timeout,
)
from .server import Server as Server
from .server import create_server as create_server
from .socket import Socket as Socket

__all__ = [
    "AddressInfo",
    "Server",
    "Socket",
    "Stream",
    "connect",
    "create_connection",
    "create_server",
    "get_default_auto_select_family",
    "get_default_auto_select_family_attempt_timeout",
    "is_ip",
    "is_ipv4",
    "is_ipv6",
    "set_default_auto_select_family",
    "set_default_auto_select_family_attempt_timeout",
]

create_connection = connect
Stream = Socket

if not TYPE_CHECKING:
    __getattr__ = _of_module(__name__)
