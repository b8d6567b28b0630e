"""Files that an app names: what is read of them, and what a report may quote.

An app calls its scripts what it likes (``//# sourceURL=``, ``vm.Script``), and so do the
authors of its source maps (``"sources": ["../../../home/me/keys.js"]``). A report, which is
handed on, has nothing in it from where its reader would not expect it.
"""

from __future__ import annotations

import re
import stat
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from pytest_nodeleak.heap.sources import script_path
from pytest_nodeleak.sources.source_map import SourceMapUnreadable, decode_data_url

__all__ = ["is_quotable", "read_map", "read_text"]

_REMOTE = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)
# At the root of a repository, or of what npm, pnpm and others call a workspace.
_ROOTS = (".git", "pnpm-workspace.yaml", "lerna.json", "nx.json", "turbo.json")


def is_quotable(path: str, *, app_directory: Path) -> bool:
    """Tell whether a file is of the app's repository; without one, of its directory.

    What a symbolic link leads to counts, not where the link is.
    """
    try:
        return Path(path).resolve().is_relative_to(_project_of(app_directory))
    except (OSError, ValueError, RuntimeError):
        # No name of a file, or a link that leads to itself.
        return False


@cache
def _project_of(directory: Path) -> Path:
    directory = directory.resolve()
    home = Path.home()
    for one in (directory, *directory.parents):
        if one in {home, Path(one.anchor)}:
            break
        if any((one / name).exists() for name in _ROOTS):
            return one
    return directory


def read_map(url: str, directory: Path, *, at_most_bytes: int) -> tuple[bytes, str]:
    """Return the content of a map and the directory its sources are relative to.

    Args:
        url: As a script has it.
        directory: The script's.
        at_most_bytes: A larger one is not read.

    Raises:
        SourceMapUnreadable: If it is none that is read.
        OSError: If it cannot be read.

    """
    if url.startswith("data:"):
        return decode_data_url(url), str(directory)
    if _REMOTE.match(url) and not url.startswith("file:"):
        msg = f"it is at {url[:100]}, and nothing is fetched from a network"
        raise SourceMapUnreadable(msg)
    path = directory / (script_path(url) if url.startswith("file:") else unquote(url))
    found = path.stat()
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        msg = f"{path.name} is no file, but a pipe or a device"
        raise SourceMapUnreadable(msg)
    if (size := found.st_size) > at_most_bytes:
        msg = f"{path.name} has {size:,} bytes, more than {at_most_bytes:,}"
        raise SourceMapUnreadable(msg)
    return path.read_bytes(), str(path.parent)


def read_text(path: Path, *, at_most_bytes: int) -> str:
    """Return the text of a file, empty if there is none, or none of a bearable size."""
    try:
        # A script may be said to be in a pipe, or in a device without an end.
        if not path.is_file() or path.stat().st_size > at_most_bytes:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        # Bundled, deleted or never a file: the finding goes without a line.
        return ""
