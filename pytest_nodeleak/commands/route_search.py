"""Routes that sources seem to declare: candidates, to be asked before they are believed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["find_routes", "routes_in"]

_SUFFIXES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")
_NOT_SOURCES = {
    *("node_modules", "dist", "build", "out", "coverage", "public", "static", "vendor"),
    *("test", "tests", "__tests__", "spec", "e2e", "docs", "migrations"),
}
_MOST_FILES, _LARGEST_BYTES, _MOST_ROUTES = 400, 200_000, 40

_QUOTED = r"""['"`](?P<path>/[^'"`\s$]*)['"`]"""
_PATTERNS = tuple(
    re.compile(one)
    for one in (
        # app.get('/users/:id', ...); other things have a get(), too.
        (
            r"\b(?!axios|fetch|request|agent|http|https|client|cache|config|headers|params)"
            rf"\w+\.get\(\s*{_QUOTED}\s*,"
        ),
        rf"\.route\(\s*{_QUOTED}\s*\)\s*\.get\(",
        # Fastify and hapi.
        rf"method:\s*['\"]GET['\"]\s*,\s*(?:url|path):\s*{_QUOTED}",
        rf"(?:url|path):\s*{_QUOTED}\s*,\s*method:\s*['\"]GET['\"]",
        # An app without a framework.
        rf"\b(?:url|pathname|path)\s*===?\s*{_QUOTED}",
        r"['\"]GET (?P<path>/[^'\"\s]*)['\"]\s*:",
    )
)
_MOUNTED = re.compile(rf"\.(?:use|register)\(\s*{_QUOTED}\s*,")
_FASTIFY_PREFIX = re.compile(rf"\bprefix:\s*{_QUOTED}")
_CONTROLLER = re.compile(r"@Controller\(\s*(?:['\"`](?P<path>[^'\"`]*)['\"`])?\s*\)")
_NEST_GET = re.compile(r"@Get\(\s*(?:['\"`](?P<path>[^'\"`]*)['\"`])?\s*\)")
_PARAMETER = re.compile(r":\w+(?:\([^)]*\))?\??|\{\w+\??\}")
# Asking for these may end the app, or a session.
_DANGEROUS = re.compile(
    r"log-?out|sign-?out|shut-?down|exit|kill|crash|delete|remove|reset|restart|stop|quit",
    re.IGNORECASE,
)


def find_routes(directory: Path) -> list[str]:
    """Return the paths of GET routes that the sources below a directory seem to have."""
    texts = [_read(path) for path in _sources(directory)]
    return routes_in(texts)


def routes_in(texts: Iterable[str]) -> list[str]:
    """Return the candidates in some sources: the root first, parameters as ``{n}``.

    A route in a router is also a candidate below each path that something is mounted at.
    """
    declared: dict[str, None] = {}
    prefixes: dict[str, None] = {}
    for text in texts:
        declared |= dict.fromkeys(_declared(text))
        for pattern in (_MOUNTED, _FASTIFY_PREFIX):
            prefixes |= dict.fromkeys(
                match["path"].rstrip("/") for match in pattern.finditer(text)
            )
    below = [f"{prefix}{path}" for prefix in prefixes if prefix for path in declared]
    usable = map(_as_route, ["/", *declared, *below])
    return list(dict.fromkeys(filter(None, usable)))[:_MOST_ROUTES]


def _declared(text: str) -> Iterator[str]:
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield match["path"]
    controllers = list(_CONTROLLER.finditer(text))
    for match in _NEST_GET.finditer(text):
        own = [one for one in controllers if one.start() < match.start()]
        parts = [own[-1]["path"] if own else "", match["path"]]
        yield "/" + "/".join(part.strip("/") for part in parts if part)


def _as_route(path: str) -> str:
    """Write a path as a route of ours; empty if it cannot, or should not, be asked for."""
    route = _PARAMETER.sub("{n}", path)
    if _DANGEROUS.search(route) or re.search(r"[*()+\[\]\\^|:]", route):
        return ""
    return route.rstrip("/") or "/"


def _sources(directory: Path) -> Iterator[Path]:
    count = 0
    for base, directories, files in os.walk(directory):
        directories[:] = sorted(
            one for one in directories if one not in _NOT_SOURCES and one[0] != "."
        )
        for name in sorted(files):
            is_test = re.search(r"\.(?:test|spec|d)\.\w+$|\bconfig\.\w+$", name)
            if not name.endswith(_SUFFIXES) or is_test:
                continue
            count += 1
            if count > _MOST_FILES:
                return
            yield Path(base) / name


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        # It is gone, or not ours to read: there may be routes elsewhere.
        return ""
