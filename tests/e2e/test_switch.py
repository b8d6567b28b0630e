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
    "pytest_nodeleak.exceptions",
    "pytest_nodeleak.settings.limits",
    "pytest_nodeleak.settings.option_values",
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


def test_a_run_without_leak_tests_loads_nothing_heavy_and_has_no_hook_of_a_test(
    project: pytest.Pytester,
) -> None:
    project.makepyfile(_LEAK_TESTS)
    project.makeconftest(
        f"""
import sys

def pytest_unconfigure(config):
    print("heavy:", [name for name in {_HEAVY!r} if name in sys.modules])
    hooks = [
        f"{{name}} of {{one.plugin_name}}"
        for name, caller in vars(config.hook).items()
        if name.startswith("pytest_runtest")
        for one in caller.get_hookimpls()
        if one.function.__module__.startswith("pytest_nodeleak")
    ]
    print("hooks:", hooks)
"""
    )
    result = project.runpytest_subprocess()
    result.stdout.fnmatch_lines(["heavy: *[[]]*", "hooks: *[[]]*"])


def test_the_hooks_of_a_project_see_reports_that_are_complete(
    project: pytest.Pytester,
) -> None:
    project.makeconftest(
        """
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        print("seen:", report.longreprtext)
    return report
"""
    )
    project.makepyfile(
        """
def test_it(nodeleak):
    nodeleak.launch("no-such-command server.js")
"""
    )
    result = project.runpytest_subprocess("--nodeleak", "-s")
    result.assert_outcomes(failed=1)
    seen = [line for line in result.outlines if "seen:" in line]
    assert "no-such-command" in seen[0]
