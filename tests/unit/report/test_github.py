"""What GitHub shows at lines has golden texts in ``tests/golden/ci``."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from endings import (
    hostile_session,
    record,
    session,
    tomorrow_is_the_last_day,
    whole_session,
)
from measurements import (
    check,
    collection_finding,
    in_baseline,
    leaking,
    measurement,
)

from pytest_nodeleak.report.github import workflow_commands

GOLDEN = Path(__file__).parents[2] / "golden" / "ci"
SESSIONS = {"whole": whole_session(), "hostile": hostile_session()}
COMMAND = re.compile(
    r"::(?P<level>error|warning|notice) (?P<fields>[^:]*)::(?P<message>.*)"
)


def leak(number: int, *, fingerprint: str = "", outcome: str = "failed") -> Any:  # noqa: ANN401  # a record
    finding = replace(
        collection_finding(name=f"cache{number}"), fingerprint=fingerprint
    )
    measured = measurement(target=f"GET /{number}", watched=(leaking(finding),))
    return record(check(measured), outcome, line=number)


def levels(commands: list[str]) -> list[str]:
    found = [COMMAND.fullmatch(command) for command in commands]
    return [match["level"] for match in found if match]


@pytest.mark.parametrize("name", SESSIONS)
def test_annotations_read_as_their_golden_text(name: str) -> None:
    golden = (GOLDEN / f"{name}_annotations.txt").read_text(encoding="utf-8")
    told = workflow_commands(SESSIONS[name], today=tomorrow_is_the_last_day())
    assert "\n".join(told) + "\n" == golden


def test_what_a_baseline_knows_is_neither_an_error_nor_about_to_expire() -> None:
    leak = check(measurement(watched=(leaking(collection_finding()),)))
    known = session(record(in_baseline(leak), "passed", line=3))

    assert levels(workflow_commands(known)) == []


@pytest.mark.parametrize("name", SESSIONS)
def test_every_annotation_is_one_command_on_one_line(name: str) -> None:
    for command in workflow_commands(SESSIONS[name]):
        match = COMMAND.fullmatch(command)
        assert match
        fields = dict(part.split("=", 1) for part in match["fields"].split(","))
        assert fields.keys() <= {"file", "line", "title"}
        assert command.isprintable()
        assert not re.search(r"%(?!25|0A|0D|3A|2C)", command)


def test_a_culprit_that_several_checks_found_is_told_once_with_all_targets() -> None:
    same = [leak(number, fingerprint="0c5e8b1d42aa") for number in (1, 2, 3)]
    (command,) = workflow_commands(session(*same))
    assert command.endswith("%0AShown by 3 targets: GET /1, GET /2, GET /3")


def test_more_errors_than_github_shows_are_counted() -> None:
    commands = workflow_commands(session(*[leak(number) for number in range(1, 14)]))
    assert levels(commands) == ["error"] * 10 + ["notice"]
    assert commands[-1].endswith("::3 more errors: see the summary of the step")


@pytest.mark.parametrize("outcome", ["passed", "skipped", "rerun"])
def test_a_leak_that_its_test_lets_pass_is_no_error(outcome: str) -> None:
    assert workflow_commands(session(leak(1, outcome=outcome))) == []


def test_a_clean_session_says_nothing() -> None:
    clean = record(check(measurement()), "passed", line=3)
    assert workflow_commands(session(clean)) == []
    assert workflow_commands(session()) == []


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2027, 6, 15), 0),
        (date(2027, 6, 16), 1),
        (date(2027, 6, 30), 1),
    ],
)
def test_a_known_leak_is_told_of_in_its_last_two_weeks(
    today: date, expected: int
) -> None:
    commands = workflow_commands(whole_session(), today=today)
    assert sum("title=Known leak" in command for command in commands) == expected


def test_what_a_baseline_knows_has_no_last_day() -> None:
    known = whole_session()["checks"][7]
    finding = {**known["findings"][0], "suppression": None}
    checked = {**known, "findings": [finding]}
    assert workflow_commands(session(checked), today=date(2027, 6, 30)) == []


@pytest.mark.parametrize(
    ("status", "said"),
    [("new", "Not in"), ("worse", "Worse than in"), ("known", "No worse than in")],
)
def test_a_culprit_is_told_beside_the_baseline(status: str, said: str) -> None:
    checked = leak(1)
    compared = {
        **checked["findings"][0],
        "baseline": {"name": "main", "status": status},
    }
    (command,) = workflow_commands(session({**checked, "findings": [compared]}))
    assert f"%0A{said} the baseline main%0A" in command


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("expired", "Suppression 2 expired on 2027-06-30: later"),
        ("worse", "More than suppression 2 accepts: later"),
    ],
)
def test_a_culprit_on_the_list_says_why_it_fails_all_the_same(
    status: str, said: str
) -> None:
    entry = {"number": 2, "reason": "later", "expires": "2027-06-30", "status": status}
    checked = leak(1)
    listed = {**checked["findings"][0], "suppression": entry}
    (command,) = workflow_commands(session({**checked, "findings": [listed]}))
    assert f"%0A{said}%0A" in command
