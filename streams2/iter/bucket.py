"""What is behind a writer: what was written and not yet read, and who waits for room.

A bucket steps the machine of `policies`, and does what its table says. A kind of stream makes one
of its own: it says where a batch goes, what is dropped first, and what readers are told.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Callable, TypeVar

from ..core.machine import Machine
from ..errors import AbortError, InvalidStateError, expect
from ..errors.places import made_here
from ..events.abort import AbortSignal, on_abort
from .batches import Batch
from .policies import (
    ACCEPTING,
    CLOSED,
    CLOSING,
    FAILED,
    LEFT,
    LIVE,
    OPEN,
    PUSH,
    WAITING,
    Policy,
    PushEvent,
    checked_budget,
    overflow_of,
)
from .signals import checked, failure_of, reason_of

__all__ = ["Bucket"]

T = TypeVar("T")

_TOO_MANY = (
    "Too many pending writes: the budget is used up, and a write waits for room already. "
    "Await each write(), or choose another policy for backpressure"
)


class Offer:
    """A write that may have to wait.

    Attributes:
        told: what the writer awaits; None if he does not.
        forget: stops listening to the write's signal.
    """

    __slots__ = ("batch", "forget", "nbytes", "told")

    def __init__(self, batch: Batch, nbytes: int, told: asyncio.Future[None] | None) -> None:
        self.batch = batch
        self.nbytes = nbytes
        self.told = told
        self.forget: Callable[[], None] | None = None


def settle(future: asyncio.Future[T], result: T) -> None:
    """Tell one who may have gone away."""
    if not future.done():
        future.set_result(result)


def reject(future: asyncio.Future[T], error: BaseException) -> None:
    """Tell one who may have gone away that it went wrong."""
    if not future.done():
        future.set_exception(error)


class Bucket:
    """The state of one writer.

    Args:
        budget: how many bytes may be unread before the policy decides.
        backpressure: the policy.

    Attributes:
        size: how many bytes are unread.
        total: how many have been written.
        error: why it failed, or why its reader left.
        made_at: the line of the user's program that made it, or None.
    """

    def __init__(self, budget: int, backpressure: Policy) -> None:
        self.overflow = overflow_of(backpressure)
        self.budget = checked_budget(budget)
        self.machine = Machine(PUSH, self)
        self.made_at = made_here(self)
        self.size = 0
        self.total = 0
        self.error: BaseException = AbortError()
        self.waiting: deque[Offer] = deque()
        self.draining: list[asyncio.Future[bool]] = []
        self.ending: list[asyncio.Future[int]] = []
        self.forget_signal: Callable[[], None] = _nothing

    def obey(self, signal: AbortSignal | None) -> None:
        """Stop when `signal` says so."""
        if checked(signal) is not None and signal is not None:
            self.forget_signal = on_abort(signal, lambda: self.stop(reason_of(signal)))

    # -- what a kind of stream brings -------------------------------------------------------------

    def add(self, batch: Batch, nbytes: int) -> None:
        """Put a batch where readers find it, and count it if none has taken it."""
        raise NotImplementedError

    def drop(self) -> None:
        """Throw away what was written first."""
        raise NotImplementedError

    def is_read_out(self) -> bool:
        """Whether every reader has seen all."""
        raise NotImplementedError

    def tell_readers(self) -> None:
        """Tell readers who wait that nothing comes any more, and why."""
        raise NotImplementedError

    def let_go(self) -> None:
        """It is over: the signal has nothing more to say."""
        self.forget_signal()

    def withdrawn(self) -> None:
        """A write that waited was given up: there may be nothing more to come."""

    def stop(self, reason: BaseException) -> None:
        """The stream's signal has fired."""
        self.fail(reason)

    # -- writes -----------------------------------------------------------------------------------

    def write(self, batch: Batch, signal: AbortSignal | None) -> asyncio.Future[None]:
        """Accept `batch`, or have it wait, or refuse it: what is answered says which."""
        checked(signal)
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        refusal = self.refusal(signal)
        if refusal is not None:
            told.set_exception(refusal)
            return told
        offer = Offer(batch, sum(map(len, batch)), told)
        if not offer.nbytes:
            told.set_result(None)
        elif self.machine.state is ACCEPTING:
            self.let_in(offer)
        else:
            self.machine.step(self.overflow, offer)
            if not told.done():
                self.watch(offer, signal)
        return told

    def write_at_once(self, batch: Batch) -> bool:
        """Accept `batch`, unless it would have to wait: whether it is accepted."""
        state = self.machine.state
        if state not in OPEN:
            return False
        offer = Offer(batch, sum(map(len, batch)), None)
        if not offer.nbytes:
            return True
        if state is ACCEPTING:
            self.let_in(offer)
            return True
        if self.overflow in (PushEvent.STRICT, PushEvent.UNBOUNDED):
            return False
        self.machine.step(self.overflow, offer)
        return True

    def refusal(self, signal: AbortSignal | None) -> BaseException | None:
        """Why there can be no write, if there can be none."""
        state = self.machine.state
        if state is FAILED or state is LEFT:
            return self.error
        if state is CLOSED or state is CLOSING:
            return InvalidStateError(f"Writer is {state.value}")
        return reason_of(signal) if signal is not None and signal.aborted else None

    def let_in(self, offer: Offer) -> None:
        """A write is accepted."""
        self.total += offer.nbytes
        self.add(offer.batch, offer.nbytes)
        if self.size >= self.budget and self.machine.state is ACCEPTING:
            self.machine.step(PushEvent.FILL)
        self.answer(offer)

    def answer(self, offer: Offer) -> None:
        """Tell the writer that his write is done."""
        if offer.forget is not None:
            offer.forget()
        if offer.told is not None:
            settle(offer.told, None)

    def watch(self, offer: Offer, signal: AbortSignal | None) -> None:
        """A write that waits is withdrawn when its signal fires, and when its writer goes away."""
        told = offer.told
        assert told is not None
        if signal is not None:
            offer.forget = on_abort(signal, lambda: self.give_up(offer, reason_of(signal)))
        told.add_done_callback(lambda _: self.withdraw(offer))

    def give_up(self, offer: Offer, reason: BaseException) -> None:
        """The signal of a write that waits has fired."""
        if offer.told is not None:
            reject(offer.told, reason)
        self.withdraw(offer)

    def withdraw(self, offer: Offer) -> None:
        """A write that waited is given up."""
        if offer in self.waiting:
            self.waiting.remove(offer)
            if not self.waiting and self.machine.state is WAITING:
                self.machine.step(PushEvent.WITHDRAW)
            self.withdrawn()

    def made_room(self) -> None:
        """A reader has taken something: let in who waits, for as long as there is room."""
        while self.waiting and self.size < self.budget:
            offer = self.waiting.popleft()
            if offer.told is None or not offer.told.done():
                self.let_in(offer)
        state = self.machine.state
        if state not in OPEN or self.waiting:
            return
        if self.size < self.budget and state is not ACCEPTING:
            self.machine.step(PushEvent.ROOM)
        elif state is WAITING:
            self.machine.step(PushEvent.LET_IN)

    # -- the table's actions ----------------------------------------------------------------------

    def wait(self, offer: Offer) -> None:
        self.waiting.append(offer)

    def refuse(self, offer: Offer) -> None:
        if offer.told is not None:
            offer.told.set_exception(InvalidStateError(_TOO_MANY))

    def make_room(self, offer: Offer) -> None:
        while self.size >= self.budget:
            self.drop()
        self.let_in(offer)
        if self.machine.state is ACCEPTING:
            self.tell_drain()

    def throw_away(self, offer: Offer) -> None:
        self.total += offer.nbytes
        self.answer(offer)

    def tell_drain(self) -> None:
        self.tell_draining(True)

    def tell_closing(self) -> None:
        self.tell_draining(False)
        self.look_for_the_end()

    def tell_ended(self) -> None:
        self.let_go()
        for future in self.ending:
            settle(future, self.total)
        self.tell_readers()

    def tell_failed(self, error: BaseException) -> None:
        self.error = error
        self.let_go()
        self.reject_draining(error)
        self.reject_writes(error)
        self.tell_readers()

    def tell_left(self, error: BaseException) -> None:
        self.error = error
        self.let_go()
        self.reject_writes(error)

    def tell_cancelled(self, reason: BaseException | None) -> None:
        self.let_go()
        self.tell_draining(False)
        for future in self.ending:
            settle(future, self.total)
        self.ending.clear()
        self.reject_writes(AbortError("Broadcast cancelled"))

    # -- who waits --------------------------------------------------------------------------------

    def tell_draining(self, room: bool) -> None:
        draining, self.draining = self.draining, []
        for future in draining:
            settle(future, room)

    def reject_draining(self, error: BaseException) -> None:
        draining, self.draining = self.draining, []
        for future in draining:
            reject(future, error)

    def reject_writes(self, error: BaseException) -> None:
        for future in self.ending:
            reject(future, error)
        waiting, self.waiting = self.waiting, deque()
        for offer in waiting:
            if offer.forget is not None:
                offer.forget()
            if offer.told is not None:
                reject(offer.told, error)

    # -- the end ----------------------------------------------------------------------------------

    def end(self, signal: AbortSignal | None) -> asyncio.Future[int]:
        """Accept no more; what is answered comes when all is read."""
        checked(signal)
        told: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        state = self.machine.state
        if state is CLOSED:
            told.set_result(self.total)
        elif state is FAILED or state is LEFT:
            told.set_exception(self.error)
        elif signal is not None and signal.aborted:
            told.set_exception(reason_of(signal))
        else:
            self.ending.append(told)
            if signal is not None:
                forget = on_abort(signal, lambda: reject(told, reason_of(signal)))
                told.add_done_callback(lambda _: forget())
            if state is not CLOSING:
                self.machine.step(PushEvent.END)
        return told

    def end_at_once(self) -> int:
        """Accept no more: how many bytes were written, or -1 if not all is read, or it failed."""
        if self.machine.state in OPEN:
            self.machine.step(PushEvent.END)
        return self.total if self.machine.state is CLOSED else -1

    def look_for_the_end(self) -> None:
        """If it is ended and read, it is over."""
        if self.machine.state is CLOSING and self.is_read_out():
            self.machine.step(PushEvent.READ_OUT)

    def fail(self, error: BaseException | None) -> None:
        """Accept no more, and have everybody know why."""
        if error is not None:
            expect("reason", error, BaseException)
        if self.machine.state in LIVE:
            self.machine.step(PushEvent.FAIL, failure_of(error))

    def drain(self) -> asyncio.Future[bool] | None:
        """What comes when there is room."""
        if self.machine.state not in OPEN:
            return None
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self.machine.state is ACCEPTING:
            told.set_result(True)
        else:
            self.draining.append(told)
        return told

    @property
    def can_write(self) -> bool | None:
        """Whether there is room; None if there will be none."""
        state = self.machine.state
        return state is ACCEPTING if state in OPEN else None


def _nothing() -> None:
    """Forget a signal that was not given."""
