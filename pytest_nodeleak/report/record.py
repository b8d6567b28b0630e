"""Checks as the JSON record, ``schema`` 1: fields are added freely, none is renamed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_nodeleak.check import BrokenCheck, Check, verdict_name
from pytest_nodeleak.findings import Finding
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
            "requests": None,
            "seconds": round(check.elapsed_s, 3),
            "findings": [],
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
        "metrics": _metrics(check),
        "detectable": {
            "objects_per_request": measurement.detectable_objects,
            "bytes_per_request": _detectable_bytes(check),
        },
        "findings": [_finding(finding) for finding in check.findings],
        "forecast": _forecast(check),
        "artifacts": {},
    }


def _metrics(check: Check) -> Record:
    rises, delay, policy = (
        check.measurement.rises,
        check.measurement.loop_delay,
        check.policy,
    )
    limits = {
        "heap_used": policy.heap_slope_bytes,
        "external": policy.external_slope_bytes,
        "listeners": policy.listener_growth,
    }
    metrics: Record = {
        name: {
            "slope": _finite(rises[name].growth.value),
            "low": _finite(rises[name].growth.low),
            "high": _finite(rises[name].growth.high),
            "limit": limits.get(name),
        }
        for name in _METRICS
        if name in rises
    }
    metrics["loop_delay"] = {
        "p50_ms": delay.p50_ms,
        "p99_ms": delay.p99_ms,
        "max_ms": delay.max_ms,
        "limit_ms": policy.loop_delay_p99_ms,
    }
    return metrics


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
