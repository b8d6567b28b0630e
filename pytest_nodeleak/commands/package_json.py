"""What ``package.json`` says of an app, and the files beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_nodeleak.exceptions import InvalidSetting

__all__ = ["Package", "read_package"]

_FRAMEWORKS = {
    "next": "Next.js",
    "@nestjs/core": "NestJS",
    "express": "Express",
    "fastify": "Fastify",
    "koa": "Koa",
    "@hapi/hapi": "hapi",
    "hono": "Hono",
    "restify": "restify",
    "graphql-yoga": "GraphQL Yoga",
    "socket.io": "Socket.IO",
}
_LOCKS = {
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
}
_MOST_WORKSPACES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package.

    Attributes:
        directory: Where it is.
        name: Its own name, or else the directory's.
        main: Its entry, as it is written; empty if it has none.
        scripts: Commands by name.
        dependencies: Names, those for development too.
        framework: The first one of those we know; empty if there is none.
        manager: What installs and runs it.
        lock: The manager's file of versions; empty if there is none.
        workspaces: Directories of the packages in it, if it has some.

    """

    directory: Path
    name: str
    main: str = ""
    scripts: Mapping[str, str] = field(default_factory=dict)
    dependencies: frozenset[str] = frozenset()
    framework: str = ""
    manager: str = "npm"
    lock: str = ""
    workspaces: tuple[Path, ...] = ()

    def has(self, name: str) -> bool:
        """Tell whether there is such a file in it."""
        return (self.directory / name).is_file()


def read_package(directory: Path) -> Package:
    """Read a package.

    Raises:
        InvalidSetting: If there is none, or it cannot be read.

    """
    path = directory / "package.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        expected = (
            "an app's: it has no package.json; go to the app's or name it: init DIR"
        )
    except (OSError, ValueError) as exc:
        expected = f"readable: its package.json is not ({exc})"
    else:
        if isinstance(content, dict):
            return _package(directory, content)
        expected = "readable: its package.json holds no object"
    raise InvalidSetting(
        name="directory", value=str(directory), source="init", expected=expected
    )


def _package(directory: Path, content: Mapping[str, Any]) -> Package:
    names = [
        *_table(content, "dependencies"),
        *_table(content, "devDependencies"),
        *_table(content, "optionalDependencies"),
    ]
    lock = next((one for one in _LOCKS if _upwards(directory, one)), "")
    return Package(
        directory=directory,
        name=_text(content, "name") or directory.resolve().name,
        main=_text(content, "main"),
        scripts={
            name: command
            for name, command in _table(content, "scripts").items()
            if isinstance(command, str)
        },
        dependencies=frozenset(names),
        framework=next((_FRAMEWORKS[one] for one in _FRAMEWORKS if one in names), ""),
        manager=_LOCKS.get(lock, "npm"),
        lock=lock,
        workspaces=tuple(_workspaces(directory, content)),
    )


def _table(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = content.get(name)
    return value if isinstance(value, dict) else {}


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return value if isinstance(value, str) else ""


def _upwards(directory: Path, name: str) -> bool:
    """Tell whether a file is in the directory, or above it in the same repository."""
    for one in (directory.resolve(), *directory.resolve().parents):
        if (one / name).is_file():
            return True
        if (one / ".git").exists():
            break
    return False


def _workspaces(directory: Path, content: Mapping[str, Any]) -> list[Path]:
    listed = content.get("workspaces")
    if isinstance(listed, dict):
        listed = listed.get("packages")
    patterns = [one for one in listed or () if isinstance(one, str)]
    pnpm = directory / "pnpm-workspace.yaml"
    if pnpm.is_file():
        # A list of texts: what YAML can do beyond that nobody does here.
        lines = pnpm.read_text(encoding="utf-8", errors="replace").splitlines()
        items = (line.strip() for line in lines)
        patterns += [one[1:].strip(" '\"") for one in items if one.startswith("- ")]
    found = {
        file.parent
        for pattern in patterns
        if not pattern.startswith(("!", "/", ".."))
        for file in directory.glob(f"{pattern.rstrip('/')}/package.json")
        if "node_modules" not in file.parts
    }
    return sorted(found)[:_MOST_WORKSPACES]
