"""What hammering a target showed, as a test sees it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import overload

from pytest_nodeleak.breaches import grown_events
from pytest_nodeleak.check import Check, verdict_name
from pytest_nodeleak.counters import COUNTERS
from pytest_nodeleak.diagnosis import Diagnosis, diagnose
from pytest_nodeleak.estimate import Estimate
from pytest_nodeleak.exceptions import InvalidSetting, LeakDetected
from pytest_nodeleak.findings import Finding
from pytest_nodeleak.gc_pauses import GcPauses
from pytest_nodeleak.limits import apply_limits
from pytest_nodeleak.loop_delay import LoopDelay
from pytest_nodeleak.measurement import Measurement
from pytest_nodeleak.memory import Memory
from pytest_nodeleak.occupancy import Timed
from pytest_nodeleak.report.culprit import printable
from pytest_nodeleak.report.text import headline, lines
from pytest_nodeleak.verdict import Clean, Inconclusive, judge

__all__ = ["InconclusiveWarning", "Listeners", "Report", "Reports"]

_COUNTER_NAMES = tuple(counter.name for counter in COUNTERS)
_UNKNOWN = Estimate(value=0.0, low=-math.inf, high=math.inf)


class InconclusiveWarning(UserWarning):
    """A check was inconclusive and ``--nodeleak-inconclusive warn`` is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Listeners of all live EventEmitters and EventTargets.

    Attributes:
        growth: Listeners per request.
        by_event: The same by class and event, e.g. ``"Server request"``; only those
            that came, the most first.
        first: Their number when the app had warmed up.
        last: Their number after the load.

    """

    growth: Estimate
    by_event: Mapping[str, float]
    first: int
    last: int


class Report:
    """What hammering one target showed."""

    def __init__(
        self, check: Check, *, fail_inconclusive: bool, shows_all: bool = False
    ) -> None:
        self._check = check
        self._fail_inconclusive = fail_inconclusive
        self._shows_all = shows_all

    @property
    def verdict(self) -> str:
        """``"clean"``, ``"leak"``, ``"over_limit"`` or ``"inconclusive"``.

        A suppressed leak is a leak, though ``assert_bounded()`` lets it pass.
        """
        return verdict_name(self._check.verdict)

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The category and one plain sentence; None where nothing is wrong."""
        return diagnose(self._check)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The culprits, the worst first; suppressed ones come last."""
        return self._check.findings

    @property
    def suppressed(self) -> tuple[Finding, ...]:
        """Those of them that the suppressions file or a baseline lets pass."""
        return tuple(one.finding for one in self._check.accepted)

    @property
    def with_time(self) -> tuple[Finding, ...]:
        """What grows with time and not with requests, by a background job."""
        watched = self._check.measurement.watched
        return tuple(one.finding for one in watched if isinstance(one.curve, Timed))

    @property
    def measurement(self) -> Measurement:
        """Everything that was measured."""
        return self._check.measurement

    @property
    def heap_slope(self) -> Estimate:
        """Growth of the settled heap in bytes per request, code memory left out.

        Bytes with no objects, external memory or handles behind them prove nothing (V8
        warms up for thousands of requests), so on a clean target the interval reaches
        down to 0. What was counted object by object proves as much even where the bytes
        of few or noisy readings do not: the interval begins at the bytes of the leaks.
        """
        slope = self.growth("heap_used")
        if isinstance(self._check.verdict, Clean):
            return replace(slope, low=min(slope.low, 0.0))
        counted = _heap_bytes(self._check.leaks)
        return Estimate(
            value=max(slope.value, counted),
            low=max(slope.low, counted),
            high=max(slope.high, counted),
        )

    @property
    def external_slope(self) -> Estimate:
        """Growth of memory outside the heap in bytes per request."""
        return self.growth("external")

    @property
    def listeners(self) -> Listeners:
        """How the number of listeners went."""
        readings = self._check.measurement.readings
        return Listeners(
            growth=self.growth("listeners"),
            by_event=grown_events(readings[0], readings[-1]),
            first=readings[0].listeners,
            last=readings[-1].listeners,
        )

    @property
    def loop_delay(self) -> LoopDelay:
        """The event loop's delay under load, in milliseconds."""
        return self._check.measurement.loop_delay

    @property
    def gc_pauses(self) -> GcPauses:
        """How long garbage collection stopped the app under load, in milliseconds."""
        return self._check.measurement.gc_pauses

    @property
    def memory(self) -> Memory:
        """The boxes of the app's memory before and after load; as text, a table."""
        return self._check.measurement.memory

    def growth(self, counter: str) -> Estimate:
        """Return how fast a counter of the JSON record grew, per request.

        Args:
            counter: ``"heap_used"``, ``"external"``, ``"array_buffers"``, ``"rss"``,
                ``"listeners"``, ``"timers"``, ``"handles"``, ``"sockets"``, ``"fds"``,
                ``"contexts"`` or ``"threads"``.

        Raises:
            InvalidSetting: If there is no such counter.

        """
        if counter not in _COUNTER_NAMES:
            raise InvalidSetting(
                name="counter",
                value=counter,
                source="growth()",
                expected=f"one of {', '.join(_COUNTER_NAMES)}",
            )
        rise = self._check.measurement.rises.get(counter)
        return rise.growth if rise else _UNKNOWN

    def assert_bounded(self, **limits: str | float) -> None:
        """Fail unless the target is clean, but for what is suppressed.

        Args:
            **limits: Such as ``heap_slope="64 B"`` or ``loop_delay_p99="50 ms"``; they
                take the place of the marker's and the ini file's.

        Raises:
            LeakDetected: With the report as its text.
            InvalidSetting: If a limit cannot be used.

        """
        __tracebackhide__ = True
        policy = apply_limits(self._check.policy, limits, source="assert_bounded()")
        verdict = judge(self._check.measurement, policy)
        check = replace(self._check, policy=policy, verdict=verdict)
        left = check.left
        if isinstance(left, Clean):
            return
        text = "\n".join(lines(check, shows_all=self._shows_all))
        if isinstance(left, Inconclusive) and not self._fail_inconclusive:
            warnings.warn(text, InconclusiveWarning, stacklevel=2)
            return
        raise LeakDetected(text, headline=printable(headline(check)))

    def __str__(self) -> str:
        return "\n".join(lines(self._check, shows_all=self._shows_all))

    def __repr__(self) -> str:
        return f"<Report {self._check.measurement.target}: {self.verdict}>"


class Reports(Sequence[Report]):
    """The reports of several targets, each judged by itself."""

    def __init__(self, reports: Sequence[Report]) -> None:
        self._reports = tuple(reports)

    @overload
    def __getitem__(self, index: int) -> Report: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Report, ...]: ...
    def __getitem__(self, index: int | slice) -> Report | tuple[Report, ...]:
        return self._reports[index]

    def __len__(self) -> int:
        return len(self._reports)

    def assert_bounded(self, **limits: str | float) -> None:
        """Fail unless every target is clean; the text has all that are not."""
        __tracebackhide__ = True
        failures: list[LeakDetected] = []
        for report in self._reports:
            try:
                report.assert_bounded(**limits)
            except LeakDetected as failure:
                failures.append(failure)
        if failures:
            raise LeakDetected(
                "\n\n".join(map(str, failures)),
                headline="; ".join(failure.headline for failure in failures),
            )


def _heap_bytes(leaks: Sequence[Finding]) -> float:
    """Return what leaks add to the heap of the app's main thread, in bytes per request."""
    return sum(
        leak.bytes_in_sum
        * (1 - leak.external_bytes_per_request / leak.bytes_per_request)
        for leak in leaks
        if leak.bytes_per_request and not leak.threads
    )
