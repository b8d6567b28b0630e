"""One culprit as data: in the record of checks, and in that of compared snapshots."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pytest_nodeleak.evidence.findings import Excerpt, Finding, Frame
from pytest_nodeleak.report.schema import Record

__all__ = ["excerpt_record", "finding_record", "frame_record"]


def finding_record(finding: Finding) -> dict[str, Any]:
    """Return the record of one culprit."""
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
            "package_version": holder.package_version,
            "size": holder.size,
            "bound": holder.bound,
        },
        "path": list(finding.path),
        "allocated_at": [frame_record(one) for one in finding.allocated_at],
        "excerpts": [excerpt_record(one) for one in finding.excerpts],
        "blocking": asdict(finding.blocking) if finding.blocking else None,
        "routes": [asdict(share) for share in finding.routes],
        "worker": finding.worker,
        "workers": [asdict(share) for share in finding.workers],
        "pinning": asdict(finding.pinning) if finding.pinning else None,
        "callback": str(finding.callback) if finding.callback else None,
        "threads": [asdict(one) for one in finding.threads],
        "fingerprint": finding.fingerprint,
        "advice": finding.advice,
        "suppressed": False,
        "suppression": None,
        "baseline": None,
        "suspect": None,
    }


def excerpt_record(excerpt: Excerpt) -> Record:
    """Return the record of a few lines of source."""
    return {
        **asdict(excerpt),
        "lines": list(excerpt.lines),
        "marks": list(excerpt.marks),
    }


def frame_record(frame: Frame) -> Record:
    """Return the record of one function on a stack."""
    place = frame.place
    return {
        "function": frame.function,
        "file": place.file,
        "line": place.line,
        "column": place.column,
    }
