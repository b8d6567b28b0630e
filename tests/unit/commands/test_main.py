from __future__ import annotations

import json
from pathlib import Path

import pytest
from saved_heaps import saved_service

from pytest_nodeleak.commands.main import main


def test_an_unreadable_file_is_answered_by_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(tmp_path / "missing.heapsnapshot")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "missing.heapsnapshot: No such file or directory." in printed.err
    assert "v8.writeHeapSnapshot()" in printed.err


@pytest.mark.parametrize("content", ["{}", '{"snapshot":', "not JSON", "\x00" * 9])
def test_a_file_that_is_no_snapshot_is_answered_likewise(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.heapsnapshot"
    file.write_text(content)
    for arguments in (["show", file], ["diff", file, file], ["redact", file, "out"]):
        assert main(list(map(str, arguments))) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith(f"pytest_nodeleak: {file}: ")
        assert printed.err.count("\n") == 1


def test_asked_for_data_it_prints_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = saved_service(tmp_path)
    assert main(["show", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["command"] == "show"
