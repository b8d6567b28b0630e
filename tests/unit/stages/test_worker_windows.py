from __future__ import annotations

from suspects import a_holder, a_suspect

from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.heap.threads import Thread
from pytest_nodeleak.stages.worker_windows import fold_threads

THREADS = tuple(Thread(id=number, script="worker.js") for number in (1, 2, 3))


def in_thread(position: int, **parts: object) -> Suspect:
    held_by = a_holder(heap_id=4711 + position)
    return a_suspect(held_by, thread=THREADS[position], **parts)


def test_what_a_pool_does_alike_is_one_suspect_with_the_rates_of_all() -> None:
    few = in_thread(0, objects_per_request=0.5, constructors=(("{name}", 0.25),))
    many = in_thread(1, objects_per_request=1.5, constructors=(("{name}", 0.75),))
    (folded,) = fold_threads([few, many])
    assert folded.threads == (THREADS[0], THREADS[1])
    assert folded.holder == many.holder
    assert folded.objects_per_request == 2.0
    assert folded.entries_per_request == 2.0
    assert folded.constructors == (("{name}", 1.0),)
    assert folded.copies == (many, few)


def test_other_holders_are_suspects_of_their_own() -> None:
    cache = in_thread(0)
    log = a_suspect(a_holder(name="log"), thread=THREADS[1], objects_per_request=9.0)
    assert fold_threads([cache, log]) == (log, cache)
    assert cache.threads == (THREADS[0],)


def test_what_the_main_thread_holds_is_in_no_worker() -> None:
    assert a_suspect().threads == ()
