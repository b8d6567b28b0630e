"""A builder of heap snapshots in V8's text format.

``Heap`` keeps objects and references; each :meth:`Heap.snapshot` writes what there is at
that moment and reads it with the real reader. Object ids stay, so births and deaths are
staged by adding and removing objects between two snapshots.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import PathTree, find_paths
from pytest_nodeleak.heap.reader import SnapshotReader
from pytest_nodeleak.heap.snapshot import HeapSnapshot

NODE_FIELDS = ("type", "name", "id", "self_size", "edge_count", "detachedness")
NODE_TYPES = (
    "hidden",
    "array",
    "string",
    "object",
    "code",
    "closure",
    "regexp",
    "number",
    "native",
    "synthetic",
    "concatenated string",
    "sliced string",
    "symbol",
    "bigint",
    "object shape",
)
EDGE_FIELDS = ("type", "name_or_index", "to_node")
EDGE_TYPES = (
    "context",
    "element",
    "property",
    "internal",
    "hidden",
    "shortcut",
    "weak",
)
LOCATION_FIELDS = ("object_index", "script_id", "line", "column")
CONTEXT = "system / Context"


@dataclass(eq=False, kw_only=True)
class Script:
    """A script; ``node`` stands for it in the heap."""

    id: int
    node: Node


@dataclass(eq=False, kw_only=True)
class Edge:
    """A reference."""

    type: str
    name: str | int
    target: Node


@dataclass(eq=False, kw_only=True)
class Node:
    """Something in the heap; ``location`` is script, line and column, 1-based."""

    type: str
    name: str
    id: int
    size: int
    edges: list[Edge] = field(default_factory=list)
    location: tuple[Script, int, int] | None = None

    def target(self, name: str | int) -> Node:
        """Return what the first reference with this name leads to."""
        return next(edge.target for edge in self.edges if edge.name == name)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a V8 version arranges the numbers."""

    node_fields: Sequence[str] = NODE_FIELDS
    node_types: Sequence[str] = NODE_TYPES
    edge_fields: Sequence[str] = EDGE_FIELDS
    edge_types: Sequence[str] = EDGE_TYPES
    location_fields: Sequence[str] = LOCATION_FIELDS


V8_LAYOUT = Layout()


class Heap:
    """A heap under construction; ``root`` is there from the start."""

    def __init__(self, *, first_id: int = 1) -> None:
        self._next_id = first_id
        self._scripts: dict[str, Script] = {}
        self.nodes: list[Node] = []
        self.root = self.node("synthetic", "")

    def node(
        self,
        type_: str,
        name: str,
        *,
        parent: Node | None = None,
        via: str | int = "x",
        edge: str = "property",
        size: int = 32,
    ) -> Node:
        """Add a node; without a parent nothing refers to it yet."""
        node = Node(type=type_, name=name, id=self._next_id, size=size)
        self._next_id += 2
        self.nodes.append(node)
        if parent is not None:
            self.link(parent, node, via, edge)
        return node

    def object(
        self,
        name: str = "Object",
        *,
        parent: Node | None = None,
        via: str | int = "x",
        edge: str = "property",
        size: int = 32,
    ) -> Node:
        """Add an instance of the class ``name``."""
        return self.node("object", name, parent=parent, via=via, edge=edge, size=size)

    def shaped(self, *names: str) -> Node:
        """Add a plain object with these properties, all strings."""
        node = self.object()
        for name in names:
            self.node("string", f"a {name}", parent=node, via=name)
        return node

    def closure(
        self,
        name: str,
        *,
        parent: Node | None = None,
        via: str | int = "x",
        edge: str = "property",
        at: tuple[str, int, int] | None = None,
    ) -> Node:
        """Add a function; ``at`` is where it is defined: script name, line, column."""
        node = self.node("closure", name, parent=parent, via=via, edge=edge, size=64)
        if at is not None:
            shared = self.node("code", name, parent=node, via="shared", edge="internal")
            script = self.locate(node, at)
            self.link(shared, script.node, "script", "internal")
        return node

    def context(self, function: Node) -> Node:
        """Return the scope of a function; its variables are ``context`` edges."""
        return self.object(CONTEXT, parent=function, via="context", edge="internal")

    def locate(self, node: Node, at: tuple[str, int, int]) -> Script:
        """Give a node a source position."""
        path, line, column = at
        if path not in self._scripts:
            script_node = self.node("code", path)
            self._scripts[path] = Script(id=len(self._scripts) + 5, node=script_node)
        node.location = (self._scripts[path], line, column)
        return self._scripts[path]

    def map(self, *, parent: Node, via: str, edge: str = "property") -> Node:
        """Add a Map with its table."""
        node = self.object("Map", parent=parent, via=via, edge=edge)
        self.node("array", "", parent=node, via="table", edge="internal", size=96)
        return node

    def put(self, map_: Node, value: Node) -> Node:
        """Put a value into a Map."""
        table = map_.target("table")
        self.link(table, value, str(3 + 3 * len(table.edges)), "internal")
        return value

    def rehash(self, map_: Node) -> Node:
        """Move a Map's entries to a new, larger table."""
        return self._move_store(map_, "table")

    def list(self, *, parent: Node, via: str, edge: str = "property") -> Node:
        """Add an Array with its elements."""
        node = self.object("Array", parent=parent, via=via, edge=edge)
        store = "(object elements)"
        self.node("array", store, parent=node, via="elements", edge="internal")
        return node

    def push(self, list_: Node, value: Node) -> Node:
        """Append a value to an Array: two references, as V8 reports them."""
        store = list_.target("elements")
        index = len(store.edges)
        self.link(list_, value, index, "element")
        self.link(store, value, str(index), "internal")
        return value

    def regrow(self, list_: Node) -> Node:
        """Move an Array's elements to a new, larger store."""
        return self._move_store(list_, "elements")

    def _move_store(self, owner: Node, name: str) -> Node:
        old = owner.target(name)
        new = self.node(old.type, old.name, size=2 * old.size)
        new.edges, old.edges = old.edges, []
        self.remove(old)
        self.link(owner, new, name, "internal")
        return new

    def link(
        self, source: Node, target: Node, name: str | int, edge: str = "property"
    ) -> None:
        """Add a reference."""
        source.edges.append(Edge(type=edge, name=name, target=target))

    def ephemeron(self, table: Node, key: Node, value: Node) -> None:
        """Add an entry of a WeakMap: one reference from the key, one from its table."""
        name = (
            f"1 / part of key ({key.name} @{key.id}) -> value ({value.name} @{value.id})"
            f" pair in WeakMap (table @{table.id})"
        )
        self.link(table, key, 1, "weak")
        self.link(key, value, name, "internal")
        self.link(table, value, name, "internal")

    def unlink(self, source: Node, target: Node) -> None:
        """Drop all references from one node to another."""
        source.edges = [edge for edge in source.edges if edge.target is not target]

    def remove(self, *nodes: Node) -> None:
        """Drop nodes, what refers to them, and what only they referred to."""
        for node in nodes:
            self.nodes.remove(node)
            for other in self.nodes:
                self.unlink(other, node)
            held = {edge.target for other in self.nodes for edge in other.edges}
            for edge in node.edges:
                if edge.target in self.nodes and edge.target not in held:
                    self.remove(edge.target)

    def ordinal(self, node: Node) -> int:
        """Return a node's position in a snapshot that is taken now."""
        return self.nodes.index(node)

    def text(self, layout: Layout = V8_LAYOUT) -> str:
        """Return the snapshot as V8 would write it."""
        strings = _StringTable()
        ordinal = {node: position for position, node in enumerate(self.nodes)}
        nodes, edges, locations = [], [], []
        for node in self.nodes:
            nodes += _row(
                layout.node_fields,
                type=layout.node_types.index(node.type),
                name=strings.add(node.name),
                id=node.id,
                self_size=node.size,
                edge_count=len(node.edges),
                detachedness=0,
            )
            for edge in node.edges:
                edges += _row(
                    layout.edge_fields,
                    type=layout.edge_types.index(edge.type),
                    name_or_index=edge.name
                    if isinstance(edge.name, int)
                    else strings.add(edge.name),
                    to_node=ordinal[edge.target] * len(layout.node_fields),
                )
            if node.location is not None:
                script, line, column = node.location
                locations += _row(
                    layout.location_fields,
                    object_index=ordinal[node] * len(layout.node_fields),
                    script_id=script.id,
                    line=line - 1,
                    column=column - 1,
                )
        header = {
            "meta": {
                "node_fields": list(layout.node_fields),
                "node_types": [list(layout.node_types), "string", "number"],
                "edge_fields": list(layout.edge_fields),
                "edge_types": [list(layout.edge_types), "string_or_number", "node"],
                "location_fields": list(layout.location_fields),
            },
            "node_count": len(self.nodes),
            "edge_count": len(edges) // len(layout.edge_fields),
            "trace_function_count": 0,
        }
        sections: dict[str, object] = {
            "snapshot": header,
            "nodes": nodes,
            "edges": edges,
            "trace_function_infos": [],
            "trace_tree": [],
            "samples": [],
            "locations": locations,
            "strings": strings.texts,
        }
        lines = [f'"{name}":{_compact(value)}' for name, value in sections.items()]
        return "{" + ",\n".join(lines) + "}"

    def snapshot(self, layout: Layout = V8_LAYOUT) -> HeapSnapshot:
        """Return the heap as it is now."""
        return read(self.text(layout))

    def graph(self) -> HeapGraph:
        """Return the graph of the heap as it is now."""
        return HeapGraph(self.snapshot())

    def tree(self) -> PathTree:
        """Return the paths in the heap as it is now."""
        return find_paths(self.graph())


def read(text: str) -> HeapSnapshot:
    """Read the text of a snapshot."""
    reader = SnapshotReader()
    reader.feed(text)
    return reader.close()


def app_server(heap: Heap, *, script: str = "/app/server.js", line: int = 8) -> Node:
    """Add a listening Server with a request handler; return the handler's scope."""
    roots = heap.node(
        "synthetic", "(Global handles)", parent=heap.root, via=1, edge="element"
    )
    handle = heap.object("TCP", parent=roots, via=1, edge="element")
    server = heap.object("Server", parent=handle, via="<symbol owner_symbol>")
    events = heap.object(parent=server, via="_events")
    handler = heap.closure(
        "handler", parent=events, via="request", at=(script, line, 3)
    )
    return heap.context(handler)


def repeat(times: int, action: Callable[[], object]) -> None:
    """Do something as often as requests come in."""
    for _ in range(times):
        action()


class _StringTable:
    """Interned strings; V8 starts it with a dummy."""

    def __init__(self) -> None:
        self._position = {"<dummy>": 0}

    @property
    def texts(self) -> list[str]:
        return list(self._position)

    def add(self, text: str) -> int:
        return self._position.setdefault(text, len(self._position))


def _row(fields: Sequence[str], **values: int) -> list[int]:
    # A field the reader does not know gets a number it would stumble over.
    return [values.get(name, 10**9 + 7) for name in fields]


def _compact(value: object) -> str:
    # Lone surrogates stay what they are: V8 writes them raw or as an escape.
    return json.dumps(value, separators=(",", ":"))
