"""Every dependency's licence is listed, and is one that we accept."""

from __future__ import annotations

import re
from importlib.metadata import requires
from pathlib import Path

import pytest
from licences_page import ACCEPTED, EXTRAS, PAGE, dependencies, licence_of, row
from packaging.requirements import Requirement

PACKAGE = Path(__file__).parents[2] / "pytest_nodeleak"


def is_accepted(licence: str) -> bool:
    """Tell whether we accept all that must be accepted of an SPDX expression."""
    return all(
        any(offer.strip("() ") in ACCEPTED for offer in part.split(" OR "))
        for part in re.split(r" AND |; ", licence)
    )


@pytest.mark.parametrize("extra", EXTRAS)
def test_each_dependency_of_ours_is_listed_with_its_licence(extra: str) -> None:
    # If it is not: make licences.
    ours = {Requirement(text).name for text in requires("pytest-nodeleak") or ()}
    page = PAGE.read_text(encoding="utf-8")
    found = dependencies(extra)
    expected = [row(name, asking) for name, asking in found.items() if name in ours]

    # What else asks for them changes with every release of others.
    listed = [line.rpartition(" | ")[0] for line in page.splitlines()]
    assert {line.rpartition(" | ")[0] for line in expected} - set(listed) == set()


@pytest.mark.parametrize("extra", EXTRAS)
def test_whatever_is_installed_with_us_has_a_licence_that_we_accept(extra: str) -> None:
    found = {name: licence_of(name) for name in dependencies(extra)}
    assert {name: one for name, one in found.items() if not is_accepted(one)} == {}


def test_what_others_wrote_and_the_wheel_has_inside_is_listed() -> None:
    page = PAGE.read_text(encoding="utf-8")
    [vendor] = (path for path in PACKAGE.rglob("vendor") if path.is_dir())
    [licence] = vendor.glob("LICENSE.*")
    assert f"{licence.suffix[1:]}, " in page
    assert f"`{vendor.relative_to(PACKAGE.parent)}`" in page


@pytest.mark.parametrize(
    ("licence", "accepted"),
    [
        ("MIT", True),
        ("LGPL-2.1-only OR MIT", True),
        ("MIT AND (Apache-2.0 OR BSD-2-Clause)", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT; GNU General Public License (GPL)", False),
        ("not named", False),
    ],
)
def test_a_licence_is_accepted_if_it_can_be_had_without_others(
    licence: str, *, accepted: bool
) -> None:
    assert is_accepted(licence) is accepted
