"""connect: a socket on its way to a server."""

from __future__ import annotations

import os

from ..events.abort import AbortSignal
from ..events.naming import by_name
from ..loop.secluded import expect_sockets
from .socket import ConnectListener, Socket

__all__ = ["connect"]


@by_name
def connect(
    port: int | str | None = None,
    host: str | None = None,
    callback: ConnectListener | None = None,
    *,
    path: str | bytes | os.PathLike[str] | None = None,
    local_address: str | None = None,
    local_port: int | None = None,
    family: int | None = None,
    auto_select_family: bool | None = None,
    auto_select_family_attempt_timeout: float | None = None,
    allow_half_open: bool = False,
    signal: AbortSignal | None = None,
    no_delay: bool = False,
    keep_alive: bool = False,
    keep_alive_initial_delay: float = 0,
    timeout: float | None = None,
    high_water_mark: int | None = None,
) -> Socket:
    """Connect to a port of a host, or to a Unix socket.

    Args:
        port, host, callback, path, local_address, local_port, family, auto_select_family,
            auto_select_family_attempt_timeout, timeout: as for `Socket.connect`.
        allow_half_open, signal, no_delay, keep_alive, keep_alive_initial_delay, high_water_mark:
            as for `Socket`.

    Returns:
        The socket: it may be written at once. What goes wrong is its ``'error'``, an `OSError` with
        Node's `code`.

    Raises:
        MissingArgsError: neither `port` nor `path` is given.
        SocketBadPortError: there is no such port.
        InvalidArgTypeError, InvalidArgValueError, OutOfRangeError: an argument will not do.
        FeatureUnavailableOnPlatformError: there are no sockets: in a browser, say.

    Node: net.connect, net.createConnection
    """
    expect_sockets("net.connect")
    socket = Socket(
        allow_half_open=allow_half_open,
        signal=signal,
        high_water_mark=high_water_mark,
        no_delay=no_delay,
        keep_alive=keep_alive,
        keep_alive_initial_delay=keep_alive_initial_delay,
    )
    return socket.connect(
        port,
        host,
        callback,
        path=path,
        local_address=local_address,
        local_port=local_port,
        family=family,
        auto_select_family=auto_select_family,
        auto_select_family_attempt_timeout=auto_select_family_attempt_timeout,
        timeout=timeout,
    )
