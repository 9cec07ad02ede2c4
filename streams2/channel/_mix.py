"""Many to one, with a hand on each: inputs that can be muted, paused and soloed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypedDict, TypeVar

from ..errors import InvalidArgTypeError, InvalidArgValueError, expect
from ._alts import alts
from ._buffers import sliding_buffer
from ._core import Channel, Sink, Source
from ._dispatch import spawn

__all__ = ["Mix", "Modes", "mix"]

T = TypeVar("T")


class Modes(TypedDict, total=False):
    """How an input of a `Mix` is treated. What is not given is as it was, and False at first."""

    mute: bool
    """Its values are taken and dropped."""

    pause: bool
    """Its values are not taken."""

    solo: bool
    """It is heard, and all that are not soloed are treated as `Mix.solo_mode` says."""


class Mix(Generic[T]):
    """Puts the values of several channels on one, and lets each be muted, paused or soloed.

    An input that ends is removed. When the one they are put on is closed, no more are taken.

    core.async: mix
    """

    def __init__(self, dest: Sink[T]) -> None:
        self._dest = expect("dest", dest, Channel)
        self._modes: dict[Source[T], Modes] = {}
        self._solo_mode = "mute"
        self._changed: Channel[bool] = Channel(sliding_buffer(1))
        spawn(self._run())

    def admix(self, channel: Source[T]) -> None:
        """Add an input. If it is one already, its modes are all False again.

        Raises:
            InvalidArgTypeError: not a channel.

        core.async: admix
        """
        self._modes[expect("channel", channel, Channel)] = {}
        self._changed.offer(True)

    def unmix(self, channel: Source[T]) -> None:
        """Remove an input.

        core.async: unmix
        """
        self._modes.pop(channel, None)
        self._changed.offer(True)

    def unmix_all(self) -> None:
        """Remove all inputs.

        core.async: unmix-all
        """
        self._modes.clear()
        self._changed.offer(True)

    def toggle(self, modes: Mapping[Source[T], Modes]) -> None:
        """Set modes of inputs, of several at once. A channel that is no input becomes one.

        Raises:
            InvalidArgTypeError: what is given is no mapping from channels to modes.
            InvalidArgValueError: there is no such mode.

        core.async: toggle
        """
        wanted = "a mapping from channels to modes"
        if not isinstance(modes, Mapping):
            raise InvalidArgTypeError.given("modes", wanted, modes)
        for channel, changes in modes.items():
            if not isinstance(channel, Channel) or not isinstance(changes, Mapping):
                raise InvalidArgTypeError.given("modes", wanted, modes)
            for mode in changes:
                if mode not in Modes.__annotations__:
                    raise InvalidArgValueError.given("modes", "of mute, pause and solo", mode)
        for channel, changes in modes.items():
            self._modes.setdefault(channel, {}).update(changes)
        self._changed.offer(True)

    def solo_mode(self, mode: str) -> None:
        """While any input is soloed, ``"mute"`` (the default) or ``"pause"`` the others.

        Raises:
            InvalidArgValueError: there is no such mode.

        core.async: solo-mode
        """
        if mode not in ("mute", "pause"):
            raise InvalidArgValueError.given("mode", '"mute" or "pause"', mode)
        self._solo_mode = mode
        self._changed.offer(True)

    def _with(self, mode: Any) -> list[Source[T]]:
        return [channel for channel, modes in self._modes.items() if modes.get(mode)]

    async def _run(self) -> None:
        while True:
            solos, paused, muted = self._with("solo"), self._with("pause"), self._with("mute")
            if solos and self._solo_mode == "pause":
                inputs = solos
            else:
                inputs = [channel for channel in self._modes if channel not in paused]
            value, port = await alts([*inputs, self._changed])
            if port is self._changed:
                continue
            if value is None:
                self._modes.pop(port, None)
                continue
            heard = port in solos if solos else port not in muted
            if heard and not await self._dest.put(value):
                return


def mix(dest: Sink[T]) -> Mix[T]:
    """A `Mix` onto `dest`.

    >>> import asyncio
    >>> async def main():
    ...     out, drums, voice = Channel(10), Channel(10), Channel(10)
    ...     sound = mix(out)
    ...     sound.admix(voice)
    ...     sound.toggle({drums: {"mute": True}})
    ...     await drums.put("boom")
    ...     await voice.put("la")
    ...     return await out.take()
    >>> asyncio.run(main())
    'la'

    Raises:
        InvalidArgTypeError: not a channel.

    core.async: mix
    """
    return Mix(dest)
