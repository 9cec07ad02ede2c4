"""Which runs a page lets one step through: those that were asked for, if they can be recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .presentation import Report
from .small_plan import SmallPlan, plan_for
from .small_run import SmallRun, can_be_stepped, record_small_runs, why_not_stepped
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
        left_out: the names of variants that were asked for and cannot be recorded, and why not.
    """

    runs: Sequence[SmallRun]
    plan: SmallPlan
    left_out: Mapping[str, str] = field(default_factory=dict)


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
    # Streams and channels give what comes, however much; these are asked for so much at a time.
    alike = any(variant.endpoints not in ("streams", "node") for variant in chosen)
    digest = report.source.digest
    plan = plan_for(report.settings, digest.bytes, scaled=scaled, alike=alike)
    why_not = {variant.name: why_not_stepped(variant) for variant in asked or []}
    return SmallRuns(
        runs=record_small_runs(chosen, plan),
        plan=plan,
        left_out={name: why for name, why in why_not.items() if why is not None},
    )
