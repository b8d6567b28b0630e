"""What a session leaves for continuous integration, with pytest-xdist as without.

No app is started: the checks are those of ``tests/measurements.py``.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CHECKS = """
import pytest
from dataclasses import replace
from measurements import check, collection_finding, leaking, measurement, rise

from pytest_nodeleak import LeakDetected
from pytest_nodeleak.session import recorder

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
    pytester.makepyfile(test_checks=CHECKS)
    return pytester


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_junit_xml_has_properties_of_every_check(
    checks: pytest.Pytester, workers: str
) -> None:
    result = checks.runpytest_subprocess("--nodeleak", workers, "--junitxml=r.xml")
    result.assert_outcomes(passed=2, failed=2)

    cases = {
        case.get("name"): [
            (one.get("name"), one.get("value")) for one in case.iter("property")
        ]
        for case in ET.parse(checks.path / "r.xml").getroot().iter("testcase")
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
