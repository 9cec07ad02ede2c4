"""A queue at a broker as a Readable, which holds a message until what was made of it is written."""

from __future__ import annotations

import asyncio

from ..core.calling import Callback
from ..loop.coroutines import failure_of
from ..loop.ticks import next_tick
from ..loop.waking import Wakeup, spawn
from ..streams.readable import Readable
from .engine import Engine, Feed, Parcel, Queue
from .messages import Delivery, GivenBack, Message, received
from .patience import Growing, persist
from .standing import Standing

__all__ = ["Letters", "Subscriber"]


class Letters:
    """Where a message goes that nobody can do anything with.

    Args:
        queue: the name of the queue of dead letters.
        max_tries: how often a message is given out before it goes there.
    """

    def __init__(self, queue: str, max_tries: int) -> None:
        self.queue = queue
        self.max_tries = max_tries

    def letter(self, message: Message, of: str, error: object) -> Message:
        """What is sent there for a message."""
        said = {"streams2-queue": of, "streams2-tries": str(message.tries)}
        why = " ".join(f"{type(error).__name__}: {error}".split())
        headers = {**message.headers, **said, "streams2-error": why}
        dead = None if message.id is None else f"{of}/{message.id}"
        return Message(message.data, key=message.key, id=dead, headers=headers)


class Subscriber(Readable[Message]):
    """What `Broker.subscriber` gives: a Readable of messages.

    It begins to take messages when it is first read, and never has more than its high-water mark of
    them that are not settled: a message counts until it, or all that was made of it, is
    acknowledged. When it is destroyed, it gives back what nobody has read. If that is for an error,
    it gives back all that is not settled; else whoever has read a message may still settle it, for
    as long as the connection is open.

    Attributes:
        queue: the name of the queue.
    """

    def __init__(
        self,
        engine: Engine,
        queue: str,
        high_water_mark: int,
        letters: Letters | None,
        retry_delay: int,
    ) -> None:
        super().__init__(object_mode=True, high_water_mark=high_water_mark)
        self.queue = queue
        self._engine = engine
        self._mark = high_water_mark
        self._letters = letters
        self._retry_delay = retry_delay
        self._declared: Queue | None = None
        self._feed: Feed | None = None
        self._held: dict[object, tuple[Message, Delivery]] = {}
        self._giving_back: asyncio.Future[None] | None = None
        # What went wrong with that, until somebody is told.
        self._not_given_back: Exception | None = None
        self._opening: asyncio.Task[None] | None = None
        self._burying: set[asyncio.Task[None]] = set()
        self._beat: asyncio.TimerHandle | None = None
        self._settled_one = Wakeup()
        self._lingering: asyncio.Task[None] | None = None
        self._stopped = False

    @property
    def unacknowledged(self) -> int:
        """How many messages it has taken that are not settled, those that nobody read included."""
        return len(self._held)

    def standing(self) -> Standing:
        """What it waits for."""
        waits_for = "message" if len(self._held) < self._mark else "settled"
        if self._feed is None:
            waits_for = "answer"
        limit = None if self._declared is None else self._declared.limit
        unread = {id(message) for message in self._unread()}
        held = [made for message, made in self._held.values() if id(message) not in unread]
        return Standing(waits_for, self.queue, self._engine, limit, self._mark, held)

    def stop(self) -> None:
        """Take no more messages, and end when those that are here have been read."""
        if not self._stopped and not self.destroyed:
            self._stopped = True
            spawn(self._stop())

    async def _stop(self) -> None:
        if self._opening is not None:
            await asyncio.wait([self._opening])
        if self._feed is not None:
            await self._feed.stop()
        if not self.destroyed:
            self.push(None)

    # -- taking ---------------------------------------------------------------------------------

    def _read(self, size: int) -> None:
        if self._opening is None and not self._stopped:
            self._opening = spawn(self._open())

    async def _open(self) -> None:
        engine = self._engine
        try:
            queue = await persist(engine, lambda: engine.find(self.queue))
            if self._letters is not None:
                letters = self._letters.queue
                await persist(engine, lambda: engine.find(letters))
        except (Exception, asyncio.CancelledError) as error:
            if not self.destroyed:
                self.destroy(failure_of(error))
            return
        if self.destroyed or self._stopped:
            return
        self._declared = queue
        self._feed = engine.feed(queue, self._mark, self._deliver, self._lose)
        self._feed.start()
        self._keep(queue.ack_wait / 3000)

    def _lose(self, error: BaseException) -> None:
        self.destroy(error)

    def _keep(self, every: float) -> None:
        """Give a sign of life for the messages that are here, now and again."""

        def beat() -> None:
            if self._feed is not None and self._held:
                self._feed.extend(list(self._held))
            self._keep(every)

        self._beat = asyncio.get_running_loop().call_later(every, beat)

    def _deliver(self, parcel: Parcel) -> None:
        token = parcel.token

        def settle(error: BaseException | None, delay: int | None) -> None:
            self._settle(token, error, delay)

        known: dict[str, object] = {"key": parcel.key, "id": parcel.id, "headers": parcel.headers}
        delivery = Delivery(settle)
        message = received(parcel.data, delivery, parcel.tries, **known)
        letters = self._letters
        # Of what was given back, `_settle` has seen to it: whoever had this one has died of it.
        self._held[token] = message, delivery
        if letters is not None and parcel.tries > letters.max_tries:
            self._bury(token, "nobody said what became of it")
        elif self.destroyed or self._stopped:
            message.nack(_Unread(), delay=0)
        else:
            self.push(message)

    # -- what became of a message ---------------------------------------------------------------

    def _settle(self, token: object, error: BaseException | None, delay: int | None) -> None:
        if token not in self._held or self._feed is None:
            return
        letters, tries = self._letters, self._held[token][0].tries
        tried = error is not None and not isinstance(error, _Unread)
        if tried and letters is not None and tries >= letters.max_tries:
            self._bury(token, error)
            return
        del self._held[token]
        if error is None:
            self._feed.ack(token)
        else:
            self._feed.nack(token, self._delay(tries, delay))
        self._settled_one.wake()

    def _delay(self, tries: int, delay: int | None) -> int:
        longest = 0 if self._declared is None else self._declared.ack_wait
        if delay is None:
            delay = self._retry_delay * 2 ** min(tries - 1, 20)
        return max(0, min(delay, longest))

    def _bury(self, token: object, error: object) -> None:
        """Send a message to the dead letters; when it is there, it is done."""
        task = spawn(self._buried(token, error))
        self._burying.add(task)
        task.add_done_callback(self._burying.discard)

    async def _buried(self, token: object, error: object) -> None:
        letters, engine, pause = self._letters, self._engine, Growing()
        assert letters is not None
        letter = letters.letter(self._held[token][0], self.queue, error)
        there: list[Message] = []
        try:
            queue = await persist(engine, lambda: engine.find(letters.queue))
            while not there:
                await persist(engine, lambda: engine.publish(queue, [letter], there.append))
                if not there:
                    await pause.wait()
        except (Exception, asyncio.CancelledError) as raised:
            self.destroy(failure_of(raised))
            return
        self._held.pop(token, None)
        if self._feed is not None:
            self._feed.ack(token)
        self._settled_one.wake()

    # -- the end --------------------------------------------------------------------------------

    def _destroy(self, error: BaseException | None, callback: Callback) -> None:
        for task in [self._opening, *self._burying] if error is not None else [self._opening]:
            if task is not None and not task.done():
                task.cancel()
        spawn(self._close(error, callback), closing=True)

    async def _close(self, error: BaseException | None, callback: Callback) -> None:
        outcome = error
        try:
            if self._opening is not None:
                await asyncio.wait([self._opening])
            if self._feed is not None:
                await self._feed.stop()
            for message in self._unread():
                message.nack(_Unread(), delay=0)
            if error is not None:
                await self.give_back()
            else:
                self._lingering = spawn(self._linger())
        except (Exception, asyncio.CancelledError) as raised:
            outcome = failure_of(raised) if error is None else error
        next_tick(callback, outcome)

    async def _linger(self) -> None:
        """Whoever has read a message may still be at work."""
        while self._held:
            await self._settled_one.wait()
        await self.give_back()

    async def give_back(self) -> None:
        """Give back at once all that is not settled, also what somebody works at."""
        lingering = self._lingering
        if lingering is not None and lingering is not asyncio.current_task():
            lingering.cancel()
        if self._giving_back is None:
            self._giving_back = asyncio.ensure_future(self._give_back())
        # Whoever stops waiting, such as the one who lingered, leaves it to its end.
        await asyncio.wait([self._giving_back])
        error, self._not_given_back = self._not_given_back, None
        if error is not None:
            raise error

    async def _give_back(self) -> None:
        feed = self._feed
        if self._beat is not None:
            self._beat.cancel()
        for burying in self._burying:
            burying.cancel()
        if feed is not None:
            await feed.stop()
        for token in list(self._held):
            self._settle(token, _Unread(), 0)
        self._feed = None
        if feed is not None:
            try:
                await feed.close()
            except Exception as error:
                self._not_given_back = error

    def _unread(self) -> list[Message]:
        return [chunk for chunk in self._readable_state.buffer if isinstance(chunk, Message)]


class _Unread(GivenBack):
    """A message was given back that nobody has tried to do anything with."""
