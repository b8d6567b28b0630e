from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from endings import whole_session
from measurements import (
    blocking_finding,
    check,
    collection_finding,
    delay,
    known,
    leaking,
    measurement,
    rise,
)

from pytest_nodeleak.artifacts import HEAP_SNAPSHOT
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.report.junit import properties
from pytest_nodeleak.report.record import check_record

LEAK = check(
    measurement(
        watched=(leaking(collection_finding()),),
        rises={"heap_used": rise(402, within=10), "external": rise(0.25)},
    )
)


GOLDEN = Path(__file__).parents[2] / "golden" / "ci" / "whole_junit.txt"


def test_the_properties_of_a_session_read_as_their_golden_text() -> None:
    told_of = (properties(one) for one in whole_session()["checks"])
    blocks = ("".join(f"{name}={value}\n" for name, value in one) for one in told_of)
    assert "\n".join(blocks) == GOLDEN.read_text(encoding="utf-8")


def told(one: Check | BrokenCheck) -> dict[str, str]:
    return dict(properties(check_record(one)))


def test_a_leak_is_told_in_short_values() -> None:
    kept = replace(LEAK, artifacts={HEAP_SNAPSHOT: Path("/a/t.heapsnapshot")})

    assert told(kept) == {
        "target": "GET /users/{n}",
        "verdict": "leak",
        "outcome": "leak",
        "category": "heap_leak",
        "requests": "27300",
        "seconds": "4.123",
        "heap_slope_bytes_per_request": "402",
        "heap_slope_bytes_per_request_low": "392",
        "heap_slope_bytes_per_request_high": "412",
        "external_slope_bytes_per_request": "0.25",
        "external_slope_bytes_per_request_low": "0.25",
        "external_slope_bytes_per_request_high": "0.25",
        "loop_delay_p99_ms": "2",
        "findings": "1",
        "kind": "collection",
        "culprit": "cache: Map",
        "culprit_at": "server.js:3",
        "entries_per_request": "1",
        "bytes_per_request": "402",
        "fingerprint": "0c5e8b1d42aa",
        "artifact.heap_snapshot": "/a/t.heapsnapshot",
    }


def test_what_is_not_known_has_no_property() -> None:
    broken = BrokenCheck(id="t", target="GET /", reason="answered 404", elapsed_s=1.25)

    assert told(broken) == {
        "target": "GET /",
        "verdict": "error",
        "outcome": "error",
        "seconds": "1.25",
        "findings": "0",
    }


def test_a_culprit_that_holds_nothing_is_the_function_to_blame() -> None:
    blocked = check(measurement(loop_delay=delay(310), blocking=blocking_finding()))

    assert told(blocked)["culprit"] == "fib"
    assert told(blocked)["culprit_at"] == "slow.js:2"
    assert "fingerprint" not in told(blocked)


def test_a_culprit_without_a_name_is_what_is_wrong() -> None:
    nameless = replace(blocking_finding(), allocated_at=())
    blocked = check(measurement(loop_delay=delay(310), blocking=nameless))

    assert told(blocked)["culprit"] == nameless.title
    assert "culprit_at" not in told(blocked)


def test_a_known_leak_is_told_as_such() -> None:
    measured = measurement(watched=(leaking(collection_finding()),))
    suppressed = told(check(measured, suppressions=known({"holder": "cache"})))

    assert (suppressed["verdict"], suppressed["outcome"]) == ("leak", "clean")
    assert suppressed["suppressed"] == "true"


def test_a_second_check_of_a_test_has_names_of_its_own() -> None:
    first, second = (properties(check_record(LEAK), number=one) for one in (1, 2))

    assert [name for name, _ in second] == [f"2.{name}" for name, _ in first]


def test_hostile_names_are_made_printable_and_short() -> None:
    hostile = f"\x1b[2J\x00\ud800\u202e{'x' * 9999}"
    leak = check(measurement(watched=(leaking(collection_finding(name=hostile)),)))

    culprit = told(leak)["culprit"]

    assert culprit.startswith("\ufffd[2J\ufffd\ufffd\ufffdxxx")
    assert len(culprit) == 400
