"""What kind of leak a growing holder is, judged by the path to it and what hangs on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.v8_names import PROMISE, REACTION, SCOPE

__all__ = ["HOLDER_KINDS", "MODULE_CLASSES", "Kind", "classify"]


class Kind(StrEnum):
    """The kinds of findings; the values are part of the JSON record."""

    COLLECTION = "collection"
    LISTENER = "listener"
    TIMER = "timer"
    CLOSURE = "closure"
    PROMISE = "promise"
    MODULE = "module"
    CONTEXT = "context"
    HANDLE = "handle"
    EXTERNAL = "external"
    NATIVE = "native"
    LOOP_BLOCKED = "loop_blocked"
    GC_PAUSE = "gc_pause"
    HEAP_LIMIT = "heap_limit"
    OOM_KILL = "oom_kill"
    UNCAUGHT_EXCEPTION = "uncaught_exception"
    UNHANDLED_REJECTION = "unhandled_rejection"
    FD_EXHAUSTION = "fd_exhaustion"
    UNKNOWN = "unknown"


_LISTENER_EDGES = {"_events", "<symbol events.event_target>", "<symbol kEvents>"}
_LISTENER_CLASSES = {"Listener", "AbortSignal"}
_TIMER_CLASSES = {"TimersList", "Timeout", "Immediate", "ImmediateList"}
_TIMER_EDGES = {"timerListMap", "timerListQueue", "knownTimersById"}
_PROMISE_CLASSES = {REACTION, "PromiseReaction"}
MODULE_CLASSES = {"Module", "ModuleWrap", "SourceTextModule", "LoadCache"}
_KEYED_CLASSES = {"Object", "Map"}
_HANDLE_CLASS = re.compile(
    r"(TCP|UDP|Pipe|TTY|FSEvent|FSWatcher|StatWatcher|Process|Worker|MessagePort"
    r"|FileHandle|TLSWrap|Http2Session)(Wrap|SocketWrap|ServerWrap)?"
)
# A Buffer is 64 bytes of heap; where most of what a request leaves behind is outside the
# heap, that is the news.
_EXTERNAL_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """What the rules look at."""

    classes: frozenset[str]
    edges: frozenset[str]
    entries: tuple[str, ...]
    holder_type: str
    holder_class: str
    external_share: float
    has_contexts: bool

    @property
    def entry(self) -> str:
        return self.entries[0] if self.entries else ""


# In order of precedence; the first rule that holds names the kind.
_RULES: tuple[tuple[Kind, Callable[[_Evidence], bool]], ...] = (
    (Kind.EXTERNAL, lambda seen: seen.external_share >= _EXTERNAL_SHARE),
    (
        Kind.LISTENER,
        lambda seen: bool(
            seen.edges & _LISTENER_EDGES or seen.classes & _LISTENER_CLASSES
        ),
    ),
    (
        Kind.TIMER,
        lambda seen: bool(
            (seen.classes | {seen.entry}) & _TIMER_CLASSES or seen.edges & _TIMER_EDGES
        ),
    ),
    (
        Kind.PROMISE,
        lambda seen: bool(
            seen.holder_class == PROMISE or seen.classes & _PROMISE_CLASSES
        ),
    ),
    (
        Kind.MODULE,
        lambda seen: bool((seen.classes | {seen.entry}) & MODULE_CLASSES),
    ),
    (
        Kind.CONTEXT,
        lambda seen: seen.has_contexts,
    ),
    (
        Kind.HANDLE,
        lambda seen: (
            seen.holder_type == "synthetic"
            and any(_HANDLE_CLASS.fullmatch(entry) for entry in seen.entries)
        ),
    ),
    (Kind.UNKNOWN, lambda seen: seen.holder_type == "synthetic"),
    (
        Kind.CLOSURE,
        lambda seen: (
            seen.entry.startswith("function")
            # Functions under keys are a registry like any other.
            and seen.holder_class not in _KEYED_CLASSES
        ),
    ),
    (Kind.COLLECTION, lambda _: True),
)
# What a holder can be; other kinds are those of limits and of deaths.
HOLDER_KINDS = frozenset(kind for kind, _ in _RULES)


def classify(
    tree: PathTree,
    holder: int,
    *,
    entries: tuple[str, ...],
    external_share: float,
    has_contexts: bool = False,
) -> Kind:
    """Return the kind of leak.

    Args:
        tree: Paths of the snapshot.
        holder: The holder's ordinal.
        entries: Labels of what hangs directly on the holder, the most frequent first.
        external_share: Which part of the bytes is outside the V8 heap.
        has_contexts: Whether JavaScript contexts are among what it holds.

    """
    snapshot = tree.graph.snapshot
    path = _since_last_scope(tree, tree.path_to(holder))
    seen = _Evidence(
        classes=frozenset(snapshot.name(ordinal) for ordinal in path[-2:]),
        edges=frozenset(
            str(tree.graph.edge_name(int(tree.parent_edge[ordinal])))
            for ordinal in path[-3:]
            if tree.parent_edge[ordinal] >= 0
        ),
        entries=entries,
        holder_type=snapshot.type_name(holder),
        holder_class=snapshot.name(holder),
        external_share=external_share,
        has_contexts=has_contexts,
    )
    return next(kind for kind, holds in _RULES if holds(seen))


def _since_last_scope(tree: PathTree, path: tuple[int, ...]) -> tuple[int, ...]:
    """Leave out what comes before the holder's own variable.

    That a scope is reached through a listener does not make its variables listeners.
    """
    snapshot = tree.graph.snapshot
    start = 0
    for position, ordinal in enumerate(path):
        if snapshot.type_name(ordinal) == "closure" or snapshot.name(ordinal) == SCOPE:
            start = position
    return path[start + 1 :] or path[-1:]
