"""V8's limit as it was measured, with ``v8.getHeapStatistics()`` in real cgroups."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_nodeleak.capacity.v8_limit import heap_limit_bytes, young_bytes

MIB = 2**20
MEMORY_MIB = (128, 256, 512, 1024, 1536, 2048, 3072, 4096, 8192, 15360, 16384)
# Node major: heap_size_limit in MB per memory.
MEASURED = {
    20: (259, 259, 259, 524, 792, 1048, 1584, 2096, 2096, 2096, 4144),
    22: (259, 259, 259, 524, 792, 1048, 1584, 2096, 2096, 4144, 4144),
    24: (259, 259, 259, 560, 864, 1120, 1728, 2240, 2240, 4288, 4288),
    26: (262, 262, 268, 536, 816, 1072, 1632, 2144, 2144, 4192, 4192),
}
WITH_FLAG_MIB = (128, 256, 512, 1024, 2048, 4096, 8192)
# The same with --max-old-space-size=96.
MEASURED_WITH_FLAG = {
    20: (99, 99, 99, 108, 120, 144, 144),
    22: (99, 99, 99, 108, 120, 144, 144),
    24: (99, 99, 99, 144, 192, 288, 288),
    26: (102, 102, 108, 120, 144, 192, 192),
}


@pytest.mark.parametrize("node_major", MEASURED)
def test_the_default_is_what_each_node_was_seen_to_take(node_major: int) -> None:
    seen = tuple(
        heap_limit_bytes(memory * MIB, node_major=node_major) // MIB
        for memory in MEMORY_MIB
    )
    assert seen == MEASURED[node_major]


@pytest.mark.parametrize("node_major", MEASURED_WITH_FLAG)
def test_a_flag_sets_the_old_space_and_the_young_generation_comes_on_top(
    node_major: int,
) -> None:
    seen = tuple(
        heap_limit_bytes(memory * MIB, node_major=node_major, old_space_bytes=96 * MIB)
        // MIB
        for memory in WITH_FLAG_MIB
    )
    assert seen == MEASURED_WITH_FLAG[node_major]


def test_a_version_to_come_is_taken_for_the_newest_known() -> None:
    assert young_bytes(8192 * MIB, node_major=40) == 96 * MIB


def test_the_document_shows_what_was_measured() -> None:
    document = (Path(__file__).parents[3] / "docs" / "containers.md").read_text()
    rows = re.findall(r"^\| (\d+) (MiB|GiB) \|(.+)\|$", document, re.MULTILINE)
    shown = {
        int(number) * (1024 if unit == "GiB" else 1): [
            int(cell.strip(" *MB").replace(",", "")) for cell in cells.split("|")
        ]
        for number, unit, cells in rows
    }

    # Node 20 and 22 share a column.
    assert shown == {
        memory: [MEASURED[node][MEMORY_MIB.index(memory)] for node in (20, 24, 26)]
        for memory in (256, 512, 1024, 2048, 4096, 8192, 16384)
    }
