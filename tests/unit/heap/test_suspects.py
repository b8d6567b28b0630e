"""From staged heaps to suspects: leaks, and clean apps that look like leaks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from heaps import Heap, Node, app_server, repeat
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.suspects import (
    Suspect,
    detectable_rate,
    find_suspects,
    smallest_growth,
)
from pytest_nodeleak.heap.window import Window

_REQUESTS = 20


def _suspects(
    heap: Heap,
    serve: Callable[[], object],
    *,
    second: Callable[[], object] | None = None,
    requests: int = _REQUESTS,
) -> tuple[Suspect, ...]:
    """Serve two windows of requests and return who is suspected."""
    before = heap.tree()
    repeat(requests, serve)
    between = heap.tree()
    repeat(requests, second or serve)
    after = heap.tree()
    return find_suspects(
        Window(earlier=before, later=between, requests=requests),
        Window(earlier=between, later=after, requests=requests),
    )


def _cache(heap: Heap, name: str = "cache", *, line: int = 8) -> Node:
    scope = app_server(heap, line=line)
    return heap.map(parent=scope, via=name, edge="context")


def _put_buffer(heap: Heap, cache: Node) -> Node:
    buffer = heap.put(cache, heap.object("ArrayBuffer"))
    heap.node("native", "data", parent=buffer, edge="internal", size=1000)
    return buffer


def _only(suspects: tuple[Suspect, ...]) -> Suspect:
    (suspect,) = suspects
    return suspect


def test_one_entry_per_request_is_found_with_its_rates() -> None:
    heap = Heap()
    cache = _cache(heap)
    found = _only(_suspects(heap, lambda: heap.put(cache, heap.shaped("id", "orders"))))
    assert (found.holder.heap_id, found.holder.name) == (cache.id, "cache")
    assert found.kind is Kind.COLLECTION
    assert found.objects_per_request == 3.0
    assert found.entries_per_request == 1.0
    assert found.bytes_per_request == 3 * 32
    assert found.external_bytes_per_request == 0.0
    assert found.constructors == (("{id, orders}", 1.0), ("string", 2.0))
    assert found.entry == "{id, orders}"
    assert found.others == ()
    assert found.timer_id is None


def test_a_rehash_in_the_window_changes_the_bytes_only() -> None:
    heap = Heap()
    cache = _cache(heap)

    def serve() -> None:
        heap.put(cache, heap.object())
        heap.rehash(cache)

    found = _only(_suspects(heap, serve, requests=6))
    assert (found.objects_per_request, found.entries_per_request) == (1.0, 1.0)
    assert found.bytes_per_request > 32


def _full_ring(heap: Heap) -> Callable[[], object]:
    ring = heap.list(parent=app_server(heap), via="ring", edge="context")
    entries = [heap.push(ring, heap.shaped("id")) for _ in range(_REQUESTS)]

    def serve() -> None:
        heap.remove(entries.pop(0))
        entries.append(heap.push(ring, heap.shaped("id")))

    return serve


def _replaced_value(heap: Heap) -> Callable[[], object]:
    cache = _cache(heap)
    value = [heap.put(cache, heap.shaped("id", "name"))]

    def serve() -> None:
        heap.remove(value.pop())
        value.append(heap.put(cache, heap.shaped("id", "name")))
        heap.rehash(cache)

    return serve


def _weakly_known(heap: Heap) -> Callable[[], object]:
    scope = app_server(heap)
    table = heap.node("array", "", parent=scope, via="table", edge="internal")
    return lambda: heap.ephemeron(table, heap.object("Request"), heap.object("Meta"))


def _compiled(heap: Heap) -> Callable[[], object]:
    scope = app_server(heap)
    return lambda: heap.node("code", "(bytecode)", parent=scope, edge="internal")


def _idle(heap: Heap) -> Callable[[], object]:
    _cache(heap)
    return lambda: None


@pytest.mark.parametrize(
    "stage", [_full_ring, _replaced_value, _weakly_known, _compiled, _idle]
)
def test_what_keeps_its_size_is_no_suspect(
    stage: Callable[[Heap], Callable[[], object]],
) -> None:
    heap = Heap()
    assert _suspects(heap, stage(heap)) == ()


def test_growth_in_only_one_window_is_no_suspect() -> None:
    for first, second in ((True, False), (False, True)):
        heap = Heap()
        cache = _cache(heap)

        def fill(heap: Heap = heap, cache: Node = cache) -> None:
            heap.put(cache, heap.object())

        def rest() -> None:
            pass

        found = _suspects(
            heap, fill if first else rest, second=fill if second else rest
        )
        assert found == ()


@pytest.mark.parametrize("few_first", [True, False])
def test_hardly_any_growth_in_one_of_the_windows_is_no_suspect(
    *, few_first: bool
) -> None:
    heap = Heap()
    cache = _cache(heap)
    few = iter(range(4))

    def hardly() -> None:
        if next(few, None) is not None:
            heap.put(cache, heap.object())

    def always() -> None:
        heap.put(cache, heap.object())

    first, second = (hardly, always) if few_first else (always, hardly)
    assert _suspects(heap, first, second=second) == ()


@pytest.mark.parametrize(("objects", "suspects"), [(4, 0), (5, 1)])
def test_a_window_s_difference_below_the_threshold_is_chance(
    objects: int, suspects: int
) -> None:
    heap = Heap()
    cache = _cache(heap)
    served = iter(range(10**6))

    def serve() -> None:
        if next(served) % _REQUESTS < objects:
            heap.put(cache, heap.object())

    assert len(_suspects(heap, serve)) == suspects


@pytest.mark.parametrize(
    ("requests", "fewest"), [(1, 5), (999, 5), (1201, 6), (1999, 10)]
)
def test_the_threshold_is_a_rate_but_never_a_handful(
    requests: int, fewest: int
) -> None:
    assert smallest_growth(requests) == fewest


def test_one_object_in_100_requests_is_within_what_a_large_window_shows() -> None:
    assert detectable_rate(1999) < 0.01
    assert detectable_rate(1201) == pytest.approx(0.01, abs=0.002)
    assert detectable_rate(19) > 0.5


@settings(deadline=None, max_examples=30)
@given(st.sampled_from([19, 101, 499, 1201, 1999]), st.integers(0, 10**6))
def test_a_random_leak_of_the_rate_that_is_claimed_reaches_the_threshold(
    requests: int, seed: int
) -> None:
    windows = 2000
    objects = np.random.default_rng(seed).poisson(
        detectable_rate(requests) * requests, windows
    )

    seen = (objects >= smallest_growth(requests)).mean()

    assert seen == pytest.approx(0.99, abs=0.012)


def test_a_leak_beside_churn_is_counted_net() -> None:
    heap = Heap()
    cache = _cache(heap)
    pool = [_put_buffer(heap, cache) for _ in range(2 * _REQUESTS)]

    def serve() -> None:
        heap.remove(pool.pop(0), pool.pop(0))
        pool.extend(_put_buffer(heap, cache) for _ in range(2))
        heap.put(cache, heap.object("Entry"))

    found = _only(_suspects(heap, serve))
    assert found.objects_per_request == 1.0
    assert found.entries_per_request == 1.0
    assert found.constructors == (("Entry", 1.0),)
    assert found.entry == "Entry"
    assert found.external_bytes_per_request == 0.0
    assert found.kind is Kind.COLLECTION


def test_replaced_entries_that_grow_are_described_by_what_grows_in_them() -> None:
    heap = Heap()
    cache = _cache(heap)
    current = [heap.put(cache, heap.object("Page"))]
    served = iter(range(1, 10**6))

    def serve() -> None:
        heap.remove(current.pop())
        page = heap.put(cache, heap.object("Page"))
        repeat(next(served), lambda: heap.object("Row", parent=page, via="row"))
        current.append(page)

    found = _only(_suspects(heap, serve))
    assert (found.entry, found.entries_per_request) == ("Row", 1.0)
    assert found.constructors == (("Row", 1.0),)


def test_an_index_and_its_order_list_are_one_suspect_named_after_the_app_s() -> None:
    heap = Heap()
    scope = app_server(heap)
    hidden = heap.root
    for name in ("far", "away", "from", "the", "root"):
        hidden = heap.object("Lru", parent=hidden, via=name)
    list_function = heap.closure(
        "set",
        parent=hidden,
        via="set",
        at=("/app/node_modules/lru/index.js", 3, 1),
    )
    order = heap.list(parent=list_function, via="order")
    index = heap.map(parent=scope, via="index", edge="context")

    def serve() -> None:
        value = heap.put(index, heap.object("User"))
        heap.link(heap.push(order, heap.object("Link")), value, "value")

    found = _only(_suspects(heap, serve))
    assert found.holder.name == "index"
    assert [other.holder.name for other in found.others] == ["set.order"]
    assert [holder.name for holder in found.holders] == ["index", "set.order"]
    assert found.others[0].entry == "Link"
    assert found.objects_per_request == 2.0


def test_unrelated_leaks_are_two_suspects_the_faster_first() -> None:
    heap = Heap()
    scope = app_server(heap)
    slow = heap.map(parent=scope, via="slow", edge="context")
    fast = heap.list(parent=scope, via="fast", edge="context")

    def serve() -> None:
        heap.put(slow, heap.object("A"))
        heap.push(fast, heap.shaped("id"))

    found = _suspects(heap, serve)
    assert [one.holder.name for one in found] == ["fast", "slow"]


def test_a_linked_list_is_counted_by_its_links() -> None:
    heap = Heap()
    scope = app_server(heap)
    head = heap.object("Link", parent=scope, via="head", edge="context")
    last = [head]

    def serve() -> None:
        last.append(heap.object("Link", parent=last[-1], via="next"))

    found = _only(_suspects(heap, serve))
    assert (found.holder.name, found.entries_per_request) == ("head", 1.0)


def test_a_ring_that_turns_is_held_by_whoever_has_it() -> None:
    """Intervals that fire are put in again at the end: the first is another one then."""
    heap = Heap()
    timers = heap.object("TimersList", parent=app_server(heap), via="timers")
    ring = [heap.object("Timeout") for _ in range(3)]

    def relink() -> None:
        timers.edges.clear()
        for timer in ring:
            timer.edges.clear()
        for before, after in pairwise([timers, *ring, timers]):
            heap.link(before, after, "_idleNext")

    def serve() -> None:
        ring.append(heap.object("Timeout"))
        ring.append(ring.pop(0))
        relink()

    relink()
    found = _only(_suspects(heap, serve))
    assert found.holder.class_name == "TimersList"
    assert found.objects_per_request == 1.0


def test_a_property_called_next_is_no_list() -> None:
    heap = Heap()
    queue = heap.object("Queue", parent=app_server(heap), via="queue", edge="context")
    pending = heap.map(parent=queue, via="next")
    found = _only(_suspects(heap, lambda: heap.put(pending, heap.object("Job"))))
    assert found.holder.class_name == "Map"


def test_a_module_is_told_by_its_file_without_the_query() -> None:
    heap = Heap()
    cache = _cache(heap)

    def serve() -> None:
        module = heap.put(cache, heap.object("ModuleWrap"))
        heap.node("string", "file:///app/rules.mjs?v=7", parent=module, via="url")

    found = _only(_suspects(heap, serve))
    assert found.kind is Kind.MODULE
    assert found.entry_defined is not None
    assert found.entry_defined.script == "file:///app/rules.mjs"


def test_lists_per_tenant_are_one_suspect() -> None:
    heap = Heap()
    tenants = _cache(heap, "tenants")
    lists = [heap.put(tenants, heap.object("Tenant")) for _ in range(10)]
    turn = iter(range(10**6))

    def serve() -> None:
        heap.object("Event", parent=lists[next(turn) % 10], via="e")

    found = _only(_suspects(heap, serve))
    assert found.holder.name == "tenants[]"
    assert found.objects_per_request == 1.0
    assert found.constructors == (("Event", 1.0),)


def test_a_list_whose_items_grow_a_little_too_is_still_the_list() -> None:
    heap = Heap()
    handlers = heap.list(parent=app_server(heap), via="handlers", edge="context")
    old = [heap.push(handlers, heap.object("Handler")) for _ in range(10)]
    turn = iter(range(10**6))

    def serve() -> None:
        handler = heap.push(handlers, heap.object("Handler"))
        heap.object("Options", parent=handler, via="options")
        heap.object("Note", parent=old[next(turn) % 10], via="note")

    found = _only(_suspects(heap, serve))
    assert found.holder.name == "handlers"
    assert found.objects_per_request == 3.0


def test_timers_come_with_one_of_them_and_their_callback() -> None:
    heap = Heap()
    scope = app_server(heap)
    timers = heap.object(parent=scope, via="knownTimersById", edge="context")
    at = ("/app/poll.js", 12, 5)

    def serve() -> None:
        timer = heap.object("Timeout", parent=timers, via="t")
        heap.closure("poll", parent=timer, via="_onTimeout", at=at)

    found = _only(_suspects(heap, serve))
    assert found.kind is Kind.TIMER
    assert found.timer_id in {node.id for node in heap.nodes if node.name == "Timeout"}
    assert found.entry_defined is not None
    assert (found.entry_defined.script, found.entry_defined.line) == at[:2]


@pytest.mark.parametrize(
    ("class_name", "kind"), [("Timeout", Kind.TIMER), ("user", Kind.COLLECTION)]
)
def test_a_map_by_name_is_one_of_its_values_not_of_names(
    class_name: str, kind: Kind
) -> None:
    heap = Heap()
    by_name = _cache(heap)

    def serve() -> None:
        heap.put(by_name, heap.node("string", "name-17"))
        value = heap.put(by_name, heap.object(class_name))
        for part in ("first", "last"):
            heap.node("string", f"a {part} name", parent=value, via=part)

    found = _only(_suspects(heap, serve))
    assert (found.entry, found.kind) == (class_name, kind)
    assert found.entries_per_request == 1.0
    assert found.constructors == ((class_name, 1.0), ("string", 3.0))


def test_buffers_are_external_with_their_stores_counted() -> None:
    heap = Heap()
    uploads = heap.list(parent=app_server(heap), via="uploads", edge="context")

    def serve() -> None:
        buffer = heap.push(uploads, heap.object("ArrayBuffer", size=64))
        heap.node("native", "data", parent=buffer, edge="internal", size=1000)

    found = _only(_suspects(heap, serve))
    assert found.kind is Kind.EXTERNAL
    assert found.external_bytes_per_request == 1000.0
    assert found.bytes_per_request == 1064.0


def test_the_name_of_a_callback_comes_with_its_place() -> None:
    heap = Heap()
    listeners = heap.list(parent=app_server(heap), via="listeners", edge="context")
    at = ("/app/orders.js", 12, 5)

    def serve() -> None:
        heap.push(listeners, heap.closure("onOrder", at=at))

    found = _only(_suspects(heap, serve))
    assert found.entry_function == "onOrder"
    assert found.entry_defined is not None


def test_a_suspect_says_what_it_was_counted_over() -> None:
    heap = Heap()
    cache = _cache(heap)

    assert _only(_suspects(heap, lambda: heap.put(cache, heap.object()))).requests > 0


def test_a_list_is_held_by_the_object_that_has_its_head_and_its_tail() -> None:
    heap = Heap()
    queue = heap.object("Queue", parent=app_server(heap), via="queue", edge="context")
    items = [heap.object("Item", parent=queue, via="head") for _ in range(1)]
    for _ in range(3):
        items.append(heap.object("Item", parent=items[-1], via="next"))
    heap.link(queue, items[-1], "tail")

    def push() -> None:
        item = heap.object("Item", parent=items[-1], via="next")
        heap.unlink(queue, items[-1]) if len(items) > 1 else None
        heap.link(queue, item, "tail")
        items.append(item)

    (suspect,) = _suspects(heap, push)
    assert (suspect.holder.name, suspect.holder.class_name) == ("queue", "Queue")
    assert (suspect.entry, suspect.entries_per_request) == ("Item", 1.0)


def test_who_has_a_timer_has_not_the_list_of_timers() -> None:
    heap = Heap()
    store = heap.object("Store", parent=app_server(heap), via="store", edge="context")
    timers = [heap.object("Timeout", parent=store, via="interval")]

    def start() -> None:
        timers.append(heap.object("Timeout", parent=timers[-1], via="_idleNext"))

    repeat(3, start)
    (suspect,) = _suspects(heap, start)
    assert (suspect.holder.name, suspect.kind) == ("store.interval", Kind.TIMER)


def _then(heap: Heap, promise: Node) -> Node:
    """Add a reaction; return the promise it settles."""
    reaction = heap.node("hidden", "system / PromiseReaction")
    heap.link(promise, reaction, "reactions_or_result", "internal")
    heap.closure("", parent=reaction, via=1, edge="hidden")
    return heap.object("Promise", parent=reaction, via=2, edge="hidden")


def test_a_chain_of_promises_is_held_by_its_first() -> None:
    heap = Heap()
    first = heap.object("Promise", parent=app_server(heap), via="first", edge="context")
    chain = [_then(heap, first)]
    (suspect,) = _suspects(heap, lambda: chain.append(_then(heap, chain[-1])))
    assert (suspect.holder.name, suspect.kind) == ("first", Kind.PROMISE)
    assert suspect.entries_per_request == 1.0


def test_what_waits_for_a_promise_is_counted_by_reactions() -> None:
    heap = Heap()
    gate = heap.object("Promise", parent=app_server(heap), via="gate", edge="context")

    def wait() -> None:
        reaction = heap.node("hidden", "system / PromiseReaction")
        heap.link(gate, reaction, "reactions_or_result", "internal")
        function = heap.closure("", parent=reaction, via=1, edge="hidden")
        heap.closure("", parent=reaction, via=2, edge="hidden")
        waiting = heap.object(
            "Generator", parent=heap.context(function), via="extension", edge="internal"
        )
        heap.locate(waiting, ("/app/server.js", 9, 22))
        heap.closure("handle", parent=waiting, via="function", edge="internal")
        store = "parameters_and_registers"
        heap.node("array", "", parent=waiting, via=store, edge="internal")

    (suspect,) = _suspects(heap, wait)
    assert suspect.entries_per_request == 1.0
    assert suspect.entry == "generator handle"
    assert suspect.entry_function == "handle"
    assert suspect.entry_defined is not None
    assert suspect.entry_defined.line == 9


def test_a_list_that_is_replaced_by_a_longer_one_is_the_variable_s() -> None:
    heap = Heap()
    scope = app_server(heap)
    lists = [heap.list(parent=scope, via="items", edge="context")]

    def replace() -> None:
        old, new = lists[-1], heap.list(parent=scope, via="items", edge="context")
        for edge in old.target("elements").edges:
            heap.push(new, edge.target)
        heap.push(new, heap.shaped("order"))
        heap.remove(old)
        lists.append(new)

    (suspect,) = _suspects(heap, replace)
    assert (suspect.holder.name, suspect.holder.class_name) == ("items", "Array")
    assert (suspect.entry, suspect.entries_per_request) == ("{order}", 1.0)


def test_a_state_that_is_replaced_by_a_larger_one_is_the_property_s() -> None:
    heap = Heap()
    store = heap.object(parent=app_server(heap), via="store", edge="context")
    states = [heap.object(parent=store, via="state")]

    def replace() -> None:
        old, new = states[-1], heap.object(parent=store, via="state")
        for edge in old.edges:
            heap.link(new, edge.target, edge.name)
        heap.link(new, heap.shaped("todo"), f"todo {len(states)}")
        heap.remove(old)
        states.append(new)

    (suspect,) = _suspects(heap, replace)
    assert suspect.holder.name == "store.state"
    assert (suspect.entry, suspect.entries_per_request) == ("{todo}", 1.0)


def test_functions_an_entry_drags_along_are_no_entries() -> None:
    heap = Heap()
    waiting = heap.list(parent=app_server(heap), via="waiting", edge="context")

    def wait() -> None:
        resolve = heap.push(waiting, heap.closure(""))
        scope = heap.context(resolve)
        for name in ("onDone", "onError"):
            heap.closure("", parent=scope, via=name, edge="context")

    (suspect,) = _suspects(heap, wait)
    assert (suspect.entry, suspect.entries_per_request) == ("function", 1.0)


def test_contexts_of_vm_are_told_from_what_they_consist_of() -> None:
    heap = Heap()
    sandboxes = heap.list(parent=app_server(heap), via="sandboxes", edge="context")

    def create() -> None:
        sandbox = heap.push(sandboxes, heap.object())
        context = heap.node(
            "hidden", "system / NativeContext", parent=sandbox, via="c", edge="internal"
        )
        heap.object("global", parent=context, via="global", edge="internal")

    (suspect,) = _suspects(heap, create)
    assert (suspect.holder.name, suspect.kind) == ("sandboxes", Kind.CONTEXT)


def test_texts_that_read_like_a_context_are_none() -> None:
    heap = Heap()
    lines = heap.list(parent=app_server(heap), via="lines", edge="context")
    (suspect,) = _suspects(
        heap, lambda: heap.push(lines, heap.node("string", "system / NativeContext"))
    )
    assert (suspect.holder.name, suspect.kind) == ("lines", Kind.COLLECTION)


def test_two_lists_of_one_map_are_one_suspect_with_both_counted() -> None:
    heap = Heap()
    plans = _cache(heap, "plans")
    free, paid = (heap.put(plans, heap.object("Array")) for _ in range(2))

    def serve() -> None:
        for plan in (free, paid):
            heap.object("Order", parent=plan, via=len(plan.edges), edge="element")

    (suspect,) = _suspects(heap, serve)
    assert (suspect.holder.name, suspect.entries_per_request) == ("plans[]", 2.0)
    assert {one.heap_id for one in suspect.holders} == {plans.id, free.id, paid.id}
