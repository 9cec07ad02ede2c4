"""How a child is started: with these descriptors, in that directory, as that user.

`subprocess.Popen` does it, and tells of a program that cannot be run before it returns. What it
does not know is that a child may have more descriptors than three, under numbers of our choice.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from typing import Callable, NoReturn

from ..io.system_errors import told
from .arguments import Plan

__all__ = ["launch", "raise_spawn_error", "spawn_error", "tells_later"]

# What may be otherwise the next time: Node tells of these by an event, and throws the rest.
_TOLD_LATER = (errno.EACCES, errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOENT)


def launch(plan: Plan, descriptors: Mapping[int, int]) -> subprocess.Popen[bytes]:
    """Start a child.

    Args:
        plan: what to start.
        descriptors: which of our descriptors each of the child's is. Its first three are empty
            devices if they are not among them, others are closed.

    Raises:
        OSError: it cannot be started.
    """
    for name in (plan.uid, plan.gid):
        if name is not None and name < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    program = _found(plan)
    try:
        return _popen(plan, program, plan.args, descriptors)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    # A script without a first line that names its interpreter: as for a shell, it is one of sh.
    return _popen(plan, "/bin/sh", [plan.args[0], program, *plan.args[1:]], descriptors)


def _found(plan: Plan) -> str:
    """The path of the program; or its name, if Python is to look for it, or to say what is wrong.

    Python takes the next of that name if the first cannot be run. Others take the first.
    """
    if "/" in plan.file:
        return plan.file
    path = (os.environ if plan.env is None else plan.env).get("PATH", os.defpath)
    found = shutil.which(plan.file, path=path)
    return found if found is not None and os.path.isabs(found) else plan.file


def _popen(
    plan: Plan, file: str, args: list[str], descriptors: Mapping[int, int]
) -> subprocess.Popen[bytes]:
    first = [descriptors.get(number, subprocess.DEVNULL) for number in range(3)]
    extras = {number: fd for number, fd in descriptors.items() if number > 2}
    as_somebody = plan.uid is not None or plan.gid is not None
    with _ready_for(extras) as put_in_place:
        return subprocess.Popen(
            args,
            executable=file,
            stdin=first[0],
            stdout=first[1],
            stderr=first[2],
            cwd=plan.cwd,
            env=plan.env,
            start_new_session=plan.detached,
            user=plan.uid,
            group=plan.gid,
            # Somebody else is not to have our groups. Only root may let go of them.
            extra_groups=[] if as_somebody and os.geteuid() == 0 else None,
            pass_fds=tuple(extras),
            # It has to run between fork and exec, and so it makes system calls and nothing else.
            preexec_fn=put_in_place,
        )


@contextlib.contextmanager
def _ready_for(extras: Mapping[int, int]) -> Iterator[Callable[[], None] | None]:
    """A function that puts `extras` in their places, for the child to call; None for no extras.

    Meanwhile those places are taken here, so that nothing the child still needs is in one: the pipe
    by which it says that it could not be started, for one.
    """
    if not extras:
        yield None
        return
    highest = max(extras)
    ours: list[int] = []
    try:
        while not ours or ours[-1] <= highest:
            ours.append(os.open(os.devnull, os.O_RDONLY))
        sources = {}
        for number, fd in extras.items():
            # It gets a number above those, since they are all taken.
            sources[number] = os.dup(fd)
            ours.append(sources[number])
        yield functools.partial(_put_in_place, sources)
    finally:
        for fd in ours:
            os.close(fd)


def _put_in_place(sources: Mapping[int, int]) -> None:
    for number, fd in sources.items():
        os.dup2(fd, number)


def tells_later(error: OSError) -> bool:
    """Whether a child that could not be started is to say so by ``'error'``."""
    return error.errno in _TOLD_LATER


def spawn_error(error: OSError, plan: Plan) -> OSError:
    """The error of a child that could not be started, for its ``'error'``."""
    # A new one: Python's may name the directory, or nothing, and Node's the program.
    failure = OSError(error.errno, error.strerror, plan.file)
    told(failure, f"spawn {plan.file}", on_socket=True)
    failure.__dict__.update(path=plan.file, spawnargs=plan.args[1:])
    return failure


def raise_spawn_error(error: OSError) -> NoReturn:
    """Raise the error of a child that cannot be started at all."""
    failure = OSError(error.errno, error.strerror)
    raise told(failure, "spawn", on_socket=True) from None
