"""The files a failed check has left, as rows of a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_nodeleak.artifacts import (
    CPU_PROFILE,
    HEAP_PROFILE,
    HEAP_SNAPSHOT,
    is_redacted,
)
from pytest_nodeleak.report.culprit import row

__all__ = ["artifact_rows", "artifact_texts"]

_ABOUT = {
    CPU_PROFILE: "opens in DevTools, Performance",
    HEAP_PROFILE: "who allocated what stays; opens in DevTools, Memory",
    HEAP_SNAPSHOT: (
        "has the app's data in it, secrets too; opens in DevTools, Memory, and with"
        " python -m pytest_nodeleak show"
    ),
}
_REDACTED = (
    "its data was replaced; opens in DevTools, Memory, and with"
    " python -m pytest_nodeleak show"
)


def artifact_rows(saved: Mapping[str, Path]) -> Iterator[str]:
    """Yield a row for each file."""
    yield from (row("saved", text) for text in artifact_texts(saved))


def artifact_texts(saved: Mapping[str, Path]) -> Iterator[str]:
    """Yield each file and what it is good for."""
    for kind, path in saved.items():
        about = _REDACTED if is_redacted(path.name) else _ABOUT[kind]
        yield f"{path} ({about})"
