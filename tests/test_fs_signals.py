"""Streams of files that a signal ends."""

from __future__ import annotations

import os

import pytest

from streams2 import AbortController, AbortSignal, run
from streams2.errors import AbortError, InvalidArgTypeError
from streams2.fs import create_read_stream, create_write_stream

from .support import BoomError

pytestmark = pytest.mark.host


def told_by(stream):
    told = []
    for event in ("open", "ready", "end", "finish", "close"):
        stream.on(event, lambda *_, event=event: told.append(event))
    stream.on("error", told.append)
    return told


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"hello")
    return file


@pytest.mark.parametrize("create", [create_read_stream, create_write_stream])
def test_aborted_before_it_opens_nothing(create, path):
    reason = BoomError("why")

    def main():
        return told_by(create(path, signal=AbortSignal.abort(reason)))

    told = run(main)
    assert [type(told[0]), *told[1:]] == [AbortError, "close"]
    assert told[0].code == "ABORT_ERR"
    assert told[0].__cause__ is reason
    assert path.read_bytes() == b"hello"


def test_aborted_before_it_creates_nothing(tmp_path):
    file = tmp_path / "new"
    run(lambda: told_by(create_write_stream(file, signal=AbortSignal.abort())) and None)
    assert not file.exists()


@pytest.mark.parametrize("create", [create_read_stream, create_write_stream])
def test_aborted_when_it_is_open_it_fails_and_closes(create, path):
    controller = AbortController()

    def main():
        stream = create(path, signal=controller.signal)
        told = told_by(stream)
        stream.on("ready", controller.abort)
        return stream, told

    stream, told = run(main)
    assert told[:2] == ["open", "ready"]
    assert [type(told[2]), *told[3:]] == [AbortError, "close"]
    assert stream.closed
    assert stream.fd is None


def test_aborted_between_two_writes_what_was_written_stays(path):
    controller = AbortController()

    def main():
        stream = create_write_stream(path, signal=controller.signal)
        told = told_by(stream)
        stream.write(b"x", callback=lambda error: controller.abort())
        return told

    assert isinstance(run(main)[2], AbortError)
    assert path.read_bytes() == b"x"


def test_aborted_after_the_end_it_does_nothing(path):
    controller = AbortController()

    def main():
        return told_by(create_read_stream(path, signal=controller.signal).resume())

    told = run(main)
    controller.abort()
    assert told == ["open", "ready", "end", "close"]


def test_a_descriptor_that_was_given_is_closed(path):
    fd = os.open(path, os.O_RDONLY)
    told = run(lambda: told_by(create_read_stream(None, fd=fd, signal=AbortSignal.abort())))
    assert [type(told[0]), *told[1:]] == [AbortError, "close"]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


@pytest.mark.parametrize("create", [create_read_stream, create_write_stream])
@pytest.mark.parametrize("signal", ["x", 5, True, {}])
def test_what_is_no_signal_is_refused_and_nothing_is_opened(create, signal, path):
    with pytest.raises(InvalidArgTypeError, match='"signal"'):
        create(path, signal=signal)
    assert path.read_bytes() == b"hello"
