"""The summary of a step has golden texts in ``tests/golden/ci``."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from endings import hostile_session, record, session, whole_session
from markdown_it import MarkdownIt
from measurements import check, collection_finding, leaking, measurement

from pytest_nodeleak.report.step_summary import step_summary

GOLDEN = Path(__file__).parents[2] / "golden" / "ci"
SESSIONS = {"whole": whole_session(), "hostile": hostile_session()}
LEAK = record(
    check(measurement(watched=(leaking(collection_finding()),))), "failed", line=3
)
CLEAN = record(check(measurement()), "passed", line=9)


@pytest.mark.parametrize("name", SESSIONS)
def test_a_summary_reads_as_its_golden_text(name: str) -> None:
    golden = (GOLDEN / f"{name}_summary.md").read_text(encoding="utf-8")
    assert step_summary(SESSIONS[name]) == golden


def test_a_session_without_checks_has_no_summary() -> None:
    assert step_summary(session()) == ""


def test_a_session_that_passed_is_a_table_and_no_more() -> None:
    summary = step_summary(session(CLEAN))
    assert summary.startswith("## nodeleak: 1 check passed\n")
    assert "<details>" not in summary


@pytest.mark.parametrize("name", SESSIONS)
def test_a_summary_is_rendered_as_tables_reports_and_nothing_else(name: str) -> None:
    # With tables, strikethrough and HTML, as GitHub has them.
    markdown = MarkdownIt("js-default", {"html": True})
    page = Elements()
    page.feed(markdown.render(step_summary(SESSIONS[name])))
    checks = len(SESSIONS[name]["checks"])
    told = sum(one["test"]["outcome"] != "passed" for one in SESSIONS[name]["checks"])
    told += sum(
        one["test"]["outcome"] == "passed" and one["verdict"] != "clean"
        for one in SESSIONS[name]["checks"]
    )

    assert page.found.keys() == {
        "h2", "p", "code", "table", "thead", "tbody", "tr", "th", "td",
        "details", "summary", "pre",
    }  # fmt: skip
    assert page.found["tr"] == 1 + checks
    assert page.found["td"] == 7 * checks
    assert page.found["details"] == page.found["pre"] == told


class Elements(HTMLParser):
    """Counts the elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        self.found[tag] += 1


@pytest.mark.parametrize("room_bytes", [0, 300, 1_000, 5_000, 40_000, 1024**2])
@pytest.mark.parametrize("first", [LEAK, CLEAN])
def test_a_summary_never_takes_more_than_its_room(
    room_bytes: int, first: dict[str, object]
) -> None:
    summary = step_summary(session(first, *[LEAK] * 200), room_bytes=room_bytes)
    assert len(summary.encode()) <= room_bytes
    assert summary.count("<details>") == summary.count("</details>")


def test_what_there_is_no_room_for_is_counted() -> None:
    summary = step_summary(session(*[LEAK] * 200), room_bytes=40_000)
    shown = sum(line.startswith("| ❌") for line in summary.splitlines())
    told = summary.count("<details>")
    assert 0 < shown < 200
    assert 0 < told < 200
    assert f"\n{200 - shown} more checks are not shown.\n" in summary
    assert f"There was no room for {200 - told} more reports" in summary


def test_a_report_is_shown_to_its_eightieth_line() -> None:
    long = {**LEAK, "text": "\n".join(f"line {number}" for number in range(100))}
    summary = step_summary(session(long))
    assert "line 79\n... 20 more lines\n```" in summary
