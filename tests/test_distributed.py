"""The example over a broker: its parts, the command, and hosts of which one is cut off."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.distributed import server
from examples.distributed.__main__ import parse
from examples.distributed.figures import Record, Sample, growth, rates, summary
from examples.distributed.roles import Books
from examples.distributed.stage import stage
from streams2 import Readable, Writable, brokers, promises, run
from streams2.brokers import Message

ROOT = Path(__file__).parent.parent
MARK = 32


def numbers(count):
    return [Message(str(n), key="a", id=f"a/{n}") for n in range(count)]


class TestTheStage:
    def test_between_streams_without_a_broker(self):
        squares: list[bytes] = []

        def write(_stream, message, _encoding, callback):
            squares.append(message.data)
            callback()

        async def main():
            sink = Writable(object_mode=True, write=write)
            await promises.pipeline(Readable.from_(numbers(4)), stage(), sink)

        run(main)
        assert squares == [b"0", b"1", b"4", b"9"]

    def test_between_queues_in_one_process(self):
        books = Books()

        async def main():
            async with brokers.connect("memory://") as broker:
                for name in ("work", "done"):
                    await broker.declare(name, lanes=4)
                await promises.pipeline(Readable.from_(numbers(40)), broker.publisher("work"))
                some = broker.subscriber("work").take(40)
                await promises.pipeline(some, stage(), broker.publisher("done"))
                async for message in broker.subscriber("done").take(40):
                    books.enter(message)
                    message.ack()

        run(main)
        assert books.said() == {"done": 40, "duplicates": 0, "disordered": 0, "wrong": 0}


class TestTheBooks:
    @pytest.mark.parametrize(
        ("came", "duplicates", "disordered", "wrong"),
        [
            ([(0, 0), (1, 1), (2, 4)], 0, 0, 0),
            ([(0, 0), (1, 1), (0, 0)], 1, 0, 0),
            ([(1, 1), (0, 0)], 0, 2, 0),
            ([(0, 0), (1, 7)], 0, 0, 1),
        ],
    )
    def test_what_they_say(self, came, duplicates, disordered, wrong):
        books = Books()
        for number, square in came:
            books.enter(Message(str(square), id=f"a/{number}"))
        said = books.said()
        found = said["duplicates"], said["disordered"], said["wrong"]
        assert found == (duplicates, disordered, wrong)


class TestTheFigures:
    def test_rates_are_of_the_last_second(self):
        samples = [Sample(at / 2, {"done": done}) for at, done in enumerate([0, 10, 20, 60, 100])]
        assert rates(samples)[0] == (0.5, 20)
        assert rates(samples)[-1][1] == pytest.approx(80 / 1.5, abs=30)
        assert rates(samples[:1]) == []

    def test_growth_leaves_the_beginning_out(self):
        memory = [1, 50, 60, 61, 62, 65]
        assert growth([Sample(at, {"memory": held}) for at, held in enumerate(memory)]) == 5

    def test_a_worker_that_never_spoke(self):
        record = Record(10, 4, samples={"worker-1": []}, produced=7)
        assert "7 messages sent, 0 arrived, 7 lost" in summary(record)


class TestTheCommand:
    def test_what_it_is_told(self):
        options = parse(["--broker", "redis", "--workers", "2", "--slow", "0.5"])
        assert (options.broker, options.workers, options.slow) == ("redis", 2, 0.5)

    @pytest.mark.parametrize("words", [["--workers", "0"], ["--slow", "0"], ["--broker", "x"]])
    def test_what_it_does_not_take(self, words, capsys):
        with pytest.raises(SystemExit):
            parse(words)
        assert words[0] in capsys.readouterr().err

    @pytest.mark.parametrize("kind", ["nats", "redis"])
    def test_a_server_that_is_not_there(self, kind, monkeypatch):
        monkeypatch.setattr(server.shutil, "which", lambda _name, **_where: None)
        with pytest.raises(SystemExit, match=f"There is no {kind}-server here.*apt install"):
            server.find(kind)


@pytest.mark.slow
@pytest.mark.host
@pytest.mark.once
def test_the_command(tmp_path):
    if shutil.which("nats-server") is None:
        pytest.skip("needs nats-server")
    picture = tmp_path / "distributed.png"
    command = [sys.executable, "-m", "examples.distributed", "--seconds", "6", "--limit", "100"]
    done = subprocess.run(
        [*command, "--plot", str(picture)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    first, second, *_ = done.stdout.splitlines()
    assert ", 0 lost" in first, done.stdout
    assert second == "0 came twice, 0 out of order, 0 wrong"
    assert "done      at most 100 of 100 messages" in done.stdout
    grown = [line.split() for line in done.stdout.splitlines() if "since it began" in line]
    assert {line[0] for line in grown} >= {"producer", "worker-2", "worker-4", "consumer", "broker"}
    for name, *_, by, _unit, _since, _it, _began in grown:
        if name != "worker-4":
            assert float(by) < 8, done.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")


class Hosts:
    """Network namespaces with addresses of their own, on one bridge in a namespace of its own."""

    NAMES = ("broker", "producer", "worker-1", "worker-2", "consumer")

    def __init__(self) -> None:
        self.prefix = f"s{os.getpid()}"
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.said: dict[str, list[dict[str, Any]]] = {}
        self.news: queue.Queue[None] = queue.Queue()
        self.threads: list[threading.Thread] = []

    def ip(self, *words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    def space(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def make(self) -> None:
        switch = self.space("switch")
        self.ip("netns", "add", switch)
        self.ip("-n", switch, "link", "add", "bridge", "type", "bridge")
        self.ip("-n", switch, "link", "set", "bridge", "up")
        for number, name in enumerate(self.NAMES, 1):
            space = self.space(name)
            self.ip("netns", "add", space)
            peer = ("peer", "name", "eth0", "netns", space)
            self.ip("-n", switch, "link", "add", f"port{number}", "type", "veth", *peer)
            self.ip("-n", switch, "link", "set", f"port{number}", "master", "bridge", "up")
            self.ip("-n", space, "addr", "add", f"10.77.0.{number}/24", "dev", "eth0")
            self.ip("-n", space, "link", "set", "lo", "up")
            self.ip("-n", space, "link", "set", "eth0", "up")

    def cable(self, name: str, how: str) -> None:
        port = f"port{self.NAMES.index(name) + 1}"
        self.ip("-n", self.space("switch"), "link", "set", port, how)

    def start(self, name: str, *command: str) -> None:
        self.processes[name] = process = subprocess.Popen(
            ["ip", "netns", "exec", self.space(name), *command],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if name == "broker" else None,
            text=True,
        )
        if name != "broker":
            said = self.said[name] = []
            thread = threading.Thread(target=self.hear, args=(process, said))
            self.threads.append(thread)
            thread.start()

    def hear(self, process: subprocess.Popen[str], said: list[dict[str, Any]]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(json.loads(line))
            self.news.put(None)

    def role(self, name: str, *options: str) -> None:
        role = name.partition("-")[0]
        command = [sys.executable, "-m", "examples.distributed.roles", role]
        self.start(name, *command, "nats://10.77.0.1:4222", "--mark", str(MARK), *options)

    def until(self, name: str, condition) -> dict[str, Any]:
        while not (self.said[name] and condition(self.said[name][-1])):
            assert self.processes[name].poll() in (None, 0), f"{name} has failed"
            self.news.get(timeout=30)
        return self.said[name][-1]

    def tell(self, name: str, line: str) -> None:
        stdin = self.processes[name].stdin
        assert stdin is not None
        stdin.write(line + "\n")
        stdin.flush()

    def remove(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()
        for thread in self.threads:
            thread.join()
        for process in self.processes.values():
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        for name in ("switch", *self.NAMES):
            subprocess.run(["ip", "netns", "del", self.space(name)], capture_output=True)


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    if shutil.which("ip") is None or shutil.which("nats-server") is None:
        pytest.skip("needs iproute2 and nats-server")
    if os.geteuid() != 0:
        pytest.skip("needs to be root, to make network namespaces")
    made = Hosts()
    try:
        made.make()
        yield made
    finally:
        made.remove()


DECLARE = """
import sys
from streams2 import brokers, run

async def main():
    async with brokers.connect(sys.argv[1]) as broker:
        for name in ("work", "done"):
            await broker.declare(name, limit=300, lanes=16, ack_wait=1000)

run(main)
"""


@pytest.mark.slow
@pytest.mark.host
@pytest.mark.once
@pytest.mark.parametrize(("total", "comes_back"), [(3000, False), (6000, True)])
def test_a_host_that_is_cut_off(hosts, tmp_path, total, comes_back):
    reachable = "nats://10.77.0.1:4222"
    program = shutil.which("nats-server") or ""
    hosts.start("broker", *server.command("nats", program, "10.77.0.1", 4222, tmp_path))
    declare = ["ip", "netns", "exec", hosts.space("producer"), sys.executable, "-c", DECLARE]
    subprocess.run([*declare, reachable], cwd=ROOT, check=True)
    hosts.role("consumer", "--rate", "600")
    hosts.role("worker-1")
    hosts.role("worker-2")
    hosts.role("producer", "--rate", "600", "--messages", str(total))
    hosts.until("worker-1", lambda said: said["done"] > 200)
    hosts.cable("worker-1", "down")
    before = hosts.said["worker-2"][-1]["done"]
    hosts.until("worker-2", lambda said: said["again"] > 0)
    hosts.until("worker-2", lambda said: said["done"] > before + 200)
    if comes_back:
        then = hosts.said["worker-1"][-1]["done"]
        hosts.cable("worker-1", "up")
        hosts.until("worker-1", lambda said: said["done"] > then + 200)
    hosts.until("producer", lambda said: "total" in said)
    hosts.tell("consumer", f"total {total}")
    end = hosts.until("consumer", lambda said: "end" in said)
    assert {name: end[name] for name in ("done", "disordered", "wrong")} == {
        "done": total,
        "disordered": 0,
        "wrong": 0,
    }
    again = sum(hosts.said[name][-1]["again"] for name in ("worker-1", "worker-2"))
    # What was in the hands of the one that was cut off, and nothing else.
    assert 0 < again <= 2 * MARK
    assert end["duplicates"] <= again
