"""What a check means for its session: a leak that a test lets pass is no failure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum

from pytest_nodeleak.report.schema import Record

__all__ = ["Standing", "standings"]


class Standing(StrEnum):
    """How a check stands when the session is over."""

    #: It is clean.
    PASSED = "passed"
    #: Nothing but known leaks is wrong.
    SUPPRESSED = "suppressed"
    #: Something is wrong with it, and its test passed all the same.
    TOLERATED = "tolerated"
    #: Its test failed by it.
    FAILED = "failed"
    #: It is clean and its test failed, which no other check of the test explains.
    CLEAN_BUT_FAILED = "clean but failed"
    #: Its test was run again.
    SUPERSEDED = "superseded"


def standings(checks: Sequence[Record]) -> list[Standing]:
    """Return how each check of a session stands."""
    wrong: defaultdict[object, bool] = defaultdict(bool)
    for check in checks:
        wrong[_attempt(check)] |= check["outcome"] != "clean"
    return [_standing(check, explained=wrong[_attempt(check)]) for check in checks]


def _attempt(check: Record) -> object:
    return _test(check).get("id"), check.get("attempt")


def _standing(check: Record, *, explained: bool) -> Standing:
    # Without a test there is nobody who lets it pass.
    outcome = _test(check).get("outcome", "failed")
    if outcome == "rerun":
        return Standing.SUPERSEDED
    has_failed = outcome == "failed"
    if check["outcome"] != "clean":
        fails = has_failed or outcome == "interrupted"
        return Standing.FAILED if fails else Standing.TOLERATED
    if has_failed and not explained and _test(check):
        return Standing.CLEAN_BUT_FAILED
    return Standing.PASSED if check["verdict"] == "clean" else Standing.SUPPRESSED


def _test(check: Record) -> Record:
    return check.get("test") or {}
