"""A wrong value is refused at collection, with the place it came from."""

from __future__ import annotations

import pytest

_PLAIN_TEST = "def test_it(): pass"


def refused(result: pytest.RunResult) -> str:
    """Return what pytest said, having checked that it was said decently."""
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in said
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["--nodeleak-budget", "soon"],
            "--nodeleak-budget: budget 'soon' is not a duration",
        ),
        (
            ["--nodeleak-rps", "many"],
            "--nodeleak-rps: rps 'many' is not a number of requests per second",
        ),
        (
            ["--nodeleak-budget", "0"],
            "--nodeleak-budget: budget '0' is not longer than nothing",
        ),
        (
            ["--nodeleak-inconclusive", "maybe"],
            "--nodeleak-inconclusive: inconclusive 'maybe' is not 'fail' or 'warn'",
        ),
        (
            ["--nodeleak-max-old-space", "1.5"],
            "--nodeleak-max-old-space: max_old_space '1.5' is not a whole number",
        ),
        (
            ["--nodeleak-memory-limit", "256"],
            "--nodeleak-memory-limit: memory_limit '256' is not at least 16 MiB",
        ),
        (
            ["--nodeleak-max-open-files", "8"],
            "--nodeleak-max-open-files: max_open_files '8' is not a number of at least 64",
        ),
        (
            ["--nodeleak-attach", "9229", "--nodeleak-base-url", "http://127.0.0.1:1"],
            "--nodeleak-attach: attach '9229' is not a host and a port such as",
        ),
        (
            ["--nodeleak-route", "GETT /users"],
            "--nodeleak-route: route 'GETT /users' is not a method and a path",
        ),
    ],
)
def test_a_wrong_flag_is_refused(
    pytester: pytest.Pytester, arguments: list[str], expected: str
) -> None:
    pytester.makepyfile(_PLAIN_TEST)
    assert expected in refused(pytester.runpytest_subprocess("--nodeleak", *arguments))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "nodeleak_heap_slope = 24MBps",
            "ini option nodeleak_heap_slope: heap_slope '24MBps' is not a size such as",
        ),
        (
            "nodeleak_loop_delay_p99 = fast",
            "ini option nodeleak_loop_delay_p99: loop_delay_p99 'fast' is not a duration",
        ),
        (
            "nodeleak_budget = 5 MB",
            "ini option nodeleak_budget: budget '5 MB' is not a duration",
        ),
        (
            "nodeleak_route = users",
            "ini option nodeleak_route: route 'users' is not a method and a path",
        ),
    ],
)
def test_a_wrong_ini_value_is_refused(
    pytester: pytest.Pytester, line: str, expected: str
) -> None:
    pytester.makeini(f"[pytest]\n{line}")
    pytester.makepyfile(_PLAIN_TEST)
    assert expected in refused(pytester.runpytest_subprocess("--nodeleak"))


def test_a_switch_that_is_neither_yes_nor_no_is_refused(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeini("[pytest]\nnodeleak = perhaps")
    said = refused(pytester.runpytest_subprocess())
    assert "ini option nodeleak: nodeleak 'perhaps' is not true or false" in said


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ('heap_slope="24MBps"', "heap_slope '24MBps' is not a size such as"),
        ('heap_slop="24 B"', "limit 'heap_slop' is not one of heap_slope,"),
        ('budget="soon"', "budget 'soon' is not a duration such as"),
    ],
)
def test_a_wrong_marker_is_refused_and_names_its_test(
    pytester: pytest.Pytester, argument: str, expected: str
) -> None:
    pytester.makepyfile(
        test_shop=f"""
        import pytest

        @pytest.mark.nodeleak({argument})
        def test_it(): pass
        """
    )
    said = refused(pytester.runpytest_subprocess("--nodeleak"))
    assert f"nodeleak marker on test_shop.py::test_it: {expected}" in said


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            [],
            ["nodeleak_app: app command None is not set; say how the app is started*"],
        ),
        (
            ["--nodeleak-app", "no-such-command x"],
            ["the app could not be started:*", "*command    no-such-command x"],
        ),
        (
            ["--nodeleak-app", "node missing.js"],
            ["the app ended while starting: exit code 1", "*Cannot find module*"],
        ),
        (
            ["--nodeleak-app", "node throws.cjs"],
            ["the app ended while starting: exit code 1", "*Error: no database*"],
        ),
        (
            ["--nodeleak-app", "node silent.cjs", "--nodeleak-ready-timeout", "1 s"],
            ["the app was not ready after 1 s: waited for a listening port (PORT=*)*"],
        ),
        (
            ["--nodeleak-app", "node throws.cjs", "--nodeleak-node", "./old-node"],
            ["*old-node is Node.js v18.0.0; 20 is the oldest", "Install Node.js 20*"],
        ),
        (
            ["--nodeleak-app", "node throws.cjs", "--nodeleak-cwd", "nowhere"],
            ["the app could not be started: the directory does not exist"],
        ),
    ],
    ids=[
        "no app",
        "no command",
        "no script",
        "throws",
        "silent",
        "old",
        "no directory",
    ],
)
def test_an_app_that_does_not_start_is_a_clear_error(
    pytester: pytest.Pytester, arguments: list[str], expected: list[str]
) -> None:
    pytester.makefile(
        ".cjs",
        throws="throw new Error('no database')",
        silent="setInterval(() => {}, 9)",
    )
    old = pytester.path / "old-node"
    old.write_text("#!/bin/sh\necho v18.0.0\n")
    old.chmod(0o755)
    pytester.makepyfile("def test_it(node_app): pass")
    result = pytester.runpytest_subprocess("--nodeleak", *arguments)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(expected)
    assert "Traceback" not in result.stdout.str()
