"""All processes of an app measured at once, under one load, and told as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

from pytest_nodeleak.artifacts import Artifacts
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.endings.crash import Crash
from pytest_nodeleak.endings.exhaustion import Exhaustion
from pytest_nodeleak.endings.hang import Hang
from pytest_nodeleak.evidence.measurement import Measurement
from pytest_nodeleak.exceptions import AppError
from pytest_nodeleak.inspection.request_counter import counting_requests
from pytest_nodeleak.judging.merging import MeasuredProcess, merge
from pytest_nodeleak.load.driver import CountedDriver, LoadDriver
from pytest_nodeleak.load.shared import LoadAbandoned, Participant, SharedLoad
from pytest_nodeleak.nodejs.launcher import RunningApp
from pytest_nodeleak.nodejs.observed import ObservedApp
from pytest_nodeleak.nodejs.processes import AppProcess
from pytest_nodeleak.nodejs.tree import pid_is_running
from pytest_nodeleak.progress import SILENT
from pytest_nodeleak.stages.check_plan import CheckPlan
from pytest_nodeleak.stages.measure import Beside, measure

__all__ = ["measure_all"]

_LOOKING_S = 5.0
_UNCOUNTED = (
    "how many requests came to which process is not known, as Node.js does not tell before"
    " version 22 where they are HTTP/2; rates are those of an even spread"
)
Outcome: TypeAlias = Measurement | Crash | Exhaustion | Hang


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """What the processes of an app have in common: the app, and the plan of each."""

    app: RunningApp
    plan: CheckPlan

    def needs(self, process: AppProcess) -> bool:
        """Tell whether there is no check without a process: it serves, or is the app's."""
        return process.serves or process.pid == self.app.pid


def measure_all(app: ObservedApp, driver: LoadDriver, plan: CheckPlan) -> Outcome:
    """Measure the process that serves, and all that it has started, as ``measure`` does.

    Each has an experiment of its own, in a thread of its own; they share the load.
    """
    # Of an app that was started elsewhere nothing but its inspector is known.
    launched = app if isinstance(app, RunningApp) else None
    found = launched.processes(plan.deadline.at_most(_LOOKING_S)) if launched else ()
    reached = [one for one in found if one.inspector_url is not None]
    unreached = [one for one in found if one not in reached]
    if launched is None or len(reached) == 1:
        if isinstance(driver, CountedDriver):
            outcome = measure(app, driver, plan, beside=_counting(driver))
        else:
            outcome = measure(app, driver, plan)
        if isinstance(outcome, Measurement):
            notes = (*outcome.notes, *map(_unreached_note, unreached))
            return replace(outcome, notes=notes)
        return outcome
    own = replace(plan, fixed_requests=_of_each(plan.fixed_requests, reached))
    check = _Check(app=launched, plan=own)
    shared = SharedLoad(driver, plan.deadline)
    with ExitStack() as stack:
        runs = _run_all(check, shared, reached, driver=driver, stack=stack)
        failure = _failure(check, runs)
        if failure is not None:
            return _told(check, failure)
        return _merged(check, shared, runs, unreached)


def _of_each(fixed_requests: int | None, processes: Sequence[AppProcess]) -> int | None:
    """Return how many of the user's requests each process is to get."""
    if fixed_requests is None:
        return None
    return max(1, fixed_requests // max(1, sum(one.is_front for one in processes)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """The measurement of one process, which is over."""

    process: AppProcess
    participant: Participant
    artifacts: Artifacts
    future: Future[Outcome]

    @property
    def error(self) -> BaseException | None:
        """What it raised; None also where that was only that another one has failed."""
        error = self.future.exception()
        return None if isinstance(error, LoadAbandoned) else error

    @property
    def outcome(self) -> Outcome | None:
        """What came of it; None if it raised."""
        return None if self.future.exception() else self.future.result()


def _run_all(
    check: _Check,
    shared: SharedLoad,
    processes: Sequence[AppProcess],
    *,
    driver: LoadDriver,
    stack: ExitStack,
) -> list[_Run]:
    participants = [
        shared.join(serves=one.serves, is_front=one.is_front) for one in processes
    ]
    # There is room to show one: the first that serves.
    shown = next((one for one in processes if one.serves), processes[0])
    with ThreadPoolExecutor(len(processes), "nodeleak-process") as pool:
        try:
            runs = []
            for process, participant in zip(processes, participants, strict=True):
                # Before anything is written, so that it goes whatever happens.
                artifacts = stack.enter_context(check.plan.artifacts.apart())
                plan = replace(
                    check.plan,
                    artifacts=artifacts,
                    progress=check.plan.progress if process is shown else SILENT,
                )
                future = pool.submit(
                    _run, check, shared, process, participant, plan=plan
                )
                runs.append(
                    _Run(
                        process=process,
                        participant=participant,
                        artifacts=artifacts,
                        future=future,
                    )
                )
            futures = [one.future for one in runs]
            if isinstance(driver, CountedDriver):
                driver.attend(futures)
            wait(futures)
        except BaseException:
            # Ctrl-C, or a thread too many: nobody is to send another request, nor to
            # wait for one who never came, nor for an answer of an app that may hang.
            shared.abandon()
            check.app.stop()
            raise
    return runs


def _counting(counted: CountedDriver | Participant) -> Beside:
    """Return what lets a driver ask a process for the number of its requests."""

    @contextmanager
    def counting(client: InspectorClient) -> Iterator[None]:
        with counting_requests(client) as counter, counted.counting(counter.read):
            yield

    return counting


def _run(
    check: _Check,
    shared: SharedLoad,
    process: AppProcess,
    participant: Participant,
    *,
    plan: CheckPlan,
) -> Outcome:
    """Measure one process; end the check for all if it fails, and others need it."""
    is_over = check.needs(process)
    try:
        outcome = measure(
            check.app.seen_as(process),
            participant,
            plan,
            beside=_counting(participant),
        )
        is_over = is_over and not isinstance(outcome, Measurement)
    finally:
        if is_over:
            shared.abandon()
        shared.leave(participant)
    return outcome


def _failure(check: _Check, runs: Sequence[_Run]) -> _Run | None:
    """Return what explains best why the check has failed; None if it has not."""
    needed = [one for one in runs if check.needs(one.process)]
    crashed = [one for one in needed if isinstance(one.outcome, Crash)]
    # Of a process that dies the others know only that requests were lost.
    dead = [one for one in crashed if not pid_is_running(one.process.pid)]
    workers = [one for one in dead if one.process.pid != check.app.pid]
    stuck = [one for one in needed if isinstance(one.outcome, Hang | Exhaustion)]
    raised = [one for one in needed if one.error is not None]
    told = [one for one in raised if isinstance(one.error, AppError)]
    return next(iter([*workers, *dead, *crashed, *stuck, *told, *raised]), None)


def _told(check: _Check, run: _Run) -> Outcome:
    check.plan.artifacts.adopt(run.artifacts)
    return run.future.result()


def _merged(
    check: _Check,
    shared: SharedLoad,
    runs: Sequence[_Run],
    unreached: Sequence[AppProcess],
) -> Measurement:
    measured = [
        MeasuredProcess(
            name=one.process.name,
            pid=one.process.pid,
            requests=one.participant.requests,
            load_share=_load_share(one, runs),
            peers=len(_peers(one.process, runs)),
            measurement=one.outcome,
        )
        for one in runs
        if isinstance(one.outcome, Measurement)
    ]
    ended = [one.process for one in runs if not isinstance(one.outcome, Measurement)]
    notes = [
        *([] if shared.is_counted else [_UNCOUNTED]),
        *(f"{one.label} ended during the check, so it was not judged" for one in ended),
        *map(_unreached_note, unreached),
    ]
    merged = merge(measured, check.plan.policy, requests=shared.requests, notes=notes)
    worst = merged.processes[0].pid
    for one in runs:
        if one.process.pid == worst:
            check.plan.artifacts.adopt(one.artifacts)
    return merged


def _unreached_note(process: AppProcess) -> str:
    return f"{process.label} has no inspector, so it was not judged"


def _peers(process: AppProcess, runs: Sequence[_Run]) -> list[_Run]:
    """Return the measured processes that the requests of one are spread among."""
    return [
        one
        for one in runs
        if one.process == process
        or (
            (process.serves and one.process.serves)
            and one.process.is_front == process.is_front
        )
    ]


def _load_share(run: _Run, runs: Sequence[_Run]) -> float:
    """Return the part of the requests that came to a process, while it was measured."""
    parts = {
        one.process.pid: one.participant.requests / max(1, one.participant.sent)
        for one in _peers(run.process, runs)
    }
    if not run.process.serves or len(parts) == 1:
        return parts[run.process.pid]
    # Those that were done sooner missed the others' last loads.
    return parts[run.process.pid] / (sum(parts.values()) or 1.0)
