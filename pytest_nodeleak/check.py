"""A finished check: what was measured, how it was judged, what it means for production."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_nodeleak.findings import Finding
from pytest_nodeleak.forecast import Forecast, forecast
from pytest_nodeleak.measurement import Measurement, WatchedFinding
from pytest_nodeleak.policy import LeakPolicy
from pytest_nodeleak.rulings import Accepted, NotListed, Ruling, fitting, rule
from pytest_nodeleak.suppressions import Suppressions
from pytest_nodeleak.verdict import (
    Clean,
    Inconclusive,
    Leak,
    OverLimit,
    Verdict,
    judge,
)

__all__ = ["BrokenCheck", "Check", "verdict_name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A measurement with its verdict.

    Attributes:
        id: Unique in a session.
        measurement: What was measured.
        policy: The limits it was judged by.
        verdict: The judgement, whatever is suppressed.
        suppressions: Known leaks.

    """

    id: str
    measurement: Measurement
    policy: LeakPolicy
    verdict: Verdict
    suppressions: Suppressions = field(default_factory=Suppressions)

    @classmethod
    def of(
        cls,
        check_id: str,
        measurement: Measurement,
        policy: LeakPolicy,
        suppressions: Suppressions | None = None,
    ) -> Check:
        """Judge a measurement."""
        return cls(
            id=check_id,
            measurement=measurement,
            policy=policy,
            verdict=judge(measurement, policy),
            suppressions=suppressions or Suppressions(),
        )

    def ruling_of(self, watched: WatchedFinding) -> Ruling:
        """Tell whether a suspect is a known leak."""
        return rule(watched, self.measurement.target, self.suppressions)

    def ruling_of_finding(self, finding: Finding) -> Ruling:
        """Tell the same of a finding."""
        own = (one for one in self.measurement.watched if one.finding == finding)
        suspect = next(own, None)
        return NotListed() if suspect is None else self.ruling_of(suspect)

    @property
    def accepted(self) -> tuple[WatchedFinding, ...]:
        """The suspects that are known leaks, and no worse than they are known to be."""
        return tuple(
            one
            for one in self.measurement.watched
            if isinstance(self.ruling_of(one), Accepted)
        )

    @property
    def left(self) -> Verdict:
        """The judgement without the known leaks: by this a test passes or fails."""
        accepted = self.accepted
        if not accepted:
            return self.verdict
        return judge(self.measurement, self.policy, accepted)

    @property
    def is_suppressed(self) -> bool:
        """Whether nothing but known leaks is wrong."""
        return isinstance(self.left, Clean) and not isinstance(self.verdict, Clean)

    @property
    def shown(self) -> Verdict:
        """The verdict a report is about: what is left, unless nothing is."""
        return self.verdict if self.is_suppressed else self.left

    @property
    def used_suppressions(self) -> tuple[int, ...]:
        """The numbers of the suppressions that are about one of the suspects."""
        numbers = {
            entry.number
            for one in self.measurement.watched
            for entry in fitting(one, self.measurement.target, self.suppressions)
        }
        return tuple(sorted(numbers))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The culprits, the worst first; known leaks come last."""
        left, every = _findings_of(self.left), _findings_of(self.verdict)
        return (*left, *(finding for finding in every if finding not in left))

    @property
    def leaks(self) -> tuple[Finding, ...]:
        """Those of them that are leaks, known or not."""
        return _findings_of(self.verdict) if isinstance(self.verdict, Leak) else ()

    @property
    def forecast(self) -> Forecast | None:
        """When the V8 heap limit is reached, if heap memory leaks."""
        if not isinstance(self.verdict, Leak):
            return None
        on_heap = sum(
            finding.bytes_per_request - finding.external_bytes_per_request
            for finding in self.leaks
        )
        readings = self.measurement.readings
        return forecast(
            used_bytes=readings[0].heap_used_bytes if readings else 0,
            bytes_per_request=on_heap,
            limit_bytes=self.measurement.heap_limit_bytes,
        )


def _findings_of(verdict: Verdict) -> tuple[Finding, ...]:
    match verdict:
        case Leak(findings=watched) | Inconclusive(findings=watched):
            return tuple(one.finding for one in watched)
        case OverLimit(findings=findings):
            return findings
        case Clean():
            return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenCheck:
    """A check that could not be finished.

    Attributes:
        id: Unique in a session.
        target: The route or scenario.
        crashed: Whether the app died; else it did not answer as expected.
        reason: The error's text.
        elapsed_s: Seconds until then.

    """

    id: str
    target: str
    crashed: bool
    reason: str
    elapsed_s: float


def verdict_name(verdict: Verdict) -> str:
    """Return the verdict's name in the JSON record."""
    match verdict:
        case Leak():
            return "leak"
        case OverLimit():
            return "over_limit"
        case Clean():
            return "clean"
        case Inconclusive():
            return "inconclusive"
