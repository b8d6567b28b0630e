"""The benchmarks run; what they measure is asserted nowhere."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

import pytest
from benchmarks.parts import PARTS, run_part
from benchmarks.rows import Size

pytestmark = pytest.mark.nodejs

# These start Python again and again, or read whole heaps.
LONGER = {"analysis", "commands", "heap", "live", "sweep"}


def failures(parts: Collection[str]) -> dict[str, str]:
    # Two at a time: most of a check is waiting, and no reading is looked at.
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda name: run_part(name, Size.SMALLEST), parts))
    return {
        one.part: one.failure or "no rows"
        for one in results
        if one.failure or not one.rows
    }


def test_each_part_measures_something() -> None:
    assert failures(PARTS.keys() - LONGER) == {}


@pytest.mark.matrix
def test_each_part_that_takes_longer_measures_something() -> None:
    assert failures(LONGER) == {}
