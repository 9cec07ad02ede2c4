"""What a channel refuses."""

from __future__ import annotations

from ..errors import StreamsError

__all__ = ["ChannelNoneValueError", "TooManyPendingError"]


class ChannelNoneValueError(StreamsError, TypeError):
    """`None` was put: `None` is what a closed channel answers, and is never a value."""

    code = "ERR_CHANNEL_NONE_VALUE"
    template = "Cannot put None on a channel: None is what a closed channel answers"


class TooManyPendingError(StreamsError, RuntimeError):
    """So many operations wait on one channel that more would hide a mistake."""

    code = "ERR_CHANNEL_TOO_MANY_PENDING"
    template = (
        "No more than {} {} may wait on one channel. "
        "Await each one, or use a dropping or a sliding buffer"
    )
