"""The words of a program: names its code spells out, as far as a snapshot shows them.

A property may be called ``orders`` or ``bob@example.com``. Only the first is code, and only
the code tells: names of functions, classes and variables, and the constants that compiled
functions and object literals refer to. What nothing but data mentions is data.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.heap.graph import HeapGraph

__all__ = ["code_words"]

# Where compiled code keeps the names it mentions. Feedback is left out on purpose: it
# remembers the keys that were last looked up, which are data.
_CONSTANTS = {
    "(constant pool)",
    "(constant elements)",
    "(context local names)",
    "(shared function info)",
    "system / ArrayBoilerplateDescription",
    "system / ClassBoilerplate",
    "system / ObjectBoilerplateDescription",
    "system / ScopeInfo",
    "system / UncompiledDataWithPreparseData",
    "system / UncompiledDataWithoutPreparseData",
}
# The names V8 itself knows, such as "constructor" and "Symbol.iterator".
_V8_ROOTS = {"(Read-only roots)", "(Strong root list)"}
_COMPILED = re.compile(r"\((?:instruction stream|code) for (.*)\)", re.DOTALL)
# Longer constants are texts, not names.
_LONGEST_WORD = 200


def code_words(graph: HeapGraph) -> frozenset[str]:
    """Return every name that the program's code, Node.js' or V8's spells out."""
    snapshot = graph.snapshot
    strings, schema = snapshot.strings, snapshot.schema
    nodes, edges = snapshot.nodes, snapshot.edges
    variables = edges.name_or_index[edges.type == schema.edge_type_code("context")]
    functions = nodes.name[snapshot.is_type("closure")]
    constants = nodes.name[edges.to_node[_constant_edges(graph)]]
    words = {
        strings[position]
        for position in np.unique(np.concatenate([variables, functions, constants]))
    }
    is_compiled = snapshot.is_type("code") & ~snapshot.is_script
    for position in np.unique(nodes.name[is_compiled]):
        text = strings[position]
        match = _COMPILED.fullmatch(text)
        words.add(match[1] if match else text)
    return frozenset(word for word in words if len(word) <= _LONGEST_WORD)


def _constant_edges(graph: HeapGraph) -> NDArray[np.int64]:
    """Return the edges from compiled code, or V8's roots, to strings."""
    snapshot = graph.snapshot
    mentions = snapshot.is_named(*_CONSTANTS) & snapshot.is_type("code", "hidden")
    mentions |= snapshot.is_named(*_V8_ROOTS) & snapshot.is_type("synthetic")
    is_string = snapshot.is_type("string")
    found = mentions[graph.edge_source] & is_string[snapshot.edges.to_node]
    return np.flatnonzero(found)
