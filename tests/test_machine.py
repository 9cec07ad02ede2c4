"""The machine: a table that runs."""

from __future__ import annotations

import pytest

from streams2.core.machine import ImpossibleEventError, Machine, MachineEvent, State, Table, observe


class Light(State):
    RED = "red"
    GREEN = "green light"
    BROKEN = "broken"


class Happening(MachineEvent):
    TURN = "turn"
    BREAK = "break down"


TABLE = Table(
    "light",
    Light.RED,
    {
        (Light.RED, Happening.TURN): (Light.GREEN, "go"),
        (Light.GREEN, Happening.TURN): (Light.RED, None),
        (Light.GREEN, Happening.BREAK): (Light.BROKEN, "call_for_help"),
    },
    notes={Light.RED: "stop"},
)


class Crossing:
    def __init__(self):
        self.machine = Machine(TABLE, self)
        self.log = []

    def go(self, *args):
        self.log.append((self.machine.state, args))

    def call_for_help(self):
        raise ConnectionError


def test_it_starts_in_the_initial_state_or_where_it_is_told():
    assert Machine(TABLE, None).state is Light.RED
    assert Machine(TABLE, None, Light.BROKEN).state is Light.BROKEN


def test_an_action_gets_what_came_with_the_event_and_sees_the_new_state():
    crossing = Crossing()
    crossing.machine.step(Happening.TURN, 1, "two")
    assert crossing.log == [(Light.GREEN, (1, "two"))]
    crossing.machine.step(Happening.TURN)
    assert crossing.machine.state is Light.RED
    assert len(crossing.log) == 1


def test_an_event_without_a_row_is_told_at_once_and_changes_nothing():
    machine = Machine(TABLE, Crossing())
    with pytest.raises(
        ImpossibleEventError, match="light: 'break down' cannot happen in state 'red'"
    ):
        machine.step(Happening.BREAK)
    assert machine.state is Light.RED


def test_an_action_may_step_the_machine_again():
    class Impatient(Crossing):
        def go(self, *args):
            super().go(*args)
            self.machine.step(Happening.TURN)

    crossing = Impatient()
    crossing.machine.step(Happening.TURN)
    assert crossing.machine.state is Light.RED
    assert crossing.log == [(Light.GREEN, ())]


def test_an_action_that_raises_leaves_the_new_state():
    crossing = Crossing()
    crossing.machine.step(Happening.TURN)
    with pytest.raises(ConnectionError):
        crossing.machine.step(Happening.BREAK)
    assert crossing.machine.state is Light.BROKEN


def test_an_action_is_looked_up_at_the_owner_at_each_step():
    crossing, called = Crossing(), []
    crossing.go = lambda: called.append(True)
    crossing.machine.step(Happening.TURN)
    assert called == [True]


def test_observers_see_every_step_before_its_action():
    seen = []

    def observer(machine, before, event):
        seen.append((machine.owner, before, event, machine.state, len(machine.owner.log)))

    one, other = Crossing(), Crossing()
    one.machine.step(Happening.TURN)
    with observe(observer):
        one.machine.step(Happening.TURN)
        other.machine.step(Happening.TURN)
    other.machine.step(Happening.TURN)
    assert seen == [
        (one, Light.GREEN, Happening.TURN, Light.RED, 1),
        (other, Light.RED, Happening.TURN, Light.GREEN, 0),
    ]


def test_observers_may_overlap_and_leave_in_any_order_even_when_one_is_there_twice():
    seen = []

    def observer(*step):
        seen.append(step)

    outer, inner = observe(observer), observe(observer)
    outer.__enter__()
    inner.__enter__()
    machine = Machine(TABLE, Crossing())
    machine.step(Happening.TURN)
    assert len(seen) == 2
    outer.__exit__(None, None, None)
    machine.step(Happening.TURN)
    assert len(seen) == 3
    inner.__exit__(None, None, None)
    machine.step(Happening.TURN)
    assert len(seen) == 3


def test_an_impossible_event_is_not_observed():
    seen = []
    with observe(lambda *step: seen.append(step)), pytest.raises(ImpossibleEventError):
        Machine(TABLE, Crossing()).step(Happening.BREAK)
    assert seen == []


def test_a_table_can_be_asked():
    assert TABLE.states() == (Light.RED, Light.GREEN, Light.BROKEN)
    assert TABLE.notes == {Light.RED: "stop"}


def test_a_table_is_not_changed_by_whoever_gave_its_rows():
    rows = dict(TABLE.rows)
    table = Table("light", Light.RED, rows)
    rows.clear()
    assert table.rows == TABLE.rows


def test_a_machine_says_where_it_is():
    assert repr(Machine(TABLE, None, Light.GREEN)) == "<light machine: green light>"
