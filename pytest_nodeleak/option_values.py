"""What was given for an option, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_nodeleak.options import OPTIONS, Option

if TYPE_CHECKING:
    import pytest

__all__ = ["NO", "OPTION_BY_NAME", "YES", "Given", "given_for"]

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
    """Return what was given; the command line beats the ini file."""
    from_command_line = config.getoption(option.dest)
    if from_command_line is not None:
        return Given(str(from_command_line), option.flag, is_flag=True)
    from_ini = config.getini(option.ini)
    if from_ini is None or from_ini == "":
        return None
    return Given(str(from_ini), f"ini option {option.ini}")
