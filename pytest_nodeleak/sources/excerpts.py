"""A few lines of source around the places that a finding names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from pytest_nodeleak.evidence.findings import Excerpt, Finding, Place
from pytest_nodeleak.sources.source_text import split_lines

__all__ = ["culprit_places", "excerpts_at"]

_AROUND = 3
# Marked lines that are no further apart are shown together.
_TOGETHER = 8
_LONGEST_LINE = 160
_MOST_EXCERPTS = 3
# An app names its scripts as it likes: nothing but source code is read for a report.
_SOURCE = re.compile(
    r"\.(?:[cm]?[jt]sx?|vue|svelte|coffee|marko|astro)\Z", re.IGNORECASE
)


def culprit_places(finding: Finding) -> Iterator[Place]:
    """Yield where to look: who holds what piles up, who puts it there, the callback."""
    if finding.holder is not None and finding.holder.place is not None:
        yield finding.holder.place
    yield from (frame.place for frame in finding.allocated_at[:1])
    if finding.callback is not None:
        yield finding.callback


def excerpts_at(
    places: Iterable[Place], text_of: Callable[[str], str]
) -> tuple[Excerpt, ...]:
    """Return the source around places, those of neighbouring lines as one.

    Args:
        places: The most important one first.
        text_of: Returns a file's text; an empty one if it cannot be read.

    """
    marks: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for place in places:
        if place.line is not None and _SOURCE.search(place.file):
            marks[place.file].setdefault(place.line, place.column or 1)
    found = [
        _cut(file, lines, group)
        for file, columns in marks.items()
        if (lines := split_lines(text_of(file)))
        for group in _groups(columns, last=len(lines))
    ]
    return tuple(found[:_MOST_EXCERPTS])


def _groups(columns: dict[int, int], *, last: int) -> Iterator[dict[int, int]]:
    """Yield the lines that are shown together, with their columns.

    A line that the text does not have is of another version of the file.
    """
    group: dict[int, int] = {}
    for line in sorted(number for number in columns if 0 < number <= last):
        if group and line - max(group) > _TOGETHER:
            yield group
            group = {}
        group[line] = columns[line]
    if group:
        yield group


def _cut(file: str, lines: Sequence[str], marked: dict[int, int]) -> Excerpt:
    first, last = max(1, min(marked) - _AROUND), max(marked) + _AROUND
    return Excerpt(
        file=file,
        first_line=first,
        lines=tuple(
            _shortened(line.rstrip(), marked.get(number, 1))
            for number, line in enumerate(lines[first - 1 : last], start=first)
        ),
        marks=tuple(marked),
    )


def _shortened(line: str, column: int) -> str:
    """Return a part of a line that shows the column: bundles have very long ones."""
    if len(line) <= _LONGEST_LINE:
        return line
    start = max(0, min(column - 1 - _LONGEST_LINE // 2, len(line) - _LONGEST_LINE))
    end = start + _LONGEST_LINE
    return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")
