"""What ``redact`` writes, and how: complete, private, and never over another file."""

from __future__ import annotations

import gzip
import json
import stat
from pathlib import Path

import pytest
from saved_heaps import saved_service

from pytest_nodeleak.commands.main import main
from pytest_nodeleak.heap.files import read_snapshot_file

GOLDEN = Path(__file__).parents[2] / "golden" / "commands"


def _redact(*arguments: object) -> int:
    return main(["redact", *map(str, arguments)])


def test_it_says_what_was_replaced_and_what_was_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, after = saved_service(tmp_path, 40)
    assert _redact(after, tmp_path / "safe.heapsnapshot") == 0
    assert capsys.readouterr().out == (GOLDEN / "redact.txt").read_text()


def test_as_data_it_says_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = saved_service(tmp_path)
    assert _redact(file, tmp_path / "safe", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["schema"], record["command"]) == (1, "redact")
    assert (record["source"], record["target"]) == ("0.heapsnapshot", "safe")
    assert record["replaced"]["property"] > 0
    assert record["kept"]["variable"] == 2


def test_redacted_snapshots_are_compared_like_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = saved_service(tmp_path, 40, 20)
    main(["diff", *map(str, files)])
    whole = capsys.readouterr().out.splitlines()
    safe = [tmp_path / f"safe{file.name}" for file in files]
    for file, copy in zip(files, safe, strict=True):
        _redact(file, copy)
    capsys.readouterr()
    assert main(["diff", *map(str, safe)]) == 1
    redacted = capsys.readouterr().out.splitlines()
    held = "  held by     cache: Map (retains 5.89 KB)"
    assert whole[4].startswith(held)
    # The names of the cached objects' properties are in no code of this small heap.
    assert redacted[1:3] == whole[1:3]
    assert redacted[4] == whole[4]


def test_the_copy_is_its_owner_s_only_and_no_draft_is_left(tmp_path: Path) -> None:
    (file,) = saved_service(tmp_path)
    target = tmp_path / "out" / "safe.heapsnapshot"
    target.parent.mkdir()
    _redact(file, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(target.parent.iterdir()) == [target]


def test_a_file_that_is_there_is_replaced_only_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = saved_service(tmp_path)
    target = tmp_path / "notes"
    target.write_text("precious")
    assert _redact(file, target) == 2
    assert "the file is there. --force replaces it." in capsys.readouterr().err
    assert target.read_text() == "precious"
    assert _redact(file, target, "--force") == 0
    read_snapshot_file(target)


def test_a_snapshot_can_be_replaced_by_its_copy(tmp_path: Path) -> None:
    (file,) = saved_service(tmp_path)
    before = read_snapshot_file(file)
    assert _redact(file, file, "--force") == 0
    after = read_snapshot_file(file)
    assert after.nodes.id.tolist() == before.nodes.id.tolist()
    assert "a name" not in after.strings


def test_a_copy_is_packed_if_it_is_called_so(tmp_path: Path) -> None:
    (file,) = saved_service(tmp_path)
    target = tmp_path / "safe.heapsnapshot.gz"
    _redact(file, target)
    assert json.loads(gzip.decompress(target.read_bytes()))["nodes"]
    assert read_snapshot_file(target).node_count == read_snapshot_file(file).node_count


def test_a_place_that_cannot_be_written_to_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = saved_service(tmp_path)
    assert _redact(file, tmp_path / "missing" / "safe") == 2
    assert "No such file or directory. Name a file" in capsys.readouterr().err
