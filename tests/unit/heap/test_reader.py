from __future__ import annotations

import json

import numpy as np
import pytest
from heaps import Heap, Layout, app_server, read
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import chunkings, heaps, layouts

import pytest_nodeleak.heap.reader as reader_module
from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.reader import SnapshotReader
from pytest_nodeleak.heap.snapshot import HeapSnapshot


def _small_app() -> Heap:
    heap = Heap()
    scope = app_server(heap)
    cache = heap.map(parent=scope, via="cache", edge="context")
    heap.put(cache, heap.shaped("id", "orders"))
    heap.object("Cached", parent=cache, via=1, edge="hidden")
    return heap


_TEXT = _small_app().text()


def _decoded(snapshot: HeapSnapshot) -> list[object]:
    """Return a snapshot's facts, free of the layout they came in."""
    graph = HeapGraph(snapshot)
    nodes, locations = snapshot.nodes, snapshot.locations
    rows = [
        (
            snapshot.type_name(i),
            snapshot.name(i),
            int(nodes.id[i]),
            int(nodes.self_size_bytes[i]),
            [
                (
                    graph.edge_type_name(edge),
                    graph.edge_name(edge),
                    int(snapshot.edges.to_node[edge]),
                )
                for edge in graph.edges_of(i)
            ],
        )
        for i in range(snapshot.node_count)
    ]
    places = (locations.node, locations.script_id, locations.line, locations.column)
    return [*rows, *(column.tolist() for column in places)]


def _fed(chunks: list[str]) -> HeapSnapshot:
    reader = SnapshotReader()
    for chunk in chunks:
        reader.feed(chunk)
    return reader.close()


def _with(old: str, new: str) -> str:
    """Return the small app's snapshot with one place changed."""
    assert _TEXT.count(old) == 1
    return _TEXT.replace(old, new)


def _with_number(section: str, position: int, number: object) -> str:
    document = json.loads(_TEXT)
    document[section][position] = number
    return json.dumps(document, separators=(",", ":"))


def test_columns_hold_what_the_text_says() -> None:
    heap = Heap()
    user = heap.object("User", parent=heap.root, via=3, edge="element", size=48)
    heap.locate(user, ("/app/a.js", 12, 7))
    snapshot = heap.snapshot()
    assert snapshot.nodes.id.tolist() == [1, 3, 5]
    assert snapshot.nodes.self_size_bytes.tolist() == [32, 48, 32]
    assert snapshot.nodes.edge_count.tolist() == [1, 0, 0]
    assert [snapshot.name(i) for i in range(3)] == ["", "User", "/app/a.js"]
    assert [snapshot.type_name(i) for i in range(3)] == ["synthetic", "object", "code"]
    assert snapshot.edges.name_or_index.tolist() == [3]
    assert snapshot.edges.to_node.tolist() == [1]
    assert snapshot.locations.node.tolist() == [1]
    assert snapshot.locations.script_id.tolist() == [5]
    assert snapshot.locations.line.tolist() == [11]
    assert snapshot.locations.column.tolist() == [6]


@given(chunks=chunkings(_TEXT))
def test_any_chunking_gives_the_same_snapshot(chunks: list[str]) -> None:
    assert _decoded(_fed(chunks)) == _decoded(read(_TEXT))


def test_single_characters_give_the_same_snapshot() -> None:
    assert _decoded(_fed(list(_TEXT))) == _decoded(read(_TEXT))


@given(chunks=chunkings(_TEXT), piece=st.integers(30, 200))
@settings(max_examples=50)
def test_sections_longer_than_a_piece_give_the_same_snapshot(
    chunks: list[str], piece: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_module, "_PIECE_CHARACTERS", piece)
        assert _decoded(_fed(chunks)) == _decoded(read(_TEXT))


@given(heap=heaps(), layout=layouts())
def test_reordered_and_added_fields_and_types_change_nothing(
    heap: Heap, layout: Layout
) -> None:
    assert _decoded(heap.snapshot(layout)) == _decoded(heap.snapshot())


def test_locations_are_sorted_by_node_whatever_their_order() -> None:
    document = json.loads(_TEXT)
    rows = np.array(document["locations"] + [0, 9, 1, 1]).reshape(-1, 4)
    document["locations"] = rows.ravel().tolist()
    snapshot = read(json.dumps(document, separators=(",", ":")))
    assert snapshot.locations.node.tolist() == sorted(snapshot.locations.node.tolist())
    assert snapshot.locations.script_id[0] == 9


@pytest.mark.parametrize(
    "name", ["\ud800", "x\udfffy", "\x00\x1f", '"],"nodes":[1', "]}", "日本", "\u2028"]
)
def test_strings_come_through_unchanged(name: str) -> None:
    heap = Heap()
    heap.node("string", name, parent=heap.root, via=name)
    snapshot = heap.snapshot()
    assert snapshot.name(1) == name
    assert HeapGraph(snapshot).edge_name(0) == name


def test_raw_control_characters_in_strings_are_accepted() -> None:
    snapshot = read(_with('"a orders"', '"a \t\n\ud800orders"'))
    assert "a \t\n\ud800orders" in snapshot.strings


def test_a_snapshot_without_locations_is_accepted() -> None:
    document = json.loads(_TEXT)
    del document["locations"]
    snapshot = read(json.dumps(document, separators=(",", ":")))
    assert len(snapshot.locations.node) == 0
    assert snapshot.node_count == len(_small_app().nodes)


def test_columns_are_read_only() -> None:
    snapshot = read(_TEXT)
    for column in (snapshot.nodes.id, snapshot.edges.to_node, snapshot.locations.line):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0


@given(end=st.integers(0, len(_TEXT) - 1))
@settings(max_examples=300)
def test_a_text_cut_anywhere_is_refused(end: int) -> None:
    with pytest.raises(SnapshotFormatError):
        read(_TEXT[:end])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "ends in section 'snapshot'; it is truncated"),
        ("null", "ends in section 'snapshot'; it is truncated"),
        ("<html>502 Bad Gateway</html>", "ends in section 'snapshot'"),
        (_TEXT[: _TEXT.index('"edges":[') + 20], "ends in section 'edges'"),
        (_TEXT[:-20], "string table is truncated or corrupt"),
        (_TEXT[:-1], "after the string table"),
        (_TEXT + "{}", "after the string table"),
        ('{"nodes":[]}', "no 'snapshot' header before the nodes"),
        ('{"nodes":[1,2],"strings":["a"]}', "no 'snapshot' header before the nodes"),
        ('[{"nodes":[1]}]', "no snapshot header"),
        ('{"snapshot":3,"nodes":[]}', "snapshot is int, expected an object"),
        ('{"snapshot":{},"nodes":[]}', "snapshot.meta is NoneType"),
        ("[" * 10_000 + '"nodes":[', "no snapshot header"),
    ],
    ids=lambda value: value[:30] or "empty",
)
def test_a_foreign_or_cut_text_is_refused_with_a_reason(text: str, says: str) -> None:
    with pytest.raises(SnapshotFormatError, match=says):
        read(text)


@pytest.mark.parametrize("section", ["nodes", "edges", "locations"])
@pytest.mark.parametrize("number", ['"x"', "1.5", "null", "-", "1 2", "1,,2", "[1"])
def test_a_corrupt_number_is_refused_and_its_section_named(
    section: str, number: str
) -> None:
    text = _with(f'"{section}":[', f'"{section}":[{number},')
    with pytest.raises(SnapshotFormatError, match=section):
        read(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (_with('"node_count":', '"node_count":1'), r"announces 1\d+ nodes and holds"),
        (_with('"edge_count":1', '"edge_count":2'), r"announces 2\d edges and holds"),
        (_with_number("nodes", 4, 0), r"announces \d+ edges and holds"),
        (_with('"nodes":[', '"nodes":[1,'), "section 'nodes' has .* 6 fields"),
        (_with('"edges":[', '"edges":[1,'), "section 'edges' has .* 3 fields"),
        (_with_number("edges", 2, 6_000), "edge target is outside"),
        (_with_number("edges", 2, -6), "edge target is outside"),
        (_with_number("edges", 2, 7), "edge points between two nodes"),
        (_with_number("nodes", 1, 5_000), "node name is outside"),
        (_with_number("nodes", 0, 99), "node type is outside"),
        (_with_number("edges", 0, 99), "edge type is outside"),
        (_with_number("locations", 0, 60_000), "located node is outside"),
    ],
)
def test_parts_that_contradict_each_other_are_refused(text: str, says: str) -> None:
    with pytest.raises(SnapshotFormatError, match=says):
        read(text)


@pytest.mark.parametrize(
    ("section", "position", "number"),
    [
        ("nodes", 0, 2**8 + 9),
        ("nodes", 1, 2**32),
        ("nodes", 1, -1),
        ("edges", 0, 2**8 + 1),
        ("edges", 2, 6 * 2**32),
        ("locations", 0, 6 * 2**32),
    ],
)
def test_a_number_too_large_for_its_column_is_not_wrapped_into_a_valid_one(
    section: str, position: int, number: int
) -> None:
    with pytest.raises(SnapshotFormatError, match="outside the snapshot"):
        read(_with_number(section, position, number))


def test_a_reference_named_by_no_string_is_refused() -> None:
    heap = Heap()
    heap.object(parent=heap.root, via="cache")
    document = json.loads(heap.text())
    document["edges"][1] = len(document["strings"])
    with pytest.raises(SnapshotFormatError, match="edge name is outside"):
        read(json.dumps(document, separators=(",", ":")))


def test_an_index_may_be_larger_than_the_string_table() -> None:
    heap = Heap()
    heap.object(parent=heap.root, via=100_000, edge="element")
    assert HeapGraph(heap.snapshot()).edge_name(0) == 100_000


@pytest.mark.parametrize("written", [3_000_000_000, 3_000_000_000 - 2**32])
def test_the_index_of_a_sparse_array_may_need_32_bits(written: int) -> None:
    heap = Heap()
    sparse = heap.object(parent=heap.root, via=written, edge="element")
    tree = heap.tree()
    assert tree.path_to(heap.ordinal(sparse)) == (0, 1)


def test_a_negative_number_of_edges_is_refused_though_the_sum_is_right() -> None:
    heap = Heap()
    heap.object(parent=heap.root, via="cache")
    document = json.loads(heap.text())
    document["nodes"][4], document["nodes"][10] = 2, -1
    with pytest.raises(SnapshotFormatError, match="edge count is outside"):
        read(json.dumps(document, separators=(",", ":")))


def test_a_snapshot_without_nodes_is_refused() -> None:
    heap = Heap()
    heap.nodes.clear()
    with pytest.raises(SnapshotFormatError, match="no nodes"):
        read(heap.text())


def test_a_string_table_of_other_things_is_refused() -> None:
    with pytest.raises(SnapshotFormatError, match="string table"):
        read(_with('"a orders"', "17"))


@given(data=st.data())
@settings(max_examples=400)
def test_mutated_snapshots_are_read_or_refused_but_never_crash(
    data: st.DataObject,
) -> None:
    raw = bytearray(_TEXT.encode(errors="surrogatepass"))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw) - 1))
        length = data.draw(st.integers(0, 3))
        raw[start : start + length] = data.draw(
            st.binary(max_size=3) | st.sampled_from([b"9", b"-", b",", b"]", b'"'])
        )
    try:
        snapshot = read(raw.decode(errors="replace"))
    except SnapshotFormatError as error:
        assert str(error)  # noqa: PT017  # either outcome is fine
    else:
        assert len(_decoded(snapshot)) == snapshot.node_count + 4
