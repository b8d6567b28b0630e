"""Plugins that run a test again: each attempt counts for itself."""

from __future__ import annotations

import json

import pytest


def test_a_rerun_measures_anew_and_both_attempts_are_told(
    project: pytest.Pytester,
) -> None:
    project.makepyfile(
        """
        attempts = []

        def test_leak_that_is_gone(node_app):
            attempts.append(node_app.pid)
            route = "GET /leak/{n}" if len(attempts) == 1 else "GET /plain/{n}"
            node_app.hammer(route).assert_bounded()
            assert len(set(attempts)) == 2
        """
    )
    result = project.runpytest_subprocess(
        "--nodeleak", "--reruns=1", "--nodeleak-json=record.json"
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "leak         GET /leak/{n} *",
            "clean        GET /plain/{n} * (attempt 2) *",
            "*1 passed, 1 rerun*",
        ]
    )
    checks = json.loads((project.path / "record.json").read_text())["checks"]
    assert [(check["verdict"], check["attempt"]) for check in checks] == [
        ("leak", 1),
        ("clean", 2),
    ]


def test_an_attempt_is_told_even_if_its_end_is_not(project: pytest.Pytester) -> None:
    # As rerunfailures did it up to 16.1.
    project.makeconftest(
        """
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item, nextitem):
            setup, call, _ = runtestprotocol(item, log=False, nextitem=nextitem)
            call.outcome = "rerun"
            for report in setup, call:
                item.ihook.pytest_runtest_logreport(report=report)
            return True
        """
    )
    project.makepyfile(
        """
        def test_it(node_app):
            node_app.hammer("GET /plain/{n}")
            raise LookupError
        """
    )
    project.runpytest_subprocess("--nodeleak", "--nodeleak-json=record.json")
    [check] = json.loads((project.path / "record.json").read_text())["checks"]
    assert (check["verdict"], check["test"]["outcome"]) == ("clean", "rerun")
