"""A finished check: what was measured, how it was judged, what it means for production."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_nodeleak.baselines.baseline import Rates
from pytest_nodeleak.evidence.descriptors import Descriptors
from pytest_nodeleak.evidence.findings import Finding, WorkerShare
from pytest_nodeleak.evidence.measurement import Measurement, WatchedFinding
from pytest_nodeleak.heap.threads import Thread
from pytest_nodeleak.judging.breaches import breaches_of
from pytest_nodeleak.judging.forecast import (
    USUAL_RATES,
    Forecast,
    Resource,
    extrapolate,
)
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.judging.ratchet import (
    Known,
    Reference,
    Worsened,
    judge_against,
    rule_by,
)
from pytest_nodeleak.judging.rates import rates_of
from pytest_nodeleak.judging.rulings import Accepted, NotListed, Ruling, fitting, rule
from pytest_nodeleak.judging.suppressions import Suppressions
from pytest_nodeleak.judging.verdict import (
    Clean,
    Inconclusive,
    Leak,
    OverLimit,
    Verdict,
    judge,
)

__all__ = ["Check", "verdict_name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A measurement with its verdict.

    Attributes:
        id: Unique in a session.
        measurement: What was measured.
        policy: The limits it was judged by.
        verdict: The judgement, whatever is suppressed.
        suppressions: Known leaks.
        reference: What a baseline has on it; None if it is compared with none.
        rates: Requests per second that forecasts are made for.
        artifacts: The files it left, by what they are.
        directory: What the files of its findings are relative to; None if unknown.

    """

    id: str
    measurement: Measurement
    policy: LeakPolicy
    verdict: Verdict
    suppressions: Suppressions = field(default_factory=Suppressions)
    reference: Reference | None = None
    rates: tuple[float, ...] = USUAL_RATES
    artifacts: Mapping[str, Path] = field(default_factory=dict)
    directory: Path | None = None

    @classmethod
    def of(
        cls,
        check_id: str,
        measurement: Measurement,
        policy: LeakPolicy,
        suppressions: Suppressions | None = None,
        *,
        rates: tuple[float, ...] = USUAL_RATES,
    ) -> Check:
        """Judge a measurement."""
        return cls(
            id=check_id,
            measurement=measurement,
            policy=policy,
            verdict=judge(measurement, policy),
            suppressions=suppressions or Suppressions(),
            rates=rates,
        )

    def ruling_of(self, watched: WatchedFinding) -> Ruling | Known | Worsened:
        """Tell whether a suspect is a known leak.

        What the suppressions file is about, it decides alone: someone has given it a
        date and a rate.
        """
        listed = rule(watched, self.measurement.target, self.suppressions)
        if self.reference is None or not isinstance(listed, NotListed):
            return listed
        return rule_by(self.reference, watched, self.added) or listed

    def ruling_of_finding(self, finding: Finding) -> Ruling | Known | Worsened:
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
            if isinstance(self.ruling_of(one), Accepted | Known)
        )

    @property
    def added(self) -> Rates:
        """What it adds per request, as a baseline has it."""
        name = verdict_name(self.verdict)
        return rates_of(self.measurement, self.policy, verdict=name)

    @property
    def left(self) -> Verdict:
        """The judgement without the known leaks: by this a test passes or fails."""
        accepted = self.accepted
        if self.reference is not None:
            return judge_against(
                self.measurement, self.policy, accepted, self.reference
            )
        if not accepted:
            return self.verdict
        return judge(self.measurement, self.policy, accepted)

    @property
    def is_suppressed(self) -> bool:
        """Whether nothing but what is known is wrong."""
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
    def descriptors(self) -> Descriptors | None:
        """What requests leave open, and who opens it; None where they leave nothing."""
        return self.measurement.descriptors

    @property
    def leaks(self) -> tuple[Finding, ...]:
        """Those of them that are leaks, known or not."""
        return _findings_of(self.verdict) if isinstance(self.verdict, Leak) else ()

    @property
    def forecast(self) -> Forecast | None:
        """When a limit of memory is reached, the first one if there are several."""
        bounded = [
            one
            for one in self.forecasts
            if one.resource in {Resource.HEAP, Resource.MEMORY} and one.limit
        ]
        return min(bounded, key=_distance, default=None)

    @property
    def forecasts(self) -> tuple[Forecast, ...]:
        """When every resource that leaks is used up, or how fast it goes."""
        measured = self.measurement
        external, all_memory = _memory_per_request(self.leaks)
        grown = self._grown_counters()
        first = measured.readings[0] if measured.readings else None
        limit = measured.memory_limit_bytes
        found = (
            self._heap_forecast(),
            extrapolate(
                Resource.MEMORY,
                per_request=all_memory if limit else 0.0,
                limit=limit,
                used=measured.all_rss_bytes,
                rates=self.rates,
            ),
            extrapolate(Resource.EXTERNAL, per_request=external, rates=self.rates),
            extrapolate(
                Resource.FDS,
                per_request=measured.load_share * grown.get("fds", 0.0),
                limit=measured.fd_limit,
                used=(first.fds or 0) if first else 0,
                rates=self.rates,
            ),
            extrapolate(
                Resource.LISTENERS,
                per_request=measured.load_share * grown.get("listeners", 0.0),
                rates=self.rates,
            ),
        )
        return tuple(one for one in found if one is not None)

    def _grown_counters(self) -> Mapping[str, float]:
        """Return what counters beyond their limits gain per request.

        Descriptors run out whoever holds them; the listeners of objects that leak are
        called by none but these.
        """
        match self.verdict:
            case OverLimit(breaches=breaches):
                pass
            case Leak(breaches=own):
                every = breaches_of(self.measurement, self.policy)
                breaches = (*own, *(one for one in every if one.metric == "fds"))
            case Clean() | Inconclusive():
                breaches = ()
        return {breach.metric: breach.value for breach in breaches}

    def _heap_forecast(self) -> Forecast | None:
        """Tell when the first heap is full: of a process or of a worker thread."""
        measured = self.measurement
        first = measured.readings[0] if measured.readings else None
        gains: defaultdict[tuple[int, Thread | None], float] = defaultdict(float)
        for one in self.leaks:
            for share, pid, part in _parts(one):
                in_heap = part.bytes_per_request - part.external_bytes_per_request
                for thread in one.threads or (None,):
                    gains[pid, thread] += share * in_heap / max(1, len(one.threads))
        found = [
            extrapolate(
                Resource.HEAP,
                per_request=gain,
                limit=thread.heap_limit_bytes if thread else measured.heap_limit_bytes,
                used=first.heap_used_bytes if first and not thread else 0,
                rates=self.rates,
            )
            for (_, thread), gain in gains.items()
        ]
        return min(
            (one for one in found if one is not None),
            key=_distance,
            default=None,
        )


def _distance(forecast: Forecast) -> float:
    """Return how many requests are left to a limit, 0 at it; endless without one."""
    left = forecast.requests_to_limit
    return math.inf if left is None else left


def _memory_per_request(leaks: Sequence[Finding]) -> tuple[float, float]:
    """Return what a request of the app adds by its leaks, in all processes together.

    Returns:
        Bytes outside the heap, and bytes in all.

    """
    parts = [each for leak in leaks for each in _parts(leak)]
    external = sum(share * one.external_bytes_per_request for share, _, one in parts)
    return external, sum(share * one.bytes_per_request for share, _, one in parts)


def _parts(leak: Finding) -> Iterator[tuple[float, int, Finding | WorkerShare]]:
    """Yield the processes that have a leak: their part of the load, their ids, rates."""
    if not leak.workers:
        yield 1.0, 0, leak
    for one in leak.workers:
        yield one.load_share, one.pid, one


def _findings_of(verdict: Verdict) -> tuple[Finding, ...]:
    match verdict:
        case Leak(findings=watched) | Inconclusive(findings=watched):
            return tuple(one.finding for one in watched)
        case OverLimit(findings=findings):
            return findings
        case Clean():
            return ()


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
