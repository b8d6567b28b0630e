from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from heaps import Heap, app_server

import pytest_nodeleak.heap.files as files_module
from pytest_nodeleak.exceptions import (
    NodeLeakError,
    SnapshotFormatError,
    SnapshotUnreadable,
)
from pytest_nodeleak.heap.files import read_snapshot_file


def _text(name: str = "Object") -> str:
    heap = Heap()
    heap.object(name, parent=app_server(heap), via="kept", edge="context")
    return heap.text()


def _saved(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "app.heapsnapshot"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_gives_the_snapshot_it_holds(tmp_path: Path) -> None:
    snapshot = read_snapshot_file(_saved(tmp_path, _text("Order")))
    assert "Order" in [snapshot.name(i) for i in range(snapshot.node_count)]


def test_a_packed_file_gives_the_snapshot_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "app.heapsnapshot.gz"
    path.write_bytes(gzip.compress(_text("Order").encode()))
    assert "Order" in read_snapshot_file(path).strings


def test_characters_cut_in_two_by_a_chunk_are_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files_module, "_CHUNK_BYTES", 1)
    text = _text().replace('"kept"', '"日本 😀 \\ud800"')
    snapshot = read_snapshot_file(_saved(tmp_path, text))
    assert "日本 😀 \ud800" in snapshot.strings


@pytest.mark.parametrize("chunk_bytes", [1, 64, 1 << 20])
def test_bytes_that_are_no_utf_8_are_refused_with_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk_bytes: int
) -> None:
    monkeypatch.setattr(files_module, "_CHUNK_BYTES", chunk_bytes)
    path = tmp_path / "app.heapsnapshot"
    raw = _text().encode()
    # The first two bytes of a character of three.
    path.write_bytes(raw[:100] + "日".encode()[:2] + raw[100:])
    with pytest.raises(SnapshotFormatError, match="byte 100 is not UTF-8"):
        read_snapshot_file(path)


def test_a_file_that_ends_within_a_character_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "app.heapsnapshot"
    path.write_bytes(_text().encode() + "日".encode()[:2])
    with pytest.raises(SnapshotFormatError, match="is not UTF-8"):
        read_snapshot_file(path)


@pytest.mark.parametrize("content", ["{}", "hello", "PK\x03\x04", _text()[:-10]])
def test_a_file_of_something_else_is_refused_by_its_name(
    tmp_path: Path, content: str
) -> None:
    path = _saved(tmp_path, content)
    with pytest.raises(SnapshotFormatError, match=r"app\.heapsnapshot: "):
        read_snapshot_file(path)


@pytest.mark.parametrize(
    "packed", [b"no gzip", gzip.compress(b"{}" * 99)[:-4]], ids=["foreign", "cut off"]
)
def test_a_packed_file_that_is_cut_or_not_packed_is_refused(
    tmp_path: Path, packed: bytes
) -> None:
    path = tmp_path / "app.heapsnapshot.gz"
    path.write_bytes(packed)
    with pytest.raises(SnapshotFormatError, match="gz: the gzip data is truncated or"):
        read_snapshot_file(path)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing.heapsnapshot", "No such file or directory"),
        ("folder.heapsnapshot", "Is a directory"),
        ("folder.gz", "Is a directory"),
        ("empty.heapsnapshot", "the file is empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_what_to_do(
    tmp_path: Path, name: str, problem: str
) -> None:
    (tmp_path / "folder.heapsnapshot").mkdir()
    (tmp_path / "folder.gz").mkdir()
    (tmp_path / "empty.heapsnapshot").touch()
    path = tmp_path / name
    with pytest.raises(SnapshotUnreadable) as caught:
        read_snapshot_file(path)
    assert isinstance(caught.value, NodeLeakError)
    assert str(caught.value).startswith(f"{path}: {problem}\nGive a heap snapshot file")
