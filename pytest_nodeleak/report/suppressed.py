"""What a report says about known leaks: one row for each that was or is on a list."""

from __future__ import annotations

from typing import assert_never

from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.judging.ratchet import Known, Worsened
from pytest_nodeleak.judging.rulings import Accepted, Expired, NotListed, Ruling, Worse
from pytest_nodeleak.judging.suppressions import Suppression
from pytest_nodeleak.report.baseline import change_text, rate_text

__all__ = ["brief_row", "ruling_row"]

# A label and a text.
Row = tuple[str, str]


def ruling_row(ruling: Ruling | Known | Worsened, *, file: str) -> Row | None:
    """Return the row below a finding; None if it is on no list, and in no baseline."""
    match ruling:
        case NotListed():
            return None
        case Accepted(suppression=entry):
            until = f"until {entry.expires}, suppression {entry.number} in {file}"
            return "suppressed", f"{entry.reason} ({until})"
        case Expired(suppression=entry):
            return "suppression", (
                f"{_where(entry, file)} expired on {entry.expires}: {entry.reason}"
            )
        case Worse(suppression=entry, limit=limit, rate=rate):
            return "suppression", (
                f"{_where(entry, file)} accepts at most {limit}, and this is {rate}:"
                f" {entry.reason}"
            )
        case Known(name=name, before=before):
            return "baseline", f"in {name} already, at {rate_text(before.entries)}"
        case Worsened(name=name, change=change):
            return "baseline", f"worse than in {name}: {change_text(change)}"
        case _:
            assert_never(ruling)


def brief_row(finding: Finding, ruling: Accepted | Known) -> Row:
    """Return the row for a known leak beside something else that failed."""
    if isinstance(ruling, Known):
        return "baseline", f"{finding.title}: in {ruling.name} already"
    entry = ruling.suppression
    return "suppressed", f"{finding.title}: {entry.reason} (until {entry.expires})"


def _where(entry: Suppression, file: str) -> str:
    return f"{entry.number} in {file}"
