from __future__ import annotations

from pathlib import Path

import pytest

from pytest_nodeleak.session.repository import find_repository


@pytest.mark.parametrize("name", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_the_checkout_of_a_code_host_is_the_repository(
    tmp_path: Path, name: str
) -> None:
    rootdir = tmp_path / "checkout" / "packages" / "api"
    (rootdir / ".git").mkdir(parents=True)
    environ = {name: str(tmp_path / "checkout")}
    assert find_repository(rootdir, environ) == tmp_path / "checkout"


def test_a_checkout_elsewhere_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    environ = {"GITHUB_WORKSPACE": str(tmp_path / "other"), "CI_PROJECT_DIR": ""}
    (tmp_path / "own" / ".git").mkdir(parents=True)
    assert find_repository(tmp_path / "own", environ) == tmp_path / "own"


def test_the_nearest_directory_with_a_repository_is_taken(tmp_path: Path) -> None:
    rootdir = tmp_path / "packages" / "api"
    rootdir.mkdir(parents=True)
    # As a worktree has it.
    (tmp_path / ".git").write_text("gitdir: /elsewhere\n")
    assert find_repository(rootdir, {}) == tmp_path


def test_without_a_repository_it_is_the_directory_itself(tmp_path: Path) -> None:
    assert find_repository(tmp_path, {}) == tmp_path


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real" / ".git").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert find_repository(tmp_path / "link", {}) == tmp_path / "real"
