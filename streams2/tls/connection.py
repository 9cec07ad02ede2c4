"""TLS between a socket and its connection: what is written is encrypted, what comes is decrypted.

It is asked what a `Connection` is asked, so that a `net.Socket` does not know the difference:
back-pressure, callbacks and half-closed connections are the same. The work is done by Python's
`ssl` in memory; the bytes come and go through the connection beneath.
"""

from __future__ import annotations

import errno
import os
import ssl
from collections.abc import Sequence
from typing import Callable

from ..io.offload import answer_and_tick
from ..io.sockets import Connection, Done, soon
from .failures import of_a_write, told

__all__ = ["SecureConnection"]

_READ_SIZE = 64 * 1024
# How much is encrypted at a time: so much more than was written is in memory, at most.
_PIECE = 64 * 1024


class SecureConnection:
    """A connection, encrypted.

    Args:
        inner: the connection beneath.
        context: how.
        server_side: whether the peer began.
        server_name: what the peer is to be called; None for a client.

    Attributes:
        tls: what `ssl` knows of it.
        secure: whether the handshake is done.
        on_secure: called when it is.
        on_insecure: called with the error if it cannot be done; if something waits to be written,
            that fails instead.
        on_hang_up: called if the peer leaves before.
    """

    def __init__(
        self,
        inner: Connection,
        context: ssl.SSLContext,
        *,
        server_side: bool,
        server_name: str | None,
    ) -> None:
        self._inner = inner
        self.sock = inner.sock
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_side, server_hostname=server_name
        )
        self.secure = False
        self.on_secure: Callable[[], object] = lambda: None
        self.on_insecure: Callable[[OSError], object] = lambda _: None
        self.on_hang_up: Callable[[], object] = lambda: None
        self.on_read: Callable[[OSError | None, bytes], object] = lambda *_: None
        self.bytes_read = 0
        self._reading = False
        self._has_ended = self._failed = False
        # Decrypted, and not asked for yet.
        self._decrypted: list[bytes] = []
        self._plain: list[memoryview] = []
        self._waiting: Done | None = None
        # The connection beneath has not taken all that it was given.
        self._busy = False
        self._closing: Done | None = None
        # As in Node, what is written by who is told that it is secure waits for the ticks of that.
        self._telling = False
        inner.on_read = self._on_cipher

    @property
    def on_sent(self) -> Callable[[], object]:
        """Called when the system has taken some of what waited for it."""
        return self._inner.on_sent

    @on_sent.setter
    def on_sent(self, callback: Callable[[], object]) -> None:
        self._inner.on_sent = callback

    def start(self) -> None:
        """Begin the handshake."""
        self._inner.start_reading()
        self._shake_hands()

    def _shake_hands(self) -> None:
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            self._send_on()
            return
        except ssl.SSLError as error:
            self._send_on()  # The peer is told why.
            self._fail(told(error))
            return
        self.secure = True
        if not self._reading:
            self._inner.stop_reading()
        self._telling = True
        self._send_on()
        answer_and_tick(self.on_secure)
        self._telling = False
        self._send_on()
        self._hand_on()

    def _fail(self, error: OSError) -> None:
        if not self._failed:
            self._failed = True
            self._inner.stop_reading()
            if self.secure:
                self.on_read(error, b"")
            elif self._waiting is None or isinstance(error, ssl.SSLCertVerificationError):
                self.on_insecure(error)
            else:
                self._plain = []
                self._settle(of_a_write(error))

    # -- reading --------------------------------------------------------------------------------

    def start_reading(self) -> None:
        """Hand on what comes, until `stop_reading`."""
        if self._reading:
            return
        self._reading = True
        if self.secure:
            if self._decrypted or self._incoming.pending or self.tls.pending() or self._has_ended:
                soon(self._hand_on)
            if not self._has_ended:
                self._inner.start_reading()

    def stop_reading(self) -> None:
        """Leave in the system what comes."""
        self._reading = False
        if self.secure:
            self._inner.stop_reading()

    def _on_cipher(self, error: OSError | None, data: bytes) -> None:
        if error is not None:
            self._fail(error)
            return
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
            self._has_ended = True
        if self.secure:
            self._hand_on()
        elif data:
            self._shake_hands()
        elif not self._failed:
            self._failed = True
            self._inner.stop_reading()
            self.on_hang_up()

    def _hand_on(self) -> None:
        """Hand on what has been decrypted, for as long as it is wanted."""
        while self._reading and not self._failed and not self._inner.closed:
            data = self._decrypted.pop(0) if self._decrypted else self._decrypt()
            if data is None:
                break
            self.bytes_read += len(data)
            if not data:
                self._reading = False
                self._inner.stop_reading()
            # As of a connection, the ticks of each part run before the next comes.
            answer_and_tick(self.on_read, None, data)
        self._send_on()

    def _decrypt(self) -> bytes | None:
        """What is there; no bytes at the end, None if more has to come."""
        try:
            return self.tls.read(_READ_SIZE)
        except ssl.SSLWantReadError:
            return None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        except ssl.SSLError as error:
            self._fail(told(error))
            return None

    # -- writing --------------------------------------------------------------------------------

    def write(self, buffers: Sequence[memoryview], done: Done) -> bool:
        """Write all of `buffers`; see `Connection.write`."""
        self._plain = [buffer for buffer in buffers if buffer]
        # As in Node, who wrote hears of it from the loop: what never waits would let it not turn.
        self._waiting = done
        if self._send():
            soon(self._settle_written)
        return False

    def _settle_written(self) -> None:
        if self._waiting is not None and not self._plain and not self._busy:
            self._settle(None)

    def _send(self) -> bool:
        """Send what can be; whether that is all."""
        while not self._busy:
            cipher = self._outgoing.read()
            if not cipher and self._plain:
                if not self.secure or self._telling:
                    return False
                self._encrypt()
                continue
            if not cipher:
                return True
            try:
                self._busy = not self._inner.write([memoryview(cipher)], self._on_sent_all)
            except OSError:
                if self._plain or self._waiting or self._closing:
                    self._plain = []
                    raise
                return True  # Nobody's own: who reads is told.
        return False

    def _encrypt(self) -> None:
        fit = size = 0
        for buffer in self._plain:
            size += len(buffer)
            if size > _PIECE:
                break
            fit += 1
        if fit > 1:
            # What was written at once goes in one record if it can, as in Node.
            self._plain[:fit] = [memoryview(b"".join(self._plain[:fit]))]
        piece = self._plain[0][:_PIECE]
        count = self.tls.write(piece)
        rest = self._plain[0][count:]
        self._plain[:1] = [rest] if rest else []

    def _on_sent_all(self, error: OSError | None) -> None:
        self._busy = False
        if error is None:
            self._send_on()
        else:
            self._settle(error)

    def _send_on(self) -> None:
        """Send what waits; and if that is all, tell who waits for it."""
        try:
            if self._send():
                self._settle(None)
        except OSError as error:
            self._settle(error)

    def _settle(self, error: OSError | None) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting(error)
        closing, self._closing = self._closing, None
        if closing is not None:
            self._inner.shut_down(closing)

    # -- the end --------------------------------------------------------------------------------

    def shut_down(self, done: Done) -> None:
        """Say in TLS that nothing more will come, and then in TCP."""
        # To say so looks for the peer's answer, and must not come upon what it sent before.
        while not self._failed and (data := self._decrypt()):
            self._decrypted.append(data)
        if self._failed:
            soon(done, OSError(errno.EPIPE, "the connection has failed"))
            return
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass  # The answer is still to come, or never will.
        self._closing = done
        self._send_on()

    def set_ref(self, ref: bool) -> None:
        """Hold the run open while something is to come, or do not."""
        self._inner.set_ref(ref)

    def close(self, on_closed: Callable[[], object], *, reset: bool = False) -> None:
        """Close the connection beneath."""
        waiting, self._waiting = self._waiting, None
        is_sent = self.secure and not self._plain and not self._busy and not self._outgoing.pending
        self._plain, self._closing, self._busy = [], None, True
        if waiting is not None:
            # Node's codes: it comes upon the closed socket, or was on its way there.
            code = errno.EBADF if self._telling else errno.ECANCELED
            soon(waiting, None if is_sent else OSError(code, os.strerror(code)))
        self._inner.close(on_closed, reset=reset)
