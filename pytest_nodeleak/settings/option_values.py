"""What was given for an option, and where."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.settings.given import parse_given
from pytest_nodeleak.settings.options import OPTIONS, Option

__all__ = [
    "NO",
    "OPTION_BY_NAME",
    "YES",
    "Given",
    "all_given_for",
    "directory_of",
    "given_for",
    "given_in_file",
    "is_enabled",
    "is_overridden",
    "is_switched_on",
    "yes_or_no",
]

YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}
OPTION_BY_NAME = {option.name: option for option in OPTIONS}


@dataclass(frozen=True, slots=True)
class Given:
    """A value and where it was given.

    Attributes:
        text: As it was given.
        source: As messages name it.
        is_flag: Whether on the command line; else in the ini file.

    """

    text: str
    source: str
    is_flag: bool = False


def given_for(config: pytest.Config, option: Option) -> Given | None:
    """Return what was given; the command line beats the ini file.

    Raises:
        InvalidSetting: If the ini file has a list where one value belongs.

    """
    from_command_line = config.getoption(option.dest)
    if from_command_line is not None:
        return Given(str(from_command_line), option.flag, is_flag=True)
    return given_in_file(config, option.ini)


def all_given_for(config: pytest.Config, option: Option) -> tuple[Given, ...]:
    """Return everything that was given for an option, in order.

    One value on the command line takes the place of all in the ini file.

    Raises:
        InvalidSetting: If the ini file has something else than texts.

    """
    if not option.repeatable:
        given = given_for(config, option)
        return (given,) if given else ()
    from_command_line = config.getoption(option.dest)
    if from_command_line:
        return tuple(
            Given(text, option.flag, is_flag=True) for text in from_command_line
        )
    values, source = _in_file(config, option.ini), f"ini option {option.ini}"
    if values is None:
        return ()
    return tuple(
        Given(_text(option.ini, value, source), source)
        for value in (values if isinstance(values, list) else [values])
    )


def directory_of(config: pytest.Config, option: Option) -> Path:
    """Return what a file name is relative to, depending on where it is given."""
    is_from_ini = config.getoption(option.dest) is None
    return config.rootpath if is_from_ini else config.invocation_params.dir


def is_overridden(config: pytest.Config, option: Option) -> bool:
    """Tell whether the command line takes the place of something in the ini file."""
    is_on_command_line = config.getoption(option.dest) is not None
    return is_on_command_line and bool(_in_file(config, option.ini))


def given_in_file(config: pytest.Config, ini: str) -> Given | None:
    """Return what the configuration file has.

    Raises:
        InvalidSetting: If it has a list or a table where one value belongs.

    """
    value, source = _in_file(config, ini), f"ini option {ini}"
    if value is None or value == "":
        return None
    return Given(_text(ini, value, source), source)


def _text(ini: str, value: object, source: str) -> str:
    """Write a value of TOML as an ini file has it."""
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return str(value)
        case _:
            raise InvalidSetting(
                name=ini.removeprefix("nodeleak_"),
                value=value,
                source=source,
                expected="a text, a number, or true or false",
            )


def _in_file(config: pytest.Config, ini: str) -> object:
    """Return a value as the configuration file has it, of its native type.

    pytest takes nothing but texts from the native tables of TOML for an option of ours,
    and raises for a number. It can be told one other type, or several only by its newest
    versions, and an option such as a budget is written either way.
    """
    try:
        value: object = config.getini(ini)
    except (TypeError, ValueError, pytest.UsageError):
        value = _native_table(config).get(ini)
    return value


def _native_table(config: pytest.Config) -> Mapping[str, object]:
    if config.inipath is None:
        return {}
    with config.inipath.open("rb") as file:
        document = tomllib.load(file)
    if "pytest" in document and config.inipath.name != "pyproject.toml":
        return dict(document["pytest"])
    return dict(document["tool"]["pytest"])


def yes_or_no(text: str) -> bool:
    """Read a switch.

    Raises:
        ValueError: If it is neither.

    """
    if text.lower() not in YES | NO:
        msg = "true or false"
        raise ValueError(msg)
    return text.lower() in YES


def is_enabled(config: pytest.Config) -> bool:
    """Tell whether leak tests are to be run.

    Raises:
        InvalidSetting: If the ini file's value is neither yes nor no.

    """
    return is_switched_on(config, "")


def is_switched_on(config: pytest.Config, name: str) -> bool:
    """Tell whether a switch is on; it is off where nothing is given.

    Raises:
        InvalidSetting: If what is given is neither yes nor no.

    """
    given = given_for(config, OPTION_BY_NAME[name])
    if given is None:
        return False
    return parse_given(name or "nodeleak", given.text, yes_or_no, source=given.source)
