"""Many small holders as the one leak they are.

A list per tenant, a set per topic: each gains next to nothing, all of them together gain
one object per request. Growing holders of one class that belong to one object are taken
together, under their owner.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from pytest_nodeleak.heap.cohort import HolderGrowth
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.v8_names import SCOPE, TABLE

__all__ = ["gather_siblings", "owner_of_element", "together"]

_FEWEST_SIBLINGS = 4


def gather_siblings(
    growths: Sequence[HolderGrowth], tree: PathTree
) -> list[HolderGrowth]:
    """Replace growing holders of one class and owner by their owner.

    Args:
        growths: Net growth per holder.
        tree: Paths of the later snapshot, in which all holders are.

    Returns:
        The growth per holder or owner, the fastest first.

    """
    families: defaultdict[tuple[int, str], list[HolderGrowth]] = defaultdict(list)
    for growth, family in zip(growths, _families(growths, tree), strict=True):
        families[family].append(growth)
    gathered: dict[int, HolderGrowth] = {}
    for (owner_id, _), members in families.items():
        growing = sum(growth.objects > 0 for growth in members)
        if owner_id and growing >= _FEWEST_SIBLINGS:
            _add(gathered, together(owner_id, members))
        else:
            for growth in members:
                _add(gathered, growth)
    return sorted(gathered.values(), key=lambda growth: -growth.objects)


def _families(growths: Sequence[HolderGrowth], tree: PathTree) -> list[tuple[int, str]]:
    """Return owner id and class of each holder; owner 0 where it stands for itself."""
    snapshot = tree.graph.snapshot
    ids = np.array([growth.holder_id for growth in growths], np.int64)
    ordinals = snapshot.ordinals_of_ids(ids)
    nearest = tree.nearest_nameable()
    families = []
    for ordinal in ordinals.tolist():
        parent = int(tree.parent[ordinal]) if ordinal >= 0 else -1
        owner = int(nearest[parent]) if parent >= 0 else -1
        if owner < 0 or not _is_collection(tree, owner):
            families.append((0, f"#{ordinal}"))
        else:
            families.append((int(snapshot.nodes.id[owner]), snapshot.name(ordinal)))
    return families


def owner_of_element(tree: PathTree, ordinal: int) -> int | None:
    """Return the collection a node is an element or a value of, without a name."""
    edge, parent = int(tree.parent_edge[ordinal]), int(tree.parent[ordinal])
    if edge < 0:
        return None
    graph = tree.graph
    if graph.edge_type_name(edge) == "element":
        return parent if _is_collection(tree, parent) else None
    above = int(tree.parent_edge[parent])
    if above < 0 or graph.edge_name(above) != TABLE:
        return None
    return int(tree.parent[parent])


def _is_collection(tree: PathTree, ordinal: int) -> bool:
    """Tell whether a node can own a family: a scope's variables are no siblings."""
    snapshot = tree.graph.snapshot
    is_object = snapshot.type_name(ordinal) == "object"
    return is_object and snapshot.name(ordinal) != SCOPE


def together(owner_id: int, members: Sequence[HolderGrowth]) -> HolderGrowth:
    """Return what several holders gained as their owner's, who stands for them all."""
    return HolderGrowth(
        holder_id=owner_id,
        objects=sum(growth.objects for growth in members),
        size_bytes=sum(growth.size_bytes for growth in members),
        part_ids=tuple(part for growth in members for part in growth.all_ids),
    )


def _add(gathered: dict[int, HolderGrowth], growth: HolderGrowth) -> None:
    before = gathered.get(growth.holder_id)
    if before is not None:
        growth = HolderGrowth(
            holder_id=growth.holder_id,
            objects=before.objects + growth.objects,
            size_bytes=before.size_bytes + growth.size_bytes,
            part_ids=(*before.part_ids, *growth.part_ids),
        )
    gathered[growth.holder_id] = growth
