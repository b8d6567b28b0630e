"""Reads what a user gave, and says where it was given if it cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pytest_nodeleak.exceptions import InvalidSetting

__all__ = ["parse_given"]

T = TypeVar("T")


def parse_given(
    name: str, value: object, parse: Callable[[str], T], *, source: str
) -> T:
    """Read a value, a text or what reads as one.

    Args:
        name: The setting, as the user spells it.
        value: What was given.
        parse: Reads text; raises ``ValueError`` saying what it expects.
        source: Where it was given.

    Raises:
        InvalidSetting: If the value cannot be used.

    """
    try:
        return parse(str(value))
    except ValueError as exc:
        raise InvalidSetting(
            name=name, value=value, source=source, expected=str(exc)
        ) from exc
