"""What came to holders in a window beyond what went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.cohort import external_size_bytes
from pytest_nodeleak.heap.folding import Growing
from pytest_nodeleak.heap.labels import count_labels
from pytest_nodeleak.heap.window import Window

__all__ = [
    "has_new_contexts",
    "lost_under",
    "net_external_bytes",
    "net_labels",
    "order_constructors",
]

_CONTEXTS_LOOKED_AT = 5
# What says little about an app; classes and shapes say more.
_GENERIC_LABELS = {"string", "Object", "Array", "Context", "function", "Promise", "Map"}


def lost_under(window: Window, one: Growing) -> NDArray[np.int64]:
    """Return what died under a holder, as ordinals of the earlier snapshot."""
    return window.died.members_under(one.growth.all_ids)


def net_labels(window: Window, group: Sequence[Growing]) -> Mapping[str, float]:
    """Return what came to some holders beyond what went, by label."""
    members = np.concatenate([one.members for one in group])
    lost = np.concatenate([lost_under(window, one) for one in group])
    came = count_labels(window.later.graph, members)
    went = count_labels(window.earlier.graph, lost)
    net = {label: count - went.get(label, 0.0) for label, count in came.items()}
    return {label: count for label, count in net.items() if count > 0}


def net_external_bytes(window: Window, one: Growing) -> int:
    """Return the memory outside the heap that came beyond what went."""
    came = external_size_bytes(window.later, one.members)
    return came - external_size_bytes(window.earlier, lost_under(window, one))


def has_new_contexts(window: Window, group: Sequence[Growing]) -> bool:
    """Tell whether new JavaScript contexts, such as those of vm, came to some holders."""
    holders = {one.ordinal for one in group}
    return any(
        not holders.isdisjoint(window.later.path_to(context))
        for context in window.new_contexts[-_CONTEXTS_LOOKED_AT:]
    )


def order_constructors(
    entries: Mapping[str, float], every: Mapping[str, float], requests: int
) -> tuple[tuple[str, float], ...]:
    """Return labels with their numbers per request.

    Those of the entries come first, then those that say something, the most frequent
    first. What comes as often in one run and a little less in the next is in one order.
    """

    def rank(label: str) -> tuple[bool, float, str]:
        return label in _GENERIC_LABELS, -round(every[label] / requests, 1), label

    order = [*entries, *sorted(every.keys() - entries.keys(), key=rank)]
    return tuple((label, every[label] / requests) for label in order if label in every)
