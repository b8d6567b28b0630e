from __future__ import annotations

import os
import resource
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_nodeleak.artifacts import (
    CPU_PROFILE,
    HEAP_PROFILE,
    HEAP_SNAPSHOT,
    Artifacts,
    ArtifactStore,
    is_redacted,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def copy(artifacts: Artifacts, *chunks: str) -> list[str]:
    fed: list[str] = []
    with artifacts.copy_snapshot(fed.append) as take:
        for chunk in chunks:
            take(chunk)
    return fed


def files(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_profile_is_written_for_its_owner_only(tmp_path: Path) -> None:
    with ArtifactStore(tmp_path / "new").of("tests/a.py::test_x::GET /a") as artifacts:
        artifacts.save(CPU_PROFILE, '{"nodes":[]}')
    path = artifacts.saved[CPU_PROFILE]
    assert path.read_text() == '{"nodes":[]}'
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert files(tmp_path / "new") == [path.name]
    assert path.suffix == ".cpuprofile"


NAMES = {
    "tests/a.py::test_x::GET /users/{n}": "tests-a.py-test_x-GET-users-n-",
    "../../etc/passwd::GET /": "etc-passwd-GET-",
    "t::GET /\x1b[2J\n'$(rm)`": "t-GET-2J-rm-",
    "t::GET /ü😀": "t-GET-",
    "::": "check-",
    ".hidden": "hidden-",
}


@pytest.mark.parametrize("check_id", NAMES)
def test_a_name_of_a_file_is_harmless(tmp_path: Path, check_id: str) -> None:
    artifacts = ArtifactStore(tmp_path).of(check_id)
    artifacts.save(CPU_PROFILE, "{}")
    name = artifacts.saved[CPU_PROFILE].name
    assert name.startswith(NAMES[check_id])
    assert artifacts.saved[CPU_PROFILE].parent == tmp_path


def test_a_long_name_is_cut_and_stays_different(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path)
    for route in ("a" * 500, "b" + "a" * 499):
        store.of(route).save(CPU_PROFILE, "{}")
    assert len(files(tmp_path)) == 2
    assert max(map(len, files(tmp_path))) <= 120


def test_two_checks_of_one_name_keep_both_and_the_next_session_replaces_them(
    tmp_path: Path,
) -> None:
    for session in ("1", "2"):
        store = ArtifactStore(tmp_path)
        for check in ("a", "b"):
            store.of("t::GET /").save(CPU_PROFILE, session + check)
    assert sorted(path.read_text() for path in tmp_path.iterdir()) == ["2a", "2b"]


def test_a_link_in_its_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("mine")
    first = ArtifactStore(tmp_path).of("t")
    first.save(CPU_PROFILE, "{}")
    first.saved[CPU_PROFILE].unlink()
    first.saved[CPU_PROFILE].symlink_to(target)
    ArtifactStore(tmp_path).of("t").save(CPU_PROFILE, "{}")
    assert target.read_text() == "mine"
    assert not first.saved[CPU_PROFILE].is_symlink()


def test_the_last_snapshot_of_a_failed_check_is_kept(tmp_path: Path) -> None:
    with ArtifactStore(tmp_path).of("t") as artifacts:
        assert copy(artifacts, "fi", "rst") == ["fi", "rst"]
        assert copy(artifacts, "se", "cond") == ["se", "cond"]
        artifacts.keep()
    path = artifacts.saved[HEAP_SNAPSHOT]
    assert path.read_text() == "second"
    assert (path.suffix, mode(path)) == (".heapsnapshot", 0o600)
    assert files(tmp_path) == [path.name]


def test_the_snapshots_of_a_clean_check_are_gone(tmp_path: Path) -> None:
    with ArtifactStore(tmp_path).of("t") as artifacts:
        copy(artifacts, "first")
    assert files(tmp_path) == []
    assert artifacts.seen() == {}


def test_a_snapshot_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def fail(_chunk: str) -> None:
        msg = "no snapshot"
        raise ValueError(msg)

    artifacts = ArtifactStore(tmp_path).of("t")
    with pytest.raises(ValueError, match="no"), artifacts.copy_snapshot(fail) as take:
        take("x")
    assert files(tmp_path) == []


def test_snapshots_are_written_only_where_a_directory_was_named(tmp_path: Path) -> None:
    with ArtifactStore(cache_directory=tmp_path).of("t") as artifacts:
        assert copy(artifacts, "secret") == ["secret"]
        artifacts.keep()
        artifacts.save(CPU_PROFILE, "{}")
    assert list(artifacts.saved) == [CPU_PROFILE]
    assert len(files(tmp_path)) == 1


def test_without_any_directory_nothing_is_written() -> None:
    with ArtifactStore().of("t") as artifacts:
        artifacts.save(CPU_PROFILE, "{}")
        assert copy(artifacts, "a") == ["a"]
        artifacts.keep()
    assert artifacts.saved == {}
    assert artifacts.problem == ""


def test_what_cannot_be_written_breaks_no_check(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with ArtifactStore(tmp_path / "file" / "below").of("t") as artifacts:
        artifacts.save(CPU_PROFILE, "{}")
        assert artifacts.problem == (
            "the cpu profile could not be saved: Not a directory; name another directory"
            " with --nodeleak-artifacts"
        )
        assert copy(artifacts, "a") == ["a"]
        artifacts.keep()
    assert artifacts.saved == {}
    assert artifacts.problem.startswith("the heap snapshot could not be saved")


def test_a_full_disk_ends_the_copy_and_not_the_snapshot(tmp_path: Path) -> None:
    artifacts = ArtifactStore(tmp_path).of("t")
    fed: list[str] = []
    with artifacts.copy_snapshot(fed.append) as take:
        take("a")
        artifacts.problem = "disk full"
        take("b")
    artifacts.keep()
    assert fed == ["a", "b"]
    assert files(tmp_path) == []


def test_what_is_held_ready_is_written_when_the_check_has_failed(
    tmp_path: Path,
) -> None:
    with ArtifactStore(cache_directory=tmp_path).of("t") as artifacts:
        artifacts.hold(HEAP_PROFILE, "older")
        artifacts.hold(HEAP_PROFILE, '{"head":{}}')
        assert files(tmp_path) == []
        artifacts.keep()
    path = artifacts.saved[HEAP_PROFILE]
    assert path.read_text() == '{"head":{}}'
    assert (path.suffix, mode(path)) == (".heapprofile", 0o600)
    assert files(tmp_path) == [path.name]


def test_what_is_held_ready_is_gone_with_a_check_that_passes(tmp_path: Path) -> None:
    with ArtifactStore(tmp_path).of("t") as artifacts:
        artifacts.hold(HEAP_PROFILE, "{}")
    assert files(tmp_path) == []
    assert artifacts.seen() == {}


def test_what_one_of_several_processes_holds_ready_is_adopted(tmp_path: Path) -> None:
    with ArtifactStore(tmp_path).of("t") as artifacts:
        artifacts.hold(HEAP_PROFILE, "own")
        other = artifacts.apart()
        other.hold(HEAP_PROFILE, "adopted")
        artifacts.adopt(other)
        artifacts.keep()
    assert artifacts.saved[HEAP_PROFILE].read_text() == "adopted"


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Let no file of this process grow beyond 10 KB: writing then fails as it does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("full_disk")
def test_a_disk_that_is_full_breaks_no_check(tmp_path: Path) -> None:
    chunk = "x" * 100_000
    with ArtifactStore(tmp_path).of("t") as artifacts:
        assert copy(artifacts, chunk, chunk) == [chunk, chunk]
        artifacts.save(CPU_PROFILE, chunk)
        artifacts.keep()
    assert artifacts.saved == {}
    assert "could not be saved: File too large" in artifacts.problem
    assert files(tmp_path) == []


@pytest.mark.usefixtures("full_disk")
def test_a_disk_that_is_full_at_the_last_bytes_breaks_no_check(tmp_path: Path) -> None:
    # Written to the file only when it is closed.
    almost, rest = "x" * 8_192, "y" * 4_000
    with ArtifactStore(tmp_path).of("t") as artifacts:
        assert copy(artifacts, almost, rest) == [almost, rest]
    assert "could not be saved: File too large" in artifacts.problem
    assert files(tmp_path) == []


def upper(read: Callable[[], Iterator[str]]) -> Iterator[str]:
    assert list(read()) == list(read())
    yield from (text.upper() for text in read())


def test_a_snapshot_is_kept_as_it_was_rewritten(tmp_path: Path) -> None:
    with ArtifactStore(tmp_path, rewrite=upper).of("t::GET /") as artifacts:
        assert copy(artifacts, "{secret", "}") == ["{secret", "}"]
        artifacts.keep()
    kept = artifacts.saved[HEAP_SNAPSHOT]
    assert kept.read_text() == "{SECRET}"
    assert kept.name.endswith(".redacted.heapsnapshot")
    assert is_redacted(kept.name)
    assert mode(kept) == 0o600
    assert files(tmp_path) == [kept.name]


def test_what_cannot_be_rewritten_is_not_kept_at_all(tmp_path: Path) -> None:
    def fail(read: Callable[[], Iterator[str]]) -> Iterator[str]:
        yield next(read())
        raise ValueError("it is none")

    with ArtifactStore(tmp_path, rewrite=fail).of("t::GET /") as artifacts:
        copy(artifacts, "{secret}")
        artifacts.keep()
    assert artifacts.problem == (
        "the heap snapshot could not be redacted, and was not kept: it is none"
    )
    assert files(tmp_path) == []


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_an_artifact_is_for_its_owner_whatever_the_umask(
    tmp_path: Path, umask: int
) -> None:
    usual = os.umask(umask)
    try:
        artifacts = ArtifactStore(tmp_path / "new").of("t::GET /")
        artifacts.save(CPU_PROFILE, "{}")
    finally:
        os.umask(usual)
    assert artifacts.problem == ""
    assert mode(artifacts.saved[CPU_PROFILE]) == 0o600
    assert mode(tmp_path / "new") == 0o700


def test_a_link_in_the_place_of_an_artifact_is_not_followed(tmp_path: Path) -> None:
    elsewhere, directory = tmp_path / "elsewhere", tmp_path / "kept"
    elsewhere.write_text("mine")
    store = ArtifactStore(directory)
    store.of("t::GET /").save(CPU_PROFILE, "{}")
    (kept,) = directory.iterdir()
    kept.unlink()
    kept.symlink_to(elsewhere)

    again = ArtifactStore(directory).of("t::GET /")
    again.save(CPU_PROFILE, "{}")

    assert elsewhere.read_text() == "mine"
    assert again.saved[CPU_PROFILE] == kept
    assert not kept.is_symlink()


def test_no_route_leads_out_of_the_directory(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "kept"
    for name in (
        "../../../x",
        "/etc/passwd",
        "..",
        "a/../../b",
        "x" * 5000,
        "\x00/..\n",
    ):
        ArtifactStore(directory).of(name).save(CPU_PROFILE, "{}")
    assert len(files(directory)) == 6
    assert files(tmp_path) == ["a"]
    assert files(tmp_path / "a") == ["kept"]
