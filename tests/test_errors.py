"""The errors: Node's codes and messages, and Python's own kinds of error where there is one."""

from __future__ import annotations

import copy
import pickle

import pytest

from streams2 import AbortSignal, Readable, errors, finished, pipeline

from .support import Sink, Source
from .twins import Twins, turn

twins = Twins()

EXAMPLES = [
    errors.AbortError(),
    errors.AggregateError(ValueError("first"), KeyError("second")),
    errors.BufferOutOfBoundsError(),
    errors.EncodingInvalidEncodedDataError("utf-8"),
    errors.FeatureUnavailableOnPlatformError("net.connect", "there are no sockets in a browser"),
    errors.HangUpError(),
    errors.ChildProcessStdioMaxbufferError("stdout"),
    errors.CommandFailedError("exit 2", code=2, killed=False, signal=None),
    errors.InvalidArgTypeError.given("chunk", "bytes", 5),
    errors.InvalidArgValueError.given("high_water_mark", "a whole number >= 0", -1),
    errors.InvalidFdTypeError("UNKNOWN"),
    errors.InvalidHandleTypeError(),
    errors.InvalidIpAddressError("here"),
    errors.InvalidReturnValueError("Iterable", "source", "int"),
    errors.InvalidStateError("Writer is closed"),
    errors.InvalidSyncForkInputError("foo"),
    errors.MethodNotImplementedError("_read()"),
    errors.MissingArgsError("streams"),
    errors.MultipleCallbackError(),
    errors.NoRunningLoopError(),
    errors.OutOfRangeError.given("size", "<= 1 GiB", 1 << 40),
    errors.ServerAlreadyListenError(),
    errors.ServerNotRunningError(),
    errors.SocketBadPortError.given("port", ">= 0 and < 65536", 70000),
    errors.SocketClosedBeforeConnectionError(),
    errors.SocketClosedError(),
    errors.StreamAlreadyFinishedError("end"),
    errors.StreamCannotPipeError(),
    errors.StreamDestroyedError("write"),
    errors.StreamNullValuesError(),
    errors.StreamPrematureCloseError(),
    errors.StreamPushAfterEofError(),
    errors.StreamSlowConsumerError(),
    errors.StreamUnableToPipeError(),
    errors.StreamUnshiftAfterEndEventError(),
    errors.StreamWriteAfterEndError(),
    errors.UnhandledError("42"),
    errors.UnknownEncodingError("klingon"),
    errors.UnknownSignalError("SIGFOO"),
    errors.UnsettledError("main waits"),
    errors.UseAfterCloseError("readline"),
]
PUBLIC = sorted(set(errors.__all__) - {"StreamsError"})


def named(error):
    return type(error).__name__


def test_there_is_an_example_of_every_error():
    assert sorted(map(named, EXAMPLES)) == PUBLIC


@pytest.mark.parametrize("error", EXAMPLES, ids=named)
def test_an_error_has_a_code_a_message_and_one_base(error):
    assert isinstance(error, errors.StreamsError)
    assert str(error)
    assert "{" not in str(error)
    if not isinstance(error, errors.AggregateError):
        assert error.code
        assert isinstance(error, errors.CommandFailedError) or error.code.isupper()


@pytest.mark.parametrize("error", EXAMPLES, ids=named)
def test_an_error_copies_and_pickles(error):
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert other.code == error.code


def test_a_function_is_what_can_be_called():
    assert errors.expect_function("callback", print) is print
    with pytest.raises(errors.InvalidArgTypeError, match=r"callback.*a function.*type int"):
        errors.expect_function("callback", 5)


@pytest.mark.parametrize("value", [True, False, 1.0, "1", None])
def test_a_whole_number_is_an_int_and_no_bool(value):
    assert not errors.is_whole(value)
    with pytest.raises(errors.InvalidArgTypeError, match=r"size.*a whole number"):
        errors.expect_whole("size", value, least=0)


def test_a_whole_number_has_its_least():
    assert errors.expect_whole("size", 1, least=1) == 1
    with pytest.raises(errors.OutOfRangeError, match=r"size.*>= 1.*0"):
        errors.expect_whole("size", 0, least=1)


def test_no_two_errors_share_a_code():
    codes = [error.code for error in EXAMPLES if error.code]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.InvalidArgTypeError, TypeError),
        (errors.InvalidArgValueError, ValueError),
        (errors.InvalidReturnValueError, TypeError),
        (errors.MethodNotImplementedError, NotImplementedError),
        (errors.MissingArgsError, TypeError),
        (errors.NoRunningLoopError, RuntimeError),
        (errors.OutOfRangeError, ValueError),
        (errors.StreamNullValuesError, TypeError),
        (errors.UnknownEncodingError, ValueError),
    ],
)
def test_an_error_is_of_pythons_own_kind_too(kind, builtin):
    assert issubclass(kind, builtin)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "None"),
        (5, "type int (5)"),
        ("x" * 99, "type str ('" + "x" * 24 + "...)"),
        (int, "class int"),
        (print, "function print"),
    ],
)
def test_the_value_given_is_described(value, shown):
    message = str(errors.InvalidArgTypeError.given("name", "something else", value))
    assert message == f'The "name" argument must be something else. Received {shown}'


def test_an_aggregate_names_both_and_counts_as_the_first():
    first, second = errors.StreamDestroyedError("write"), KeyError("later")
    both = errors.AggregateError(first, second)
    assert both.errors == (first, second)
    assert both.code == first.code
    assert str(both) == str(first)
    assert errors.aggregate(first, second).errors == (first, second)


@pytest.mark.parametrize(("one", "other"), [(0, None), (None, 0), (0, 0), (None, None)])
def test_one_error_needs_no_aggregate(one, other):
    error = ValueError("the only one")
    given = [error if which == 0 else None for which in (one, other)]
    expected = error if 0 in (one, other) else None
    assert errors.aggregate(*given) is expected


@twins.program("""
    const told = (error) => say(error.code, error.message);
    const watched = (stream) => stream.on('error', told);
    const sink = () => new Writable({ write(chunk, encoding, done) { done(); } });
    const source = () => new Readable({ read() {} });
    const attempt = (act) => { try { act(); } catch (error) { told(error); } };

    const ended = watched(sink()); ended.end(); ended.write('x');
    await turn();
    const destroyed = sink(); destroyed.destroy(); destroyed.write('x', told);
    await turn();
    watched(new Writable({ write(chunk, encoding, done) { done(); done(); } })).write('x');
    await turn();
    watched(sink()).pipe(sink());
    await turn();
    const over = watched(source()); over.push(null); over.push('x');
    await turn();
    const past = watched(source()); past.push(null); past.resume();
    past.on('end', () => past.unshift('x'));
    await turn();
    watched(new Readable()).resume();
    await turn();
    attempt(() => sink().write(null));
    attempt(() => sink().write('x', 'klingon'));
    attempt(() => sink().emit('error', 42));
    const done = sink(); done.end(); done.on('close', () => done.end(told));
    await turn();
    const closed = source(); pipeline(closed, sink(), told); closed.destroy();
    await turn();
    attempt(() => pipeline(source(), destroyed, told));
    finished(source(), { signal: AbortSignal.abort() }, told);
    await turn();
""")
async def test_codes_and_messages_are_nodes(say):
    def told(error):
        say(error.code, str(error))

    def watched(stream):
        stream.on("error", told)
        return stream

    def attempt(act):
        try:
            act()
        except errors.StreamsError as error:
            told(error)

    ended = watched(Sink())
    ended.end()
    ended.write("x")
    await turn()
    destroyed = Sink()
    destroyed.destroy()
    destroyed.write("x", callback=told)
    await turn()
    watched(Sink(finish=lambda done: (done(), done()))).write("x")
    await turn()
    watched(Sink()).pipe(Sink())
    await turn()
    over = watched(Source())
    over.push(None)
    over.push("x")
    await turn()
    past = watched(Source())
    past.push(None)
    past.resume()
    past.on("end", lambda: past.unshift("x") and None)
    await turn()
    watched(Readable()).resume()
    await turn()
    attempt(lambda: Sink().write(None))
    attempt(lambda: Sink().write("x", "klingon"))
    attempt(lambda: Sink().emit("error", 42))
    done = Sink()
    done.end()
    done.on("close", lambda: done.end(callback=told) and None)
    await turn()
    closed = Source()
    pipeline(closed, Sink(), callback=told)
    closed.destroy()
    await turn()
    attempt(lambda: pipeline(Source(), destroyed, callback=told))
    finished(Source(), told, signal=AbortSignal.abort())
    await turn()
