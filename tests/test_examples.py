"""The examples run, and print what they say they print."""

from __future__ import annotations

import ast
import asyncio
import gzip
import random
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

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


def test_live_numbers_logs_all_and_shows_the_last() -> None:
    assert output_of("live_numbers.py") == [
        "logged 40 of 40",
        "shown fewer, and the last: True",
    ]


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


def test_process_pipeline_prints_the_first_lines_with_numbers(tmp_path: Path) -> None:
    # Far more than the pipes hold: `head` ends long before `sort` has written all.
    words = [f"{n:08}" for n in range(200_000)]
    shuffled = random.Random(1).sample(words, len(words))
    (tmp_path / "words").write_text("\n".join(shuffled) + "\n")
    lines = output_of("process_pipeline.py", str(tmp_path / "words"), "3")
    assert lines == ["     1  00000000", "     2  00000001", "     3  00000002"]
    (tmp_path / "few").write_text("b\na\n")
    assert output_of("process_pipeline.py", str(tmp_path / "few")) == ["     1  a", "     2  b"]
    command = [sys.executable, str(EXAMPLES / "process_pipeline.py"), str(tmp_path / "missing")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2


def test_log_tailer_prints_what_is_added() -> None:
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "log"
        log.write_text("old\nold word\nhalf a")
        command = [sys.executable, "-W", "error", str(EXAMPLES / "log_tailer.py"), str(log), "word"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tailer:
            assert tailer.stdout
            try:
                assert tailer.stdout.readline() == "old word\n"
                with log.open("a") as file:
                    file.write(" word\nnothing\n")
                assert tailer.stdout.readline() == "half a word\n"
                # It is cut short, and begins anew.
                log.write_text("new word\n")
                assert tailer.stdout.readline() == "new word\n"
            finally:
                tailer.send_signal(signal.SIGKILL)


def test_an_old_style_log_is_held_up_and_loses_nothing() -> None:
    lines = output_of("old_style_log.py")
    assert [line for line in lines if "info" in line] == ["info: one", "info: two", "info: three"]
    assert "  held up" in lines


def test_gzip_tree_compresses_every_file(tmp_path: Path) -> None:
    for name in ("a", "b/c", "b/d/e"):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 10_000)
    lines = output_of("gzip_tree.py", str(tmp_path / "tree"))
    assert len(lines) == 3
    packed = sorted((tmp_path / "tree").rglob("*.gz"))
    assert len(packed) == 3
    for path in packed:
        assert gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes()


@pytest.mark.host
def test_tcp_proxy_joins_a_client_and_a_server() -> None:
    sent = b"there and back " * 100_000

    async def talk(to: socketserver.TCPServer) -> bytes:
        command = [sys.executable, "-W", "error", str(EXAMPLES / "tcp_proxy.py")]
        port = str(to.server_address[1])
        proxy = subprocess.Popen([*command, "0", "127.0.0.1", port], stdout=subprocess.PIPE)
        try:
            assert proxy.stdout is not None
            address = ast.literal_eval(proxy.stdout.readline().decode())
            reader, writer = await asyncio.open_connection("127.0.0.1", address["port"])
            writer.write(sent)
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            return answer
        finally:
            proxy.terminate()
            proxy.communicate()

    class Shout(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(self.rfile.read().upper())

    with socketserver.TCPServer(("127.0.0.1", 0), Shout) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            assert asyncio.run(talk(server)) == sent.upper()
        finally:
            server.shutdown()


def test_patch_file_changes_the_middle_and_shows_all(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("hello world")
    assert output_of("patch_file.py", str(path), "6", "there") == ["hello there"]
    assert path.read_text() == "hello there"
