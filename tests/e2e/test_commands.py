"""The commands as a shell runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from saved_heaps import saved_service


def test_asking_how_to_ask_does_not_wait_for_numpy() -> None:
    script = (
        "import sys; from pytest_nodeleak.commands.main import main\n"
        "try: main(['--help'])\n"
        "finally: sys.exit(f'numpy' if 'numpy' in sys.modules else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "usage: python -m pytest_nodeleak" in done.stdout


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    (file,) = saved_service(tmp_path)
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "pytest_nodeleak", "show", str(file)]
    done = subprocess.run(
        command, check=False, stdout=writing, stderr=subprocess.PIPE, text=True
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_that_lacks_a_character_is_no_error(tmp_path: Path) -> None:
    (file,) = saved_service(tmp_path)
    command = [sys.executable, "-m", "pytest_nodeleak", "show", str(file)]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.nodejs
def test_the_doctor_finds_that_checks_can_run_where_these_tests_do() -> None:
    command = [sys.executable, "-m", "pytest_nodeleak", "doctor", "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    record = json.loads(done.stdout)

    assert (done.returncode, record["can_run"]) == (0, True), done.stdout
    told = {one["name"]: one for one in record["symptoms"]}
    assert told["inspector"]["state"] == "ok"
    assert told["node"]["text"].startswith("v")
