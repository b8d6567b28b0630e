from __future__ import annotations

import numpy as np
from heaps import Heap, app_server
from hypothesis import given, settings
from strategies import heaps

from pytest_nodeleak.heap.disguise import Role
from pytest_nodeleak.heap.redaction import Redaction, redact


def _node_names(redaction: Redaction) -> list[str]:
    return [redaction.strings[position] for position in redaction.node_name]


def _word(heap: Heap, text: str) -> None:
    pool = heap.node("code", "(constant pool)", parent=heap.root)
    heap.node("string", text, parent=pool, via=1, edge="internal")


def test_one_text_in_several_roles_becomes_what_each_role_asks_for() -> None:
    heap = Heap()
    _word(heap, "name")
    user = heap.object(parent=heap.root, via="user")
    text = heap.node("string", "name", parent=user, via="name")
    graph = heap.graph()
    redaction = redact(graph)
    assert _node_names(redaction)[heap.ordinal(text)].startswith("<string of 4")
    (edge,) = graph.edges_of(heap.ordinal(user))
    assert redaction.strings[redaction.edge_name[edge]] == "name"


def test_equal_texts_stay_equal_and_different_ones_different() -> None:
    heap = Heap()
    nodes = [heap.node("string", text, parent=heap.root) for text in ("ab", "cd", "ab")]
    names = _node_names(redact(heap.graph()))
    first, second, third = (names[heap.ordinal(node)] for node in nodes)
    assert first == third != second


def test_references_by_number_have_no_name() -> None:
    heap = Heap()
    heap.object(parent=heap.root, via=3, edge="element")
    heap.object(parent=heap.root, via=4, edge="hidden")
    assert redact(heap.graph()).edge_name.tolist() == [-1, -1]


def test_a_text_that_nothing_uses_is_gone() -> None:
    heap = Heap()
    heap.node("string", "x", parent=heap.root)
    graph = heap.graph()
    assert graph.snapshot.strings[0] == "<dummy>"
    assert "<dummy>" not in redact(graph).strings


def test_a_loaded_module_stays_known_by_its_path() -> None:
    heap = Heap()
    scope = app_server(heap, script="/app/server.js")
    modules = heap.object(parent=scope, via="cache", edge="context")
    heap.object("Module", parent=modules, via="/app/server.js")
    heap.object("Module", parent=modules, via="/app/bob?user=bob")
    strings = redact(heap.graph()).strings
    assert "/app/server.js" in strings
    assert not any("bob" in text for text in strings)


def test_it_counts_the_names_that_were_replaced_and_kept() -> None:
    heap = Heap()
    heap.node("string", "x", parent=heap.root, via="alice")
    heap.node("string", "x", parent=heap.root, via="bob")
    redaction = redact(heap.graph())
    assert redaction.replaced == {Role.STRING: 1, Role.PROPERTY: 2}
    assert redact(heap.graph(), keep_property_names=True).kept[Role.PROPERTY] == 2


@given(heap=heaps())
@settings(deadline=None)
def test_every_name_has_its_place_in_the_table(heap: Heap) -> None:
    graph = heap.graph()
    redaction = redact(graph)
    assert len(redaction.strings) >= len(graph.snapshot.strings)
    assert redaction.node_name.min() >= 0
    assert redaction.node_name.max() < len(redaction.strings)
    assert np.all(redaction.edge_name < len(redaction.strings))
