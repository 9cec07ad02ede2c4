"""A state machine: a state, and a table that says what each event does to it.

>>> class Door(State):
...     OPEN = "open"
...     SHUT = "shut"
>>> class Hand(MachineEvent):
...     PUSH = "push"
...     PULL = "pull"
>>> table = Table("door", Door.SHUT, {
...     (Door.SHUT, Hand.PULL): (Door.OPEN, None),
...     (Door.OPEN, Hand.PUSH): (Door.SHUT, "slam"),
... })
>>> class FrontDoor:
...     def slam(self):
...         print("the door slams")
>>> machine = Machine(table, FrontDoor())
>>> machine.step(Hand.PULL)
>>> machine.state
<Door.OPEN: 'open'>
>>> machine.step(Hand.PUSH)
the door slams

Everything a reader must know of a machine is in its table: nothing else changes the state, and an
event for which the table has no row is a mistake in the program, told at once. The table is data,
so the same one runs, is drawn, is searched by the model check, and is watched by a trace.

A step changes the state first and runs the row's action second, a method of the machine's owner:
an action sees the new state, and may step the machine again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any, Callable, Generic, TypeVar

__all__ = ["ImpossibleEventError", "Machine", "MachineEvent", "State", "Table", "observe"]


class State(Enum):
    """The base of a machine's states; a state's value is its name in words."""

    # Enum's own hash is a Python function, and every step looks its row up by two members.
    __hash__ = object.__hash__


class MachineEvent(Enum):
    """The base of a machine's events; an event's value is its name in words."""

    __hash__ = object.__hash__


class ImpossibleEventError(RuntimeError):
    """A machine was told of an event that cannot happen in its state."""


S = TypeVar("S", bound=State)
E = TypeVar("E", bound=MachineEvent)

Observer = Callable[["Machine[Any, Any]", State, MachineEvent], None]


class Table(Generic[S, E]):
    """What a machine does: its name, the state it starts in, and a row for each thing it can do.

    Args:
        name: one word for diagrams and errors.
        initial: the state of a new machine.
        rows: ``(state, event) -> (next state, action or None)``. An action is the name of a
            method of the machine's owner; it is called with whatever came with the event.
        notes: for a diagram's reader, what each state means.
    """

    def __init__(
        self,
        name: str,
        initial: S,
        rows: Mapping[tuple[S, E], tuple[S, str | None]],
        notes: Mapping[S, str] | None = None,
    ) -> None:
        self.name = name
        self.initial = initial
        self.rows: dict[tuple[S, E], tuple[S, str | None]] = dict(rows)
        self.notes: dict[S, str] = dict(notes or {})

    def states(self) -> tuple[S, ...]:
        """Every state, in the order its enum declares them."""
        return tuple(type(self.initial))


observers: tuple[Observer, ...] = ()


class Machine(Generic[S, E]):
    """One running machine.

    Args:
        table: what it does.
        owner: whose methods its actions are.
        state: where it starts, if not in the table's initial state.

    Attributes:
        state: the current state. Read it; only `step` changes it.
    """

    __slots__ = ("_rows", "owner", "state", "table")

    def __init__(self, table: Table[S, E], owner: object, state: S | None = None) -> None:
        self.table = table
        self.owner = owner
        self.state: S = table.initial if state is None else state
        self._rows = table.rows

    def step(self, event: E, *args: Any) -> None:
        """Let `event` happen: change the state, tell the observers, run the row's action.

        Raises:
            ImpossibleEventError: the table has no row for `event` in this state.
        """
        before = self.state
        try:
            self.state, action = self._rows[before, event]
        except KeyError:
            raise ImpossibleEventError(
                f"{self.table.name}: {event.value!r} cannot happen in state {before.value!r}"
            ) from None
        for observer in observers:
            observer(self, before, event)
        if action is not None:
            getattr(self.owner, action)(*args)

    def __repr__(self) -> str:
        return f"<{self.table.name} machine: {self.state.value}>"


@contextmanager
def observe(observer: Observer) -> Iterator[None]:
    """Call ``observer(machine, state before, event)`` at every step of every machine.

    The machine is in its new state by then, and the row's action is yet to run.
    """
    global observers
    observers = (*observers, observer)
    try:
        yield
    finally:
        remaining = list(observers)
        remaining.remove(observer)
        observers = tuple(remaining)
