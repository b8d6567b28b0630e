"""Routes of a Next.js app, which are its files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

__all__ = ["next_routes"]

_CODE = re.compile(r"\.[jt]sx?$")
# A list of paths that Next.js has resolved grows up to 8 MiB: other paths in each request
# would leave every check inconclusive (docs: starting.md).
_PARAMETER, _VALUE = re.compile(r"\[\w+\]"), "1"
_MOST = 40


def next_routes(directory: Path) -> list[str]:
    """Return the paths of pages and route handlers, parameters with a value."""
    found = [
        route
        for base in (directory, directory / "src")
        for route in (*_of_app(base / "app"), *_of_pages(base / "pages"))
    ]
    return list(dict.fromkeys(found))[:_MOST]


def _of_app(base: Path) -> Iterator[str]:
    for file in _code_below(base):
        if file.stem in {"page", "route"}:
            # A group has a name, and no part in the path.
            parts = [one for one in file.parent.parts if not re.match(r"\(\w+\)$", one)]
            yield from _route(parts)


def _of_pages(base: Path) -> Iterator[str]:
    for file in _code_below(base):
        if file.name.startswith("_"):
            continue
        name = [] if file.stem == "index" else [file.stem]
        yield from _route([*file.parent.parts, *name])


def _code_below(base: Path) -> Iterator[PurePosixPath]:
    for path in sorted(base.rglob("*")):
        if _CODE.search(path.name) and path.is_file():
            yield PurePosixPath(path.relative_to(base).as_posix())


def _route(parts: list[str]) -> Iterator[str]:
    path = "/" + "/".join(_PARAMETER.sub(_VALUE, one) for one in parts)
    # What is left in brackets takes the rest of a path; what has an @ is a part of a page.
    if not re.search(r"[\[\]@()]", path):
        yield path
