"""Where a path is divided to be drawn."""

from __future__ import annotations

import pytest
from measurements import (
    blocking_finding,
    collection_finding,
    listener_finding,
    timer_finding,
)

from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.report.finding import finding_record
from pytest_nodeleak.report.html.path_picture import Step, picture_path


@pytest.mark.parametrize(
    ("finding", "before", "after"),
    [
        (collection_finding(), ["Server._events.request", "handler"], []),
        (listener_finding(), ["handler"], []),
        # What Node holds has a name of ours that is not on the path.
        (timer_finding(), [], []),
    ],
)
def test_a_path_is_divided_at_its_holder(
    finding: Finding, before: list[str], after: list[str]
) -> None:
    picture = picture_path(finding_record(finding))

    assert picture is not None
    assert [one.name for one in picture.before] == before
    assert [one.name for one in picture.after] == after


def test_a_function_has_its_place_apart() -> None:
    picture = picture_path(finding_record(collection_finding()))

    assert picture is not None
    assert picture.before[-1] == Step(name="handler", place="server.js:8:24")


def test_what_lies_between_the_holder_and_the_entries_is_kept() -> None:
    record = finding_record(collection_finding())
    record["path"] = ["cache", "Map", "pages[]", "Page"]

    picture = picture_path(record)

    assert picture is not None
    assert picture.after == (Step(name="pages[]"),)


def test_a_holder_that_is_not_on_the_path_comes_before_the_entries() -> None:
    record = finding_record(collection_finding(name="elsewhere"))
    record["path"] = ["one", "two", "Entry"]

    picture = picture_path(record)

    assert picture is not None
    assert [one.name for one in picture.before] == ["one", "two"]
    assert picture.after == ()


def test_what_holds_nothing_has_no_picture() -> None:
    assert picture_path(finding_record(blocking_finding())) is None
