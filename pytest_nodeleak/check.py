"""A finished check: what was measured, how it was judged, what it means for production."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_nodeleak.findings import Finding
from pytest_nodeleak.forecast import Forecast, forecast
from pytest_nodeleak.measurement import Measurement
from pytest_nodeleak.policy import LeakPolicy
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
        verdict: The judgement.

    """

    id: str
    measurement: Measurement
    policy: LeakPolicy
    verdict: Verdict

    @classmethod
    def of(cls, check_id: str, measurement: Measurement, policy: LeakPolicy) -> Check:
        """Judge a measurement."""
        return cls(
            id=check_id,
            measurement=measurement,
            policy=policy,
            verdict=judge(measurement, policy),
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The culprits, the worst first."""
        match self.verdict:
            case Leak(findings=watched) | Inconclusive(findings=watched):
                return tuple(one.finding for one in watched)
            case OverLimit(findings=findings):
                return findings
            case Clean():
                return ()

    @property
    def forecast(self) -> Forecast | None:
        """When the V8 heap limit is reached, if heap memory leaks."""
        if not isinstance(self.verdict, Leak):
            return None
        on_heap = sum(
            finding.bytes_per_request - finding.external_bytes_per_request
            for finding in self.findings
        )
        readings = self.measurement.readings
        return forecast(
            used_bytes=readings[0].heap_used_bytes if readings else 0,
            bytes_per_request=on_heap,
            limit_bytes=self.measurement.heap_limit_bytes,
        )


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
