"""What these tests ask is found by CPython's collector; of PyPy's one learns less."""

from __future__ import annotations

import sys

collect_ignore_glob = ["test_*.py"] if sys.implementation.name == "pypy" else []
