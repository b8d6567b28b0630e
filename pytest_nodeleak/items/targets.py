"""What a test item without a test file puts on the app."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pytest_nodeleak.exceptions import InvalidSetting

if TYPE_CHECKING:
    from pytest_nodeleak.fixtures.app import NodeApp
    from pytest_nodeleak.fixtures.outcome import Report
    from pytest_nodeleak.settings.settings import Settings
    from pytest_nodeleak.traffic.har import RecordedRoute
    from pytest_nodeleak.traffic.headers import Headers
    from pytest_nodeleak.traffic.openapi.operations import Operation

__all__ = ["OperationTarget", "Target", "targets_of"]


class Target(Protocol):
    """One route, in whatever form it was given."""

    @property
    def name(self) -> str:
        """How the test item is called."""

    def check(self, app: NodeApp) -> Report:
        """Put it on an app.

        Raises:
            NodeLeakError: If there is nothing to judge.

        """


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTarget:
    """A route as it was typed."""

    name: str
    headers: Headers

    def check(self, app: NodeApp) -> Report:
        """Hammer it."""
        return app.hammer(self.name, headers=self.headers.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationTarget:
    """An operation of an OpenAPI document."""

    operation: Operation
    headers: Headers

    @property
    def name(self) -> str:
        """Method and path, as the document has them."""
        return self.operation.label

    def check(self, app: NodeApp) -> Report:
        """Make requests of its schemas and hammer it with these.

        Raises:
            InvalidSetting: If its schemas let none be made.
            NodeLeakError: If there is nothing to judge.

        """
        # Made now, as a session may run but one of several hundred.
        from pytest_nodeleak.traffic.openapi.requests import requests_of

        try:
            made = requests_of(self.operation, headers=self.headers.values)
        except ValueError as exc:
            # It says what was expected of the document.
            raise InvalidSetting(
                name="operation",
                value=self.name,
                source="OpenAPI document",
                expected=str(exc),
            ) from exc
        return app.hammer_plan(
            made.plan, spare=made.spare, security=self.operation.security
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTarget:
    """A route of recorded traffic."""

    route: RecordedRoute

    @property
    def name(self) -> str:
        """Its method and the shape of its path."""
        return self.route.name

    def check(self, app: NodeApp) -> Report:
        """Hammer it with what was recorded."""
        return app.hammer_plan(self.route.plan)


def targets_of(settings: Settings) -> Iterator[Target]:
    """Yield what the settings make test items of, in the order of the options."""
    headers = settings.sweep.headers
    for route in settings.routes:
        yield RouteTarget(name=route, headers=headers)
    for operation in settings.sweep.operations:
        yield OperationTarget(operation=operation, headers=headers)
    recording = settings.sweep.recording
    for recorded in recording.routes if recording else ():
        yield RecordedTarget(route=recorded)
