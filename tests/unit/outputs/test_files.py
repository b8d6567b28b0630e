from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from html_records import usual_session

from pytest_nodeleak.outputs.files import output_key, write_outputs

RECORD = {"schema": 1, "plugin": "0.1.0", "checks": []}


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


def test_metrics_are_written_in_each_format_that_is_named(tmp_path: Path) -> None:
    paths = {
        "metrics.om": tmp_path / "run.txt",
        "metrics.prom": tmp_path / "run.prom",
        "metrics.emf": tmp_path / "run.jsonl",
    }
    assert write_outputs(RECORD, paths) == []
    assert 'nodeleak_run_info{version="0.1.0"} 1\n' in paths["metrics.om"].read_text()
    assert "# TYPE nodeleak_run_info gauge\n" in paths["metrics.prom"].read_text()
    assert not paths["metrics.emf"].read_text()


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("run.om", "metrics.om"),
        ("out/run.txt", "metrics.om"),
        ("run.prom", "metrics.prom"),
        ("run.emf", "metrics.emf"),
        ("run.jsonl", "metrics.emf"),
    ],
)
def test_the_ending_of_a_name_is_the_format(name: str, key: str) -> None:
    assert output_key("metrics", (), name) == key


def test_an_ending_without_a_format_is_refused_with_those_that_have_one() -> None:
    expected = "a file whose name ends in '.om', '.txt', '.prom', '.emf' or '.jsonl'"
    with pytest.raises(ValueError, match=re.escape(expected)):
        output_key("metrics", (), "run.json")


def test_two_files_of_one_format_are_refused() -> None:
    with pytest.raises(ValueError, match="the only file of its format"):
        output_key("metrics", {"metrics.om"}, "run.txt")


def test_a_page_links_to_artifacts_as_seen_from_where_it_lies(tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "b-1.cpuprofile"
    session = usual_session()
    session["checks"][-1]["artifacts"] = {"cpu_profile": str(kept)}
    page, record = tmp_path / "reports" / "page.html", tmp_path / "record.json"

    assert write_outputs(session, {"html": page, "json": record}) == []

    assert 'href="../kept/b-1.cpuprofile"' in page.read_text("utf-8")
    assert str(kept) in record.read_text("utf-8")
