"""Between streams and channels: the two ways to push back, joined.

- `values`: how values cross.
- `ends`: how ends cross: good ones, bad ones, early ones.

Not here: anything that only one of the two needs.
"""

from .values import channel_from_readable as channel_from_readable
from .values import channel_from_writable as channel_from_writable
from .values import readable_from_channel as readable_from_channel
from .values import writable_from_channel as writable_from_channel
