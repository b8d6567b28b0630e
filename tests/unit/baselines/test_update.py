"""A session changes what it has measured in a file, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from measurements import (
    check,
    collection_finding,
    known_leak,
    leaking,
    measurement,
    rise,
    timer_finding,
    unclear,
)

from pytest_nodeleak.baselines.baseline import Baseline, Rates
from pytest_nodeleak.baselines.update import Ran, missing_from, update
from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.measurement import Measurement
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.report.record import check_record

USERS, HEALTH = "test_shop.py::test_users::GET /users", "nodeleak::GET /health::GET /h"
CLEAN = Rates(verdict="clean")
LEAKING = Rates(verdict="leak", leaks={"0c5e8b1d42aa": known_leak()})
EMPTY = Baseline(name="main")
FILE = Baseline(
    name="main", checks={USERS: {20: LEAKING, 24: LEAKING}, HEALTH: {24: CLEAN}}
)


def record(
    measured: Measurement, *, check_id: str = USERS, node: str = "v24.3.0"
) -> Mapping[str, Any]:
    judged = replace(check(replace(measured, node_version=node)), id=check_id)
    return {**check_record(judged), "attempt": 1}


def leaks(*findings: Finding) -> Measurement:
    return measurement(watched=tuple(map(leaking, findings)))


def broken(check_id: str = USERS) -> Mapping[str, Any]:
    return check_record(
        BrokenCheck(id=check_id, target="GET /", reason="answered 404", elapsed_s=1.0)
    )


def test_a_first_save_has_every_check_by_its_version_of_node() -> None:
    records = [
        record(leaks(collection_finding())),
        record(measurement(), check_id=HEALTH, node="v20.9.0"),
    ]

    result = update(EMPTY, Ran(records=records))

    assert {key: list(by) for key, by in result.baseline.checks.items()} == {
        USERS: [24],
        HEALTH: [20],
    }
    saved = result.baseline.checks[USERS][24]
    assert (saved.verdict, list(saved.leaks)) == ("leak", ["0c5e8b1d42aa"])
    assert (result.saved, result.removed, result.left_out) == (2, (), {})


def test_other_versions_and_other_checks_keep_what_they_have() -> None:
    result = update(FILE, Ran(records=[record(measurement())]))

    assert result.baseline.checks[USERS][20] == LEAKING
    assert result.baseline.checks[USERS][24] == CLEAN
    assert result.baseline.checks[HEALTH] == {24: CLEAN}


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (broken(), "error"),
        (
            record(measurement(watched=(unclear(collection_finding(), reason="few"),))),
            "inconclusive",
        ),
    ],
)
def test_a_check_that_proved_nothing_keeps_what_it_has(
    made: Mapping[str, Any], why: str
) -> None:
    result = update(FILE, Ran(records=[made], is_whole=True))

    assert result.baseline.checks[USERS] == FILE.checks[USERS]
    assert (result.saved, dict(result.left_out)) == (0, {why: 1})


def test_a_whole_session_removes_checks_that_nobody_makes_any_more() -> None:
    ran = Ran(records=[record(measurement())], is_whole=True)

    result = update(FILE, ran)

    assert result.removed == ((HEALTH, 24),)
    assert HEALTH not in result.baseline.checks


def test_a_session_of_one_directory_says_nothing_of_others() -> None:
    elsewhere = Baseline(name="main", checks={"api/test_a.py::a::GET /": {24: CLEAN}})
    ran = Ran(records=[record(measurement())], is_whole=True, scope=["shop/"])

    assert missing_from(elsewhere, ran) == ()
    assert missing_from(elsewhere, replace(ran, scope=["shop/", "api/"])) != ()


def test_a_part_of_a_session_removes_nothing() -> None:
    ran = Ran(records=[record(measurement())], is_whole=False)

    assert missing_from(FILE, ran) == ()


def test_a_test_that_did_not_pass_may_yet_have_its_checks() -> None:
    ran = Ran(
        records=[record(measurement())],
        unfinished=["nodeleak::GET /health"],
        is_whole=True,
    )
    unrelated = replace(ran, unfinished=["nodeleak::GET /heal"])

    assert missing_from(FILE, ran) == ()
    assert missing_from(FILE, unrelated) == ((HEALTH, 24),)


def test_a_session_says_nothing_of_versions_that_it_did_not_run_on() -> None:
    other = record(measurement(), check_id="t", node="v22.0.0")

    assert missing_from(FILE, Ran(records=[other], is_whole=True)) == ()
    of_20 = Ran(records=[record(measurement(), check_id="t", node="v20.1.0")])
    assert missing_from(FILE, replace(of_20, is_whole=True)) == ((USERS, 20),)


def test_a_target_that_a_test_checks_twice_is_saved_by_its_worse_check() -> None:
    twice = [
        record(leaks(collection_finding())),
        record(
            leaks(replace(collection_finding(), entries_per_request=2), timer_finding())
        ),
        record(measurement(rises={"timers": rise(1, kept=1)})),
        record(measurement(rises={"timers": rise(2, kept=2)})),
    ]

    for records in (twice, twice[::-1]):
        result = update(EMPTY, Ran(records=records))

        saved = result.baseline.checks[USERS][24]
        assert saved.leaks["0c5e8b1d42aa"].entries.value == 2
        assert len(saved.leaks) == 2
        assert saved.growth["timers"].value == 2
        assert saved.verdict == "leak"
        assert result.saved == 1


def test_checks_that_could_not_look_into_the_heap_are_counted() -> None:
    unseen = measurement(detectable_objects=None, rises={"timers": rise(1, kept=1)})

    result = update(FILE, Ran(records=[record(unseen)]))

    assert (result.saved, result.unseen) == (1, 1)
    saved = result.baseline.checks[USERS][24]
    assert (list(saved.leaks), list(saved.growth)) == (["0c5e8b1d42aa"], ["timers"])


def test_a_suspect_of_which_nothing_was_proven_stays_in_the_file() -> None:
    doubtful = replace(collection_finding(), entries_per_request=0.3)
    beside = measurement(
        watched=(leaking(timer_finding()), unclear(doubtful, reason="it may stop"))
    )

    result = update(FILE, Ran(records=[record(beside)]))

    assert len(result.baseline.checks[USERS][24].leaks) == 2


def test_a_ratchet_saves_no_check_that_fails_its_test() -> None:
    new = record(leaks(timer_finding()), check_id=HEALTH)
    better = record(measurement())

    result = update(FILE, Ran(records=[new, better]), only_passed=True)

    assert result.baseline.checks[HEALTH] == {24: CLEAN}
    assert result.baseline.checks[USERS][24] == CLEAN
    assert (result.saved, dict(result.left_out)) == (1, {"failed": 1})


def test_what_only_differs_from_run_to_run_changes_nothing() -> None:
    first = update(EMPTY, Ran(records=[record(leaks(collection_finding()))]))
    noisy = replace(
        collection_finding(), entries_per_request=1.01, bytes_per_request=410
    )

    again = update(first.baseline, Ran(records=[record(leaks(noisy))]))

    assert again.baseline == first.baseline
    assert again.saved == 1
