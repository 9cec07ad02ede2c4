"""exec_ and exec_file: run a program, and get all that it wrote at once.

>>> from streams2 import run
>>> def main():
...     exec_("echo hello; exit 3", lambda error, stdout, stderr: print(error.code, repr(stdout)))
>>> run(main)
3 'hello\\n'
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Callable, Union

from ..core.chunks import Chunk
from ..core.encodings import is_encoding
from ..errors import (
    ChildProcessStdioMaxbufferError,
    CommandFailedError,
    InvalidArgTypeError,
    OutOfRangeError,
    expect_function,
    is_number,
)
from ..errors.calling import call
from ..events.abort import AbortSignal
from ..events.listening import CALLED_WITH
from ..events.naming import by_name
from ..loop.secluded import expect_processes
from .arguments import Environment, Text, check_ending
from .child import ChildProcess, spawn
from .pipes import ChildReadable

__all__ = ["ExecCallback", "Output", "exec_", "exec_file"]

Output = Union[str, bytes]
ExecCallback = Callable[..., object]
"""Called with the error or None, and with all of stdout and of stderr: text, or bytes."""

_MOST = 1024 * 1024


class _Collector:
    """What one stream of a child wrote, up to a limit.

    Args:
        name: the stream's.
        stream: the stream, or None if the child has none.
        encoding: to decode it by; None for bytes.
        most: how many bytes to keep.
        too_much: called with the error when there are more.
    """

    def __init__(
        self,
        name: str,
        stream: ChildReadable | None,
        encoding: str | None,
        most: float,
        too_much: Callable[[Exception], object],
    ) -> None:
        self.name, self.stream, self.most, self.too_much = name, stream, most, too_much
        self.chunks: list[Chunk] = []
        self.encoding = encoding
        self.length = 0
        if stream is not None:
            if encoding is not None:
                stream.set_encoding(encoding)
            stream.on("data", self._take)

    def _take(self, chunk: Chunk) -> None:
        before = self.length
        # Counted in bytes and cut in characters, as Node does.
        self.length += len(chunk.encode("utf8", "surrogatepass")) if self.encoding else len(chunk)
        if self.length <= self.most:
            self.chunks.append(chunk)
        else:
            self.chunks.append(chunk[: max(0, int(self.most) - before)])
            self.too_much(ChildProcessStdioMaxbufferError(self.name))

    def destroy(self) -> None:
        if self.stream is not None:
            self.stream.destroy()

    @property
    def output(self) -> Output:
        """All of it, so far."""
        return "".join(self.chunks) if self.encoding else b"".join(self.chunks)


class _Execution:
    """A child that is run for its output.

    Args:
        child: the child.
        cmd: what errors call it.
        encoding: of its output; None for bytes.
        most: how many bytes of stdout, and of stderr, to collect.
        kill_signal: what stops it.
        callback: who wants to know.
    """

    def __init__(
        self,
        child: ChildProcess,
        cmd: str,
        encoding: str | None,
        most: float,
        kill_signal: int,
        callback: ExecCallback | None,
    ) -> None:
        self.child, self.cmd, self.kill_signal, self.callback = child, cmd, kill_signal, callback
        self.error: Exception | None = None
        self.killed = self.done = False
        self.timer: asyncio.TimerHandle | None = None
        self.stdout = _Collector("stdout", child.stdout, encoding, most, self._stop)
        self.stderr = _Collector("stderr", child.stderr, encoding, most, self._stop)
        child.on("close", self._finish)
        child.on("error", self._fail)

    def limit_time(self, milliseconds: int) -> None:
        """Kill it after so long."""
        loop = asyncio.get_running_loop()
        self.timer = loop.call_later(milliseconds / 1000, self._stop, None)

    def _stop(self, error: Exception | None) -> None:
        self.error = self.error or error
        self.stdout.destroy()
        self.stderr.destroy()
        self.killed = True
        self.child.kill(self.kill_signal)

    def _fail(self, error: Exception) -> None:
        self.error = error
        self.stdout.destroy()
        self.stderr.destroy()
        self._finish(None, None)

    def _finish(self, code: int | None, signal: str | None) -> None:
        if self.done:
            return
        self.done = True
        if self.timer is not None:
            self.timer.cancel()
        if self.callback is None:
            return
        stdout, stderr = self.stdout.output, self.stderr.output
        error = self.error
        if error is None and (code != 0 or signal is not None):
            written = stderr if isinstance(stderr, str) else stderr.decode("utf8", "replace")
            killed = self.child.killed or self.killed
            error = CommandFailedError(self.cmd, written, code=code, killed=killed, signal=signal)
        if error is not None:
            error.__dict__["cmd"] = self.cmd
        role = "the callback of exec_()"
        call(self.callback, role, CALLED_WITH[role], error, stdout, stderr)


def _check_most(max_buffer: object) -> float:
    if not is_number(max_buffer):
        raise InvalidArgTypeError.given("max_buffer", "a number of bytes", max_buffer)
    if not max_buffer >= 0:
        raise OutOfRangeError.given("max_buffer", ">= 0", max_buffer)
    return max_buffer


def _check_encoding(encoding: object) -> str | None:
    """The name of an encoding of text; as in Node, whatever is none stands for bytes."""
    if isinstance(encoding, str) and encoding != "buffer" and is_encoding(encoding):
        return encoding
    return None


@by_name
def exec_file(
    file: str,
    args: Sequence[str | bytes | int | float | os.PathLike[str]] | None = None,
    callback: ExecCallback | None = None,
    *,
    cwd: Text | None = None,
    env: Environment | None = None,
    encoding: str | None = "utf8",
    timeout: int | None = None,
    max_buffer: float = _MOST,
    kill_signal: str | int = "SIGTERM",
    uid: int | None = None,
    gid: int | None = None,
    shell: bool | str = False,
    signal: AbortSignal | None = None,
    windows_hide: bool = False,
) -> ChildProcess:
    """Run a program, and get all that it wrote.

    Args:
        file: the program: a path, or a name to look for in the ``PATH`` of `env`.
        args: its arguments.
        callback: called when all is over, with an error or None, and with what it wrote to its
            standard output and error, as far as it came. It runs on ``'close'``, or on ``'error'``.
        encoding: hand out text, decoded by this encoding (default ``"utf8"``); None or
            ``"buffer"`` for bytes.
        timeout: after how many milliseconds to kill it (default: never).
        max_buffer: how many bytes of its output, and how many of its error output, to collect
            (default 1 MiB). If there are more it is killed.
        cwd, env, kill_signal, uid, gid, shell, signal, windows_hide: as for `spawn`.

    Returns:
        The child. The error is a `CommandFailedError` if it did not exit with 0, a
        `ChildProcessStdioMaxbufferError` if it wrote too much, an `AbortError`, or the `OSError`
        that kept it from being started. Each has the command as `cmd`.

    Raises:
        InvalidArgTypeError: an argument is of the wrong type.
        OutOfRangeError: `timeout` or `max_buffer` is below 0.
        Exception: as for `spawn`.

    Node: child_process.execFile
    """
    expect_processes("child_process.exec_file")
    if callback is not None:
        expect_function("callback", callback)
    most = _check_most(max_buffer)
    milliseconds, number = check_ending(signal, timeout, kill_signal)
    child = spawn(
        file,
        args,
        cwd=cwd,
        env=env,
        uid=uid,
        gid=gid,
        shell=shell,
        signal=signal,
        kill_signal=number,
        windows_hide=windows_hide,
    )
    cmd = " ".join([file, *child.spawnargs[1:]]) if not shell else child.spawnargs[-1]
    execution = _Execution(child, cmd, _check_encoding(encoding), most, number, callback)
    if milliseconds:
        execution.limit_time(milliseconds)
    return child


@by_name
def exec_(
    command: str,
    callback: ExecCallback | None = None,
    *,
    cwd: Text | None = None,
    env: Environment | None = None,
    encoding: str | None = "utf8",
    timeout: int | None = None,
    max_buffer: float = _MOST,
    kill_signal: str | int = "SIGTERM",
    uid: int | None = None,
    gid: int | None = None,
    shell: str | None = None,
    signal: AbortSignal | None = None,
    windows_hide: bool = False,
) -> ChildProcess:
    """Run a line of a shell, and get all that it wrote.

    The shell takes it as it is: never put in what others have written. `exec_file` has no shell.

    Args:
        command: the line.
        shell: the shell (default ``/bin/sh``).
        callback, cwd, env, encoding, timeout, max_buffer, kill_signal, uid, gid, signal,
            windows_hide: as for `exec_file`.

    Returns and Raises are as for `exec_file`. Node: child_process.exec
    """
    expect_processes("child_process.exec_")
    if not isinstance(command, str):
        raise InvalidArgTypeError.given("command", "a str", command)
    return exec_file(
        command,
        None,
        callback,
        cwd=cwd,
        env=env,
        encoding=encoding,
        timeout=timeout,
        max_buffer=max_buffer,
        kill_signal=kill_signal,
        uid=uid,
        gid=gid,
        shell=shell or True,
        signal=signal,
        windows_hide=windows_hide,
    )
