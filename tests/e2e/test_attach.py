"""An app that runs already: by options alone, and left running."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

import pytest
import requests

from pytest_nodeleak.nodejs.binary import find_node
from pytest_nodeleak.nodejs.ports import free_port


@pytest.fixture
def flags(project: pytest.Pytester) -> Iterator[tuple[str, str]]:
    """Start the project's app, and say where it is."""
    port = str(free_port())
    process = subprocess.Popen(
        [find_node(None, os.environ).path, "--inspect=127.0.0.1:0", "server.cjs"],
        cwd=project.path,
        env={**os.environ, "PORT": port},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        banner = re.search(r"ws://([\d.:]+)/", process.stderr.readline())
        assert banner is not None
        yield (
            f"--nodeleak-attach={banner[1]}",
            f"--nodeleak-base-url=http://127.0.0.1:{port}",
        )
        # Left running, by all that was done to it.
        with requests.Session() as http:
            http.trust_env = False
            assert http.get(f"http://127.0.0.1:{port}/", timeout=5).ok
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_routes_and_the_fixture_measure_the_app_that_runs_already(
    project: pytest.Pytester, flags: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # No app can be started: there is no such Node.js.
    monkeypatch.setenv("NODELEAK_NODE", "/nonexistent")
    project.makepyfile(
        """
        import pytest

        def test_it(node_app, nodeleak):
            assert node_app.base_url == nodeleak.settings.attach.base_url
            report = node_app.hammer("GET /leak/{n}", requests=900)
            assert report.verdict == "leak"
        """
    )
    result = project.runpytest_subprocess(
        "--nodeleak",
        *flags,
        "--nodeleak-route=GET /plain/{n}",
    )
    result.assert_outcomes(passed=2)
    address = flags[0].partition("=")[2]
    result.stdout.fnmatch_lines([f"nodeleak: attached to {address}, which serves *"])


def test_a_risk_that_was_accepted_is_printed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_subprocess(
        "--nodeleak",
        "--nodeleak-attach=192.0.2.7:9229",
        "--nodeleak-base-url=http://192.0.2.7",
        "--nodeleak-attach-remote",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["nodeleak: the inspector at 192.0.2.7:9229 is reached over a network: *"]
    )
