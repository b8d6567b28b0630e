"""Which npm package a script belongs to, and which version of it is installed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pytest_nodeleak.heap.sources import package_of, script_path

__all__ = ["Package", "find_package", "home_of"]

_MANIFEST = "package.json"
_LARGEST_MANIFEST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An installed npm package.

    Attributes:
        name: As it is required, e.g. ``"@scope/name"``.
        version: Of its ``package.json``; None where that cannot be read.

    """

    name: str
    version: str | None


def find_package(script: str) -> Package | None:
    """Return the dependency a script belongs to, None for the app itself.

    Args:
        script: As V8 names it: a path or a ``file:`` URL. It may lie in the store of a
            package manager, such as ``node_modules/.pnpm/a@1.0.0/node_modules/a``.

    """
    name = package_of(script)
    if name is None:
        return None
    path = script_path(script)
    # The last one is the package's own; those below it, such as dist/cjs/package.json,
    # only say what kind of modules are there.
    end = path.rindex(f"/node_modules/{name}/") + len(f"/node_modules/{name}")
    return Package(name=name, version=_field(Path(path[:end]) / _MANIFEST, "version"))


def home_of(script: str, *, app_directory: Path) -> str:
    """Return what a script is known by, wherever it is installed.

    Returns:
        The dependency's name; for the app's own files ``"name/lib/file.js"``, by the name
        of the package around it; without one, the path from the app's directory.

    """
    package = find_package(script)
    if package is not None:
        return package.name
    file = app_directory / script_path(script)
    is_inside = file.is_relative_to(app_directory)
    for directory in file.parents:
        name = _field(directory / _MANIFEST, "name")
        if name is not None:
            return f"{name}/{file.relative_to(directory).as_posix()}"
        if directory == app_directory:
            # Further up is whatever this machine has there.
            break
    return file.relative_to(app_directory).as_posix() if is_inside else file.name


@cache
def _field(manifest: Path, field: str) -> str | None:
    try:
        if not manifest.is_file() or manifest.stat().st_size > _LARGEST_MANIFEST_BYTES:
            return None
        content = json.loads(manifest.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError):
        # In an archive, deleted, or broken: the package goes without it.
        return None
    value = content.get(field) if isinstance(content, dict) else None
    return value if isinstance(value, str) and value else None
