"""What is read and written without a thread, what is not, and that the loop turns meanwhile."""

from __future__ import annotations

import asyncio
import contextvars
import io
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

from streams2 import fs, promises, run
from streams2.io import page_cache
from streams2.io.answers import answer_soon
from streams2.io.worker import Worker, in_pool

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells what waits")
MIB = 1 << 20


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system whose disks have nothing to do, whatever the tests run on."""
    monkeypatch.setattr(page_cache, "_waiting_for_disk", page_cache._WaitingForDisk())
    monkeypatch.setattr(page_cache, "_room_in_memory", lambda: 1 << 30)
    monkeypatch.setattr(page_cache, "_memory_is_limited", lambda: False)
    monkeypatch.setattr(page_cache, "_space_left", lambda _: 1 << 40)
    monkeypatch.setattr(page_cache, "_copies_to_memory", lambda _: True)
    monkeypatch.setattr(page_cache, "lives_in_memory", lambda *_: False)
    monkeypatch.setattr(page_cache, "_places", {})


@pytest.fixture
def writers(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each write to a file, whether the loop made it."""
    made: list[bool] = []
    write, pwrite = os.write, os.pwrite

    def noting(call: Any) -> Any:
        def noted(fd: int, data: Any, *at: int) -> int:
            if len(data) >= 1000:
                made.append(threading.current_thread() is threading.main_thread())
            count: int = call(fd, data, *at)
            return count

        return noted

    monkeypatch.setattr(os, "write", noting(write))
    monkeypatch.setattr(os, "pwrite", noting(pwrite))
    return made


def write_chunks(path: Any, chunks: int = 3, size: int = 1000, **options: Any) -> None:
    async def main() -> None:
        sink = fs.create_write_stream(path, high_water_mark=1, **options)
        for number in range(chunks):
            if not sink.write(bytes([65 + number]) * size):
                await asyncio.wait_for(_drained(sink), 30)
        sink.end()
        await promises.finished(sink)

    run(main)


def _drained(sink: Any) -> asyncio.Future[None]:
    drained = asyncio.get_running_loop().create_future()
    sink.once("drain", lambda: drained.set_result(None))
    return drained


@linux
@pytest.mark.usefixtures("roomy")
class TestWhoWrites:
    def test_a_new_file(self, writers: list[bool], tmp_path: Path) -> None:
        write_chunks(tmp_path / "new")
        assert writers == [True, True, True]
        assert (tmp_path / "new").read_bytes() == b"A" * 1000 + b"B" * 1000 + b"C" * 1000

    def test_one_that_is_flushed(self, writers: list[bool], tmp_path: Path) -> None:
        write_chunks(tmp_path / "new", flush=True)
        assert writers == [False, False, False]

    @pytest.mark.parametrize("flag", ["O_SYNC", "O_DSYNC"])
    def test_one_that_waits_for_the_disk(
        self, flag: str, writers: list[bool], tmp_path: Path
    ) -> None:
        write_chunks(tmp_path / "new", flags=os.O_WRONLY | os.O_CREAT | getattr(os, flag))
        assert writers == [False, False, False]

    def test_one_that_is_appended_to(self, writers: list[bool], tmp_path: Path) -> None:
        (tmp_path / "old").write_bytes(b"_" * 10)
        write_chunks(tmp_path / "old", flags="a")
        assert writers == [False, True, True]
        assert (tmp_path / "old").stat().st_size == 3010

    @pytest.mark.parametrize("start", [None, 0, 500])
    def test_one_that_is_changed(
        self, start: int | None, writers: list[bool], tmp_path: Path
    ) -> None:
        (tmp_path / "old").write_bytes(b"_" * 1800)
        write_chunks(tmp_path / "old", flags="r+", start=start)
        assert writers == [False, False, True]
        assert (tmp_path / "old").read_bytes()[(start or 0) :] == b"".join(
            letter * 1000 for letter in (b"A", b"B", b"C")
        )

    def test_too_much_at_once(self, writers: list[bool], tmp_path: Path) -> None:
        write_chunks(tmp_path / "new", size=2 * MIB)
        assert writers == [False, False, False]

    @pytest.mark.parametrize("what", ["_copies_to_memory", "_memory_is_limited"])
    def test_where_the_system_may_let_one_wait(
        self, what: str, writers: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(page_cache, what, lambda *_: what == "_memory_is_limited")
        write_chunks(tmp_path / "new")
        assert writers == [False, False, False]

    def test_when_too_much_waits_for_the_disk(
        self, writers: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(page_cache, "_room_in_memory", lambda: 2500)
        monkeypatch.setattr(page_cache, "_LOOK_EVERY", 1000)
        monkeypatch.setattr(page_cache, "_LOOK_AGAIN", 1000)
        write_chunks(tmp_path / "new", chunks=2)
        monkeypatch.setattr(page_cache, "_room_in_memory", lambda: 0)
        write_chunks(tmp_path / "new")
        assert writers == [True, True, False, False, False]

    def test_where_little_space_is_left(
        self, writers: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(page_cache, "_space_left", lambda _: 1 << 30)
        write_chunks(tmp_path / "new")
        assert writers == [False, False, False]

    def test_devices(self, writers: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(page_cache, "_room_in_memory", lambda: 0)
        write_chunks("/dev/null", size=2 * MIB)
        assert writers == [True, True, True]

    def test_a_full_device_is_an_error(self) -> None:
        with pytest.raises(OSError, match=r"ENOSPC|No space"):
            write_chunks("/dev/full")

    def test_a_file_system_that_was_slow(
        self, writers: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waits = iter(range(1000))
        monkeypatch.setattr(page_cache, "_LONG", -1)
        monkeypatch.setattr(page_cache, "_times_waited", lambda: next(waits))
        monkeypatch.setattr(page_cache, "_LEAST_DETOUR", 2000)
        write_chunks(tmp_path / "one", chunks=4)
        # The next file is on the same disk; and the second time it is twice as long.
        write_chunks(tmp_path / "two", chunks=5)
        assert writers == [True, False, False, True, False, False, False, False, True]

    def test_who_only_had_to_wait_for_the_processor(
        self, writers: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(page_cache, "_LONG", -1)
        monkeypatch.setattr(page_cache, "_times_waited", lambda: 7)
        write_chunks(tmp_path / "one")
        assert writers == [True, True, True]


@linux
class TestWhatLinuxTells:
    def test_its_figures_can_be_read(self) -> None:
        assert isinstance(page_cache._room_in_memory(), int)

    @pytest.mark.parametrize(
        ("dirty", "writeback", "room"),
        [(0, 0, 75), (70, 0, 5), (70, 5, 0), (90, 0, -15), (0, 5000, 0)],
    )
    def test_its_figures_are_understood(
        self, dirty: int, writeback: int, room: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        figures = (
            f"nr_dirty {dirty}\nnr_writeback {writeback}\n"
            "nr_dirty_threshold 100\nnr_dirty_background_threshold 50\n"
        )
        monkeypatch.setattr("builtins.open", lambda *_: io.BytesIO(figures.encode()))
        assert page_cache._room_in_memory() == room * os.sysconf("SC_PAGE_SIZE")

    def test_the_kind_of_a_file_system(self, tmp_path: Path) -> None:
        with open("/proc/self/status", "rb") as file:
            assert not page_cache._copies_to_memory(file.fileno())
        with open("/dev/shm/streams2-test", "wb") as file:
            os.unlink("/dev/shm/streams2-test")
            assert page_cache._copies_to_memory(file.fileno())
        assert not page_cache._copies_to_memory(-1)

    @pytest.mark.parametrize(
        ("text", "is_limit"),
        [("max\n", False), ("1073741824\n", True), ("9223372036854771712\n", False), ("", False)],
    )
    def test_a_limit(self, text: str, is_limit: bool, tmp_path: Path) -> None:
        (tmp_path / "memory.max").write_text(text)
        assert page_cache._is_limit(str(tmp_path / "memory.max")) is is_limit
        assert not page_cache._is_limit(str(tmp_path / "none"))


# -- turns of the loop ----------------------------------------------------------------------------


def test_a_call_that_a_listener_asks_for_comes_before_the_next_chunk(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(bytes(50))
    events: list[str] = []

    def main() -> None:
        def chunk(_: bytes) -> None:
            events.append("chunk")
            asyncio.get_running_loop().call_soon(events.append, "call")

        fs.create_read_stream(tmp_path / "in", high_water_mark=10).on("data", chunk)

    run(main)
    assert events == ["chunk", "call"] * 5


@pytest.mark.parametrize("runner", [run, lambda main: asyncio.run(main())])
def test_the_loop_turns_during_a_copy(runner: Any, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(bytes(200 * 1000))
    read_by_turn = [0]

    async def main() -> None:
        source = fs.create_read_stream(tmp_path / "in", high_water_mark=1000)
        sink = source.pipe(fs.create_write_stream("/dev/null", high_water_mark=1000))
        over = promises.finished(sink)
        task = asyncio.ensure_future(over)
        while not task.done():
            read_by_turn.append(source.bytes_read)
            await asyncio.sleep(0)

    runner(main)
    steps = [later - sooner for sooner, later in zip(read_by_turn, read_by_turn[1:])]
    assert max(steps) <= 32 * 1000


def test_answers_are_given_in_order_each_in_its_context() -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="?")
    given: list[tuple[int, str]] = []

    async def main() -> None:
        for number in range(100):
            context = contextvars.copy_context()
            context.run(name.set, str(number))
            context.run(answer_soon, lambda number=number: given.append((number, name.get())))
        assert given == []
        while len(given) < 100:
            await asyncio.sleep(0)

    run(main)
    assert given == [(number, str(number)) for number in range(100)]


def test_an_answer_that_fails_does_not_keep_the_others() -> None:
    given: list[str] = []

    def fail() -> None:
        raise KeyError("failed")

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: given.append(repr(context["exception"]))
        )
        answer_soon(fail)
        answer_soon(given.append, "answered")
        for _ in range(5):
            await asyncio.sleep(0)

    asyncio.run(main())
    assert given == ["KeyError('failed')", "answered"]


# -- the thread -----------------------------------------------------------------------------------


def test_a_worker_keeps_the_order_and_its_thread() -> None:
    answers: list[Any] = []

    async def main() -> None:
        worker = Worker()
        done = asyncio.get_running_loop().create_future()
        for number in range(50):
            worker(lambda *outcome: answers.append(outcome), lambda n=number: n)
        worker(lambda *_: done.set_result(None), threading.get_ident)
        await done

    run(main)
    assert answers == [(None, number) for number in range(50)]


def test_a_worker_goes_to_work_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when its share was used up, or it had left, when more came."""
    from streams2.io import worker as module

    monkeypatch.setattr(module, "_SHARE", 0.0001)
    monkeypatch.setattr(module, "_LINGER", 0.0001)
    answers: list[Any] = []

    async def main() -> None:
        worker = Worker()
        for number in range(200):
            done = asyncio.get_running_loop().create_future()
            worker(lambda *outcome, done=done: done.set_result(outcome), int, str(number))
            answers.append(await asyncio.wait_for(done, 30))
            if number % 10 == 0:
                await asyncio.sleep(0.001)

    run(main)
    assert answers == [(None, number) for number in range(200)]


def test_what_a_worker_is_told_of_a_failure() -> None:
    answers: list[Any] = []

    def fail() -> None:
        raise OSError(5, "broken")

    run(lambda: Worker()(lambda *outcome: answers.append(outcome), fail))
    assert [(type(error), result) for error, result in answers] == [(OSError, None)]


def test_calls_that_have_nothing_to_do_with_each_other_are_made_side_by_side() -> None:
    together = threading.Barrier(3)
    given: list[tuple[Any, Any]] = []

    def main() -> None:
        for number in range(3):
            in_pool(lambda *answer: given.append(answer), _meet, together, number)

    run(main)
    assert sorted(result for _, result in given) == [0, 1, 2]
    assert [error for error, _ in given] == [None] * 3


def _meet(together: threading.Barrier, number: int) -> int:
    together.wait(30)
    return number


def test_where_no_thread_can_be_started_the_call_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[Any, Any]] = []

    def refuse(*_: Any) -> Any:
        raise RuntimeError("can't start new thread")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "run_in_executor", refuse)
        in_pool(lambda *answer: given.append(answer), os.getpid)
        in_pool(lambda *answer: given.append(answer), os.getpid)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        monkeypatch.undo()
        in_pool(lambda *answer: given.append(answer), os.getpid)
        while len(given) < 3:
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(main(), 30))
    assert [str(error) for error, _ in given[:2]] == ["can't start new thread"] * 2
    assert given[2] == (None, os.getpid())


@pytest.mark.slow
def test_threads_that_wait_for_the_same_work_all_leave(tmp_path: Path) -> None:
    """Two of a pool's threads are free at the same moment, and one is quicker than the other."""
    (tmp_path / "in").write_bytes(b"streams")
    program = textwrap.dedent(
        """
        import sys
        from streams2 import fs, run
        source, copy = sys.argv[1:]
        for _ in range(600):
            run(lambda: fs.create_read_stream(source).pipe(fs.create_write_stream(copy)))
        """
    )
    command = [sys.executable, "-c", program, str(tmp_path / "in"), str(tmp_path / "out")]
    subprocess.run(command, check=True, timeout=180)
    assert (tmp_path / "out").read_bytes() == b"streams"
