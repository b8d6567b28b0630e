"""What the record says of a check beside its baseline."""

from __future__ import annotations

from dataclasses import replace

import pytest
from measurements import (
    check,
    collection_finding,
    in_baseline,
    known,
    known_leak,
    leaking,
    measurement,
)

from pytest_nodeleak.judging.ratchet import Reference
from pytest_nodeleak.report.record import check_record

CACHE = collection_finding()
LEAK = check(measurement(watched=(leaking(CACHE),)))


@pytest.mark.parametrize(
    ("rate", "other", "status", "is_suppressed"),
    [
        (1.0, "", "known", True),
        (2.0, "", "worse", False),
        (1.0, "e2c94b7a0d15", "new", False),
    ],
)
def test_a_finding_says_what_the_baseline_has_on_it(
    rate: float,
    other: str,
    status: str,
    is_suppressed: bool,  # noqa: FBT001
) -> None:
    cache = replace(CACHE, entries_per_request=rate)
    leak = check(measurement(watched=(leaking(cache),)))
    known = known_leak(other) if other else known_leak()

    (finding,) = check_record(in_baseline(leak, known))["findings"]

    assert finding["baseline"] == {"name": "main", "status": status}
    assert finding["suppressed"] is is_suppressed
    assert finding["suppression"] is None


def test_without_a_baseline_or_in_a_new_check_nothing_is_said_of_findings() -> None:
    new = replace(LEAK, reference=Reference(name="main", major=24, rates=None))

    for judged in (LEAK, new):
        (finding,) = check_record(judged)["findings"]
        assert finding["baseline"] is None
    assert check_record(LEAK)["baseline"] is None
    assert check_record(new)["baseline"]["knows_check"] is False


def test_what_a_suppression_accepts_is_not_told_as_the_baselines() -> None:
    listed = replace(in_baseline(LEAK), suppressions=known({"holder": "cache"}))

    (finding,) = check_record(listed)["findings"]

    assert finding["baseline"] is None
    assert finding["suppression"]["status"] == "accepted"
