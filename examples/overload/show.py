"""The table and the lesson."""

from __future__ import annotations

from collections.abc import Sequence

from .books import Account

HEADER = ("", "served/s", "refused/s", "gave up/s", "p50", "p95", "p99", "held", "memory")
WIDTHS = (10, 9, 10, 10, 8, 8, 8, 6, 11)

#: A wait that has grown so much from the first quarter of the load to the last is no longer flat.
CLIMBED = 2.0

MIB = 1024 * 1024


def table(accounts: Sequence[Account], capacity: float) -> str:
    """All numbers, one load after the other; at most 80 columns."""
    lines = []
    for rate in dict.fromkeys(account.rate for account in accounts):
        lines += [f"{rate:g} requests a second come; {capacity:g} can be served", row(HEADER)]
        lines += [row(cells(account)) for account in accounts if account.rate == rate]
        lines.append("")
    return "\n".join(lines)


def row(columns: Sequence[str]) -> str:
    first, *others = columns
    return first.ljust(WIDTHS[0]) + "".join(
        text.rjust(width) for text, width in zip(others, WIDTHS[1:])
    )


def cells(account: Account) -> tuple[str, ...]:
    return (
        account.form,
        f"{account.served:.0f}",
        f"{account.refused:.0f}",
        f"{account.gave_up:.0f}",
        milliseconds(account.p50),
        milliseconds(account.p95),
        milliseconds(account.p99),
        str(account.most_held),
        f"{account.memory / MIB:+.1f} MiB",
    )


def milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.0f}ms"


def lesson(accounts: Sequence[Account]) -> str:
    """What each server makes of the heaviest load, in a line."""
    heaviest = max(account.rate for account in accounts)
    return "\n".join(
        f"{account.form.ljust(WIDTHS[0])} {verdict(account)}"
        for account in accounts
        if account.rate == heaviest
    )


def verdict(account: Account) -> str:
    """Whether a server got slower for as long as the load lasted, and who paid."""
    if account.early is None or account.late is None:
        return "serves nobody in the end"
    from_to = f"{milliseconds(account.early)} at first, {milliseconds(account.late)} at last"
    climbs = account.late > CLIMBED * account.early
    waits = f"the wait climbs: {from_to}" if climbs else f"the wait stays flat: {from_to}"
    turned_away = max(account.refused, account.gave_up)
    if turned_away < 1:
        return f"{waits}; nobody is turned away"
    how = "is told so" if account.refused >= account.gave_up else "finds no connection"
    return f"{waits};\n{'':{WIDTHS[0]}} {turned_away:.0f} a second are too many: each {how}"
