"""A whole check: screen, identify, confirm, attribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pytest_nodeleak.culprits.explain import Explainer
from pytest_nodeleak.culprits.loaded import load_scripts
from pytest_nodeleak.evidence.measurement import Measurement, Rise
from pytest_nodeleak.evidence.occupancy import Drained, Plateau, Timed
from pytest_nodeleak.exceptions import (
    CommandFailed,
    DeadlineExceeded,
    InspectorError,
)
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.sources.app_scripts import LoadedScript
from pytest_nodeleak.sources.stacks import Stack
from pytest_nodeleak.stages.attribute import profile_if_late
from pytest_nodeleak.stages.bench import Bench
from pytest_nodeleak.stages.confirm import Confirmation
from pytest_nodeleak.stages.hunt import Hunt, hunt, is_leak, kept
from pytest_nodeleak.stages.opened import describe_descriptors, stacks_of
from pytest_nodeleak.stages.openers import openings_of
from pytest_nodeleak.stages.pinning import look_for_pinning
from pytest_nodeleak.stages.screen import Screening, screen, screen_again

__all__ = ["run_experiment"]

_UNSETTLED_BYTES = 32.0
_MOST_SCREENINGS = 2
_SCREENING_NEEDS_S = 5.0
# A report without the names of its sources is better than none.
_SOURCES_S = 10.0


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
    found = hunt(bench, screening, policy)
    settled = _settle(bench, screening, found)
    confirmed = found.confirmed
    rises = _rises(screening, confirmed, settled)
    openings = openings_of(bench, rises, policy)
    others = [*stacks_of(openings), *(blocking.stacks if blocking else ())]
    loaded, why_not_loaded = _load_scripts(bench, found, others)
    explainer = Explainer(app_directory, loaded)
    stacks = explainer.original_stacks(found.stacks)
    watched = tuple(
        explainer.leak(
            look_for_pinning(bench, one),
            stacks,
            # Object ids are each thread's own.
            found.routes.get(one.suspect.holder.heap_id, ())
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
        detectable_objects=found.identified.detectable_objects
        if found.identified
        else None,
        why_not_compared=found.why_not,
        allocated_at=() if found.identified else explainer.heaviest(stacks),
        unseen="; ".join(filter(None, [_uncounted(bench), bench.workers.unseen])),
        heap_limit_bytes=bench.start_up.usable_heap_bytes,
        history=bench.trail.history,
        notes=(
            *filter(None, [why_not_loaded]),
            *explainer.notes,
            *bench.workers.notes,
        ),
        memory_limit_bytes=bench.app.memory_limit.limit_bytes
        if bench.app.memory_limit
        else None,
        fd_limit=bench.start_up.fd_limit,
        snapshots_bytes=bench.snapshots.kept_bytes
        + bench.snapshots.kept_by_workers_bytes,
        descriptors=describe_descriptors(bench.trail, explainer) if openings else None,
    )


def _uncounted(bench: Bench) -> str:
    """Say what was not counted as there was no time for it; empty if all was."""
    if bench.counts_objects:
        return ""
    return (
        "listeners, and collections of numbers or of what was there before, were not"
        f" counted: to go through all objects of this heap takes about"
        f" {bench.sampler.look_s:.1f} s each time; raise --nodeleak-budget"
    )


def _settle(bench: Bench, screening: Screening, found: Hunt) -> Screening | None:
    """Screen again an app that does not leak and yet had not settled when it was.

    Caches that were filling are full by now, and V8 has compiled what it will.
    """
    if found.identified is None or any(map(is_leak, found.confirmed.watched)):
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
        rises |= kept(screening, confirmed.reading)
    if settled is not None:
        rises["heap_used"] = settled.rises["heap_used"]
    return rises


def _load_scripts(
    bench: Bench, found: Hunt, others: Sequence[Stack]
) -> tuple[Mapping[str, LoadedScript], str]:
    """Return the scripts whose places a report will show; none for a clean check.

    Returns:
        The scripts; and, where they cannot be had, why: a leak is one all the same.

    """
    shown = [
        one.suspect
        for one in found.confirmed.watched
        if not isinstance(one.curve, Plateau | Drained | Timed)
    ]
    # Without suspects, the stacks are all that is known of what stays.
    if not shown and not others and (found.identified or not found.stacks):
        return {}, ""
    try:
        with bench.stage("sources"):
            loaded = load_scripts(
                bench.client,
                bench.reply_deadline().at_most(_SOURCES_S),
                suspects=shown,
                stacks=[*found.stacks, *others],
            )
            loaded |= _load_from_workers(bench, found, shown)
    except (CommandFailed, DeadlineExceeded) as exc:
        return {}, (
            "V8 did not hand over the scripts it runs, so places are those of the files"
            f" on disk: {exc}"
        )
    return loaded, ""


def _load_from_workers(
    bench: Bench, found: Hunt, shown: Sequence[Suspect]
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
                stacks=[one for one in found.stacks if one.thread == worker.thread],
            )
    return loaded
