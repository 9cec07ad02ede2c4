"""Bad arguments raise at the call, with the code that Node 26 gives them."""

from __future__ import annotations

import asyncio
import math
import pickle

import pytest

from streams2 import AbortSignal
from streams2.errors import (
    AggregateError,
    InvalidArgTypeError,
    MissingArgsError,
    NoRunningLoopError,
)
from streams2.streams.readable import Readable

NO_NUMBERS = ["", "5", True, None, {}, []]
OUT_OF_RANGE = [-1, -0.5, math.nan, math.inf, -math.inf]


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(value, "ERR_INVALID_ARG_TYPE") for value in NO_NUMBERS]
    + [(value, "ERR_OUT_OF_RANGE") for value in OUT_OF_RANGE],
)
def test_a_signals_timeout_takes_a_number_of_seconds(seconds, code):
    async def main():
        with pytest.raises((TypeError, ValueError)) as caught:
            AbortSignal.timeout(seconds)
        assert caught.value.code == code
        assert '"seconds"' in str(caught.value)

    asyncio.run(main())


def test_an_aggregate_is_made_of_exceptions():
    with pytest.raises(MissingArgsError, match='"errors"'):
        AggregateError()
    with pytest.raises(InvalidArgTypeError, match='"errors"'):
        AggregateError(ValueError(), "x")
    both = pickle.loads(pickle.dumps(AggregateError(ValueError("a"), KeyError("b"))))
    assert [type(error) for error in both.errors] == [ValueError, KeyError]


def test_without_a_loop_the_error_says_what_another_thread_has_to_do():
    with pytest.raises(NoRunningLoopError, match="call_soon_threadsafe"):
        Readable(read=lambda self, size: None).push(b"x")
