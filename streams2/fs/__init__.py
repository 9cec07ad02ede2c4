"""Files as streams: `create_read_stream` and `create_write_stream`. Node: fs

- `streams`: the two streams.
- `promises`: files that are opened first. Node: fs/promises
- `arguments`: what may be given to them, and what is said of what may not.

Not here: files that are no streams. They are the business of `pathlib` and `os`.
"""

from typing import TYPE_CHECKING

from ..events.naming import of_module as _of_module
from . import promises as promises
from .streams import ReadStream as ReadStream
from .streams import WriteStream as WriteStream
from .streams import create_read_stream as create_read_stream
from .streams import create_write_stream as create_write_stream

if not TYPE_CHECKING:
    __getattr__ = _of_module(__name__)
