"""`request` and `get`: what a client asks of a server, encrypted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..events.naming import by_name, snake_case
from ..http.client import ClientRequest, ResponseListener
from .agent import global_agent
from .options import ClientOptions, SecureOptions, secure_options

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["get", "request"]


@by_name
def request(
    url: str | Mapping[str, object] | None = None,
    callback: ResponseListener | None = None,
    **options: Unpack[ClientOptions],
) -> ClientRequest:
    """Ask a server, encrypted. Its certificate is checked, and so is its name.

    Whoever asks ends the request: ``request(...).end()``.

    Args:
        url: whom, and for what; or options in a mapping.
        callback: listens to ``'response'``, once: it gets the `http.IncomingMessage`.
        options: those of `http.request` (`agent` is `global_agent` if nothing is said, and `port`
            443); and of `tls.connect` `ca`, `cert`, `key`, `passphrase`, `servername` (default: the
            name in the ``Host`` header), `reject_unauthorized`, `check_server_identity`, `ciphers`,
            `min_version`, `max_version` and `secure_context`, an `ssl.SSLContext`.

    Returns:
        The request. What goes wrong is its ``'error'``; of a certificate, with OpenSSL's name as
        the `code`, such as ``"DEPTH_ZERO_SELF_SIGNED_CERT"``.

    Raises:
        InvalidUrlError, InvalidProtocolError: `url` is none, or of another protocol.
        ssl.SSLError: a certificate or key cannot be used.
        Exception: what `http.request` raises.

    Node: https.request
    """
    asked: dict[str, Any] = {**options}
    if isinstance(url, Mapping):
        asked, url = {**url, **asked}, None
    of_tls = [name for name in asked if snake_case(name) in SecureOptions.__annotations__]
    secure = secure_options(**{name: asked.pop(name) for name in of_tls})
    return ClientRequest(
        url, callback, default_agent=global_agent(), connect_options=secure, **asked
    )


@by_name
def get(
    url: str | Mapping[str, object] | None = None,
    callback: ResponseListener | None = None,
    **options: Unpack[ClientOptions],
) -> ClientRequest:
    """Ask a server, and end the request. As `request`.

    Node: https.get
    """
    asked = request(url, callback, **options)
    asked.end()
    return asked
