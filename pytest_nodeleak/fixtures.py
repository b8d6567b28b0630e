"""The fixtures. Everything heavy is imported when one is used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pytest_nodeleak.session import (
    APP_OF_REPEATED,
    BASE_URL,
    SETTINGS,
    SKIP_REASON,
    marker_settings_of,
    recorder,
)

if TYPE_CHECKING:
    from pytest_nodeleak.app import NodeApp
    from pytest_nodeleak.factory import NodeLeak

__all__ = [
    "node_app",
    "nodeleak",
    "nodeleak_app",
    "nodeleak_base_url",
    "open_factory",
]


def open_factory(item: pytest.Item) -> NodeLeak:
    """Return a factory of apps with a test's settings."""
    from pytest_nodeleak.factory import NodeLeak
    from pytest_nodeleak.live_line import progress_of

    return NodeLeak(
        settings=item.config.stash[SETTINGS],
        marker=marker_settings_of(item),
        test=item.nodeid,
        record=recorder(item),
        progress=progress_of(item.config),
    )


@pytest.fixture
def nodeleak(request: pytest.FixtureRequest) -> Iterator[NodeLeak]:
    """Launch Node.js apps: ``with nodeleak.launch("node server.js") as app: ...``."""
    if SETTINGS not in request.config.stash:
        # Asked for at run time, by a test that collection could not know.
        pytest.skip(SKIP_REASON)
    factory = open_factory(request.node)
    try:
        yield factory
    finally:
        factory.close()


@pytest.fixture
def nodeleak_app() -> str | None:
    """Return the command of ``node_app``; override it to start another app."""
    return None


@pytest.fixture
def node_app(
    request: pytest.FixtureRequest, nodeleak: NodeLeak, nodeleak_app: str | None
) -> NodeApp:
    """Return the running app of ``nodeleak_app`` / ``--nodeleak-app``, fresh per test.

    With ``--nodeleak-attach`` it is that one, unless ``nodeleak_app`` is overridden.
    """
    shared = request.node.stash.get(APP_OF_REPEATED, None)
    return nodeleak.open(nodeleak_app) if shared is None else shared()


@pytest.fixture(scope="session")
def nodeleak_base_url() -> str:
    """Return where the app serves, for ordinary tests: as ``NODELEAK_BASE_URL`` says.

    ``--nodeleak-repeat`` sets it to the app that it has started.
    """
    base_url = os.environ.get(BASE_URL)
    if not base_url:
        pytest.skip(f"no app: set {BASE_URL}, or run with --nodeleak-repeat")
    return base_url
