"""The closed set of categories that a diagnosis names, as an on-call playbook does."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Category"]


class Category(StrEnum):
    """What a service dies of; the values are part of the JSON record.

    Where a category is a kind of finding as well, both have the same value and page.
    """

    HEAP_LEAK = "heap_leak"
    EXTERNAL = "external"
    NATIVE = "native"
    HEAP_LIMIT = "heap_limit"
    OOM_KILL = "oom_kill"
    CONTAINER_TRAP = "container_trap"
    LOOP_BLOCKED = "loop_blocked"
    GC_PAUSE = "gc_pause"
    HANDLE = "handle"
    FD_EXHAUSTION = "fd_exhaustion"
    UNCAUGHT_EXCEPTION = "uncaught_exception"
    UNHANDLED_REJECTION = "unhandled_rejection"
    STACK_OVERFLOW = "stack_overflow"
    RESTART_LOOP = "restart_loop"
    WITH_TIME = "with_time"
    EXITED = "exited"
    KILLED = "killed"
    ABORTED = "aborted"

    @property
    def label(self) -> str:
        """The category in words, as a sentence begins with it."""
        return _LABELS[self]


_LABELS = {
    Category.HEAP_LEAK: "Heap leak",
    Category.EXTERNAL: "External memory leak",
    Category.NATIVE: "Native memory or fragmentation",
    Category.HEAP_LIMIT: "Heap limit",
    Category.OOM_KILL: "Container kill",
    Category.CONTAINER_TRAP: "Container trap",
    Category.LOOP_BLOCKED: "Blocked event loop",
    Category.GC_PAUSE: "Garbage collection pauses",
    Category.HANDLE: "Leaked descriptors or connections",
    Category.FD_EXHAUSTION: "Out of descriptors",
    Category.UNCAUGHT_EXCEPTION: "Uncaught exception",
    Category.UNHANDLED_REJECTION: "Unhandled rejection",
    Category.STACK_OVERFLOW: "Stack overflow",
    Category.RESTART_LOOP: "Crash-restart loop",
    Category.WITH_TIME: "Growth with time, not with requests",
    Category.EXITED: "The app ended by itself",
    Category.KILLED: "Killed from outside",
    Category.ABORTED: "Crash in native code",
}
