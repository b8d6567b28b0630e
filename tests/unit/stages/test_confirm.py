"""Who is believed when polling and snapshots disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest
from suspects import a_holder, a_suspect

from pytest_nodeleak.evidence.bounds import SizeBound
from pytest_nodeleak.evidence.occupancy import (
    Drained,
    Linear,
    OccupancyReading,
    Plateau,
    Unclear,
)
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.stages.confirm import judge_watch
from pytest_nodeleak.stages.recount import Recount
from pytest_nodeleak.stages.watch import Watch

LETS_GO_OF_SOME = [*range(0, 900, 100), 720]
GROWS, STOPS, DRAINS = range(0, 1000, 100), [0, *[500] * 9], [*range(0, 900, 100), 0]
STAYS = [1] * 10


def named(name: str) -> Suspect:
    # Each is another object.
    return a_suspect(a_holder(name=name, heap_id=len(name)), objects_per_request=1.0)


SOCKETS = named("sockets")
ALONE = named("fastTimers")
OF_THREE = replace(ALONE, objects_per_request=6.0, entries_per_request=2.0)
SHARED = replace(ALONE, others=(named("few"), SOCKETS))


def watched(one: Suspect, sizes: Sequence[int]) -> Watch:
    readings = [
        OccupancyReading(
            requests=100 * step, elapsed_s=0.1 * step, size=size, idle=False
        )
        for step, size in enumerate(sizes)
    ]
    return Watch(suspect=one, bound=None, readings=readings)


class Recounted:
    """A recount that has made up its mind."""

    def __init__(self, curve: Linear | Plateau | Unclear, gained: int = 3) -> None:
        self._curve = curve
        self._gained = gained

    def curve(self, _suspect: Suspect) -> Linear | Plateau | Unclear:
        return self._curve

    def gained(self, one: Suspect) -> int:
        return 1000 if one is SOCKETS else self._gained


def recount(curve: Linear | Plateau | Unclear, *, gained: int = 3) -> Recount:
    return cast("Recount", Recounted(curve, gained))


STILL_GROWS = Linear(per_request=None, size=None, requests=900)


@pytest.mark.parametrize(
    ("one", "sizes", "curve"),
    [
        (ALONE, GROWS, Linear),
        (SHARED, GROWS, Linear),
        (ALONE, STOPS, Plateau),
        (ALONE, DRAINS, Drained),
        # A cache that got full at the end, or whose entries only begin to expire, has
        # gained as many objects as a leak until then.
        (SHARED, STOPS, Plateau),
        (SHARED, LETS_GO_OF_SOME, Drained),
    ],
    ids=[
        "grows",
        "grows in several",
        "stops",
        "drains",
        "shared, stops",
        "shared, some",
    ],
)
def test_what_polling_saw_clearly_needs_no_snapshot(
    one: Suspect, sizes: Sequence[int], curve: type
) -> None:
    judged = judge_watch(watched(one, sizes), None)

    assert isinstance(judged.curve, curve)
    assert judged.suspect is one


def test_what_one_holder_lets_go_of_another_one_may_keep() -> None:
    judged = judge_watch(watched(SHARED, DRAINS), recount(STILL_GROWS))

    assert judged.curve == STILL_GROWS
    assert judged.suspect is SOCKETS


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        pytest.param(250, Unclear, id="may still be filling its second generation"),
        pytest.param(249, Linear, id="twice its bound and still growing"),
    ],
)
def test_what_only_snapshots_count_must_gain_twice_its_bound_to_leak(
    entries: float, verdict: type
) -> None:
    """One entry came with each of 500 requests; its size stayed the same all the time."""
    watch = replace(
        watched(ALONE, STAYS), bound=SizeBound(name="maxSize", entries=entries)
    )
    by_snapshot = Linear(per_request=None, size=None, requests=500)

    judged = judge_watch(watch, recount(by_snapshot))

    assert isinstance(judged.curve, verdict)


def test_keys_are_told_of_the_holder_they_were_read_from_only() -> None:
    grows, drains = watched(SHARED, GROWS), watched(SHARED, DRAINS)
    grows.newest_keys = drains.newest_keys = ('"a"',)

    assert judge_watch(grows, None).newest_keys == ('"a"',)
    assert judge_watch(drains, recount(STILL_GROWS)).newest_keys == ()


def test_the_sizes_that_were_seen_are_those_of_the_holder_that_was_watched() -> None:
    grows, drains = watched(SHARED, GROWS), watched(SHARED, DRAINS)

    assert [one.size for one in judge_watch(grows, None).readings] == [*GROWS]
    assert judge_watch(drains, recount(STILL_GROWS)).readings == ()


def test_what_let_go_of_less_than_half_has_the_rest_and_no_other_holder_is_asked() -> (
    None
):
    most, half = [*range(0, 900, 100), 500], [*range(0, 900, 100), 400]

    # Of 800 entries 500 are left, or 400.
    kept = judge_watch(watched(SHARED, most), recount(STILL_GROWS))
    assert kept.curve == Drained(peak=800, size=500)
    assert judge_watch(watched(SHARED, half), recount(STILL_GROWS)).suspect is SOCKETS


@pytest.mark.parametrize(
    "recounted",
    [Plateau(size=None), Unclear(reason="it grows more slowly than before")],
    ids=["stopped", "slower"],
)
def test_what_all_holders_let_go_of_is_let_go_of(recounted: Plateau | Unclear) -> None:
    judged = judge_watch(watched(SHARED, DRAINS), recount(recounted))

    assert isinstance(judged.curve, Drained)
    assert judged.suspect is SHARED


def test_a_size_that_never_changed_is_the_head_of_a_chain_until_recounted() -> None:
    assert judge_watch(watched(ALONE, STAYS), recount(STILL_GROWS)).curve == STILL_GROWS
    settled = judge_watch(watched(ALONE, STAYS), recount(Plateau(size=None)))
    assert settled.curve == Plateau(size=1, grown=0)


@pytest.mark.parametrize(
    ("gained", "one", "is_bounded"),
    [
        pytest.param(1500, ALONE, True, id="shared values are replaced"),
        pytest.param(2500, ALONE, False, id="more than it has entries"),
        pytest.param(5500, OF_THREE, True, id="entries of three objects"),
        pytest.param(6500, OF_THREE, False, id="more than its entries have"),
        pytest.param(
            1500, replace(ALONE, is_family=True), False, id="its entries' entries"
        ),
    ],
)
def test_a_full_cache_gains_no_more_objects_than_it_has_entries(
    *, gained: int, one: Suspect, is_bounded: bool
) -> None:
    judged = judge_watch(watched(one, [2000] * 10), recount(STILL_GROWS, gained=gained))

    assert judged.curve == (Plateau(size=2000) if is_bounded else STILL_GROWS)


@pytest.mark.parametrize(
    ("one", "sizes"),
    [(ALONE, STAYS), (ALONE, []), (SHARED, DRAINS)],
    ids=["stays", "cannot be polled", "another one may keep it"],
)
def test_without_time_for_a_snapshot_what_polling_cannot_tell_is_unclear(
    one: Suspect, sizes: Sequence[int]
) -> None:
    judged = judge_watch(watched(one, sizes), None)

    assert isinstance(judged.curve, Unclear)
    assert "Raise --nodeleak-budget" in judged.curve.reason
