"""The overloaded server: what each form holds, whom it turns away, and what the books say."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from examples.overload import drive, rate, show
from examples.overload.authentication import UNWANTED, Authentication
from examples.overload.books import Account, account, percentile
from examples.overload.drive import Ordeal, Reading, Service
from examples.overload.gauge import Gauge, resident
from examples.overload.load import GAVE_UP, REFUSED, SERVED, Visit, arrivals, load
from examples.overload.moments import Crowd, Waits, crowds, learnt_by_second, waits_by_second
from examples.overload.picture import PAUSE, plot, starts
from examples.overload.server import BACKLOG, FORMS
from examples.overload.web import Conversation

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
REQUEST = b"POST / HTTP/1.1\r\nhost: here\r\nauthorization: %s\r\ncontent-length: 3\r\n\r\nabc"
TOO_MANY = 60

every_form = pytest.mark.parametrize("form", FORMS)


class Judge:
    """An authentication service that looks at nobody until it is told to."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.may_answer = asyncio.Event()
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = (await reader.readline()).strip()
        self.asked.append(name)
        await self.may_answer.wait()
        writer.write(b"no\n" if name == UNWANTED else b"yes\n")
        writer.close()


class Server:
    """One of the forms, in its own process, as the example runs it."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.port = port
        self._process = process
        self._readings: asyncio.Queue[int] = asyncio.Queue()
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self._readings.put_nowait(int(line.split()[0]))

    async def held(self) -> int:
        """How many requests it holds now, says its gauge."""
        while not self._readings.empty():
            self._readings.get_nowait()
        return await self._readings.get()

    async def held_for_good(self) -> int:
        """The number of requests that it holds when it has held as many for some readings."""
        readings = [await self.held() for _ in range(8)]
        while len(set(readings[-8:])) > 1:
            readings.append(await self.held())
        return readings[-1]

    async def stop(self) -> None:
        self._process.kill()
        await self._process.wait()
        await self._reading


@asynccontextmanager
async def serving(form: str) -> AsyncIterator[tuple[Server, Judge]]:
    judge = Judge()
    service = await asyncio.start_server(judge.answer, "127.0.0.1", 0, backlog=4096)
    judge.port = service.sockets[0].getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "examples.overload.server", form, str(judge.port)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    server = Server(process, int(await process.stdout.readline()))
    try:
        yield server, judge
    finally:
        await server.stop()
        service.close()
        await service.wait_closed()


async def come(port: int, name: bytes = b"alice") -> tuple[asyncio.StreamReader, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST % name)
    return reader, writer


async def answers_of(visitors: list[tuple[asyncio.StreamReader, Any]]) -> list[bytes]:
    answers = []
    for reader, writer in visitors:
        answers.append((await reader.read()).split(b"\r\n")[0])
        writer.close()
    return answers


@every_form
def test_who_may_come_in_and_who_may_not(form: str) -> None:
    async def main() -> list[bytes]:
        async with serving(form) as (server, judge):
            judge.may_answer.set()
            return await answers_of([await come(server.port, n) for n in (b"alice", UNWANTED)])

    assert asyncio.run(main()) == [b"HTTP/1.1 200 OK", b"HTTP/1.1 403 Forbidden"]


@every_form
def test_who_talks_nonsense_or_leaves_does_no_harm(form: str) -> None:
    async def main() -> list[bytes]:
        async with serving(form) as (server, judge):
            judge.may_answer.set()
            for said in (b"", b"POST / HT", b"hello\r\n\r\n", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"):
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
                writer.write(said)
                writer.write_eof()
                assert await reader.read() == b""
                writer.close()
            return await answers_of([await come(server.port)])

    assert asyncio.run(main()) == [b"HTTP/1.1 200 OK"]


@pytest.mark.parametrize("form", ["threads", "streams", "channels"])
def test_no_more_is_held_than_the_bound_and_all_that_connected_are_served(form: str) -> None:
    bound = FORMS[form].BOUND

    async def main() -> tuple[int, list[bytes]]:
        async with serving(form) as (server, judge):
            visitors = [await come(server.port) for _ in range(bound + BACKLOG)]
            held = await server.held_for_good()
            judge.may_answer.set()
            return held, await answers_of(visitors)

    held, answers = asyncio.run(main())
    assert held == bound
    assert answers == [b"HTTP/1.1 200 OK"] * (bound + BACKLOG)


def test_unbounded_holds_all_who_come() -> None:
    async def main() -> tuple[int, list[bytes]]:
        async with serving("unbounded") as (server, judge):
            visitors = [await come(server.port) for _ in range(TOO_MANY)]
            held = await server.held_for_good()
            judge.may_answer.set()
            return held, await answers_of(visitors)

    assert asyncio.run(main()) == (TOO_MANY, [b"HTTP/1.1 200 OK"] * TOO_MANY)


def test_capped_tells_those_who_are_too_many() -> None:
    cap = FORMS["capped"].CAP

    async def main() -> tuple[list[bytes], list[bytes]]:
        async with serving("capped") as (server, judge):
            inside = [await come(server.port) for _ in range(cap)]
            while len(judge.asked) < cap:
                await server.held()
            refused = await answers_of([await come(server.port) for _ in range(TOO_MANY - cap)])
            assert await server.held_for_good() == cap
            judge.may_answer.set()
            return await answers_of(inside), refused

    served, refused = asyncio.run(main())
    assert served == [b"HTTP/1.1 200 OK"] * cap
    assert refused == [b"HTTP/1.1 503 Service Unavailable"] * (TOO_MANY - cap)


# -- parts --------------------------------------------------------------------------------------


def test_a_request_may_come_in_pieces() -> None:
    whole = REQUEST % b"bob"
    for size in (1, 7, len(whole)):
        conversation = Conversation()
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        heard = [conversation.receive(piece) for piece in pieces]
        assert heard == [None] * (len(pieces) - 1) + [b"bob"]


def test_a_gauge_tells_the_most_since_it_was_read() -> None:
    gauge = Gauge()
    for _ in range(3):
        gauge.entered()
    gauge.left()
    assert (gauge.read(), gauge.read()) == (3, 2)
    gauge.left()
    gauge.left()
    assert (gauge.read(), gauge.read()) == (2, 0)


def test_a_gauge_is_reported_in_whole_lines_even_without_a_buffer() -> None:
    program = "import time; from examples.overload.gauge import *; report(Gauge()); time.sleep(60)"
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)  # a packet for a write
    with (
        ours,
        subprocess.Popen([sys.executable, "-u", "-c", program], cwd=ROOT, stdout=theirs) as server,
    ):
        theirs.close()
        written = ours.recv(100)
        server.terminate()
    assert re.fullmatch(rb"0 \d+\n", written)


def test_memory_is_measured() -> None:
    before = resident()
    assert before > 1_000_000
    ballast = bytearray(b"x" * 50_000_000)
    assert resident() - before > 40_000_000
    assert ballast


def test_people_come_independently_of_each_other_and_the_same_for_all() -> None:
    times = arrivals(100, 50, seed=1)
    assert times == arrivals(100, 50, seed=1) == sorted(times)
    assert times != arrivals(100, 50, seed=2)
    assert 4500 < len(times) < 5500
    assert 0 < times[0] < times[-1] < 50
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    longer_than_the_mean = sum(gap > 0.01 for gap in gaps) / len(gaps)
    assert 0.33 < longer_than_the_mean < 0.40  # 1/e, as of an exponential distribution


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([], 50, None), ([3.0], 99, 3.0), ([1.0, 2.0, 3.0], 50, 2.0), ([0.0, 100.0], 95, 95.0)],
)
def test_percentiles(values: list[float], percent: int, expected: float | None) -> None:
    assert percentile(values, percent) == expected


def an_ordeal() -> Ordeal:
    visits = [Visit(n / 10, SERVED, 0.1 + n / 100) for n in range(80)]
    visits += [Visit(1.0, REFUSED, 0.01), Visit(2.0, GAVE_UP, 1.0), Visit(7.9, GAVE_UP, 1.0)]
    readings = [
        Reading(0.0, 0, 10_000_000),
        Reading(4.0, 9, 30_000_000),
        Reading(8.0, 2, 20_000_000),
    ]
    return Ordeal("unbounded", 10.0, 8.0, visits, readings)


def test_the_books() -> None:
    found = account(an_ordeal())
    assert (found.form, found.rate, found.most_held, found.memory) == (
        *("unbounded", 10.0, 9),
        20_000_000,
    )
    assert found.served == pytest.approx(72 / 8)  # Eight came too late to be served in time.
    assert (found.refused, found.gave_up) == (1 / 8, 2 / 8)
    assert found.p50 == pytest.approx(0.495)
    assert found.early == pytest.approx(0.195)
    assert found.late == pytest.approx(0.795)


def test_the_books_of_a_server_that_serves_nobody() -> None:
    found = account(Ordeal("threads", 1.0, 1.0, [Visit(0.5, GAVE_UP, 0.1)], []))
    assert (found.served, found.gave_up, found.p50, found.memory) == (0, 1, None, 0)
    assert show.verdict(found) == "serves nobody in the end"


def test_the_verdict_says_who_pays() -> None:
    found = account(an_ordeal())
    assert show.verdict(found).startswith("the wait climbs: 195ms at first, 795ms at last; nobody")
    flat = Account("capped", 9, 5, 3, 1, 0.1, 0.1, 0.1, 0.1, 0.15, 5, 0)
    verdict = " ".join(show.verdict(flat).split())
    assert verdict == (
        "the wait stays flat: 100ms at first, 150ms at last; "
        "3 a second are too many: each is told so"
    )


def test_who_waits_where_at_each_moment() -> None:
    visits = [
        Visit(0.0, SERVED, 2.5, connecting=0.1),
        Visit(0.5, SERVED, 3.0, connecting=0.1),
        Visit(0.6, REFUSED, 0.1, connecting=0.05),
        Visit(0.9, SERVED, 3.0, connecting=0.8),
        Visit(0.95, GAVE_UP, 1.0),
    ]
    readings = [Reading(at, held, 0) for at, held in ((0.05, 0), (1.0, 1), (1.8, 1), (2.0, 1))]
    readings += [Reading(3.0, 2, 0), Reading(5.0, 0, 0)]
    assert crowds(Ordeal("streams", 1, 1, visits, readings)) == [
        Crowd(0.05, held=0, backlog=0, connecting=1),
        Crowd(1.0, held=1, backlog=1, connecting=2),
        Crowd(1.8, held=1, backlog=2, connecting=1),
        Crowd(2.0, held=1, backlog=2, connecting=0),
        Crowd(3.0, held=2, backlog=0, connecting=0),
        Crowd(5.0, held=0, backlog=0, connecting=0),
    ]


def test_nobody_waits_less_than_not_at_all_in_the_backlog() -> None:
    """The server tells the most that it held of late: more than there are people by now."""
    ordeal = Ordeal("capped", 1, 1, [Visit(0.0, SERVED, 0.5, 0.1)], [Reading(0.6, 1, 0)])
    assert crowds(ordeal) == [Crowd(0.6, held=1, backlog=0, connecting=0)]


def test_each_second_has_percentiles_of_those_served_in_it() -> None:
    visits = [Visit(1.0, SERVED, n / 1000) for n in range(101)]
    visits += [Visit(0.9, SERVED, 2.2), Visit(0.1, GAVE_UP, 1.0), Visit(1.5, REFUSED, 0.001)]
    found = waits_by_second(Ordeal("threads", 1, 1, visits, []))
    assert [waits.second for waits in found] == [1, 3]  # Nobody was served in between.
    assert (found[0].p50, found[0].p95, found[0].p99) == pytest.approx((0.05, 0.095, 0.099))
    assert found[1] == Waits(3, 2.2, 2.2, 2.2)


def test_each_second_tells_who_learnt_what_in_it() -> None:
    visits = [Visit(0.1, SERVED, 0.5), Visit(0.9, SERVED, 0.2), Visit(1.9, GAVE_UP, 1.0)]
    ordeal = Ordeal("threads", 1, 1, visits, [])
    assert learnt_by_second(ordeal, SERVED) == [1, 1, 0]
    assert learnt_by_second(ordeal, REFUSED) == [0, 0, 0]
    assert learnt_by_second(ordeal, GAVE_UP) == [0, 0, 1]


def test_a_load_is_drawn_after_all_are_done_with_the_one_before() -> None:
    ordeals = [
        Ordeal(form, rate, 1, [Visit(0.9, SERVED, wait)])
        for rate in (60, 200)
        for form, wait in (("threads", 0.2), ("unbounded", 1.5))
    ]
    assert starts(ordeals) == {60: 0, 200: 3 + PAUSE}


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="there is no matplotlib for PyPy")
def test_a_load_to_which_nobody_came_can_be_drawn(tmp_path: Path) -> None:
    plot([Ordeal("capped", 1, 1)], 1, tmp_path / "nobody.svg")
    assert "</svg>" in (tmp_path / "nobody.svg").read_text("utf-8")


def test_a_visit_tells_how_long_it_took_to_connect() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
        writer.close()

    async def main() -> list[Visit]:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        (heard,) = await load(port, [0.0], patience=5.0)
        server.close()
        await server.wait_closed()
        (in_vain,) = await load(port, [0.0], patience=5.0)
        return [heard, in_vain]

    heard, in_vain = asyncio.run(main())
    assert heard.outcome == REFUSED
    assert heard.connecting is not None
    assert 0 < heard.connecting <= heard.seconds
    assert (in_vain.outcome, in_vain.connecting) == (GAVE_UP, None)


def test_one_command_drives_all_and_prints_a_table_of_80_columns(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "examples.overload", "--seconds", "0.4", "--service-time"]
    # Whatever the machine has to do meanwhile.
    command += ["0.01", "--patience", "0.2", "--tolerance", "1"]
    picture = tmp_path / "overload.svg"
    if sys.implementation.name == "cpython":
        command += ["--plot", str(picture)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    assert max(map(len, done.stdout.splitlines())) <= 80
    for form in FORMS:
        assert len(re.findall(rf"^{form} ", done.stdout, re.MULTILINE)) == 3
    if sys.implementation.name == "cpython":
        assert "</svg>" in picture.read_text("utf-8")
        assert "--plot" not in done.stdout


def test_from_a_busy_machine_no_lesson_is_drawn() -> None:
    # A service that sleeps is never as fast as it should be: with no tolerance, that is too slow.
    command = [sys.executable, "-m", "examples.overload", "--seconds", "0.2", "--service-time"]
    command += ["0.01", "--patience", "0.2", "--forms", "capped", "--tolerance", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert len(re.findall("^capped ", done.stdout, re.MULTILINE)) == 2  # The table, and no verdict.
    assert "this machine was busy: alone, the service answered" in done.stdout
    assert "it should\nanswer 500." in done.stdout
    assert "no lesson can be" in done.stdout


def test_the_service_is_measured() -> None:
    # No faster than it can be; what is slower than that is the machine's affair.
    assert 0 < rate.measured(Service(4, 0.02), seconds=0.2) <= 200
    assert rate.why_no_lesson(100, [95, 90], 0.1) is None
    assert "answered 89 a second" in (rate.why_no_lesson(100, [95, 89, 99], 0.1) or "")


def test_without_a_picture_the_last_line_says_how_to_get_one() -> None:
    command = [sys.executable, "-m", "examples.overload", "--seconds", "0.2", "--service-time"]
    command += ["0.01", "--patience", "0.2", "--forms", "capped"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "--plot overload.png" in done.stdout.splitlines()[-1]


def test_nobody_is_forgotten() -> None:
    command = [sys.executable, "-m", "examples.overload", "--seconds", "0.5", "--service-time"]
    command += ["0.01", "--below", "0.2", "--above", "0.4", "--json", "--forms", "streams"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["capacity"] == 500
    assert [server["rate"] for server in found["servers"]] == [100, 200]
    ordeal = drive.drive("streams", Service(2, 0.005), 100, 0.5, 5.0)
    assert [visit.outcome for visit in ordeal.visits] == [SERVED] * len(
        arrivals(100, 0.5, drive.SEED)
    )


def test_what_does_not_start_is_told() -> None:
    didnt_start = pytest.raises(RuntimeError, match=r"did not start: .*no_such_module")
    with drive.running("no_such_module") as process, didnt_start:
        drive.first_line(process)


def test_a_service_that_is_gone_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(Authentication(port).allows(b"alice"))
