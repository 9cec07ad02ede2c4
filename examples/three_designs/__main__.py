"""python -m examples.three_designs: runs all, and writes docs/three-designs.md anew."""

from __future__ import annotations

from .table import PAGE, filled

if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
