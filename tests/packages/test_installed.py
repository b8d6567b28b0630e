"""The wheel works where there is nothing else: no sources, no tools of ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from packages.archives import ROOT
from packages.environments import Environment
from pytest_nodeleak.nodejs.binary import find_node

NODE = str(find_node(None, os.environ).path)
GROWING = """
const v8 = require('node:v8');
const kept = [];
v8.writeHeapSnapshot('before.heapsnapshot');
for (let n = 0; n < 1000; n++) kept.push({ n });
v8.writeHeapSnapshot('after.heapsnapshot');
"""
ORDINARY = """
def test_that_passes(tmp_path):
    print("something")

def test_that_fails():
    assert {"a": 1} == {"a": 2}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the app of the example, and nothing around it."""
    directory = tmp_path_factory.mktemp("shop")
    for file in (ROOT / "example_app").glob("*.mjs"):
        shutil.copy(file, directory)
    return directory


def test_it_is_imported_from_there_without_a_warning(
    environment: Environment,
) -> None:
    # Of an extra each, which is not installed.
    assert set(environment.lacking()) <= {"hypothesis", "opentelemetry", "yaml"}


def test_what_it_depends_on_fits_together(environment: Environment) -> None:
    environment.check()


def test_an_ordinary_run_is_as_it_is_without_it(
    environment: Environment, tmp_path: Path
) -> None:
    (tmp_path / "test_ordinary.py").write_text(ORDINARY)
    arguments = (
        "-W",
        "error",
        "-m",
        "pytest",
        "-v",
        "-p",
        "no:cacheprovider",
    )
    with_it = environment.run(*arguments, cwd=tmp_path)
    without = environment.run(*arguments, "-p", "no:nodeleak", cwd=tmp_path)
    assert with_it.returncode == without.returncode == pytest.ExitCode.TESTS_FAILED
    assert untimed(with_it.stdout) == untimed(without.stdout)
    assert with_it.stderr == without.stderr


def untimed(output: str) -> list[str]:
    """Return the lines but for those that tell times or which plugins there are."""
    told = (" in ", "s call ", "s setup ", "s teardown ", "plugins: ")
    return [
        line for line in output.splitlines() if not any(one in line for one in told)
    ]


@pytest.fixture(scope="module")
def checked(environment: Environment, shop: Path) -> Path:
    """Check a leaking route and its mended twin once; return where the files are."""
    directory = shop / environment.path.parent.name
    directory.mkdir()
    run = environment.run(
        *("-W", "error", "-m", "pytest", "-p", "no:cacheprovider", "--nodeleak"),
        *("--nodeleak-app", f"node {shop / 'server.mjs'}"),
        *("--nodeleak-route", "GET /leaky/books/{n}"),
        *("--nodeleak-route", "GET /fixed/books/{n}"),
        *("--nodeleak-json", "record.json", "--nodeleak-html", "report.html"),
        *("--nodeleak-sarif", "findings.sarif", "--nodeleak-metrics", "metrics.om"),
        *("--junitxml", "junit.xml", "--nodeleak-artifacts", "kept"),
        cwd=directory,
        NODELEAK_NODE=NODE,
    )
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    (directory / "output.txt").write_text(run.stdout)
    return directory


def test_the_leak_is_found_and_named_and_its_twin_is_clean(
    checked: Path,
) -> None:
    output = (checked / "output.txt").read_text()
    assert "1 failed, 1 passed" in output
    assert "bookCache" in output
    assert "catalog.mjs:19" in output
    leaking, clean = json.loads((checked / "record.json").read_text())["checks"]
    assert [leaking["verdict"], clean["verdict"]] == ["leak", "clean"]


def test_its_files_are_written(checked: Path) -> None:
    page = (checked / "report.html").read_text()
    assert "bookCache" in page
    assert "uPlot" in page
    assert "bookCache" in (checked / "findings.sarif").read_text()
    assert (checked / "metrics.om").read_text().endswith("# EOF\n")
    [suite] = ET.parse(checked / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with two snapshots of a process that keeps more and more."""
    directory = tmp_path_factory.mktemp("snapshots")
    (directory / "growing.cjs").write_text(GROWING)
    subprocess.run([NODE, "growing.cjs"], cwd=directory, check=True)
    return directory


@pytest.mark.parametrize(
    ("command", "status", "told"),
    [
        ("doctor", 0, "Checks can run here"),
        ("explain collection", 0, "give it a maximum size"),
        ("show after.heapsnapshot", 0, "growing.cjs"),
        # As of diff(1): there is a difference.
        (
            "diff before.heapsnapshot after.heapsnapshot",
            1,
            "Array grew by 1,000 entries",
        ),
    ],
    ids=lambda value: value.split()[0] if isinstance(value, str) else "",
)
def test_commands_answer(
    environment: Environment, snapshots: Path, command: str, status: int, told: str
) -> None:
    run = environment.run(
        *("-W", "error", "-m", "pytest_nodeleak", *command.split()),
        cwd=snapshots,
        NODELEAK_NODE=NODE,
    )
    assert (run.returncode, run.stderr) == (status, "")
    assert told in run.stdout
