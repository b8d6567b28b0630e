from __future__ import annotations

from pathlib import Path

import pytest
from endings import whole_session

from pytest_nodeleak.report.step_summary import step_summary
from pytest_nodeleak.session.github_actions import append_summary


def test_a_summary_is_appended_to_that_of_the_step(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("# before\n", encoding="utf-8")
    assert append_summary(whole_session(), {"GITHUB_STEP_SUMMARY": str(path)}) == ""
    assert path.read_text("utf-8") == "# before\n" + step_summary(whole_session())


def test_the_file_need_not_be_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    assert append_summary(whole_session(), {"GITHUB_STEP_SUMMARY": str(path)}) == ""
    assert path.read_text("utf-8") == step_summary(whole_session())


def test_a_full_summary_stays_below_what_github_takes(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_bytes(b"x" * (1024**2 - 9_000))
    assert append_summary(whole_session(), {"GITHUB_STEP_SUMMARY": str(path)}) == ""
    assert 1024**2 - 9_000 < path.stat().st_size <= 1024**2


def test_a_summary_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "summary.md"
    assert append_summary(whole_session(), {"GITHUB_STEP_SUMMARY": str(path)}) == (
        f"GITHUB_STEP_SUMMARY: {path} could not be written (No such file or directory),"
        " so the step has no summary of its checks"
    )


@pytest.mark.parametrize("environ", [{}, {"GITHUB_STEP_SUMMARY": ""}])
def test_without_such_a_file_nothing_is_written(environ: dict[str, str]) -> None:
    assert append_summary(whole_session(), environ) == ""
