"""Which runs a page lets one step through: those that were asked for, if they can be recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .presentation import Report
from .small_plan import SmallPlan, plan_for
from .small_run import SmallRun, can_be_stepped, record_small_runs
from .variants import Variant, by_names

__all__ = ["STEPPED", "SmallRuns", "small_runs"]

STEPPED = 2
"""How many runs stand side by side."""


@dataclass(frozen=True)
class SmallRuns:
    """The runs to step through.

    Attributes:
        runs: one or two.
        plan: what they copied, and how.
        left_out: the names of variants that were asked for and cannot be recorded.
    """

    runs: Sequence[SmallRun]
    plan: SmallPlan
    left_out: Sequence[str] = ()


def small_runs(report: Report, asked: Sequence[Variant] | None, *, scaled: bool) -> SmallRuns:
    """Record the runs to step through beside `report`.

    Args:
        report: the comparison. They have its fault, and its variants' form.
        asked: the variants that were asked for, or None for nothing in particular. Of more than
            two it is `pipe` and `channel`, if both are among them, and otherwise the first two.
        scaled: whether marks and chunks were asked for, too.
    """
    usual = by_names("pipe,channel")
    names = [variant.name for variant in asked or usual]
    can = [variant for variant in asked or usual if can_be_stepped(variant)]
    if len(can) > STEPPED and all(variant.name in names for variant in usual):
        can = usual
    chosen = can[:STEPPED] or usual
    if report.form is not None:
        chosen = [variant.in_form(report.form) for variant in chosen]
    plan = plan_for(report.settings, report.source.digest.bytes, scaled=scaled)
    return SmallRuns(
        runs=record_small_runs(chosen, plan),
        plan=plan,
        left_out=[variant.name for variant in asked or [] if not can_be_stepped(variant)],
    )
