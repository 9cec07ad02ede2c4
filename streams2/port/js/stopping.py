"""Where a draft stops: what is raised there passes every ``catch`` of the program."""

__all__ = ["Ambiguous", "NotPorted"]


class NotPorted(BaseException):
    """This piece of the program has no counterpart yet; the message says why.

    It is no Exception, so that no handler of the program takes it for an error of its own.
    """


class Ambiguous(NotPorted):
    """A None is to be shown, and only you know whether it was null or undefined."""
