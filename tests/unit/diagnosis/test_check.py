"""Each category is said where the evidence carries it, and only there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from measurements import (
    blocking_finding,
    bounded,
    check,
    collection_finding,
    delay,
    external_finding,
    known,
    leaking,
    listener_finding,
    measurement,
    rise,
    timed,
    timer_finding,
    unclear,
)

from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.diagnosis.check import diagnose
from pytest_nodeleak.diagnosis.diagnosis import Diagnosis
from pytest_nodeleak.evidence.findings import Blocking, Finding, RouteShare
from pytest_nodeleak.evidence.gc_pauses import GcPause, GcPauses, pool_pauses
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.judging.policy import LeakPolicy


def told(finding: Finding) -> Diagnosis:
    diagnosis = diagnose(check(measurement(watched=(leaking(finding),))))
    assert diagnosis is not None
    return diagnosis


def grown(
    metric: str, per_request: float, *, kept: float | None = None, **rises: float
) -> Diagnosis | None:
    """Return what is said of a counter that is over a limit of zero."""
    field = {
        "rss": "rss_slope_bytes",
        "external": "external_slope_bytes",
        "objects": "object_growth",
    }.get(metric, f"{metric.removesuffix('s')}_growth")
    measured = measurement(
        rises={
            metric: rise(per_request, kept=kept),
            **{name: rise(value) for name, value in rises.items()},
        }
    )
    return diagnose(check(measured, replace(LeakPolicy(), **{field: 0.0})))


def pauses(*durations_ms: float, load_s: float = 10.0) -> GcPauses:
    return pool_pauses(
        [GcPause(kind="major", pause_ms=ms) for ms in durations_ms], load_s=load_s
    )


def test_a_heap_leak_is_told_as_the_playbook_does_with_its_holder() -> None:
    diagnosis = told(collection_finding())

    assert diagnosis.category is Category.HEAP_LEAK
    assert diagnosis.page is Kind.COLLECTION
    assert diagnosis.is_certain
    assert str(diagnosis) == (
        "Heap leak: memory climbs with every request of GET /users/{n} and garbage"
        " collection cannot get it back, because cache, a module-level Map at server.js:3,"
        " keeps what each request adds."
    )


@pytest.mark.parametrize(
    ("kind", "because"),
    [
        (Kind.CLOSURE, "keeps functions, and each function keeps all variables"),
        (Kind.PROMISE, "is still pending, and keeps whatever waits for it"),
        (Kind.MODULE, "code is loaded anew each time"),
        (
            Kind.CONTEXT,
            "a JavaScript context, a whole set of built-in objects, is made",
        ),
        (
            Kind.UNKNOWN,
            "V8 itself or native code keeps objects such as {name, orders}",
        ),
    ],
)
def test_each_kind_of_heap_leak_has_its_reason(kind: Kind, because: str) -> None:
    diagnosis = told(replace(collection_finding(), kind=kind))

    assert (diagnosis.category, diagnosis.page) == (Category.HEAP_LEAK, kind)
    assert because in diagnosis.sentence


def test_a_listener_is_told_by_event_and_emitter_and_a_timer_by_its_callback() -> None:
    assert (
        "each adds a listener for order to bus (app.js:7:19) and none is removed"
        in (told(listener_finding()).sentence)
    )
    assert "each starts a timer (poll.js:12:15) that nobody clears" in (
        told(timer_finding()).sentence
    )


@pytest.mark.parametrize(
    ("finding", "category"),
    [
        (external_finding(), Category.EXTERNAL),
        (replace(timer_finding(), kind=Kind.HANDLE), Category.HANDLE),
    ],
)
def test_what_is_no_heap_leak_is_not_called_one(
    finding: Finding, category: Category
) -> None:
    diagnosis = told(finding)

    assert diagnosis.category is category
    assert diagnosis.sentence.startswith(f"{category.label}: ")
    assert "Heap leak" not in str(diagnosis)


@pytest.mark.parametrize(
    ("rate", "requests"),
    [
        (2.0, "with every request of"),
        (0.8, "with most requests of"),
        (0.01, "with about one in 100 requests of"),
        (0.0, "with the requests of"),
    ],
)
def test_a_rare_leak_is_not_put_down_to_every_request(
    rate: float, requests: str
) -> None:
    rare = replace(collection_finding(), entries_per_request=rate)

    assert f"memory climbs {requests} GET /users/{{n}} and" in told(rare).sentence


def test_of_a_mixed_load_only_the_route_is_named_that_adds() -> None:
    shares = (RouteShare(target="POST /users", per_request=1.0),)

    assert "every request of POST /users and" in (
        told(replace(collection_finding(), routes=shares)).sentence
    )


def test_a_long_name_does_not_fill_the_sentence() -> None:
    assert len(told(collection_finding(name="x" * 10_000)).sentence) < 300


def test_a_holder_without_a_name_is_none() -> None:
    nameless = replace(collection_finding(), holder=None)

    assert "because something without a name keeps" in told(nameless).sentence


def test_a_clean_check_has_no_diagnosis() -> None:
    cached = bounded(collection_finding(), bound="max 5,000")

    assert diagnose(check(measurement())) is None
    assert diagnose(check(measurement(watched=(cached,)))) is None


def test_bytes_without_objects_carry_no_category() -> None:
    measured = measurement(rises={"heap_used": rise(1234, within=100)})

    assert diagnose(check(measured, LeakPolicy(heap_slope_bytes=64))) is None


def test_what_is_not_proven_is_told_as_such() -> None:
    doubtful = unclear(collection_finding(), reason="it announces a bound")
    diagnosis = diagnose(check(measurement(watched=(doubtful,))))

    assert diagnosis is not None
    assert not diagnosis.is_certain
    assert diagnosis.sentence.startswith("Heap leak or not, it is not proven: cache")


@pytest.mark.parametrize(
    ("objects", "why", "is_told"),
    [
        (2.0, "it does not fit into the memory", True),
        (0.1, "it does not fit into the memory", False),
        (2.0, "", False),
    ],
    ids=["growing", "bytes alone", "looked at"],
)
def test_growth_that_nobody_could_look_into_is_perhaps_a_leak(
    objects: float, why: str, *, is_told: bool
) -> None:
    measured = replace(
        measurement(
            rises={"heap_used": rise(32_000, within=100), "objects": rise(objects)},
            detectable_objects=None,
        ),
        why_not_compared=why,
    )
    diagnosis = diagnose(check(measured))

    assert (diagnosis is not None) == is_told
    if diagnosis is not None:
        assert not diagnosis.is_certain
        assert "the heap grew by 32.0 KB and 2.00 objects with each" in str(diagnosis)


def test_what_comes_with_time_is_not_blamed_on_the_requests() -> None:
    job = timed(collection_finding(name="ticks"), per_s=19.6, size=300)
    diagnosis = diagnose(check(measurement(watched=(job,))))

    assert diagnosis is not None
    assert diagnosis.category is diagnosis.page is Category.WITH_TIME
    assert "ticks grows by 19.6 entries a second while nobody asks" in str(diagnosis)


def test_other_categories_of_the_same_check_are_named_beside_it() -> None:
    measured = measurement(
        watched=(
            leaking(collection_finding()),
            leaking(external_finding()),
            leaking(listener_finding()),
            timed(collection_finding(name="ticks"), per_s=None, size=300),
        ),
        loop_delay=delay(310),
    )
    diagnosis = diagnose(check(measured))

    assert diagnosis is not None
    assert diagnosis.category is Category.HEAP_LEAK
    assert str(diagnosis).endswith(
        " Also seen: external memory leak, blocked event loop, growth with time, not with"
        " requests."
    )


def test_a_known_leak_that_is_all_there_is_is_still_told() -> None:
    judged = check(
        measurement(watched=(leaking(collection_finding()),)),
        suppressions=known({"holder": "cache"}),
    )
    diagnosis = diagnose(judged)

    assert diagnosis is not None
    assert diagnosis.category is Category.HEAP_LEAK


def test_a_blocked_loop_names_the_function_only_if_it_is_known() -> None:
    measured = measurement(loop_delay=delay(310, max_ms=512))
    unknown = diagnose(check(measured))
    found = diagnose(check(replace(measured, blocking=blocking_finding())))

    assert unknown is not None
    assert found is not None
    assert unknown.category is found.category is Category.LOOP_BLOCKED
    assert "something that was not found keeps the one thread" in str(unknown)
    assert "a computation in JavaScript in fib slow.js:2:1 keeps the one thread" in str(
        found
    )
    assert "for up to 512 ms at a time" in str(found)


def test_a_delay_that_is_the_collectors_is_not_called_a_blocked_loop() -> None:
    delayed = measurement(loop_delay=delay(310), gc_pauses=pauses(300, 280, 290))
    diagnosis = diagnose(check(delayed))

    assert diagnosis is not None
    assert diagnosis.category is Category.GC_PAUSE
    assert "stops the app for up to 300 ms at a time" in str(diagnosis)
    assert "of the time" not in str(diagnosis)


def test_one_long_pause_does_not_explain_that_half_of_all_answers_are_late() -> None:
    # As on a busy machine, where pauses take long as well.
    always = measurement(
        loop_delay=delay(71, p50_ms=31), gc_pauses=pauses(54, load_s=0.25)
    )
    policy = LeakPolicy(loop_delay_p99_ms=10)
    diagnosis = diagnose(check(always, policy))

    assert diagnosis is not None
    assert diagnosis.category is Category.LOOP_BLOCKED


def test_a_profile_that_shows_the_collector_is_no_work_of_the_app() -> None:
    work = Blocking(work="gc", longest_ms=512.0)
    collecting = replace(blocking_finding(), blocking=work)
    delayed = measurement(loop_delay=delay(310, max_ms=512), blocking=collecting)
    diagnosis = diagnose(check(delayed))

    assert diagnosis is not None
    assert diagnosis.category is Category.GC_PAUSE


def test_pauses_are_told_by_the_longest_whatever_limit_is_exceeded() -> None:
    paused = measurement(gc_pauses=pauses(*[50] * 199, 400, load_s=600.0))
    diagnosis = diagnose(check(paused, LeakPolicy(gc_pause_p99_ms=20)))

    assert paused.gc_pauses.p99_ms == 50
    assert "stops the app for up to 400 ms at a time" in str(diagnosis)


def test_pauses_that_take_much_of_the_time_are_told_with_their_share() -> None:
    thrashing = measurement(gc_pauses=pauses(*[50] * 20, load_s=2.0))
    diagnosis = diagnose(check(thrashing, LeakPolicy(gc_pause_p99_ms=20)))

    assert diagnosis is not None
    assert diagnosis.category is Category.GC_PAUSE
    assert "50% of the time in all" in str(diagnosis)


@pytest.mark.parametrize(
    ("metric", "category", "page"),
    [
        ("fds", Category.HANDLE, Category.HANDLE),
        ("handles", Category.HANDLE, Category.HANDLE),
        ("threads", Category.HANDLE, Category.HANDLE),
        ("objects", Category.HEAP_LEAK, Kind.UNKNOWN),
        ("listeners", Category.HEAP_LEAK, Kind.LISTENER),
        ("timers", Category.HEAP_LEAK, Kind.TIMER),
        ("contexts", Category.HEAP_LEAK, Kind.CONTEXT),
        ("external", Category.EXTERNAL, Category.EXTERNAL),
    ],
)
def test_a_counter_that_grows_has_its_category(
    metric: str, category: Category, page: Category | Kind
) -> None:
    diagnosis = grown(metric, 1000.0, kept=1000.0)

    assert diagnosis is not None
    assert (diagnosis.category, diagnosis.page) == (category, page)
    assert " and stay" in diagnosis.sentence


def test_it_is_not_said_to_stay_where_that_was_not_looked_at() -> None:
    assert " stay" not in str(grown("fds", 1.0))


def test_resident_memory_alone_is_native_memory_and_no_heap_leak() -> None:
    diagnosis = grown("rss", 40_000)

    assert diagnosis is not None
    assert diagnosis.category is Category.NATIVE
    assert "so it is no heap leak and no heap snapshot shows it" in diagnosis.sentence


def test_resident_memory_is_not_called_native_where_the_heap_explains_it() -> None:
    assert grown("rss", 40_000, heap_used=30_000) is None


@pytest.mark.parametrize("category", Category)
def test_every_category_has_words_of_its_own(category: Category) -> None:
    assert category.label[0].isupper()
    assert sum(one.label == category.label for one in Category) == 1
