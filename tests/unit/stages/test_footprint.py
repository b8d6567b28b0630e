from __future__ import annotations

from dataclasses import replace

from unit.endings.test_trail import start_up

from pytest_nodeleak.capacity.fitting import Footprint
from pytest_nodeleak.evidence.memory import MemoryReading
from pytest_nodeleak.stages.footprint import footprint_of

MIB = 2**20
MEMORY = MemoryReading(
    requests=100,
    rss_bytes=90 * MIB,
    heap_total_bytes=20 * MIB,
    heap_used_bytes=12 * MIB,
    heap_limit_bytes=80 * MIB,
    external_bytes=5 * MIB,
    array_buffers_bytes=3 * MIB,
    spaces={},
)


def footprint(
    *flags: str, options: str = "", shared_bytes: int = 40 * MIB
) -> Footprint:
    return footprint_of(
        start_up(*flags, options=options),
        MEMORY,
        shared_bytes=shared_bytes,
        node_version="v24.3.0",
    )


def test_what_is_resident_is_heap_external_shared_or_overhead() -> None:
    assert footprint() == Footprint(
        node_major=24,
        heap_limit_bytes=80 * MIB,
        heap_used_bytes=12 * MIB,
        external_bytes=5 * MIB,
        overhead_bytes=25 * MIB,
        shared_bytes=40 * MIB,
    )


def test_flags_tell_what_the_heap_may_become_elsewhere() -> None:
    assert footprint("--max-old-space-size=64") == replace(
        footprint(), old_space_bytes=64 * MIB
    )
    assert not footprint("--max-semi-space-size=8").is_sized_by_memory
    assert not footprint(options='--max_heap_size=9 "--title=b"').is_sized_by_memory


def test_pages_of_files_are_never_more_than_what_is_resident() -> None:
    one = footprint(shared_bytes=500 * MIB)

    assert (one.shared_bytes, one.overhead_bytes) == (90 * MIB, 0)
