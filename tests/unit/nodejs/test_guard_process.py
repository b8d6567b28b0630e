from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_nodeleak.nodejs import guard_process
from pytest_nodeleak.nodejs.tree import ProcessTree

# Larger than any process id can be.
NOBODY = 2**30


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Return the apps that are ended, none of which there is."""
    apps: list[int] = []
    monkeypatch.setattr(ProcessTree, "end", lambda tree: apps.append(tree.leader_pid))
    path = [*sys.path]
    yield apps
    sys.path[:] = path


def guard(leader: int = NOBODY) -> None:
    guard_process.main(str(NOBODY), str(leader), "mark", "", *sys.path)


def test_the_app_of_a_pytest_that_is_gone_is_ended(ended: list[int]) -> None:
    guard()
    assert ended == [NOBODY]


def test_another_program_that_has_the_apps_number_is_left_alone(
    ended: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    began = iter(["1000", "2000"])
    monkeypatch.setattr(guard_process, "_began", lambda _stat: next(began))
    guard()
    assert ended == []


def test_an_app_whose_first_process_is_gone_is_ended_with_the_others(
    ended: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    began = iter(["1000", ""])
    monkeypatch.setattr(guard_process, "_began", lambda _stat: next(began))
    guard()
    assert ended == [NOBODY]


def test_where_a_process_has_no_descriptor_the_parent_is_looked_at_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_pid: int) -> int:
        raise PermissionError

    parents = iter([77, 77, 77, 1])
    monkeypatch.setattr(os, "pidfd_open", refuse)
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    monkeypatch.setattr(guard_process, "_POLL_S", 0.0)
    guard_process._wait_for_end(77)
    assert list(parents) == []


def test_when_a_process_began_is_read_behind_its_name(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    fields = " ".join(str(number) for number in range(4, 40))
    stat.write_text(f"12 (a) ) name) S {fields}")
    assert guard_process._began(stat) == "22"
    assert guard_process._began(tmp_path / "none") == ""
