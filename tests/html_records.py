"""Records of sessions to make pages of: ordinary ones, and one whose names mean harm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from measurements import (
    blocking_finding,
    bounded,
    check,
    collection_finding,
    delay,
    external_finding,
    history,
    known,
    leaking,
    leaving_open,
    measurement,
    readings,
    timed,
    unclear,
    watched_sizes,
)

from pytest_nodeleak.artifacts import CPU_PROFILE
from pytest_nodeleak.evidence.findings import Excerpt
from pytest_nodeleak.evidence.measurement import Measurement, WatchedFinding
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.report.record import check_record, session_record

__all__ = ["HARM", "harmful", "session_of", "usual_session"]

Record = dict[str, Any]

#: What somebody may call a class, a file or a route.
HARM = (
    "</script><img src=x onerror=\"document.title='hit'\">",
    '"><svg onload="document.title=\'hit\'">',
    "</title></style><script>document.title='hit'</script>",
    "<!--<script>",
    "javascript:document.title='hit'",
    "{{ 7 * 7 }}{% raw %}${7 * 7}",
    "\x1b[31mred\x1b]8;;http://example.com\x07",
    "\ud83d half of a character \udfff",
    "\u202egnp.exe\u2066\u200f",
    "x" * 5000,
    "&lt;b&gt; &amp; '\"\\",
)
# The words of the schema: these are ours.
_OURS = {
    "verdict",
    "outcome",
    "curve",
    "kind",
    "category",
    "status",
    "resource",
    "growing",
    "work",
    "metric",
}
_EXCERPT = Excerpt(
    file="server.js",
    first_line=1,
    lines=("", "\t// all of them", "const cache = new Map();", ""),
    marks=(3,),
)


def usual_session() -> Record:
    """Return the record of one check of each verdict."""
    leak = check(
        replace(
            _measured(
                replace(
                    leaking(replace(collection_finding(), excerpts=(_EXCERPT,))),
                    readings=watched_sizes(),
                ),
                leaking(external_finding()),
                timed(collection_finding(name="jobs"), per_s=2.0, size=30),
                replace(
                    bounded(collection_finding(name="lru", bound="max 500")),
                    readings=watched_sizes(silent=0),
                ),
                target="GET /leak",
            ),
            descriptors=leaving_open(),
        )
    )
    return session_of(
        check(_measured(target="GET /clean")),
        leak,
        check(
            measurement(
                target="GET /late", loop_delay=delay(310), blocking=blocking_finding()
            )
        ),
        check(
            _measured(
                unclear(collection_finding(size=None), reason="few"), target="GET /odd"
            )
        ),
        check(
            _measured(leaking(collection_finding()), target="GET /known"),
            suppressions=known({"holder": "cache"}),
        ),
        BrokenCheck(
            id="test_b.py::test_b::GET /gone",
            target="GET /gone",
            reason="GET /gone answered 404\n<html>",
            elapsed_s=1.2,
            artifacts={CPU_PROFILE: Path("kept/a b:c.cpuprofile")},
        ),
    )


def session_of(*checks: Check | BrokenCheck) -> Record:
    """Return the record of a session with such checks."""
    return session_record(
        [{**check_record(one), "attempt": 1} for one in checks], plugin="0.1.0"
    )


def _measured(*watched: WatchedFinding, target: str) -> Measurement:
    read = readings(heap_bytes=(5e6, 13e6), listeners=(10, 4000))
    return replace(
        measurement(target=target, watched=watched, read=read), history=history(read)
    )


def harmful(value: Any, harm: str) -> Any:  # noqa: ANN401  # whatever JSON has
    """Return a record with harm in every text, and in every name that is the app's."""
    match value:
        case str():
            return harm + value
        case Mapping():
            return {
                key: inner if key in _OURS else harmful(inner, harm)
                for key, inner in value.items()
            }
        case Sequence():
            return [harmful(inner, harm) for inner in value]
        case _:
            return value
