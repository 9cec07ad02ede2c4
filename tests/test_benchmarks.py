"""The benchmarks run, whoever of the peers is there."""

from __future__ import annotations

import pytest

from benchmarks import channels


@pytest.fixture
def few_values(monkeypatch):
    monkeypatch.setattr("sys.argv", ["channels", "20"])


def names() -> list[str]:
    return [contestant.name for group in channels.groups().values() for contestant in group]


def test_every_channel_stands_beside_a_queue_of_its_size(few_values, capsys):
    channels.main()
    printed = capsys.readouterr().out
    assert {"asyncio.Queue(1)", "asyncio.Queue(16)", "Channel(0)", "Channel(1)"} <= set(names())
    assert {"anyio(0)", "anyio(16)"} <= set(names())
    for name in names():
        assert name in printed


def test_a_peer_that_is_missing_is_named_with_what_would_bring_it(few_values, capsys, monkeypatch):
    monkeypatch.setattr(channels, "anyio", None)
    monkeypatch.setattr(channels, "aiochan", None)
    channels.main()
    printed = capsys.readouterr().out
    assert "Without anyio and aiochan: pip install 'streams2[benchmarks]'" in printed
    assert "anyio(" not in printed
    assert "Channel(16)" in printed
