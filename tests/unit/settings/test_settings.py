"""Defaults; what comes from pytest's configuration is tested end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.settings.options import OPTIONS
from pytest_nodeleak.settings.settings import (
    Settings,
    resolve,
)


def test_a_session_has_defaults_for_all_but_the_directory() -> None:
    settings = Settings(cwd=Path("/app"))

    assert (settings.app, settings.routes, settings.node) == (None, (), None)
    assert (settings.budget_s, settings.ready_timeout_s) == (60.0, 30.0)
    assert (settings.max_old_space_mb, dict(settings.outputs)) == (None, {})
    assert settings.memory_limit_bytes is None
    assert settings.fail_inconclusive is True
    assert settings.policy == LeakPolicy()


def test_flag_and_ini_name_of_an_option_are_twins() -> None:
    spellings = {option.name: (option.flag, option.ini) for option in OPTIONS}

    assert spellings[""] == ("--nodeleak", "nodeleak")
    assert spellings["max_old_space"] == (
        "--nodeleak-max-old-space",
        "nodeleak_max_old_space",
    )
    assert len({option.dest for option in OPTIONS}) == len(OPTIONS)


@pytest.mark.parametrize(("arguments", "shows_all"), [([], False), (["-v"], True)])
def test_all_findings_are_shown_with_v(
    pytester: pytest.Pytester, arguments: list[str], *, shows_all: bool
) -> None:
    assert resolve(pytester.parseconfig(*arguments)).shows_all is shows_all


def test_a_value_that_is_a_path_does_not_move_the_app(
    pytester: pytest.Pytester, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # pytest takes it for a file of tests, and the directory of that for its rootdir.
    node = tmp_path_factory.mktemp("bin") / "node"
    node.touch()
    config = pytester.parseconfig("--nodeleak-node", str(node))
    assert config.rootpath != pytester.path
    assert resolve(config).cwd == pytester.path

    config = pytester.parseconfig("--nodeleak-node", str(node), "--nodeleak-cwd", "api")
    assert resolve(config).cwd == pytester.path / "api"


def test_an_app_starts_where_the_ini_file_is(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]")
    pytester.mkdir("tests")
    pytester.chdir()
    config = pytester.parseconfig("--rootdir", str(pytester.path), "tests")
    assert resolve(config).cwd == pytester.path


def test_a_file_of_certificates_is_looked_for_where_it_is_named(
    pytester: pytest.Pytester,
) -> None:
    trusted = pytester.makefile(".pem", authority="")

    by_flag = resolve(pytester.parseconfig("--nodeleak-verify", "authority.pem"))
    pytester.makeini("[pytest]\nnodeleak_verify = authority.pem")
    by_ini = resolve(pytester.parseconfig())

    assert (by_flag.verify, by_ini.verify) == (str(trusted), str(trusted))


def test_a_missing_file_of_certificates_is_refused(pytester: pytest.Pytester) -> None:
    config = pytester.parseconfig("--nodeleak-verify", "maybe")
    with pytest.raises(InvalidSetting, match="is not 'yes', 'no' or a file"):
        resolve(config)
