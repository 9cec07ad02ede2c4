"""ChildProcess: another program while it runs, and `spawn`, which starts it.

>>> from streams2 import run
>>> def main():
...     child = spawn("cat")
...     child.stdout.on("data", print)
...     child.on("close", lambda code, signal: print(code, signal))
...     child.stdin.end("hello")
>>> run(main)
b'hello'
0 None

A child that writes faster than its output is read waits, as any program does that writes to a full
pipe. A run goes on until its children have ended.

Node: child_process
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Callable

from ..errors import InvalidArgTypeError
from ..events.abort import AbortSignal, aborted_error, add_abort_listener
from ..events.emitter import EventEmitter
from ..events.naming import by_name
from ..io.system_errors import told
from ..loop.secluded import expect_processes
from ..loop.ticks import next_tick, running_loop
from ..streams.readable import Readable
from .arguments import Environment, Plan, StdioEntry, Text, check_ending
from .launching import launch, raise_spawn_error, spawn_error, tells_later
from .pipes import ChildReadable, ChildWritable, Pipe, open_pipe, stream_of
from .signals import name_of, number_of
from .waiting import Watch

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["ChildProcess", "spawn"]


class ChildProcess(EventEmitter):
    """Another program that runs, or has run. Use `spawn`, `exec_` or `exec_file`.

    It emits ``'spawn'`` when it runs; ``'exit'`` with its exit code and its signal, one of which is
    None, when it has ended; and ``'close'`` with the same when all that it wrote was read, too. One
    that could not be started, or was stopped by a signal of ours, emits ``'error'``.

    Attributes:
        stdin: what it reads, or None if that is no pipe.
        stdout, stderr: what it writes, or None if that is no pipe.
        stdio: the streams of all its descriptors; None for each that is no pipe.
        pid: its number; None if it could not be started.
        spawnfile: the program.
        spawnargs: its arguments, with its own name as the first.
        exit_code: its exit code; None while it runs, or if a signal ended it. One that could not be
            started has the system's error number, below 0.
        signal_code: the name of the signal that ended it, or None.
        killed: whether `kill` has sent it a signal. It may run on.
        connected: always False: it speaks no protocol of Node's.

    Node: child_process.ChildProcess
    """

    stdin: ChildWritable | None = None
    stdout: ChildReadable | None = None
    stderr: ChildReadable | None = None
    connected = False

    exit_code: int | None
    signal_code: str | None

    def __init__(self) -> None:
        super().__init__()
        self.stdio: list[Pipe | None] = []
        self.pid: int | None = None
        self.spawnfile: str | None = None
        self.spawnargs: list[str] = []
        self.exit_code = None
        self.signal_code = None
        self.killed = False
        self._handle: _Running | None = None

    def kill(self, signal: str | int = "SIGTERM") -> bool:
        """Send it a signal. Most programs end; see `killed` and ``'exit'``.

        Args:
            signal: the signal's name or number; 0 only asks whether it is there.

        Returns:
            Whether it was there to get the signal.

        Raises:
            UnknownSignalError: there is no such signal.

        Node: child.kill
        """
        is_zero = isinstance(signal, int) and not isinstance(signal, bool) and signal == 0
        number = 0 if is_zero else number_of(signal)
        handle = self._handle
        if handle is None or not handle.runs:
            return False
        try:
            handle.send(number)
        except ProcessLookupError:
            return False
        except OSError as error:
            self.emit("error", told(error, "kill", on_socket=True))
            return False
        self.killed = True
        return True

    def ref(self) -> None:
        """Let the run wait until it has ended, as at first. Node: child.ref"""
        if self._handle is not None:
            self._handle.set_ref(True)

    def unref(self) -> None:
        """Let the run end before it. Its pipes are other things: they have an `unref`, too.

        Node: child.unref
        """
        if self._handle is not None:
            self._handle.set_ref(False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Send it ``SIGTERM``, unless it was sent a signal before. Node: child[Symbol.dispose]"""
        if not self.killed:
            self.kill()

    def __repr__(self) -> str:
        state = f"exit_code={self.exit_code}, signal_code={self.signal_code!r}"
        return f"<ChildProcess {self.spawnfile!r} pid={self.pid}, {state}>"


class _Running:
    """A child's life, from its start to its last event.

    Attributes:
        child: what its user has of it.
        at_exit: what to do when it has ended, before its user is told.
    """

    def __init__(self, child: ChildProcess) -> None:
        self.child = child
        self.at_exit: list[Callable[[], object]] = []
        self._watch: Watch | None = None
        # Its end, and the end of each of the streams that it writes.
        self._still_open = 1

    @property
    def runs(self) -> bool:
        """Whether it can be sent a signal."""
        return self._watch is not None and not self._watch.over

    def send(self, signal: int) -> None:
        """Send it a signal."""
        assert self._watch is not None
        os.kill(self._watch.process.pid, signal)

    def set_ref(self, ref: bool) -> None:
        """Let the run wait for it, or not."""
        if self._watch is not None:
            (self._watch.ref if ref else self._watch.unref)()

    # -- its start --------------------------------------------------------------------------------

    def start(
        self, plan: Plan, process: subprocess.Popen[bytes] | None, ours: dict[int, int]
    ) -> None:
        """Take over what was started, if it was, and our ends of its pipes."""
        child = self.child
        if process is not None:
            child.pid = process.pid
            self._watch = Watch(process, self._on_end)
            next_tick(child.emit, "spawn")
        child.stdio = [None] * len(plan.stdio)
        for number, fd in ours.items():
            self._adopt(number, stream_of(number, fd))

    def _adopt(self, number: int, stream: Pipe) -> None:
        child = self.child
        child.stdio[number] = stream
        if isinstance(stream, ChildWritable):
            child.stdin = stream
        elif isinstance(stream, ChildReadable):
            if number == 1:
                child.stdout = stream
            else:
                child.stderr = stream
        if number > 0:
            self._still_open += 1
            stream.on("close", self._one_has_closed)

    # -- its end ----------------------------------------------------------------------------------

    def _on_end(self, return_code: int) -> None:
        if return_code < 0:
            self.child.signal_code = name_of(-return_code)
        else:
            self.child.exit_code = return_code
        self._wind_up("exit", self.child.exit_code, self.child.signal_code)

    def fail(self, error: OSError) -> None:
        """It could not be started."""
        self.child.exit_code = -(error.errno or 0)
        self._wind_up("error", error)

    def _wind_up(self, event: str, *args: object) -> None:
        for function in self.at_exit:
            function()
        if self.child.stdin is not None:
            self.child.stdin.destroy()
        try:
            self.child.emit(event, *args)
        finally:
            next_tick(self._let_the_rest_flow)
            self._one_has_closed()

    def _let_the_rest_flow(self) -> None:
        """Read what nobody reads: its end could not come otherwise, and neither could ours."""
        for stream in self.child.stdio:
            if isinstance(stream, Readable) and stream.readable:
                stream.resume()

    def _one_has_closed(self) -> None:
        self._still_open -= 1
        if self._still_open == 0:
            self.child.emit("close", self.child.exit_code, self.child.signal_code)


def start(plan: Plan, shared: Iterable[object]) -> tuple[ChildProcess, _Running]:
    """Start a child.

    Args:
        plan: what to start.
        shared: what else was given for its descriptors: streams of other children, perhaps.
    """
    running_loop()
    child = ChildProcess()
    child.spawnfile, child.spawnargs = plan.file, list(plan.args)
    running = child._handle = _Running(child)
    ours: dict[int, int] = {}
    theirs: dict[int, int] = {}
    process = None
    try:
        for number, entry in enumerate(plan.stdio):
            if entry == "pipe":
                ours[number], theirs[number] = open_pipe(number)
        process = launch(plan, {**_given(plan), **theirs})
    except OSError as error:
        if not tells_later(error):
            _close(ours.values())
            raise_spawn_error(error)
        next_tick(running.fail, spawn_error(error, plan))
    except BaseException:
        # Text that the system has no bytes for, say.
        _close(ours.values())
        raise
    finally:
        _close(theirs.values())
    running.start(plan, process, ours)
    for stream in shared:
        if isinstance(stream, ChildReadable):
            # It is the other child's to read now. Open here as well, it would hide from its writer
            # that nobody reads. In a tick: it may be given to several.
            next_tick(stream.destroy)
    return child, running


def _given(plan: Plan) -> dict[int, int]:
    """The descriptors of ours that a child gets."""
    given = {number: entry for number, entry in enumerate(plan.stdio) if isinstance(entry, int)}
    for number, fd in given.items():
        # One of a stream may be switched to non-blocking, and few programs are prepared for that.
        if number < 3:
            with contextlib.suppress(OSError):  # `launch` tells of one that is closed.
                if not os.get_blocking(fd):
                    os.set_blocking(fd, True)
    return given


def _close(descriptors: Iterable[int]) -> None:
    for fd in descriptors:
        os.close(fd)


def stop_early(
    child: ChildProcess, running: _Running, signal: AbortSignal | None, timeout: int, number: int
) -> None:
    """Send a child a signal when `signal` aborts, or when its time is up."""
    if signal is not None:
        asked_by = signal

        def abort() -> None:
            if child.kill(number):
                child.emit("error", aborted_error(asked_by))

        running.at_exit.append(add_abort_listener(signal, abort))
    if timeout:
        timer = asyncio.get_running_loop().call_later(timeout / 1000, child.kill, number)
        running.at_exit.append(timer.cancel)


@by_name
def spawn(
    command: str,
    args: Sequence[str | bytes | int | float | os.PathLike[str]] | None = None,
    *,
    cwd: Text | None = None,
    env: Environment | None = None,
    argv0: str | None = None,
    stdio: str | Sequence[StdioEntry] | None = None,
    detached: bool = False,
    uid: int | None = None,
    gid: int | None = None,
    shell: bool | str = False,
    signal: AbortSignal | None = None,
    timeout: int | None = None,
    kill_signal: str | int = "SIGTERM",
    windows_hide: bool = False,
) -> ChildProcess:
    """Start a program.

    Args:
        command: the program: a path, or a name to look for in the ``PATH`` of `env`.
        args: its arguments.
        cwd: the directory it runs in (default: ours).
        env: its environment (default: ours). A value of None leaves its name out.
        argv0: what it is told as its own name (default: `command`).
        stdio: what its descriptors are. For each of them in a list, ``"pipe"``: a stream of ours,
            the default for the first three; ``"inherit"``: the same as ours; ``"ignore"``: empty;
            or a descriptor, or a stream or file that has one. A string is for the first three.
        detached: let it lead a session of its own, so that it outlives ours (default False).
        uid, gid: the user and the group to run as.
        shell: run `command` and `args` as a line of a shell: ``/bin/sh``, or the shell that is
            named (default False). Nothing is quoted: never do it with what others have written.
        signal: sends it `kill_signal` when it aborts; ``'error'`` is an `AbortError` then.
        timeout: after how many milliseconds to send it `kill_signal` (default: never).
        kill_signal: the signal's name or number (default ``"SIGTERM"``).
        windows_hide: for ports: there is no console window to hide here.

    Returns:
        The child. One that cannot be found, or not be run, emits ``'error'``, an `OSError` with
        Node's `code`, `syscall`, `path` and `spawnargs`.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        InvalidArgValueError: `command` is empty, `stdio` is not as above, or there is a NUL.
        InvalidSyncForkInputError: an entry of `stdio` is another string.
        OutOfRangeError: `timeout` is below 0.
        UnknownSignalError: there is no such `kill_signal`.
        OSError: what no other try could change: a `cwd` that is no directory, too many arguments, a
            descriptor that is closed.
        FeatureUnavailableOnPlatformError: there are no processes: in a browser, say.
        NoRunningLoopError: no event loop is running.

    Node: child_process.spawn
    """
    expect_processes("child_process.spawn")
    if not isinstance(windows_hide, bool):
        raise InvalidArgTypeError.given("windows_hide", "a bool", windows_hide)
    plan = Plan.of(command, args, cwd, env, argv0, stdio, detached, uid, gid, shell)
    ending = check_ending(signal, timeout, kill_signal)
    child, running = start(plan, stdio if isinstance(stdio, Sequence) else ())
    stop_early(child, running, signal, *ending)
    return child
