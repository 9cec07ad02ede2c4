"""What everybody said, and what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Record", "Sample", "growth", "rates", "summary"]

MIB = 1024 * 1024


@dataclass
class Sample:
    """What somebody said at a time: seconds since the beginning."""

    at: float
    said: dict[str, float]


@dataclass
class Record:
    """A run.

    Attributes:
        samples: what each process said, by its name; of the broker, its memory.
        queues: what each queue held.
        marks: what was done to the workers, and when.
        limit: how many messages a queue holds.
        lanes: how many of them are unacknowledged at most.
    """

    limit: int
    lanes: int
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    queues: dict[str, list[Sample]] = field(default_factory=dict)
    marks: list[tuple[float, str]] = field(default_factory=list)
    produced: int = 0

    def last(self, name: str, what: str) -> float:
        """The last that somebody said of something; 0 if nobody did."""
        said = [s.said[what] for s in self.samples.get(name, ()) if what in s.said]
        return said[-1] if said else 0


def rates(samples: Sequence[Sample], over: float = 1.0) -> list[tuple[float, float]]:
    """How many a second were done, over the last `over` seconds, at each time."""
    found: list[tuple[float, float]] = []
    first = 0
    for sample in samples:
        while sample.at - samples[first].at > over:
            first += 1
        before = samples[max(0, first - 1)]
        if sample.at > before.at:
            done = sample.said["done"] - before.said["done"]
            found.append((sample.at, done / (sample.at - before.at)))
    return found


def growth(samples: Sequence[Sample]) -> float:
    """By how many bytes a process grew, from a third of its time on: before, it begins."""
    memory = [sample.said["memory"] for sample in samples]
    settled = memory[len(memory) // 3 :]
    return settled[-1] - settled[0] if settled else 0.0


def summary(record: Record) -> str:
    """What became of the messages, and what everybody held."""
    got, produced = int(record.last("consumer", "done")), record.produced
    again = sum(int(record.last(name, "again")) for name in record.samples)
    faults = {
        name: int(record.last("consumer", name)) for name in ("duplicates", "disordered", "wrong")
    }
    came = ", ".join(
        f"{faults[name]:,} {words}"
        for name, words in (
            ("duplicates", "came twice"),
            ("disordered", "out of order"),
            ("wrong", "wrong"),
        )
    )
    lines = [
        f"{produced:,} messages sent, {got:,} arrived, {produced - got:,} lost",
        came,
        f"{again:,} were given out again, for whoever had them was killed",
        "",
    ]
    for name, samples in record.queues.items():
        most = {what: int(max(s.said[what] for s in samples)) for what in samples[0].said}
        lines.append(
            f"{name:9} at most {most['backlog']:,} of {record.limit:,} messages, "
            f"{most['unacknowledged']:,} of {record.lanes:,} unacknowledged"
        )
    for name, samples in record.samples.items():
        if not samples:
            continue  # It was killed before it said a word.
        memory = samples[-1].said["memory"] / MIB
        lines.append(f"{name:9} {memory:5.1f} MiB, {growth(samples) / MIB:+.1f} MiB since it began")
    return "\n".join(lines)
