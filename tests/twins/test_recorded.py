"""The records of twins: all programs have one, and it is what Node says."""

from __future__ import annotations

import pytest

from .node import answers, modules, sources
from .records import FOLDER, Record, load, path_of, recorded


def test_there_are_programs() -> None:
    assert sum(len(load(module)) for module in modules()) >= 213


@pytest.mark.parametrize("module", modules())
def test_what_is_recorded_is_a_program(module: str) -> None:
    assert set(load(module)) == set(sources(module))
    assert all(record.said for record in load(module).values())


def test_every_file_of_records_is_of_a_module() -> None:
    assert set(FOLDER.glob("*.json")) == {path_of(module) for module in modules()}


def test_a_changed_program_has_no_record() -> None:
    name, source = next(iter(sources("tests.test_writable").items()))
    assert recorded("tests.test_writable", name, source)
    with pytest.raises(AssertionError, match=r"python -m tests\.twins"):
        recorded("tests.test_writable", name, source + " ")
    with pytest.raises(AssertionError, match="test_of_nothing is not recorded"):
        recorded("tests.test_writable", "test_of_nothing", source)


@pytest.mark.live
@pytest.mark.once
@pytest.mark.parametrize("module", modules())
def test_records_are_still_nodes(module: str) -> None:
    now: dict[str, Record] = {record.name: record for record in answers(module)}
    assert now == load(module)
