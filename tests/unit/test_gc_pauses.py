from __future__ import annotations

import pytest

from pytest_nodeleak.gc_pauses import GcKind, GcPause, pool_pauses


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
