from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from pytest_nodeleak.inspection.words_file import WordsFile
from pytest_nodeleak.nodejs.last_words import LastWords

EXIT = b'{"at":1000,"exit":3,"stack":"Error"}\n'


def test_what_the_app_writes_is_read_when_the_name_is_long_gone(tmp_path: Path) -> None:
    opened: list[int] = []
    with WordsFile() as words:
        words.offer(
            lambda path: opened.append(
                os.open(path, os.O_CREAT | os.O_APPEND | os.O_RDWR)
            )
        )
        assert words.read() == LastWords()
        os.write(opened[0], EXIT)
        read = words.read()
        assert read is not None
        assert read.exit is not None
        assert read.exit.code == 3
        assert list(tmp_path.iterdir()) == []
    os.close(opened[0])


@pytest.fixture(autouse=True)
def _own_temporary_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_an_app_that_may_not_open_it_has_no_words(tmp_path: Path) -> None:
    with WordsFile() as words:
        words.offer(lambda _path: None)
        assert words.read() is None
    assert list(tmp_path.iterdir()) == []


def test_without_a_place_for_temporary_files_there_are_no_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    asked: list[Path] = []
    with WordsFile() as words:
        words.offer(asked.append)
        assert words.read() is None
    assert asked == []
