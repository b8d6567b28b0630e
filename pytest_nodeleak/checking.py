"""One check of a running app, from the load to the report that a test gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_nodeleak.artifacts import Artifacts
from pytest_nodeleak.broken_check import BrokenCheck
from pytest_nodeleak.check import Check
from pytest_nodeleak.check_plan import CheckPlan
from pytest_nodeleak.crash import Crash
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import NodeLeakError
from pytest_nodeleak.exhaustion import Exhaustion
from pytest_nodeleak.hang import Hang
from pytest_nodeleak.load.driver import LoadDriver
from pytest_nodeleak.load.plan import join_targets
from pytest_nodeleak.marker import MarkerSettings
from pytest_nodeleak.measurement import Measurement
from pytest_nodeleak.nodejs.observed import ObservedApp
from pytest_nodeleak.outcome import Report
from pytest_nodeleak.progress import SILENT, CheckBegun, Progress, following
from pytest_nodeleak.ratchet import Reference
from pytest_nodeleak.report.artifacts import artifact_texts
from pytest_nodeleak.report.broken import broken_check
from pytest_nodeleak.settings import Settings
from pytest_nodeleak.together import measure_all
from pytest_nodeleak.verdict import Clean

__all__ = ["Checker"]

_LAST_ANSWERS_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Checks an app with the settings of a test.

    Attributes:
        running: The app.
        name: Of the test.
        directory: The app's.
        settings: The session's.
        marker: The test's.
        record: Takes every check when it is over.
        progress: Is told how each check goes.

    """

    running: ObservedApp
    name: str
    directory: Path
    settings: Settings
    marker: MarkerSettings
    record: Callable[[Check | BrokenCheck], None]
    progress: Progress = SILENT

    def check(
        self,
        open_driver: Callable[[Deadline], LoadDriver],
        requests: int | None,
        *,
        notes: Sequence[str] = (),
    ) -> Report:
        """Put a load on the app and judge it.

        Args:
            open_driver: Takes the time from which on no answer is waited for.
            requests: How many; adaptive if None.
            notes: What is to be said of the load.

        Raises:
            NodeLeakError: If there is nothing to judge.

        """
        deadline = Deadline(self.marker.budget_s)
        # Answers that are still out when the time is up get a moment, and no more.
        with closing(open_driver(deadline.later(_LAST_ANSWERS_S))) as driver:
            check_id = f"{self.name}::{join_targets(driver.targets)}"
            with self.settings.artifacts.of(check_id) as artifacts:
                measured = self._measure(
                    check_id, driver, requests, artifacts, deadline
                )
                if not isinstance(measured, Measurement):
                    artifacts.keep()
                    broken, error = broken_check(
                        check_id, _with_notes(measured, artifacts), deadline.elapsed_s()
                    )
                    self._record(replace(broken, artifacts=artifacts.seen()))
                    raise error
                measured = replace(measured, notes=(*notes, *measured.notes))
                check = self._judged(check_id, measured, artifacts)
        self._record(check)
        return Report(
            check,
            fail_inconclusive=self.settings.fail_inconclusive,
            shows_all=self.settings.shows_all,
        )

    @contextmanager
    def recording(self, target: str) -> Iterator[None]:
        """Record a check that breaks before it begins as a broken one."""
        begun = Deadline(self.marker.budget_s)
        try:
            yield
        except NodeLeakError as exc:
            self._record(
                BrokenCheck.before_it_began(
                    test=self.name,
                    target=target,
                    reason=str(exc),
                    elapsed_s=begun.elapsed_s(),
                )
            )
            raise

    def _measure(
        self,
        check_id: str,
        driver: LoadDriver,
        requests: int | None,
        artifacts: Artifacts,
        deadline: Deadline,
    ) -> Measurement | Crash | Exhaustion | Hang:
        plan = CheckPlan(
            policy=self.marker.policy,
            app_directory=self.directory,
            fixed_requests=requests,
            deadline=deadline,
            shows_keys=self.settings.shows_keys,
            artifacts=artifacts,
            progress=self.progress,
        )
        target = join_targets(driver.targets)
        begun = CheckBegun(target=target, allowed_s=deadline.allowed_s)
        try:
            with following(self.progress, begun):
                return measure_all(self.running, driver, plan)
        except NodeLeakError as exc:
            self._record(
                BrokenCheck(
                    id=check_id,
                    target=target,
                    reason=str(exc),
                    elapsed_s=deadline.elapsed_s(),
                    artifacts=artifacts.seen(),
                )
            )
            raise

    def _record(self, check: Check | BrokenCheck) -> None:
        # Of an app elsewhere, what is here has the layout of its sources at best.
        is_here = self.directory.is_dir()
        directory = self.directory if is_here else self.settings.cwd
        self.record(replace(check, directory=directory.resolve()))

    def _reference(self, check_id: str, measured: Measurement) -> Reference | None:
        """Return what the baseline has on the check; None if there is none."""
        baseline = self.settings.baseline.known
        if baseline is None:
            return None
        return Reference.to(baseline, check_id, measured.node_version)

    def _judged(
        self, check_id: str, measured: Measurement, artifacts: Artifacts
    ) -> Check:
        check = Check.of(
            check_id,
            measured,
            self.marker.policy,
            self.settings.suppressions,
            rates=self.settings.rates,
        )
        check = replace(check, reference=self._reference(check_id, measured))
        if not isinstance(check.left, Clean):
            artifacts.keep()
        notes = (*measured.notes, *filter(None, [artifacts.problem]))
        return replace(
            check,
            measurement=replace(measured, notes=notes),
            artifacts=artifacts.seen(),
        )


def _with_notes(
    failure: Crash | Exhaustion | Hang, artifacts: Artifacts
) -> Crash | Exhaustion | Hang:
    """Tell of the files that a crash leaves."""
    if not isinstance(failure, Crash):
        return failure
    saved = (f"saved {text}" for text in artifact_texts(artifacts.saved))
    return replace(failure, notes=(*failure.notes, *saved))
