from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from pytest_nodeleak.nodejs.open_files import limit_open_files, open_files_limit

_SHOW = "ulimit -S -n && ulimit -H -n"


def test_a_number_that_node_starts_with_is_taken() -> None:
    assert open_files_limit("64") == 64


@pytest.mark.parametrize("text", ["63", "0", "-1", "many", "1.5", ""])
def test_what_no_app_can_run_with_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a number of at least 64; write"):
        open_files_limit(text)


def test_more_than_this_user_may_have_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    assert open_files_limit("4096") == 4096
    with pytest.raises(ValueError, match="at most 4,096, the limit of this user"):
        open_files_limit("4097")


def test_a_system_without_such_a_limit_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    with pytest.raises(ValueError, match="this system has no such limit; use Linux"):
        open_files_limit("256")


def test_both_limits_are_those_of_the_command_and_ours_stay() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    command = limit_open_files(("/bin/sh", "-c", _SHOW), 99)
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["99", "99"]
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
