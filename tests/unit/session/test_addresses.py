"""Configurations are made from real command lines; nothing is collected or run."""

from __future__ import annotations

import pytest

from pytest_nodeleak.session.addresses import addressed, take_addresses


def test_ids_of_items_without_a_file_are_taken_off_the_arguments(
    pytester: pytest.Pytester,
) -> None:
    config = pytester.parseconfig("tests", "nodeleak::GET /users/{n}", "-v")

    assert take_addresses(config)
    assert config.args == ["tests"]
    assert addressed(config) == ("nodeleak::GET /users/{n}",)


def test_all_items_are_meant_where_none_is_named(pytester: pytest.Pytester) -> None:
    config = pytester.parseconfig("tests", "tests/test_nodeleak.py::nodeleak")

    assert not take_addresses(config)
    assert len(config.args) == 2
    assert addressed(config) == ()


def test_a_directory_of_that_name_comes_first(pytester: pytest.Pytester) -> None:
    pytester.mkdir("nodeleak")
    config = pytester.parseconfig("nodeleak")

    assert not take_addresses(config)
    assert config.args == ["nodeleak"]
