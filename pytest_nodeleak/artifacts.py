"""What a failed check leaves behind for a closer look: profiles and heap snapshots.

A heap snapshot has all of the app's data in it, secrets too. It is kept only when a
directory for it was named, without its data unless that was asked for, and like everything
here for its owner's eyes only.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self, TypeAlias

from pytest_nodeleak.unfinished_file import UnfinishedFile

__all__ = [
    "CPU_PROFILE",
    "HEAP_PROFILE",
    "HEAP_SNAPSHOT",
    "ArtifactStore",
    "Artifacts",
    "Rewrite",
    "is_redacted",
]

CPU_PROFILE = "cpu_profile"
HEAP_PROFILE = "heap_profile"
HEAP_SNAPSHOT = "heap_snapshot"
# DevTools tells files by these.
_SUFFIXES = {
    CPU_PROFILE: ".cpuprofile",
    HEAP_PROFILE: ".heapprofile",
    HEAP_SNAPSHOT: ".heapsnapshot",
}
Rewrite: TypeAlias = Callable[[Callable[[], Iterator[str]]], Iterator[str]]
"""From a function that returns the text of a snapshot in pieces to that of another one."""
_REDACTED = ".redacted"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME, _HASH_LENGTH = 80, 8


class ArtifactStore:
    """Where a session's artifacts go.

    Attributes:
        directory: As named by the user; None if none was.

    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        cache_directory: Path | None = None,
        rewrite: Rewrite | None = None,
    ) -> None:
        """Take the directories.

        Args:
            directory: For everything.
            cache_directory: For profiles, which have no data of the app in them, if no
                directory was named; None if they are not to be kept then.
            rewrite: Makes the text of a snapshot that is kept from that of the one that was
                taken; None if it is kept as it is.

        """
        self.directory = directory
        self._cache_directory = cache_directory
        self._rewrite = rewrite
        self._taken: Counter[str] = Counter()

    def of(self, check_id: str) -> Artifacts:
        """Return the artifacts of a check, to be used as a context manager.

        The next session's take their place, so that they do not pile up.
        """
        name = _file_name(check_id)
        self._taken[name] += 1
        number = self._taken[name]
        return Artifacts(
            self.directory or self._cache_directory,
            name=name if number == 1 else f"{name}-{number}",
            keeps_snapshots=self.directory is not None,
            rewrite=self._rewrite,
        )


class Artifacts:
    """The artifacts of one check. What cannot be written breaks no check.

    Attributes:
        saved: The files, by what they are.
        problem: Why something was not written; empty if all was.

    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        name: str = "check",
        keeps_snapshots: bool = False,
        rewrite: Rewrite | None = None,
    ) -> None:
        self.saved: dict[str, Path] = {}
        self.problem = ""
        self._directory = directory
        self._name = name
        self._keeps_snapshots = keeps_snapshots and directory is not None
        self._rewrite = rewrite
        self._snapshot: UnfinishedFile | None = None
        self._held: dict[str, str] = {}

    def hold(self, kind: str, text: str) -> None:
        """Have a file ready in case that the check fails."""
        self._held[kind] = text

    def save(self, kind: str, text: str) -> None:
        """Write a file now."""
        if self._directory is None:
            return
        try:
            file = UnfinishedFile(self._directory)
            try:
                file.write(text)
                self._publish(kind, file)
            finally:
                file.drop()
        except OSError as exc:
            self._fail(kind, exc)

    @contextmanager
    def copy_snapshot(
        self, feed: Callable[[str], None]
    ) -> Iterator[Callable[[str], None]]:
        """Write down what passes on its way to ``feed``, in place of the snapshot before.

        A snapshot has hundreds of MB and is not held in memory for it.
        """
        self._drop_snapshot()
        file = self._begin_snapshot()
        if file is None:
            yield feed
            return

        def both(text: str) -> None:
            feed(text)
            if not self.problem:
                try:
                    file.write(text)
                except OSError as exc:
                    self._fail(HEAP_SNAPSHOT, exc)

        self._snapshot = file
        try:
            yield both
        except BaseException:
            self._drop_snapshot()
            raise
        try:
            file.finish()
        except OSError as exc:
            self._fail(HEAP_SNAPSHOT, exc)
        if self.problem:
            self._drop_snapshot()

    def _begin_snapshot(self) -> UnfinishedFile | None:
        if self._directory is None or not self._keeps_snapshots:
            return None
        try:
            return UnfinishedFile(self._directory)
        except OSError as exc:
            self._fail(HEAP_SNAPSHOT, exc)
            return None

    def apart(self) -> Artifacts:
        """Return those of one of several processes, until one of them is adopted."""
        return Artifacts(
            self._directory,
            name=self._name,
            keeps_snapshots=self._keeps_snapshots,
            rewrite=self._rewrite,
        )

    def adopt(self, other: Artifacts) -> None:
        """Take over what one of several processes has left."""
        self.saved |= other.saved
        self.problem = self.problem or other.problem
        self._drop_snapshot()
        self._snapshot, other._snapshot = other._snapshot, None
        self._held = other._held

    def keep(self) -> None:
        """Keep the last snapshot and what is held ready: the check has failed."""
        while self._held:
            self.save(*self._held.popitem())
        try:
            if self._snapshot is not None:
                self._keep_snapshot(self._snapshot)
        except OSError as exc:
            self._fail(HEAP_SNAPSHOT, exc)
        except (ValueError, MemoryError) as exc:
            # Better none than one with the app's data in it.
            self.problem = (
                f"the heap snapshot could not be redacted, and was not kept: {exc}"
            )
        finally:
            self._drop_snapshot()

    def _keep_snapshot(self, taken: UnfinishedFile) -> None:
        if self._rewrite is None or self._directory is None:
            self._publish(HEAP_SNAPSHOT, taken)
            return
        kept = UnfinishedFile(self._directory)
        try:
            for text in self._rewrite(taken.texts):
                kept.write(text)
            self._publish(HEAP_SNAPSHOT, kept, note=_REDACTED)
        finally:
            kept.drop()

    def seen(self) -> Mapping[str, Path]:
        """Return what was saved so far."""
        return MappingProxyType(dict(self.saved))

    def _publish(self, kind: str, file: UnfinishedFile, *, note: str = "") -> None:
        self.saved[kind] = file.publish(f"{self._name}{note}{_SUFFIXES[kind]}")

    def _fail(self, kind: str, exc: OSError) -> None:
        self.problem = (
            f"the {kind.replace('_', ' ')} could not be saved: {exc.strerror or exc};"
            " name another directory with --nodeleak-artifacts"
        )

    def _drop_snapshot(self) -> None:
        if self._snapshot is not None:
            self._snapshot.drop()
            self._snapshot = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._drop_snapshot()


def is_redacted(file_name: str) -> bool:
    """Tell whether a kept snapshot has none of the app's data in it, by its name."""
    return file_name.endswith(_REDACTED + _SUFFIXES[HEAP_SNAPSHOT])


def _file_name(check_id: str) -> str:
    """Return a name without anything a file system or a shell would trip over."""
    digest = hashlib.sha256(check_id.encode(errors="replace")).hexdigest()
    words = _UNSAFE.sub("-", check_id).strip("-.")[-_LONGEST_NAME:].lstrip("-.")
    return f"{words or 'check'}-{digest[:_HASH_LENGTH]}"
