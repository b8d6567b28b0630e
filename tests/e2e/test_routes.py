"""Routes on the command line: items, report, summary, record, no test file."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

_CHECK_FIELDS = {
    "id",
    "target",
    "verdict",
    "reason",
    "requests",
    "seconds",
    "metrics",
    "detectable",
    "findings",
    "forecast",
    "artifacts",
}
_FINDING_FIELDS = {
    "kind",
    "title",
    "objects_per_request",
    "bytes_per_request",
    "constructors",
    "holder",
    "path",
    "allocated_at",
    "fingerprint",
    "advice",
    "suppressed",
}
_HOLDER_FIELDS = {"name", "class", "file", "line", "package", "size", "bound"}
_METRICS = {
    "heap_used",
    "external",
    "array_buffers",
    "rss",
    "listeners",
    "timers",
    "handles",
    "fds",
    "loop_delay",
}


def test_a_leaky_and_a_clean_route_need_no_test_file(
    project: pytest.Pytester,
) -> None:
    result = project.runpytest_subprocess(
        "--nodeleak",
        "--nodeleak-route=GET /leak/{n}",
        "--nodeleak-route=GET /plain/{n}",
        "--nodeleak-json=out/record.json",
        "--junitxml=junit.xml",
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "GET /leak/{n} leaks 1.00 entry/request (* B/request), still linear after*",
            "  piling up   {n} 1.00/req*",
            "  held by     cache: Map (* entries, no bound)*server.cjs:2 module scope",
            "              Server._events.request -> *(server.cjs:10:*) -> *cache -> Map*",
            "  put there   *server.cjs:*",
            "  heap *MB * listeners * timers * loop p99 *",
            "  production  at 50 req/s the * MB heap limit is reached after *",
            "  to fix      a long-lived collection that only grows*",
            "*= nodeleak =*",
            "leak         GET /leak/{n}  *collection cache server.cjs:2",
            "clean        GET /plain/{n} *",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    check_record(json.loads((project.path / "out/record.json").read_text()))
    junit = ET.parse(project.path / "junit.xml").getroot()
    assert {case.get("name") for case in junit.iter("testcase")} == {
        "GET /leak/{n}",
        "GET /plain/{n}",
    }


def check_record(record: dict[str, Any]) -> None:
    assert record["schema"] == 1
    assert record["node"].startswith("v")
    leak, clean = record["checks"]
    for check in (leak, clean):
        assert check.keys() >= _CHECK_FIELDS
        assert check["metrics"].keys() >= _METRICS
    assert (leak["verdict"], clean["verdict"]) == ("leak", "clean")
    [finding] = leak["findings"]
    assert finding.keys() >= _FINDING_FIELDS
    assert finding["holder"].keys() >= _HOLDER_FIELDS
    assert finding["holder"]["file"] == "server.cjs"
    assert leak["forecast"]["requests_to_limit"] > 0
    assert 0 < clean["detectable"]["objects_per_request"] < 0.1


def test_pytest_selects_route_items_like_others(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess(
        "--nodeleak",
        "--nodeleak-route=GET /leak/{n}",
        "--nodeleak-route=GET /plain/{n}",
        "--collect-only",
        "-q",
        "-k",
        "plain",
    )
    result.stdout.fnmatch_lines(["nodeleak::GET /plain/{n}"])
    result.stdout.no_fnmatch_line("nodeleak::GET /leak/{n}")


def test_x_stops_after_the_first_leak(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess(
        "--nodeleak",
        "-x",
        "--nodeleak-route=GET /fail/{n}",
        "--nodeleak-route=GET /plain/{n}",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "GET /fail/{n}: * of * requests went wrong, so there is nothing to judge",
            'First of them: GET /fail/* answered 500: {"name":"fail"*',
            "error        GET /fail/{n}*",
        ]
    )
