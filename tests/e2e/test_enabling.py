"""Enabled or not: the corners that ``test_switch`` does not reach."""

from __future__ import annotations

import pytest


def test_a_leak_test_behind_a_fixture_is_skipped(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def shop(node_app): return node_app

        def test_shop(shop): raise RuntimeError("ran")
        """
    )
    result = pytester.runpytest_subprocess("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*a leak test: run it with --nodeleak"])


def test_a_fixture_asked_for_at_run_time_skips_its_test(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile('def test_late(request): request.getfixturevalue("node_app")')
    result = pytester.runpytest_subprocess("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*a leak test: run it with --nodeleak"])


def test_without_the_option_routes_and_the_record_are_ignored(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("def test_of_something_else(): pass")
    result = pytester.runpytest_subprocess(
        "--nodeleak-route", "GET /plain/{n}", "--nodeleak-json", "record.json"
    )
    result.assert_outcomes(passed=1)
    assert not (pytester.path / "record.json").exists()


@pytest.mark.parametrize(
    ("args", "ran"),
    [pytest.param([], False, id="ini"), pytest.param(["--nodeleak"], True, id="both")],
)
def test_the_option_beats_an_ini_file_that_says_no(
    pytester: pytest.Pytester, args: list[str], *, ran: bool
) -> None:
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\nnodeleak = false\n")
    pytester.makepyfile("def test_leaks(nodeleak): pass")
    result = pytester.runpytest_subprocess(*args)
    result.assert_outcomes(passed=int(ran), skipped=int(not ran))


def test_a_marker_beats_the_command_line_beats_the_ini_file(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\nnodeleak_budget = "30 s"\n')
    pytester.makeconftest(
        """
        import pytest
        from pytest_nodeleak.session.session import marker_settings_of

        @pytest.fixture
        def budget_s(request): return marker_settings_of(request.node).budget_s
        """
    )
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.nodeleak(budget="5 s")
        def test_marked(budget_s): assert budget_s == 5

        def test_unmarked(budget_s): assert budget_s == 20
        """
    )
    result = pytester.runpytest_subprocess("--nodeleak", "--nodeleak-budget", "20 s")
    result.assert_outcomes(passed=2)


def test_pytest_documents_the_options_and_the_marker(pytester: pytest.Pytester) -> None:
    options = pytester.runpytest_subprocess("--help").stdout
    options.fnmatch_lines(["*--nodeleak-budget=SECONDS*", "*nodeleak_budget (string)*"])
    markers = pytester.runpytest_subprocess("--markers").stdout
    (line,) = [line for line in markers.lines if "nodeleak(" in line]
    for argument in ("heap_slope", "memory_limit", "max_open_files", "budget"):
        assert f"{argument}=" in line
    assert "): a leak test" in line
