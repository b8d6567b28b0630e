"""One measurement of a running app: the inspector is opened for it and closed after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from functools import partial
from typing import NoReturn, TypeAlias

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endings.crash import Crash
from pytest_nodeleak.endings.deaths import swallowed_errors_note
from pytest_nodeleak.endings.exhaustion import Exhaustion
from pytest_nodeleak.endings.hang import Hang
from pytest_nodeleak.endings.trail import Trail
from pytest_nodeleak.evidence.measurement import Measurement
from pytest_nodeleak.exceptions import (
    AppExited,
    DeadlineExceeded,
    InspectorClosed,
    InspectorError,
    InspectorTooSlow,
    LoadFailed,
    NodeLeakError,
    ScriptThrew,
)
from pytest_nodeleak.forgetting import forget_locals
from pytest_nodeleak.inspection.sampler import Sampler
from pytest_nodeleak.inspection.words_file import WordsFile
from pytest_nodeleak.load.driver import LoadDriver
from pytest_nodeleak.load.plan import join_targets
from pytest_nodeleak.nodejs.observed import ObservedApp
from pytest_nodeleak.report.fit import trap_note
from pytest_nodeleak.stages.autopsy import examine, written_snapshots
from pytest_nodeleak.stages.bench import Bench
from pytest_nodeleak.stages.check_plan import CheckPlan
from pytest_nodeleak.stages.experiment import run_experiment
from pytest_nodeleak.stages.footprint import fit_below_limit
from pytest_nodeleak.stages.frozen import find_hang
from pytest_nodeleak.stages.machine import CpuTimes, foreign_load_note, waiting_note
from pytest_nodeleak.stages.opened import examine_exhaustion
from pytest_nodeleak.units import format_mib

__all__ = ["Beside", "measure"]

_CONNECT_S = 10.0
_EXIT_GRACE_S = 0.5
# A slow route may take as long without a loop that hangs.
_SILENCE_S = 3.0
# Beyond the check: to end it in the regular way.
_LEASE_S = 30.0
_KEEP_OPEN = (
    "the app runs on, so what is between it and us has closed the connection (kubectl"
    " port-forward, ssh, docker, a proxy), another tool has, or the app its inspector: see"
    " that it stays open, and run the check again"
)
_BETWEEN_CHECKS = "idle between checks"


class _Hanging(Exception):
    """The way out of the inspector's session, for which a frozen app has no answer."""

    def __init__(self, hang: Hang) -> None:
        self.hang = hang
        super().__init__(hang)


Beside: TypeAlias = Callable[[InspectorClient], AbstractContextManager[None]]


def _nothing_beside(_client: InspectorClient) -> AbstractContextManager[None]:
    return nullcontext()


def measure(
    app: ObservedApp,
    driver: LoadDriver,
    plan: CheckPlan,
    *,
    beside: Beside = _nothing_beside,
) -> Measurement | Crash | Exhaustion | Hang:
    """Put a load on an app and observe it, to the end of the one or the other.

    Args:
        app: Stays as it was, but for what the load did to it.
        driver: The load.
        plan: What is to be found out.
        beside: Entered with the inspector, and left before it is closed.

    Raises:
        AppError: If the app does not answer as expected.
        InspectorError: If it cannot be observed.

    """
    trail = Trail(proven=plan.proven)
    with WordsFile() as last_words, ExitStack() as in_the_end:
        # What looks at the app holds the trail, and goes with a garbage collection only.
        in_the_end.callback(trail.forget_heaps)
        try:
            measurement = _observe(
                app,
                driver,
                plan,
                trail=trail,
                last_words=last_words,
                beside=beside,
            )
        except _Hanging as exc:
            return exc.hang
        except AppExited as exc:
            crash = examine(
                exc,
                trail,
                target=join_targets(driver.targets),
                words=last_words.read(),
                app_directory=plan.app_directory,
                node_version=app.node_version,
            )
            # It is recorded with the exception, whose way leads to all heaps of the check.
            forget_locals(exc)
            exc.__traceback__ = None
            return crash
        words = last_words.read()
    if isinstance(measurement, Exhaustion):
        return measurement
    swallowed = swallowed_errors_note(words) if words else ""
    return replace(measurement, notes=(*measurement.notes, *filter(None, [swallowed])))


def _observe(  # noqa: PLR0913  # as measure(), with what outlives a crash
    app: ObservedApp,
    driver: LoadDriver,
    plan: CheckPlan,
    *,
    trail: Trail,
    last_words: WordsFile,
    beside: Beside,
) -> Measurement | Exhaustion:
    connecting, deadline = Deadline(_CONNECT_S), plan.deadline
    app.raise_if_exited(stage=_BETWEEN_CHECKS)
    app.note_workers()
    try:
        with (
            InspectorClient.open(app.inspector_url, connecting) as client,
            Sampler(client, app.pid, connecting) as sampler,
            beside(client),
        ):
            start_up = trail.start_up = sampler.start(connecting)
            trail.older_snapshots = written_snapshots(start_up)
            last_words.offer(partial(sampler.note_last_words, deadline=connecting))
            if app.pid is None:
                sampler.lease(deadline.remaining_s() + _LEASE_S, connecting)
            bench = Bench(
                app=app,
                client=client,
                sampler=sampler,
                driver=driver,
                deadline=deadline,
                shows_keys=plan.shows_keys,
                start_up=start_up,
                trail=trail,
                artifacts=plan.artifacts,
                progress=plan.progress,
            )
            shared_bytes = sampler.shared_bytes(connecting)
            trail.fit = fit_below_limit(
                app, start_up, bench.read_memory(), shared_bytes=shared_bytes
            )
            before = CpuTimes.read(app.root_pid, elapsed_s=deadline.elapsed_s())
            measurement = _experiment(bench, plan)
            if isinstance(measurement, Exhaustion):
                return measurement
            after = CpuTimes.read(app.root_pid, elapsed_s=deadline.elapsed_s())
    except (InspectorError, DeadlineExceeded) as failure:
        _raise_explained(app, failure)
    # By now it is warm, and compiled: this is what it takes.
    fit = fit_below_limit(
        app, start_up, measurement.memory.before, shared_bytes=shared_bytes
    )
    notes = (
        _stand_in_note(app),
        _other_kill_note(app),
        *_attached_notes(app, measurement),
        trap_note(fit) if fit else "",
        foreign_load_note(before, after),
        waiting_note(measurement.loop_delay, plan.policy),
        _left_behind_note(sampler),
    )
    return replace(measurement, notes=(*measurement.notes, *filter(None, notes)))


def _raise_explained(app: ObservedApp, failure: NodeLeakError) -> NoReturn:
    """Raise what explains best why a check could not be finished.

    Raises:
        AppExited: If the app died while we connected.
        InspectorClosed: If the connection did not last, and the app runs on.
        NodeLeakError: As it was, in all other cases.

    """
    if isinstance(failure, InspectorClosed) and failure.remedy:
        # It was looked into where it came up.
        raise failure
    app.raise_if_exited(stage=_BETWEEN_CHECKS, grace_s=_EXIT_GRACE_S)
    if isinstance(failure, InspectorClosed):
        raise InspectorClosed(
            during=failure.during, reason=failure.reason, remedy=_KEEP_OPEN
        ) from failure
    raise failure


def _experiment(bench: Bench, plan: CheckPlan) -> Measurement | Exhaustion:
    """Run the stages; look into why there was no answer, if there was none."""
    try:
        measurement = run_experiment(
            bench,
            plan.policy,
            app_directory=plan.app_directory,
            fixed_requests=plan.fixed_requests,
        )
    except (DeadlineExceeded, LoadFailed, ScriptThrew) as failure:
        # A loop that hangs is the better explanation of a missing answer.
        _raise_if_hanging(bench, plan)
        if isinstance(failure, DeadlineExceeded):
            raise InspectorTooSlow(
                stage=bench.doing,
                waiting_for=failure.waiting_for,
                allowed_s=failure.allowed_s,
            ) from failure
        exhaustion = examine_exhaustion(bench, failure, plan.app_directory)
        if exhaustion is None:
            raise
        return exhaustion
    if bench.given_up_after_s > _SILENCE_S:
        # Requests that are out when the time is up are not counted as bad.
        _raise_if_hanging(bench, plan)
    return measurement


def _raise_if_hanging(bench: Bench, plan: CheckPlan) -> None:
    hang = find_hang(bench, app_directory=plan.app_directory)
    if hang is not None:
        raise _Hanging(hang)


def _left_behind_note(sampler: Sampler) -> str:
    """Say that the app was not left as it was; empty if it was."""
    if not sampler.left_behind:
        return ""
    return (
        "the measuring probe could not be taken out of the app, so launch it anew before"
        f" another check: {sampler.left_behind}"
    )


def _other_kill_note(app: ObservedApp) -> str:
    """Say that the memory limit ended a process that did not serve; empty if not."""
    kill = app.memory_limit.kill() if app.memory_limit is not None else None
    if kill is None:
        return ""
    return (
        f"{kill.by} has killed a process of the app, not the one that serves, for the"
        f" memory limit of {format_mib(kill.limit_bytes)}: a container would be"
        " OOMKilled"
    )


def _attached_notes(app: ObservedApp, measurement: Measurement) -> Iterator[str]:
    """Say what is not known of an app that was started elsewhere."""
    yield from app.notes
    unread = [
        name
        for name, value in (
            ("file descriptors", measurement.readings[-1].fds),
            ("threads", measurement.readings[-1].threads),
        )
        if value is None
    ]
    if app.pid is None and unread:
        yield (
            f"{' and '.join(unread)} of this app cannot be read from here, so their growth"
            " was not checked"
        )


def _stand_in_note(app: ObservedApp) -> str:
    """Say that the kernel does not enforce the memory limit; empty if it does."""
    if app.memory_limit is None or not app.memory_limit.stood_in:
        return ""
    return (
        "a watchdog stands in for the kernel's memory limit, as no memory cgroup may be"
        f" made here ({app.memory_limit.stood_in}); V8 does not know of the limit either"
    )
