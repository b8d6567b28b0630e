"""The end of a session that was compared with a baseline, or saved one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from measurements import (
    check,
    collection_finding,
    known_leak,
    leaking,
    listener_finding,
    measurement,
    unclear,
)

from pytest_nodeleak.baselines.baseline import Baseline, Rates
from pytest_nodeleak.baselines.update import Ran, Update
from pytest_nodeleak.evidence.measurement import Measurement
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.ratchet import Reference
from pytest_nodeleak.report.baseline_summary import (
    compared_lines,
    saved_line,
    short_id,
)
from pytest_nodeleak.report.record import check_record

GOLDEN = Path(__file__).parents[2] / "golden" / "baselines"
FILE = "baseline main (.nodeleak/main.json)"
CLEAN = Rates(verdict="clean")
CACHE = Rates(verdict="leak", leaks={"0c5e8b1d42aa": known_leak()})
BASELINE = Baseline(
    name="main",
    checks={
        "test_shop.py::test_users::GET /users/{n}": {24: CACHE},
        "test_shop.py::test_orders::POST /orders": {24: CACHE},
        "test_shop.py::test_books::GET /books/{n}": {24: CACHE},
        "test_shop.py::test_gone::GET /gone": {20: CACHE, 24: CACHE},
        "test_shop.py::test_doubt::GET /doubt": {24: CLEAN},
        "nodeleak::GET /health::GET /health": {24: CLEAN},
    },
)
LEAK = measurement(watched=(leaking(collection_finding()),))
WORSE = measurement(
    watched=(
        leaking(replace(collection_finding(), entries_per_request=2.0)),
        leaking(listener_finding()),
    )
)
DOUBT = measurement(watched=(unclear(collection_finding(), reason="few"),))


def record(
    check_id: str, measured: Measurement, *, node: str = "v24.3.0"
) -> Mapping[str, Any]:
    judged = check(replace(measured, node_version=node))
    reference = Reference.to(BASELINE, check_id, node)
    return check_record(replace(judged, id=check_id, reference=reference))


RECORDS = [
    record("nodeleak::GET /health::GET /health", measurement()),
    record("test_shop.py::test_users::GET /users/{n}", WORSE),
    record("test_shop.py::test_orders::POST /orders", measurement()),
    record("test_shop.py::test_books::GET /books/{n}", LEAK),
    record("test_shop.py::test_doubt::GET /doubt", DOUBT),
    record("nodeleak::GET /new::GET /new", LEAK),
    check_record(
        BrokenCheck(id="test_shop.py::test_x::GET /x", target="GET /x",
                    reason="answered 404", elapsed_s=1.0)
    ),
]  # fmt: skip


def test_the_end_of_a_session_reads_as_its_golden_text() -> None:
    ran = Ran(records=RECORDS, is_whole=True)
    lines = compared_lines(BASELINE, ran, file=FILE, is_saved=False)

    golden = (GOLDEN / "summary.txt").read_text(encoding="utf-8")
    assert "\n".join(lines) + "\n" == golden


def test_what_is_better_need_not_be_saved_again_by_who_saves_it() -> None:
    ran = Ran(records=RECORDS)

    lines = compared_lines(BASELINE, ran, file=FILE, is_saved=True)

    assert [line for line in lines if "--nodeleak-save" in line] == []


def test_a_version_of_node_that_is_not_in_the_file_is_told() -> None:
    ran = Ran(
        records=[record("nodeleak::GET /health::GET /health", LEAK, node="v26.1.0")],
        is_whole=True,
    )

    summary, unknown, new = compared_lines(BASELINE, ran, file=FILE, is_saved=False)

    assert summary == f"compared with {FILE}: 1 new"
    assert unknown == (
        "it has no rates on Node 26, only on Node 20 and 24: all checks there are new"
        " to it"
    )
    assert new == "new check    GET /health: leak"


@pytest.mark.parametrize(
    ("update", "is_new_text", "line"),
    [
        (Update(baseline=BASELINE, saved=6), True, "6 checks on Node 24"),
        (Update(baseline=BASELINE, saved=1), False, "1 check on Node 24 (as it was)"),
        (
            Update(baseline=BASELINE, saved=3, unseen=1),
            True,
            "3 checks on Node 24; 1 without leaks, as no heap snapshots could be compared",
        ),
        (
            Update(
                baseline=BASELINE,
                saved=4,
                removed=(("t", 24),),
                left_out={"inconclusive": 1, "crashed": 2},
            ),
            True,
            "4 checks on Node 24; 1 check removed; not saved: 2 crashed, 1 inconclusive",
        ),
        (
            Update(baseline=BASELINE, saved=0, left_out={"failed": 1}),
            False,
            "nothing; not saved: 1 failed (as it was)",
        ),
    ],
)
def test_what_was_saved_is_told_in_a_line(
    update: Update,
    is_new_text: bool,  # noqa: FBT001  # a parameter of the test
    line: str,
) -> None:
    told = saved_line(update, Ran(records=RECORDS), file=FILE, is_new_text=is_new_text)

    assert told == f"saved to {FILE}: {line}"


@pytest.mark.parametrize(
    ("check_id", "short"),
    [
        ("nodeleak::GET /a::GET /a", "GET /a"),
        ("nodeleak::GET /a::b::GET /a::b", "GET /a::b"),
        ("nodeleak::GET /a::GET /b", "nodeleak::GET /a::GET /b"),
        ("test_a.py::test_b::GET /a", "test_a.py::test_b::GET /a"),
    ],
)
def test_a_route_without_a_test_file_is_called_by_its_route(
    check_id: str, short: str
) -> None:
    assert short_id(check_id) == short
