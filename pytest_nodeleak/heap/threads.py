"""What is known of a worker thread of the app."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Thread", "are_threads", "name_threads"]

_EVALUATED = "[worker eval]"
# A cluster's Worker has no port.
_OF_A_THREAD = frozenset({"Worker", "MessagePort"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A thread that ``node:worker_threads`` has started.

    Attributes:
        id: Its ``threadId``.
        script: The last part of what it runs, e.g. ``"worker.js"``.
        heap_limit_bytes: What its heap may become; None if that is unknown.

    """

    id: int
    script: str
    heap_limit_bytes: int | None = None

    @classmethod
    def of(cls, *, title: str, url: str) -> Thread:
        """Take what the inspector tells of it.

        Args:
            title: ``"[worker 2]"`` or, before Node.js 20, ``"Worker 2"``, then its name.
            url: Of its script; empty if it was given source text.

        """
        digits = "".join(c if c.isdigit() else " " for c in title).split()
        script = url.rpartition("/")[2] or _EVALUATED
        return cls(id=int(digits[0]) if digits else 0, script=script)

    def __str__(self) -> str:
        return f"{self.script} (thread {self.id})"


def name_threads(threads: tuple[Thread, ...]) -> str:
    """Name threads in a sentence: those of one script together; empty if there are none.

    Returns:
        ``"worker worker.js (thread 2)"``, or ``"2 workers of worker.js (threads 1, 2)"``.

    """
    if not threads:
        return ""
    if len(threads) == 1:
        return f"worker {threads[0]}"
    scripts = ", ".join(dict.fromkeys(one.script for one in threads))
    ids = ", ".join(str(one.id) for one in sorted(threads, key=lambda one: one.id))
    return f"{len(threads)} workers of {scripts} (threads {ids})"


def are_threads(labels: Iterable[str]) -> bool:
    """Tell whether handles that pile up are threads, by the classes among them."""
    return _OF_A_THREAD.issubset(labels)
