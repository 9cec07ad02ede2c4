"""Checks of what `streams2.child_process` is asked for, and what comes of it: a `Plan`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Union

from ..errors import (
    InvalidArgTypeError,
    InvalidArgValueError,
    InvalidSyncForkInputError,
    OutOfRangeError,
    expect,
    is_whole,
)
from ..events.abort import AbortSignal
from .signals import checked

__all__ = [
    "Environment",
    "Plan",
    "StdioEntry",
    "Text",
    "check_ending",
    "check_milliseconds",
    "entries_of",
    "shell_of",
]

Text = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
Environment = Mapping[str, object]
StdioEntry = Union[str, int, object, None]
"""``"pipe"``, ``"inherit"``, ``"ignore"``, a descriptor, or what has one; None for the usual."""

_LONGEST = 2**53 - 1
_KINDS = ("pipe", "overlapped", "inherit", "ignore")


class Plan(NamedTuple):
    """What is to be started, and how.

    Attributes:
        file: the program.
        args: what it finds as its arguments, with its own name as the first.
        cwd: its directory; None for ours.
        env: its environment; None for ours.
        uid, gid: who it runs as; None for who we are.
        detached: whether it leads a session of its own.
        stdio: what each of its descriptors is: `entries_of`.
    """

    file: str
    args: list[str]
    cwd: str | bytes | None
    env: dict[str, str] | None
    uid: int | None
    gid: int | None
    detached: bool
    stdio: list[str | int]

    @classmethod
    def of(
        cls,
        file: object,
        args: object,
        cwd: object,
        env: object,
        argv0: object,
        stdio: object,
        detached: object,
        uid: object,
        gid: object,
        shell: object,
    ) -> Plan:
        """The plan, if it can be made of what was asked for."""
        program = _check_string("file", file)
        if not program:
            raise InvalidArgValueError.given("file", "no empty string", file)
        given = _check_args(args)
        directory = _check_cwd(cwd)
        for name, value in (("uid", uid), ("gid", gid)):
            _check_id(name, value)
        if not isinstance(detached, bool):
            raise InvalidArgTypeError.given("detached", "a bool", detached)
        interpreter = shell_of(shell)
        if argv0 is not None:
            _check_string("argv0", argv0)
        if interpreter is not None:
            given = ["-c", " ".join([program, *given])]
            program = interpreter
        return cls(
            program,
            [str(argv0) if argv0 is not None else program, *given],
            directory,
            _check_env(env),
            uid if is_whole(uid) else None,
            gid if is_whole(gid) else None,
            detached,
            entries_of(stdio),
        )


def _check_string(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidArgTypeError.given(name, "a str", value)
    if "\0" in value:
        raise InvalidArgValueError.given(name, "without NUL characters", value)
    return value


def _check_args(args: object) -> list[str]:
    if args is None:
        return []
    if isinstance(args, (str, bytes)) or not isinstance(args, Iterable):
        raise InvalidArgTypeError.given("args", "a list of arguments", args)
    checked_args = []
    for number, arg in enumerate(args):
        # As in Node, a number is written out; what else is no text has no one way to be.
        if isinstance(arg, (bytes, os.PathLike)):
            arg = os.fsdecode(arg)
        elif isinstance(arg, (int, float)) and not isinstance(arg, bool):
            arg = str(arg)
        checked_args.append(_check_string(f"args[{number}]", arg))
    return checked_args


def _check_cwd(cwd: object) -> str | bytes | None:
    if cwd is None or cwd == "":
        return None
    if not isinstance(cwd, (str, bytes, os.PathLike)):
        raise InvalidArgTypeError.given("cwd", "str, bytes or os.PathLike", cwd)
    plain: str | bytes = os.fspath(cwd)
    if (b"\0" if isinstance(plain, bytes) else "\0") in plain:  # type: ignore[operator]
        raise InvalidArgValueError.given("cwd", "without NUL bytes", cwd)
    return plain


def _check_id(name: str, value: object) -> None:
    if value is None or is_whole(value):
        return
    if isinstance(value, float):
        raise OutOfRangeError.given(name, "a whole number", value)
    raise InvalidArgTypeError.given(name, "a whole number", value)


def shell_of(shell: object) -> str | None:
    """The shell to run a command with; None for no shell."""
    if shell is None or isinstance(shell, bool):
        return "/bin/sh" if shell else None
    return _check_string("shell", shell) or None


def _check_env(env: object) -> dict[str, str] | None:
    """The environment as the system takes it. A value of None leaves its name out."""
    if env is None:
        return None
    if not isinstance(env, Mapping):
        raise InvalidArgTypeError.given("env", "a mapping", env)
    plain = {}
    for name, value in env.items():
        if value is None:
            continue
        if isinstance(value, (bytes, os.PathLike)):
            value = os.fsdecode(value)
        elif is_whole(value) or isinstance(value, float):
            value = str(value)
        _check_string("env", name)
        if "=" in name or not name:
            raise InvalidArgValueError.given("env", "names that are not empty and have no =", name)
        plain[name] = _check_string(f"env[{name!r}]", value)
    return plain


def check_milliseconds(name: str, value: object) -> int:
    """`value` itself: a whole number of milliseconds; None is none."""
    if value is None:
        return 0
    if isinstance(value, float):
        raise OutOfRangeError.given(name, "a whole number", value)
    if not is_whole(value):
        raise InvalidArgTypeError.given(name, "a number of milliseconds", value)
    if not 0 <= value <= _LONGEST:
        raise OutOfRangeError.given(name, f">= 0 and <= {_LONGEST}", value)
    return value


def check_ending(signal: object, timeout: object, kill_signal: object) -> tuple[int, int]:
    """Check what may end a child early: the timeout in milliseconds, and the signal's number."""
    if signal is not None:
        expect("signal", signal, AbortSignal)
    return check_milliseconds("timeout", timeout), checked("kill_signal", kill_signal)


# -- stdio ----------------------------------------------------------------------------------------


def entries_of(stdio: object) -> list[str | int]:
    """What each descriptor of a child is to be: a kind of `_KINDS`, or a descriptor of ours."""
    if stdio is None:
        return ["pipe"] * 3
    if isinstance(stdio, str):
        if stdio not in _KINDS:
            raise InvalidArgValueError.given("stdio", "a way to share a descriptor", stdio)
        stdio = [stdio] * 3
    elif not isinstance(stdio, Sequence) or isinstance(stdio, bytes):
        raise InvalidArgValueError.given("stdio", "a list, or a way to share them all", stdio)
    asked = [*stdio, *[None] * (3 - len(stdio))]
    return [_entry_of(number, entry) for number, entry in enumerate(asked)]


def _entry_of(number: int, entry: object) -> str | int:
    if entry is None:
        return "pipe" if number < 3 else "ignore"
    if entry == "inherit":
        return number
    if entry == "overlapped":
        return "pipe"
    if entry == "ipc":
        raise InvalidArgValueError.given("stdio", 'no "ipc", which only Node speaks', entry)
    if isinstance(entry, (str, bytes, bytearray, memoryview)):
        if entry not in _KINDS:
            raise InvalidSyncForkInputError(entry)
        return str(entry)
    fd = _descriptor_of(entry)
    if fd is None:
        raise InvalidArgValueError.given("stdio", "made of what has an open descriptor", entry)
    return fd if fd >= 0 else "ignore"


def _descriptor_of(entry: object) -> int | None:
    if is_whole(entry):
        return entry
    fd = getattr(entry, "fd", None)
    if not is_whole(fd) and callable(fileno := getattr(entry, "fileno", None)):
        try:
            fd = fileno()
        except (OSError, ValueError):
            return None
    return fd if is_whole(fd) else None
