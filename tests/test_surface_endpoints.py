"""Node's names, and its objects of options, where a module's functions and classes are asked."""

from __future__ import annotations

import re
import sys
import zlib as pythons_zlib

import pytest

from streams2 import (
    AbortController,
    PassThrough,
    Readable,
    Writable,
    buffer,
    child_process,
    crypto,
    duplex_pair,
    events,
    http,
    net,
    pipe,
    pipeline,
    readline,
    run,
    timers,
    tls,
    zlib,
)
from streams2.errors import InvalidArgTypeError, SignatureError

pytestmark = pytest.mark.host


@pytest.mark.parametrize(
    ("call", "example"),
    [
        (lambda: duplex_pair({"highWaterMark": 1}), "duplex_pair(high_water_mark=1)"),
        (lambda: zlib.create_gzip({"chunkSize": 64}), "create_gzip(chunk_size=64)"),
        (lambda: zlib.create_inflate({"info": True}), "create_inflate(info=True)"),
        (lambda: zlib.Gunzip({"chunkSize": 64}), "Gunzip(chunk_size=64)"),
        (lambda: zlib.gzip_sync(b"x", {"chunkSize": 64}), "gzip_sync(chunk_size=64)"),
        (lambda: zlib.gzip(b"x", None, {"chunkSize": 64}), "gzip(chunk_size=64)"),
        (
            lambda: net.connect({"port": 1, "allowHalfOpen": True}),
            "connect(port=1, allow_half_open=True)",
        ),
        (
            lambda: tls.connect({"port": 1, "rejectUnauthorized": False}),
            "connect(port=1, reject_unauthorized=False)",
        ),
        (lambda: net.create_server({"noDelay": True}), "create_server(no_delay=True)"),
        (lambda: net.Socket({"allowHalfOpen": True}), "Socket(allow_half_open=True)"),
        (lambda: http.Agent({"keepAlive": True}), "Agent(keep_alive=True)"),
        (
            lambda: readline.create_interface({"input": 1, "crlfDelay": 3}),
            "create_interface(input=1, crlf_delay=3)",
        ),
        (
            lambda: child_process.spawn("true", [], {"killSignal": 1}),
            "spawn(kill_signal=1)",
        ),
    ],
)
def test_an_object_of_options_is_told_how(call, example):
    def main():
        with pytest.raises(TypeError, match=rf"options by name: {re.escape(example)}$"):
            call()

    run(main)


def test_an_object_that_is_none_of_options_is_refused_as_before():
    def main():
        with pytest.raises(InvalidArgTypeError, match='"port" argument'):
            net.connect({"whatever": 1})
        with pytest.raises(InvalidArgTypeError, match='"port" argument'):
            net.connect({})

    run(main)


@pytest.mark.parametrize(
    ("owner", "nodes", "ours"),
    [
        (events, "getEventListeners", "get_event_listeners"),
        (events, "errorMonitor", "error_monitor"),
        (buffer, "byteLength", "byte_length"),
        (buffer, "readInt16BE", "read_int16_be"),
        (buffer, "from", "from_"),
        (child_process, "exec", "exec_"),
        (child_process, "execFile", "exec_file"),
        (child_process.promises, "execFile", "exec_file"),
        (crypto, "hash", "hash_"),
        (crypto, "createHash", "create_hash"),
        (http, "createServer", "create_server"),
        (net, "createServer", "create_server"),
        (readline.promises, "createInterface", "create_interface"),
        (timers, "setTimeout", "set_timeout"),
        (timers.promises, "setTimeout", "set_timeout"),
        (timers.Timeout, "hasRef", "has_ref"),
        (timers.Immediate, "hasRef", "has_ref"),
        (zlib, "createGzip", "create_gzip"),
        (net.Socket, "setKeepAlive", "set_keep_alive"),
        (zlib.Gzip, "bytesWritten", "bytes_written"),
        (net.Server, "maxConnections", "max_connections"),
        (http.Server, "keepAliveTimeout", "keep_alive_timeout"),
        (http.IncomingMessage, "statusCode", "status_code"),
        (http.IncomingMessage, "httpVersion", "http_version"),
        (http.IncomingMessage, "rawHeaders", "raw_headers"),
        (http.ServerResponse, "statusCode", "status_code"),
        (http.ServerResponse, "sendDate", "send_date"),
        (http.ClientRequest, "reusedSocket", "reused_socket"),
        (http.Agent, "maxSockets", "max_sockets"),
        (http.Agent, "freeSockets", "free_sockets"),
        (child_process.ChildProcess, "exitCode", "exit_code"),
        (child_process.ChildProcess, "signalCode", "signal_code"),
        (http.ServerResponse, "writeHead", "write_head"),
    ],
)
def test_nodes_name_is_told_ours(owner, nodes, ours):
    with pytest.raises(AttributeError, match=f"'{nodes}'.* name here is '{ours}'$"):
        getattr(owner, nodes)
    assert not hasattr(owner, nodes + "X")


@pytest.mark.parametrize("callback", [lambda error: None, print, Writable.end])
def test_a_pipelines_callback_in_the_last_place_is_told_its_name(callback):
    def main():
        source, sink = Readable.from_([b"x"]), PassThrough()
        with pytest.raises(
            TypeError, match=r"callback by name: pipeline\(\.\.\., callback=\.\.\.\)"
        ):
            pipeline(source, sink, callback)
        assert not source.event_names()

    run(main)


def test_a_pipeline_without_a_callback_is_refused_by_python():
    with pytest.raises(TypeError, match=r"missing 1 required keyword-only argument: 'callback'$"):
        pipeline(Readable(), Writable())


@pytest.mark.parametrize("destination", [None, {}, "x", 5, Readable(), Writable, print, [], b""])
@pytest.mark.parametrize("function", [Readable.pipe, pipe])
def test_what_cannot_be_piped_to_is_told_where_no_loop_runs_too(function, destination):
    source = Readable()
    with pytest.raises(InvalidArgTypeError, match='"destination"'):
        function(source, destination)
    assert source.event_names() == []
    assert source.readable_flowing is None
    assert source._readable_state.pipes == []


def test_options_that_are_right_are_what_they_were():
    made = zlib.gzip_sync(b"x" * 100, level=9)
    assert pythons_zlib.decompress(made, 31) == b"x" * 100


def test_a_listener_of_abort_that_takes_something_is_named():
    def main():
        controller = AbortController()
        controller.signal.on("abort", lambda reason: None)
        controller.abort()

    with pytest.raises(SignatureError, match=r"'abort', .*test_surface.*nothing.*\(reason\)"):
        run(main)


def test_a_type_error_of_a_listener_of_abort_is_left_alone():
    def fail():
        raise TypeError("of its own")

    def main():
        controller = AbortController()
        controller.signal.on("abort", fail)
        controller.abort()

    with pytest.raises(TypeError, match=r"^of its own$"):
        run(main)


def test_a_child_names_what_does_not_take_what_it_gives():
    def listening():
        child_process.spawn(sys.executable, ["-c", ""]).on("exit", lambda: None)

    with pytest.raises(SignatureError, match=r"'exit', .* called with exit_code, signal_code,"):
        run(listening)

    def calling():
        child_process.exec_file(sys.executable, ["-c", ""], lambda error: None)

    with pytest.raises(SignatureError, match=r"exec_\(\), .* error or None, stdout, stderr,"):
        run(calling)


def test_readline_names_what_does_not_take_a_line():
    def main():
        lines = readline.create_interface(Readable.from_([b"a\n"]))
        lines.on("line", lambda: None)

    with pytest.raises(SignatureError, match=r"'line', .* called with line, and it takes \(\)"):
        run(main)
