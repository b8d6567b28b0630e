"""A check that broke: what it had proven is in whatever tells of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from endings import REPOSITORY, session
from html_records import session_of
from measurements import collection_finding, listener_finding

from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.report.html.page import render_page
from pytest_nodeleak.report.junit import properties
from pytest_nodeleak.report.proven import proven_text
from pytest_nodeleak.report.record import check_record
from pytest_nodeleak.report.sarif import sarif_text

LEAK = collection_finding()
BROKEN = BrokenCheck(
    id="t.py::t::GET /users/{n}",
    target="GET /users/{n}",
    reason="the inspector connection closed",
    elapsed_s=1.5,
    directory=REPOSITORY / "api",
    proven=(LEAK,),
)


def test_the_text_has_the_culprit_and_what_to_do() -> None:
    said = proven_text("GET /users/{n}", [LEAK]).splitlines()

    # Apart from the error, as one report is from another.
    assert said[0] == ""
    assert said[1] == (
        "Heap leak, proven before that: under GET /users/{n}, cache gains 1.00 entry per"
        " request (402 B)"
    )
    assert [one.split()[0] for one in said[2:]] == [
        *("piling", "held", "Server._events.request", "put", "fingerprint", "to"),
    ]


def test_of_many_leaks_the_first_are_told_and_the_others_counted() -> None:
    said = proven_text("GET /", [LEAK, LEAK, listener_finding(), LEAK, LEAK])

    assert said.count("proven before that") == 3
    assert said.endswith("\n\n2 more were proven: see the record")


def test_without_a_proven_leak_there_is_nothing_to_say() -> None:
    assert proven_text("GET /", []) == ""


def test_the_record_has_the_leak_and_the_verdict_stays_that_of_the_error() -> None:
    record = check_record(BROKEN)

    assert (record["verdict"], record["findings"]) == ("error", [])
    assert [one["fingerprint"] for one in record["proven"]] == [LEAK.fingerprint]


def test_junit_names_the_culprit() -> None:
    told = dict(properties(check_record(BROKEN)))

    assert told["findings"] == "0"
    assert {name: one for name, one in told.items() if name.startswith("proven")} == {
        "proven": "1",
        "proven_culprit": "cache: Map",
        "proven_culprit_at": "server.js:3",
        "proven_fingerprint": LEAK.fingerprint,
    }


def test_sarif_has_the_leak_at_its_line() -> None:
    test = {"id": "t.py::t", "outcome": "failed", "file": "t.py", "line": 3}
    checked = {**check_record(BROKEN), "attempt": 1, "test": test}
    (run,) = json.loads(sarif_text(session(checked)))["runs"]

    (result,) = run["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 3}
    assert (result["ruleId"], result["level"]) == ("collection", "error")
    assert run["invocations"][0]["executionSuccessful"] is False


def test_the_page_shows_the_leak() -> None:
    page = render_page(session_of(BROKEN), written_at=datetime(2026, 1, 2, tzinfo=UTC))

    assert "Proven before it broke" in page
