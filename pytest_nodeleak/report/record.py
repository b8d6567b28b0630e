"""Checks as the JSON record, ``schema`` 1: fields are added freely, none is renamed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pytest_nodeleak.diagnosis.check import diagnose
from pytest_nodeleak.diagnosis.crash import diagnose_broken
from pytest_nodeleak.diagnosis.diagnosis import Diagnosis
from pytest_nodeleak.evidence.measurement import (
    History,
    ProcessSummary,
)
from pytest_nodeleak.evidence.memory import Memory
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check, verdict_name
from pytest_nodeleak.printed import visible
from pytest_nodeleak.report.compared import (
    added_record,
    baseline_record,
)
from pytest_nodeleak.report.finding import (
    excerpt_record,
    finding_record,
    frame_record,
)
from pytest_nodeleak.report.history import history_record, suspects_record
from pytest_nodeleak.report.judged import judged_findings, timed_findings
from pytest_nodeleak.report.metrics_record import (
    forecast_record,
    forecasts_record,
    metrics_record,
)
from pytest_nodeleak.report.schema import SCHEMA, Record
from pytest_nodeleak.report.storable import bounded, cut
from pytest_nodeleak.report.text import headline, whole_report

__all__ = ["check_record", "session_record"]


def session_record(
    checks: Sequence[Mapping[str, Any]],
    *,
    plugin: str,
    rootdir: Path | None = None,
    repository: Path | None = None,
) -> dict[str, Any]:
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


def check_record(check: Check | BrokenCheck) -> dict[str, Any]:
    """Return the record of one check, whatever names the app has for its things."""
    if isinstance(check, BrokenCheck):
        return bounded(_broken_record(check))
    return bounded(_judged_record(check))


def _judged_record(check: Check) -> dict[str, Any]:
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
        "metrics": metrics_record(measurement, check.policy, rises=measurement.rises),
        "detectable": {
            "objects_per_request": measurement.detectable_objects,
            "bytes_per_request": measurement.detectable_bytes,
        },
        "outcome": verdict_name(check.left),
        "findings": judged_findings(check),
        "suppressions": list(check.used_suppressions),
        "added": added_record(check),
        "baseline": baseline_record(check),
        "memory": _memory(measurement.memory),
        "descriptors": _descriptors(check),
        "with_time": timed_findings(check),
        "processes": [_process(one) for one in measurement.processes],
        "notes": list(measurement.notes),
        "forecast": forecast_record(check.forecast),
        "forecasts": forecasts_record(check.forecasts),
        "artifacts": _artifacts(check),
        "directory": _directory(check),
        "proven": [],
        "suspects": suspects_record(measurement.watched),
        "history": history_record(measurement.history),
    }


def _broken_record(check: BrokenCheck) -> dict[str, Any]:
    crash = check.crash
    # It is an error's own text, which may quote what the app has answered.
    reason = "\n".join(map(visible, cut(check.reason).split("\n")))
    return {
        "id": check.id,
        "target": check.target,
        "verdict": "crashed" if check.crashed else "error",
        "reason": reason,
        "text": reason,
        "diagnosis": _diagnosis(diagnose_broken(check)),
        "node": check.node_version,
        "requests": check.requests,
        "seconds": round(check.elapsed_s, 3),
        "stages": {},
        "metrics": metrics_record(None, None, rises=crash.rises if crash else {}),
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
        "proven": [finding_record(one) for one in check.proven],
        "suspects": [],
        "history": history_record(crash.history if crash else History()),
    }


def _diagnosis(diagnosis: Diagnosis | None) -> Record | None:
    if diagnosis is None:
        return None
    return {**asdict(diagnosis), "also": list(diagnosis.also)}


def _artifacts(check: Check | BrokenCheck) -> Record:
    return {kind: str(path) for kind, path in check.artifacts.items()}


def _directory(check: Check | BrokenCheck) -> str | None:
    return None if check.directory is None else str(check.directory)


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
