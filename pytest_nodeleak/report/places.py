"""Where in the repository somebody has to look: a file and a line that can be mended.

From the records of a session, so that it is the same with and without pytest-xdist.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_nodeleak.report.schema import Record

__all__ = [
    "RepositoryPlace",
    "culprit_name",
    "culprit_place",
    "place_of_app",
    "place_of_test",
]

_DEPENDENCIES = "node_modules"
_MANIFEST = "package.json"
# Kinds whose culprit is who opens what stays open, where no holder has a line.
_OPENED = {"handle", "fd_exhaustion"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryPlace:
    """A place in a file of the repository.

    Attributes:
        file: Relative to the repository's root.
        line: From 1 on; None if only the file is known.
        column: From 1 on; None if only the line is known.

    """

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


def culprit_name(finding: Record) -> str:
    """Name who holds what piles up, or else the function that is to blame."""
    holder = finding["holder"]
    if holder is not None:
        return f"{holder['name']}: {holder['class']}"
    frames = finding["allocated_at"]
    return str(frames[0]["function"] if frames else finding["title"])


def culprit_place(
    finding: Record, check: Record, session: Record
) -> RepositoryPlace | None:
    """Return where to mend a finding; None if no file of the repository is known.

    The holder comes first, then who puts something there: where the holder is Node's own
    or a dependency's, the line to mend is that of the code that uses it.
    """
    repository, directory = session.get("repository"), check.get("directory")
    if not repository or not directory:
        return None
    known = [
        RepositoryPlace(file=inside, line=line, column=column)
        for file, line, column in _candidates(finding, check)
        if not _is_built_in(file)
        and (inside := _within(repository, posixpath.join(directory, file)))
    ]
    with_line = (place for place in known if place.line is not None)
    return next(with_line, known[0] if known else None)


def place_of_test(check: Record, session: Record) -> RepositoryPlace | None:
    """Return where the test of a check is; None if it has no file of its own."""
    test, rootdir = check.get("test") or {}, session.get("rootdir")
    repository = session.get("repository")
    if not repository or not rootdir or test.get("line") is None:
        # A route on the command line is a test without a file.
        return None
    inside = _within(repository, posixpath.join(rootdir, test["file"]))
    return RepositoryPlace(file=inside, line=test["line"]) if inside else None


def place_of_app(check: Record, session: Record) -> RepositoryPlace:
    """Return the app as a whole, for what has no other place: its ``package.json``."""
    repository, directory = session.get("repository"), check.get("directory")
    if repository and directory:
        inside = _within(repository, posixpath.join(directory, _MANIFEST))
        if inside:
            return RepositoryPlace(file=inside)
    return RepositoryPlace(file=_MANIFEST)


def _candidates(
    finding: Record, check: Record
) -> Iterator[tuple[str, int | None, int | None]]:
    holder = finding.get("holder") or {}
    if holder.get("file"):
        yield holder["file"], holder["line"], None
    if finding.get("callback"):
        yield _split(finding["callback"])
    frames = list(finding.get("allocated_at") or ())
    if finding["kind"] in _OPENED:
        opened = (check.get("descriptors") or {}).get("opened_at", ())
        frames += [frame for opener in opened for frame in opener["frames"]]
    for frame in frames:
        yield frame["file"], frame["line"], frame["column"]


def _split(place: str) -> tuple[str, int | None, int | None]:
    """Split ``file:line:column``, of which the numbers may be missing."""
    file = place
    numbers: list[int] = []
    while len(numbers) < 2:
        head, _, tail = file.rpartition(":")
        if not head or not tail.isdecimal():
            break
        file = head
        numbers.insert(0, int(tail))
    line, column = (*numbers, None, None)[:2]
    return file, line, column


def _is_built_in(file: str) -> bool:
    """Tell Node's own code (``node:net``), and what has no file, from files."""
    return ":" in file.partition("/")[0]


def _within(repository: str, path: str) -> str:
    """Return a path as it is in the repository; empty if it is no source of it."""
    inside = posixpath.relpath(path, repository)
    parts = inside.split("/")
    return "" if parts[0] == ".." or _DEPENDENCIES in parts else inside
