from __future__ import annotations

from dataclasses import replace

from heaps import Heap, app_server, repeat

from pytest_nodeleak.evidence.occupancy import Curve, Linear, Plateau, Timed, Unclear
from pytest_nodeleak.heap.suspects import find_suspects
from pytest_nodeleak.heap.threads import Thread
from pytest_nodeleak.heap.window import Window
from pytest_nodeleak.stages.recount import Recount

REQUESTS = 20


def watched(
    *,
    pushed: bool = True,
    in_silence: int = 0,
    looked_at_silence: bool = True,
    requests: int = REQUESTS,
) -> Curve:
    """Stage a cache that gains one object per request, push it, and recount it.

    The push takes as long as the silence.
    """
    heap = Heap()
    cache = heap.map(parent=app_server(heap), via="cache", edge="context")

    def add() -> object:
        return heap.put(cache, heap.object("Order"))

    before = heap.tree()
    repeat(REQUESTS, add)
    between = heap.tree()
    repeat(REQUESTS, add)
    after = heap.tree()
    (suspect,) = find_suspects(
        Window(earlier=before, later=between, requests=REQUESTS),
        Window(earlier=between, later=after, requests=REQUESTS),
    )
    if pushed:
        repeat(REQUESTS - in_silence, add)
    silence = heap.tree()
    repeat(in_silence, add)
    recount = Recount(
        before=after,
        silence=silence if looked_at_silence else None,
        after=heap.tree(),
        requests=requests,
        watched_s=4.0,
        silent_s=2.0,
    )
    return recount.curve(suspect)


def test_what_comes_under_load_only_is_the_requests_doing() -> None:
    assert watched() == Linear(per_request=None, size=None, requests=REQUESTS)


def test_what_comes_in_silence_just_as_fast_comes_with_time() -> None:
    assert watched(in_silence=10) == Timed(per_s=None, size=None)


def test_a_few_stragglers_in_silence_do_not_acquit() -> None:
    assert isinstance(watched(in_silence=2), Linear)


def test_without_a_look_at_the_silence_nothing_is_put_down_to_time() -> None:
    assert isinstance(watched(in_silence=10, looked_at_silence=False), Linear)


def test_what_did_not_come_again_has_stopped() -> None:
    assert watched(pushed=False) == Plateau(size=None)


def test_a_leak_that_got_no_load_in_the_push_is_not_acquitted() -> None:
    curve = watched(pushed=False, requests=4)

    assert curve == Unclear(reason="hardly any load was pushed")


def test_what_grew_in_several_threads_is_counted_in_all_that_are_left() -> None:
    heap = Heap()
    cache = heap.map(parent=app_server(heap), via="cache", edge="context")
    trees = []
    for _ in range(4):
        trees.append(heap.tree())
        repeat(REQUESTS, lambda: heap.put(cache, heap.object("Order")))
    (found,) = find_suspects(
        Window(earlier=trees[0], later=trees[1], requests=REQUESTS),
        Window(earlier=trees[1], later=trees[2], requests=REQUESTS),
    )
    one, other, gone = (
        replace(found, thread=Thread(id=number, script="worker.js"))
        for number in (1, 2, 3)
    )
    quiet = Recount(
        before=trees[0],
        silence=None,
        after=trees[0],
        requests=REQUESTS,
        watched_s=4.0,
        silent_s=2.0,
    )
    pushed = replace(quiet, before=trees[2], after=trees[3])
    recount = replace(quiet, in_workers={1: pushed, 2: pushed})
    assert recount.gained(found) == 0
    assert recount.gained(replace(one, copies=(one, other, gone))) == 2 * REQUESTS
    assert isinstance(recount.curve(one), Linear)
    assert isinstance(recount.curve(gone), Plateau)
