from __future__ import annotations

import gc
import json
import re
import tracemalloc
import weakref

import numpy as np
import pytest
from heaps import Heap, Layout, app_server, read
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import chunkings, heaps, layouts

import pytest_nodeleak.heap.sections as sections_module
from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import find_paths
from pytest_nodeleak.heap.reader import SnapshotReader
from pytest_nodeleak.heap.snapshot import HeapSnapshot
from pytest_nodeleak.heap.window import Window


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
        patch.setattr(sections_module, "_PIECE_CHARACTERS", piece)
        patch.setattr(sections_module.Numbers, "enough", piece)
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
        ("", "there is no text at all"),
        (" \n", "ends before anything came, after 2 characters; it is truncated"),
        ("null", "character 0: expected '{', got 'null'; this is no heap snapshot"),
        ("<html>502 Bad Gateway</html>", "this is no heap snapshot"),
        ("\x00" * 99, "this is no heap snapshot"),
        ("{}", "character 1: expected a key, got '}'"),
        ('{"snap', "ends before a key, after 6 characters; it is truncated"),
        ('{"snapshot":{"me', "ends in section 'snapshot', after 16 characters"),
        (_TEXT[: _TEXT.index('"edges":[') + 20], "ends in section 'edges'"),
        (_TEXT[:-20], "section 'strings', .* string table is truncated or corrupt"),
        (_TEXT[:-1], "ends in section 'strings'.* it is truncated"),
        (_TEXT[:-1] + "]", "expected ',' or '}', got ']'"),
        (_TEXT + "{}", f"character {len(_TEXT):,}: expected the end, got '{{}}'"),
        (_TEXT[:-1] + ',"nodes":[]}', "there is a second 'nodes'"),
        (_TEXT[:-1] + ',"snapshot":{}}', "there is a second 'snapshot'"),
        ('{"snapshot":' + '{"a":1}' * 2 + "}", "snapshot.meta is NoneType"),
        ('{"snapshot":' + '{"a" 1}', "section 'snapshot', .*: the header is no JSON"),
        ('{"nodes":[]}', "no 'snapshot' header before the nodes"),
        ('{"nodes":[1,2],"strings":["a"]}', "no 'snapshot' header before the nodes"),
        ('[{"nodes":[1]}]', "this is no heap snapshot"),
        ('{"snapshot":3,"nodes":[]}', "snapshot is int, expected an object"),
        ('{"snapshot":{},"nodes":[]}', "snapshot.meta is NoneType"),
        # Python 3.14 goes as deep as its stack.
        ('{"snapshot":' + "[" * 500_000 + "]" * 500_000, "header is no JSON"),
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
        (_with_number("nodes", 4, 0), r"announces \d+ edges and its nodes have \d+"),
        (_with('"nodes":[', '"nodes":[1,'), "section 'nodes' has .* 6 fields"),
        (_with('"edges":[', '"edges":[1,'), "edge 0 points between two nodes"),
        (_with_number("edges", 5, 6_000), "edge 1 is outside .* to_node is 1000,"),
        (_with_number("edges", 2, -6), "edge 0 is outside .* to_node is -1,"),
        (_with_number("edges", 2, 7), "edge 0 points between two nodes"),
        (_with_number("nodes", 7, 5_000), "node 1 is outside .* its name is 5000,"),
        (_with_number("nodes", 0, 99), "its type is 99, expected 0 to 14"),
        (_with_number("nodes", 2, -1), "its id is -1,"),
        (_with_number("nodes", 3, -1), "its self_size is -1,"),
        (_with_number("edges", 0, 99), "its type is 99, expected 0 to 6"),
        (_with_number("locations", 0, 60_000), "location 0 is .*object_index is 10000"),
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
    with pytest.raises(
        SnapshotFormatError, match="name_or_index is 4, expected 0 to 3"
    ):
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
    with pytest.raises(
        SnapshotFormatError, match="its edge_count is 2, expected 0 to 1"
    ):
        read(json.dumps(document, separators=(",", ":")))


def test_a_snapshot_without_nodes_is_refused() -> None:
    heap = Heap()
    heap.nodes.clear()
    with pytest.raises(SnapshotFormatError, match="no nodes"):
        read(heap.text())


def test_a_string_table_of_other_things_is_refused() -> None:
    with pytest.raises(SnapshotFormatError, match="string table"):
        read(_with('"a orders"', "17"))


def test_a_file_that_a_tool_has_rewritten_with_spaces_is_read() -> None:
    rewritten = "\ufeff" + json.dumps(json.loads(_TEXT), indent=2).replace("\n", "\r\n")
    assert _decoded(read(rewritten)) == _decoded(read(_TEXT))


def test_sections_may_come_in_another_order() -> None:
    document = json.loads(_TEXT)
    order = ["samples", "strings", "snapshot", "locations", "edges", "nodes"]
    text = json.dumps({key: document[key] for key in order})
    assert _decoded(read(text)) == _decoded(read(_TEXT))


@pytest.mark.parametrize(
    "value",
    [
        '"nodes\\":[1,2"',
        '"a\\\\"',
        '{"nodes":[1],"strings":["]}"]}',
        "[0,1,[2,3,[]],[4]]",
        "-1.5",
        "null",
    ],
)
@given(chunks=st.integers(1, 40))
@settings(max_examples=5)
def test_what_unknown_sections_hold_is_not_taken_for_a_section(
    value: str, chunks: int
) -> None:
    text = _with('"trace_tree":[]', f'"trace_tree":{value}')
    pieces = [text[i : i + chunks] for i in range(0, len(text), chunks)]
    assert _decoded(_fed(pieces)) == _decoded(read(_TEXT))


def test_section_names_inside_the_header_are_not_taken_for_sections() -> None:
    text = _with('"trace_function_count":0', '"note":"\\"nodes\\":[7]","nodes":[3]')
    assert _decoded(read(text)) == _decoded(read(_TEXT))


@pytest.mark.parametrize(
    ("opening", "garbage", "says"),
    [
        ("", "\x00" * 1000, "this is no heap snapshot"),
        ("", "7" * 1000, "this is no heap snapshot"),
        ("{", '"' + "k" * 1000, "expected a key"),
        ('{"snapshot":', "[" * 1000, "the header does not end"),
        ('{"snapshot":', "7" * 1000, "expected a value"),
        (_TEXT[: _TEXT.index('"nodes":') + 9], "7" * 1000, "expected a comma after"),
        (_TEXT[: _TEXT.index('"nodes":') + 9], "7," * 500, "holds more of them"),
    ],
)
def test_garbage_without_end_is_refused_and_not_kept(
    opening: str, garbage: str, says: str
) -> None:
    reader = SnapshotReader()
    reader.feed(opening)
    with pytest.raises(SnapshotFormatError, match=says):  # noqa: PT012  # sooner or later
        for _ in range(3000):
            reader.feed(garbage)


def test_spaces_without_end_are_not_kept() -> None:
    reader = SnapshotReader()
    tracemalloc.start()
    for _ in range(100):
        reader.feed(" " * 100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 500_000
    with pytest.raises(SnapshotFormatError, match="after 10,000,000 characters"):
        reader.close()


@pytest.mark.parametrize("count", ["true", "1e3", "9" * 5000, "2147483648", "-1"])
def test_a_count_that_no_heap_has_is_refused(count: str) -> None:
    text = _TEXT.replace('"node_count":15', f'"node_count":{count}')
    with pytest.raises(
        SnapshotFormatError, match=r"node_count is|the header is no JSON"
    ):
        read(text)


_ODD_NUMBERS = ("-1", "0", "2147483648", "4294967296", "9" * 19, "1e5", "-", "0.5")
_MARKS = (",", "[", "]", "{", "}", '"', "\\", ":", "\n", " ", "\x00", "\ufffd")


@st.composite
def _mutated(draw: st.DrawFn, text: str) -> str:
    """Draw what a bad disk, a bad network or a bad tool makes of a text."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(0, len(text) - 1)))
        end = min(len(text), start + draw(st.integers(0, 3) | st.integers(0, 400)))
        new = draw(
            st.text(max_size=3)
            | st.sampled_from(_ODD_NUMBERS + _MARKS)
            | st.just(text[start:end] * 2)
        )
        if draw(st.booleans()) and (number := re.search(r"[0-9]+", text[start:])):
            start, end = start + number.start(), start + number.end()
        text = text[:start] + new + text[end:]
    return text[: draw(st.integers(0, len(text)))] if draw(st.booleans()) else text


@given(text=_mutated(_TEXT), piece=st.integers(20, 400), chunk=st.integers(1, 2000))
@settings(max_examples=500, deadline=None)
def test_mutated_snapshots_are_read_or_refused_but_never_crash(
    text: str, piece: int, chunk: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections_module, "_PIECE_CHARACTERS", piece)
        patch.setattr(sections_module.Numbers, "enough", piece)
        try:
            snapshot = _fed([text[i : i + chunk] for i in range(0, len(text), chunk)])
        except SnapshotFormatError as error:
            assert str(error)  # noqa: PT017  # either outcome is fine
            return
    assert len(_decoded(snapshot)) == snapshot.node_count + 4
    # What is read must be fit for the analysis, too.
    before, after = _small_app().tree(), find_paths(HeapGraph(snapshot))
    for window in (
        Window(earlier=before, later=after, requests=1),
        Window(earlier=after, later=before, requests=1),
    ):
        assert isinstance(window.growth, list)


def test_a_snapshot_goes_as_soon_as_nobody_has_it() -> None:
    text = _small_app().text()
    gc.disable()
    try:
        gone = weakref.ref(read(text).nodes.id)
        assert gone() is None
    finally:
        gc.enable()
