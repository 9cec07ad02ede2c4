"""TLSSocket: one end of an encrypted connection, as a Duplex."""

from __future__ import annotations

import hashlib
import os
import ssl
from collections.abc import Iterable
from typing import Any, Callable, TypedDict, Union
from weakref import WeakKeyDictionary

from ..errors import expect_function
from ..events.abort import AbortSignal
from ..events.naming import by_name
from ..io.sockets import Connection
from ..loop.secluded import expect_sockets
from ..net.addresses import is_ip
from ..net.peer import Peer
from ..net.socket import Socket, peer_of
from .connection import SecureConnection
from .context import Pem, check_context, create_secure_context
from .failures import hang_up, untrusted

__all__ = ["TLSSocket", "connect", "remember_name", "secure_over"]


class PeerCertificate(TypedDict, total=False):
    """What `TLSSocket.get_peer_certificate` gives."""

    subject: dict[str, str]
    issuer: dict[str, str]
    subjectaltname: str
    valid_from: str
    valid_to: str
    serial_number: str
    fingerprint: str
    fingerprint256: str
    fingerprint512: str
    raw: bytes


CheckIdentity = Callable[[str, PeerCertificate], Union[BaseException, None]]


class TLSSocket(Socket):
    """One end of an encrypted connection. `connect` makes one, and so does a `Server`.

    Its events are those of a `net.Socket`, and ``'secureConnect'``: the handshake is done, and the
    peer's certificate is good. What is written before is sent then.

    Node: tls.TLSSocket
    """

    @property
    def encrypted(self) -> bool:
        """True. Node: tls.TLSSocket.encrypted"""
        return True

    @property
    def authorized(self) -> bool:
        """Whether the peer has a certificate, and it was checked. Node: tls.TLSSocket.authorized"""
        tls = _tls_of(self)
        if tls is None:
            return False
        return tls.context.verify_mode != ssl.CERT_NONE and bool(tls.getpeercert())

    @property
    def authorization_error(self) -> str | None:
        """Why the peer is not to be trusted, or None. Node: tls.TLSSocket.authorizationError

        A certificate that nobody checked (``reject_unauthorized=False``) is not trusted, even if it
        would have been found good.
        """
        tls = _tls_of(self)
        if tls is None or self.authorized or (tls.server_side and not _wants_certificate(tls)):
            return None
        return untrusted(tls.getpeercert(binary_form=True))

    @property
    def alpn_protocol(self) -> str | bool:
        """The protocol that both ends chose; False for none. Node: tls.TLSSocket.alpnProtocol"""
        tls = _tls_of(self)
        return (tls is not None and tls.selected_alpn_protocol()) or False

    @property
    def servername(self) -> str | bool:
        """The name that was asked for; False for none. Node: tls.TLSSocket.servername"""
        tls = _tls_of(self)
        if tls is None:
            return False
        name = _names.get(tls) if tls.server_side else tls.server_hostname
        return name if name is not None and not is_ip(name) else False

    def get_protocol(self) -> str | None:
        """The version, such as ``"TLSv1.3"``. Returns None before the handshake.

        Node: tls.TLSSocket.getProtocol
        """
        tls = _tls_of(self)
        return None if tls is None else tls.version()

    def get_cipher(self) -> dict[str, str]:
        """What encrypts, as ``{"name": ..., "standard_name": ..., "version": ...}``.

        Returns:
            It, or an empty dict before the handshake. OpenSSL's name stands for the standard one.

        Node: tls.TLSSocket.getCipher
        """
        tls = _tls_of(self)
        found = None if tls is None else tls.cipher()
        if found is None:
            return {}
        name, version = found[:2]
        return {"name": name, "standard_name": name, "version": version}

    def get_peer_certificate(self, detailed: bool = False) -> PeerCertificate:
        """The peer's certificate, as far as Python's `ssl` tells.

        Args:
            detailed: Node's: the certificates that issued it are not told.

        Returns:
            Its bytes as ``raw``, and ``fingerprint``, ``fingerprint256``, ``fingerprint512``. If it
            was checked, also ``subject``, ``issuer``, ``subjectaltname``, ``valid_from``,
            ``valid_to`` and ``serial_number``. An empty dict if there is none.

        Node: tls.TLSSocket.getPeerCertificate
        """
        tls = _tls_of(self)
        return {} if tls is None else certificate_of(tls)

    def is_session_reused(self) -> bool:
        """Whether the keys are of an earlier connection. Node: tls.TLSSocket.isSessionReused"""
        tls = _tls_of(self)
        return tls is not None and bool(tls.session_reused)


def _secure_of(socket: TLSSocket) -> SecureConnection | None:
    line = peer_of(socket).connection
    return line if isinstance(line, SecureConnection) else None


def _tls_of(socket: TLSSocket) -> ssl.SSLObject | None:
    """What `ssl` knows, once the handshake is done."""
    secure = _secure_of(socket)
    return secure.tls if secure is not None and secure.secure else None


_names: WeakKeyDictionary[ssl.SSLObject, str] = WeakKeyDictionary()


def remember_name(tls: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
    """Know for which name a client asks: what a server's context calls back."""
    if name is not None:
        _names[tls] = name


def _wants_certificate(tls: ssl.SSLObject) -> bool:
    return tls.context.verify_mode != ssl.CERT_NONE


def certificate_of(tls: ssl.SSLObject) -> PeerCertificate:
    """The peer's certificate, with Node's names."""
    raw = tls.getpeercert(binary_form=True)
    if raw is None:
        return {}
    found: PeerCertificate = {
        "fingerprint": _fingerprint("sha1", raw),
        "fingerprint256": _fingerprint("sha256", raw),
        "fingerprint512": _fingerprint("sha512", raw),
        "raw": raw,
    }
    known: Any = tls.getpeercert()
    if known:
        names = (f"{kind}:{value}" for kind, value in known.get("subjectAltName", ()))
        found["subjectaltname"] = ", ".join(names)
        found["subject"] = _short(known["subject"])
        found["issuer"] = _short(known["issuer"])
        found["valid_from"], found["valid_to"] = known["notBefore"], known["notAfter"]
        found["serial_number"] = known["serialNumber"]
    return found


def _short(name: Iterable[Iterable[tuple[str, str]]]) -> dict[str, str]:
    return {_SHORT.get(key, key): value for parts in name for key, value in parts}


def _fingerprint(kind: str, raw: bytes) -> str:
    digest = hashlib.new(kind, raw).hexdigest().upper()
    return ":".join(digest[place : place + 2] for place in range(0, len(digest), 2))


_SHORT = {
    "countryName": "C",
    "stateOrProvinceName": "ST",
    "localityName": "L",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "commonName": "CN",
}


def secure_over(
    socket: TLSSocket,
    context: ssl.SSLContext,
    *,
    server_side: bool,
    server_name: str | None,
    on_secure: Callable[[SecureConnection], object],
    refuse: Callable[[OSError], object] | None = None,
) -> Peer:
    """Let `socket` encrypt its connection, once it has one.

    Args:
        socket: a new one.
        context: how.
        server_side: whether the peer begins.
        server_name: what the peer is to be called; None for a client.
        on_secure: called when the handshake is done.
        refuse: what to do with the error if it cannot be (default: destroy the socket with it).
    """
    peer = peer_of(socket)

    def wrap(inner: Connection) -> SecureConnection:
        secure = SecureConnection(inner, context, server_side=server_side, server_name=server_name)
        secure.on_secure = lambda: on_secure(secure)
        secure.on_insecure = refuse or socket.destroy
        secure.on_hang_up = socket.destroy if server_side else lambda: _left_alone(socket, secure)
        # In its first read: by then it is known who reads.
        secure.start()
        return secure

    peer.wrap = wrap
    return peer


def _left_alone(socket: TLSSocket, secure: SecureConnection) -> None:
    """The server has left in the middle of the handshake: as in Node, that is an end, and why."""
    socket.once("end", lambda: socket.destroy(hang_up(False)))
    secure.on_read(None, b"")


@by_name
def connect(
    port: int | str | None = None,
    host: str | None = None,
    callback: Callable[[], object] | None = None,
    *,
    path: str | bytes | os.PathLike[str] | None = None,
    ca: Pem | Iterable[Pem] | None = None,
    cert: Pem | None = None,
    key: Pem | None = None,
    passphrase: str | bytes | None = None,
    servername: str | None = None,
    reject_unauthorized: bool = True,
    check_server_identity: CheckIdentity | None = None,
    alpn_protocols: Iterable[str | bytes] | None = None,
    ciphers: str | None = None,
    min_version: str | None = None,
    max_version: str | None = None,
    secure_context: ssl.SSLContext | None = None,
    local_address: str | None = None,
    local_port: int | None = None,
    family: int | None = None,
    allow_half_open: bool = False,
    signal: AbortSignal | None = None,
    no_delay: bool = False,
    keep_alive: bool = False,
    keep_alive_initial_delay: float = 0,
    timeout: float | None = None,
    high_water_mark: int | None = None,
) -> TLSSocket:
    """Connect to a server, encrypted. Its certificate is checked, and so is its name.

    Args:
        port, host, path, local_address, local_port, family, timeout: as for `net.Socket.connect`.
        callback: listens to ``'secureConnect'``, once.
        ca, cert, key, passphrase, ciphers, min_version, max_version, alpn_protocols: as for
            `create_secure_context`.
        servername: what the server is to be called (default: `host`).
        reject_unauthorized: whether to fail if its certificate is not good (default True). If not,
            nothing is checked.
        check_server_identity: called with the name and the certificate instead of comparing them;
            returns an error, or None if all is well.
        secure_context: an `ssl.SSLContext` to use instead of making one. It decides whether
            certificates are checked.
        allow_half_open, signal, no_delay, keep_alive, keep_alive_initial_delay, high_water_mark:
            as for `net.Socket`.

    Returns:
        The socket. What goes wrong is its ``'error'``: of a certificate, with OpenSSL's name as the
        `code`, such as ``"DEPTH_ZERO_SELF_SIGNED_CERT"``.

    Raises:
        MissingArgsError: neither `port` nor `path` is given.
        InvalidArgTypeError, InvalidArgValueError, OutOfRangeError: an argument will not do.
        ssl.SSLError: a certificate or key cannot be used.
        FeatureUnavailableOnPlatformError: there are no sockets: in a browser, say.

    Node: tls.connect
    """
    expect_sockets("tls.connect")
    name = servername or host or "localhost"
    if secure_context is None:
        context = create_secure_context(
            ca=ca,
            cert=cert,
            key=key,
            passphrase=passphrase,
            ciphers=ciphers,
            min_version=min_version,
            max_version=max_version,
            alpn_protocols=alpn_protocols,
        )
        context.check_hostname = reject_unauthorized and check_server_identity is None
        context.verify_mode = ssl.CERT_REQUIRED if reject_unauthorized else ssl.CERT_NONE
    else:
        context = check_context(secure_context)
    socket = TLSSocket(
        allow_half_open=allow_half_open,
        signal=signal,
        high_water_mark=high_water_mark,
        no_delay=no_delay,
        keep_alive=keep_alive,
        keep_alive_initial_delay=keep_alive_initial_delay,
    )

    def on_secure(secure: SecureConnection) -> None:
        refusal = None
        if check_server_identity is not None and reject_unauthorized:
            refusal = check_server_identity(name, certificate_of(secure.tls))
        if refusal is None:
            socket.emit("secureConnect")
        else:
            socket.destroy(refusal)

    secure_over(socket, context, server_side=False, server_name=name, on_secure=on_secure)
    if callback is not None:
        socket.once("secureConnect", expect_function("callback", callback))
    socket.connect(
        port,
        host,
        path=path,
        local_address=local_address,
        local_port=local_port,
        family=family,
        timeout=timeout,
    )
    return socket
