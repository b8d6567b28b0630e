"""The files that ``init`` writes, as texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Workflow", "pytest_ini", "pytest_table", "test_module", "workflow"]

_TEST = '''\
"""Leak tests of {name}: run them with pytest --nodeleak

Without that switch they are skipped, so they can live beside other tests.
"""

import pytest

ROUTES = [
{routes}]
{fixture}

@pytest.mark.parametrize("route", ROUTES)
def test_route_is_bounded(node_app, route):
    node_app.hammer(route).assert_bounded()


# A route that takes a body; "{{uuid}}" is another value in every request:
#
# def test_order(node_app):
#     node_app.hammer("POST /orders", json={{"sku": "{{uuid}}"}}).assert_bounded()
'''
_FIXTURE = """

@pytest.fixture
def nodeleak_app():
    return {command}
"""
_NUMBERED = "  # {n} counts up: every request asks for another one"


def test_module(name: str, routes: Sequence[str], *, command: str | None) -> str:
    """Return a module of tests.

    Args:
        name: The app's.
        routes: Such as ``"GET /users/{n}"``.
        command: How the app is started, where no configuration says it.

    """
    lines = (
        f"    {_literal(route)},{_NUMBERED if '{n}' in route else ''}\n"
        for route in routes
    )
    fixture = "" if command is None else _FIXTURE.format(command=_literal(command))
    # A name is free text, and this is a docstring.
    plain = "".join(one for one in name if one.isalnum() or one in "-_@/. ")
    return _TEST.format(name=plain, routes="".join(lines), fixture=fixture)


def _literal(text: str) -> str:
    """Write a text in quotes, as JSON, Python and TOML all have it."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def pytest_ini(settings: Sequence[tuple[str, str]]) -> str:
    """Return a ``pytest.ini``."""
    # There are no quotes in it: a line that a value begins is another setting.
    return "[pytest]\n" + "".join(
        f"{name} = {' '.join(value.split())}\n" for name, value in settings
    )


def pytest_table(settings: Sequence[tuple[str, str]]) -> str:
    """Return the table for ``pyproject.toml``."""
    return "\n[tool.pytest.ini_options]\n" + "".join(
        f"{name} = {_literal(value)}\n" for name, value in settings
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """What a CI job has to know.

    Attributes:
        directory: The app's in the repository; empty if it is the root.
        node_version: The value of setup-node's ``node-version``; empty for a file.
        node_version_file: The file that has it; empty if none does.
        manager: ``npm``, ``pnpm`` or ``yarn``.
        has_lock: Whether there is a file of versions.
        build: What is run before the tests; empty if nothing.

    """

    directory: str
    node_version: str
    node_version_file: str
    manager: str
    has_lock: bool
    build: str


_INSTALL = {
    ("npm", True): "npm ci",
    ("npm", False): "npm install",
    ("pnpm", True): "corepack enable && pnpm install --frozen-lockfile",
    ("yarn", True): "corepack enable && yarn install",
}


def workflow(facts: Workflow) -> str:
    """Return a workflow for GitHub."""
    return "\n".join(_workflow_lines(facts)) + "\n"


def _workflow_lines(facts: Workflow) -> Iterator[str]:
    yield "name: leaks"
    yield "on:"
    yield "  pull_request:"
    yield "  push:"
    yield "    branches: [main, master]"
    yield "permissions:"
    yield "  contents: read"
    yield "jobs:"
    yield "  leaks:"
    yield "    runs-on: ubuntu-latest"
    yield "    timeout-minutes: 20"
    if facts.directory:
        yield "    defaults:"
        yield "      run:"
        yield f"        working-directory: {_literal(facts.directory)}"
    yield "    steps:"
    yield "      - uses: actions/checkout@v6"
    yield "      - uses: actions/setup-node@v6"
    yield "        with:"
    if facts.node_version_file:
        yield f"          node-version-file: {_literal(facts.node_version_file)}"
    else:
        yield f"          node-version: {_literal(facts.node_version)}"
    yield "      - uses: actions/setup-python@v6"
    yield "        with:"
    yield '          python-version: "3.13"'
    yield f"      - run: {_INSTALL[facts.manager, facts.has_lock]}"
    if facts.build:
        yield f"      - run: {facts.build}"
    yield "      - run: pip install pytest-nodeleak"
    yield "      - run: python -m pytest_nodeleak doctor"
    yield "      - run: pytest --nodeleak --nodeleak-json=nodeleak.json"
    yield "      - uses: actions/upload-artifact@v6"
    yield "        if: ${{ !cancelled() }}"
    yield "        with:"
    yield "          name: nodeleak"
    path = f"{facts.directory}/nodeleak.json" if facts.directory else "nodeleak.json"
    yield f"          path: {_literal(path)}"
