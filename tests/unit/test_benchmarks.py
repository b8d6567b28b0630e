"""What benchmarks have measured becomes a page; nothing is measured here."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from benchmarks.page import page, table
from benchmarks.results import PartResult, keep, kept
from benchmarks.rows import Readings, Row, in_turns

ROW = Row(
    what="a route",
    unit="requests/s",
    ours=Readings(values=(30_000.0, 33_333.0, 36_000.0)),
    peer="requests",
    theirs=Readings(values=(1_000.0, 1_111.0, 1_000.0)),
)
RESULT = PartResult(
    part="load",
    rows=(ROW,),
    elapsed_s=31.4,
    others_share=0.02,
    load_averages=(0.2, 1.1),
    measured_on="2026-11-26",
)
MACHINE = ("Linux, 2 processors", "Python 3.11.7")


def cells(result: PartResult) -> list[str]:
    _, _, row = table([result])
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_readings_are_shown_as_median_and_range_and_ratios_are_those_of_a_turn() -> (
    None
):
    assert cells(RESULT) == [
        "load",
        "a route",
        "requests/s",
        "33,300 (30,000 to 36,000)",
        "requests",
        "1,000 (1,000 to 1,110)",
        "30 (30 to 36)",
        "3",
    ]


def test_what_has_no_peer_has_no_ratio() -> None:
    row = Row(what="doctor", unit="s", ours=Readings(values=(2.875,)), note="1 of 1")

    assert cells(replace(RESULT, rows=(row,))) == [
        *("load", "doctor (1 of 1)", "s", "2.88", "-", "-", "-", "1")
    ]


def test_of_sides_that_were_read_unequally_often_the_medians_are_compared() -> None:
    ours, theirs = Readings(values=(1.0, 2.0, 9.0)), Readings(values=(4.0,))

    assert ours.over(theirs) == Readings(values=(0.5,))
    assert (
        cells(replace(RESULT, rows=(replace(ROW, ours=ours, theirs=theirs),)))[-1]
        == "3, 1"
    )


def test_no_reading_is_no_number() -> None:
    with pytest.raises(ValueError, match="no readings"):
        Readings(values=())


def test_a_part_that_failed_has_a_row_that_says_why() -> None:
    failed = replace(RESULT, failure="AppExited: gone | at once\nLast output: ...")

    *_, row = table([failed])
    assert row.startswith("| load | **failed**: AppExited: gone at once |")
    assert row.count("|") == 9


def test_turns_alternate_so_that_nobody_always_comes_first() -> None:
    called: list[str] = []

    def read_as(name: str) -> float:
        called.append(name)
        return float(len(called))

    read = in_turns({name: partial(read_as, name) for name in "ab"}, rounds=3)

    assert called == ["a", "b", "b", "a", "a", "b"]
    assert read["b"] == [2.0, 3.0, 6.0]


def test_a_result_is_kept_for_its_machine_and_versions(tmp_path: Path) -> None:
    keep(RESULT, MACHINE, tmp_path)

    assert kept("load", MACHINE, tmp_path) == RESULT
    assert kept("load", ("another",), tmp_path) is None
    assert kept("heap", MACHINE, tmp_path) is None


def test_the_page_says_how_and_on_what_it_was_measured() -> None:
    busy = replace(RESULT, part="heap", others_share=0.4)
    text = page(
        {"load": RESULT, "heap": busy, "sweep": None},
        environment=MACHINE,
        methods={"load": "By sending.", "heap": "By filling.", "sweep": "All."},
    )

    assert "- Linux, 2 processors\n- Python 3.11.7\n- 2 parts in 63 s\n" in text
    assert (
        "### load\n\nBy sending.\n\nTook 31 s on 2026-11-26. Meanwhile other processes used"
        " 2% of the processors (load average 0.2 at its begin, 1.1 at its end).\n\n### heap"
    ) in text
    assert "40% of the processors: **it was not quiet** (load" in text
    assert "| sweep | not measured | | | | | | |\n" in text
    assert text.endswith(
        "### sweep\n\nAll.\n\nNot measured on this machine and versions.\n"
    )
