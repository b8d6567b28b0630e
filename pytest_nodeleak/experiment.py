"""A whole check: screen, identify, confirm, attribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pytest_nodeleak.app_scripts import LoadedScript
from pytest_nodeleak.attribute import find_allocations, profile_if_late
from pytest_nodeleak.bench import Bench
from pytest_nodeleak.by_route import share_by_route
from pytest_nodeleak.confirm import Confirmation, confirm
from pytest_nodeleak.counters import rising, scarce_per_request, with_kept
from pytest_nodeleak.exceptions import (
    CommandFailed,
    DeadlineExceeded,
    InspectorError,
)
from pytest_nodeleak.explain import Explainer
from pytest_nodeleak.findings import RouteShare
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.identify import Identification, explain_absence, identify
from pytest_nodeleak.loaded import load_scripts
from pytest_nodeleak.measurement import Measurement, Reading, Rise
from pytest_nodeleak.occupancy import Drained, Linear, Plateau, Timed
from pytest_nodeleak.opened import describe_descriptors, stacks_of
from pytest_nodeleak.openers import openings_of
from pytest_nodeleak.pace import push_requests
from pytest_nodeleak.pinning import look_for_pinning
from pytest_nodeleak.policy import LeakPolicy
from pytest_nodeleak.screen import Screening, screen, screen_again
from pytest_nodeleak.stacks import Stack
from pytest_nodeleak.threads import Thread
from pytest_nodeleak.watched import Watched

__all__ = ["run_experiment"]

# A recount, a window with the sampling profiler, or a window per route.
_CULPRIT_NEEDS_S = 1.0
_UNSETTLED_BYTES = 32.0
_MOST_SCREENINGS = 2
_SCREENING_NEEDS_S = 5.0
# A push and two silences.
_COUNTERS_NEED_S = 8.0
_PUSH_ROOM_SHARE = 0.5
# A report without the names of its sources is better than none.
_SOURCES_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hunt:
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


def run_experiment(
    bench: Bench,
    policy: LeakPolicy,
    *,
    app_directory: Path,
    fixed_requests: int | None = None,
) -> Measurement:
    """Find out whether the target leaks, in the main thread or in a worker.

    Args:
        bench: The app under load.
        policy: Tells which counters are worth another look, and whether the event
            loop's delay is worth a profile.
        app_directory: Places in findings are relative to it.
        fixed_requests: The load of the screen and both windows; adaptive if None.

    Raises:
        AppError: If the app dies or does not answer as expected.
        InspectorError: If it cannot be observed.

    """
    try:
        return _run(bench, policy, app_directory, fixed_requests)
    finally:
        bench.workers.close()


def _run(
    bench: Bench, policy: LeakPolicy, app_directory: Path, fixed_requests: int | None
) -> Measurement:
    with bench.stage("screen"):
        screening = screen(bench, fixed_requests=fixed_requests)
    blocking = profile_if_late(bench, screening.loop_delay, policy)
    hunt = _hunt(bench, screening, policy)
    settled = _settle(bench, screening, hunt)
    confirmed = hunt.confirmed
    rises = _rises(screening, confirmed, settled)
    openings = openings_of(bench, rises, policy)
    others = [*stacks_of(openings), *(blocking.stacks if blocking else ())]
    loaded, why_not_loaded = _load_scripts(bench, hunt, others)
    explainer = Explainer(app_directory, loaded)
    stacks = explainer.original_stacks(hunt.stacks)
    watched = tuple(
        explainer.leak(
            look_for_pinning(bench, one),
            stacks,
            # Object ids are each thread's own.
            hunt.routes.get(one.suspect.holder.heap_id, ())
            if one.suspect.thread is None
            else (),
        )
        for one in confirmed.watched
    )
    return Measurement(
        target=bench.target,
        node_version=bench.app.node_version,
        requests=bench.requests,
        elapsed_s=bench.deadline.elapsed_s(),
        stage_s=dict(bench.stage_s),
        readings=screening.readings,
        last_reading=settled.readings[-1] if settled else confirmed.reading,
        rises=rises,
        memory=screening.memory,
        loop_delay=screening.loop_delay,
        gc_pauses=screening.gc_pauses,
        watched=watched,
        blocking=None
        if blocking is None
        else explainer.blocking(blocking, delay_ms=screening.loop_delay.max_ms),
        detectable_objects=hunt.identified.detectable_objects
        if hunt.identified
        else None,
        why_not_compared=hunt.why_not,
        unseen=bench.workers.unseen,
        heap_limit_bytes=bench.start_up.usable_heap_bytes,
        notes=(
            *filter(None, [why_not_loaded]),
            *explainer.notes,
            *bench.workers.notes,
        ),
        memory_limit_bytes=bench.app.memory_limit.limit_bytes
        if bench.app.memory_limit
        else None,
        fd_limit=bench.start_up.fd_limit,
        snapshots_bytes=bench.kept_bytes + bench.kept_by_workers_bytes,
        descriptors=describe_descriptors(bench.trail, explainer) if openings else None,
    )


def _hunt(bench: Bench, screening: Screening, policy: LeakPolicy) -> _Hunt:
    """Identify, confirm and attribute, as far as the budget allows."""
    if _is_blocked(screening, policy):
        return _Hunt(why_not="the event loop was blocked most of the time")
    with bench.stage("identify"):
        identified = identify(bench, screening)
    if not isinstance(identified, Identification):
        return _Hunt(
            why_not=explain_absence(identified, screening.rises),
            confirmed=_confirm_counters(bench, screening, policy),
        )
    if not identified.suspects and not rising(screening.rises, policy):
        return _Hunt(identified=identified)
    with bench.stage("confirm"):
        confirmed = confirm(
            bench,
            identified,
            requests=_push_requests(bench, screening, identified.suspects),
            is_over=lambda last: bool(rising(_kept(screening, last), policy)),
        )
    leaking = [one.suspect for one in confirmed.watched if _is_leak(one)]
    stacks: tuple[Stack, ...] = ()
    routes: Mapping[int, tuple[RouteShare, ...]] = {}
    requests = identified.requests_per_window
    if leaking and bench.deadline.remaining_s() > _CULPRIT_NEEDS_S:
        with bench.stage("attribute"):
            stacks = find_allocations(
                bench, requests=requests, threads=_threads_of(leaking)
            )
    if leaking and 1 < len(bench.targets) < bench.deadline.remaining_s():
        with bench.stage("routes"):
            own = [one for one in leaking if one.thread is None]
            routes = share_by_route(bench, own, requests=requests)
    return _Hunt(
        identified=identified, confirmed=confirmed, stacks=stacks, routes=routes
    )


def _is_leak(watched: Watched) -> bool:
    return isinstance(watched.curve, Linear)


def _is_blocked(screening: Screening, policy: LeakPolicy) -> bool:
    """Tell whether every other request finds the loop blocked beyond its limit.

    The verdict is clear then, and a window of load would take as long as all the rest.
    """
    limit_ms = policy.loop_delay_p99_ms
    return limit_ms is not None and screening.loop_delay.p50_ms > limit_ms


def _settle(bench: Bench, screening: Screening, hunt: _Hunt) -> Screening | None:
    """Screen again an app that does not leak and yet had not settled when it was.

    Caches that were filling are full by now, and V8 has compiled what it will.
    """
    if hunt.identified is None or any(map(_is_leak, hunt.confirmed.watched)):
        return None
    latest: Screening | None = None
    for _ in range(_MOST_SCREENINGS):
        heap = (latest or screening).rises.get("heap_used")
        unsettled = heap is not None and heap.growth.low > _UNSETTLED_BYTES
        if not unsettled or bench.deadline.remaining_s() < _SCREENING_NEEDS_S:
            break
        with bench.stage("settle"):
            latest = screen_again(bench, screening.pace)
    return latest if latest and latest.rises else None


def _rises(
    screening: Screening, confirmed: Confirmation, settled: Screening | None
) -> Mapping[str, Rise]:
    """Return the slopes: the heap's of the settled app, the others' with what was kept.

    What a silence takes away is known of the first screen only.
    """
    rises = dict(screening.rises)
    if confirmed.reading is not None:
        rises |= _kept(screening, confirmed.reading)
    if settled is not None:
        rises["heap_used"] = settled.rises["heap_used"]
    return rises


def _kept(screening: Screening, last: Reading) -> Mapping[str, Rise]:
    return with_kept(screening.rises, screened=screening.readings[-1], last=last)


def _confirm_counters(
    bench: Bench, screening: Screening, policy: LeakPolicy
) -> Confirmation:
    """See whether what the counters gained stays, where there is time and memory to."""
    requests = _push_requests(bench, screening, ())
    room_bytes = _PUSH_ROOM_SHARE * bench.heap_room_bytes()
    if (
        not rising(screening.rises, policy)
        or bench.deadline.remaining_s() < _COUNTERS_NEED_S
        or requests * screening.bytes_per_request > room_bytes
    ):
        return Confirmation()
    with bench.stage("confirm"):
        return confirm(
            bench,
            None,
            requests=requests,
            is_over=lambda last: bool(rising(_kept(screening, last), policy)),
        )


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


def _load_scripts(
    bench: Bench, hunt: _Hunt, others: Sequence[Stack]
) -> tuple[Mapping[str, LoadedScript], str]:
    """Return the scripts whose places a report will show; none for a clean check.

    Returns:
        The scripts; and, where they cannot be had, why: a leak is one all the same.

    """
    shown = [
        one.suspect
        for one in hunt.confirmed.watched
        if not isinstance(one.curve, Plateau | Drained | Timed)
    ]
    if not shown and not others:
        return {}, ""
    try:
        with bench.stage("sources"):
            loaded = load_scripts(
                bench.client,
                bench.reply_deadline().at_most(_SOURCES_S),
                suspects=shown,
                stacks=[*hunt.stacks, *others],
            )
            loaded |= _load_from_workers(bench, hunt, shown)
    except (CommandFailed, DeadlineExceeded) as exc:
        return {}, (
            "V8 did not hand over the scripts it runs, so places are those of the files"
            f" on disk: {exc}"
        )
    return loaded, ""


def _load_from_workers(
    bench: Bench, hunt: _Hunt, shown: Sequence[Suspect]
) -> dict[str, LoadedScript]:
    """Return the scripts of one thread for each suspect that is in several."""
    loaded: dict[str, LoadedScript] = {}
    chiefs = (one.thread for one in shown if one.thread is not None)
    for worker in bench.workers.among(dict.fromkeys(chiefs)):
        # They may be read from their files as well.
        with suppress(InspectorError, DeadlineExceeded):
            loaded |= load_scripts(
                worker.client,
                bench.reply_deadline().at_most(_SOURCES_S),
                suspects=[one for one in shown if one.thread == worker.thread],
                stacks=[one for one in hunt.stacks if one.thread == worker.thread],
            )
    return loaded


def _threads_of(suspects: Sequence[Suspect]) -> tuple[Thread, ...]:
    threads = (thread for one in suspects for thread in one.threads)
    return tuple(dict.fromkeys(threads))
