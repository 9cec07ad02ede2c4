"""The options of TLS that requests, agents and servers take besides those of HTTP."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import TypedDict

from ..events.naming import by_name
from ..http.client import RequestOptions
from ..http.server import HttpOptions
from ..tls.context import Pem
from ..tls.socket import CheckIdentity

__all__ = ["ClientOptions", "SecureOptions", "ServerOptions", "secure_options"]


class SecureOptions(TypedDict, total=False):
    """What a client is told of TLS, as `tls.connect` is."""

    ca: Pem | Iterable[Pem] | None
    cert: Pem | None
    key: Pem | None
    passphrase: str | bytes | None
    servername: str | None
    reject_unauthorized: bool
    check_server_identity: CheckIdentity | None
    ciphers: str | None
    min_version: str | None
    max_version: str | None
    secure_context: ssl.SSLContext | None


class ClientOptions(RequestOptions, SecureOptions, total=False):
    """What `request` and `get` are told."""


class ServerOptions(HttpOptions, total=False):
    """What `create_server` is told."""

    cert: Pem | None
    key: Pem | None
    passphrase: str | bytes | None
    ca: Pem | Iterable[Pem] | None
    request_cert: bool
    reject_unauthorized: bool
    alpn_protocols: Iterable[str | bytes] | None
    ciphers: str | None
    min_version: str | None
    max_version: str | None
    secure_context: ssl.SSLContext | None
    handshake_timeout: float


@by_name
def secure_options(
    *,
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
) -> dict[str, object]:
    """Those of the options that were given, as `tls.connect` takes them."""
    return {name: value for name, value in locals().items() if value is not None}
