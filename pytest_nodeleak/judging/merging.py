"""Several processes of an app as one measurement: the worst one's, with what all share."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_nodeleak.evidence.findings import Finding, WorkerShare
from pytest_nodeleak.evidence.measurement import (
    Measurement,
    ProcessSummary,
    Rise,
    WatchedFinding,
)
from pytest_nodeleak.evidence.occupancy import Drained, Linear, Plateau, Timed, Unclear
from pytest_nodeleak.judging.check import verdict_name
from pytest_nodeleak.judging.counters import COUNTERS, is_exceeded
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.judging.verdict import (
    Clean,
    Inconclusive,
    Leak,
    OverLimit,
    Verdict,
    judge,
)

__all__ = ["MeasuredProcess", "merge"]

_BADNESS = {Clean: 0, Inconclusive: 1, OverLimit: 2, Leak: 3}
_CURVES = (Linear, Unclear, Timed, Plateau, Drained)
# With less than this part of an even share of the load nothing is proven.
_STARVED_SHARE = 0.1
_WORTH_SAYING_SHARE = 0.5
_NUMBER = re.compile(r"[\d.,]*\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredProcess:
    """One process of an app with what was measured of it.

    Attributes:
        name: Such as ``"worker 2 of 4"``.
        pid: Its id.
        requests: Those that came to it; all, if it answers none itself.
        load_share: The part of all requests that this was, from 0 to 1.
        peers: Among how many processes its requests were spread, itself included.
        measurement: Its rates are by its own requests.

    """

    name: str
    pid: int
    requests: int
    load_share: float
    peers: int
    measurement: Measurement

    @property
    def label(self) -> str:
        """Its name with its id."""
        return f"{self.name} (pid {self.pid})"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """A process with its own verdict; None if it got too little load for one."""

    one: MeasuredProcess
    verdict: Verdict | None

    @property
    def rank(self) -> tuple[float, ...]:
        """What makes it the worst of all, or else the one that tells most."""
        badness = -1 if self.verdict is None else _BADNESS[type(self.verdict)]
        leaks = self.verdict.findings if isinstance(self.verdict, Leak) else ()
        grown = sum(one.finding.bytes_per_request for one in leaks)
        return badness, self.one.peers, grown, self.one.requests


def merge(
    processes: Sequence[MeasuredProcess],
    policy: LeakPolicy,
    *,
    requests: int,
    notes: Iterable[str] = (),
) -> Measurement:
    """Return the measurement of the worst process, with the findings of all.

    Args:
        processes: At least one.
        policy: The limits that each is judged by.
        requests: That the app as a whole was sent.
        notes: Of the app as a whole.

    """
    judged = [_judged(one, policy) for one in processes]
    judged.sort(key=lambda one: one.rank, reverse=True)
    worst = judged[0]
    # Where nobody got any load, what was measured without is all there is to tell.
    heard = [one for one in judged if one.verdict is not None] or judged
    measured = [one.one.measurement for one in heard]
    lead = worst.one.measurement
    detectable = [one.detectable_objects for one in measured]
    return replace(
        lead,
        requests=requests,
        elapsed_s=max(one.elapsed_s for one in measured),
        stage_s=_longest(measured),
        rises=_worst_rises(measured, policy),
        loop_delay=max(
            (one.loop_delay for one in measured),
            key=lambda one: one.undisturbed.p99_ms,
        ),
        gc_pauses=max((one.gc_pauses for one in measured), key=lambda one: one.p99_ms),
        watched=_folded(heard),
        blocking=next((one.blocking for one in measured if one.blocking), None),
        detectable_objects=None
        if lead.detectable_objects is None
        else max((one for one in detectable if one is not None), default=None),
        notes=(
            *_without_repeats([lead.notes, *(one.notes for one in measured)]),
            *notes,
            *_spread_notes(judged),
        ),
        processes=tuple(map(_summary, judged)),
    )


def _judged(one: MeasuredProcess, policy: LeakPolicy) -> _Judged:
    verdict: Verdict | None = judge(one.measurement, policy)
    is_starved = one.load_share < _STARVED_SHARE / one.peers
    if is_starved and not isinstance(verdict, Leak):
        verdict = None
    return _Judged(one=one, verdict=verdict)


def _summary(judged: _Judged) -> ProcessSummary:
    one, measured = judged.one, judged.one.measurement
    last = measured.last_reading or measured.readings[-1]
    return ProcessSummary(
        name=one.name,
        pid=one.pid,
        requests=one.requests,
        load_share=one.load_share,
        verdict=None if judged.verdict is None else verdict_name(judged.verdict),
        heap_bytes=(measured.readings[0].heap_used_bytes, last.heap_used_bytes),
        rss_bytes=measured.memory.before.rss_bytes,
    )


def _longest(measured: Iterable[Measurement]) -> Mapping[str, float]:
    stages: defaultdict[str, float] = defaultdict(float)
    for one in measured:
        for name, seconds in one.stage_s.items():
            stages[name] = max(stages[name], seconds)
    return dict(stages)


def _worst_rises(
    measured: Sequence[Measurement], policy: LeakPolicy
) -> Mapping[str, Rise]:
    """Return the first one's, and others' where only these are over a limit."""
    rises = dict(measured[0].rises)
    for counter in COUNTERS:
        exceeded = (
            one.rises[counter.name]
            for one in measured
            if counter.name in one.rises
            and is_exceeded(one.rises[counter.name], counter, policy)
        )
        worst = next(exceeded, None)
        if worst is not None:
            rises[counter.name] = worst
    return rises


def _folded(judged: Sequence[_Judged]) -> tuple[WatchedFinding, ...]:
    """Return the suspects of all, those with the same culprit as one."""
    groups: defaultdict[str, list[tuple[_Judged, WatchedFinding]]] = defaultdict(list)
    for whose in judged:
        for one in whose.one.measurement.watched:
            finding = one.finding
            groups[finding.fingerprint or finding.title].append((whose, one))
    return tuple(map(_joined, groups.values()))


def _joined(group: Sequence[tuple[_Judged, WatchedFinding]]) -> WatchedFinding:
    worst = min(map(_severity, (one for _, one in group)))
    same = [(whose, one) for whose, one in group if _severity(one) == worst]
    first = max(same, key=lambda each: each[1].finding.entries_per_request)[1]
    by_pid = {whose.one.pid: _share(whose, one.finding) for whose, one in same}
    workers = tuple(by_pid[pid] for pid in sorted(by_pid))
    return replace(first, finding=replace(first.finding, workers=workers))


def _severity(one: WatchedFinding) -> int:
    return next(n for n, kind in enumerate(_CURVES) if isinstance(one.curve, kind))


def _share(judged: _Judged, finding: Finding) -> WorkerShare:
    return WorkerShare(
        worker=judged.one.name,
        pid=judged.one.pid,
        load_share=judged.one.load_share,
        entries_per_request=finding.entries_per_request,
        objects_per_request=finding.objects_per_request,
        bytes_per_request=finding.bytes_per_request,
        external_bytes_per_request=finding.external_bytes_per_request,
    )


def _spread_notes(judged: Sequence[_Judged]) -> list[str]:
    """Say who got so little of the load that it was judged badly, or not at all."""
    said = []
    for judgement, one in sorted(((one.verdict, one.one) for one in judged), key=_name):
        if one.load_share >= _WORTH_SAYING_SHARE / one.peers:
            continue
        judged_so = "was not judged" if judgement is None else "is judged by few"
        said.append(
            f"{one.label} got {_part(one.load_share)} of the requests and {judged_so}:"
            " connections, not requests, are spread over workers, so raise concurrency="
        )
    return said


def _part(share: float) -> str:
    return f"only {share:.0%}" if share > 0 else "none"


def _name(judged: tuple[Verdict | None, MeasuredProcess]) -> str:
    return judged[1].name


def _without_repeats(by_process: Iterable[Iterable[str]]) -> list[str]:
    """Leave out what another process says as well, with other numbers.

    What one process says several times is of several threads.
    """
    kept: list[str] = []
    said: Counter[str] = Counter()
    for notes in by_process:
        own: Counter[str] = Counter()
        for note in notes:
            gist = _NUMBER.sub("#", note)
            own[gist] += 1
            if own[gist] > said[gist]:
                kept.append(note)
        said |= own
    return kept
