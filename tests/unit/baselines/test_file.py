"""Where a baseline's file is, and what is said of one that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_nodeleak.baselines.baseline import Baseline, Rates
from pytest_nodeleak.baselines.file import BaselineFile, read_baseline, write_baseline
from pytest_nodeleak.exceptions import InvalidSetting

HOME, HERE = Path("/shop"), Path("/shop/api")


def named(given: str, *, home: Path = HOME, directory: Path = HERE) -> BaselineFile:
    return BaselineFile.named(
        given, option="compare", source="--nodeleak-compare", home=home,
        directory=directory,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "name", "path"),
    [
        ("main", "main", "/shop/.nodeleak/main.json"),
        ("release-2.1", "release-2.1", "/shop/.nodeleak/release-2.1.json"),
        ("known.json", "known", "/shop/api/known.json"),
        ("ci/known", "known", "/shop/api/ci/known"),
        ("/tmp/known.json", "known", "/tmp/known.json"),
    ],
)
def test_a_name_is_beside_the_ini_file_and_a_path_is_a_path(
    given: str, name: str, path: str
) -> None:
    file = named(given)

    assert (file.name, file.path) == (name, Path(path))


@pytest.mark.parametrize("given", ["..", "-v", "my baseline", "*"])
def test_what_is_neither_is_refused(given: str) -> None:
    with pytest.raises(InvalidSetting) as raised:
        named(given)

    assert str(raised.value) == (
        f"--nodeleak-compare: compare {given!r} is not a name such as 'main', which is"
        " .nodeleak/main.json beside the ini file, or a path"
    )


def test_what_was_written_is_read_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = named("main", home=tmp_path)
    baseline = Baseline(name="main", checks={"t": {24: Rates(verdict="clean")}})

    assert write_baseline(file, baseline)
    assert not write_baseline(file, baseline)

    assert read_baseline(file) == baseline
    assert [one.name for one in file.path.parent.iterdir()] == ["main.json"]


def test_a_missing_baseline_names_those_that_are_there(tmp_path: Path) -> None:
    write_baseline(named("master", home=tmp_path), Baseline(name="master"))

    with pytest.raises(InvalidSetting) as raised:
        read_baseline(named("main", home=tmp_path))

    assert str(raised.value) == (
        "--nodeleak-compare: compare 'main' is not a baseline: there is no"
        f" {tmp_path}/.nodeleak/main.json (there is master); save one with"
        " --nodeleak-save main"
    )


def test_the_first_save_finds_no_file(tmp_path: Path) -> None:
    file = named("main", home=tmp_path)

    assert read_baseline(file, may_lack=True) == Baseline(name="main")


@pytest.mark.parametrize("content", [b"<<<<<<< HEAD", b"\xff\xfe", b'{"schema": 1}'])
def test_a_file_that_is_no_baseline_is_told_with_what_to_do(
    content: bytes, tmp_path: Path
) -> None:
    file = named("known.json", directory=tmp_path)
    file.path.write_bytes(content)

    with pytest.raises(InvalidSetting) as raised:
        read_baseline(file, may_lack=True)

    text = str(raised.value)
    assert text.startswith("--nodeleak-compare: compare 'known.json' is not a baseline")
    assert str(file.path) in text


def test_a_directory_is_no_baseline(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="can be read: Is a directory"):
        read_baseline(named("./", directory=tmp_path))


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path) -> None:
    file = named("a/known.json", directory=tmp_path)
    (tmp_path / "a").write_text("a file where a directory is wanted")

    with pytest.raises(OSError, match=r"exists|Not a directory"):
        write_baseline(file, Baseline(name="main"))
