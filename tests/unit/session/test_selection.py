"""Sessions are made from real command lines; nothing is collected or run."""

from __future__ import annotations

import pytest

from pytest_nodeleak.session.addresses import take_addresses
from pytest_nodeleak.session.selection import is_whole


def session(pytester: pytest.Pytester, *arguments: str) -> pytest.Session:
    pytester.mkdir("tests").joinpath("test_one.py").write_text("def test_it(): pass")
    pytester.makeini(
        "[pytest]\nnodeleak_route = GET /users\nnodeleak_openapi = openapi.yaml"
    )
    return pytest.Session.from_config(pytester.parseconfig(*arguments))


@pytest.mark.parametrize("arguments", [[], ["tests"], ["-v", "tests"]])
def test_a_suite_or_a_directory_of_it_is_whole(
    pytester: pytest.Pytester, arguments: list[str]
) -> None:
    assert is_whole(session(pytester, *arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        ["tests/test_one.py"],
        ["tests/test_one.py::test_it"],
        ["tests", "tests/test_one.py"],
        ["-k", "it"],
        ["-m", "not slow"],
        ["--deselect", "tests/test_one.py::test_it"],
        ["--ignore", "tests/slow"],
        ["--lf"],
        ["--stepwise"],
        ["--nodeleak-route", "GET /orders"],
        ["--nodeleak-openapi", "other.yaml"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_session_that_leaves_tests_out_is_not_whole(
    pytester: pytest.Pytester, arguments: list[str]
) -> None:
    assert not is_whole(session(pytester, *arguments))


@pytest.mark.parametrize("attribute", ["shouldstop", "shouldfail"])
def test_a_session_that_was_cut_short_is_not_whole(
    pytester: pytest.Pytester, attribute: str
) -> None:
    cut = session(pytester)
    setattr(cut, attribute, "stopping after 1 failures")

    assert not is_whole(cut)


def test_a_session_of_named_routes_is_not_whole(pytester: pytest.Pytester) -> None:
    named = session(pytester, "nodeleak::GET /users")
    take_addresses(named.config)

    assert not is_whole(named)
