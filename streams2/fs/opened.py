"""A file that was opened for whoever makes streams of it: what `fs.promises.open` gives is one."""

from __future__ import annotations

import weakref

from ..events.emitter import EventEmitter
from ..io.handles import Handle
from ..streams.stream import Stream

__all__ = ["OpenFile"]


class OpenFile(EventEmitter):
    """An open descriptor that its streams share. It emits ``'close'`` when it is closed.

    Attributes:
        handle: the descriptor.
        streams: those that were made of it and are still there.
        locked: an iterable stream reads or writes it.
    """

    def __init__(self, handle: Handle) -> None:
        super().__init__()
        self.handle = handle
        self.streams: weakref.WeakSet[Stream] = weakref.WeakSet()
        self.told = False
        self.locked = False

    @property
    def fd(self) -> int:
        """The descriptor; -1 when it is closed. Node: filehandle.fd"""
        return self.handle.fd

    def was_closed(self) -> None:
        """Say so, once."""
        if not self.told:
            self.told = True
            self.emit("close")
