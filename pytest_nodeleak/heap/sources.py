"""Where in the source an object of a snapshot comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import numpy as np

from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.v8_names import SCRIPT_EDGES

__all__ = ["ScriptTable", "SourcePosition", "package_of", "script_path"]

_PACKAGE = re.compile(r".*/node_modules/((?:@[^/]+/)?[^/]+)/", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePosition:
    """A place in a script; line and column are 1-based.

    Attributes:
        script: The script's name as V8 has it: a path, a ``file:`` URL or ``node:...``.
        line: None where only the script is known.
        column: None where only the script or line is known.

    """

    script: str
    line: int | None = None
    column: int | None = None

    @property
    def is_node_internal(self) -> bool:
        """Whether the script is part of Node itself."""
        return self.script.startswith("node:")


def script_path(script: str) -> str:
    """Return the file path of a script name."""
    if script.startswith("file:"):
        return unquote(urlsplit(script).path)
    return script


def package_of(script: str) -> str | None:
    """Return the npm package a script belongs to, None for the app itself."""
    match = _PACKAGE.match(script_path(script))
    return match[1] if match else None


class ScriptTable:
    """Looks up the source positions that a snapshot records."""

    def __init__(self, graph: HeapGraph) -> None:
        self._graph = graph
        self._names: dict[int, str | None] = {}

    def position_of(self, ordinal: int) -> SourcePosition | None:
        """Return where a function, or the class of an object, is defined."""
        locations = self._graph.snapshot.locations
        row = int(np.searchsorted(locations.node, locations.node.dtype.type(ordinal)))
        if row >= len(locations.node) or locations.node[row] != ordinal:
            return None
        script = self._script_name(int(locations.script_id[row]))
        if not script:
            return None
        return SourcePosition(
            script=script,
            line=int(locations.line[row]) + 1,
            column=int(locations.column[row]) + 1,
        )

    def _script_name(self, script_id: int) -> str | None:
        if script_id not in self._names:
            self._names[script_id] = self._find_script_name(script_id)
        return self._names[script_id]

    def _find_script_name(self, script_id: int) -> str | None:
        # Only functions point to their script; objects share the id of a function.
        locations, graph = self._graph.snapshot.locations, self._graph
        for ordinal in locations.node[locations.script_id == script_id]:
            shared = graph.child(int(ordinal), "shared", edge_type="internal")
            if shared is None:
                continue
            for edge_name in SCRIPT_EDGES:
                script = graph.child(shared, edge_name)
                if script is not None:
                    return graph.snapshot.name(script)
        return None
