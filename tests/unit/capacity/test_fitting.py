"""The sums of the container trap and the cluster multiplier."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_nodeleak.capacity.fitting import Fit, Footprint

MIB = 2**20
# About what an idle app takes.
IDLE = Footprint(
    node_major=20,
    heap_limit_bytes=4144 * MIB,
    heap_used_bytes=6 * MIB,
    external_bytes=2 * MIB,
    overhead_bytes=20 * MIB,
    shared_bytes=40 * MIB,
)


def test_four_workers_in_4_gb_get_about_700_mb_each() -> None:
    fit = Fit.of(IDLE, memory_bytes=4096 * MIB, processes=4)

    assert fit.heap_limit_bytes == 2096 * MIB
    assert fit.needed_bytes == (4 * (2096 + 2 + 20) + 40) * MIB
    assert not fit.fits
    assert not fit.is_trap
    assert fit.recommended_mb == 710


@pytest.mark.parametrize(
    ("memory_mib", "processes", "exceeds"),
    [(2096, 1, False), (2095, 1, True), (8384, 4, False), (8383, 4, True)],
)
def test_heaps_exceed_the_memory_by_themselves_or_only_with_what_lies_beside(
    memory_mib: int, processes: int, *, exceeds: bool
) -> None:
    app = replace(IDLE, heap_limit_bytes=2096 * MIB, is_sized_by_memory=False)

    fit = Fit.of(app, memory_bytes=memory_mib * MIB, processes=processes)

    assert fit.exceeds_by_heaps is exceeds
    assert not fit.fits


def test_what_fits_to_the_byte_fits() -> None:
    app = replace(IDLE, heap_limit_bytes=2096 * MIB, is_sized_by_memory=False)

    assert Fit.of(app, memory_bytes=(2096 + 2 + 20 + 40) * MIB).fits
    assert not Fit.of(app, memory_bytes=(2096 + 2 + 20 + 40) * MIB - 1).fits


def test_uploads_outside_the_heap_kill_a_box_whose_heap_is_small() -> None:
    # 2 GB with 400 MB for the system; 450 MB rss with a 300 MB heap, and 600 MB of uploads.
    app = replace(IDLE, heap_used_bytes=300 * MIB, overhead_bytes=110 * MIB)
    box = {"memory_bytes": 2048 * MIB, "reserved_bytes": 400 * MIB}
    quiet = Fit.of(app, **box)
    busy = Fit.of(app, **box, external_bytes=600 * MIB)

    assert quiet.fits
    assert busy.usable_bytes == 1648 * MIB
    assert busy.needed_bytes == (1048 + 600 + 110 + 40) * MIB
    assert not busy.fits
    assert busy.recommended_mb == 870
    assert not busy.is_trap
    assert busy.is_below_share


@pytest.mark.parametrize("node_major", [20, 22, 24, 26])
@pytest.mark.parametrize("processes", [1, 2, 4, 16])
@pytest.mark.parametrize("memory_mib", [128, 256, 512, 1024, 4096, 16384])
def test_what_is_recommended_fits(
    node_major: int, processes: int, memory_mib: int
) -> None:
    app = replace(IDLE, node_major=node_major)
    fit = Fit.of(app, memory_bytes=memory_mib * MIB, processes=processes)
    size_mb = fit.recommended_mb
    if size_mb is None:
        # Beside the young generation alone nothing remains for the old one.
        assert processes * 80 + 40 > memory_mib
        return
    again = Fit.of(
        replace(app, old_space_bytes=size_mb * MIB),
        memory_bytes=memory_mib * MIB,
        processes=processes,
    )
    assert again.fits
    assert again.processes * size_mb <= 0.75 * memory_mib


def test_a_small_container_is_a_trap_without_any_flag() -> None:
    fit = Fit.of(IDLE, memory_bytes=256 * MIB)

    assert fit.heap_limit_bytes == 259 * MIB
    assert fit.is_trap
    assert fit.recommended_mb == 170


def test_a_flag_above_the_container_is_a_trap() -> None:
    app = replace(IDLE, old_space_bytes=1024 * MIB)

    assert Fit.of(app, memory_bytes=512 * MIB).is_trap
    assert Fit.of(app, memory_bytes=4096 * MIB).fits


def test_a_limit_by_other_flags_is_taken_as_it_was_measured() -> None:
    app = replace(IDLE, heap_limit_bytes=300 * MIB, is_sized_by_memory=False)

    assert Fit.of(app, memory_bytes=512 * MIB).heap_limit_bytes == 300 * MIB
    assert Fit.of(app, memory_bytes=512 * MIB).fits


def test_too_many_processes_have_no_limit_that_fits() -> None:
    assert Fit.of(IDLE, memory_bytes=256 * MIB, processes=16).recommended_mb is None


def test_a_heap_that_is_full_already_has_no_limit_that_fits() -> None:
    app = replace(IDLE, heap_used_bytes=200 * MIB)

    assert Fit.of(app, memory_bytes=256 * MIB).recommended_mb is None
