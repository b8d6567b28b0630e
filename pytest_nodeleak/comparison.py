"""What grew between snapshots that somebody else has saved.

The engine is that of a check, but nothing can be watched any more: two snapshots only
suggest, since a cache that is still filling looks like a leak. Three tell more: only what
grew in both windows between them counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pytest_nodeleak.advice import entry_noun
from pytest_nodeleak.confirm import Watched
from pytest_nodeleak.explain import Explainer
from pytest_nodeleak.findings import Finding
from pytest_nodeleak.growth import Comparison, Grown, Growth
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.retained import retained_size_bytes
from pytest_nodeleak.heap.suspects import Suspect, find_suspects
from pytest_nodeleak.heap.window import Window
from pytest_nodeleak.occupancy import Unclear
from pytest_nodeleak.units import format_bytes

__all__ = ["Comparison", "Grown", "Growth", "compare"]

# Naming a holder takes milliseconds; what is beyond these grew less than all of them.
_MOST_SUSPECTS = 200
# A retained size takes a search through the heap each.
_MOST_RETAINED = 10
# Without a known load, rates are per window.
_ONE_WINDOW = 1


def compare(
    trees: Sequence[PathTree], explainer: Explainer, *, requests: Sequence[int] = ()
) -> Comparison:
    """Compare two or three snapshots of one process.

    Args:
        trees: Their paths, in the order they were taken.
        explainer: Names places in the source.
        requests: The load between them, one number each; empty where it is not known.

    """
    loads = requests or [_ONE_WINDOW] * (len(trees) - 1)
    windows = [
        Window(earlier=earlier, later=later, requests=load)
        for earlier, later, load in zip(trees[:-1], trees[1:], loads, strict=True)
    ]
    suspects = find_suspects(windows[0], windows[-1], most=_MOST_SUSPECTS)
    ordered = sorted(suspects, key=lambda one: -one.bytes_per_request)
    return Comparison(
        growth=tuple(_whole(window) for window in windows),
        requests=tuple(requests),
        grown=tuple(
            _grown(
                suspect,
                windows,
                explainer,
                has_load=bool(requests),
                retains=number < _MOST_RETAINED,
            )
            for number, suspect in enumerate(ordered)
        ),
    )


def _whole(window: Window) -> Growth:
    return Growth(
        objects=sum(one.objects for one in window.growth),
        size_bytes=sum(one.size_bytes for one in window.growth),
    )


def _grown(
    suspect: Suspect,
    windows: Sequence[Window],
    explainer: Explainer,
    *,
    has_load: bool,
    retains: bool,
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
    retained = _retained(suspect, windows[-1].later) if retains else None
    return Grown(finding=finding, growth=growth, retained_bytes=retained)


def _under(suspect: Suspect, window: Window) -> Growth:
    ids = {holder.heap_id for holder in suspect.holders}
    own = [one for one in window.growth if one.holder_id in ids]
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
