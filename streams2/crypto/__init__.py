"""Hashes, keyed hashes and ciphers, as streams and call by call.

>>> from streams2 import crypto
>>> crypto.create_hash("sha1").update("hello").digest("hex")
'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d'

- `digests`: `create_hash`, `create_hmac`, `hash_`.
- `ciphers`: `create_cipheriv`, `create_decipheriv`: AES. Needs ``pip install 'streams2[crypto]'``.
- `chance`: `random_bytes`, `timing_safe_equal`.
- `arguments`, `errors`: what may be given, and what goes wrong.

Not here: what is no stream: keys, signatures and certificates are `cryptography`'s.

Node: node:crypto
"""

from typing import TYPE_CHECKING

from ..events.naming import of_module as _of_module
from .chance import random_bytes as random_bytes
from .chance import timing_safe_equal as timing_safe_equal
from .ciphers import Cipheriv as Cipheriv
from .ciphers import Decipheriv as Decipheriv
from .ciphers import create_cipheriv as create_cipheriv
from .ciphers import create_decipheriv as create_decipheriv
from .digests import Hash as Hash
from .digests import Hmac as Hmac
from .digests import create_hash as create_hash
from .digests import create_hmac as create_hmac
from .digests import get_hashes as get_hashes
from .digests import hash_ as hash_

if not TYPE_CHECKING:
    __getattr__ = _of_module(__name__)
