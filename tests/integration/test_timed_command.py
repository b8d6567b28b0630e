"""What is measured of a command is the command's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from benchmarks.timed_command import run_timed

MB = 1_000_000
# Does nothing else: neither site-packages nor an environment.
PYTHON = (sys.executable, "-I", "-S", "-c")


def test_the_peak_of_a_command_is_not_that_of_the_process_that_measures_it() -> None:
    large = bytearray(b"x") * (200 * MB)

    small = run_timed([*PYTHON, "pass"])
    larger = run_timed([*PYTHON, "bytearray(b'x') * 100_000_000"])

    assert len(large) == 200 * MB
    assert small.peak_rss_bytes < 50 * MB
    assert 100 * MB < larger.peak_rss_bytes < 150 * MB


def test_a_command_that_does_not_end_is_killed() -> None:
    finished = run_timed(
        [*PYTHON, "import time; time.sleep(60)"], timeout_s=0.2, expect_status=None
    )

    assert finished.status == -9
    assert 0.2 < finished.elapsed_s < 10


def test_a_status_that_was_not_expected_is_an_error_with_the_output(
    tmp_path: Path,
) -> None:
    failing = [*PYTHON, "import os, sys; print(os.getcwd()); sys.exit(3)"]

    assert run_timed(failing, cwd=tmp_path, expect_status=(3,)).output == (
        f"{tmp_path}\n"
    )
    with pytest.raises(RuntimeError, match=f"(?s)ended with 3.*{tmp_path}"):
        run_timed(failing, cwd=tmp_path)


def test_a_command_that_is_not_there_is_an_error_that_says_so() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)nowhere was not run.*No such file"):
        run_timed(["nowhere"])
