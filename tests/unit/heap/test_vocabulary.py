from __future__ import annotations

from heaps import Heap, app_server

from pytest_nodeleak.heap.vocabulary import code_words


def test_names_of_functions_and_variables_are_code() -> None:
    heap = Heap()
    scope = app_server(heap)
    heap.object(parent=scope, via="cache", edge="context")
    assert {"handler", "cache"} <= code_words(heap.graph())


def test_what_compiled_functions_mention_is_code() -> None:
    heap = Heap()
    for pool, word in (
        ("(constant pool)", "orders"),
        ("system / ObjectBoilerplateDescription", "name"),
        ("system / ScopeInfo", "#secret"),
    ):
        code = heap.node("code", pool, parent=heap.root)
        heap.node("string", word, parent=code, via=1, edge="internal")
    assert {"orders", "name", "#secret"} <= code_words(heap.graph())


def test_a_key_that_was_looked_up_lately_is_not() -> None:
    heap = Heap()
    feedback = heap.node("code", "system / FeedbackVector", parent=heap.root)
    heap.node("string", "bob@example.com", parent=feedback, via=1, edge="internal")
    assert "bob@example.com" not in code_words(heap.graph())


def test_strings_properties_and_keys_are_not() -> None:
    heap = Heap()
    table = heap.object(parent=heap.root, via="alice")
    heap.node("string", "bob", parent=table, via="carol")
    assert not {"alice", "bob", "carol"} & code_words(heap.graph())


def test_a_long_constant_is_a_text_and_no_word() -> None:
    heap = Heap()
    pool = heap.node("code", "(constant pool)", parent=heap.root)
    heap.node("string", "word " * 100, parent=pool, via=1, edge="internal")
    assert "word " * 100 not in code_words(heap.graph())


def test_compiled_code_is_named_after_its_function() -> None:
    heap = Heap()
    heap.node("code", "(instruction stream for Foo.bar)", parent=heap.root)
    assert "Foo.bar" in code_words(heap.graph())


def test_scripts_are_told_from_other_code_and_their_names_are_no_words() -> None:
    heap = Heap()
    function = heap.closure("f", parent=heap.root, at=("/app/a.js?token=1", 1, 1))
    graph = heap.graph()
    (script,) = [node for node in heap.nodes if node.name == "/app/a.js?token=1"]
    assert graph.snapshot.is_script.nonzero()[0].tolist() == [heap.ordinal(script)]
    assert script.name not in code_words(graph)
    assert function.name in code_words(graph)


def test_v8_s_debugging_information_in_place_of_a_script_is_none() -> None:
    heap = Heap()
    shared = heap.node("code", "f", parent=heap.root)
    via = "script_or_debug_info"
    heap.node("code", "system / DebugInfo", parent=shared, via=via, edge="internal")
    assert not heap.snapshot().is_script.any()
