"""What grew between snapshots that somebody else has saved.

The engine is that of a check, but nothing can be watched any more: two snapshots only
suggest, since a cache that is still filling looks like a leak. Three tell more: only what
grew in both windows between them counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from pytest_nodeleak.advice import entry_noun
from pytest_nodeleak.culprits.explain import Explainer
from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.growth import Comparison, Grown, Growth
from pytest_nodeleak.evidence.occupancy import Unclear
from pytest_nodeleak.evidence.watched import Watched
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.retained import retained_size_bytes
from pytest_nodeleak.heap.suspects import Suspect, find_suspects
from pytest_nodeleak.heap.window import PastWindow, Window
from pytest_nodeleak.units import format_bytes

__all__ = ["Comparison", "Grown", "Growth", "compare"]

# Naming a holder takes milliseconds; what is beyond these grew less than all of them.
_MOST_SUSPECTS = 200
# A retained size takes a search through the heap each.
_MOST_RETAINED = 10
# Without a known load, rates are per window.
_ONE_WINDOW = 1


def compare(
    trees: Iterable[PathTree],
    explainer: Explainer,
    *,
    number: int = 2,
    requests: Sequence[int] = (),
) -> Comparison:
    """Compare two or three snapshots of one process.

    Args:
        trees: Their paths, in the order they were taken. The third one is asked for when
            the first is no longer needed.
        explainer: Names places in the source.
        number: How many snapshots there are.
        requests: The load between them, one number each; empty where it is not known.

    """
    loads = requests or [_ONE_WINDOW] * (number - 1)
    past, last = _windows(iter(trees), loads)
    suspects = find_suspects(past[0], last, most=_MOST_SUSPECTS)
    ordered = sorted(suspects, key=lambda one: -one.bytes_per_request)
    return Comparison(
        growth=tuple(_whole(window) for window in past),
        requests=tuple(requests),
        grown=tuple(
            _grown(
                suspect,
                past,
                explainer,
                has_load=bool(requests),
                tree=last.later if rank < _MOST_RETAINED else None,
            )
            for rank, suspect in enumerate(ordered)
        ),
    )


def _windows(
    trees: Iterator[PathTree], loads: Sequence[int]
) -> tuple[list[PastWindow], Window]:
    """Return what grew in each window, and the last one as a whole."""
    earlier = next(trees)
    past = []
    for load in loads[:-1]:
        later = next(trees)
        past.append(Window(earlier=earlier, later=later, requests=load).past())
        earlier = later
    last = Window(earlier=earlier, later=next(trees), requests=loads[-1])
    return [*past, last.past()], last


def _whole(window: PastWindow) -> Growth:
    return Growth(
        objects=sum(one.objects for one in window.growth),
        size_bytes=sum(one.size_bytes for one in window.growth),
    )


def _grown(
    suspect: Suspect,
    windows: Sequence[PastWindow],
    explainer: Explainer,
    *,
    has_load: bool,
    tree: PathTree | None,
) -> Grown:
    growth = tuple(_under(suspect, window) for window in windows)
    watched = Watched(
        suspect=suspect,
        curve=Unclear(reason="snapshots show what grew, not whether it ends"),
        bound=None,
    )
    finding = explainer.leak(watched, ()).finding
    if not has_load:
        finding = replace(finding, title=_title(finding, suspect, growth))
    retained = None if tree is None else _retained(suspect, tree)
    return Grown(finding=finding, growth=growth, retained_bytes=retained)


def _under(suspect: Suspect, window: PastWindow) -> Growth:
    own = window.under(suspect.holder_ids)
    return Growth(
        objects=sum(one.objects for one in own),
        size_bytes=sum(one.size_bytes for one in own),
    )


def _title(finding: Finding, suspect: Suspect, growth: Sequence[Growth]) -> str:
    name = finding.holder.name if finding.holder else suspect.holder.name
    entries = round(suspect.entries_per_request)
    return (
        f"{name} grew by {entries:,} {entry_noun(suspect.kind, plural=entries != 1)}"
        f" ({format_bytes(growth[-1].size_bytes)})"
    )


def _retained(suspect: Suspect, tree: PathTree) -> int | None:
    if suspect.holder.is_root:
        # Everything hangs on V8's roots.
        return None
    ordinal = tree.graph.snapshot.ordinal_of_id(suspect.holder.heap_id)
    if ordinal is None:
        return None
    return retained_size_bytes(tree.graph, np.array([ordinal]))
