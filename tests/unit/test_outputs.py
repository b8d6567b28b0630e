from __future__ import annotations

import json
import os
from pathlib import Path

from pytest_nodeleak.outputs import write_outputs

RECORD = {"schema": 1, "checks": []}


def test_a_file_that_was_asked_for_is_written_below_new_directories(
    tmp_path: Path,
) -> None:
    path = tmp_path / "new" / "record.json"
    assert write_outputs(RECORD, {"json": path}) == []
    assert json.loads(path.read_text("utf-8")) == RECORD
    assert [*path.parent.iterdir()] == [path]


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text("of an earlier session, and longer than the new one" * 9)
    assert write_outputs(RECORD, {"json": path}) == []
    assert json.loads(path.read_text("utf-8")) == RECORD


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert write_outputs(RECORD, {"json": path}) == []
        assert json.loads(os.read(reader, 65536)) == RECORD
        assert path.is_fifo()
    finally:
        os.close(reader)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    path = tmp_path / "taken" / "record.json"
    (problem,) = write_outputs(RECORD, {"json": path})
    assert problem == (
        f"--nodeleak-json: {path} could not be written (File exists); name a file that"
        " can be, and run again"
    )
    assert (tmp_path / "taken").read_text() == "a file"
