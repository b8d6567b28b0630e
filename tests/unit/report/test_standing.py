from __future__ import annotations

import pytest

from pytest_nodeleak.report.standing import Standing, standings


def record(
    verdict: str, test: str | None, outcome: str | None = None, *, name: str = "t"
) -> dict[str, object]:
    return {
        "verdict": verdict,
        "outcome": outcome or verdict,
        "attempt": 1,
        "test": None if test is None else {"id": name, "outcome": test},
    }


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (record("clean", "passed"), Standing.PASSED),
        (record("leak", "failed"), Standing.FAILED),
        (record("inconclusive", "failed"), Standing.FAILED),
        (record("inconclusive", "passed"), Standing.TOLERATED),
        (record("leak", "passed"), Standing.TOLERATED),
        # Of an expected failure.
        (record("leak", "skipped"), Standing.TOLERATED),
        (record("leak", "passed", "clean"), Standing.SUPPRESSED),
        (record("leak", "rerun"), Standing.SUPERSEDED),
        (record("clean", "failed"), Standing.CLEAN_BUT_FAILED),
        (record("leak", "interrupted"), Standing.FAILED),
        (record("clean", "interrupted"), Standing.PASSED),
        (record("leak", None), Standing.FAILED),
        (record("clean", None), Standing.PASSED),
    ],
)
def test_a_check_stands_as_its_test_does(
    check: dict[str, object], expected: Standing
) -> None:
    assert standings([check]) == [expected]


def test_a_clean_check_is_not_blamed_for_what_another_of_its_test_explains() -> None:
    checks = [record("clean", "failed"), record("leak", "failed")]
    assert standings(checks) == [Standing.PASSED, Standing.FAILED]


def test_the_checks_of_another_test_explain_nothing() -> None:
    checks = [record("clean", "failed"), record("leak", "failed", name="other")]
    assert standings(checks) == [Standing.CLEAN_BUT_FAILED, Standing.FAILED]
