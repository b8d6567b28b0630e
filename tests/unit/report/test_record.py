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
    external_finding,
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

from pytest_nodeleak.evidence.estimate import Estimate
from pytest_nodeleak.evidence.findings import RouteShare
from pytest_nodeleak.evidence.gc_pauses import GcPause, pool_pauses
from pytest_nodeleak.evidence.measurement import Rise
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.counters import COUNTERS
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.report.record import check_record, session_record

COUNTER_NAMES = [counter.name for counter in COUNTERS]
# Fields may be added, none may be renamed: docs/record.md is the contract, and the test of
# that document compares the fields inside of these.
CHECK_FIELDS = {"id", "target", "verdict", "outcome", "reason", "diagnosis",
                "node", "requests",
                "seconds", "stages", "metrics", "detectable", "findings", "suppressions",
                "memory", "descriptors", "with_time", "processes", "notes", "forecast",
                "forecasts", "artifacts", "text", "directory", "proven", "suspects",
                "history", "added", "baseline"}  # fmt: skip
FINDING_FIELDS = {"kind", "title", "entries_per_request", "objects_per_request",
                  "bytes_per_request", "external_bytes_per_request", "constructors",
                  "holder", "path", "allocated_at", "routes", "worker", "workers",
                  "blocking", "callback", "pinning", "threads", "fingerprint",
                  "advice", "suppressed", "suppression", "excerpts", "suspect",
                  "baseline"}  # fmt: skip

LEAK = check(
    measurement(
        watched=(leaking(collection_finding()), leaking(listener_finding())),
        rises={name: rise(402, within=10) for name in COUNTER_NAMES},
    ),
    LeakPolicy(heap_slope_bytes=64, external_slope_bytes=32, listener_growth=0),
)
OVER_LIMIT = check(measurement(loop_delay=delay(310), blocking=blocking_finding()))
CLEAN = check(measurement(watched=(bounded(collection_finding()),)))
INCONCLUSIVE = check(
    measurement(watched=(unclear(collection_finding(), reason="it grows slowly"),))
)
BROKEN = BrokenCheck(id="t#1", target="GET /", reason="answered 404", elapsed_s=1.23456)
ALL: list[Check | BrokenCheck] = [LEAK, OVER_LIMIT, CLEAN, INCONCLUSIVE, BROKEN]
VERDICTS = ["leak", "over_limit", "clean", "inconclusive", "error"]


@pytest.mark.parametrize(
    ("judged", "verdict"), [*zip(ALL, VERDICTS, strict=True)], ids=VERDICTS
)
def test_every_check_has_all_fields_of_the_schema(
    judged: Check | BrokenCheck, verdict: str
) -> None:
    record = check_record(judged)

    assert record["verdict"] == verdict
    assert record.keys() == CHECK_FIELDS
    assert record["detectable"].keys() == {"objects_per_request", "bytes_per_request"}
    assert record["artifacts"] == {}


@pytest.mark.parametrize("judged", ALL, ids=VERDICTS)
def test_every_check_has_all_metrics_measured_or_not(
    judged: Check | BrokenCheck,
) -> None:
    metrics = check_record(judged)["metrics"]

    assert metrics.keys() == {*COUNTER_NAMES, "loop_delay", "gc_pause"}
    for name in COUNTER_NAMES:
        more = {"by_event"} if name == "listeners" else set()
        assert metrics[name].keys() == {"slope", "low", "high", "limit"} | more
    time_fields = {"p50_ms", "p99_ms", "max_ms", "limit_ms"}
    assert metrics["loop_delay"].keys() == time_fields | {"waited_share"}
    assert metrics["gc_pause"].keys() == time_fields | {
        "share",
        "share_limit",
        "by_kind",
    }


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
        "waited_share": 0.0,
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
        "share_limit": None,
        "by_kind": {},
    }


def test_the_collector_s_pauses_are_told_by_kind() -> None:
    pauses = [GcPause(kind="minor", pause_ms=1.5), GcPause(kind="major", pause_ms=30.0)]
    paused = check(
        measurement(gc_pauses=pool_pauses(pauses, load_s=1.0)),
        LeakPolicy(gc_pause_p99_ms=50, gc_share=0.5),
    )

    metric = check_record(paused)["metrics"]["gc_pause"]

    assert (metric["max_ms"], metric["limit_ms"], metric["share"]) == (30.0, 50, 0.0315)
    assert metric["share_limit"] == 0.5
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
    assert job.keys() == FINDING_FIELDS | {"entries_per_s"}
    assert (job["holder"]["name"], job["entries_per_s"]) == ("cache", 20.0)


def test_every_finding_tells_which_of_the_suspects_it_is() -> None:
    suspects = (bounded(external_finding()), leaking(collection_finding()))

    record = check_record(check(measurement(watched=suspects)))

    (finding,) = record["findings"]
    assert finding["suspect"] == 1
    assert record["suspects"][1]["name"] == finding["holder"]["name"]


def test_the_report_of_a_check_is_in_its_record_with_all_findings() -> None:
    many = tuple(leaking(collection_finding(name=f"cache{n}")) for n in range(5))

    text = check_record(check(measurement(watched=many)))["text"]

    assert [name for name in ("cache0", "cache4") if name not in text] == []


def test_every_finding_has_all_fields_of_the_schema() -> None:
    collection, listener = check_record(LEAK)["findings"]

    for finding in (collection, listener):
        assert finding.keys() == FINDING_FIELDS
        assert finding["holder"].keys() == collection["holder"].keys()
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

    assert finding.keys() == FINDING_FIELDS
    assert (finding["kind"], finding["holder"]) == ("loop_blocked", None)


def test_a_leak_has_a_forecast_and_others_have_none() -> None:
    forecast = check_record(LEAK)["forecast"]

    assert forecast["limit_bytes"] == 2096 * 1024**2
    # 658 B of heap in each request, from 5.3 MB on.
    assert forecast["requests_to_limit"] == int((2096 * 2**20 - 5.3e6) / 658)
    assert [at["rps"] for at in forecast["hours_at"]] == [10.0, 50.0, 200.0]
    assert [round(at["hours"], 1) for at in forecast["hours_at"]] == [92.6, 18.5, 4.6]
    assert check_record(CLEAN)["forecast"] is None


def test_every_resource_that_leaks_has_its_forecast() -> None:
    heap, external = check_record(
        check(measurement(watched=(leaking(external_finding()),)))
    )["forecasts"]

    assert (heap["resource"], heap["per_request"]) == ("heap", 164.0)
    assert heap["limit"] == 2096 * 1024**2
    assert (
        external["at"][1].keys() == heap["at"][1].keys() == {"rps", "hours", "per_hour"}
    )
    assert external | {"at": external["at"][:1]} == {
        "resource": "external",
        "per_request": 65_536.0,
        "limit": None,
        "requests_to_limit": None,
        "at": [{"rps": 10.0, "hours": None, "per_hour": 65_536.0 * 36_000}],
    }
    assert check_record(CLEAN)["forecasts"] == []


def test_a_mixed_load_says_what_each_route_adds() -> None:
    shares = (
        RouteShare(target="POST /users", per_request=2.0),
        RouteShare(target="GET /users", per_request=0.0),
    )
    finding = replace(collection_finding(), routes=shares)

    (record,) = check_record(check(measurement(watched=(leaking(finding),))))[
        "findings"
    ]

    assert record["routes"] == [
        {"target": "POST /users", "per_request": 2.0},
        {"target": "GET /users", "per_request": 0.0},
    ]


def test_what_a_reader_should_know_is_noted_with_the_time_of_each_stage() -> None:
    record = check_record(check(measurement(notes=("other processes were busy",))))

    assert record["notes"] == ["other processes were busy"]
    assert record["stages"] == {"screen": 1.2, "identify": 0.9}
    assert (record["seconds"], record["requests"]) == (4.123, 27_300)
    assert (record["id"], record["node"]) == ("test_users.py::test_users#1", "v24.3.0")


def test_a_check_says_what_it_would_have_seen() -> None:
    assert check_record(CLEAN)["detectable"] == {
        "objects_per_request": 0.01,
        "bytes_per_request": 0.08,
    }


def test_a_check_that_could_not_be_finished_says_why() -> None:
    record = check_record(BROKEN)

    assert record["verdict"] == "error"
    assert record["reason"] == "answered 404"
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
