"""Clean virtual environments, for each Python, with the wheel installed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from packages import clean_environ
from packages.archives import ROOT
from packages.uv import uv

__all__ = ["Environment", "Python", "Resolution", "Wanted", "found_pythons", "made"]

_TIMEOUT_S = 120.0
# A Python that is newer than their lowest versions has to have higher ones.
_COMPILED = {"numpy", "psutil", "pycurl", "pyyaml", "scipy"}

# Which versions of the dependencies: those that users get, or the lowest that we allow.
Resolution = Literal["newest", "lowest"]

_IMPORT_ALL = """
import importlib, json, pkgutil, warnings
import pytest_nodeleak

# Of our own code only, and of what its compiler has to say as well.
warnings.filterwarnings("error", module=".*pytest_nodeleak")
lacking = []
for module in pkgutil.walk_packages(pytest_nodeleak.__path__, "pytest_nodeleak."):
    if not module.name.endswith("__main__"):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            lacking.append(error.name.partition(".")[0])
print(json.dumps([pytest_nodeleak.__file__, lacking]))
"""


@dataclass(frozen=True)
class Python:
    """An interpreter.

    Attributes:
        version: Major and minor, ``"3.12"``.
        path: Where it is.

    """

    version: str
    path: Path


@dataclass(frozen=True)
class Environment:
    """A virtual environment with nothing in it but the wheel and what that asks for.

    Attributes:
        path: Where it is.
        python: What it was made with.
        resolution: Which versions of the dependencies it has.

    """

    path: Path
    python: Python
    resolution: Resolution

    def run(
        self, *arguments: str | Path, cwd: Path, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run its Python in a directory; a variable that is empty is unset."""
        variables = clean_environ() | environ
        return subprocess.run(
            [self.path / "bin" / "python", *arguments],
            cwd=cwd,
            env={name: value for name, value in variables.items() if value},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )

    def versions(self) -> dict[str, str]:
        """Return what is installed, by name."""
        listed = uv("pip", "list", "--python", self.path, "--format", "json")
        return {one["name"]: one["version"] for one in json.loads(listed)}

    def lacking(self) -> list[str]:
        """Import each module of ours; return the packages that some of them lack.

        Raises:
            AssertionError: If one warns, or is not from here.

        """
        run = self.run("-c", _IMPORT_ALL, cwd=self.path)
        assert run.stderr == ""
        place, lacking = json.loads(run.stdout)
        assert Path(place).is_relative_to(self.path)
        return list(lacking)

    def check(self) -> None:
        """Have pip look whether all that is installed fits together.

        Raises:
            AssertionError: If it does not.

        """
        pip = subprocess.run(
            [sys.executable, "-m", "pip", "--python", self.path, "check"],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        assert pip.returncode == 0, pip.stdout + pip.stderr


def found_pythons(versions: list[str]) -> list[Python]:
    """Find the interpreters that were asked for on ``PATH``; ours if none was.

    Raises:
        pytest.UsageError: If one is not there. A Python that was not tried is no Python
            that works.

    """
    if not versions:
        major, minor = sys.version_info[:2]
        return [Python(version=f"{major}.{minor}", path=Path(sys.executable))]
    missing = [problem for one in versions if (problem := _problem_of(one))]
    if missing:
        raise pytest.UsageError("\n".join(missing))
    return [Python(version=one, path=_path_of(one)) for one in versions]


def _path_of(version: str) -> Path:
    return Path(shutil.which(f"python{version}") or "")


def _problem_of(version: str) -> str:
    """Say why this Python cannot be used; nothing if it can."""
    wanted = f"--pythons asks for Python {version}, and"
    path = shutil.which(f"python{version}")
    if path is None:
        return f"{wanted} there is no python{version} on PATH"
    # It may be a stand-in of a version manager, for which no version is chosen.
    asked = subprocess.run(
        [path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if asked.stdout.strip() == version:
        return ""
    said = (asked.stdout + asked.stderr).strip().partition("\n")[0]
    return f"{wanted} {path}, asked for its version, said {said!r}"


@dataclass(frozen=True)
class Wanted:
    """What an environment is to have.

    Attributes:
        wheel: Ours.
        extras: Those of its extras that are wanted, too.
        resolution: Which versions of the dependencies.
        is_latest: Whether to ask the index what the newest ones are by now.

    """

    wheel: Path
    extras: tuple[str, ...]
    resolution: Resolution
    is_latest: bool


def made(directory: Path, python: Python, wanted: Wanted) -> Environment:
    """Make an environment in a new directory, and install what is wanted.

    Nothing is compiled on the way: a user has no compiler, and need not have one.
    """
    uv("venv", "--quiet", "--python", python.path, directory)
    limits = directory / "limits.txt"
    limits.write_text(_lowest(python) if wanted.resolution == "lowest" else "")
    uv(
        *("pip", "install", "--quiet", "--no-build", "--python", directory),
        *("--constraints", limits),
        f"pytest-nodeleak[{','.join(wanted.extras)}] @ {wanted.wheel.as_uri()}",
        is_latest=wanted.is_latest,
    )
    return Environment(path=directory, python=python, resolution=wanted.resolution)


def _lowest(python: Python) -> str:
    """Return the lowest versions that pyproject.toml allows and this Python can have.

    Raises:
        AssertionError: If they are others, of what every Python can have.

    """
    # Without the network it would take whatever was installed before.
    found = uv(
        *("pip", "compile", "--quiet", "--no-build", "--no-header", "--no-annotate"),
        *("--all-extras", "--resolution", "lowest-direct", "--python", python.path),
        ROOT / "pyproject.toml",
        is_latest=True,
    )
    versions = dict(line.split("==") for line in found.split())
    higher = [
        f"{name} {versions[name]}, not {lowest}"
        for name, lowest in _bounds().items()
        if name not in _COMPILED and Version(versions[name]) != Version(lowest)
    ]
    assert higher == []
    return found


def _bounds() -> dict[str, str]:
    """Return the lowest version that pyproject.toml allows of each dependency."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [
        *project["dependencies"],
        *chain(*project["optional-dependencies"].values()),
    ]
    bounds = {}
    for requirement in map(Requirement, asked):
        [bound] = requirement.specifier
        assert bound.operator == ">="
        bounds[requirement.name] = bound.version
    return bounds
