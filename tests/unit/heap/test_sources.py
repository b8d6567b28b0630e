from __future__ import annotations

import pytest
from heaps import Heap

from pytest_nodeleak.heap.sources import (
    ScriptTable,
    SourcePosition,
    package_of,
    script_path,
)


def test_a_function_s_position_counts_from_one() -> None:
    heap = Heap()
    handler = heap.closure("handler", parent=heap.root, at=("/app/server.js", 8, 24))
    document = heap.snapshot()
    assert document.locations.line.tolist() == [7]
    position = ScriptTable(heap.graph()).position_of(heap.ordinal(handler))
    assert position == SourcePosition(script="/app/server.js", line=8, column=24)


def test_an_object_s_script_is_named_by_a_function_of_the_same_script() -> None:
    heap = Heap()
    user = heap.object("User", parent=heap.root)
    heap.locate(user, ("/app/user.js", 3, 1))
    heap.closure("other", parent=heap.root, at=("/app/other.js", 1, 1))
    heap.closure("find", parent=heap.root, at=("/app/user.js", 9, 5))
    position = ScriptTable(heap.graph()).position_of(heap.ordinal(user))
    assert position == SourcePosition(script="/app/user.js", line=3, column=1)


def test_an_object_whose_script_no_function_names_has_no_position() -> None:
    heap = Heap()
    user = heap.object("User", parent=heap.root)
    heap.locate(user, ("/app/user.js", 3, 1))
    heap.closure("other", parent=heap.root, at=("/app/other.js", 1, 1))
    assert ScriptTable(heap.graph()).position_of(heap.ordinal(user)) is None


def test_what_has_no_location_has_no_position() -> None:
    heap = Heap()
    first = heap.object(parent=heap.root)
    heap.closure("f", parent=heap.root, at=("/app/a.js", 1, 1))
    last = heap.object(parent=heap.root)
    scripts = ScriptTable(heap.graph())
    assert scripts.position_of(heap.ordinal(first)) is None
    assert scripts.position_of(heap.ordinal(last)) is None


def test_evaluated_code_without_a_name_has_no_position() -> None:
    heap = Heap()
    function = heap.closure("f", parent=heap.root, at=("", 1, 1))
    assert ScriptTable(heap.graph()).position_of(heap.ordinal(function)) is None


def test_the_script_is_found_where_older_versions_keep_it() -> None:
    heap = Heap()
    function = heap.closure("f", parent=heap.root, at=("/app/a.js", 2, 2))
    shared = function.target("shared")
    shared.edges[0].name = "script_or_debug_info"
    position = ScriptTable(heap.graph()).position_of(heap.ordinal(function))
    assert position is not None
    assert position.script == "/app/a.js"


def test_a_function_with_a_property_called_shared_still_has_a_position() -> None:
    heap = Heap()
    function = heap.node("closure", "f", parent=heap.root)
    heap.object("Store", parent=function, via="shared")
    other = heap.closure("g", parent=heap.root, at=("/app/a.js", 2, 2))
    heap.locate(function, ("/app/a.js", 7, 1))
    heap.link(function, other.target("shared"), "shared", "internal")
    heap.remove(other)
    position = ScriptTable(heap.graph()).position_of(heap.ordinal(function))
    assert position == SourcePosition(script="/app/a.js", line=7, column=1)


@pytest.mark.parametrize(
    ("script", "internal"),
    [("node:events", True), ("/app/node.js", False), ("file:///app/a.mjs", False)],
)
def test_node_s_own_scripts_are_told_apart(script: str, *, internal: bool) -> None:
    assert SourcePosition(script=script).is_node_internal is internal


@pytest.mark.parametrize(
    ("script", "path"),
    [
        ("/app/a.js", "/app/a.js"),
        ("file:///app/my%20app/%C3%A9.mjs", "/app/my app/é.mjs"),
        ("file:///app/a.mjs?v=2", "/app/a.mjs"),
        ("node:events", "node:events"),
        ("", ""),
    ],
)
def test_a_script_s_path_is_a_file_s_path(script: str, path: str) -> None:
    assert script_path(script) == path


@pytest.mark.parametrize(
    ("script", "package"),
    [
        ("/app/src/a.js", None),
        ("node:internal/timers", None),
        ("/app/node_modules/express/lib/router.js", "express"),
        ("/app/node_modules/@fastify/send/index.js", "@fastify/send"),
        ("/app/node_modules/a/node_modules/b/x.js", "b"),
        ("/app/node_modules/.pnpm/x@1.0.0/node_modules/@s/x/i.js", "@s/x"),
        ("file:///app/node_modules/%40scope/x/index.mjs", "@scope/x"),
        ("/app/my_node_modules/a/b.js", None),
        ("/app/node_modules/alone.js", None),
    ],
)
def test_a_script_belongs_to_the_innermost_package_of_its_path(
    script: str, package: str | None
) -> None:
    assert package_of(script) == package
