"""How an app is started, by what its package says."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from pytest_nodeleak.commands.package_json import Package

__all__ = ["Start", "find_start"]

_SCRIPTS = ("start:prod", "start:production", "start", "serve", "dev")
_ENTRIES = ("server", "app", "index", "main")
_DIRECTORIES = ("", "src/")
_SHELL = re.compile(r"[;&|<>$`()*]|^\w+=|\bcross-env\b")
_BUILT = re.compile(r"(?:^|[\s./])(?:dist|build|lib|out|\.output)/")
# What restarts an app when a file changes; a check would measure the watcher's doing.
_WATCHERS = re.compile(
    r"^(?:npx\s+)?(?:nodemon|tsx\s+watch|ts-node-dev|node\s+--watch(?:-path=\S+)?)\s+"
    r"(?:--?[\w-]+(?:=\S+)?\s+)*(?P<file>[^\s-]\S*\.[cm]?[jt]s)$"
)
_OF_DEVELOPMENT = re.compile(
    r"\b(?:nodemon|watch|--watch|ts-node-dev|next dev|nest start(?! --)|vite|webpack)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How an app is started.

    Attributes:
        command: As ``nodeleak_app`` takes it.
        reason: Where that comes from.
        build: What has to be run before; empty if nothing.
        missing: The file it needs and that is not there yet; empty if there is none.
        notes: What the user should know.

    """

    command: str
    reason: str
    build: str = ""
    missing: str = ""
    notes: tuple[str, ...] = ()


def find_start(package: Package) -> Start | None:
    """Return how an app is started; None if nothing tells."""
    for name in _SCRIPTS:
        if name in package.scripts:
            return _of_script(package, name)
    if package.main and package.has(package.main):
        return _of_file(package, package.main, reason="main of package.json")
    for directory in _DIRECTORIES:
        for entry in _ENTRIES:
            for suffix in (".js", ".mjs", ".cjs", ".ts", ".mts"):
                name = f"{directory}{entry}{suffix}"
                if package.has(name):
                    return _of_file(package, name, reason="the only sign of an app")
    return None


def _of_script(package: Package, name: str) -> Start:
    script = package.scripts[name].strip()
    reason = f"script {name!r} of package.json"
    watched = _WATCHERS.match(script)
    if watched is not None and package.has(watched["file"]):
        return _of_file(
            package,
            watched["file"],
            reason=reason,
            note=f"{script!r} restarts the app when a file changes, so it is started"
            " without that",
        )
    usual = f"{package.manager} {name if name == 'start' else f'run {name}'}"
    notes = []
    if _OF_DEVELOPMENT.search(script) or name == "dev":
        notes.append(
            f"{script!r} is made for development, which keeps more than production does:"
            " better measure what you deploy (nodeleak_app)"
        )
    build = ""
    if "build" in package.scripts and (_BUILT.search(script) or "next start" in script):
        build = f"{package.manager} run build"
    return Start(
        command=script if _is_plain(package, name, script) else usual,
        reason=reason,
        build=build,
        missing=_missing(package, script) if build else "",
        notes=tuple(notes),
    )


def _is_plain(package: Package, name: str, script: str) -> bool:
    """Tell whether a script is but a call of Node.js, for which no npm is needed."""
    has_more = any(f"{when}{name}" in package.scripts for when in ("pre", "post"))
    return script.startswith("node ") and not _SHELL.search(script) and not has_more


def _missing(package: Package, script: str) -> str:
    """Return what a build has to make and has not yet."""
    if "next start" in script:
        built = package.directory / ".next"
        return "" if built.is_dir() else ".next"
    words = shlex.split(script, comments=False) if _is_splittable(script) else []
    files = [word for word in words if _BUILT.search(word)]
    names = [
        one if one.endswith((".js", ".mjs", ".cjs")) else f"{one}.js" for one in files
    ]
    for file, name in zip(files, names, strict=True):
        if not (package.has(file) or package.has(name)):
            return file
    return ""


def _is_splittable(script: str) -> bool:
    try:
        shlex.split(script)
    except ValueError:
        return False
    return True


def _of_file(package: Package, file: str, *, reason: str, note: str = "") -> Start:
    notes = [note] if note else []
    command = f"node {shlex.quote(file)}"
    if file.endswith((".ts", ".mts", ".cts")):
        if "tsx" in package.dependencies:
            command = f"npx tsx {shlex.quote(file)}"
        elif "ts-node" in package.dependencies:
            command = f"npx ts-node {shlex.quote(file)}"
        else:
            notes.append(
                "neither tsx nor ts-node is a dependency, so Node.js is to run TypeScript"
                " itself, which it does since 22.18"
            )
    return Start(command=command, reason=reason, notes=tuple(notes))
