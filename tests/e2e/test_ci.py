"""What a session leaves for continuous integration, with pytest-xdist as without.

No app is started: the checks are those of ``tests/measurements.py``.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CHECKS = """
import pytest
from dataclasses import replace
from measurements import check, collection_finding, leaking, measurement, rise

from pytest_nodeleak import LeakDetected
from pytest_nodeleak.session.session import recorder

HOSTILE = "\\x1b[2J\\x00\\ud800|</code><script>\\n::error::"
LEAK = check(
    measurement(
        watched=(leaking(collection_finding()),),
        rises={"heap_used": rise(402, within=10)},
    )
)
NAMED = check(
    measurement(
        target=f"GET /{HOSTILE}",
        watched=(leaking(collection_finding(name=HOSTILE)),),
    )
)


@pytest.mark.parametrize(
    "one", [LEAK, NAMED, check(measurement())], ids=["leak", "hostile", "clean"]
)
def test_check(request, one):
    one = replace(one, id=request.node.nodeid, directory=request.config.rootpath)
    recorder(request.node)(one)
    if one.findings:
        raise LeakDetected("it leaks")


def test_two_checks(request):
    for _ in range(2):
        recorder(request.node)(check(measurement()))
"""


@pytest.fixture
def checks(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """Return a directory with a test for each way a check can end."""
    monkeypatch.syspath_prepend(TESTS)
    monkeypatch.setenv("PYTHONPATH", str(TESTS), prepend=":")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(pytester.path / "summary.md"))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(pytester.path.parent))
    pytester.makepyfile(test_checks=CHECKS)
    return pytester


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_one_session_tells_all_who_listen(
    checks: pytest.Pytester, workers: str
) -> None:
    result = checks.runpytest_subprocess(
        "--nodeleak", workers, "--junitxml=r.xml", "--nodeleak-sarif=r.sarif"
    )
    result.assert_outcomes(passed=2, failed=2)

    has_properties_of_every_check(checks.path / "r.xml")
    within = checks.path.name
    # Two tests have found it, under two names: the bug has one fingerprint.
    errors = [line for line in result.outlines if line.startswith("::error ")]
    assert len(errors) == 1
    assert errors[0].startswith(
        f"::error file={within}/server.js,line=3,title=Leak%3A "
    )
    summary = (checks.path / "summary.md").read_text("utf-8")
    assert summary.startswith("## nodeleak: 2 of 5 checks failed\n")
    assert summary.count("<details>") == 2
    (run,) = json.loads((checks.path / "r.sarif").read_text("utf-8"))["runs"]
    places = [one["locations"][0]["physicalLocation"] for one in run["results"]]
    assert [one["artifactLocation"]["uri"] for one in places] == [
        f"{within}/server.js"
    ] * 2


def test_elsewhere_no_commands_are_printed(
    checks: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")
    result = checks.runpytest_subprocess("--nodeleak", "-k", "leak")
    result.stdout.no_fnmatch_line("::error *")
    assert not (checks.path / "summary.md").exists()


def has_properties_of_every_check(file: Path) -> None:
    cases = {
        case.get("name"): [
            (one.get("name"), one.get("value")) for one in case.iter("property")
        ]
        for case in ET.parse(file).getroot().iter("testcase")
    }

    leak, hostile = dict(cases["test_check[leak]"]), dict(cases["test_check[hostile]"])
    assert leak["nodeleak.verdict"] == "leak"
    assert leak["nodeleak.culprit_at"] == "server.js:3"
    assert leak["nodeleak.heap_slope_bytes_per_request_low"] == "392"
    assert str(hostile["nodeleak.culprit"]).startswith("\ufffd[2J\ufffd\ufffd|</code>")
    assert dict(cases["test_check[clean]"])["nodeleak.verdict"] == "clean"
    names = [name for name, _ in cases["test_two_checks"]]
    assert {"nodeleak.verdict", "nodeleak.2.verdict"} <= set(names)
    assert len(set(names)) == len(names)
