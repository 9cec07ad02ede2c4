"""The examples run, and print what they say they print."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"


def output_of(example: str, *arguments: str) -> list[str]:
    command = [sys.executable, "-W", "error", str(EXAMPLES / example), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout.splitlines()


def squares(last: int) -> list[str]:
    return [str(n * n) for n in range(1, last + 1)]


def test_first_pipe_prints_the_squares_and_holds_the_source_up() -> None:
    lines = output_of("first_pipe.py")
    assert [line for line in lines if line.isdigit()] == squares(10)
    assert lines[-1] == "done"
    waits, goes_on = lines.count("  the source waits"), lines.count("  the source goes on")
    assert waits > 1
    assert goes_on >= waits


def test_the_channel_prints_the_same() -> None:
    assert output_of("same_with_a_channel.py") == [*squares(10), "done"]


def test_gzip_file_writes_what_gunzip_reads(tmp_path: Path) -> None:
    source, packed = tmp_path / "text", tmp_path / "text.gz"
    source.write_bytes(b"back-pressure " * 50_000)
    assert output_of("gzip_file.py", str(source), str(packed)) == []
    assert gzip.decompress(packed.read_bytes()) == source.read_bytes()
    assert packed.stat().st_size < source.stat().st_size / 10


def test_countdown_counts_and_then_lifts_off_or_is_held() -> None:
    command = [sys.executable, "-W", "error", str(EXAMPLES / "countdown.py")]
    with subprocess.Popen([*command, "3"], stdin=-1, stdout=-1, stderr=-1, text=True) as counting:
        assert counting.stdin is not None
        assert counting.stdout is not None
        assert counting.stderr is not None
        # Nothing is typed, and the input stays open.
        assert counting.stdout.read().split() == ["3", "2", "1", "0", "lift-off"]
        assert counting.stderr.read() == ""
    done = subprocess.run(
        [*command, "600"], input="stop\n", capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["600", "held"]
    assert done.stderr == ""
