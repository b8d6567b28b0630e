"""Without ``--nodeleak`` nothing runs and nothing heavy is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

_HEAVY = (
    "numpy",
    "scipy",
    "pycurl",
    "websockets",
    "requests",
    "psutil",
    "rich",
    "jinja2",
    # Many small ones: they and what they import took longer than all the rest.
    "pytest_nodeleak.settings.settings",
)

_LEAK_TESTS = """
import pytest

def test_fixture(node_app):
    raise AssertionError("it ran")

def test_launcher(nodeleak):
    raise AssertionError("it ran")

@pytest.mark.nodeleak
def test_marker():
    raise AssertionError("it ran")

def test_ordinary():
    pass
"""


def test_leak_tests_are_skipped_with_a_reason(project: pytest.Pytester) -> None:
    project.makepyfile(_LEAK_TESTS)
    result = project.runpytest_subprocess("-rs")
    result.assert_outcomes(passed=1, skipped=3)
    result.stdout.fnmatch_lines(["SKIPPED*a leak test: run it with --nodeleak"])


@pytest.mark.parametrize("value", ["true", "1", "yes"])
def test_the_ini_file_can_switch_them_on(pytester: pytest.Pytester, value: str) -> None:
    pytester.makeini(f"[pytest]\nnodeleak = {value}")
    pytester.makepyfile("def test_it(nodeleak): pass")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_loading_the_plugin_loads_nothing_heavy() -> None:
    script = f"""
import sys
import pytest_nodeleak.plugin
print([name for name in {_HEAVY!r} if name in sys.modules])
"""
    output = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert output.strip() == "[]"


def test_a_run_without_leak_tests_loads_nothing_heavy(
    project: pytest.Pytester,
) -> None:
    project.makepyfile(_LEAK_TESTS)
    project.makeconftest(
        f"""
import sys

def pytest_unconfigure():
    print("heavy:", [name for name in {_HEAVY!r} if name in sys.modules])
"""
    )
    result = project.runpytest_subprocess()
    result.stdout.fnmatch_lines(["heavy: *[[]]*"])
