"""The cost of a snapshot as it was measured, and where it does not fit."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pytest_nodeleak.capacity.snapshot_room import (
    Room,
    predict_nodes,
    predict_objects,
    room_needed,
)
from pytest_nodeleak.evidence.memory import HeapSpace, MemoryReading

MACHINE = Room(name="this machine", left_bytes=10**10, holds_us=True)


@dataclass(frozen=True)
class Seen:
    """A heap, and what its first snapshot took."""

    heap_mb: float
    large_mb: float
    nodes: int
    objects: int
    taken_mb: float


MEASURED = {
    "20 bare": Seen(1.5, 0.3, 48_098, 7_844, 35.4),
    "20 objects": Seen(7.6, 1.6, 168_072, 127_843, 194.3),
    "20 maps": Seen(10.2, 0.7, 168_075, 47_843, 100.5),
    "20 strings": Seen(25.2, 1.6, 816_070, 7_843, 220.3),
    "20 arrays": Seen(9.7, 0.9, 228_072, 127_843, 139.8),
    "20 closures": Seen(7.8, 0.9, 168_080, 67_843, 138.2),
    "20 buffers": Seen(7.8, 0.9, 108_322, 67_902, 116.3),
    "20 large strings": Seen(61.7, 0.3, 56_398, 7_844, 37.8),
    "20 numbers": Seen(17.5, 16.3, 48_081, 7_844, 34.9),
    "24 bare": Seen(1.9, 0.3, 66_220, 8_811, 56.2),
    "24 objects": Seen(8.1, 1.6, 186_224, 128_811, 202.6),
    "24 maps": Seen(10.6, 0.7, 186_228, 48_811, 107.5),
    "24 strings": Seen(25.6, 1.6, 834_216, 8_811, 213.6),
    "24 arrays": Seen(10.2, 0.9, 246_223, 128_812, 152.7),
    "24 closures": Seen(8.3, 0.9, 186_223, 68_811, 141.2),
    "24 buffers": Seen(8.7, 0.9, 126_344, 68_818, 127.9),
    "24 large strings": Seen(61.9, 60.3, 66_282, 8_811, 60.1),
    "24 numbers": Seen(17.9, 16.3, 66_225, 8_812, 66.4),
}


def reading(large_mb: float) -> MemoryReading:
    large = int(large_mb * 1e6)
    return MemoryReading(
        requests=0,
        rss_bytes=0,
        heap_total_bytes=0,
        heap_used_bytes=0,
        heap_limit_bytes=0,
        external_bytes=0,
        array_buffers_bytes=0,
        spaces={
            "old_space": HeapSpace(used_bytes=10**6, size_bytes=10**6),
            "large_object_space": HeapSpace(used_bytes=large, size_bytes=large),
        },
    )


@pytest.mark.parametrize("seen", MEASURED.values(), ids=MEASURED)
def test_no_heap_has_more_nodes_than_predicted(seen: Seen) -> None:
    assert (
        predict_nodes(int(seen.heap_mb * 1e6), reading(seen.large_mb))
        > 0.95 * seen.nodes
    )


@pytest.mark.parametrize("seen", MEASURED.values(), ids=MEASURED)
def test_of_objects_not_too_few_are_foreseen(seen: Seen) -> None:
    nodes = predict_nodes(int(seen.heap_mb * 1e6), reading(seen.large_mb))
    assert nodes > predict_objects(nodes) > 0.95 * seen.objects


@pytest.mark.parametrize("seen", MEASURED.values(), ids=MEASURED)
def test_no_snapshot_took_more_than_is_asked_for(seen: Seen) -> None:
    nothing = Room(name="a full container", left_bytes=0, holds_us=False)
    needed = room_needed(
        nodes=seen.nodes, objects=seen.objects, kept_bytes=0, rooms=[nothing]
    )
    assert needed is not None
    # The rooms are used up to 90 %.
    assert 0.9 * seen.taken_mb < needed.needed_bytes / 1e6 < 2 * seen.taken_mb


def test_a_snapshot_that_fits_everywhere_is_allowed() -> None:
    limit = Room(name="the memory limit of 512 MiB", left_bytes=10**8, holds_us=False)

    assert not room_needed(
        nodes=50_000, objects=8_000, kept_bytes=0, rooms=[limit, MACHINE]
    )


def test_where_it_does_not_fit_is_told() -> None:
    limit = Room(
        name="the memory limit of 128 MiB", left_bytes=60_000_000, holds_us=False
    )
    needed = room_needed(
        nodes=250_000, objects=120_000, kept_bytes=0, rooms=[MACHINE, limit]
    )
    assert str(needed) == (
        "a snapshot of this heap (some 250,000 nodes) may take 240 MB of memory, and the"
        " memory limit of 128 MiB has 60.0 MB left"
    )


def test_what_we_need_ourselves_counts_where_we_are() -> None:
    cost = {"nodes": 1_000_000, "objects": 0, "kept_bytes": 0}
    left_bytes = 400_000_000

    assert not room_needed(
        **cost, rooms=[Room(name="", left_bytes=left_bytes, holds_us=False)]
    )
    assert room_needed(
        **cost, rooms=[Room(name="", left_bytes=left_bytes, holds_us=True)]
    )


def test_what_an_earlier_snapshot_left_behind_is_used_again() -> None:
    full = Room(name="full", left_bytes=30_000_000, holds_us=False)

    assert room_needed(nodes=50_000, objects=8_000, kept_bytes=0, rooms=[full])
    assert not room_needed(
        nodes=50_000, objects=8_000, kept_bytes=40_000_000, rooms=[full]
    )
