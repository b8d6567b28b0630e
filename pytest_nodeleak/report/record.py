"""Checks as the JSON record, ``schema`` 1: fields are added freely, none is renamed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_nodeleak.check import BrokenCheck, Check, verdict_name
from pytest_nodeleak.findings import Finding
from pytest_nodeleak.loop_delay import LoopDelay
from pytest_nodeleak.measurement import Rise
from pytest_nodeleak.policy import LeakPolicy
from pytest_nodeleak.report.text import headline

__all__ = ["SCHEMA", "check_record", "session_record"]

SCHEMA = 1
_METRICS = ("heap_used", "external", "array_buffers", "rss", "listeners", "timers",
            "handles", "fds")  # fmt: skip

Record = dict[str, Any]


def session_record(checks: Sequence[Mapping[str, Any]], *, plugin: str) -> Record:
    """Return the record of a session."""
    versions = sorted({str(check["node"]) for check in checks if check.get("node")})
    return {
        "schema": SCHEMA,
        "plugin": plugin,
        "node": ", ".join(versions) or None,
        "checks": list(checks),
    }


def check_record(check: Check | BrokenCheck) -> Record:
    """Return the record of one check."""
    if isinstance(check, BrokenCheck):
        return {
            "id": check.id,
            "target": check.target,
            "verdict": "crashed" if check.crashed else "error",
            "reason": check.reason,
            "node": None,
            "requests": None,
            "seconds": round(check.elapsed_s, 3),
            "stages": {},
            "metrics": _metrics({}, None, None),
            "detectable": {"objects_per_request": None, "bytes_per_request": None},
            "findings": [],
            "forecast": None,
            "artifacts": {},
        }
    measurement = check.measurement
    return {
        "id": check.id,
        "target": measurement.target,
        "verdict": verdict_name(check.verdict),
        "reason": headline(check),
        "node": measurement.node_version,
        "requests": measurement.requests,
        "seconds": round(measurement.elapsed_s, 3),
        "stages": {name: round(s, 3) for name, s in measurement.stage_s.items()},
        "metrics": _metrics(measurement.rises, measurement.loop_delay, check.policy),
        "detectable": {
            "objects_per_request": measurement.detectable_objects,
            "bytes_per_request": _detectable_bytes(check),
        },
        "findings": [_finding(finding) for finding in check.findings],
        "forecast": _forecast(check),
        "artifacts": {},
    }


def _metrics(
    rises: Mapping[str, Rise], delay: LoopDelay | None, policy: LeakPolicy | None
) -> Record:
    """Return every metric; what was not measured has None in place of numbers."""
    limits: dict[str, float | None] = {}
    if policy is not None:
        limits = {
            "heap_used": policy.heap_slope_bytes,
            "external": policy.external_slope_bytes,
            "listeners": policy.listener_growth,
            "loop_delay": policy.loop_delay_p99_ms,
        }
    return {
        **{name: _slope(rises.get(name), limits.get(name)) for name in _METRICS},
        "loop_delay": _delay(delay, limits.get("loop_delay")),
        # Not measured yet; readers may rely on the field.
        "gc_pause": _delay(None, None),
    }


def _slope(rise: Rise | None, limit: float | None) -> Record:
    growth = rise.growth if rise else None
    return {
        "slope": _finite(growth.value) if growth else None,
        "low": _finite(growth.low) if growth else None,
        "high": _finite(growth.high) if growth else None,
        "limit": limit,
    }


def _delay(delay: LoopDelay | None, limit_ms: float | None) -> Record:
    return {
        "p50_ms": delay.p50_ms if delay else None,
        "p99_ms": delay.p99_ms if delay else None,
        "max_ms": delay.max_ms if delay else None,
        "limit_ms": limit_ms,
    }


def _detectable_bytes(check: Check) -> float | None:
    """Return the heap growth per request that the screen could not have told from none."""
    heap = check.measurement.rises.get("heap_used")
    return None if heap is None else _finite(max(0.0, heap.growth.high))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _finding(finding: Finding) -> Record:
    holder = finding.holder
    return {
        "kind": str(finding.kind),
        "title": finding.title,
        "entries_per_request": finding.entries_per_request,
        "objects_per_request": finding.objects_per_request,
        "bytes_per_request": finding.bytes_per_request,
        "external_bytes_per_request": finding.external_bytes_per_request,
        "constructors": [
            {"name": name, "per_request": per_request}
            for name, per_request in finding.constructors
        ],
        "holder": None
        if holder is None
        else {
            "name": holder.name,
            "class": holder.class_name,
            "file": holder.place.file if holder.place else None,
            "line": holder.place.line if holder.place else None,
            "package": holder.package,
            "size": holder.size,
            "bound": holder.bound,
        },
        "path": list(finding.path),
        "allocated_at": [
            {
                "function": frame.function,
                "file": frame.place.file,
                "line": frame.place.line,
                "column": frame.place.column,
            }
            for frame in finding.allocated_at
        ],
        "callback": str(finding.callback) if finding.callback else None,
        "fingerprint": finding.fingerprint,
        "advice": finding.advice,
        "suppressed": False,
    }


def _forecast(check: Check) -> Record | None:
    outlook = check.forecast
    if outlook is None:
        return None
    return {
        "limit_bytes": outlook.limit_bytes,
        "requests_to_limit": outlook.requests_to_limit,
        "hours_at": [
            {"rps": at.requests_per_s, "hours": at.hours} for at in outlook.hours_at
        ],
    }
