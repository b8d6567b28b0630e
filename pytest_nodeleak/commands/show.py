"""``show``: what is in a snapshot, and what keeps it there."""

from __future__ import annotations

from pathlib import Path

from pytest_nodeleak.commands.answer import Answer
from pytest_nodeleak.commands.asked import ShowAsked
from pytest_nodeleak.commands.sources import located
from pytest_nodeleak.culprits.explain import Explainer
from pytest_nodeleak.heap.files import read_snapshot_file
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.inventory import take_inventory
from pytest_nodeleak.heap.paths import find_paths
from pytest_nodeleak.report.culprit import printable, row
from pytest_nodeleak.report.inventory import inventory_lines, inventory_record

__all__ = ["show"]


def show(asked: ShowAsked) -> Answer:
    """Summarise the snapshot that was asked for.

    Raises:
        SnapshotUnreadable: If the file cannot be read.
        SnapshotFormatError: If it is no snapshot.

    """
    snapshot = located(read_snapshot_file(asked.file), asked.app)
    inventory = take_inventory(find_paths(HeapGraph(snapshot)))
    explainer = Explainer(asked.app or Path.cwd())
    locate, name = explainer.place, asked.file.name
    lines = inventory_lines(
        inventory, name, locate=locate, show_strings=asked.show_strings
    )
    record = inventory_record(
        inventory, name, locate=locate, show_strings=asked.show_strings
    )
    # All places are looked up by now.
    notes = explainer.notes
    return Answer(
        lines=[*lines, *(printable(row("note", note)) for note in notes)],
        record={**record, "notes": list(notes)},
    )
