"""The table of a session; its golden texts are ``tests/golden/table/*.txt``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from measurements import (
    blocking_finding,
    check,
    collection_finding,
    delay,
    in_baseline,
    known,
    leaking,
    measurement,
    timer_finding,
)

from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.report.record import check_record
from pytest_nodeleak.report.table import Line, table

GOLDEN = Path(__file__).parents[2] / "golden" / "table"
COLLECTION, TIMER = collection_finding(), timer_finding()


def record_of(judged: Check | BrokenCheck, *, attempt: int = 1) -> dict[str, Any]:
    return {**check_record(judged), "attempt": attempt}


def clean(target: str = "GET /", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {**record_of(check(measurement(target=target))), **more}


LEAK = record_of(
    check(
        measurement(
            target="GET /users/{n}", watched=(leaking(COLLECTION), leaking(TIMER))
        )
    )
)
BLOCKED = record_of(
    check(
        measurement(
            target="POST /reports", loop_delay=delay(310), blocking=blocking_finding()
        )
    )
)
SUPPRESSED = record_of(
    check(
        measurement(target="GET /known", watched=(leaking(COLLECTION),)),
        suppressions=known({"fingerprint": COLLECTION.fingerprint}),
    )
)
FEW = record_of(check(measurement(target="GET /rare", detectable_objects=None)))
ERROR = record_of(
    BrokenCheck(
        id="test_start.py::test_it::starting node server.js",
        target="starting node server.js",
        reason="the app ended while starting: exit code 1\nLast output:\n  oh no",
        elapsed_s=0.31,
    )
)
RECORDS = [
    clean("GET /health"),
    SUPPRESSED,
    FEW,
    LEAK,
    clean("GET /api/organisations/{n}/members/{uuid}/invitations/{random}"),
    ERROR,
    BLOCKED,
]


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("piped", {}),
        ("wide", {"width": 120}),
        ("narrow", {"width": 80}),
        ("quiet", {"width": 80, "verbosity": -1}),
        ("verbose", {"width": 100, "verbosity": 1}),
    ],
)
def test_the_table_reads_well(name: str, shape: Mapping[str, int]) -> None:
    text = "".join(f"{line}\n" for line in table(RECORDS, **shape))
    assert text == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [80, 100, 132])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = table(RECORDS, width=width, verbosity=1)
    assert max(len(str(line)) for line in lines) <= width


def test_what_failed_stands_out_and_so_does_the_worst_of_all() -> None:
    lines = table([clean(), LEAK])
    assert [(line.marked.strip(), line.result) for line in lines] == [
        ("leak", "leak"),
        ("clean", "clean"),
        ("1 leak, 1 clean", "leak"),
    ]


def test_an_attempt_is_told_where_there_were_several() -> None:
    [first, second, _] = table([clean(), clean(attempt=2)])
    assert "attempt" not in str(first)
    assert "4.1 s  (attempt 2)  27,300 req" in str(second)


def test_a_leak_that_the_baseline_has_is_told_as_such() -> None:
    leak = check(measurement(watched=(leaking(COLLECTION),)))
    lines = [str(line) for line in table([record_of(in_baseline(leak))], width=120)]

    assert any("(1 in the baseline)" in line for line in lines)


def test_quiet_and_all_clean_is_one_line() -> None:
    assert table([clean(), clean()], verbosity=-1) == [
        Line(marked="2 clean", rest=" of 2 checks in 8.2 s", result="clean")
    ]


def test_an_outcome_that_is_new_is_not_overlooked() -> None:
    lines = table([LEAK, clean(outcome="worse", verdict="worse")])
    assert [line.result for line in lines] == ["worse", "leak", "worse"]


def test_names_from_the_app_cannot_write_to_the_terminal() -> None:
    hostile = "GET /\x1b]0;owned\x07"
    finding = replace(COLLECTION, title=hostile, holder=None)
    record = record_of(check(measurement(target=hostile, watched=(leaking(finding),))))
    for line in table([{**record, "id": f"test::{hostile}"}], verbosity=1):
        assert str(line).isprintable()
