from __future__ import annotations

import pytest

from pytest_nodeleak.heap.disguise import Disguise, Role, script_without_query
from pytest_nodeleak.heap.graph import _EPHEMERON

WORDS = frozenset({"orders", "Session", "kState", "/users/:id"})


def _of(text: str, role: Role, *, keep_property_names: bool = False) -> str:
    disguise = Disguise(
        words=WORDS,
        heap_ids={11, 13, 15},
        keep_property_names=keep_property_names,
    )
    return disguise.of(text, role, number=7)


@pytest.mark.parametrize(
    ("role", "noun"),
    [
        (Role.STRING, "string"),
        (Role.REGEXP, "regexp"),
        (Role.NUMBER, "number"),
        (Role.BIGINT, "bigint"),
        (Role.SYMBOL, "symbol"),
        (Role.UNKNOWN, "name"),
    ],
)
def test_values_are_replaced_even_if_they_are_words_of_the_program(
    role: Role, noun: str
) -> None:
    assert _of("hello", role) == f"<{noun} of 5 characters #7>"
    assert _of("orders", role) == f"<{noun} of 6 characters #7>"


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("(concatenated string)", Role.STRING),
        ("(sliced string)", Role.STRING),
        ("heap number", Role.NUMBER),
        ("symbol", Role.SYMBOL),
        ("", Role.STRING),
        ("Session", Role.CLASS),
        ("Map", Role.CLASS),
        ("Intl.NumberFormat", Role.CLASS),
        ("Segmenter String Iterator", Role.CLASS),
        ("system / Context", Role.CLASS),
        ("get [Symbol.species]", Role.FUNCTION),
        ("(instruction stream for handler)", Role.CODE),
        ("node:internal/errors", Role.SCRIPT),
        ("/home/bob/app/a.js", Role.SCRIPT),
        ("file:///app/a.mjs", Role.SCRIPT),
        ("evalmachine.<anonymous>", Role.SCRIPT),
        ("system / Map (ConsString)", Role.INTERNAL_NODE),
        ("Node / std::basic_string", Role.INTERNAL_NODE),
        ("(GC roots)", Role.INTERNAL_NODE),
        ("C++ cross-thread roots", Role.INTERNAL_NODE),
        ("private symbol", Role.INTERNAL_NODE),
        ("$cache_2", Role.VARIABLE),
        (".generator_object", Role.VARIABLE),
        ("größe", Role.VARIABLE),
        ("feedback_cell", Role.INTERNAL_EDGE),
        ("17", Role.INTERNAL_EDGE),
        ("55 / AsyncCompilationResolver::promise_", Role.INTERNAL_EDGE),
        ("6 / DevTools console", Role.INTERNAL_EDGE),
        ("orders", Role.PROPERTY),
        ("get orders", Role.PROPERTY),
        ("/users/:id", Role.PROPERTY),
        ("<symbol kState>", Role.PROPERTY),
        ("<symbol>", Role.PROPERTY),
        ("<symbol Symbol.iterator>", Role.PROPERTY),
        ("__proto__", Role.PROPERTY),
        ("_idleNext", Role.PROPERTY),
    ],
)
def test_code_and_v8_s_own_words_are_kept(text: str, role: Role) -> None:
    assert _of(text, role) == text


@pytest.mark.parametrize(
    ("text", "role", "replacement"),
    [
        ("bob@example.com", Role.PROPERTY, "<property of 15 characters #7>"),
        ("alice", Role.PROPERTY, "<property of 5 characters #7>"),
        ("get alice", Role.PROPERTY, "get <property of 5 characters #7>"),
        ("<symbol alice>", Role.PROPERTY, "<symbol of 5 characters #7>"),
        ("Alice Smith", Role.CLASS, "<class of 11 characters #7>"),
        ("user 17", Role.VARIABLE, "<variable of 7 characters #7>"),
        ("tenant-17.js", Role.SCRIPT, "<script of 12 characters #7>"),
        ("data:text/javascript,x()", Role.SCRIPT, "<script of 24 characters #7>"),
        ("<div id='bob'>", Role.INTERNAL_NODE, "<internal of 14 characters #7>"),
        ("3 / bob@home", Role.INTERNAL_EDGE, "<reference of 12 characters #7>"),
    ],
)
def test_what_no_code_spells_out_is_replaced(
    text: str, role: Role, replacement: str
) -> None:
    assert _of(text, role) == replacement


def test_property_names_are_kept_when_asked() -> None:
    assert _of("alice", Role.PROPERTY, keep_property_names=True) == "alice"
    assert _of("alice", Role.STRING, keep_property_names=True) != "alice"


def test_an_entry_of_a_weak_map_keeps_its_numbers_and_loses_key_and_value() -> None:
    text = "3 / part of key (bob @11) -> value (s3cr3t @13) pair in WeakMap (table @15)"
    replaced = _of(text, Role.INTERNAL_EDGE)
    assert replaced == (
        "3 / part of key (key @11) -> value (value @13) pair in WeakMap (table @15)"
    )
    # What it means to the graph stays.
    match = _EPHEMERON.search(replaced)
    assert match is not None
    assert match[1] == "15"


def test_a_number_in_it_that_is_no_object_s_id_is_not_taken_over() -> None:
    text = (
        "3 / part of key (a @4111111111) -> value (b @13) -> value (c @13)"
        " pair in WeakMap (table @15)"
    )
    assert "4111111111" not in _of(text, Role.INTERNAL_EDGE)


@pytest.mark.parametrize(
    ("script", "kept"),
    [
        ("https://bob:pw@cdn.example/a.js?token=x#y", "https://cdn.example/a.js"),
        ("file:///app/a.mjs?user=bob", "file:///app/a.mjs"),
        ("/app/a.js?user=bob", "/app/a.js"),
        ("webpack-internal:///./src/a.js", "webpack-internal:///./src/a.js"),
        ("https://[bad/a.js", ""),
        ("blob:nodedata:1", ""),
    ],
)
def test_of_a_script_the_path_is_kept_and_nothing_else(script: str, kept: str) -> None:
    assert script_without_query(script) == kept
