"""Hypothesis strategies: heaps, layouts of snapshots, ways to cut a text."""

from __future__ import annotations

from heaps import (
    EDGE_FIELDS,
    EDGE_TYPES,
    LOCATION_FIELDS,
    NODE_FIELDS,
    NODE_TYPES,
    Heap,
    Layout,
)
from hypothesis import strategies as st

_NODE_TYPES = ("object", "closure", "array", "string", "hidden", "code", "native")
_NAMED_EDGE_TYPES = ("property", "context", "internal", "weak")
# Some of V8's own among what an app may use.
_NODE_NAMES = ("Object", "Map", "", "system / Context", "\ud800", 'a "quoted" \\ text')
_EDGE_NAMES = ("cache", "map", "shared", "next", "table", "é")
_POSITION = st.integers(1, 2**20)


@st.composite
def heaps(draw: st.DrawFn, *, most_nodes: int = 8, most_edges: int = 20) -> Heap:
    """Draw a small heap with references from anywhere to anywhere."""
    heap = Heap()
    for _ in range(draw(st.integers(0, most_nodes - 1))):
        heap.node(
            draw(st.sampled_from(_NODE_TYPES)),
            draw(st.sampled_from(_NODE_NAMES)),
            size=draw(st.integers(0, 2**40)),
        )
    node = st.sampled_from(list(heap.nodes))
    named = st.tuples(st.sampled_from(_NAMED_EDGE_TYPES), st.sampled_from(_EDGE_NAMES))
    indexed = st.tuples(st.sampled_from(("element", "hidden")), st.integers(0, 9))
    references = st.lists(st.tuples(node, node, named | indexed), max_size=most_edges)
    for source, target, (edge, name) in draw(references):
        heap.link(source, target, name, edge)
    for located in draw(st.lists(node, max_size=3, unique_by=id)):
        heap.locate(located, ("/app/a.js", draw(_POSITION), draw(_POSITION)))
    return heap


def _permuted(names: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """Draw the names in any order, with up to three new ones among them."""
    new = st.integers(0, 3).map(lambda count: [f"new_{i}" for i in range(count)])
    return new.flatmap(lambda more: st.permutations([*names, *more]))


def layouts() -> st.SearchStrategy[Layout]:
    """Draw what another V8 version may do to the format."""
    needed = tuple(name for name in NODE_FIELDS if name != "detachedness")
    return st.builds(
        Layout,
        node_fields=_permuted(needed),
        node_types=_permuted(NODE_TYPES),
        edge_fields=_permuted(EDGE_FIELDS),
        edge_types=_permuted(EDGE_TYPES),
        location_fields=_permuted(LOCATION_FIELDS),
    )


def chunkings(text: str, *, most_cuts: int = 30) -> st.SearchStrategy[list[str]]:
    """Draw ways to cut a text into chunks, empty ones included."""
    cuts = st.lists(st.integers(0, len(text)), max_size=most_cuts).map(sorted)
    return cuts.map(
        lambda at: [
            text[start:end]
            for start, end in zip([0, *at], [*at, len(text)], strict=True)
        ]
    )


def json_values() -> st.SearchStrategy[object]:
    """Draw any JSON value."""
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(max_size=6), inner, max_size=4)
        ),
        max_leaves=8,
    )
