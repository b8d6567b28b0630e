"""Who kept growing in two windows of load: from three snapshots to named suspects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from pytest_nodeleak.heap.arrivals import (
    has_new_contexts,
    net_external_bytes,
    net_labels,
    order_constructors,
)
from pytest_nodeleak.heap.callbacks import find_timer, first_function, first_module
from pytest_nodeleak.heap.entries import (
    container_of,
    entries_of,
    grown_edge,
    net_entries,
    number_of_entries,
)
from pytest_nodeleak.heap.folding import Growing, fold_by_cause, fold_siblings
from pytest_nodeleak.heap.holders import Holder, name_holder
from pytest_nodeleak.heap.kinds import Kind, classify
from pytest_nodeleak.heap.pieces import Whole, find_wholes
from pytest_nodeleak.heap.sources import (
    ScriptTable,
    SourcePosition,
    package_of,
)
from pytest_nodeleak.heap.threads import Thread
from pytest_nodeleak.heap.window import PastWindow, Window

__all__ = [
    "Suspect",
    "describe",
    "detectable_rate",
    "find_suspects",
    "smallest_growth",
]

# Below either of these a window's difference is chance: 5 objects, one in 200 requests.
_FEWEST_OBJECTS = 5
_SMALLEST_RATE = 0.005
# How surely a leak of the smallest rate that is claimed to be seen is seen in a window.
_CONFIDENCE = 0.99
_MOST_SUSPECTS = 8
# Where less than this hangs on the holder itself, it grows through what it owns.
_DIRECT_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """Something that piled up by one cause, under one holder or under several.

    Rates are per request of ``requests``. Those of objects and bytes are of all holders
    together, those of entries of ``holder`` alone.

    Attributes:
        holder: The holder that says most to a reader.
        kind: What kind of leak it would be.
        objects_per_request: Objects that came to be held beyond those that went.
        entries_per_request: Those of them that hang directly on the holder. Where nothing
            was born, but numbers or old objects were added, there are entries only.
        bytes_per_request: Shallow sizes and backing stores of the objects; of two windows,
            those of the one that gained less.
        external_bytes_per_request: The part of these outside the V8 heap.
        constructors: Labels with their numbers per request: first those of the entries,
            then those that say most.
        entry: Label of most of what hangs directly on the holder; empty if it has none.
        entry_defined: Where the app defines what piles up: a function or class among the
            entries, a callback they keep, an async function that waits for them, or the
            file of a module.
        entry_function: The function's name; empty where it has none, or there is none.
        others: The other holders, each as a suspect of its own: those whose new objects
            refer to the same ones, and those that the holder stands for.
        is_family: Whether it grows through what it owns, such as a list per tenant.
        requests: The load of the last window.
        timer_id: Object id of one of the timers among the objects; None if there are none.
        wholes: Large things that only small pieces among the objects may keep.
        thread: The worker thread whose heap it is in; None for the main thread's.
        copies: What grew alike in several threads: each as a suspect of its own, this one
            being the first of them, with the rates of all. Empty if there is no other.

    """

    holder: Holder
    kind: Kind
    objects_per_request: float
    entries_per_request: float
    bytes_per_request: float
    external_bytes_per_request: float
    constructors: tuple[tuple[str, float], ...]
    entry: str
    entry_defined: SourcePosition | None
    entry_function: str = ""
    others: tuple[Suspect, ...] = ()
    is_family: bool = False
    requests: int
    timer_id: int | None
    wholes: tuple[Whole, ...] = ()
    thread: Thread | None = None
    copies: tuple[Suspect, ...] = ()

    @property
    def threads(self) -> tuple[Thread, ...]:
        """All worker threads it is in; empty for the main thread."""
        each = self.copies or (self,)
        threads = [one.thread for one in each if one.thread is not None]
        return tuple(sorted(threads, key=lambda thread: thread.id))

    @property
    def holders(self) -> tuple[Holder, ...]:
        """All holders, the one it is named after first."""
        return (self.holder, *(other.holder for other in self.others))

    @property
    def holder_ids(self) -> frozenset[int]:
        """Object ids of all holders."""
        return frozenset(holder.heap_id for holder in self.holders)

    def objects_in(self, window: PastWindow) -> int:
        """Return how many objects came to all holders in a window."""
        return sum(one.objects for one in window.under(self.holder_ids))


def smallest_growth(requests: int) -> int:
    """Return the net number of objects in a window that makes a holder a suspect."""
    return max(_FEWEST_OBJECTS, round(_SMALLEST_RATE * requests))


def detectable_rate(requests: int) -> float:
    """Return the smallest leak, in objects per request, that a window of load shows.

    Objects that come at random may be fewer in a window than their rate says, so this is
    more than the smallest growth: the rate at which it is reached in 99 of 100 windows,
    the upper limit of a Poisson mean.

    References:
        F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28 (1936).

    """
    fewest = smallest_growth(requests)
    # Half the quantile of a chi-squared variable; scipy.stats takes as long to import as a
    # small heap to analyse.
    return float(special.gammaincinv(fewest, _CONFIDENCE)) / requests


def find_suspects(
    first: PastWindow | Window, second: Window, *, most: int = _MOST_SUSPECTS
) -> tuple[Suspect, ...]:
    """Return what grew in both windows, the fastest first; holders of one cause as one.

    Args:
        first: A window of load.
        second: The window after it; or the same one, if there is no other.
        most: How many holders are looked at, of those that grew in both the ones that
            grew fastest in the second.

    """
    tree = second.later
    scripts = ScriptTable(tree.graph)
    growing = fold_siblings(tree, _grew_twice(first, second, most=most))
    suspects = [
        describe(group, second, scripts) for group in fold_by_cause(tree.graph, growing)
    ]
    return tuple(sorted(suspects, key=lambda found: -found.objects_per_request))


def _grew_twice(
    first: PastWindow | Window, second: Window, *, most: int
) -> list[Growing]:
    before = {growth.holder_id: growth for growth in first.growth}
    enough_before = smallest_growth(first.requests)
    enough = smallest_growth(second.requests)
    grew = [
        (growth, earlier)
        for growth in second.growth
        if growth.objects >= enough
        and (earlier := before.get(growth.holder_id)) is not None
        and earlier.objects >= enough_before
    ]
    ids = np.array([growth.holder_id for growth, _ in grew], np.int64)
    ordinals = second.later.graph.snapshot.ordinals_of_ids(ids)
    still_there = [
        (*pair, ordinal)
        for pair, ordinal in zip(grew, ordinals.tolist(), strict=True)
        if ordinal >= 0
    ]
    growing = []
    for growth, earlier, ordinal in still_there[:most]:
        # A table that doubles in one of the windows is no growth per request.
        size_bytes = min(
            growth.size_bytes, earlier.size_bytes * second.requests // first.requests
        )
        members = second.born.members_under(growth.all_ids)
        direct = second.born.members_under([growth.holder_id])
        growing.append(
            Growing(
                ordinal=ordinal,
                growth=replace(growth, size_bytes=size_bytes),
                members=members,
                is_family=len(direct) < _DIRECT_SHARE * len(members),
            )
        )
    return growing


def describe(group: Sequence[Growing], window: Window, scripts: ScriptTable) -> Suspect:
    """Return holders that grew by one cause as one suspect.

    Args:
        group: The holders; it is named after the one that says most to a reader.
        window: The window they grew in, which the rates are of.
        scripts: Source positions of its later snapshot.

    """
    tree, requests = window.later, window.requests
    named = [(one, *_name(window, scripts, one)) for one in group]
    named.sort(key=lambda one: _obscurity(one[1]))
    (chief, holder, grown), *others = named
    container = container_of(tree, grown)
    entries = entries_of(tree, chief, container)
    labels = net_entries(window, chief, entries)
    if grown is not None and container is None:
        # The variable is the first item of a list, or what takes its place.
        holder = replace(holder, class_name=next(iter(labels), holder.class_name))
    size_bytes = sum(one.growth.size_bytes for one in group)
    external_bytes = max(0, sum(net_external_bytes(window, one) for one in group))
    members = np.concatenate([one.members for one in group])
    every = net_labels(window, group)
    kind = classify(
        tree,
        chief.ordinal,
        entries=tuple(labels),
        has_contexts=has_new_contexts(window, group),
        external_share=external_bytes / max(size_bytes, 1),
    )
    module = first_module(tree, members) if kind is Kind.MODULE else None
    found = first_function(tree, scripts, entries, members)
    defined, function = found or (module, "")
    parts = [part for one in group for part in one.parts]
    kept = [*(one for one, _, _ in others), *parts]
    return Suspect(
        holder=holder,
        kind=kind,
        objects_per_request=sum(one.growth.objects for one in group) / requests,
        entries_per_request=number_of_entries(labels) / requests,
        bytes_per_request=size_bytes / requests,
        external_bytes_per_request=external_bytes / requests,
        constructors=order_constructors(labels, every, requests),
        entry=next(iter(labels), ""),
        entry_defined=defined,
        entry_function=function,
        others=tuple(describe([one], window, scripts) for one in kept),
        is_family=chief.is_family,
        requests=requests,
        timer_id=find_timer(tree, members),
        wholes=find_wholes(tree, members),
    )


def _name(
    window: Window, scripts: ScriptTable, one: Growing
) -> tuple[Holder, int | None]:
    """Name a holder, by what grows in it if that is one thing; return its edge as well."""
    grown = grown_edge(window, one)
    holder = name_holder(window.later, scripts, one.ordinal, grown=grown)
    if one.is_family:
        holder = replace(holder, name=f"{holder.name}[]")
    return holder, grown


def _obscurity(holder: Holder) -> int:
    """Rank holders of one cause: the app's first, then packages', then Node's or none's."""
    if holder.near is None or holder.near.is_node_internal:
        return 2
    return 1 if package_of(holder.near.script) else 0
