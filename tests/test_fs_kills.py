"""A copy of a file that is killed at any point, in any way, leaves nothing open.

STREAMS2_KILLS=500 for the long run; STREAMS2_SEED for others.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.host,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks into /proc"),
]


def test_whoever_is_killed_leaves_nothing_open() -> None:
    seed, runs = os.environ.get("STREAMS2_SEED", "1"), os.environ.get("STREAMS2_KILLS", "16")
    command = [sys.executable, "-X", "dev", "-W", "error", "-m", "tests.file_kills"]
    command += ["--seed", seed, "--runs", runs]
    # How long something takes on a busy machine is no fault of whoever is killed.
    patient = {**os.environ, "STREAMS2_DEBUG_BLOCKED": "60"}
    killed = subprocess.run(command, capture_output=True, text=True, env=patient)
    assert killed.returncode == 0, killed.stderr
    ends = [line.rpartition(": ")[2] for line in killed.stdout.splitlines()]
    assert sum(map(int, ends)) == int(runs)
