"""What each thing waits for: the reasons, one by one."""

from __future__ import annotations

from ..brokers.publisher import Publisher
from ..brokers.subscriber import Subscriber
from ..channel import Channel
from ..errors.places import Place
from ..streams.stream import Stream
from .answers import Thing
from .asked import OF_CHANNELS, is_child, is_server, tasks_of
from .ends import is_unanswered
from .hands import methods_reach, parts
from .iterables import OF_ITER, Iterables
from .names import users_frames
from .outside import code_of
from .queues import of_a_queue
from .scene import Scene
from .sides import Asked, Wait, life, reading, unanswered, untold, writing
from .tasks import Awaited, Steps
from .words import is_idle_reading, waits_for

__all__ = ["Several", "Waits"]

_PLAIN = ("future", "unknown", "task", "any task")
_OF_QUEUES = ("_read", "_write", "_writev")


class Several(Wait):
    """What a task waits for, together with why each of that does not go on."""

    def __init__(self, said: Wait, waits: list[Wait], all_of: bool = False) -> None:
        super().__init__(said.thing, said.reason, place=said.place)
        self.waits = waits
        self.any_of = not all_of


class Waits:
    """What things of a scene wait for."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._iterables = Iterables(scene)
        self._looked_into: list[Thing] = []

    def of(self, thing: Thing, what: str = "over") -> list[Wait]:
        """Why `thing` does not go on: all of the reasons.

        Args:
            thing: what waits.
            what: of a stream, what is waited for.
        """
        if thing in self._scene.tasks:
            return self._of_task(thing)
        if isinstance(thing, Channel):
            return self._of_channel(thing, "take" if not thing.holdings().putting else "put")
        if isinstance(thing, Stream):
            return self._of_stream(thing, what)
        if isinstance(thing, OF_ITER):
            return self._iterables.of(thing)
        if isinstance(thing, OF_CHANNELS):
            return [Wait(thing, "", on=[task]) for task in tasks_of(thing, self._scene.tasks)]
        if is_server(thing) or is_child(thing):
            return self._of_emitter(thing)
        if thing.done():
            return []
        others = self._scene.who_tells(None, thing)
        said = "" if others else "is a future that nobody resolves"
        return [Wait(thing, said, on=others, any_of=True, needs=[thing])]

    def _of_emitter(self, thing: Thing) -> list[Wait]:
        """Of a server, or a child: what it waits for."""
        if is_child(thing):
            if thing.pid is None or thing.exit_code is not None or thing.signal_code is not None:
                return []
            stuck = self._of_child(thing)
            return [stuck or Wait(thing, "runs", external=f"the child {thing.pid}")]
        if thing.listening:
            words = "somebody to connect"
            return [Wait(thing, f"listens, and waits for {words}", external=words)]
        left: list[Thing] = [Asked(one, "over") for one in self._scene.ends.connections_of(thing)]
        return [Wait(thing, "waits for its connections to be over", on=left)] if left else []

    # -- tasks ----------------------------------------------------------------------------------

    def _of_task(self, task: Thing) -> list[Wait]:
        scene = self._scene
        steps, awaited = scene.tasks[task], scene.awaited[task]
        place = scene.line(task)
        at = f"waits at {place} " if place is not None else "waits "
        if steps.future is not None and steps.future in scene.reach and awaited.what in _PLAIN:
            return [Wait(task, f"{at}for what is still to run", place=place, needs=[steps.future])]
        if task in scene.reach:
            soon = "is at work" if task is scene.running else "is about to go on"
            return [Wait(task, soon, place=place, needs=[task])]
        what = awaited.what
        if what == "program" and not awaited.things:
            return []
        if what == "event emitter":
            emitter = awaited.things[0]
            stuck = self._of_child(emitter)
            left: list[Thing] = [] if stuck is None else [stuck]
            if awaited.words == "for 'close'":
                left += [Asked(one, "over") for one in scene.ends.connections_of(emitter)]
            if left:
                words = f"{at}{awaited.words} of {scene.name(emitter)}" if place else ""
                return [Wait(task, words, place=place, on=left)]
            awaited = awaited._replace(
                things=[steps.future], words=f"{awaited.words} of {scene.name(awaited.things[0])}"
            )
        held = scene.budgets.of(steps.future)
        if held is not None and what == "future":
            return [self._iterables.of_task(task, held, at, place)]
        if what in ("future", "unknown", "event emitter"):
            return [self._of_future(task, awaited, at, place)]
        if what == "alts":
            return self._of_alts(task, awaited, at, place)
        if what == "mix":
            return [self._of_mix(one) for one in awaited.things]
        if what in ("put", "take", "each"):
            return self._of_channels(task, awaited, at, place)
        if what in ("task", "any task", "program"):
            words, any_of = f"{at}{awaited.words}" if place else "", what == "any task"
            return [Wait(task, words, place=place, on=awaited.things, any_of=any_of)]
        things = ", ".join(scene.name(one) for one in awaited.things)
        words = f"{at}{waits_for(what, awaited, things)}" if place else ""
        said = Wait(task, words, place=place, remedy=awaited.remedy)
        inner = [w for one in awaited.things for w in self._of_stream(one, what)]
        said.needs = [part for one in awaited.things for part in parts(one)]
        return [Several(said, inner, all_of=True)] if inner else [said]

    def _of_future(self, task: Thing, awaited: Awaited, at: str, place: Place | None) -> Wait:
        things, words, remedy = awaited.things, awaited.words, awaited.remedy
        others = self._scene.who_tells(task, things[0]) if things else []
        if task in others:
            # It is a lock, and nobody else has it.
            others, words = [], f"{words}, by itself"
            remedy = "Let go of it before it is taken again"
        if others:
            words = words.partition(" that nobody")[0]
        said = f"{at}{words}"
        return Wait(task, said, place=place, remedy=remedy, on=others, any_of=True, needs=things)

    def _of_alts(self, task: Thing, awaited: Awaited, at: str, place: Place | None) -> list[Wait]:
        things = ", ".join(f"a {how} on {self._scene.name(ch)}" for ch, how in awaited.things)
        waits = [w for ch, how in awaited.things for w in self._of_channel(ch, how)]
        said = Wait(task, f"{at}for one of {things}" if place else "", place=place)
        return [Several(said, waits)] if waits else [said]

    # -- channels -------------------------------------------------------------------------------

    def _of_mix(self, channel: Thing) -> Wait:
        reason = "is what a mix puts on, and the mix has no input that is not paused"
        return Wait(
            channel, reason, remedy="Give the mix an input, or `toggle` one", needs=[channel]
        )

    def _of_channels(
        self, task: Thing, awaited: Awaited, at: str, place: Place | None
    ) -> list[Wait]:
        how = "take" if awaited.what == "take" else "put"
        names = ", ".join(self._scene.name(channel) for channel in awaited.things)
        words = "to take from" if how == "take" else "to put on"
        said = Wait(task, f"{at}{words} {names}" if place else "", place=place)
        inner = [w for ch in awaited.things for w in self._of_channel(ch, how)]
        return [Several(said, inner, all_of=True)] if inner else [said]

    def _of_channel(self, channel: Channel[Thing, Thing], how: str) -> list[Wait]:
        holdings = channel.holdings()
        if how == "put":
            figure = f"{len(holdings.values)} of {holdings.size} values"
            figure += f", and {len(holdings.putting)} waiting to be put"
            reason = "is full, and nobody takes from it"
            remedy = "Take from it, or close it by `abandon()`"
        else:
            figure = "0 values"
            reason = "is empty, and nobody puts anything on it or closes it"
            remedy = "Put on it, or close it"
        short = "is full" if how == "put" else "is empty"
        if channel in self._scene.reach:
            return [Wait(channel, short, figure, needs=[channel])]
        others = self._scene.who_serves(channel, how)
        if not others:
            others = [one for one in self._scene.bridged_to(channel) if one is not channel]
        if others:
            return [Wait(channel, short, figure, on=others, any_of=True)]
        return [Wait(channel, reason, figure, remedy=remedy, needs=[channel])]

    # -- streams --------------------------------------------------------------------------------

    def _of_stream(self, stream: Thing, what: str) -> list[Wait]:
        if not isinstance(stream, Stream):
            return [Wait(stream, f"is waited for, {what.replace('event ', 'for ')}")]
        face: Thing = stream
        if what in ("drain", "event drain") and not face.writable_need_drain:
            return [Wait(face, "refused nobody, so its 'drain' will not come", needs=[face])]
        begun = life(face)
        if begun is not None:
            return [self._by_tasks(begun)]
        waits = []
        if what in ("drain", "event drain", "event finish", "over", "pipeline", "event close"):
            waits.append(writing(face, self._scene.sources_of))
        if what not in ("drain", "event drain", "event finish"):
            came = reading(face)
            if came is None and hasattr(face, "_writable_state") and not waits:
                came = writing(face, self._scene.sources_of)
            waits.append(came)
        if not any(waits) and is_unanswered(face):
            waits = [unanswered(face)]
        if what.startswith("event ") and not any(waits):
            waits = [untold(face, what.partition(" ")[2])]
        found = [self._by_tasks(wait) for wait in waits if wait is not None]
        blamed = [wait for wait in found if not is_idle_reading(wait, found)]
        return blamed or found

    def _by_tasks(self, wait: Wait) -> Wait:
        """If a coroutine is to answer, or to read or write: what that waits for."""
        face = wait.thing
        if isinstance(face, (Publisher, Subscriber)) and wait.method in _OF_QUEUES:
            return of_a_queue(face, wait, self._scene)
        if isinstance(face, Stream) and wait.method is not None and wait.place is None:
            far = self._by_far_end(wait)
            if far is not None:
                return far
        if wait.on or self._scene.is_coming(wait) or not isinstance(face, Stream):
            return wait
        if wait.method is not None:
            running = self._running(face, wait)
            return _on(wait, running) if running else wait
        users = self._scene.users_of(face)
        if users:
            wait.reason = wait.reason.partition(", and ")[0]
            return _on(wait, users, any_of=True)
        return self._by_streams(wait) if wait.is_paused else wait

    def _by_far_end(self, wait: Wait) -> Wait | None:
        """If a stream waits for its other end, and that is in this program: for what that waits."""
        ends, face = self._scene.ends, wait.thing
        if wait.method == "_read":
            far, side = ends.writer_of(face), "writable"
        else:
            far, side = ends.reader_of(face), "readable"
        is_child = far is None
        if far is None:
            busy = ends.ahead_of(face)
            if busy:
                wait.reason, wait.external = "waits for a connection of its agent", None
                on = [
                    Asked(one, "event response" if is_unanswered(one) else "chunk") for one in busy
                ]
                return _on(wait, list(on), any_of=True)
            far, side = ends.awaited_by_child(face)
        if far is None or any(far is one for one in self._looked_into):
            return None
        its = writing(far, self._scene.sources_of) if side == "writable" else reading(far)
        if its is None or its.external is not None or (its.thing is far and _is_owed_by_us(its)):
            # It has done its part: what it gave is on the way.
            return None
        to_do = "written to, or ended" if side == "writable" else "read"
        wait.reason = f"waits for {self._scene.name(far)} to be {to_do}"
        if not is_child:
            wait.external = None
        self._looked_into.append(face)
        try:
            return _on(wait, [self._by_tasks(its)])
        finally:
            self._looked_into.pop()

    def _of_child(self, child: Thing) -> Wait | None:
        """Why a child does not go on, if that is for us to change."""
        stream, side = self._scene.ends.awaited_by_child(child)
        if stream is None:
            return None
        its = writing(stream, self._scene.sources_of) if side == "writable" else reading(stream)
        return None if its is None or _is_owed_by_us(its) else self._by_tasks(its)

    def _by_streams(self, wait: Wait) -> Wait:
        """If a stream that is full has paused another one: that."""
        full = self._scene.resumers_of(wait.thing)
        outer: list[Thing] = [reading(one) for one in self._scene.made_of(wait.thing)]
        asked: list[Thing] = [Asked(one, "drain") for one in full]
        others = asked or [one for one in outer if one is not None and not one.external]
        if not others:
            return wait
        wait.reason = (
            "is paused until "
            + " and ".join(self._scene.name(one.thing) for one in others)
            + (" drains" if full else " is read")
        )
        return _on(wait, others)

    def _inside(self, one: Thing, method: str) -> list[Thing]:
        """Why what a stream is made of does not go on, for a method of that stream."""
        if isinstance(one, Channel):
            return [one]
        if any(one is other for other in self._looked_into):
            return []
        self._looked_into.append(one)
        try:
            return self._of_part(one, method)
        finally:
            self._looked_into.pop()

    def _of_part(self, one: Thing, method: str) -> list[Thing]:
        writes = getattr(one, "_writable_state", None)
        if method != "_read" and writes is not None and (writes.length or writes.ended):
            wait = writing(one, self._scene.sources_of)
            return [] if wait is None else [self._by_tasks(wait)]
        return list(self._of_stream(one, "chunk"))

    def _running(self, face: Thing, wait: Wait) -> list[Thing]:
        """The tasks that run a method of `face`, and what a stream of ours is made of."""
        scene = self._scene
        code = code_of(getattr(face, wait.method or "", None))
        tasks = [
            task
            for task, steps in scene.tasks.items()
            if code is not None and _runs(steps, code, face)
        ]
        if tasks or wait.place is not None or wait.external is not None:
            return tasks
        links = methods_reach(face)
        waits = [
            self._iterables.unread_by(held)
            for held in scene.budgets.waited_for()
            if scene.budgets.writer_of(held.bucket) in links and wait.method != "_read"
        ]
        if waits:
            return list(waits[0])
        inner = [task for task in scene.tasks if face in scene.held[task]]
        inner = [task for task in inner if not scene.is_on_path(task)]
        inner = [task for task in inner if not any(face is t for t in scene.awaited[task].things)]
        tasks = [task for task in inner if not _is_main(scene.tasks[task])]
        if tasks:
            return tasks
        others = [*scene.streams, *scene.channels]
        streams = [one for one in others if one in links and one is not face]
        if wait.method == "_read":
            # What only takes, nothing comes out of.
            streams = [one for one in streams if not _only_takes(one)] or streams
        return [way for one in streams for way in self._inside(one, wait.method or "")]


def _only_takes(one: Thing) -> bool:
    return hasattr(one, "_writable_state") and not hasattr(one, "_readable_state")


def _is_owed_by_us(wait: Wait) -> bool:
    """Whether it is one of our methods that has not answered."""
    return wait.method is not None and wait.place is None


def _runs(steps: Steps, code: object, face: object) -> bool:
    """Whether a method runs, right where a task begins; in debug mode, below what watches it."""
    first = steps.frames[:1]
    frames = first if users_frames(first) else steps.frames
    return any(
        frame.f_code is code and any(value is face for value in frame.f_locals.values())
        for frame in frames
    )


def _on(wait: Wait, others: list[Thing], any_of: bool = False) -> Wait:
    wait.on, wait.any_of, wait.needs = others, any_of, []
    return wait


def _is_main(steps: Steps) -> bool:
    return any(frame.f_code.co_name == "main" for frame in steps.frames)
