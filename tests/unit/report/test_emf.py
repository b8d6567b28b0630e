"""Lines for CloudWatch keep to the rules of its embedded metric format."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sessions import BROKEN, CLEAN, LEAK, session

from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.report.emf import emf_lines
from pytest_nodeleak.report.metrics import Family, Sample, metrics_of

ENDED_S = 1795665600.25
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
UNITS = {"Bytes", "Seconds", "Count", "None"}


def lines(*checks: Check | BrokenCheck) -> list[dict[str, Any]]:
    families = metrics_of(session(*checks), ended_s=ENDED_S)
    return [
        json.loads(line) for line in emf_lines(families, ended_s=ENDED_S).splitlines()
    ]


def declared(line: dict[str, Any]) -> dict[str, str]:
    return {
        metric["Name"]: metric["Unit"]
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }


def test_a_check_is_a_line_and_what_a_leak_uses_up_is_another() -> None:
    first, second, third = lines(LEAK, BROKEN)

    assert (first["target"], second["target"]) == ("GET /users/{n}", "GET /")
    assert (third["target"], third["resource"]) == ("GET /users/{n}", "heap")
    assert declared(third) == {"requests_to_limit": "Count"}


def test_what_is_declared_is_there_and_keeps_the_limits_of_the_format() -> None:
    for line in lines(LEAK, CLEAN, BROKEN):
        assert line["_aws"]["Timestamp"] == 1795665600250
        for directive in line["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == "nodeleak"
            (dimensions,) = directive["Dimensions"]
            for name in dimensions:
                assert 0 < len(line[name]) <= 1024
                assert line[name].isascii()
            assert len(directive["Metrics"]) <= 100
        for name, unit in declared(line).items():
            assert isinstance(line[name], float | int)
            assert unit in UNITS


def test_the_main_numbers_are_metrics_and_the_others_are_fields() -> None:
    line, _ = lines(LEAK)

    assert declared(line) == {
        "outcome_clean": "Count",
        "outcome_leak": "Count",
        "outcome_over_limit": "Count",
        "outcome_inconclusive": "Count",
        "outcome_crashed": "Count",
        "outcome_error": "Count",
        "requests": "Count",
        "check_duration_seconds": "Seconds",
        "findings": "Count",
        "finding_bytes_per_request": "Bytes",
        "heap_used_growth_bytes_per_request": "Bytes",
        "heap_used_growth_low_bytes_per_request": "Bytes",
        "heap_used_growth_high_bytes_per_request": "Bytes",
        "external_growth_bytes_per_request": "Bytes",
        "rss_growth_bytes_per_request": "Bytes",
        "listeners_growth_per_request": "Count",
        "handles_growth_per_request": "Count",
        "fds_growth_per_request": "Count",
        "rss_bytes": "Bytes",
        "heap_used_bytes": "Bytes",
        "loop_delay_p50_seconds": "Seconds",
        "loop_delay_p99_seconds": "Seconds",
        "loop_delay_max_seconds": "Seconds",
        "gc_pause_p99_seconds": "Seconds",
        "gc_pause_max_seconds": "Seconds",
        "gc_time_ratio": "None",
    }
    assert line["threads_growth_per_request"] == 402
    assert (line["verdict"], line["outcome"], line["outcome_leak"]) == (
        "leak",
        "leak",
        1,
    )
    assert (line["node"], line["version"]) == ("v24.3.0", "0.1.0")


def test_a_dimension_is_ascii_and_does_not_begin_by_a_colon() -> None:
    (line,) = lines(replace(BROKEN, id=":t", target="GET /日"))

    assert (line["check"], line["target"]) == ("_:t", "GET /\\u65e5")


def test_more_metrics_than_a_directive_may_have_are_shared_out() -> None:
    sample = Sample(labels={"check": "t", "target": "GET /"}, value=1)
    families = [
        Family(name=f"m{number}", help="One.", is_main=True, samples=[sample])
        for number in range(205)
    ]
    line = json.loads(emf_lines(families, ended_s=ENDED_S))

    assert [len(one["Metrics"]) for one in line["_aws"]["CloudWatchMetrics"]] == [
        100,
        100,
        5,
    ]


def test_a_session_without_checks_has_no_lines() -> None:
    assert lines() == []
