"""exec_ and exec_file to be awaited: what Node's ``util.promisify`` makes of them.

>>> from streams2 import run
>>> async def main():
...     stdout, stderr = await exec_("echo hello")
...     return stdout
>>> run(main)
'hello\\n'
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, TypedDict

from ..events.abort import AbortSignal
from ..events.naming import of_module
from ..loop.ticks import running_loop
from . import executing
from .arguments import Environment, Text
from .child import ChildProcess

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["ExecResult", "Execution", "exec_", "exec_file"]


class ExecResult(NamedTuple):
    """All that a program wrote: text, or bytes."""

    stdout: Any
    stderr: Any


class Execution(asyncio.Future[ExecResult]):
    """What a program will have written. Cancelled, it kills the program.

    Attributes:
        child: the program, which runs already.
    """

    child: ChildProcess


class ExecOptions(TypedDict, total=False):
    """The options of `exec_` and `exec_file`."""

    cwd: Text | None
    env: Environment | None
    encoding: str | None
    timeout: int | None
    max_buffer: float
    kill_signal: str | int
    uid: int | None
    gid: int | None
    signal: AbortSignal | None
    windows_hide: bool


class ExecFileOptions(ExecOptions, total=False):
    """The options of `exec_file`."""

    shell: bool | str


class ShellOptions(ExecOptions, total=False):
    """The options of `exec_`."""

    shell: str | None


def exec_file(
    file: str,
    args: Sequence[str | bytes | int | float | os.PathLike[str]] | None = None,
    **options: Unpack[ExecFileOptions],
) -> Execution:
    """Run a program, and wait for all that it writes.

    Args:
        file, args: the program and its arguments.
        options: as for `child_process.exec_file`.

    Returns:
        To be awaited: `stdout` and `stderr`. It fails with the error of
        `child_process.exec_file`, which has `stdout` and `stderr` as well.

    Node: util.promisify(child_process.execFile)
    """
    return _awaitable(lambda done: executing.exec_file(file, args, done, **options))


def exec_(command: str, **options: Unpack[ShellOptions]) -> Execution:
    """Run a line of a shell, and wait for all that it writes. See `exec_file`.

    Node: util.promisify(child_process.exec)
    """
    return _awaitable(lambda done: executing.exec_(command, done, **options))


def _awaitable(begin: Callable[[executing.ExecCallback], ChildProcess]) -> Execution:
    execution = Execution(loop=running_loop())

    def done(error: Exception | None, stdout: object, stderr: object) -> None:
        if execution.done():
            return
        if error is None:
            execution.set_result(ExecResult(stdout, stderr))
        else:
            error.__dict__.update(stdout=stdout, stderr=stderr)
            execution.set_exception(error)

    def stop_if_cancelled(_: object) -> None:
        if execution.cancelled():
            execution.child.kill()

    execution.child = begin(done)
    execution.add_done_callback(stop_if_cancelled)
    return execution


if not TYPE_CHECKING:
    __getattr__ = of_module(__name__)
