from __future__ import annotations

import pytest

from pytest_nodeleak.evidence.gc_pauses import (
    GcKind,
    GcPause,
    is_thrashing,
    pool_pauses,
    v8_name,
)


def pauses(kind: str, *pauses_ms: float) -> list[GcPause]:
    return [GcPause(kind=kind, pause_ms=pause_ms) for pause_ms in pauses_ms]


def test_pauses_are_told_apart_by_kind() -> None:
    pooled = pool_pauses(
        [*pauses("minor", 1.0, 2.0, 0.5), *pauses("major", 40.0)], load_s=1.0
    )

    assert pooled.by_kind == {
        "minor": GcKind(count=3, total_ms=3.5, max_ms=2.0),
        "major": GcKind(count=1, total_ms=40.0, max_ms=40.0),
    }
    assert (pooled.max, pooled.p99) == (40.0, 40.0)
    assert pooled.share == pytest.approx(0.0435)


def test_percentiles_are_pauses_that_happened_and_none_is_understated() -> None:
    pooled = pool_pauses(pauses("minor", *range(1, 201)), load_s=100.0)

    assert (pooled.p50_ms, pooled.p99_ms, pooled.max_ms) == (101.0, 199.0, 200.0)


def test_without_a_pause_there_is_none() -> None:
    pooled = pool_pauses([], load_s=1.0)

    assert (pooled.p50_ms, pooled.p99_ms, pooled.max_ms, pooled.share) == (0, 0, 0, 0)
    assert pooled.by_kind == {}


@pytest.mark.parametrize(("load_s", "share"), [(0.0, 0.0), (0.001, 1.0)])
def test_the_share_of_hardly_any_load_stays_a_share(
    load_s: float, share: float
) -> None:
    assert pool_pauses(pauses("major", 5.0), load_s=load_s).share == share


def test_the_slow_pauses_are_told_by_their_kind() -> None:
    pooled = pool_pauses(
        [*pauses("minor", *[1.0] * 300), *pauses("major", *[20.0] * 5, 19.0, 18.0)],
        load_s=2.0,
    )
    assert (pooled.p99_kind, pooled.max_kind) == ("major", "major")
    seldom = pool_pauses(
        [*pauses("minor", *[9.0] * 300), *pauses("major", 60.0)], load_s=3.0
    )
    assert (seldom.p99_kind, seldom.max_kind) == ("minor", "major")
    assert pool_pauses([], load_s=1.0).max_kind == ""


def test_kinds_have_the_names_that_v8_uses() -> None:
    assert v8_name("minor") == "scavenge"
    assert v8_name("major") == "mark-sweep-compact"
    assert v8_name("something new") == "something new"


@pytest.mark.parametrize(
    ("kind", "load_s", "used", "thrashes"),
    [
        ("major", 1.0, 90, True),
        ("incremental", 1.0, 90, True),
        # Young garbage only, time for others, room for more.
        ("minor", 1.0, 90, False),
        ("major", 5.0, 90, False),
        ("major", 1.0, 70, False),
    ],
)
def test_thrashing_is_a_full_heap_that_is_collected_most_of_the_time(
    kind: str, load_s: float, used: int, *, thrashes: bool
) -> None:
    pooled = pool_pauses(pauses(kind, *[50.0] * 10), load_s=load_s)
    assert is_thrashing(pooled, used_bytes=used, limit_bytes=100) is thrashes


def test_a_full_heap_makes_scavenges_slow_as_well() -> None:
    # As Node 26 does with 42 of 46 MB in its heap.
    both = [*pauses("minor", *[10.0] * 70), *pauses("major", *[33.0] * 10)]
    pooled = pool_pauses(both, load_s=3.3)
    assert is_thrashing(pooled, used_bytes=42.3, limit_bytes=46.1)


def test_a_heap_without_a_limit_is_never_full() -> None:
    pooled = pool_pauses(pauses("major", 500.0), load_s=1.0)
    assert not is_thrashing(pooled, used_bytes=10, limit_bytes=0)
