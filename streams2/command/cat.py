"""cat: files to standard output, one after the other, through a pipe or through a channel.

A file that cannot be read is told of, and the next one is taken. A failing output ends it all.
"""

from __future__ import annotations

import errno
import os
import shlex
import stat
import sys
from collections.abc import Iterator, Sequence

from ..bridge.values import writable_from_channel
from ..channel import Channel, Sink
from ..fs.streams import create_read_stream
from ..loop.run import run
from ..promises import finished
from ..stdio import stdin, stdout
from ..streams.readable import Readable
from ..streams.writable import Writable

__all__ = ["MODELS", "cat"]

_OUTPUT = 1


class _Cat:
    """One run of it.

    Attributes:
        complained: whether a file could not be copied.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.complained = False

    # -- through a pipe -------------------------------------------------------------------------

    async def pipe_all(self, output: Writable[bytes]) -> None:
        for name, source in self._sources():
            # A pipe only parts from an output that fails: its source would wait for ever.
            output.on("error", source.destroy)
            source.pipe(output, end=False)
            await self._end_of(name, source, output)
            source.unpipe(output)
            output.remove_listener("error", source.destroy)
        output.end()
        await finished(output)

    async def _end_of(self, name: str, source: Readable[bytes], output: Writable[bytes]) -> None:
        try:
            await finished(source)
        except OSError as error:
            if output.errored is None:
                self._complain(name, error)
        if output.errored is not None:
            raise output.errored

    # -- through a channel ----------------------------------------------------------------------

    async def send_all(self, output: Writable[bytes]) -> None:
        channel: Channel[bytes] = Channel()
        writable_from_channel(channel, output)
        for name, source in self._sources():
            await self._put(name, source, channel)
        channel.close()
        await finished(output)

    async def _put(self, name: str, source: Readable[bytes], channel: Sink[bytes]) -> None:
        try:
            async for chunk in source:
                if not await channel.put(chunk):
                    break
        except OSError as error:
            self._complain(name, error)
        finally:
            source.destroy()

    # -- files ----------------------------------------------------------------------------------

    def _sources(self) -> Iterator[tuple[str, Readable[bytes]]]:
        for name in self.names:
            if name == "-" and sys.stdin is None:
                self._say(name, os.strerror(errno.EBADF))
            elif _would_read_its_own_output(name):
                self._say(name, "input file is output file")
            else:
                yield name, stdin() if name == "-" else create_read_stream(name)

    def _complain(self, name: str, error: OSError) -> None:
        self._say(name, error.strerror or str(error))

    def _say(self, name: str, what: str) -> None:
        self.complained = True
        shown = shlex.quote(name) if name.isprintable() else repr(name)
        print(f"streams2 cat: {shown}: {what}", file=sys.stderr)


def _would_read_its_own_output(name: str) -> bool:
    """Whether a file still to be read is the one that is written: it would never end."""
    try:
        output = os.fstat(_OUTPUT)
        source = os.fstat(0) if name == "-" else os.stat(name)
        position = os.lseek(0, 0, os.SEEK_CUR) if name == "-" else 0
    except OSError:
        return False  # Reading it will tell what is wrong.
    return (
        stat.S_ISREG(output.st_mode)
        and os.path.samestat(output, source)
        and position < source.st_size
    )


MODELS = {"pipe": _Cat.pipe_all, "channel": _Cat.send_all}


def cat(names: Sequence[str], model: str = "pipe") -> bool:
    """Write files to standard output.

    Args:
        names: their paths; ``"-"`` is standard input. None at all is standard input, too.
        model: ``"pipe"`` or ``"channel"``.

    Returns:
        Whether all could be read. What could not was told on standard error.

    Raises:
        OSError: standard output failed.
    """
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    work = _Cat(names or ["-"])

    async def main() -> bool:
        await MODELS[model](work, stdout())
        return not work.complained

    return run(main)
