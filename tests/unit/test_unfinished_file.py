from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pytest_nodeleak import unfinished_file
from pytest_nodeleak.unfinished_file import UnfinishedFile


@pytest.fixture(params=["nameless", "hidden"])
def directory(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return one on a disk that knows files without names, and on one that does not."""
    if request.param == "hidden":
        monkeypatch.setattr(unfinished_file, "_open_nameless", lambda _directory: None)
    return tmp_path / "below"


def files(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_file_is_there_when_it_is_published_for_its_owner_only(
    directory: Path,
) -> None:
    file = UnfinishedFile(directory)
    file.write("whole")
    assert "a.txt" not in files(directory)
    path = file.publish("a.txt")
    assert path == directory / "a.txt"
    assert path.read_text() == "whole"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert files(directory) == ["a.txt"]


def test_it_takes_the_place_of_an_older_one(directory: Path) -> None:
    for text in ("old", "new"):
        file = UnfinishedFile(directory)
        file.write(text)
        file.publish("a.txt")
    assert (directory / "a.txt").read_text() == "new"


def test_one_that_is_dropped_leaves_nothing(directory: Path) -> None:
    file = UnfinishedFile(directory)
    file.write("secret")
    file.drop()
    file.drop()
    assert files(directory) == []


def test_one_that_cannot_take_its_place_leaves_nothing(directory: Path) -> None:
    (directory / "a.txt").mkdir(parents=True)
    file = UnfinishedFile(directory)
    with pytest.raises(OSError, match="directory"):
        file.publish("a.txt")
    assert files(directory) == ["a.txt"]


def test_a_process_that_dies_leaves_nothing_where_files_may_be_nameless(
    tmp_path: Path,
) -> None:
    if unfinished_file._open_nameless(tmp_path) is None:
        pytest.skip("this disk knows no files without a name")
    file = UnfinishedFile(tmp_path)
    file.write("secret")
    file.finish()
    assert files(tmp_path) == []
    file.drop()


def test_lone_surrogates_are_written_as_escapes(directory: Path) -> None:
    file = UnfinishedFile(directory)
    file.write("\ud800")
    assert os.fsencode(file.publish("a").read_bytes()) == b"\\ud800"
