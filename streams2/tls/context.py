"""Node's options of TLS, as an `ssl.SSLContext`."""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from collections.abc import Iterable, Iterator
from typing import Union

from ..errors import InvalidArgTypeError, InvalidArgValueError
from ..events.naming import by_name

__all__ = ["Pem", "check_context", "create_secure_context"]

Pem = Union[str, bytes, "os.PathLike[str]"]
"""A certificate or key: what is in a PEM file, or as a `pathlib.Path` the file."""

_VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


@by_name
def create_secure_context(
    *,
    ca: Pem | Iterable[Pem] | None = None,
    cert: Pem | None = None,
    key: Pem | None = None,
    passphrase: str | bytes | None = None,
    ciphers: str | None = None,
    min_version: str | None = None,
    max_version: str | None = None,
    alpn_protocols: Iterable[str | bytes] | None = None,
    server_side: bool = False,
) -> ssl.SSLContext:
    """Make a context, to be given as `secure_context`. Certificates are checked.

    Args:
        ca: the certificates to trust, one or several (default: the system's).
        cert, key: one's own certificate, with those between it and the root, and its key.
        passphrase: of the key.
        ciphers: which to use, as OpenSSL writes them.
        min_version, max_version: ``"TLSv1.2"`` (the default minimum) or ``"TLSv1.3"``.
        alpn_protocols: the protocols to offer or to take, the best first.
        server_side: whether it is for a server.

    Returns:
        The context.

    Raises:
        InvalidArgTypeError, InvalidArgValueError: an argument will not do.
        ssl.SSLError: a certificate or key cannot be used.

    Node: tls.createSecureContext
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = _version("min_version", min_version or "TLSv1.2")
    if max_version is not None:
        context.maximum_version = _version("max_version", max_version)
    if ca is None:
        if not server_side:
            context.load_default_certs()
    else:
        for each in [ca] if isinstance(ca, (str, bytes, os.PathLike)) else ca:
            _trust(context, each)
    if cert is not None:
        with _file_of("cert", cert) as cert_path:
            if key is None:
                context.load_cert_chain(cert_path, password=passphrase)
            else:
                with _file_of("key", key) as key_path:
                    context.load_cert_chain(cert_path, key_path, password=passphrase)
    if ciphers is not None:
        context.set_ciphers(ciphers)
    if alpn_protocols is not None:
        context.set_alpn_protocols(
            [each.decode() if isinstance(each, bytes) else each for each in alpn_protocols]
        )
    return context


def check_context(context: object) -> ssl.SSLContext:
    """`context` itself, given as `secure_context`."""
    if not isinstance(context, ssl.SSLContext):
        raise InvalidArgTypeError.given("secure_context", "an ssl.SSLContext", context)
    return context


def _version(name: str, version: str) -> ssl.TLSVersion:
    if version not in _VERSIONS:
        raise InvalidArgValueError.given(name, f"one of {', '.join(_VERSIONS)}", version)
    return _VERSIONS[version]


def _trust(context: ssl.SSLContext, ca: Pem) -> None:
    if isinstance(ca, os.PathLike):
        context.load_verify_locations(cafile=os.fspath(ca))
    else:
        pem = ca.decode("ascii") if isinstance(ca, bytes) else ca
        context.load_verify_locations(cadata=pem)


@contextlib.contextmanager
def _file_of(name: str, pem: Pem) -> Iterator[str]:
    """A file with it in: Python's `ssl` reads keys from files alone."""
    if isinstance(pem, os.PathLike):
        yield os.fspath(pem)
        return
    if not isinstance(pem, (str, bytes)):
        raise InvalidArgTypeError.given(name, "str, bytes or os.PathLike", pem)
    handle, path = tempfile.mkstemp(suffix=".pem")  # For this user alone.
    try:
        with open(handle, "wb") as file:
            file.write(pem.encode() if isinstance(pem, str) else pem)
        yield path
    finally:
        os.unlink(path)
