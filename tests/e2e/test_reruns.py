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
