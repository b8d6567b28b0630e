"""Heap snapshots that cannot be read or compared."""

from __future__ import annotations

from pathlib import Path

from pytest_nodeleak.exceptions.base import NodeLeakError

__all__ = ["SnapshotFormatError", "SnapshotUnreadable", "SnapshotsUnrelated"]


class SnapshotUnreadable(NodeLeakError):
    """There is no snapshot to read where one was expected.

    Attributes:
        path: The file, as it was given.
        problem: What is wrong with it, e.g. ``"No such file or directory"``.

    """

    def __init__(self, *, path: Path, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(path, problem)

    def __str__(self) -> str:
        return (
            f"{self.path}: {self.problem}\n"
            "Give a heap snapshot file: one that v8.writeHeapSnapshot(),"
            " --heapsnapshot-signal=SIGUSR2 or DevTools' Memory panel has saved"
            " completely."
        )


class SnapshotsUnrelated(NodeLeakError):
    """Snapshots are not of one process, or not in the order they were taken.

    Attributes:
        files: Two of them, as they were given.
        problem: What is wrong with them.
        remedy: What to give instead.

    """

    def __init__(self, *, files: tuple[str, str], problem: str, remedy: str) -> None:
        self.files = files
        self.problem = problem
        self.remedy = remedy
        super().__init__(files, problem, remedy)

    def __str__(self) -> str:
        return f"{' and '.join(self.files)} {self.problem}.\n{self.remedy}"


class SnapshotFormatError(NodeLeakError):
    """A heap snapshot is truncated, corrupt or foreign."""
