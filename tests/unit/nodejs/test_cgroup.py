"""Where the memory groups are, read from the files the kernel shows; and made up groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_nodeleak.nodejs.cgroup import CgroupRefused, MemoryCgroup
from pytest_nodeleak.nodejs.groups import own_memory_groups

V2 = "26 25 0:24 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate"
V1 = "35 31 0:32 / /sys/fs/cgroup/memory rw shared:1 - cgroup cgroup rw,memory"
V1_CPU = "33 31 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct"
HYBRID = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"
DOCKER_V1 = "61 60 0:32 /docker/4f5e /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory"


def paths(cgroup: str, *mounts: str) -> list[str]:
    groups = own_memory_groups(cgroup, "\n".join(mounts))
    return [str(group.path) for group in groups]


def test_version_2_has_one_tree() -> None:
    assert paths("0::/user.slice/app.slice/shell.scope\n", V2) == [
        "/sys/fs/cgroup/user.slice/app.slice/shell.scope",
        "/sys/fs/cgroup/user.slice/app.slice",
        "/sys/fs/cgroup/user.slice",
        "/sys/fs/cgroup",
    ]


def test_version_1_has_a_tree_for_memory() -> None:
    cgroup = "4:memory:/batch/7\n1:cpu,cpuacct:/other\n"

    assert paths(cgroup, V1_CPU, V1) == [
        "/sys/fs/cgroup/memory/batch/7",
        "/sys/fs/cgroup/memory/batch",
        "/sys/fs/cgroup/memory",
    ]


def test_a_hybrid_system_is_looked_through_for_both() -> None:
    assert paths("4:memory:/a\n0::/b\n", V1, HYBRID) == [
        "/sys/fs/cgroup/memory/a",
        "/sys/fs/cgroup/memory",
        "/sys/fs/cgroup/unified/b",
        "/sys/fs/cgroup/unified",
    ]


def test_a_container_sees_a_part_of_the_tree_as_the_whole() -> None:
    assert paths("4:memory:/docker/4f5e\n", DOCKER_V1) == ["/sys/fs/cgroup/memory"]


def test_a_group_outside_of_the_mounted_part_is_taken_for_its_root() -> None:
    assert paths("4:memory:/elsewhere\n", DOCKER_V1) == ["/sys/fs/cgroup/memory"]


def test_a_system_without_cgroups_has_none() -> None:
    assert paths("", "1 0 8:1 / / rw - ext4 /dev/sda1 rw") == []


@pytest.mark.parametrize(
    ("mount", "files"),
    [
        pytest.param(
            V2,
            {
                "memory.max": "268435456\n",
                "memory.current": "90000000\n",
                "memory.peak": "100000000\n",
                "memory.events": "low 0\noom 3\noom_kill 2\noom_group_kill 1\n",
                "memory.stat": "anon 1\ninactive_file 20000000\n",
            },
            id="version 2",
        ),
        pytest.param(
            V1,
            {
                "memory.limit_in_bytes": "268435456\n",
                "memory.usage_in_bytes": "90000000\n",
                "memory.max_usage_in_bytes": "100000000\n",
                "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
                "memory.stat": "inactive_file 5\ntotal_inactive_file 20000000\n",
            },
            id="version 1",
        ),
    ],
)
def test_a_group_tells_its_limit_its_use_and_its_kills(
    tmp_path: Path, mount: str, files: dict[str, str]
) -> None:
    mounted = mount.replace("/sys/fs/cgroup", str(tmp_path)).replace("/memory ", " ")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (group,) = own_memory_groups("1:memory:/\n0::/\n", mounted)

    assert group.limit_bytes() == 2**28
    assert group.used_bytes() == 70_000_000
    assert group.peak_bytes() == 100_000_000
    assert group.kills() == 2


@pytest.mark.parametrize(
    "text", ["max\n", "9223372036854771712\n"], ids=["version 2", "version 1"]
)
def test_a_group_without_a_limit_has_none(tmp_path: Path, text: str) -> None:
    for name in ("memory.max", "memory.limit_in_bytes"):
        (tmp_path / name).write_text(text)
    mounted = V2.replace("/sys/fs/cgroup", str(tmp_path))
    (group,) = own_memory_groups("0::/\n", mounted)

    assert group.limit_bytes() is None


def test_a_group_that_says_nothing_has_used_nothing(tmp_path: Path) -> None:
    mounted = V2.replace("/sys/fs/cgroup", str(tmp_path))
    (group,) = own_memory_groups("0::/\n", mounted)

    assert (group.used_bytes(), group.peak_bytes(), group.kills()) == (0, None, 0)


def test_where_no_group_can_be_made_the_reason_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    mounted = V2.replace("/sys/fs/cgroup", str(missing))
    parents = own_memory_groups("0::/\n", mounted)
    refused = MemoryCgroup.create(2**28, parents)

    assert refused == CgroupRefused(reason=f"{missing}: No such file or directory")


def test_a_machine_without_groups_says_so() -> None:
    assert MemoryCgroup.create(2**28, ()) == CgroupRefused(
        reason="this machine has no memory cgroups"
    )
