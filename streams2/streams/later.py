"""Modules that are imported when something of them is first asked for.

>>> json = Later("json")
>>> json.dumps(1)
'1'

Few programs need every way to make a stream, or to read one. To import them all takes as long as
the rest of the library.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["Later"]


class Later:
    """A module that is imported late. To a type checker, it is the module itself.

    Args:
        name: its name.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)
