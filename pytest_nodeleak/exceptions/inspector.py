"""The inspector connection did not do what was asked."""

from __future__ import annotations

from pytest_nodeleak.exceptions.base import NodeLeakError

__all__ = [
    "AnswerMalformed",
    "CommandFailed",
    "InspectorClosed",
    "InspectorError",
    "InspectorTooSlow",
    "ScriptThrew",
    "WorkerBlocks",
]


class InspectorError(NodeLeakError):
    """The inspector connection did not do what was asked."""


class InspectorClosed(InspectorError):
    """The inspector connection is gone.

    Attributes:
        during: What was being done.
        reason: Why, as far as it is known.
        remedy: What to do; empty if that is not known either.

    """

    def __init__(self, *, during: str, reason: str, remedy: str = "") -> None:
        self.during = during
        self.reason = reason
        self.remedy = remedy
        super().__init__(during, reason)

    def __str__(self) -> str:
        closed = f"the inspector connection closed during {self.during}: {self.reason}"
        return f"{closed}; {self.remedy}" if self.remedy else closed


class CommandFailed(InspectorError):
    """V8 answered a command with an error.

    Attributes:
        method: The protocol method, e.g. ``"HeapProfiler.takeHeapSnapshot"``.
        code: The JSON-RPC error code.
        message: V8's text.

    """

    def __init__(self, *, method: str, code: int, message: str) -> None:
        self.method = method
        self.code = code
        self.message = message
        super().__init__(method, code, message)

    def __str__(self) -> str:
        return f"{self.method} failed: {self.message} ({self.code})"


class AnswerMalformed(InspectorError):
    """An answer came, and it is none that Node.js gives.

    Attributes:
        of: What was asked, e.g. ``"Profiler.stop"``.
        problem: What is wrong with the answer.

    """

    def __init__(self, *, of: str, problem: str) -> None:
        self.of = of
        self.problem = problem
        super().__init__(of, problem)

    def __str__(self) -> str:
        return (
            f"the answer to {self.of} is not what Node.js answers ({self.problem}): does"
            " something between it and us change what it says, or has the app replaced a"
            " function of Node's own? Attach to the app's own inspector, and leave"
            " process, v8 and perf_hooks as they are"
        )


class ScriptThrew(InspectorError):
    """A script we evaluated inside the app threw."""

    def __init__(self, *, script: str, description: str) -> None:
        self.script = script
        self.description = description
        super().__init__(script, description)

    def __str__(self) -> str:
        return f"the measuring script {self.script!r} threw: {self.description}"


class InspectorTooSlow(InspectorError):
    """An answer did not come in time, from an app that is not known to hang.

    Attributes:
        stage: What was being done.
        waiting_for: What did not come.
        allowed_s: The time that was allowed.

    """

    def __init__(self, *, stage: str, waiting_for: str, allowed_s: float) -> None:
        self.stage = stage
        self.waiting_for = waiting_for
        self.allowed_s = allowed_s
        super().__init__(stage, waiting_for, allowed_s)

    def __str__(self) -> str:
        return (
            f"no {self.waiting_for} within {self.allowed_s:.1f} s, {self.stage}, although"
            " the app is not seen to hang: its heap is too large for the budget, the"
            " machine too busy, or the way to the app too slow; raise --nodeleak-budget,"
            " run it with less beside it, or nearer to the app"
        )


class WorkerBlocks(InspectorError):
    """The event loop of a worker does not come round, so V8 takes no snapshot of it."""

    def __str__(self) -> str:
        return (
            "it blocks while it waits for work, and only where the app is launched here can"
            " its snapshot go through a file; launch the app, or have its workers wait in"
            " the event loop (piscina: atomics: 'disabled')"
        )
