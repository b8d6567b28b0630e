"""A check beside its baseline, as the record has it."""

from __future__ import annotations

from dataclasses import asdict

from pytest_nodeleak.baselines.as_json import rates_record
from pytest_nodeleak.baselines.baseline import Change
from pytest_nodeleak.evidence.estimate import Estimate
from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.ratchet import Known, changes_against
from pytest_nodeleak.judging.rulings import Accepted, fitting
from pytest_nodeleak.judging.verdict import Clean, Inconclusive, judge
from pytest_nodeleak.report.schema import Record

__all__ = [
    "added_record",
    "baseline_record",
    "changes_in",
    "finding_baseline",
    "needs_baseline",
]


def changes_in(check: Check) -> tuple[Change, ...]:
    """Return what is not as in the baseline, what is worse first."""
    if check.reference is None:
        return ()
    measured = check.measurement
    listed = {
        one.finding.fingerprint
        for one in measured.watched
        if fitting(one, measured.target, check.suppressions)
    }
    return changes_against(check.reference, check.added, check.left, listed=listed)


def needs_baseline(check: Check) -> bool:
    """Tell whether a check would fail its test without the baseline."""
    listed = tuple(
        one for one in check.accepted if isinstance(check.ruling_of(one), Accepted)
    )
    left = judge(check.measurement, check.policy, listed)
    return check.is_suppressed and not isinstance(left, Clean)


def added_record(check: Check) -> Record | None:
    """Return what a baseline would have; None where nothing was proven."""
    if isinstance(check.verdict, Inconclusive):
        return None
    added = check.added
    return {**rates_record(added), "unclear": sorted(added.unclear)}


def baseline_record(check: Check) -> Record | None:
    """Return what has changed since the baseline; None if there is none."""
    reference = check.reference
    if reference is None:
        return None
    return {
        "name": reference.name,
        "knows_check": reference.rates is not None,
        "knows_node": reference.knows_major,
        "changes": [_change(change) for change in changes_in(check)],
    }


def finding_baseline(finding: Finding, check: Check) -> Record | None:
    """Return what a baseline has on a finding; None where nothing is known of it."""
    if check.reference is None:
        return None
    ruling = check.ruling_of_finding(finding)
    if isinstance(ruling, Known):
        return {"name": check.reference.name, "status": "known"}
    for change in changes_in(check):
        if change.key == finding.fingerprint and change.is_worse:
            return {"name": check.reference.name, "status": str(change.status)}
    return None


def _change(change: Change) -> Record:
    return {
        "status": str(change.status),
        "key": change.key,
        "what": change.what,
        "metric": change.metric,
        "before": _estimate(change.before),
        "after": _estimate(change.after),
    }


def _estimate(estimate: Estimate | None) -> Record | None:
    return None if estimate is None else asdict(estimate)
