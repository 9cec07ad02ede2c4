"""A comparison in words: as a table for people, as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from .inputs import Input
from .measurements import Measurement
from .rates import format_bytes, format_rate
from .settings import Settings

__all__ = ["COLUMNS", "Report", "as_json", "cells", "footer", "header", "plain_table"]

COLUMNS = (
    "variant",
    "output",
    "time",
    "throughput",
    "peak buffered",
    "pauses",
    "drains",
    "lines",
)


@dataclass(frozen=True)
class Report:
    """A comparison that is done.

    Attributes:
        source: what was copied.
        settings: how every variant was run.
        measurements: one for each variant.
        notes: what else a reader should know, a line each: a variant left out, say.
    """

    source: Input
    settings: Settings
    measurements: list[Measurement]
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every output equals the input."""
        return all(measurement.ok for measurement in self.measurements)

    @property
    def sink_rate(self) -> float | None:
        """How many bytes a second the sink took; None for as many as the disk did."""
        return self.settings.sink_rate


def as_json(report: Report) -> str:
    """The report as one JSON object.

    Sizes are in bytes and times in seconds. A `sink_rate` of null is no limit. An input whose
    `path` is null was made for this comparison and is gone. `error` is there only if a variant
    failed.
    """
    variants = []
    for measurement in report.measurements:
        fields = asdict(measurement)
        if measurement.error is None:
            del fields["error"]
        variants.append(fields)
    found = {
        "input": {
            "path": None if report.source.made else report.source.path,
            "bytes": report.source.digest.bytes,
            "sha256": report.source.digest.sha256,
        },
        "sink_rate": report.sink_rate,
        "variants": variants,
    }
    return json.dumps(found, indent=2)


def header(report: Report) -> str:
    """What was compared, in one line."""
    what = "an input made for this run" if report.source.made else report.source.path
    size = format_bytes(report.source.digest.bytes)
    return f"cat of {what} ({size}) into a sink of {_sink_speed(report.sink_rate)}"


def _sink_speed(rate: float | None) -> str:
    return "unlimited speed" if rate is None else format_rate(rate)


def cells(measurement: Measurement) -> tuple[str, ...]:
    """The row of one variant, in the order of `COLUMNS`."""
    return (
        measurement.name,
        _verdict(measurement),
        f"{measurement.seconds:.2f} s",
        format_rate(measurement.throughput),
        format_bytes(measurement.peak_buffered_bytes),
        str(measurement.pauses),
        str(measurement.drains),
        str(measurement.lines),
    )


def _verdict(measurement: Measurement) -> str:
    if measurement.error is not None:
        return "failed"
    return "equal" if measurement.ok else "WRONG"


def plain_table(report: Report) -> str:
    """The table in plain characters, at most 79 in a line unless a number is huge."""
    table = [COLUMNS, *(cells(measurement) for measurement in report.measurements)]
    widths = [max(len(row[column]) for row in table) for column in range(len(COLUMNS))]
    lines = []
    for row in table:
        # Words to the left, numbers to the right.
        texts = [text.ljust(width) for text, width in zip(row[:2], widths)]
        numbers = [text.rjust(width) for text, width in zip(row[2:], widths[2:])]
        lines.append("  ".join(texts + numbers).rstrip())
    return "\n".join(lines)


def footer(report: Report) -> str:
    """What a reader of the table may ask, and what went wrong."""
    lines = [
        "output         compared with the input by SHA-256",
        "peak buffered  read and not yet written, at the worst moment;",
        f"               two high-water marks and a chunk are {format_bytes(report.memory_bound)}",
        "pauses, drains how often the source was paused, and the sink said 'drain'",
        "lines          of code; read them in streams2/compare/variants/",
    ]
    lines += [
        f"{measurement.name} failed: {measurement.error}"
        for measurement in report.measurements
        if measurement.error is not None
    ]
    return "\n".join(lines)
