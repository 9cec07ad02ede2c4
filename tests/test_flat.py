"""Memory stays what it is, however much flows: file, pipe, file; and through gzip."""

from __future__ import annotations

import os
import sys

import pytest

from benchmarks.flat import ours

MIB = 1 << 20
# The long run: STREAMS2_FLAT=4096 copies 4 GiB where the quick one copies 96 MiB.
LARGE = int(os.environ.get("STREAMS2_FLAT", "96")) * MIB


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.host
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells what was resident")
@pytest.mark.parametrize("way", ["nowhere", "pipe", "gzip"])
def test_many_times_as_much_holds_no_more(way: str) -> None:
    little, seen = ours(way)(8 * MIB)
    assert seen == 8 * MIB
    much, seen = ours(way)(LARGE)
    assert seen == LARGE
    assert much < little + 6 * MIB
