from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from measurements import (
    blocking_finding,
    bounded,
    check,
    collection_finding,
    delay,
    known,
    leaking,
    listener_finding,
    measurement,
    memory,
    readings,
    rise,
    timed,
    unclear,
)

from pytest_nodeleak.check import BrokenCheck, Check
from pytest_nodeleak.estimate import Estimate
from pytest_nodeleak.gc_pauses import GcPause, pool_pauses
from pytest_nodeleak.measurement import Rise
from pytest_nodeleak.policy import LeakPolicy
from pytest_nodeleak.report.record import check_record, session_record

COUNTERS = ["heap_used", "external", "array_buffers", "rss", "listeners", "timers",
            "handles", "fds"]  # fmt: skip
# Section 2 of the design: fields may be added, none may be renamed or left out.
CHECK_FIELDS = {"id", "target", "verdict", "reason", "requests", "seconds", "metrics",
                "detectable", "findings", "forecast", "artifacts"}  # fmt: skip
FINDING_FIELDS = {"kind", "title", "objects_per_request", "bytes_per_request",
                  "constructors", "holder", "path", "allocated_at", "fingerprint",
                  "advice", "suppressed"}  # fmt: skip
HOLDER_FIELDS = {"name", "class", "file", "line", "package", "size", "bound"}

LEAK = check(
    measurement(
        watched=(leaking(collection_finding()), leaking(listener_finding())),
        rises={name: rise(402, within=10) for name in COUNTERS},
    ),
    LeakPolicy(heap_slope_bytes=64, external_slope_bytes=32, listener_growth=0),
)
OVER_LIMIT = check(measurement(loop_delay=delay(310), blocking=blocking_finding()))
CLEAN = check(measurement(watched=(bounded(collection_finding()),)))
INCONCLUSIVE = check(
    measurement(watched=(unclear(collection_finding(), reason="it grows slowly"),))
)
BROKEN = BrokenCheck(
    id="t#1", target="GET /", crashed=True, reason="SIGKILL (137)", elapsed_s=1.23456
)
ALL: list[Check | BrokenCheck] = [LEAK, OVER_LIMIT, CLEAN, INCONCLUSIVE, BROKEN]
VERDICTS = ["leak", "over_limit", "clean", "inconclusive", "crashed"]


@pytest.mark.parametrize(
    ("judged", "verdict"), [*zip(ALL, VERDICTS, strict=True)], ids=VERDICTS
)
def test_every_check_has_all_fields_of_the_schema(
    judged: Check | BrokenCheck, verdict: str
) -> None:
    record = check_record(judged)

    assert record["verdict"] == verdict
    assert record.keys() >= CHECK_FIELDS
    assert record["detectable"].keys() >= {"objects_per_request", "bytes_per_request"}
    assert isinstance(record["artifacts"], dict)
    assert isinstance(record["findings"], list)


@pytest.mark.parametrize("judged", ALL, ids=VERDICTS)
def test_every_check_has_all_metrics_measured_or_not(
    judged: Check | BrokenCheck,
) -> None:
    metrics = check_record(judged)["metrics"]

    assert metrics.keys() >= {*COUNTERS, "loop_delay", "gc_pause"}
    for name in COUNTERS:
        assert metrics[name].keys() >= {"slope", "low", "high", "limit"}
    for name in ("loop_delay", "gc_pause"):
        assert metrics[name].keys() >= {"p50_ms", "p99_ms", "max_ms", "limit_ms"}


def test_the_metrics_have_what_was_measured_and_what_is_allowed() -> None:
    metrics = check_record(LEAK)["metrics"]

    assert metrics["heap_used"] == {"slope": 402, "low": 392, "high": 412, "limit": 64}
    assert metrics["external"]["limit"] == 32
    assert metrics["listeners"]["limit"] == 0
    assert metrics["rss"]["limit"] is None
    assert metrics["loop_delay"] == {
        "p50_ms": 1.0,
        "p99_ms": 2.0,
        "max_ms": 2.0,
        "limit_ms": 200.0,
    }


def test_the_boxes_of_memory_are_in_the_record_with_the_one_that_grew() -> None:
    measured = replace(measurement(), memory=memory(external_grown_bytes=9_000_000))
    recorded = check_record(check(measured))["memory"]

    assert recorded["growing"] == "external"
    assert recorded["after"]["external_bytes"] == 11_000_000
    assert recorded["before"]["spaces"]["old_space"] == {
        "used_bytes": 7_000_000,
        "size_bytes": 9_000_000,
    }
    assert json.dumps(recorded)
    assert check_record(BROKEN)["memory"] is None


def test_what_was_not_measured_has_no_number() -> None:
    fds = check_record(CLEAN)["metrics"]["fds"]
    pauses = check_record(BROKEN)["metrics"]["gc_pause"]

    assert fds == {"slope": None, "low": None, "high": None, "limit": 0.02}
    assert pauses == {
        "p50_ms": None,
        "p99_ms": None,
        "max_ms": None,
        "limit_ms": None,
        "share": None,
        "by_kind": {},
    }


def test_the_collector_s_pauses_are_told_by_kind() -> None:
    pauses = [GcPause(kind="minor", pause_ms=1.5), GcPause(kind="major", pause_ms=30.0)]
    paused = check(
        measurement(gc_pauses=pool_pauses(pauses, load_s=1.0)),
        LeakPolicy(gc_pause_p99_ms=50),
    )

    metric = check_record(paused)["metrics"]["gc_pause"]

    assert (metric["max_ms"], metric["limit_ms"], metric["share"]) == (30.0, 50, 0.0315)
    assert metric["by_kind"]["minor"] == {"count": 1, "total_ms": 1.5, "max_ms": 1.5}


def test_listeners_that_came_are_told_by_class_and_event() -> None:
    first, *between, last = readings()
    first = replace(first, listeners_by_event={"Server request": 1, "Bus order": 2})
    last = replace(last, listeners_by_event={"Server request": 1, "Bus order": 4802})
    judged = check(measurement(read=(first, *between, last)))

    listeners = check_record(judged)["metrics"]["listeners"]

    assert listeners["by_event"] == {"Bus order": 1.0}


def test_what_grows_with_time_is_told_apart_from_the_findings() -> None:
    judged = check(
        measurement(watched=(timed(collection_finding(), per_s=20.0, size=300),))
    )

    record = check_record(judged)

    assert record["findings"] == []
    (job,) = record["with_time"]
    assert job.keys() >= FINDING_FIELDS
    assert (job["holder"]["name"], job["entries_per_s"]) == ("cache", 20.0)


def test_every_finding_has_all_fields_of_the_schema() -> None:
    collection, listener = check_record(LEAK)["findings"]

    for finding in (collection, listener):
        assert finding.keys() >= FINDING_FIELDS
        assert finding["holder"].keys() >= HOLDER_FIELDS
    assert collection["kind"] == "collection"
    assert collection["constructors"][0] == {"name": "{name, orders}", "per_request": 1}
    assert collection["holder"] == {
        "name": "cache",
        "class": "Map",
        "file": "server.js",
        "line": 3,
        "package": None,
        "package_version": None,
        "size": 20_412,
        "bound": None,
    }
    assert collection["allocated_at"][0] == {
        "function": "loadUser",
        "file": "server.js",
        "line": 5,
        "column": 12,
    }
    assert collection["path"][0] == "Server._events.request"
    assert collection["suppressed"] is False
    assert (listener["kind"], listener["callback"]) == ("listener", "app.js:7:19")
    assert listener["holder"]["package"] == "@acme/bus"


def test_a_finding_that_holds_nothing_has_no_holder() -> None:
    (finding,) = check_record(OVER_LIMIT)["findings"]

    assert finding.keys() >= FINDING_FIELDS
    assert (finding["kind"], finding["holder"]) == ("loop_blocked", None)


def test_a_leak_has_a_forecast_and_others_have_none() -> None:
    forecast = check_record(LEAK)["forecast"]

    assert forecast.keys() >= {"limit_bytes", "requests_to_limit", "hours_at"}
    assert forecast["limit_bytes"] == 2096 * 1024**2
    assert [at["rps"] for at in forecast["hours_at"]] == [10.0, 50.0, 200.0]
    assert all(at["hours"] > 0 for at in forecast["hours_at"])
    assert check_record(CLEAN)["forecast"] is None


def test_a_check_says_what_it_would_have_seen() -> None:
    assert check_record(CLEAN)["detectable"] == {
        "objects_per_request": 0.01,
        "bytes_per_request": 0.08,
    }


@pytest.mark.parametrize(("crashed", "verdict"), [(True, "crashed"), (False, "error")])
def test_a_check_that_could_not_be_finished_says_why(
    *, crashed: bool, verdict: str
) -> None:
    record = check_record(replace(BROKEN, crashed=crashed))

    assert record["verdict"] == verdict
    assert record["reason"] == "SIGKILL (137)"
    assert (record["seconds"], record["requests"]) == (1.235, None)
    assert record["findings"] == []


def test_a_known_leak_is_told_with_its_suppression() -> None:
    listed = known({"holder": "cache"}, {"holder": "bus*", "expires": date(2020, 1, 1)})
    watched = (leaking(collection_finding()), leaking(listener_finding()))

    record = check_record(check(measurement(watched=watched), suppressions=listed))

    expired, accepted = record["findings"]
    assert (record["verdict"], record["outcome"]) == ("leak", "leak")
    assert record["suppressions"] == [1, 2]
    assert (expired["suppressed"], accepted["suppressed"]) == (False, True)
    assert expired["suppression"]["status"] == "expired"
    assert accepted["suppression"] == {
        "number": 1,
        "status": "accepted",
        "reason": "fixed in 2.1",
        "expires": "2027-06-30",
    }


def test_a_check_with_nothing_but_known_leaks_is_a_leak_with_a_clean_outcome() -> None:
    measured = measurement(watched=(leaking(collection_finding()),))

    record = check_record(check(measured, suppressions=known({"holder": "cache"})))

    assert (record["verdict"], record["outcome"]) == ("leak", "clean")
    assert record["reason"].endswith(": suppressed")
    assert record["forecast"] is not None


def test_without_a_list_nothing_is_suppressed() -> None:
    record = check_record(LEAK)

    assert (record["outcome"], record["suppressions"]) == ("leak", [])
    assert record["findings"][0]["suppression"] is None


def strictly(record: dict[str, Any]) -> Any:  # noqa: ANN401  # JSON
    return json.loads(json.dumps(record, allow_nan=False))


def test_a_session_goes_through_json_unchanged() -> None:
    record = session_record([check_record(one) for one in ALL], plugin="0.1.0")

    assert strictly(record) == record
    assert (record["schema"], record["plugin"]) == (1, "0.1.0")
    assert record["node"] == "v24.3.0"
    assert [one["verdict"] for one in record["checks"]] == VERDICTS


def test_a_session_names_every_version_of_node_once() -> None:
    records = [{"node": "v24.3.0"}, {"node": "v20.1.0"}, {"node": "v24.3.0"}, {}]

    assert session_record(records, plugin="0")["node"] == "v20.1.0, v24.3.0"
    assert session_record([], plugin="0")["node"] is None


def test_json_never_gets_numbers_it_has_no_text_for() -> None:
    endless = Estimate(value=math.nan, low=-math.inf, high=math.inf)
    wild = check(
        measurement(rises={"heap_used": Rise(growth=endless, first=0.0, last=0.0)})
    )

    record = strictly(check_record(wild))

    assert record["metrics"]["heap_used"]["slope"] is None
    assert record["metrics"]["heap_used"]["high"] is None


def test_names_that_are_no_valid_unicode_survive_json() -> None:
    broken = check(measurement(watched=(leaking(collection_finding(name="\ud800")),)))

    assert strictly(check_record(broken))["findings"][0]["holder"]["name"] == "\ud800"
