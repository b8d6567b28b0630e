"""Cells of the fault matrix: run, compared with docs/faults.md, and written there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from faults.cells import Cell
from faults.page import PAGE, read_page, written
from faults.sessions import Outcome, run_into

RunCell = Callable[[Cell], None]
_PROPERTY = "fault-cell"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-faults", action="store_true", help="write docs/faults.md anew"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("write_faults") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Writer(), "write-faults")


@pytest.fixture
def run_cell(
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    request: pytest.FixtureRequest,
) -> RunCell:
    """Return what runs a cell, and fails where the document says otherwise."""
    expected = read_page(PAGE.read_text(encoding="utf-8"))

    def run(cell: Cell) -> None:
        outcome = run_into(cell.fault, cell.stage, part=cell.part, directory=tmp_path)
        # Text, which comes to the controller of xdist as it is.
        record_property(_PROPERTY, json.dumps([cell.key, asdict(outcome)]))
        assert outcome.in_time
        is_new = cell.key not in expected and request.config.getoption("write_faults")
        assert is_new or outcome == expected.get(cell.key)

    return run


class _Writer:
    def __init__(self) -> None:
        self._outcomes: dict[str, Outcome] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if report.when == "teardown" and name == _PROPERTY:
                key, fields = json.loads(str(value))
                self._outcomes[key] = _outcome(fields)

    def pytest_sessionfinish(self) -> None:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(written(page, self._outcomes), encoding="utf-8")


def _outcome(fields: dict[str, Any]) -> Outcome:
    return Outcome(**fields)
