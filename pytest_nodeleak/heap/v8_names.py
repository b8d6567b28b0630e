"""How V8 and Node.js call what a snapshot shows of their own."""

from __future__ import annotations

__all__ = [
    "CELL",
    "DEAR_EDGES",
    "GENERATOR",
    "INTERNAL_TYPES",
    "LOOKED_UP",
    "MOMENTARY_ROOTS",
    "NATIVE_CONTEXT",
    "NODES_LINKS",
    "NODES_OBJECTS",
    "NUMBERED",
    "PROMISE",
    "REACTION",
    "REGISTRY_CLASSES",
    "SCOPE",
    "SCRIPT_EDGES",
    "STRING_TYPES",
    "TABLE",
]

#: The variables of a function that others have captured; DevTools calls it Context.
SCOPE = "system / Context"
#: A realm of JavaScript with globals of its own; ``node:vm`` makes further ones.
NATIVE_CONTEXT = "system / NativeContext"
#: What waits for a promise.
REACTION = "system / PromiseReaction"
PROMISE = "Promise"
#: What an async function, or a generator, is while it waits.
GENERATOR = "Generator"
#: Keeps an exported variable of a module, for all who import it.
CELL = "system / Cell"
#: The edge to where a Map, a Set and a WeakMap keep what is in them.
TABLE = "table"
#: The edges from a function's shared part to its script, by version of V8.
SCRIPT_EDGES = ("script", "script_or_debug_info")
#: What the native nodes begin with that are the C++ halves of Node.js's own objects.
NODES_OBJECTS = "Node / "
#: How Node.js links timers, and sockets that time out.
NODES_LINKS = ("_idleNext", "_idlePrev")
#: Edges V8 needs for itself; a path through them explains nothing to a programmer.
DEAR_EDGES = frozenset(
    {
        "map",
        "feedback_cell",
        "code",
        "shared",
        "dispatch_handle",
        "constructor",
        "prototype",
        "prototype_info",
        "scope_info",
        "raw_outer_scope_info_or_feedback_metadata",
        "transition",
        "transition_info",
        "dependent_code",
        "native_context",
        "descriptors",
        "extension",
    }
)
#: Node's own registries reach everything an app has; its variables explain it better.
REGISTRY_CLASSES = ("Module", "TimersList")
#: What the function that writes a snapshot has at hand while it does so, or V8 while it
#: compiles, these hold by chance.
MOMENTARY_ROOTS = ("(Stack roots)", "(Handle scope)", "(Identity map)")
#: Names that are looked up in every snapshot.
LOOKED_UP = frozenset(
    {
        *DEAR_EDGES,
        *REGISTRY_CLASSES,
        *MOMENTARY_ROOTS,
        *NODES_LINKS,
        NATIVE_CONTEXT,
        PROMISE,
        REACTION,
    }
)
#: Types of edges that have an index in place of a name.
NUMBERED = ("element", "hidden")
#: Types of nodes that are strings; the name of such a node is its text.
STRING_TYPES = ("string", "concatenated string", "sliced string")
#: Types of nodes that are no objects of a program: cells and backing stores.
INTERNAL_TYPES = ("hidden", "array", "code", "object shape")
