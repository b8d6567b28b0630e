"""Checks that end with an app that failed, and the errors that say so."""

from __future__ import annotations

from pytest_nodeleak.endings.crash import Crash
from pytest_nodeleak.endings.exhaustion import Exhaustion
from pytest_nodeleak.endings.hang import Hang
from pytest_nodeleak.exceptions import (
    AppCrashed,
    AppError,
    AppHangs,
    DescriptorsExhausted,
)
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.report.crash import crashed_check
from pytest_nodeleak.report.descriptors import exhausted_check
from pytest_nodeleak.report.hang import hung_check

__all__ = ["broken_check"]


def broken_check(
    check_id: str, failure: Crash | Exhaustion | Hang, elapsed_s: float
) -> tuple[BrokenCheck, AppError]:
    """Return the check as it is recorded, and the error a test fails with."""
    if isinstance(failure, Exhaustion):
        broken = exhausted_check(check_id, failure, elapsed_s)
        return broken, DescriptorsExhausted(failure.failed, report=broken.reason)
    if isinstance(failure, Hang):
        broken = hung_check(check_id, failure, elapsed_s)
        return broken, AppHangs(kind=failure.finding.kind, report=broken.reason)
    broken = crashed_check(check_id, failure, elapsed_s)
    return broken, AppCrashed(failure.exited, kind=failure.kind, report=broken.reason)
