"""Builds once, and installs once for each Python and resolution."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from packages.archives import Distributions, built
from packages.environments import Environment, Resolution, Wanted, found_pythons, made

INSTALLED = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let ``make test-packages`` name the Pythons to try."""
    parser.addoption(
        "--pythons",
        default="",
        metavar="VERSIONS",
        help="install for these Pythons, with the lowest versions too: '3.11 3.12'",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the extras out of the cheap run: they are larger than all the rest."""
    is_cheap = not config.getoption("--pythons", "")
    return True if is_cheap and collection_path.name == "test_extras.py" else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test in each environment: of each Python, with each resolution."""
    if "environment" not in metafunc.fixturenames:
        return
    asked = str(metafunc.config.getoption("--pythons", "")).split()
    pythons = found_pythons(asked)
    # What is cheap is tried always, the rest by a target of its own.
    resolutions = get_args(Resolution) if asked else ("newest",)
    metafunc.parametrize(
        "environment",
        [(python, resolution) for python in pythons for resolution in resolutions],
        ids=[f"{python.version}-{one}" for python in pythons for one in resolutions],
        indirect=True,
        scope="module",
    )


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Return what a release would upload."""
    return built(tmp_path_factory.mktemp("distributions"))


@pytest.fixture(scope="module")
def environment(
    request: pytest.FixtureRequest,
    distributions: Distributions,
    tmp_path_factory: pytest.TempPathFactory,
) -> Environment:
    """Return a clean environment with the wheel."""
    python, resolution = request.param
    directory = tmp_path_factory.mktemp(f"{python.version}-{resolution}") / "venv"
    wanted = Wanted(
        wheel=distributions.wheel,
        extras=getattr(request.module, "EXTRAS", ()),
        resolution=resolution,
        is_latest=bool(request.config.getoption("--pythons", "")),
    )
    made_one = made(directory, python, wanted)
    versions = ", ".join(f"{name} {one}" for name, one in made_one.versions().items())
    told = f"Python {python.version}, {resolution}: {versions}"
    request.config.stash.setdefault(INSTALLED, []).append(told)
    return made_one


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say which versions it was that have worked, or not."""
    for line in config.stash.get(INSTALLED, ()):
        terminalreporter.write_line(line)
