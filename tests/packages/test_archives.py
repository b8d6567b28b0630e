"""What a release uploads: all that is ours and nothing else, and what the index shows."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from packages.archives import ROOT, Distributions, contents

PACKAGE = ROOT / "pytest_nodeleak"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]


def names_in(archive: Path) -> set[str]:
    return set(contents(archive))


def tracked(*below: str) -> set[str]:
    """Return what git has, below some folders."""
    listed = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *below],
        cwd=ROOT,
        text=True,
    )
    return {name for name in listed.split("\0") if (ROOT / name).is_file()}


def test_the_wheel_is_the_package_with_all_its_files(
    distributions: Distributions,
) -> None:
    ours = {name for name in names_in(distributions.wheel) if ".dist-info/" not in name}
    assert ours == tracked("pytest_nodeleak")
    assert "pytest_nodeleak/py.typed" in ours


def test_the_sources_are_the_repository(distributions: Distributions) -> None:
    # CI's own script is no business of whoever builds us.
    of_the_builder = {"PKG-INFO"}
    assert names_in(distributions.sdist) - of_the_builder == {
        name for name in tracked() if not name.startswith(".ci/")
    }


def test_the_sources_build_the_same_wheel(distributions: Distributions) -> None:
    assert contents(distributions.again) == contents(distributions.wheel)


def test_every_licence_of_what_is_inside_is_named_and_inside(
    distributions: Distributions,
) -> None:
    [folder] = {
        name.partition("/")[0]
        for name in names_in(distributions.wheel)
        if ".dist-info/" in name
    }
    named = distributions.metadata.get_all("License-File") or []
    assert named == PROJECT["license-files"]
    assert {f"{folder}/licenses/{name}" for name in named} <= names_in(
        distributions.wheel
    )
    # Whatever is taken in from elsewhere lies in a folder of this name.
    vendors = {path for path in PACKAGE.rglob("vendor") if path.is_dir()}
    licences = {ROOT / name for name in named if "vendor" in name}
    assert {path.parent for path in licences} == vendors


def test_the_classifiers_name_each_python_that_may_install_it(
    distributions: Distributions,
) -> None:
    classifiers = distributions.metadata.get_all("Classifier") or []
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(classifiers))
    assert f">={named[0]}" == distributions.metadata["Requires-Python"]
    assert named == [f"3.{11 + number}" for number in range(len(named))]


def test_the_description_shows_no_link_that_leads_nowhere(
    distributions: Distributions,
) -> None:
    description = distributions.metadata.get_payload()
    assert isinstance(description, str)
    assert distributions.metadata["Description-Content-Type"] == "text/markdown"
    links = re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", description)
    assert [link for link in links if not "".join(link).startswith("https://")] == []
