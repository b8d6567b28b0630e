"""pytest's own options, with failures of ours that need no app."""

from __future__ import annotations

import re
from importlib import import_module
from xml.etree import ElementTree as ET

import pytest

# What is loaded by a test's pytest is forgotten after it, but numpy cannot be loaded twice.
import_module("pytest_nodeleak.fixtures.factory")

_TESTS = '''
import pytest
from pytest_nodeleak import LeakDetected

REPORT = """\\
Heap leak: memory climbs with every request of GET /users/{n}.
GET /users/{n} leaks 1.00 entry/request
  piling up   {id} 1.00/req
  held by     cache: Map (20 entries, no bound)
  put there   load server.js:5"""

@pytest.mark.slow
def test_leak():
    raise LeakDetected(REPORT, headline="GET /users/{n} leaks 1.00 entry/request")

def test_clean(nodeleak):
    pass

def test_missing(nodeleak):
    nodeleak.launch("nowhere-to-be-found")
'''
_REPORT = [
    "Heap leak: memory climbs with every request of GET /users/{n}.",
    "GET /users/{n} leaks 1.00 entry/request",
    "  piling up   {id} 1.00/req",
    "  held by     cache: Map (20 entries, no bound)",
    "  put there   load server.js:5",
]
_ROW = "error        starting nowhere-to-be-found *"


@pytest.fixture
def failing(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    for name in ("CI", "BUILD_NUMBER", "NO_COLOR", "FORCE_COLOR", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini("[pytest]\nmarkers = slow")
    pytester.makepyfile(test_leaks=_TESTS)
    return pytester


def run(project: pytest.Pytester, *args: str) -> pytest.RunResult:
    return project.runpytest_inprocess("--nodeleak", *args)


@pytest.mark.parametrize("style", ["auto", "long", "short", "native"])
def test_a_failure_is_its_report_whatever_the_style_of_tracebacks(
    failing: pytest.Pytester, style: str
) -> None:
    result = run(failing, f"--tb={style}")
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(["*_ test_leak _*", *_REPORT], consecutive=True)
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*raise LeakDetected*")
    # In the short summary, too, the verdict is what there is room for.
    result.stdout.fnmatch_lines(
        [_ROW, "FAILED test_leaks.py::test_leak - GET /users/{n} leaks 1.00 entry/*"]
    )


def test_a_line_has_the_tests_place_and_the_verdict(failing: pytest.Pytester) -> None:
    result = run(failing, "--tb=line")
    result.stdout.fnmatch_lines(
        [
            "*test_leaks.py:13: GET /users/{n} leaks 1.00 entry/request",
            "*test_leaks.py:19: *nowhere-to-be-found*",
        ]
    )
    result.stdout.no_fnmatch_line("*held by*")


def test_without_tracebacks_the_table_is_what_is_left(failing: pytest.Pytester) -> None:
    result = run(failing, "--tb=no")
    result.stdout.no_fnmatch_line("*held by*")
    result.stdout.fnmatch_lines([_ROW, "1 error of 1 check in *"])


@pytest.mark.parametrize(
    ("args", "outcomes"),
    [
        (["-x"], {"failed": 1}),
        (["--maxfail=2"], {"failed": 2, "passed": 1}),
        (["-k", "clean"], {"passed": 1, "deselected": 2}),
        (["-m", "slow"], {"failed": 1, "deselected": 2}),
        (["-m", "not slow"], {"failed": 1, "passed": 1, "deselected": 1}),
    ],
    ids=str,
)
def test_tests_are_chosen_and_ended_as_ever(
    failing: pytest.Pytester, args: list[str], outcomes: dict[str, int]
) -> None:
    run(failing, *args).assert_outcomes(**outcomes)


def test_pytest_may_be_without_a_terminal(failing: pytest.Pytester) -> None:
    assert run(failing, "-p", "no:terminal").ret == pytest.ExitCode.TESTS_FAILED


def test_last_failed_runs_these_again(failing: pytest.Pytester) -> None:
    run(failing)
    run(failing, "--lf").assert_outcomes(failed=2)


def test_all_outcomes_are_listed_once(failing: pytest.Pytester) -> None:
    result = run(failing, "-rA")
    listed = [line.split(" - ")[0] for line in result.outlines if "PASSED" in line]
    assert listed == ["PASSED test_leaks.py::test_clean"]
    assert len(re.findall("^FAILED ", result.stdout.str(), re.MULTILINE)) == 2


def test_junit_xml_has_the_verdict_as_message_and_the_report_as_text(
    failing: pytest.Pytester,
) -> None:
    run(failing, "--junitxml=junit.xml", "--color=yes")
    root = ET.parse(failing.path / "junit.xml").getroot()
    [leak, _] = root.iter("failure")
    assert leak.get("message") == "GET /users/{n} leaks 1.00 entry/request"
    assert leak.text == "\n".join(_REPORT)


def test_what_counts_is_emphasised_where_colours_are_allowed(
    failing: pytest.Pytester,
) -> None:
    plain = run(failing, "--color=no").stdout.str()
    assert "\x1b" not in plain
    coloured = run(failing, "--color=yes").stdout.str()
    assert f"\x1b[31m\x1b[1m{_REPORT[0]}\x1b[0m" in coloured
    assert f"\x1b[1m{_REPORT[1]}\x1b[0m" in coloured
    assert f"\n{_REPORT[2]}\n" in coloured
    assert f"\x1b[33m{_REPORT[3]}\x1b[0m" in coloured
    assert "\x1b[31merror        \x1b[0mstarting nowhere-to-be-found" in coloured


def test_a_failure_comes_through_xdist_as_it_is(failing: pytest.Pytester) -> None:
    result = failing.runpytest_subprocess("--nodeleak", "-n1", "--color=yes")
    text = result.stdout.str()
    assert f"\x1b[33m{_REPORT[3]}\x1b[0m" in text
    assert "leaks 1.00 entry/request" in text.partition("short test summary")[2]
    assert "1 error" in text


def test_quiet_and_verbose_are_what_they_are(failing: pytest.Pytester) -> None:
    assert _ROW.rstrip("*") in run(failing, "-q").stdout.str()
    result = run(failing, "-v")
    result.stdout.fnmatch_lines([_ROW, "             in test_leaks.py::test_missing"])
