"""The type of what the doctor looks at from outside: anybody's streams, their sides and methods.

It replaces methods of every kind of stream by some that take and answer the same, and asks clients
that may not be installed: nothing more precise can be said of either.
"""

from __future__ import annotations

from typing import Any

from typing_extensions import TypeAlias

__all__ = ["Untyped"]

Untyped: TypeAlias = Any
