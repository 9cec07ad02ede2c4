"""How much memory a process occupies."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

__all__ = ["resident"]


def resident(pid: int | str = "self") -> int:
    """In bytes. Where that is not told: at most, so far, and of others nothing."""
    try:
        statm = Path(f"/proc/{pid}/statm").read_text()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if pid == "self" else 0
        return most if sys.platform == "darwin" else most * 1024
    return int(statm.split()[1]) * resource.getpagesize()
