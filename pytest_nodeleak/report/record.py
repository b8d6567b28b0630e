"""Checks as the JSON record, ``schema`` 1: fields are added freely, none is renamed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pytest_nodeleak.diagnosis.crash import diagnose_broken
from pytest_nodeleak.diagnosis.diagnosis import Diagnosis, diagnose
from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.measurement import (
    History,
    Measurement,
    ProcessSummary,
    Rise,
    WatchedFinding,
)
from pytest_nodeleak.evidence.memory import Memory
from pytest_nodeleak.evidence.occupancy import Timed
from pytest_nodeleak.judging.breaches import grown_events
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check, verdict_name
from pytest_nodeleak.judging.counters import COUNTERS
from pytest_nodeleak.judging.forecast import Forecast
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.judging.ratchet import Known, Worsened
from pytest_nodeleak.judging.rulings import Accepted, Expired, NotListed, Worse
from pytest_nodeleak.report.compared import (
    added_record,
    baseline_record,
    finding_baseline,
)
from pytest_nodeleak.report.finding import (
    excerpt_record,
    finding_record,
    frame_record,
)
from pytest_nodeleak.report.history import history_record, suspects_record
from pytest_nodeleak.report.schema import SCHEMA
from pytest_nodeleak.report.text import headline, whole_report

__all__ = ["check_record", "session_record"]

_STATUS = {Accepted: "accepted", Expired: "expired", Worse: "worse"}

Record = dict[str, Any]


def session_record(
    checks: Sequence[Mapping[str, Any]],
    *,
    plugin: str,
    rootdir: Path | None = None,
    repository: Path | None = None,
) -> Record:
    """Return the record of a session.

    Args:
        checks: Their records.
        plugin: Our version.
        rootdir: What the files of tests are relative to.
        repository: The root of the repository that the app is in.

    """
    versions = sorted({str(check["node"]) for check in checks if check.get("node")})
    return {
        "schema": SCHEMA,
        "plugin": plugin,
        "node": ", ".join(versions) or None,
        "rootdir": None if rootdir is None else str(rootdir),
        "repository": None if repository is None else str(repository),
        "checks": list(checks),
    }


def check_record(check: Check | BrokenCheck) -> Record:
    """Return the record of one check."""
    if isinstance(check, BrokenCheck):
        crash = check.crash
        return {
            "id": check.id,
            "target": check.target,
            "verdict": "crashed" if check.crashed else "error",
            "reason": check.reason,
            "text": check.reason,
            "diagnosis": _diagnosis(diagnose_broken(check)),
            "node": check.node_version,
            "requests": check.requests,
            "seconds": round(check.elapsed_s, 3),
            "stages": {},
            "metrics": _metrics(None, None, rises=crash.rises if crash else {}),
            "detectable": {"objects_per_request": None, "bytes_per_request": None},
            "outcome": "crashed" if check.crashed else "error",
            "findings": [finding_record(one) for one in check.findings],
            "suppressions": [],
            "added": None,
            "baseline": None,
            "memory": None,
            "descriptors": _descriptors(check),
            "with_time": [],
            "processes": [],
            "notes": list(crash.notes) if crash else [],
            "forecast": None,
            "forecasts": [],
            "artifacts": _artifacts(check),
            "directory": _directory(check),
            "suspects": [],
            "history": history_record(crash.history if crash else History()),
        }
    measurement = check.measurement
    return {
        "id": check.id,
        "target": measurement.target,
        "verdict": verdict_name(check.verdict),
        "reason": headline(check),
        "text": whole_report(check),
        "diagnosis": _diagnosis(diagnose(check)),
        "node": measurement.node_version,
        "requests": measurement.requests,
        "seconds": round(measurement.elapsed_s, 3),
        "stages": {name: round(s, 3) for name, s in measurement.stage_s.items()},
        "metrics": _metrics(measurement, check.policy, rises=measurement.rises),
        "detectable": {
            "objects_per_request": measurement.detectable_objects,
            "bytes_per_request": measurement.detectable_bytes,
        },
        "outcome": verdict_name(check.left),
        "findings": [_judged(finding, check) for finding in check.findings],
        "suppressions": list(check.used_suppressions),
        "added": added_record(check),
        "baseline": baseline_record(check),
        "memory": _memory(measurement.memory),
        "descriptors": _descriptors(check),
        "with_time": [
            _timed(one, check) for one in measurement.watched if _is_timed(one)
        ],
        "processes": [_process(one) for one in measurement.processes],
        "notes": list(measurement.notes),
        "forecast": _forecast(check),
        "forecasts": [_outlook(one) for one in check.forecasts],
        "artifacts": _artifacts(check),
        "directory": _directory(check),
        "suspects": suspects_record(measurement.watched),
        "history": history_record(measurement.history),
    }


def _diagnosis(diagnosis: Diagnosis | None) -> Record | None:
    if diagnosis is None:
        return None
    return {**asdict(diagnosis), "also": list(diagnosis.also)}


def _artifacts(check: Check | BrokenCheck) -> Record:
    return {kind: str(path) for kind, path in check.artifacts.items()}


def _directory(check: Check | BrokenCheck) -> str | None:
    return None if check.directory is None else str(check.directory)


def _metrics(
    measurement: Measurement | None,
    policy: LeakPolicy | None,
    *,
    rises: Mapping[str, Rise],
) -> Record:
    """Return every metric; what was not measured has None in place of numbers."""
    delay = measurement.loop_delay if measurement else None
    pauses = measurement.gc_pauses if measurement else None
    metrics = {
        counter.name: _slope(
            rises.get(counter.name), getattr(policy, counter.limit) if policy else None
        )
        for counter in COUNTERS
    }
    metrics["listeners"]["by_event"] = _by_event(measurement)
    return {
        **metrics,
        "loop_delay": {
            "p50_ms": delay.p50_ms if delay else None,
            "p99_ms": delay.p99_ms if delay else None,
            "max_ms": delay.max_ms if delay else None,
            "limit_ms": policy.loop_delay_p99_ms if policy else None,
            "waited_share": delay.waited_share if delay else None,
        },
        "gc_pause": {
            "p50_ms": pauses.p50_ms if pauses else None,
            "p99_ms": pauses.p99_ms if pauses else None,
            "max_ms": pauses.max_ms if pauses else None,
            "limit_ms": policy.gc_pause_p99_ms if policy else None,
            "share": pauses.share if pauses else None,
            "share_limit": policy.gc_share if policy else None,
            "by_kind": {kind: asdict(own) for kind, own in pauses.by_kind.items()}
            if pauses
            else {},
        },
    }


def _by_event(measurement: Measurement | None) -> Record:
    """Return the listeners that came per request, by class and event."""
    if measurement is None or not measurement.readings:
        return {}
    return dict(grown_events(measurement.readings[0], measurement.readings[-1]))


def _slope(rise: Rise | None, limit: float | None) -> Record:
    growth = rise.growth if rise else None
    return {
        "slope": _finite(growth.value) if growth else None,
        "low": _finite(growth.low) if growth else None,
        "high": _finite(growth.high) if growth else None,
        "limit": limit,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _judged(finding: Finding, check: Check) -> Record:
    """Return a finding, and whether it is a known leak."""
    ruling = check.ruling_of_finding(finding)
    record = {
        **finding_record(finding),
        "suspect": _suspect(finding, check),
        "baseline": finding_baseline(finding, check),
    }
    match ruling:
        case NotListed():
            return record
        case Known() | Worsened():
            return {**record, "suppressed": isinstance(ruling, Known)}
        case Accepted() | Expired() | Worse():
            entry = ruling.suppression
    return {
        **record,
        "suppressed": isinstance(ruling, Accepted),
        "suppression": {
            "number": entry.number,
            "status": _STATUS[type(ruling)],
            "reason": entry.reason,
            "expires": str(entry.expires),
        },
    }


def _suspect(finding: Finding, check: Check) -> int | None:
    """Return which of the suspects a finding is; None if it was none."""
    watched = check.measurement.watched
    same = (number for number, one in enumerate(watched) if one.finding == finding)
    return next(same, None)


def _memory(memory: Memory) -> Record:
    return {
        "before": asdict(memory.before),
        "after": asdict(memory.after),
        "growing": str(memory.growing),
        "explanation": memory.explanation,
    }


def _process(process: ProcessSummary) -> Record:
    record = asdict(process)
    first, last = record.pop("heap_bytes")
    return {**record, "heap_before_bytes": first, "heap_after_bytes": last}


def _descriptors(check: Check | BrokenCheck) -> Record | None:
    """Return what is open and who opened it; None where nothing is left open."""
    known = check.descriptors
    if known is None or not known.open:
        return None
    return {
        "open": dict(known.open),
        "left_open": dict(known.per_request),
        "opened_at": [
            {
                "call": one.call,
                "per_request": one.per_request,
                "frames": [frame_record(frame) for frame in one.frames],
                "excerpts": [excerpt_record(excerpt) for excerpt in one.excerpts],
            }
            for one in known.openers
        ],
    }


def _is_timed(watched: WatchedFinding) -> bool:
    return isinstance(watched.curve, Timed)


def _timed(watched: WatchedFinding, check: Check) -> Record:
    """Return what grows with time: a finding that is not blamed on the requests."""
    per_s = watched.curve.per_s if isinstance(watched.curve, Timed) else None
    return {
        **finding_record(watched.finding),
        "suspect": _suspect(watched.finding, check),
        "entries_per_s": per_s,
    }


def _forecast(check: Check) -> Record | None:
    first = check.forecast
    if first is None:
        return None
    return {
        "limit_bytes": first.limit,
        "requests_to_limit": first.requests_to_limit,
        "hours_at": [
            {"rps": at.requests_per_s, "hours": at.hours} for at in first.hours_at
        ],
    }


def _outlook(forecast: Forecast) -> Record:
    return {
        "resource": str(forecast.resource),
        "per_request": forecast.per_request,
        "limit": forecast.limit,
        "requests_to_limit": forecast.requests_to_limit,
        "at": [
            {"rps": at.requests_per_s, "hours": at.hours, "per_hour": at.per_hour}
            for at in forecast.hours_at
        ],
    }
