"""What ``@pytest.mark.nodeleak(...)`` sets for one test, on top of the session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.nodejs.open_files import open_files_limit
from pytest_nodeleak.settings.attachment import refusal
from pytest_nodeleak.settings.given import parse_given
from pytest_nodeleak.settings.limit_texts import MARKER_ARGUMENTS
from pytest_nodeleak.settings.limits import apply_limits
from pytest_nodeleak.settings.settings import Settings, positive_duration_s
from pytest_nodeleak.units import memory_size

__all__ = ["MarkerSettings", "marker_settings"]

# What a marker takes beside limits: its reader, and the field, here and in the session's
# settings.
_FIELDS: Mapping[str, tuple[str, Callable[[str], float]]] = {
    "memory_limit": ("memory_limit_bytes", memory_size),
    "max_open_files": ("max_open_files", open_files_limit),
    "budget": ("budget_s", positive_duration_s),
}
# What only an app can have that we start.
_OF_STARTED = ("memory_limit", "max_open_files")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerSettings:
    """One test's settings.

    Attributes:
        policy: Limits, on top of the session's.
        budget_s: Longest time for one check.
        memory_limit_bytes: Of all processes of an app together.
        max_open_files: Of each of its processes.

    """

    policy: LeakPolicy
    budget_s: float
    memory_limit_bytes: int | None = None
    max_open_files: int | None = None

    def conditions_of_start(self, settings: Settings) -> Mapping[str, int]:
        """Return what the test itself asks for that only an app can have we start."""
        return {
            name: value
            for name in _OF_STARTED
            if (value := getattr(self, _FIELDS[name][0])) is not None
            and value != getattr(settings, _FIELDS[name][0])
        }


def marker_settings(
    arguments: Mapping[str, object], settings: Settings, *, test: str
) -> MarkerSettings:
    """Read the arguments of a test's marker.

    Raises:
        InvalidSetting: If one cannot be used; it names the test.

    """
    source = f"nodeleak marker on {test}"
    for name in arguments:
        if name not in MARKER_ARGUMENTS:
            raise InvalidSetting(
                name="limit",
                value=name,
                source=source,
                expected=f"one of {', '.join(MARKER_ARGUMENTS)}",
            )
    for name in _OF_STARTED:
        if settings.attach is not None and name in arguments:
            raise refusal(
                name, arguments[name], source=source, attach="--nodeleak-attach"
            )
    values: dict[str, float | None] = {}
    for name, (field, parse) in _FIELDS.items():
        value = arguments.get(name)
        values[field] = (
            getattr(settings, field)
            if value is None
            else parse_given(name, value, parse, source=source)
        )
    limits = {name: arguments[name] for name in arguments if name not in _FIELDS}
    return MarkerSettings(
        policy=apply_limits(settings.policy, limits, source=source),
        **values,  # type: ignore[arg-type]  # by _FIELDS
    )
