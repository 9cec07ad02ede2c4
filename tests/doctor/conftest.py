"""What these tests ask is found by CPython's collector; PyPy's tells less of what refers to what."""

from __future__ import annotations

import sys

collect_ignore_glob = ["test_*.py"] if sys.implementation.name == "pypy" else []
