"""Small pieces that keep large things whole: views of Buffers, slices of strings.

A view keeps all of its ArrayBuffer, and a string that V8 cut out of another one keeps that
one. A snapshot has the sizes of what is kept, but not those of the pieces: these are asked
for in the app.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.v8_names import TABLE

__all__ = ["Piece", "Whole", "find_wholes"]

# What is kept of less is not worth a word; Node's own pool of small Buffers is larger.
_SMALLEST_BYTES = 1024
_MOST_WHOLES = 10
_MOST_PIECES = 20
_BUFFERS = ("ArrayBuffer", "SharedArrayBuffer")
_SLICED = "sliced string"
_ELEMENTS = "elements"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Where to ask for a piece in the app.

    Attributes:
        heap_id: Object id of the view, or of what holds the string.
        key: Under which name or index it holds it; None if it is itself the piece, or a
            collection of such.

    """

    heap_id: int
    key: str | int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Something large that is kept whole by its pieces alone.

    Attributes:
        is_text: Whether it is a string; else an ArrayBuffer.
        size_bytes: All of it.
        count: How many pieces of it there are.
        pieces: Some of them.

    """

    is_text: bool
    size_bytes: int
    count: int
    pieces: tuple[Piece, ...]


def find_wholes(tree: PathTree, members: NDArray[np.int64]) -> tuple[Whole, ...]:
    """Return the newest of the large things that only pieces of them keep.

    Args:
        tree: Paths of the snapshot.
        members: Ordinals of what piles up.

    """
    return (*_buffers(tree, members), *_texts(tree, members))


def _buffers(tree: PathTree, members: NDArray[np.int64]) -> list[Whole]:
    graph, snapshot = tree.graph, tree.graph.snapshot
    found = [
        (int(one), size_bytes)
        for one in _newest(tree, members[snapshot.is_named(*_BUFFERS)[members]])
        if (size_bytes := _store_bytes(tree, int(one))) >= _SMALLEST_BYTES
    ]
    ordinals = np.array([one for one, _ in found], np.int32)
    edges = np.flatnonzero(np.isin(snapshot.edges.to_node, ordinals))
    wholes = []
    for ordinal, size_bytes in found:
        to_it = edges[snapshot.edges.to_node[edges] == ordinal]
        is_view = [graph.edge_name(int(edge)) == "buffer" for edge in to_it]
        views = graph.sources_of(to_it[np.array(is_view, np.bool_)])
        if len(views):
            ids = snapshot.nodes.id[views[-_MOST_PIECES:]].tolist()
            pieces = tuple(Piece(heap_id=heap_id) for heap_id in ids)
            wholes.append(
                Whole(
                    is_text=False,
                    size_bytes=size_bytes,
                    count=len(views),
                    pieces=pieces,
                )
            )
    return wholes


def _store_bytes(tree: PathTree, buffer: int) -> int:
    store = tree.graph.child(buffer, "backing_store")
    return 0 if store is None else int(tree.graph.snapshot.nodes.self_size_bytes[store])


def _texts(tree: PathTree, members: NDArray[np.int64]) -> list[Whole]:
    snapshot = tree.graph.snapshot
    sliced = members[snapshot.is_type(_SLICED)[members]]
    of_parent: dict[int, list[int]] = {}
    for ordinal in _newest(tree, sliced, most=_MOST_WHOLES * _MOST_PIECES):
        parent = tree.graph.child(int(ordinal), "parent")
        if (
            parent is not None
            and snapshot.nodes.self_size_bytes[parent] >= _SMALLEST_BYTES
        ):
            of_parent.setdefault(parent, []).append(int(ordinal))
    return [
        Whole(
            is_text=True,
            size_bytes=int(snapshot.nodes.self_size_bytes[parent]),
            count=len(pieces),
            pieces=tuple(_place_of(tree, one) for one in pieces[:_MOST_PIECES]),
        )
        for parent, pieces in [*of_parent.items()][:_MOST_WHOLES]
    ]


def _place_of(tree: PathTree, text: int) -> Piece:
    """Return where a string is: strings themselves cannot be asked for."""
    ids, graph = tree.graph.snapshot.nodes.id, tree.graph
    owner, edge = int(tree.parent[text]), int(tree.parent_edge[text])
    name, above = graph.edge_name(edge), int(tree.parent_edge[owner])
    is_store = above >= 0 and graph.edge_type_name(above) == "internal"
    store = graph.edge_name(above) if is_store else ""
    if store not in {_ELEMENTS, TABLE}:
        return Piece(heap_id=int(ids[owner]), key=name)
    key = name if store == _ELEMENTS else None
    return Piece(heap_id=int(ids[tree.parent[owner]]), key=key)


def _newest(
    tree: PathTree, ordinals: NDArray[np.int64], *, most: int = _MOST_WHOLES
) -> NDArray[np.int64]:
    """Return the nodes born last, the newest first."""
    born = np.argsort(tree.graph.snapshot.nodes.id[ordinals], kind="stable")[::-1]
    newest: NDArray[np.int64] = ordinals[born[:most]]
    return newest
