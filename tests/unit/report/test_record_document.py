"""``docs/record.md`` is what users program against: it has all fields, and no others."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import pytest
from measurements import (
    blocking_finding,
    check,
    collection_finding,
    delay,
    history,
    known,
    known_leak,
    leaking,
    leaving_open,
    listener_finding,
    measurement,
    readings,
    rise,
    slices_finding,
    timed,
    timer_finding,
    unclear,
    watched_sizes,
)
from record_fields import DOCUMENT, differences, documented, seen_in

from pytest_nodeleak.artifacts import CPU_PROFILE, HEAP_PROFILE, HEAP_SNAPSHOT
from pytest_nodeleak.baselines.baseline import Rates
from pytest_nodeleak.culprits.sync_work import Work
from pytest_nodeleak.evidence.findings import (
    Blocking,
    Excerpt,
    FoundHolder,
    Frame,
    Place,
    RouteShare,
    WorkerShare,
)
from pytest_nodeleak.evidence.gc_pauses import GcPause, pool_pauses
from pytest_nodeleak.evidence.measurement import ProcessSummary
from pytest_nodeleak.evidence.memory import Box
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.threads import Thread
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.counters import COUNTERS
from pytest_nodeleak.judging.forecast import Resource
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.judging.ratchet import Reference
from pytest_nodeleak.report.record import check_record, session_record

FIRST, *BETWEEN, LAST = readings()
COLLECTION = replace(
    collection_finding(bound="max 5,000"),
    routes=(RouteShare(target="GET /a", per_request=1.0),),
    threads=(
        Thread(id=1, script="worker.js", heap_limit_bytes=2**31),
        Thread(id=2, script="worker.js"),
    ),
    excerpts=(
        Excerpt(
            file="server.js",
            first_line=2,
            lines=("", "const cache = new Map();", ""),
            marks=(3,),
        ),
    ),
)
# Built in: of no file, or of one whose lines nobody knows.
BUILT_IN = replace(
    timer_finding(),
    holder=FoundHolder(name="timers", class_name="TimersList", place=None),
    allocated_at=(Frame(function="listen", place=Place(file="node:net")),),
)
SUSPECTS = (COLLECTION, listener_finding(), slices_finding(), BUILT_IN)
LEAK = check(
    replace(
        measurement(
            watched=(
                *map(leaking, SUSPECTS),
                replace(
                    timed(collection_finding(name="jobs"), per_s=20.0, size=300),
                    readings=watched_sizes(),
                    bound="max 5,000",
                ),
                timed(collection_finding(name="pings"), per_s=None, size=300),
            ),
            rises={counter.name: rise(1, within=0) for counter in COUNTERS},
            gc_pauses=pool_pauses([GcPause(kind="minor", pause_ms=1.5)], load_s=1.0),
            read=(
                FIRST,
                *BETWEEN,
                replace(LAST, listeners_by_event={"Bus order": 4802}),
            ),
        ),
        history=history(),
        memory_limit_bytes=2**28,
        fd_limit=1024,
        descriptors=leaving_open(),
    ),
    LeakPolicy(heap_slope_bytes=64, gc_pause_p99_ms=50),
    known({"holder": "cache"}),
)
OVER_LIMIT = check(measurement(loop_delay=delay(310), blocking=blocking_finding()))
BLOCKED_BY_NO_ONE = check(
    measurement(
        loop_delay=delay(310),
        blocking=replace(blocking_finding(), blocking=Blocking(work="native")),
    )
)
INCONCLUSIVE = check(
    measurement(
        watched=(unclear(collection_finding(size=None), reason="few"),),
        detectable_objects=None,
    ),
    LeakPolicy(loop_delay_p99_ms=None),
)
KEPT = replace(
    OVER_LIMIT,
    artifacts={
        CPU_PROFILE: Path("/a/t.cpuprofile"),
        HEAP_PROFILE: Path("/a/t.heapprofile"),
        HEAP_SNAPSHOT: Path("/a/t.heapsnapshot"),
    },
)
SHARES = tuple(
    WorkerShare(
        worker=f"worker {number} of 2",
        pid=number,
        load_share=0.5,
        entries_per_request=1.0,
        objects_per_request=2.0,
        bytes_per_request=100.0,
        external_bytes_per_request=0.0,
    )
    for number in (1, 2)
)
CLUSTER = check(
    replace(
        measurement(watched=(leaking(replace(COLLECTION, workers=SHARES)),)),
        processes=tuple(
            ProcessSummary(
                name=f"worker {number} of 2",
                pid=number,
                requests=1000,
                load_share=0.5,
                verdict=verdict,
                heap_bytes=(5_000_000, 6_000_000),
                rss_bytes=70_000_000,
            )
            for number, verdict in ((1, "leak"), (2, None))
        ),
    )
)
COMPARED = replace(
    check(
        measurement(
            watched=(leaking(collection_finding()),),
            rises={"timers": rise(2.0, kept=2.0)},
        )
    ),
    reference=Reference(
        name="main",
        major=24,
        rates=Rates(verdict="leak", leaks={"7d0f4a3be911": known_leak("7d0f4a3be911")}),
    ),
)
ERROR = BrokenCheck(
    id="t",
    target="GET /",
    reason="answered 404",
    elapsed_s=1.2,
    proven=(collection_finding(),),
)
CHECKS: list[Check | BrokenCheck] = [
    LEAK,
    OVER_LIMIT,
    BLOCKED_BY_NO_ONE,
    KEPT,
    INCONCLUSIVE,
    CLUSTER,
    COMPARED,
    ERROR,
]
PLACE = {"rootdir": Path("/repository"), "repository": Path("/repository")}
TESTS: list[dict[str, object]] = [
    {"id": "t.py::t", "outcome": "failed", "file": "t.py", "line": 3},
    {"id": "nodeleak::GET /", "outcome": "failed", "file": None, "line": None},
]
RECORDS = [
    session_record(
        [
            {
                **check_record(replace(one, directory=Path("/repository/app"))),
                "attempt": 1,
                "test": TESTS[number % 2],
            }
            for number, one in enumerate(CHECKS)
        ],
        plugin="0.1.0",
        **PLACE,
    ),
    # A session without a check has no version of Node.js.
    session_record([], plugin="0.1.0", **PLACE),
]
SEEN = {
    name: seen_in(RECORDS[0])[name] | seen_in(RECORDS[1]).get(name, set())
    for name in seen_in(RECORDS[0])
}


def test_the_document_has_all_fields_of_a_record() -> None:
    assert differences(RECORDS[0]) == []
    assert differences(RECORDS[1]) == []


def test_the_document_has_no_fields_that_no_record_has() -> None:
    assert documented().keys() - SEEN.keys() == set()


def test_the_document_calls_null_only_what_can_be() -> None:
    at_times = {name for name, null in documented().items() if null}

    assert {name for name in at_times if True not in SEEN[name]} == set()


def test_the_document_has_all_counters_with_their_units() -> None:
    table = re.findall(r"^\| `(\w+)` \| (\w+/request) \|$", document(), re.MULTILINE)

    assert sorted(table) == sorted((one.name, one.unit) for one in COUNTERS)


@pytest.mark.parametrize("words", [Resource, Box, Work])
def test_the_document_has_all_words_a_field_can_be(words: type[StrEnum]) -> None:
    assert [word for word in words if f"`{word}`" not in document()] == []


def test_every_kind_of_finding_is_in_its_document() -> None:
    kinds = DOCUMENT.with_name("findings.md").read_text(encoding="utf-8")

    assert [kind for kind in Kind if f"[{kind}](" not in kinds] == []


def document() -> str:
    return DOCUMENT.read_text(encoding="utf-8")
