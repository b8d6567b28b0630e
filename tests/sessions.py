"""Records of whole sessions, as they come out of JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from measurements import (
    check,
    collection_finding,
    leaking,
    listener_finding,
    measurement,
    rise,
)

from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.counters import COUNTERS
from pytest_nodeleak.report.record import check_record, session_record

__all__ = ["BROKEN", "CLEAN", "LEAK", "session"]

LEAK = check(
    measurement(
        watched=(leaking(collection_finding()), leaking(listener_finding())),
        rises={counter.name: rise(402, within=10) for counter in COUNTERS},
    )
)
CLEAN = check(replace(measurement(target="GET /health"), detectable_objects=0.25))
BROKEN = BrokenCheck(id="t#1", target="GET /", reason="answered 404", elapsed_s=1.23456)


def session(
    *checks: Check | BrokenCheck, attempts: Sequence[int] = ()
) -> dict[str, Any]:
    """Return the record of a session, as it comes out of JSON."""
    records = [
        {**check_record(one), "attempt": attempt}
        for one, attempt in zip(checks, attempts or [1] * len(checks), strict=True)
    ]
    return dict(json.loads(json.dumps(session_record(records, plugin="0.1.0"))))
