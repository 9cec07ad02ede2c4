"""Agent: keeps the encrypted connections of clients, to use them again."""

from __future__ import annotations

import math
import ssl
from collections.abc import Iterable

from .. import http, net, tls
from ..events.naming import by_name
from ..http.agent import Where
from ..loop.belongings import shared_by_loop
from ..loop.secluded import expect_sockets
from ..net.addresses import is_ip
from ..tls.context import Pem
from ..tls.socket import CheckIdentity
from .options import secure_options

__all__ = ["Agent", "global_agent"]

# Connections that differ in one of these may not serve the same requests. Where there is nothing,
# Node has an option of its own.
_TOLD_APART = (
    *("ca", "cert", "", "ciphers", "key", "", "reject_unauthorized", "servername"),
    *("min_version", "max_version", *[""] * 9, "secure_context"),
)


class Agent(http.Agent):
    """Encrypted connections to hosts, some in use and some free.

    Args:
        keep_alive, keep_alive_msecs, max_sockets, max_total_sockets, scheduling, max_free_sockets,
            timeout, no_delay: as for `http.Agent`.
        ca, cert, key, passphrase, servername, reject_unauthorized, check_server_identity, ciphers,
            min_version, max_version, secure_context: as for `tls.connect`, of every connection, and
            before those of a request.

    Node: https.Agent
    """

    protocol = "https:"
    default_port = 443

    @by_name
    def __init__(
        self,
        *,
        keep_alive: bool = False,
        keep_alive_msecs: float = 1000,
        max_sockets: float = math.inf,
        max_total_sockets: float = math.inf,
        scheduling: str = "lifo",
        max_free_sockets: int = 256,
        timeout: float | None = None,
        no_delay: bool = True,
        ca: Pem | Iterable[Pem] | None = None,
        cert: Pem | None = None,
        key: Pem | None = None,
        passphrase: str | bytes | None = None,
        servername: str | None = None,
        reject_unauthorized: bool | None = None,
        check_server_identity: CheckIdentity | None = None,
        ciphers: str | None = None,
        min_version: str | None = None,
        max_version: str | None = None,
        secure_context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(
            keep_alive=keep_alive,
            keep_alive_msecs=keep_alive_msecs,
            max_sockets=max_sockets,
            max_total_sockets=max_total_sockets,
            scheduling=scheduling,
            max_free_sockets=max_free_sockets,
            timeout=timeout,
            no_delay=no_delay,
        )
        self.options.update(
            secure_options(
                ca=ca,
                cert=cert,
                key=key,
                passphrase=passphrase,
                servername=servername,
                reject_unauthorized=reject_unauthorized,
                check_server_identity=check_server_identity,
                ciphers=ciphers,
                min_version=min_version,
                max_version=max_version,
                secure_context=secure_context,
            )
        )

    def get_name(self, options: Where) -> str:
        """Connections that may serve the same requests have the same name.

        Node: https.Agent.getName
        """
        parts = [super().get_name(options)]
        for option in _TOLD_APART:
            value = options.get(option, "")
            if option == "servername" and value == options.get("host"):
                value = ""
            parts.append(str(value).lower() if isinstance(value, bool) else str(value))
        return ":".join(parts)

    def where(self, options: Where, host: str) -> Where:
        """As `http.Agent.where`. A server is to have the name that the request gives it."""
        where = super().where(options, host)
        name = _without_port(host) or str(where.get("host", ""))
        if not where.get("servername") and name and not is_ip(name):
            where["servername"] = name
        return where

    def create_connection(self, options: Where) -> net.Socket:
        """A new socket on its way. Yours to replace. Node: https.Agent.createConnection"""
        expect_sockets("https.request")
        return tls.connect(**options)


def _without_port(host: str) -> str:
    """The name in a ``Host`` header: what is before the port, or in brackets."""
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def global_agent() -> Agent:
    """The agent of all requests that name none. It keeps connections for five seconds.

    Returns:
        The same one for every call while a loop runs.

    Node: https.globalAgent
    """
    return shared_by_loop("https.global_agent", bool, lambda: Agent(keep_alive=True, timeout=5000))
