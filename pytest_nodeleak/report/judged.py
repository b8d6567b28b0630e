"""Findings of a check as part of the JSON record, with what became of each."""

from __future__ import annotations

from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.measurement import WatchedFinding
from pytest_nodeleak.evidence.occupancy import Timed
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.ratchet import Known, Worsened
from pytest_nodeleak.judging.rulings import Accepted, Expired, NotListed, Worse
from pytest_nodeleak.report.compared import finding_baseline
from pytest_nodeleak.report.finding import finding_record
from pytest_nodeleak.report.schema import Record

__all__ = ["judged_findings", "timed_findings"]

_STATUS = {Accepted: "accepted", Expired: "expired", Worse: "worse"}


def judged_findings(check: Check) -> list[Record]:
    """Return what fails a check, or would if it were not known."""
    return [_judged(finding, check) for finding in check.findings]


def timed_findings(check: Check) -> list[Record]:
    """Return what grows with time, and is not blamed on the requests."""
    return [
        _timed(one, one.curve, check)
        for one in check.measurement.watched
        if isinstance(one.curve, Timed)
    ]


def _judged(finding: Finding, check: Check) -> Record:
    """Return a finding, and whether it is a known leak."""
    ruling = check.ruling_of_finding(finding)
    record = {
        **finding_record(finding),
        "suspect": _suspect(finding, check),
        "baseline": finding_baseline(finding, check),
    }
    match ruling:
        case NotListed():
            return record
        case Known() | Worsened():
            return {**record, "suppressed": isinstance(ruling, Known)}
        case Accepted() | Expired() | Worse():
            entry = ruling.suppression
    return {
        **record,
        "suppressed": isinstance(ruling, Accepted),
        "suppression": {
            "number": entry.number,
            "status": _STATUS[type(ruling)],
            "reason": entry.reason,
            "expires": str(entry.expires),
        },
    }


def _suspect(finding: Finding, check: Check) -> int | None:
    """Return which of the suspects a finding is; None if it was none."""
    watched = check.measurement.watched
    same = (number for number, one in enumerate(watched) if one.finding == finding)
    return next(same, None)


def _timed(watched: WatchedFinding, curve: Timed, check: Check) -> Record:
    return {
        **finding_record(watched.finding),
        "suspect": _suspect(watched.finding, check),
        "entries_per_s": curve.per_s,
    }
