"""Behind the screen: identify what piles up, confirm it, attribute it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pytest_nodeleak.evidence.findings import RouteShare
from pytest_nodeleak.evidence.measurement import Reading, Rise
from pytest_nodeleak.evidence.occupancy import Linear, Unclear
from pytest_nodeleak.evidence.watched import Watched
from pytest_nodeleak.exceptions import DeadlineExceeded
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.heap.threads import Thread
from pytest_nodeleak.judging.counters import rising, scarce_per_request, with_kept
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.sources.stacks import Stack
from pytest_nodeleak.stages.attribute import find_allocations
from pytest_nodeleak.stages.bench import Bench
from pytest_nodeleak.stages.by_route import share_by_route
from pytest_nodeleak.stages.confirm import Confirmation, confirm
from pytest_nodeleak.stages.frozen import comes_round, raise_if_cut_off
from pytest_nodeleak.stages.identify import Identification, explain_absence, identify
from pytest_nodeleak.stages.pace import push_requests, window_requests
from pytest_nodeleak.stages.screen import Screening

__all__ = ["Hunt", "hunt", "is_leak", "kept"]

# A recount, a window with the sampling profiler, or a window per route.
_CULPRIT_NEEDS_S = 1.0
# The same without snapshots, at least.
_SAMPLING_NEEDS_S = 3.0
# Per request. Bytes prove nothing: V8 warms up for thousands of requests.
_FEWEST_OBJECTS = 0.1
# A push and two silences; a reading comes on top.
_COUNTERS_NEED_S = 8.0
_PUSH_ROOM_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunt:
    """What was found behind the screen.

    Attributes:
        identified: The suspects; None if the heap was not compared.
        why_not: Why it was not.
        confirmed: What became of them.
        stacks: What allocated objects that stay.
        routes: What each route of a mix adds, by the holder's object id.

    """

    identified: Identification | None = None
    why_not: str = ""
    confirmed: Confirmation = field(default_factory=Confirmation)
    stacks: tuple[Stack, ...] = ()
    routes: Mapping[int, tuple[RouteShare, ...]] = field(default_factory=dict)


def hunt(bench: Bench, screening: Screening, policy: LeakPolicy) -> Hunt:
    """Identify, confirm and attribute, as far as the budget allows."""
    if _is_blocked(screening, policy):
        return Hunt(why_not="the event loop was blocked most of the time")
    with bench.stage("identify"):
        identified = identify(bench, screening)
    if not isinstance(identified, Identification):
        # The place is worth more than certainty about counters, and takes less time.
        sampled = _sample_allocations(bench, screening)
        return Hunt(
            why_not=explain_absence(identified, screening.rises),
            confirmed=_confirm_counters(bench, screening, policy),
            stacks=sampled,
        )
    if not identified.suspects and not rising(screening.rises, policy):
        return Hunt(identified=identified)
    with bench.stage("confirm"):
        confirmed = _confirm(bench, screening, policy, identified)
    leaks = [one for one in confirmed.watched if is_leak(one)]
    bench.trail.proven.leaks += leaks
    leaking = [one.suspect for one in leaks]
    stacks: tuple[Stack, ...] = ()
    routes: Mapping[int, tuple[RouteShare, ...]] = {}
    requests = identified.requests_per_window
    if leaking and bench.deadline.remaining_s() > _CULPRIT_NEEDS_S:
        with bench.stage("attribute"):
            stacks = find_allocations(
                bench, requests=requests, threads=_threads_of(leaking)
            )
        bench.trail.proven.stacks += stacks
    if leaking and len(bench.targets) > 1:
        with bench.stage("routes"):
            own = [one for one in leaking if one.thread is None]
            routes = share_by_route(bench, own, requests=requests)
    return Hunt(
        identified=identified, confirmed=confirmed, stacks=stacks, routes=routes
    )


def _confirm(
    bench: Bench, screening: Screening, policy: LeakPolicy, identified: Identification
) -> Confirmation:
    """Confirm the suspects, or say that the time was up before it could be told."""
    try:
        return confirm(
            bench,
            identified,
            requests=_push_requests(bench, screening, identified.suspects),
            is_over=lambda last: bool(rising(kept(screening, last), policy)),
        )
    except DeadlineExceeded:
        if not _has_run_out_of_time(bench):
            raise
        curve = Unclear(
            reason="the time was up before it was watched to the end. Raise"
            " --nodeleak-budget"
        )
        return Confirmation(
            watched=tuple(
                Watched(suspect=one, curve=curve, bound=None)
                for one in identified.suspects
            )
        )


def _has_run_out_of_time(bench: Bench) -> bool:
    """Tell whether an answer is late for no other reason."""
    if bench.snapshots.are_stopping_the_app or bench.sampler.is_stopping_the_app:
        raise_if_cut_off(bench)
        # V8 goes on with it, and answers nothing before it is done.
        bench.sampler.is_patient = False
        return True
    return bench.deadline.has_passed() and comes_round(bench)


def is_leak(watched: Watched) -> bool:
    """Tell whether a suspect went on growing to the end."""
    return isinstance(watched.curve, Linear)


def _is_blocked(screening: Screening, policy: LeakPolicy) -> bool:
    """Tell whether every other request finds the loop blocked beyond its limit.

    The verdict is clear then, and a window of load would take as long as all the rest.
    """
    limit_ms, usual = policy.loop_delay_p99_ms, screening.loop_delay.undisturbed
    return limit_ms is not None and usual.p50_ms > limit_ms


def kept(screening: Screening, last: Reading) -> Mapping[str, Rise]:
    """Return the slopes of the screen with what of them was still there at the end."""
    return with_kept(screening.rises, screened=screening.readings[-1], last=last)


def _confirm_counters(
    bench: Bench, screening: Screening, policy: LeakPolicy
) -> Confirmation:
    """See whether what the counters gained stays, where there is time and memory to."""
    needed_s = _COUNTERS_NEED_S + screening.round_s
    if not rising(screening.rises, policy) or bench.deadline.remaining_s() < needed_s:
        return Confirmation()
    requests = _push_requests(bench, screening, ())
    room_bytes = _PUSH_ROOM_SHARE * bench.heap_room_bytes()
    if requests * screening.bytes_per_request > room_bytes:
        return Confirmation()
    try:
        with bench.stage("confirm"):
            return confirm(
                bench,
                None,
                requests=requests,
                is_over=lambda last: bool(rising(kept(screening, last), policy)),
            )
    except DeadlineExceeded:
        if not _has_run_out_of_time(bench):
            raise
        return Confirmation()


def _sample_allocations(bench: Bench, screening: Screening) -> tuple[Stack, ...]:
    """Return what allocated objects that stay, where they grow and no snapshot tells."""
    needed_s = max(_SAMPLING_NEEDS_S, screening.round_s)
    objects = screening.objects_per_request
    # Bytes are all there is where objects were not counted.
    is_growing = (
        screening.bytes_per_request > 0
        if objects is None
        else objects > _FEWEST_OBJECTS
    )
    if not is_growing or bench.deadline.remaining_s() < needed_s:
        return ()
    requests = window_requests(
        screening.pace,
        bytes_per_request=screening.bytes_per_request,
        room_bytes=bench.heap_room_bytes(),
    )
    try:
        with bench.stage("attribute"):
            return find_allocations(bench, requests=requests)
    except DeadlineExceeded:
        # Without it there is less to read, and the check is none the worse.
        if not bench.sampler.is_stopping_the_app:
            raise
        bench.sampler.is_patient = False
        return ()


def _push_requests(
    bench: Bench, screening: Screening, suspects: Sequence[Suspect]
) -> int:
    """Return a push that does not kill an app that grows fast.

    How fast is told by what piles up and by what the screen saw.
    """
    return push_requests(
        screening.pace,
        bytes_per_request=max(
            sum(suspect.bytes_per_request for suspect in suspects),
            screening.bytes_per_request,
        ),
        scarce_per_request=scarce_per_request(screening.rises),
        scarce_room=bench.descriptor_room(),
        room_bytes=min(
            (
                bench.heap_room_bytes(),
                *(bench.workers.room_bytes(one.threads) for one in suspects),
            )
        ),
    )


def _threads_of(suspects: Sequence[Suspect]) -> tuple[Thread, ...]:
    threads = (thread for one in suspects for thread in one.threads)
    return tuple(dict.fromkeys(threads))
