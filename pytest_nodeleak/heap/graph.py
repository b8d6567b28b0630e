"""The object graph of a snapshot: which references keep objects alive, and how natural
they are to a programmer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.reach import reached_from_root
from pytest_nodeleak.heap.snapshot import HeapSnapshot, blocks
from pytest_nodeleak.heap.v8_names import (
    DEAR_EDGES,
    MOMENTARY_ROOTS,
    NUMBERED,
    REGISTRY_CLASSES,
)

__all__ = ["HeapGraph"]

_DEAR_NODE_TYPES = ("hidden", "code", "object shape")
# Handles the inspector holds for a console; they are the measurement, not the app.
_CONSOLE = "DevTools"
_CONSOLE_HANDLE = re.compile(r"DevTools console|/ DevTools")
# V8 drops a string that nobody else uses, so the tables of its interned strings and of
# those whose text is Node's (the headers of HTTP/2 are) hold nothing.
_STRING_TABLES = ("(Internalized strings)", "(External strings)")
# The value of a WeakMap entry has one edge from the key and one from the table, both
# with this name; it lives as long as the key does, so the table's must not count.
_PART_OF_ENTRY = "part of key"
_EPHEMERON = re.compile(
    r"/ part of key \(.* @\d+\) -> value .*\(table @([0-9]{1,18})\)\Z", re.DOTALL
)
# Lists call the way to the next item _idleNext, nextSibling, prev.
_LONGEST_LINK = 40
# What a string says of an edge it is the name of: bits of a mark.
_IS_DEAR, _IS_CONSOLE, _IS_ENTRY, _IS_LINK = 1, 2, 4, 8


# Few strings say anything; in as many as these it is likely that none does.
_STRINGS_AT_ONCE = 256


def _tells(text: str) -> bool:
    """Tell whether a text, or part of it, may say something of an edge.

    Looking for plain text is much faster than looking for a pattern.
    """
    if _CONSOLE in text or _PART_OF_ENTRY in text:
        return True
    return _mentions_a_link(text)


def _names_a_link(text: str) -> bool:
    # A context's enclosing scope is "previous" too, and is no list.
    is_name = len(text) < _LONGEST_LINK and text != "previous"
    return is_name and _mentions_a_link(text)


def _mentions_a_link(text: str) -> bool:
    lowered = text.lower()
    return "next" in lowered or "prev" in lowered


@dataclass(frozen=True)
class HeapGraph:
    """A snapshot with its edges judged.

    Attributes:
        snapshot: The heap.

    """

    snapshot: HeapSnapshot

    @cached_property
    def first_edge(self) -> NDArray[np.int32]:
        """Edges of node ``i`` are ``first_edge[i]`` up to ``first_edge[i + 1]``."""
        counts = self.snapshot.nodes.edge_count
        first = np.zeros(len(counts) + 1, np.int32)
        np.cumsum(counts, dtype=np.int32, out=first[1:])
        return first

    @property
    def edge_source(self) -> NDArray[np.int32]:
        """The ordinal each edge starts from, made anew for whoever asks for all."""
        counts = self.snapshot.nodes.edge_count
        return np.repeat(np.arange(len(counts), dtype=np.int32), counts)

    def sources_of(self, edges: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the ordinals some edges start from."""
        # Of two types, numpy would first make a wider copy of all that is searched in.
        wanted = edges.astype(self.first_edge.dtype)
        return np.searchsorted(self.first_edge, wanted, side="right") - 1

    def edges_from(self, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the positions of all edges that start from some nodes, node by node."""
        start = self.first_edge[ordinals].astype(np.int64)
        count = self.first_edge[ordinals + 1] - start
        before = np.cumsum(count) - count
        return np.repeat(start - before, count) + np.arange(count.sum())

    @cached_property
    def is_strong(self) -> NDArray[np.bool_]:
        """Whether each edge keeps its target alive."""
        edges, schema = self.snapshot.edges, self.snapshot.schema
        strong: NDArray[np.bool_] = edges.type != schema.edge_type_code("weak")
        strong[self._ephemeron_table_edges()] = False
        strong[self._console_edges()] = False
        strong[self._string_table_edges()] = False
        return strong

    @cached_property
    def strong_to_node(self) -> NDArray[np.int32]:
        """Where each edge leads; one that keeps nothing alive leads to the root."""
        # The root is node 0, and multiplying takes a third of what choosing does.
        return self.snapshot.edges.to_node * self.is_strong

    @cached_property
    def is_reachable(self) -> NDArray[np.bool_]:
        """Whether each node is reached from the root over strong edges."""
        return reached_from_root(self.first_edge, self.strong_to_node)

    @cached_property
    def is_natural(self) -> NDArray[np.bool_]:
        """Whether each edge is one a programmer would name: strong and not V8's own."""
        snapshot, marks = self.snapshot, self._edge_marks
        nodes, edges, schema = snapshot.nodes, snapshot.edges, snapshot.schema
        is_dear_node = snapshot.is_type(*_DEAR_NODE_TYPES)
        explains_little = snapshot.is_type("object")
        explains_little &= snapshot.is_named(*REGISTRY_CLASSES)
        at_hand = snapshot.is_type("synthetic") & snapshot.is_named(*MOMENTARY_ROOTS)
        explains_little |= at_hand
        natural = self.is_strong & ~np.repeat(
            is_dear_node | explains_little, nodes.edge_count
        )
        natural &= edges.type != schema.edge_type_code("hidden")
        internal = edges.type == schema.edge_type_code("internal")
        natural &= ~(internal & (marks & _IS_DEAR > 0))
        for block in blocks(len(natural)):
            natural[block] &= ~is_dear_node[edges.to_node[block]]
        return natural

    @cached_property
    def is_link(self) -> NDArray[np.bool_]:
        """Whether each edge is named like one from an item of a list to the next."""
        schema = self.snapshot.schema
        unnamed = [schema.edge_type_code(kind) for kind in NUMBERED]
        link: NDArray[np.bool_] = self._edge_marks & _IS_LINK > 0
        found = np.flatnonzero(link)
        link[found] = ~np.isin(self.snapshot.edges.type[found], unnamed)
        return link

    @cached_property
    def _edge_marks(self) -> NDArray[np.uint8]:
        """What the string at each edge's name says; an index may hit upon any string."""
        names = self.snapshot.edges.name_or_index
        of_string = self._string_marks
        marks = np.empty(len(names), np.uint8)
        for block in blocks(len(names)):
            marks[block] = of_string.take(names[block], mode="clip")
        return marks

    @cached_property
    def _string_marks(self) -> NDArray[np.uint8]:
        """What each string says of an edge it is the name of."""
        strings = self.snapshot.strings
        marks = np.zeros(len(strings), np.uint8)
        marks[self.snapshot.positions_of_names(DEAR_EDGES)] |= _IS_DEAR
        told = self._telling_strings
        consoles = [i for i in told if _CONSOLE in strings[i]]
        marks[[i for i in consoles if _CONSOLE_HANDLE.search(strings[i])]] |= (
            _IS_CONSOLE
        )
        marks[self._tables_of_entries[0]] |= _IS_ENTRY
        marks[[i for i in told if _names_a_link(strings[i])]] |= _IS_LINK
        return marks

    @cached_property
    def _telling_strings(self) -> list[int]:
        """Where the strings are that may say something: a look at many at a time."""
        strings = self.snapshot.strings
        found: list[int] = []
        for start in range(0, len(strings), _STRINGS_AT_ONCE):
            some = strings[start : start + _STRINGS_AT_ONCE]
            if _tells("\n".join(some)):
                found += [start + i for i, text in enumerate(some) if _tells(text)]
        return found

    @cached_property
    def _tables_of_entries(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The names of WeakMap entries, ascending, and the id of the table of each."""
        found = {
            position: int(match[1])
            for position in self._telling_strings
            if _PART_OF_ENTRY in (text := self.snapshot.strings[position])
            and (match := _EPHEMERON.search(text))
        }
        return np.array([*found], np.int64), np.array([*found.values()], np.int64)

    def edge_name(self, edge: int) -> str | int:
        """Return a property, variable or internal name, or an element's index."""
        edges, schema = self.snapshot.edges, self.snapshot.schema
        kind = schema.edge_types[edges.type[edge]]
        value = int(edges.name_or_index[edge])
        return value if kind in NUMBERED else self.snapshot.strings[value]

    def edge_type_name(self, edge: int) -> str:
        """Return an edge's type, e.g. ``"context"`` or ``"property"``."""
        return self.snapshot.schema.edge_types[int(self.snapshot.edges.type[edge])]

    def edges_of(self, ordinal: int) -> range:
        """Return the positions of a node's outgoing edges."""
        return range(int(self.first_edge[ordinal]), int(self.first_edge[ordinal + 1]))

    def child(
        self, ordinal: int, name: str, *, edge_type: str | None = None
    ) -> int | None:
        """Return the target of a node's edge with this name, of any type unless given."""
        for edge, its_name in self._named_edges(ordinal, edge_type):
            if its_name == name:
                return int(self.snapshot.edges.to_node[edge])
        return None

    def children(self, ordinal: int, *, edge_type: str) -> Mapping[str, int]:
        """Return the targets of a node's edges of a type by name, the first of each."""
        targets: dict[str, int] = {}
        for edge, name in self._named_edges(ordinal, edge_type):
            targets.setdefault(name, int(self.snapshot.edges.to_node[edge]))
        return targets

    def _named_edges(
        self, ordinal: int, edge_type: str | None
    ) -> Iterator[tuple[int, str]]:
        """Yield a node's edges of a type, or of all that have names, with their names."""
        edges, schema = self.snapshot.edges, self.snapshot.schema
        code = None if edge_type is None else schema.edge_type_code(edge_type)
        # As lists: to take numbers out of an array one by one takes several times as long.
        start, stop = self.first_edge[ordinal : ordinal + 2].tolist()
        kinds = edges.type[start:stop].tolist()
        names = edges.name_or_index[start:stop].tolist()
        for edge, kind, name in zip(range(start, stop), kinds, names, strict=True):
            if kind == code or (
                code is None and schema.edge_types[kind] not in NUMBERED
            ):
                yield edge, self.snapshot.strings[name]

    def _internal_edges_marked(self, mark: int) -> NDArray[np.int64]:
        found = np.flatnonzero(self._edge_marks & mark)
        internal = self.snapshot.schema.edge_type_code("internal")
        marked: NDArray[np.int64] = found[self.snapshot.edges.type[found] == internal]
        return marked

    def _console_edges(self) -> NDArray[np.int64]:
        return self._internal_edges_marked(_IS_CONSOLE)

    def _string_table_edges(self) -> NDArray[np.int64]:
        roots = np.flatnonzero(self.snapshot.is_type("synthetic"))
        is_table = [
            self.snapshot.name(root) in _STRING_TABLES for root in roots.tolist()
        ]
        return self.edges_from(roots[is_table])

    def _ephemeron_table_edges(self) -> NDArray[np.int64]:
        names, tables = self._tables_of_entries
        nodes, edges = self.snapshot.nodes, self.snapshot.edges
        found = self._internal_edges_marked(_IS_ENTRY)
        table = tables[np.searchsorted(names, edges.name_or_index[found])]
        from_table: NDArray[np.int64] = found[nodes.id[self.sources_of(found)] == table]
        return from_table
