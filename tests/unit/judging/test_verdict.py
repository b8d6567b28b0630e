"""Each verdict beside the measurement that looks like it and is judged otherwise."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measurements import (
    blocking_finding,
    bounded,
    collection_finding,
    delay,
    drained,
    leaking,
    leaving_open,
    listener_finding,
    measurement,
    readings,
    rise,
    timed,
    unclear,
)

from pytest_nodeleak.evidence.loop_delay import LoopDelay
from pytest_nodeleak.evidence.measurement import Measurement, Rise, WatchedFinding
from pytest_nodeleak.evidence.occupancy import Linear, Unclear
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.judging.breaches import Breach
from pytest_nodeleak.judging.check import verdict_name
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.judging.verdict import (
    Clean,
    Inconclusive,
    Leak,
    OverLimit,
    judge,
)
from pytest_nodeleak.load.plan import join_targets

NO_LIMITS = LeakPolicy(loop_delay_p99_ms=None)
SUSPECT = collection_finding()


def test_a_suspect_that_stays_linear_is_a_leak() -> None:
    leak = leaking(SUSPECT)

    assert judge(measurement(watched=(leak,)), NO_LIMITS) == Leak(
        findings=(leak,), breaches=()
    )


@pytest.mark.parametrize(
    "suspect",
    [bounded(SUSPECT), drained(SUSPECT, peak=2000, size=0)],
    ids=["plateau", "drained"],
)
def test_a_suspect_that_stops_or_lets_go_is_clean(suspect: WatchedFinding) -> None:
    measured = measurement(watched=(suspect,))

    assert judge(measured, NO_LIMITS) == Clean(
        settled=(suspect,), detectable_objects=0.01
    )


def test_a_suspect_that_nothing_was_proven_about_is_inconclusive() -> None:
    doubtful = unclear(SUSPECT, reason="it grows ever more slowly, but has not stopped")

    assert judge(measurement(watched=(doubtful,)), NO_LIMITS) == Inconclusive(
        reason="cache gains 1.00 entry per request (402 B), but it grows ever more"
        " slowly, but has not stopped",
        findings=(doubtful,),
    )


def test_a_leak_names_only_the_suspects_that_leak() -> None:
    leak = leaking(listener_finding())
    others = bounded(SUSPECT), unclear(SUSPECT, reason="hardly any load was pushed")

    verdict = judge(measurement(watched=(others[0], leak, others[1])), NO_LIMITS)

    assert verdict == Leak(findings=(leak,), breaches=())


def test_a_leak_is_a_leak_whatever_is_allowed() -> None:
    generous = LeakPolicy(
        heap_slope_bytes=1e9, external_slope_bytes=1e9, listener_growth=1e9
    )

    assert isinstance(judge(measurement(watched=(leaking(SUSPECT),)), generous), Leak)


def test_a_leak_tells_the_limits_that_are_exceeded_as_well() -> None:
    measured = measurement(watched=(leaking(SUSPECT),), loop_delay=delay(310))

    verdict = judge(measured, LeakPolicy())

    assert isinstance(verdict, Leak)
    assert verdict.breaches == (LATE,)


LATE = Breach(
    metric="loop_delay_p99",
    text="event-loop delay p99",
    value=310,
    limit=200,
    unit="ms",
)


def test_a_leak_that_lengthens_a_counter_without_a_limit_is_told_once() -> None:
    measured = measurement(
        watched=(leaking(listener_finding()),), rises={"listeners": rise(2.0)}
    )

    usual, users = judge(measured, LeakPolicy()), LeakPolicy(listener_growth=0)

    assert usual == Leak(findings=measured.watched, breaches=())
    by_users = judge(measured, users)
    assert isinstance(by_users, Leak)
    assert [breach.metric for breach in by_users.breaches] == ["listeners"]


@pytest.mark.parametrize(
    ("policy", "metric"),
    [
        (LeakPolicy(loop_delay_p50_ms=29), "loop_delay_p50"),
        (LeakPolicy(loop_delay_p99_ms=99), "loop_delay_p99"),
        (LeakPolicy(loop_delay_max_ms=499), "loop_delay_max"),
        (LeakPolicy(external_slope_bytes=63), "external"),
        (LeakPolicy(listener_growth=0), "listeners"),
    ],
    ids=["p50", "p99", "max", "external", "listeners"],
)
def test_a_counter_beyond_its_limit_is_over_limit(
    policy: LeakPolicy, metric: str
) -> None:
    generous = LeakPolicy(external_slope_bytes=1000, listener_growth=9)
    measured = measurement(
        loop_delay=delay(100, p50_ms=30, max_ms=500),
        rises={"external": rise(70, within=6), "listeners": rise(0.5, within=0.1)},
    )
    usual = asdict(LeakPolicy())
    changed = {k: v for k, v in asdict(policy).items() if v != usual[k]}

    verdict = judge(measured, replace(generous, **changed))

    assert isinstance(verdict, OverLimit)
    assert [breach.metric for breach in verdict.breaches] == [metric]


def test_counters_at_their_limits_are_clean() -> None:
    measured = measurement(
        loop_delay=delay(100, p50_ms=30, max_ms=500),
        rises={"external": rise(64), "heap_used": rise(64)},
    )
    policy = LeakPolicy(
        heap_slope_bytes=64,
        loop_delay_p50_ms=30,
        loop_delay_p99_ms=100,
        loop_delay_max_ms=500,
        external_slope_bytes=64,
        listener_growth=0,
    )

    assert isinstance(judge(measured, policy), Clean)


def test_a_slope_that_may_be_within_its_limit_does_not_exceed_it() -> None:
    measured = measurement(rises={"external": rise(70, within=6.5)})

    assert isinstance(judge(measured, LeakPolicy(external_slope_bytes=64)), Clean)


def test_a_blocked_loop_is_over_limit_with_the_function_that_blocks() -> None:
    measured = measurement(
        loop_delay=delay(310), blocking=blocking_finding(), detectable_objects=None
    )

    verdict = judge(measured, LeakPolicy())

    assert isinstance(verdict, OverLimit)
    assert verdict.findings == (blocking_finding(),)


def test_the_profile_of_a_loop_within_its_limit_accuses_no_one() -> None:
    measured = measurement(loop_delay=delay(150), blocking=blocking_finding())

    assert isinstance(judge(measured, LeakPolicy()), Clean)


def test_without_snapshots_nothing_is_called_clean() -> None:
    assert judge(measurement(detectable_objects=None), NO_LIMITS) == Inconclusive(
        reason="no snapshots were compared: the budget was used up; raise"
        " --nodeleak-budget"
    )


@pytest.mark.parametrize("detectable", [0.6, 2.5])
def test_too_few_requests_are_inconclusive(detectable: float) -> None:
    few = measurement(detectable_objects=detectable)

    assert judge(few, NO_LIMITS) == Inconclusive(
        reason=f"too few requests: only a leak of {detectable} objects per request"
        " would have been seen; raise requests= or --nodeleak-budget"
    )


def test_a_mix_in_which_a_leak_of_one_route_would_not_be_seen_is_not_called_clean() -> (
    None
):
    routes = [f"GET /{number}/{{n}}" for number in range(80)]
    of_all = measurement(target=join_targets(routes), detectable_objects=0.0155)
    of_some = measurement(target=join_targets(routes[:60]), detectable_objects=0.0155)

    assert judge(of_all, NO_LIMITS) == Inconclusive(
        reason="too few requests for 80 routes: only a leak of 1.2 objects per request of"
        " one of them would have been seen; mix fewer, or raise requests= or"
        " --nodeleak-budget"
    )
    assert judge(of_some, NO_LIMITS) == Clean(settled=(), detectable_objects=0.0155)


def test_workers_that_nobody_could_look_into_are_not_called_clean() -> None:
    why = "worker w.js (thread 1) could not be looked into: no time"

    assert judge(replace(measurement(), unseen=why), NO_LIMITS) == Inconclusive(
        reason=why
    )
    leak = replace(measurement(watched=(leaking(collection_finding()),)), unseen=why)
    assert isinstance(judge(leak, NO_LIMITS), Leak)


def test_just_enough_requests_are_clean_and_say_what_would_have_been_seen() -> None:
    verdict = judge(measurement(detectable_objects=0.5), NO_LIMITS)

    assert verdict == Clean(settled=(), detectable_objects=0.5)


def test_a_heap_beyond_its_limit_without_objects_is_no_leak_but_inconclusive() -> None:
    measured = measurement(rises={"heap_used": rise(1234, within=100)})

    assert judge(measured, LeakPolicy(heap_slope_bytes=64)) == Inconclusive(
        reason="the heap grew by 1,234 (1,134 to 1,334) B/request, beyond the limit of"
        " 64, yet no objects pile up: the app may still be warming up; raise requests="
    )


@pytest.mark.parametrize("per_request", [63, 1234])
def test_a_rising_heap_without_objects_and_without_proof_is_clean(
    per_request: float,
) -> None:
    measured = measurement(rises={"heap_used": rise(per_request, within=1200)})

    assert isinstance(judge(measured, LeakPolicy(heap_slope_bytes=64)), Clean)


def test_a_limit_on_what_cannot_be_read_in_the_app_is_inconclusive() -> None:
    read = tuple(replace(one, fds=None) for one in readings())
    limits = LeakPolicy(fd_growth=0.5)

    verdict = judge(measurement(read=read), limits)

    assert verdict == Inconclusive(
        reason="the growth of fds, which has a limit, cannot be read in this app; take the"
        " limit off, or launch the app on Linux"
    )


@pytest.mark.parametrize("counter", ["heap_used", "external", "listeners"])
def test_a_limit_on_what_could_not_be_measured_is_inconclusive(counter: str) -> None:
    measured = measurement()
    rises = {name: one for name, one in measured.rises.items() if name != counter}
    limits = LeakPolicy(heap_slope_bytes=64, external_slope_bytes=32, listener_growth=0)

    verdict = judge(replace(measured, rises=rises), limits)

    assert verdict == Inconclusive(
        reason=f"too few readings to tell the growth of {counter}, which has a limit;"
        " raise requests= or --nodeleak-budget"
    )


def test_a_limit_of_ours_on_what_could_not_be_measured_is_no_doubt() -> None:
    assert isinstance(judge(replace(measurement(), rises={}), LeakPolicy()), Clean)


def test_what_grows_with_time_is_told_but_not_blamed_on_the_requests() -> None:
    job = timed(SUSPECT, per_s=20.0, size=300)

    verdict = judge(measurement(watched=(job,)), NO_LIMITS)

    assert verdict == Clean(settled=(), timed=(job,), detectable_objects=0.01)


def test_a_rising_heap_with_nothing_behind_it_is_clean_and_said() -> None:
    measured = measurement(rises={"heap_used": rise(120, within=20)})

    verdict = judge(measured, NO_LIMITS)

    assert isinstance(verdict, Clean)
    assert verdict.uncounted_bytes == 120


@pytest.mark.parametrize(
    "heap",
    [
        rise(30, within=2),
        rise(500, within=480),
        # Over a few hundred requests, as any heap wanders from reading to reading.
        replace(rise(120, within=20), first=5.3e6, last=5.4e6),
    ],
    ids=["little", "unsure", "briefly"],
)
def test_a_heap_that_hardly_rises_is_not_worth_saying(heap: Rise) -> None:
    verdict = judge(measurement(rises={"heap_used": heap}), NO_LIMITS)

    assert isinstance(verdict, Clean)
    assert verdict.uncounted_bytes == 0


def test_a_heap_that_rises_with_a_known_leak_has_objects_behind_it() -> None:
    suspect = leaking(SUSPECT)
    measured = measurement(
        watched=(suspect,), rises={"heap_used": rise(402, within=20)}
    )

    verdict = judge(measured, NO_LIMITS, accepted=[suspect])

    assert verdict == Clean(settled=(), detectable_objects=0.01, uncounted_bytes=0)


def test_descriptors_that_nothing_holds_are_over_the_usual_limit() -> None:
    verdict = judge(measurement(rises={"fds": rise(1.0, kept=1.0)}), LeakPolicy())

    assert isinstance(verdict, OverLimit)
    assert [finding.title for finding in verdict.findings] == [
        "file descriptors grow by 1.00 per request"
    ]


@pytest.mark.parametrize(
    ("counter", "kind", "entries", "external_bytes"),
    [
        ("fds", Kind.HANDLE, 900.0, 0.0),
        ("external", Kind.EXTERNAL, 0.0, 900.0),
        ("rss", Kind.NATIVE, 0.0, 0.0),
    ],
)
def test_a_counter_s_finding_says_how_much_of_what_it_counts(
    counter: str, kind: Kind, entries: float, external_bytes: float
) -> None:
    grown = replace(rise(900.0, kept=900.0), last=1e9)
    limits = LeakPolicy(rss_slope_bytes=100)

    verdict = judge(measurement(rises={counter: grown}), limits)

    assert isinstance(verdict, OverLimit)
    (finding,) = verdict.findings
    assert finding.kind is kind
    assert finding.entries_per_request == entries
    assert finding.external_bytes_per_request == external_bytes


def test_listeners_are_told_by_the_three_events_that_gain_most() -> None:
    first, *between, last = readings(listeners=(12, 24_012))
    gained = {"Bus a": 2400, "Bus b": 9600, "Bus c": 4800, "Bus d": 7203, "Bus e": 7}
    last = replace(last, listeners_by_event=gained)
    first = replace(first, listeners_by_event={"Bus d": 3, "Bus e": 7})
    rises = {"listeners": rise(5.0, kept=5.0)}

    verdict = judge(
        measurement(read=(first, *between, last), rises=rises), LeakPolicy()
    )

    assert isinstance(verdict, OverLimit)
    assert verdict.findings[0].title == (
        "listeners grow by 5.00 per request: Bus b 2.00, Bus d 1.50, Bus c 1.00"
    )


def test_what_was_not_seen_to_stay_is_over_a_limit_of_the_user_s_only() -> None:
    measured = measurement(rises={"timers": rise(1.0)})

    assert isinstance(judge(measured, LeakPolicy()), Clean)
    assert isinstance(judge(measured, LeakPolicy(timer_growth=0.5)), OverLimit)


def test_objects_that_pile_up_under_no_single_holder_are_not_clean() -> None:
    verdict = judge(measurement(rises={"objects": rise(53, kept=53)}), LeakPolicy())

    assert isinstance(verdict, OverLimit)
    assert verdict.findings[0].title == "live objects grow by 53.00 per request"


@pytest.mark.parametrize(
    ("suspect", "verdict"),
    [
        pytest.param(bounded(SUSPECT), Clean, id="bounded"),
        pytest.param(
            unclear(SUSPECT, reason="it may stop"), Inconclusive, id="unclear"
        ),
    ],
)
def test_objects_of_a_suspect_are_judged_with_it(
    suspect: WatchedFinding, verdict: type
) -> None:
    """The suspect gains four objects per request."""
    measured = measurement(watched=(suspect,), rises={"objects": rise(5, kept=5)})

    assert isinstance(judge(measured, LeakPolicy()), verdict)


RISES = st.builds(rise, st.floats(-500, 500), within=st.floats(0, 200))
MEASUREMENTS = st.builds(
    measurement,
    rises=st.fixed_dictionaries(
        {"heap_used": RISES, "external": RISES, "listeners": RISES}
    ),
    loop_delay=st.builds(
        delay, st.floats(0, 400), p50_ms=st.floats(0, 400), max_ms=st.floats(0, 400)
    ),
    detectable_objects=st.none() | st.floats(0, 1),
    watched=st.lists(
        st.sampled_from(
            [
                leaking(SUSPECT),
                bounded(SUSPECT),
                drained(SUSPECT, peak=9, size=0),
                unclear(SUSPECT, reason="hardly any load was pushed"),
            ]
        ),
        max_size=2,
    ).map(tuple),
)
LIMITS = {name: st.none() | st.floats(0, 400) for name in asdict(LeakPolicy())}
SEVERITY = ["clean", "inconclusive", "over_limit", "leak"]


def severity(measured: Measurement, policy: LeakPolicy) -> int:
    return SEVERITY.index(verdict_name(judge(measured, policy)))


@settings(deadline=None, max_examples=300)
@given(MEASUREMENTS, st.builds(LeakPolicy, **LIMITS), st.data())
def test_a_larger_allowance_never_makes_a_verdict_worse(
    measured: Measurement, strict: LeakPolicy, data: st.DataObject
) -> None:
    wider = {
        name: data.draw(st.none() | st.floats(limit, 1000))
        for name, limit in asdict(strict).items()
        if limit is not None
    }

    assert severity(measured, replace(strict, **wider)) <= severity(measured, strict)


@settings(deadline=None, max_examples=300)
@given(MEASUREMENTS, st.builds(LeakPolicy, **LIMITS))
def test_to_accept_known_leaks_never_makes_a_verdict_worse(
    measured: Measurement, policy: LeakPolicy
) -> None:
    known = [one for one in measured.watched if isinstance(one.curve, Linear | Unclear)]

    left = verdict_name(judge(measured, policy, known))

    assert SEVERITY.index(left) <= severity(measured, policy)
    assert left != "leak"


def test_a_table_of_descriptors_that_was_full_is_over_the_limit_of_the_system() -> None:
    read = [
        replace(one, fds=fds) for one, fds in zip(readings(), (20, 99), strict=False)
    ]
    full = replace(measurement(read=tuple(read)), fd_limit=99)
    verdict = judge(full, LeakPolicy())

    assert isinstance(verdict, OverLimit)
    assert verdict.breaches[0].metric == "open_files"
    (finding,) = verdict.findings
    assert finding.kind == "fd_exhaustion"
    assert finding.title == "all file descriptors are open (99 of 99)"
    assert isinstance(judge(replace(full, fd_limit=1024), LeakPolicy()), Clean)


def test_who_opens_what_stays_open_is_with_the_finding() -> None:
    rises = {"fds": rise(1.0, kept=1.0)}
    opened = replace(measurement(rises=rises), descriptors=leaving_open())
    verdict = judge(opened, LeakPolicy())

    assert isinstance(verdict, OverLimit)
    assert verdict.findings[0].constructors == (("file", 1.0),)
    assert str(verdict.findings[0].allocated_at[0]) == "writeRow export.js:12:21"


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        pytest.param(delay(310), OverLimit, id="on a quiet machine"),
        pytest.param(delay(310, waited_share=0.5), Clean, id="half of it waiting"),
        pytest.param(delay(510, waited_share=0.5), OverLimit, id="more than waiting"),
    ],
)
def test_waiting_for_a_cpu_is_not_held_against_the_app(
    late: LoopDelay, expected: type
) -> None:
    assert isinstance(judge(measurement(loop_delay=late), LeakPolicy()), expected)


def test_a_limit_of_the_user_s_that_waiting_alone_exceeds_is_inconclusive() -> None:
    late = delay(80, max_ms=90, waited_share=0.5)

    verdict = judge(measurement(loop_delay=late), LeakPolicy(loop_delay_p99_ms=50))

    assert verdict == Inconclusive(
        reason="the event loop was up to 80 ms late, beyond the limit of 50, but the app"
        " waited for a CPU 50% of the time; run it with less beside it"
    )
