"""How a group is made: on plain directories, which take the same files a kernel has."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pytest_nodeleak.nodejs.cgroup import CgroupRefused, MemoryCgroup
from pytest_nodeleak.nodejs.groups import own_memory_groups

V1 = "35 31 0:32 / {} rw - cgroup cgroup rw,memory"
V2 = "26 25 0:24 / {} rw - cgroup2 cgroup2 rw"


def create(*directories: Path, mount: str = V2) -> MemoryCgroup | CgroupRefused:
    mounts = "\n".join(mount.format(directory) for directory in directories)
    return MemoryCgroup.create(2**28, own_memory_groups("1:memory:/\n0::/\n", mounts))


@pytest.mark.parametrize(
    ("mount", "file"),
    [(V1, "memory.limit_in_bytes"), (V2, "memory.max")],
    ids=["version 1", "version 2"],
)
def test_a_group_of_ours_gets_the_limit_before_the_app(
    tmp_path: Path, mount: str, file: str
) -> None:
    made = create(tmp_path, mount=mount)

    assert isinstance(made, MemoryCgroup)
    assert made.limit_bytes == 2**28
    assert made.path.parent == tmp_path
    assert (made.path / file).read_text() == "268435456"
    assert f"-{os.getpid()}-" in made.path.name


def test_two_apps_have_two_groups(tmp_path: Path) -> None:
    made = [create(tmp_path) for _ in range(2)]

    assert len({one.path for one in made if isinstance(one, MemoryCgroup)}) == 2


def test_the_first_parent_that_lets_us_is_taken(tmp_path: Path) -> None:
    made = create(tmp_path / "missing", tmp_path)

    assert isinstance(made, MemoryCgroup)
    assert made.path.parent == tmp_path


def test_the_reason_of_the_last_refusal_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    refused = create(tmp_path / "missing", tmp_path / "file")

    assert refused == CgroupRefused(reason=f"{tmp_path / 'file'}: Not a directory")


def test_a_command_enters_the_group_before_it_becomes_the_app(tmp_path: Path) -> None:
    made = create(tmp_path)
    assert isinstance(made, MemoryCgroup)

    command = made.wrap(["/bin/sh", "-c", 'echo "$$ $0"', "two words"])
    done = subprocess.run(command, check=True, capture_output=True, text=True)

    pid, _, argument = done.stdout.strip().partition(" ")
    assert argument == "two words"
    assert (made.path / "cgroup.procs").read_text().strip() == pid


def test_a_group_has_room_for_what_is_not_in_use(tmp_path: Path) -> None:
    made = create(tmp_path)
    assert isinstance(made, MemoryCgroup)

    (made.path / "memory.current").write_text("90000000\n")
    (made.path / "memory.stat").write_text("inactive_file 20000000\n")
    assert made.group.room_bytes(made.limit_bytes) == 2**28 - 70_000_000
    (made.path / "memory.current").write_text("900000000\n")
    assert made.group.room_bytes(made.limit_bytes) == 0
