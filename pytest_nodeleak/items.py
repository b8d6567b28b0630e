"""Test items without a test file: one per ``--nodeleak-route``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_nodeleak.fixtures import open_factory
from pytest_nodeleak.session import SETTINGS

__all__ = ["RouteItem", "route_items"]


class RouteItem(pytest.Item):
    """Hammers one route of the app, launched or attached to; asserts it is bounded."""

    def __init__(self, *, route: str, **kwargs: Any) -> None:  # noqa: ANN401  # pytest's
        super().__init__(**kwargs)
        self._route = route

    def runtest(self) -> None:
        """Run the check."""
        factory = open_factory(self)
        try:
            factory.open().hammer(self._route).assert_bounded()
        finally:
            factory.close()

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the item in reports."""
        return self.config.rootpath, None, self.name


def route_items(session: pytest.Session) -> list[RouteItem]:
    """Return an item for each configured route."""
    return [
        RouteItem.from_parent(
            session, name=route, nodeid=f"nodeleak::{route}", route=route
        )
        for route in session.config.stash[SETTINGS].routes
    ]
