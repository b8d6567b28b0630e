"""What a session sweeps over without any test file, read and checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pytest_nodeleak.exceptions import ExtraMissing, InvalidSetting
from pytest_nodeleak.settings.given import parse_given
from pytest_nodeleak.settings.option_values import (
    OPTION_BY_NAME,
    all_given_for,
    directory_of,
    given_for,
)
from pytest_nodeleak.traffic.headers import Headers, parse_header
from pytest_nodeleak.units import format_things

if TYPE_CHECKING:
    import pytest

    from pytest_nodeleak.traffic.har import Recording
    from pytest_nodeleak.traffic.openapi.operations import Operation

__all__ = ["Sweep", "sweep_of"]

# Of the extra, to say it before the first item asks for one of them.
_NEEDED = ("yaml", "hypothesis")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Operations and recorded traffic that become test items, and what is sent with all.

    Attributes:
        operations: Those of the OpenAPI document.
        recording: The traffic.
        headers: Sent with every request of a sweep, those of routes included.

    """

    operations: tuple[Operation, ...] = ()
    recording: Recording | None = None
    headers: Headers = field(default_factory=Headers)

    @property
    def lines(self) -> tuple[str, ...]:
        """What was read, for the head of the session."""
        read = []
        if self.operations:
            number = format_things(len(self.operations), "operation")
            read.append(f"{number} in the OpenAPI document")
        if self.recording is not None:
            read.append(f"recorded traffic: {self.recording}")
        return tuple(read)


def sweep_of(config: pytest.Config) -> Sweep:
    """Read what there is to sweep over.

    Raises:
        InvalidSetting: If a value cannot be used; it says where it was given.
        ExtraMissing: If reading a document takes more than is installed.

    """
    headers = _headers(config, os.environ)
    return Sweep(
        operations=_operations(config),
        recording=_recording(config, headers),
        headers=headers,
    )


def _headers(config: pytest.Config, environ: Mapping[str, str]) -> Headers:
    values: dict[str, str] = {}
    for given in all_given_for(config, OPTION_BY_NAME["header"]):
        try:
            name, value = parse_header(given.text, environ)
        except ValueError as exc:
            # The value is nobody's business.
            raise InvalidSetting(
                name="header",
                value=given.text.partition(":")[0],
                source=given.source,
                expected=str(exc),
            ) from exc
        values[name] = value
    return Headers(values)


def _operations(config: pytest.Config) -> tuple[Operation, ...]:
    option = OPTION_BY_NAME["openapi"]
    given = given_for(config, option)
    if given is None:
        return ()
    for module in _NEEDED:
        if find_spec(module) is None:
            raise ExtraMissing(extra="openapi", needed_for=given.source, module=module)
    from pytest_nodeleak.traffic.openapi.operations import read_operations
    from pytest_nodeleak.traffic.openapi.references import References

    directory = directory_of(config, option)

    def parse(text: str) -> tuple[Operation, ...]:
        # An UnreadableDocument is a ValueError that says what was expected.
        return tuple(read_operations(References(directory / text)))

    return parse_given("openapi", given.text, parse, source=given.source)


def _recording(config: pytest.Config, headers: Headers) -> Recording | None:
    option = OPTION_BY_NAME["har"]
    given = given_for(config, option)
    if given is None:
        return None
    from pytest_nodeleak.traffic.har import read_recording

    origin = given_for(config, OPTION_BY_NAME["har_origin"])
    directory = directory_of(config, option)

    def parse(text: str) -> Recording:
        return read_recording(
            directory / text,
            origin=origin.text if origin else None,
            headers=headers.values,
        )

    return parse_given("har", given.text, parse, source=given.source)
