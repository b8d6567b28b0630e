"""Suppressions that no leak needed: they should go, but only a whole session can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_nodeleak.judging.rulings import is_about
from pytest_nodeleak.judging.suppressions import Suppression, Suppressions

__all__ = ["unused_lines"]

# Whatever else happened to a check, it did not look for leaks to the end.
_FINISHED = {"clean", "leak", "over_limit"}


def unused_lines(
    suppressions: Suppressions, records: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return a line for each entry that nothing was found for.

    An entry that a broken or an inconclusive check may have needed is not among them.

    Args:
        suppressions: The file.
        records: Those of all checks of a whole session.

    """
    used = {number for record in records for number in record["suppressions"]}
    return [
        f"unused {entry} in {suppressions.file}: {problem}"
        for entry in suppressions.entries
        if entry.number not in used
        for problem in _problem(entry, records)
    ]


def _problem(entry: Suppression, records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    verdicts = {
        record["verdict"] for record in records if is_about(entry, record["target"])
    }
    if not verdicts:
        yield f"no check has a target like {entry.target!r}"
    elif verdicts <= _FINISHED:
        yield "no leak fits it; take it out if that one is fixed"
