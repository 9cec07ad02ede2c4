"""What is under a message that is sent: its head, the framing of its body, and its socket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable, Protocol

from .. import net
from ..core.calling import Callback
from ..core.chunks import Chunk
from ..core.life import Life
from ..errors import StreamDestroyedError
from ..loop.ticks import next_tick
from .errors import TrailerInvalidError
from .headers import HeaderList

__all__ = ["Sending", "sending_of"]


class Outgoing(Protocol):
    """What is asked of the message."""

    _life: Life
    use_chunked_encoding_by_default: bool

    @property
    def destroyed(self) -> bool: ...
    def destroy(self) -> object: ...


class Sending:
    """What a message keeps while it is sent.

    Args:
        message: the stream that is written to.

    Attributes:
        headers: what the head will say, as far as the user has said.
        head: the head, once it is made: from then on headers are sent.
        has_body: whether there may be one.
        may_have_body: finds out, before the head is made.
        refuses_bodies: whether to write one that may not be is an error.
        is_bare: whether there is none unless somebody writes one, so that nothing is said of its
            length.
        chunked: whether it goes in chunks.
        length: how long the body is, if that is known before the head is made.
        written: how many bytes of it were written.
        last: whether the connection is closed behind the message.
        is_enough: the client is told to close the connection behind the message.
        kept_alive: for how many milliseconds the connection waits for another message.
        most_requests: how many requests it may bring; 0 for any number.
        left_out: what is not to be in the head of itself, in lower case.
        sent: whether any of it was handed to the socket.
        socket: where it goes; None before there is one, and when all is sent.
        first_line: makes the first line of the head.
        after_headers: makes the lines on the connection.
    """

    def __init__(self, message: Outgoing) -> None:
        self.message = message
        self.headers = HeaderList()
        self.head: str | None = None
        self.has_body = True
        self.may_have_body: Callable[[], bool] = lambda: self.has_body
        self.refuses_bodies = False
        self.is_bare = False
        self.chunked = False
        self.length: int | None = None
        self.written = 0
        self.last = False
        self.is_enough = False
        self.kept_alive: float = 0
        self.most_requests = 0
        self.left_out: set[str] = set()
        self.sent = False
        self.socket: net.Socket | None = None
        self.trailers = ""
        self.first_line: Callable[[], str] = lambda: ""
        self.after_headers: Callable[[], list[str]] = list
        self._waiting: list[tuple[list[Chunk], Callback]] = []
        message._life.own = self

    # -- the head -------------------------------------------------------------------------------

    def make_head(self) -> None:
        """Make the head, once; what nobody has said of the framing is said here."""
        if self.head is not None:
            return
        lines = [self.first_line(), *self.headers.lines(), *self.after_headers()]
        lines += self._framing()
        if self.headers.text("trailer") and not self.chunked:
            raise TrailerInvalidError
        self.head = "".join(lines) + "\r\n"

    def _framing(self) -> list[str]:
        if self.headers.text("transfer-encoding"):
            self.chunked = "chunked" in self.headers.text("transfer-encoding") and self.has_body
            return []
        if self.headers.text("content-length"):
            return []
        if not self.has_body or self.is_bare:
            return []
        if not self.message.use_chunked_encoding_by_default:
            # Its end is that of the connection.
            self.last = True
            return []
        has_length = self.length is not None and not self.headers.text("trailer")
        if has_length and "content-length" not in self.left_out:
            return [f"Content-Length: {self.length}\r\n"]
        if "transfer-encoding" in self.left_out:
            # Its end is that of the connection.
            self.last = True
            return []
        self.chunked = True
        return ["Transfer-Encoding: chunked\r\n"]

    def flush_head(self) -> None:
        """Send the head now."""
        self.make_head()
        if not self.sent:
            self.send([], _nobody_asks)

    # -- the body -------------------------------------------------------------------------------

    def write(self, chunks: Sequence[Chunk], callback: Callback) -> None:
        """Send chunks."""
        self.make_head()
        parts: list[Chunk] = []
        for chunk in chunks if self.has_body else ():
            size = memoryview(chunk).nbytes
            self.written += size
            if self.chunked and size:
                parts += [b"%x\r\n" % size, chunk, b"\r\n"]
            elif size:
                parts.append(chunk)
        self.send(parts, callback)

    def finish(self, callback: Callback) -> None:
        """Send what ends the message."""
        self.make_head()
        end = f"0\r\n{self.trailers}\r\n".encode("latin-1")
        self.send([end] if self.chunked else [], callback)

    def send(self, parts: list[Chunk], callback: Callback) -> None:
        """Hand over to the socket, when there is one; `callback` is told when it is written."""
        if self.socket is None:
            self._waiting.append((parts, callback))
            return
        if not self.sent and self.head is not None:
            self.sent = True
            parts = [self.head.encode("latin-1"), *parts]
        socket = self.socket
        if not parts:
            next_tick(callback)
        elif not socket.writable:
            next_tick(callback, StreamDestroyedError("write"))
        else:
            socket.cork()
            for part in parts[:-1]:
                socket.write(part)
            socket.write(parts[-1], callback=lambda error: self._sent(error, callback))
            socket.uncork()

    def _sent(self, error: BaseException | None, callback: Callback) -> None:
        # What is wrong with the socket is told by whoever listens to it; the message just closes.
        if error is not None and not self.message.destroyed:
            self.message.destroy()
        callback(error)

    def attach(self, socket: net.Socket) -> None:
        """Send by this socket, from now on and what waits for it."""
        self.socket = socket
        waiting, self._waiting = self._waiting, []
        for parts, callback in waiting:
            self.send(parts, callback)


def _nobody_asks(error: BaseException | None = None) -> None:
    """The callback of a head that is sent alone: what fails closes the socket as well."""


def sending_of(message: Outgoing) -> Sending:
    """What is under a message."""
    found: Sending = message._life.own
    return found
