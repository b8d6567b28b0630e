"""Ordinary tests as load, unmodified."""

from __future__ import annotations

import json

import pytest

TESTS = """\
import os

import pytest
import requests

BASE = os.environ["NODELEAK_BASE_URL"]
made = {"module": 0, "function": 0}


@pytest.fixture(scope="module", autouse=True)
def module_wide():
    made["module"] += 1


@pytest.fixture
def http():
    made["function"] += 1
    with requests.Session() as session:
        session.trust_env = False
        yield session


def test_leaking(http, record_property):
    record_property("run", made["function"])
    print("a line of each run")
    assert http.get(f"{BASE}/leak/{made['function']}").ok
    # As pytest has it: one for the module, one for each run.
    assert made["module"] == 1


@pytest.mark.parametrize("route", ["plain"])
def test_clean(http, nodeleak_base_url, route):
    assert made["function"] > 100
    assert http.get(f"{nodeleak_base_url}/{route}/1").ok


def test_that_cannot_be_repeated(http):
    assert http.get(f"{BASE}/plain/1").ok
    made["once"] = made.get("once", 0) + 1
    assert made["once"] == 1, "it is there already"


def test_without_the_app():
    pass


def test_that_fails(http):
    raise LookupError("by itself")


@pytest.mark.skip(reason="not today")
def test_that_is_skipped():
    raise AssertionError
"""


@pytest.mark.nodejs
def test_each_ordinary_test_is_the_load_that_the_app_is_judged_under(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NODELEAK_BASE_URL", raising=False)
    project.makepyfile(TESTS)
    result = project.runpytest_subprocess(
        "--nodeleak", "--nodeleak-repeat", "--nodeleak-json=record.json", "-n1", "-v"
    )

    result.assert_outcomes(passed=2, failed=3, skipped=1)
    result.stdout.re_match_lines_random(
        [
            r"repeat test_leaking leaks 1\.00 entry/request .*",
            r"  held by +cache: Map .*server\.cjs:2 module scope",
            # A test that does not pass is no verdict, and shows its own traceback.
            r"E +AssertionError: it is there already",
            r"repeat test_that_cannot_be_repeated: run 2 failed in its call, so .*",
            r"E +LookupError: by itself",
            r"nodeleak: 1 of the tests did not call the app .*",
            r"  test_each.*::test_without_the_app",
        ]
    )
    # Neither output nor properties of the runs add up.
    assert result.stdout.str().count("a line of each run") <= 1
    record = json.loads((project.path / "record.json").read_text())
    told = {check["target"]: check for check in record["checks"]}
    assert {target: check["verdict"] for target, check in told.items()} == {
        "repeat test_leaking": "leak",
        "repeat test_clean[plain]": "clean",
        "repeat test_that_cannot_be_repeated": "error",
    }
    assert {check["attempt"] for check in told.values()} == {1}
    assert told["repeat test_leaking"]["requests"] > 100


@pytest.mark.nodejs
def test_a_session_in_which_nothing_called_the_app_has_proven_nothing(
    project: pytest.Pytester,
) -> None:
    project.makepyfile("def test_it(): pass")
    result = project.runpytest_subprocess("--nodeleak", "--nodeleak-repeat")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "nodeleak: ordinary tests are repeated; NODELEAK_BASE_URL=http://127.0.0.1:*",
            "nodeleak: no test called the app (the app got no request), so *",
        ]
    )


def test_an_app_that_does_not_start_is_said_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_subprocess(
        "--nodeleak", "--nodeleak-repeat", "--nodeleak-app=no-such-command-of-ours"
    )

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: the app could not be started: *"])


def test_without_an_app_there_is_nothing_to_repeat(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_subprocess("--nodeleak", "--nodeleak-repeat")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --nodeleak-repeat: repeat 'true' is not*"])


def test_without_the_switch_ordinary_tests_are_ordinary(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NODELEAK_BASE_URL", raising=False)
    pytester.makepyfile(
        """
        import os

        def test_it(): assert "NODELEAK_BASE_URL" not in os.environ
        def test_with_an_app(nodeleak_base_url): raise AssertionError
        """
    )
    result = pytester.runpytest_inprocess("--nodeleak-repeat")
    result.assert_outcomes(passed=1, skipped=1)
