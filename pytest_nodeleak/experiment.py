"""A whole check: screen, identify, confirm, attribute."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pytest_nodeleak.attribute import find_allocations, find_blocking
from pytest_nodeleak.bench import Bench
from pytest_nodeleak.confirm import Confirmation, Watched, confirm
from pytest_nodeleak.counters import rising, with_kept
from pytest_nodeleak.explain import Explainer
from pytest_nodeleak.findings import Finding
from pytest_nodeleak.identify import Identification, identify
from pytest_nodeleak.measurement import Measurement, Rise, WatchedFinding
from pytest_nodeleak.occupancy import Linear
from pytest_nodeleak.policy import LeakPolicy
from pytest_nodeleak.screen import Screening, screen
from pytest_nodeleak.stacks import Stack

__all__ = ["run_experiment"]

# Snapshots and the watch need this long even on a small app.
_IDENTIFY_NEEDS_S = 1.0


def run_experiment(
    bench: Bench,
    policy: LeakPolicy,
    *,
    app_directory: Path,
    fixed_requests: int | None = None,
) -> Measurement:
    """Find out whether the target leaks.

    Args:
        bench: The app under load.
        policy: Tells when the event loop's delay is worth a profile.
        app_directory: Places in findings are relative to it.
        fixed_requests: The load of the screen and both windows; adaptive if None.

    Raises:
        AppError: If the app dies or does not answer as expected.
        InspectorError: If it cannot be observed.

    """
    with bench.stage("screen"):
        screening = screen(bench, fixed_requests=fixed_requests)
    explainer = Explainer(app_directory)
    blocking = _explain_blocking(bench, screening, policy, explainer)
    identified: Identification | None = None
    confirmed = Confirmation(watched=(), reading=None)
    stacks: tuple[Stack, ...] = ()
    if _can_identify(bench, screening, policy):
        with bench.stage("identify"):
            identified = identify(bench, screening)
        if identified.suspects or rising(screening.rises, policy):
            with bench.stage("confirm"):
                confirmed = confirm(
                    bench,
                    screening.pace,
                    identified,
                    bytes_per_request=_bytes_per_request(screening, identified),
                )
        if any(isinstance(one.curve, Linear) for one in confirmed.watched):
            with bench.stage("attribute"):
                stacks = find_allocations(
                    bench, requests=identified.requests_per_window
                )
    return Measurement(
        target=bench.target,
        node_version=bench.app.node.version,
        requests=bench.requests,
        elapsed_s=bench.deadline.elapsed_s(),
        stage_s=dict(bench.stage_s),
        readings=screening.readings,
        last_reading=confirmed.reading,
        rises=_with_kept(screening, confirmed),
        loop_delay=screening.loop_delay,
        gc_pauses=screening.gc_pauses,
        watched=_explain(confirmed.watched, stacks, explainer),
        blocking=blocking,
        detectable_objects=identified.detectable_objects if identified else None,
        heap_limit_bytes=bench.sampler.heap_limit_bytes(bench.reply_deadline()),
    )


def _can_identify(bench: Bench, screening: Screening, policy: LeakPolicy) -> bool:
    """Tell whether windows of load make sense: in time, and on a loop that turns.

    Where every other request finds the loop blocked beyond its limit, the verdict is
    clear and a window of load would take as long as all the rest.
    """
    limit_ms = policy.loop_delay_p99_ms
    is_blocked = limit_ms is not None and screening.loop_delay.p50_ms > limit_ms
    return not is_blocked and bench.deadline.remaining_s() > _IDENTIFY_NEEDS_S


def _bytes_per_request(screening: Screening, identified: Identification) -> float:
    """Return how fast the app grows, by what piles up and by what the screen saw."""
    sizes = (screening.rises.get(name) for name in ("heap_used", "external"))
    return max(
        sum(suspect.bytes_per_request for suspect in identified.suspects),
        sum(max(0.0, rise.growth.low) for rise in sizes if rise is not None),
    )


def _with_kept(screening: Screening, confirmed: Confirmation) -> Mapping[str, Rise]:
    if confirmed.reading is None:
        return screening.rises
    return with_kept(
        screening.rises, screened=screening.readings[-1], last=confirmed.reading
    )


def _explain(
    watched: tuple[Watched, ...], stacks: tuple[Stack, ...], explainer: Explainer
) -> tuple[WatchedFinding, ...]:
    return tuple(explainer.leak(one, stacks) for one in watched)


def _explain_blocking(
    bench: Bench, screening: Screening, policy: LeakPolicy, explainer: Explainer
) -> Finding | None:
    delay = screening.loop_delay
    limits = (
        (delay.p50_ms, policy.loop_delay_p50_ms),
        (delay.p99_ms, policy.loop_delay_p99_ms),
        (delay.max_ms, policy.loop_delay_max_ms),
    )
    if not any(limit is not None and value > limit for value, limit in limits):
        return None
    with bench.stage("profile"):
        stacks = find_blocking(bench)
    return explainer.blocking(stacks, longest_ms=delay.max_ms)
