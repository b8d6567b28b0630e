"""Where the app's sources are: not where they were when the snapshot was captured.

A service runs in ``/usr/src/app`` of a container; its sources are in somebody's home
directory. Which directory became which is found by the files that are in both.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePosixPath

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.heap.relocation import relocate, script_names
from pytest_nodeleak.heap.snapshot import HeapSnapshot
from pytest_nodeleak.heap.sources import package_of, script_path

__all__ = ["located"]

# The app's own files are few, and a bundle is one.
_MOST_SCRIPTS = 500


def located(snapshot: HeapSnapshot, app: Path | None) -> HeapSnapshot:
    """Return the snapshot with the app's scripts in the given directory.

    It is returned as it is where nothing was asked for or no script is found there.

    Raises:
        InvalidSetting: If there is no such directory.

    """
    if app is None:
        return snapshot
    if not app.is_dir():
        raise InvalidSetting(
            name="the directory of the app's sources",
            value=str(app),
            source="--app",
            expected="an existing directory",
        )
    new = app.resolve()
    old = _old_directory(script_names(snapshot), new)
    if old is None or old == str(new):
        return snapshot
    return relocate(snapshot, old, str(new))


def _old_directory(scripts: tuple[str, ...], new: Path) -> str | None:
    """Return the directory under which most scripts lie as they do under the new one."""
    own = (script_path(script) for script in scripts if not package_of(script))
    paths = [PurePosixPath(path) for path in own if path.startswith("/")]
    votes: Counter[str] = Counter()
    for path in paths[:_MOST_SCRIPTS]:
        for directory in path.parents:
            if (new / path.relative_to(directory)).is_file():
                votes[str(directory)] += 1
    # Where the same number of files fits, the longest common path says most.
    best = max(votes, key=lambda one: (votes[one], -len(one)), default=None)
    return None if best is None else best.rstrip("/")
