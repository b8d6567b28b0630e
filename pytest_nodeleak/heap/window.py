"""Two snapshots with load between them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pytest_nodeleak.heap.cohort import (
    Cohort,
    HolderGrowth,
    births,
    deaths,
    net_growth,
)
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.siblings import gather_siblings
from pytest_nodeleak.heap.v8_names import NATIVE_CONTEXT

__all__ = ["PastWindow", "Window"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastWindow:
    """What is left of a window when its snapshots are gone.

    Attributes:
        growth: The net growth per holder, the fastest first.
        requests: The load.

    """

    growth: list[HolderGrowth]
    requests: int

    def under(self, holder_ids: Collection[int]) -> list[HolderGrowth]:
        """Return what grew under some holders."""
        return [one for one in self.growth if one.holder_id in holder_ids]


@dataclass(frozen=True, kw_only=True)
class Window:
    """A window of load, compared when first asked.

    Attributes:
        earlier: Paths before the load.
        later: Paths after it.
        requests: The load.

    """

    earlier: PathTree
    later: PathTree
    requests: int

    @cached_property
    def born(self) -> Cohort:
        """What was born in the window and is still there."""
        return births(self.earlier.graph, self.later)

    @cached_property
    def died(self) -> Cohort:
        """What was there before the window and is no longer."""
        return deaths(self.earlier, self.later.graph)

    @cached_property
    def growth(self) -> list[HolderGrowth]:
        """The net growth per holder, the fastest first."""
        return gather_siblings(net_growth(self.born, self.died), self.later)

    def past(self) -> PastWindow:
        """Return what grew, without the snapshots, which need much memory."""
        return PastWindow(growth=self.growth, requests=self.requests)

    @cached_property
    def new_contexts(self) -> tuple[int, ...]:
        """Ordinals of the JavaScript contexts that were made, such as those of vm.

        What a context consists of are objects; it is none itself.
        """
        before, snapshot = self.earlier.graph.snapshot, self.later.graph.snapshot
        return tuple(
            int(ordinal)
            for ordinal in np.flatnonzero(snapshot.is_v8_node(NATIVE_CONTEXT))
            if before.ordinal_of_id(int(snapshot.nodes.id[ordinal])) is None
        )
