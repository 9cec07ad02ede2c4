"""Lines of a stream, one at a time, and questions with answers. Node: readline

- `interface`: `Interface`, and `create_interface`, which makes one.
- `splitting`: where a line ends.
- `interrupts`: Ctrl-C, as an event.
- `promises`: questions whose answers are awaited.

Not here: the editing of a line, its history and its completion. A terminal edits its lines by
itself, and Python's own `readline` has the rest.
"""

from typing import TYPE_CHECKING

from ..events.naming import of_module as _of_module
from . import promises as promises
from .interface import Interface as Interface
from .interface import create_interface as create_interface

if not TYPE_CHECKING:
    __getattr__ = _of_module(__name__)
