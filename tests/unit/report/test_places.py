from __future__ import annotations

from typing import Any

import pytest

from pytest_nodeleak.report.places import (
    RepositoryPlace,
    culprit_name,
    culprit_place,
    place_of_app,
    place_of_test,
)

SESSION = {"repository": "/srv/shop", "rootdir": "/srv/shop/api/tests"}
CHECK: dict[str, Any] = {"directory": "/srv/shop/api", "descriptors": None}


def finding(**fields: object) -> dict[str, Any]:
    return {"kind": "collection", "holder": None, "callback": None,
            "allocated_at": [], **fields}  # fmt: skip


def holder(file: str | None, line: int | None = None) -> dict[str, Any]:
    return {"name": "cache", "class": "Map", "file": file, "line": line}


def frame(file: str, line: int | None = 5, column: int | None = 12) -> dict[str, Any]:
    return {"function": "f", "file": file, "line": line, "column": column}


def place(file: str, line: int | None = None, column: int | None = None) -> object:
    return RepositoryPlace(file=file, line=line, column=column)


DEPENDENCY = "node_modules/bus/index.js"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (finding(holder=holder("src/a.js", 3)), place("api/src/a.js", 3)),
        (finding(holder=holder("../lib/b.js", 7)), place("lib/b.js", 7)),
        (finding(holder=holder("/srv/shop/x.js", 1)), place("x.js", 1)),
        # A dependency is mended by who uses it.
        (
            finding(
                holder=holder(DEPENDENCY, 4),
                callback="src/a.js:7:19",
                allocated_at=[frame("src/b.js")],
            ),
            place("api/src/a.js", 7, 19),
        ),
        (
            finding(
                holder=holder(DEPENDENCY, 4),
                allocated_at=[frame(DEPENDENCY), frame("node:net"), frame("b.js")],
            ),
            place("api/b.js", 5, 12),
        ),
        # A line is worth more than a file.
        (
            finding(holder=holder("src/a.js"), allocated_at=[frame("b.js", 9)]),
            place("api/b.js", 9, 12),
        ),
        (finding(holder=holder("src/a.js")), place("api/src/a.js")),
        (finding(callback="a.js"), place("api/a.js")),
        (finding(callback="a:b.js:3"), None),
        (finding(holder=holder("/elsewhere/a.js", 3)), None),
        (finding(holder=holder("../../outside.js", 3)), None),
        (finding(holder=holder("node:internal/timers", 3)), None),
        (finding(), None),
    ],
)
def test_a_finding_is_where_it_can_be_mended(
    found: dict[str, Any], expected: object
) -> None:
    assert culprit_place(found, CHECK, SESSION) == expected


def test_what_stays_open_is_where_it_is_opened() -> None:
    opened = {"opened_at": [{"frames": [frame("node:fs"), frame("src/export.js")]}]}
    check = {**CHECK, "descriptors": opened}
    expected = place("api/src/export.js", 5, 12)
    assert culprit_place(finding(kind="handle"), check, SESSION) == expected
    assert culprit_place(finding(kind="promise"), check, SESSION) is None


@pytest.mark.parametrize("missing", [{"repository": None}, {}])
def test_without_a_repository_there_is_no_place(missing: dict[str, Any]) -> None:
    found = finding(holder=holder("src/a.js", 3))
    assert culprit_place(found, CHECK, missing) is None
    assert culprit_place(found, {**CHECK, "directory": None}, SESSION) is None
    assert place_of_test({"test": {"file": "t.py", "line": 1}}, missing) is None


def test_a_test_is_found_from_pytest_s_root_directory() -> None:
    check = {"test": {"file": "unit/test_a.py", "line": 12}}
    assert place_of_test(check, SESSION) == place("api/tests/unit/test_a.py", 12)


@pytest.mark.parametrize(
    "test", [None, {"file": None, "line": None}, {"file": "../../../t.py", "line": 1}]
)
def test_a_test_may_have_no_place(test: dict[str, Any] | None) -> None:
    assert place_of_test({"test": test}, SESSION) is None


@pytest.mark.parametrize(
    ("directory", "expected"),
    [
        ("/srv/shop/api", "api/package.json"),
        ("/elsewhere", "package.json"),
        (None, "package.json"),
    ],
)
def test_an_app_is_where_its_package_is(directory: str | None, expected: str) -> None:
    assert place_of_app({"directory": directory}, SESSION) == place(expected)


def test_a_place_reads_as_people_write_it() -> None:
    assert str(place("a.js", 3, 4)) == "a.js:3"
    assert str(place("a.js")) == "a.js"


def test_a_culprit_is_named_by_its_holder_or_function_or_by_what_is_wrong() -> None:
    assert culprit_name(finding(holder=holder("a.js"))) == "cache: Map"
    assert culprit_name(finding(allocated_at=[frame("a.js")])) == "f"
    assert culprit_name(finding(title="the loop is blocked")) == "the loop is blocked"
