from __future__ import annotations

import pytest

from pytest_nodeleak.session.attempts import Attempts, interrupted


def phase(
    when: str,
    outcome: str = "passed",
    *,
    location: tuple[str, int | None, str] = ("tests/test_a.py", 11, "test_x"),
) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid="tests/test_a.py::test_x",
        location=location,
        keywords={},
        outcome=outcome,  # type: ignore[arg-type]  # plugins have words of their own
        longrepr=None,
        when=when,  # type: ignore[arg-type]
    )


def followed(*reports: pytest.TestReport) -> dict[str, object]:
    attempts = Attempts()
    for report in reports:
        attempts.note(report)
    return attempts.of(reports[-1])


def test_a_test_is_told_with_its_place_and_what_became_of_it() -> None:
    assert followed(phase("setup"), phase("call"), phase("teardown")) == {
        "id": "tests/test_a.py::test_x",
        "outcome": "passed",
        "file": "tests/test_a.py",
        "line": 12,
    }


@pytest.mark.parametrize("failing", ["setup", "call", "teardown"])
def test_a_test_has_failed_if_one_of_its_phases_has(failing: str) -> None:
    reports = [
        phase(when, "failed" if when == failing else "passed")
        for when in ("setup", "call", "teardown")
    ]
    assert followed(*reports)["outcome"] == "failed"


def test_an_attempt_that_is_run_again_does_not_count_for_the_next() -> None:
    attempts = Attempts()
    first = phase("setup"), phase("call", "rerun"), phase("teardown")
    second = phase("setup"), phase("call"), phase("teardown")
    outcomes = []
    for reports in (first, second):
        for report in reports:
            attempts.note(report)
        outcomes.append(attempts.of(reports[-1])["outcome"])
    assert outcomes == ["rerun", "passed"]


def test_a_test_without_a_file_has_no_place() -> None:
    report = phase("teardown", location=(".", None, "GET /"))
    assert followed(report)["file"] is None
    assert followed(report)["line"] is None


def test_an_interrupted_test_is_told_with_its_place(
    request: pytest.FixtureRequest,
) -> None:
    told = interrupted(request.node)
    assert (told["id"], told["outcome"]) == (request.node.nodeid, "interrupted")
    assert str(told["file"]).endswith("test_attempts.py")
    assert told["line"] > 1


def with_records(report: pytest.TestReport, *records: str) -> pytest.TestReport:
    vars(report)["nodeleak_records"] = [*records]
    return report


def test_records_are_told_once_whether_or_not_a_teardown_follows_a_rerun() -> None:
    attempts = Attempts()
    told = []
    for report in (
        phase("setup"),
        with_records(phase("call", "rerun"), "leak"),
        with_records(phase("teardown"), "leak", "over_limit"),
        phase("setup"),
        with_records(phase("call", "rerun"), "leak"),
        phase("setup"),
        with_records(phase("call", "failed"), "clean"),
        with_records(phase("teardown"), "clean"),
    ):
        attempts.note(report)
        if attempts.is_over(report):
            told += attempts.packed_of(report)

    assert [(text, test["outcome"]) for text, test in told] == [
        ("leak", "rerun"),
        ("over_limit", "rerun"),
        ("leak", "rerun"),
        ("clean", "failed"),
    ]
