"""``diff``: who grew between snapshots of one process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pytest_nodeleak.commands.answer import Answer
from pytest_nodeleak.commands.asked import DiffAsked
from pytest_nodeleak.commands.comparison import compare
from pytest_nodeleak.commands.sources import located
from pytest_nodeleak.culprits.explain import Explainer
from pytest_nodeleak.exceptions import SnapshotsUnrelated
from pytest_nodeleak.heap.files import read_snapshot_file
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.lineage import Relation, relate
from pytest_nodeleak.heap.paths import PathTree, find_paths
from pytest_nodeleak.heap.snapshot import HeapSnapshot
from pytest_nodeleak.report.growth import (
    Shown,
    comparison_lines,
    comparison_record,
)

__all__ = ["diff"]

_GREW = 1
# Two files are read at a time: numpy lets another thread run while it works.
_READERS = 2


def diff(asked: DiffAsked) -> Answer:
    """Compare the snapshots that were asked for.

    Raises:
        SnapshotUnreadable: If a file cannot be read.
        SnapshotFormatError: If one is no snapshot.
        SnapshotsUnrelated: If they are not of one process, or not in order.

    """
    explainer = Explainer(asked.app or Path.cwd())
    comparison = compare(
        _trees(asked), explainer, number=len(asked.files), requests=asked.requests
    )
    names = tuple(file.name for file in asked.files)
    shown = Shown(files=names, notes=explainer.notes, is_all=asked.show_all)
    return Answer(
        lines=comparison_lines(comparison, shown),
        record=comparison_record(comparison, shown),
        status=_GREW if comparison.grown else 0,
    )


def _trees(asked: DiffAsked) -> Iterator[PathTree]:
    """Yield the paths of one snapshot after the other; the next ones are being read.

    Of three, all that is kept of the first one is what the second is compared with.
    """
    earlier: HeapSnapshot | None = None
    with ThreadPoolExecutor(max_workers=_READERS) as readers:
        snapshots = readers.map(read_snapshot_file, asked.files)
        for number, snapshot in enumerate(snapshots):
            if earlier is not None:
                names = str(asked.files[number - 1]), str(asked.files[number])
                _check_relation(names, earlier, snapshot)
            tree = find_paths(HeapGraph(located(snapshot, asked.app)))
            if number < len(asked.files) - 2:
                tree = tree.without_references()
            earlier = tree.graph.snapshot
            del snapshot
            yield tree


def _check_relation(
    names: tuple[str, str], earlier: HeapSnapshot, later: HeapSnapshot
) -> None:
    lineage = relate(earlier, later)
    match lineage.relation:
        case Relation.IN_ORDER:
            return
        case Relation.IDENTICAL:
            problem = "are the same snapshot: every object of one is in the other"
            remedy = "Give snapshots that were taken at different times."
        case Relation.SWAPPED:
            problem = (
                "are in the wrong order: what only the first one has is newer than"
                " all that the second one has"
            )
            remedy = "Give them in the order they were taken, the oldest first."
        case Relation.UNRELATED:
            problem = (
                "are not of one process:"
                f" {lineage.common_share:.0%} of the object ids occur in both, but only"
                f" {lineage.same_share:.0%} of these mean the same object"
            )
            remedy = (
                "Ids hold within one process only: give snapshots of one process, without"
                " a restart between them, or look at each one with show."
            )
    raise SnapshotsUnrelated(files=names, problem=problem, remedy=remedy)
