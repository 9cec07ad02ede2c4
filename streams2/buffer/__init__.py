"""What Node's Buffer does, as functions on bytes: Python's own bytes are the buffer.

>>> from streams2 import buffer
>>> buffer.from_("48656c6c6f", "hex")
b'Hello'
>>> buffer.to_string(b"caf\\xc3\\xa9!", "utf8", 0, 5)
'café'
>>> header = buffer.alloc(6)
>>> buffer.write_uint16_be(header, 513), buffer.write_uint32_le(header, 7, 2)
(2, 6)
>>> bytes(header), buffer.read_uint16_be(header)
(b'\\x02\\x01\\x07\\x00\\x00\\x00', 513)

What is made to be written into (`alloc`) is a bytearray; all else is bytes. A slice of a
`memoryview` shares its memory, as `buf.subarray` does.

- `contents`: bytes made, filled, turned into text, compared and searched.
- `numbers`: numbers in bytes.
- `arguments`: what may be given to them.

Not here: a class of our own.

Node: node:buffer
"""

from typing import TYPE_CHECKING

from ..core.encodings import is_encoding as is_encoding
from ..events.naming import of_module as _of_module
from .contents import alloc as alloc
from .contents import byte_length as byte_length
from .contents import compare as compare
from .contents import concat as concat
from .contents import equals as equals
from .contents import fill as fill
from .contents import from_ as from_
from .contents import includes as includes
from .contents import index_of as index_of
from .contents import last_index_of as last_index_of
from .contents import to_string as to_string
from .contents import write as write
from .numbers import read_double_be as read_double_be
from .numbers import read_double_le as read_double_le
from .numbers import read_float_be as read_float_be
from .numbers import read_float_le as read_float_le
from .numbers import read_int8 as read_int8
from .numbers import read_int16_be as read_int16_be
from .numbers import read_int16_le as read_int16_le
from .numbers import read_int32_be as read_int32_be
from .numbers import read_int32_le as read_int32_le
from .numbers import read_int64_be as read_int64_be
from .numbers import read_int64_le as read_int64_le
from .numbers import read_int_be as read_int_be
from .numbers import read_int_le as read_int_le
from .numbers import read_uint8 as read_uint8
from .numbers import read_uint16_be as read_uint16_be
from .numbers import read_uint16_le as read_uint16_le
from .numbers import read_uint32_be as read_uint32_be
from .numbers import read_uint32_le as read_uint32_le
from .numbers import read_uint64_be as read_uint64_be
from .numbers import read_uint64_le as read_uint64_le
from .numbers import read_uint_be as read_uint_be
from .numbers import read_uint_le as read_uint_le
from .numbers import write_double_be as write_double_be
from .numbers import write_double_le as write_double_le
from .numbers import write_float_be as write_float_be
from .numbers import write_float_le as write_float_le
from .numbers import write_int8 as write_int8
from .numbers import write_int16_be as write_int16_be
from .numbers import write_int16_le as write_int16_le
from .numbers import write_int32_be as write_int32_be
from .numbers import write_int32_le as write_int32_le
from .numbers import write_int64_be as write_int64_be
from .numbers import write_int64_le as write_int64_le
from .numbers import write_int_be as write_int_be
from .numbers import write_int_le as write_int_le
from .numbers import write_uint8 as write_uint8
from .numbers import write_uint16_be as write_uint16_be
from .numbers import write_uint16_le as write_uint16_le
from .numbers import write_uint32_be as write_uint32_be
from .numbers import write_uint32_le as write_uint32_le
from .numbers import write_uint64_be as write_uint64_be
from .numbers import write_uint64_le as write_uint64_le
from .numbers import write_uint_be as write_uint_be
from .numbers import write_uint_le as write_uint_le

if not TYPE_CHECKING:
    __getattr__ = _of_module(__name__)
