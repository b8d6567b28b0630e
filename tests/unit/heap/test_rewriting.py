from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from heaps import V8_LAYOUT, Heap, Layout, app_server, read
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from strategies import heaps

from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.redaction import redact
from pytest_nodeleak.heap.rewriting import rewritten
from pytest_nodeleak.heap.snapshot import HeapSnapshot


def _rewrite(text: str, *, pieces_of: int = 10**9) -> str:
    snapshot = read(text)
    texts = (
        text[start : start + pieces_of] for start in range(0, len(text), pieces_of)
    )
    return "".join(rewritten(texts, snapshot.schema, redact(HeapGraph(snapshot))))


def _columns(snapshot: HeapSnapshot) -> Iterator[NDArray[Any]]:
    nodes, edges, locations = snapshot.nodes, snapshot.edges, snapshot.locations
    yield from (nodes.type, nodes.id, nodes.self_size_bytes, nodes.edge_count)
    yield from (edges.type, edges.to_node)
    yield from (locations.node, locations.script_id, locations.line, locations.column)


@given(heap=heaps(), pieces_of=st.integers(1, 2000))
@settings(deadline=None)
def test_whatever_the_pieces_the_graph_stays_as_it_is(
    heap: Heap, pieces_of: int
) -> None:
    text = heap.text()
    new = _rewrite(text, pieces_of=pieces_of)
    assert json.loads(new) == json.loads(_rewrite(text))
    pairs = zip(_columns(read(text)), _columns(read(new)), strict=True)
    assert all(np.array_equal(before, after) for before, after in pairs)


def test_fields_nobody_knows_are_taken_over() -> None:
    heap = Heap()
    heap.node("string", "x", parent=heap.root)
    fields = (
        "name",
        "mystery",
        *[name for name in V8_LAYOUT.node_fields if name != "name"],
    )
    old = heap.text(Layout(node_fields=fields))
    rows = json.loads(_rewrite(old))["nodes"]
    assert rows[1 :: len(fields)] == json.loads(old)["nodes"][1 :: len(fields)]


def test_indexes_stay_what_they_are() -> None:
    heap = Heap()
    big = 2**32 - 2
    heap.object(parent=heap.root, via=big, edge="element")
    assert json.loads(_rewrite(heap.text()))["edges"][1] == big


def test_it_is_strict_json_in_the_order_viewers_read_it() -> None:
    heap = Heap()
    app_server(heap)
    heap.node("string", "\ud800 lone, \x00 zero, \u2028 line", parent=heap.root)
    new = json.loads(_rewrite(heap.text()))
    assert list(new) == [
        "snapshot",
        "nodes",
        "edges",
        "trace_function_infos",
        "trace_tree",
        "samples",
        "locations",
        "strings",
    ]
    assert new["snapshot"]["node_count"] == len(heap.nodes)


def test_recorded_stacks_and_titles_are_left_out() -> None:
    heap = Heap()
    heap.object(parent=heap.root)
    text = heap.text()
    text = text.replace(
        '"trace_function_infos":[]', '"trace_function_infos":[1,2,3,4,5,6]'
    )
    text = text.replace('"trace_function_count":0', '"trace_function_count":1')
    text = text.replace('{"meta"', '{"title":"bob\'s heap","meta"')
    new = json.loads(_rewrite(text))
    assert new["trace_function_infos"] == []
    assert new["snapshot"]["trace_function_count"] == 0
    assert "title" not in new["snapshot"]


def test_a_snapshot_without_locations_has_none_afterwards() -> None:
    heap = Heap()
    heap.object(parent=heap.root)
    text = heap.text().replace('"locations":[],\n', "")
    assert "locations" not in json.loads(text)
    assert json.loads(_rewrite(text))["locations"] == []


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("order", ["as V8 writes it", "backwards"])
def test_whatever_can_be_read_can_be_rewritten(indent: int | None, order: str) -> None:
    heap = Heap()
    app_server(heap)
    whole = json.loads(heap.text())
    if order == "backwards":
        whole = {"snapshot": whole.pop("snapshot"), **dict(reversed(whole.items()))}
    text = json.dumps(whole, indent=indent)
    for pieces_of in (7, 10**9):
        assert json.loads(_rewrite(text, pieces_of=pieces_of)) == json.loads(
            _rewrite(heap.text())
        )


@pytest.mark.parametrize("section", ["nodes", "edges"])
@pytest.mark.parametrize("change", ["grown", "shrunk", "cut"])
def test_a_file_that_is_no_longer_what_was_read_is_an_error(
    section: str, change: str
) -> None:
    heap = Heap()
    heap.object(parent=heap.root)
    heap.object(parent=heap.root)
    text = heap.text()
    snapshot = read(text)
    whole = json.loads(text)
    row = len(whole["snapshot"]["meta"][f"{section[:-1]}_fields"])
    numbers = whole[section]
    whole[section] = numbers + numbers[-row:] if change == "grown" else numbers[:-row]
    other = json.dumps(whole, separators=(",", ":"))
    if change == "cut":
        other = other[: other.index(f'"{section}"')]
    with pytest.raises(SnapshotFormatError, match=f"{change}|truncated"):
        "".join(rewritten([other], snapshot.schema, redact(HeapGraph(snapshot))))
