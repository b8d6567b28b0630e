"""Whatever comes from an inspector, or does not, there is a clear outcome in time."""

from __future__ import annotations

import pytest
from faults.cells import Cell, cells_of
from faults.conftest import RunCell

pytestmark = pytest.mark.nodejs


@pytest.mark.parametrize("cell", cells_of("faults.inspector_faults"))
def test_the_outcome_is_as_documented(cell: Cell, run_cell: RunCell) -> None:
    run_cell(cell)
