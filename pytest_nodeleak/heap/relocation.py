"""Script paths of another machine as paths of this one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pytest_nodeleak.heap.snapshot import HeapSnapshot
from pytest_nodeleak.heap.sources import script_path

__all__ = ["relocate", "script_names"]


def script_names(snapshot: HeapSnapshot) -> tuple[str, ...]:
    """Return what the scripts of a snapshot are called, each name once."""
    names = np.unique(snapshot.nodes.name[snapshot.is_script])
    return tuple(snapshot.strings[name] for name in names.tolist())


def relocate(snapshot: HeapSnapshot, old: str, new: str) -> HeapSnapshot:
    """Return the snapshot with its scripts in another directory.

    Args:
        snapshot: The snapshot.
        old: The directory they were in, without a slash at its end.
        new: The directory they are in now.

    """
    strings = list(snapshot.strings)
    names = np.unique(snapshot.nodes.name[snapshot.is_script])
    for name in names.tolist():
        path = script_path(strings[name])
        if path.startswith(old + "/"):
            strings[name] = new + path.removeprefix(old)
    return replace(snapshot, strings=strings)
