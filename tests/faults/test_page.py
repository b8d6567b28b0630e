from __future__ import annotations

from faults.cells import PARTS, Cell, faults_of
from faults.page import PAGE, read_page, written


def test_the_page_has_the_outcome_of_every_cell() -> None:
    cells = {
        Cell(part=part, fault=fault, stage=stage).key
        for part in PARTS
        for fault in faults_of(part)
        for stage in fault.stages
    }

    # If it has not: make faults.
    assert set(read_page(PAGE.read_text(encoding="utf-8"))) == cells


def test_the_page_is_as_it_is_written() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert written(page, {}) == page


def test_what_is_tried_by_make_test_is_a_part_of_it() -> None:
    for part in PARTS:
        for fault in faults_of(part):
            assert set(fault.sample) <= set(fault.stages), fault.name
