"""All errors of pytest-nodeleak, split by who can do something about them.

::

    NodeLeakError
    ├── InvalidSetting         the user: an option, marker or argument has a wrong value
    ├── NodeNotFound           the user: no usable Node.js binary
    ├── CommandNotFound        the user: the app's command does not exist
    ├── AppError               the app
    │   ├── AppExited          it ended by itself
    │   │   └── AppCrashed     it did so during a check, and this is why
    │   ├── AppNotReady        it never listened or never answered
    │   └── LoadFailed         it answered, but not what a valid load needs
    ├── InspectorError         the inspector connection
    │   ├── InspectorClosed    the other side went away
    │   ├── CommandFailed      V8 refused a command
    │   └── ScriptThrew        our own script threw inside the app
    ├── DeadlineExceeded       a wait took longer than allowed
    ├── SnapshotUnreadable     the user: there is no such snapshot file, or no reading it
    ├── SnapshotsUnrelated     the user: these snapshots cannot be compared
    ├── FileNotWritable        the user: what was asked for cannot be written there
    └── SnapshotFormatError    a heap snapshot is not what V8 writes

    LeakDetected (AssertionError)   the verdict of a check, raised by ``assert_bounded``
    DoesNotFit (AssertionError)     the sum is too large, raised by ``assert_fits``

Every error keeps its facts as attributes and builds its text in ``__str__``.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path

from pytest_nodeleak.memory_kill import MemoryKill

__all__ = [
    "AppCrashed",
    "AppError",
    "AppExited",
    "AppNotReady",
    "CommandFailed",
    "CommandNotFound",
    "DeadlineExceeded",
    "DoesNotFit",
    "FileNotWritable",
    "InspectorClosed",
    "InspectorError",
    "InvalidSetting",
    "LeakDetected",
    "LoadFailed",
    "NodeLeakError",
    "NodeNotFound",
    "ScriptThrew",
    "SnapshotFormatError",
    "SnapshotUnreadable",
    "SnapshotsUnrelated",
]


class NodeLeakError(Exception):
    """Base of every error that is not a verdict."""


class InvalidSetting(NodeLeakError):
    """A setting has a value that cannot be used.

    Attributes:
        name: The setting, as the user spells it.
        value: What was given.
        source: Where it was given, e.g. ``"--nodeleak-budget"``.
        expected: What would have been accepted, with an example.

    """

    def __init__(self, *, name: str, value: object, source: str, expected: str) -> None:
        self.name = name
        self.value = value
        self.source = source
        self.expected = expected
        super().__init__(name, value, source, expected)

    def __str__(self) -> str:
        return f"{self.source}: {self.name} {self.value!r} is not {self.expected}"


class NodeNotFound(NodeLeakError):
    """No Node.js binary, or one that is too old or does not start."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)

    def __str__(self) -> str:
        return (
            f"{self.problem}\n"
            "Install Node.js 20 or newer, name one with --nodeleak-node or NODELEAK_NODE,"
            " or take the embedded one: pip install 'pytest-nodeleak[node]'"
        )


class CommandNotFound(NodeLeakError):
    """The app's command names no executable."""

    def __init__(self, *, command: str, cwd: str, problem: str) -> None:
        self.command = command
        self.cwd = cwd
        self.problem = problem
        super().__init__(command, cwd, problem)

    def __str__(self) -> str:
        return (
            f"the app could not be started: {self.problem}\n"
            f"  command    {self.command}\n"
            f"  directory  {self.cwd}\n"
            "Give the command as you would type it there, e.g. "
            '--nodeleak-app "node server.js" or --nodeleak-app "npm start".'
        )


def _output_section(lines: Sequence[str]) -> str:
    if not lines:
        return "\nThe app printed nothing."
    return "\nLast output of the app:\n" + "\n".join(f"  {line}" for line in lines)


def describe_exit(returncode: int) -> str:
    """Say how a process ended, e.g. ``"exit code 1"`` or ``"SIGKILL (137)"``."""
    if returncode >= 0:
        return f"exit code {returncode}"
    try:
        name = signal.Signals(-returncode).name
    except ValueError:
        name = f"signal {-returncode}"
    return f"{name} ({128 - returncode})"


class AppError(NodeLeakError):
    """The app, not the set-up, is the reason that there is no verdict."""


class AppExited(AppError):
    """The app ended by itself.

    Attributes:
        returncode: As ``subprocess`` gives it; negative for a signal; None if unknown.
        stage: What we were doing, e.g. ``"starting"``.
        requests: How many requests had been answered by then.
        output_tail: The last lines the app printed.
        memory_kill: Set if it was killed for the memory limit.
        hidden_by: The command of the process that outlives it and may start it again;
            empty if the app ended as a whole.
        restarted_as: The process that serves in its place; None if none does.

    """

    def __init__(  # noqa: PLR0913  # facts, all by name
        self,
        *,
        returncode: int | None,
        stage: str,
        output_tail: Sequence[str],
        requests: int = 0,
        memory_kill: MemoryKill | None = None,
        hidden_by: str = "",
        restarted_as: int | None = None,
    ) -> None:
        self.returncode = returncode
        self.stage = stage
        self.memory_kill = memory_kill
        self.hidden_by = hidden_by
        self.restarted_as = restarted_as
        self.requests = requests
        self.output_tail = tuple(output_tail)
        super().__init__(returncode, stage, requests)

    def __str__(self) -> str:
        after = f" at request {self.requests + 1:,}" if self.requests else ""
        return (
            f"the app ended while {self.stage}{after}: {self._how()}"
            f"{_output_section(self.output_tail)}"
        )

    def _how(self) -> str:
        how = "unknown" if self.returncode is None else describe_exit(self.returncode)
        kill = self.memory_kill
        if kill is None:
            return how
        how = "one of its processes was killed" if self.returncode is None else how
        by = "a watchdog" if kill.stood_in else "the kernel"
        return (
            f"{how}, by {by} at the memory limit of {kill.limit_bytes / 2**20:,.0f} MiB"
        )


class AppCrashed(AppExited):
    """The app died during a check, and this is why.

    Attributes:
        kind: The kind of finding, e.g. ``"heap_limit"``; None if it just ended.
        report: The diagnosis in one sentence, and what it rests on.

    """

    def __init__(self, exited: AppExited, *, kind: str | None, report: str) -> None:
        super().__init__(
            returncode=exited.returncode,
            stage=exited.stage,
            output_tail=exited.output_tail,
            requests=exited.requests,
            memory_kill=exited.memory_kill,
            hidden_by=exited.hidden_by,
            restarted_as=exited.restarted_as,
        )
        self.kind = kind
        self.report = report

    def __str__(self) -> str:
        return self.report


class AppNotReady(AppError):
    """The app did not listen, or listened and did not answer, in time.

    Attributes:
        waited_s: How long we waited.
        waited_for: What was missing, e.g. ``"a listening port (PORT=41000)"``.
        output_tail: The last lines the app printed.

    """

    def __init__(
        self, *, waited_s: float, waited_for: str, output_tail: Sequence[str]
    ) -> None:
        self.waited_s = waited_s
        self.waited_for = waited_for
        self.output_tail = tuple(output_tail)
        super().__init__(waited_s, waited_for)

    def __str__(self) -> str:
        return (
            f"the app was not ready after {self.waited_s:.0f} s:"
            f" waited for {self.waited_for}"
            f"{_output_section(self.output_tail)}"
        )


class LoadFailed(AppError):
    """The load did not test what it was meant to test.

    Attributes:
        target: The route or scenario.
        problem: What went wrong, with counts.
        first_bad: The first bad response or error, as text.
        output_tail: The last lines the app printed.

    """

    def __init__(
        self,
        *,
        target: str,
        problem: str,
        first_bad: str,
        output_tail: Sequence[str] = (),
    ) -> None:
        self.target = target
        self.problem = problem
        self.first_bad = first_bad
        self.output_tail = tuple(output_tail)
        super().__init__(target, problem, first_bad)

    def __str__(self) -> str:
        return (
            f"{self.target}: {self.problem}, so there is nothing to judge\n"
            f"First of them: {self.first_bad}"
            f"{_output_section(self.output_tail) if self.output_tail else ''}"
        )


class InspectorError(NodeLeakError):
    """The inspector connection did not do what was asked."""


class InspectorClosed(InspectorError):
    """The inspector connection is gone."""

    def __init__(self, *, during: str, reason: str) -> None:
        self.during = during
        self.reason = reason
        super().__init__(during, reason)

    def __str__(self) -> str:
        return f"the inspector connection closed during {self.during}: {self.reason}"


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


class ScriptThrew(InspectorError):
    """A script we evaluated inside the app threw."""

    def __init__(self, *, script: str, description: str) -> None:
        self.script = script
        self.description = description
        super().__init__(script, description)

    def __str__(self) -> str:
        return f"the measuring script {self.script!r} threw: {self.description}"


class DeadlineExceeded(NodeLeakError):
    """A wait took longer than it was allowed to.

    Attributes:
        waiting_for: What did not come.
        allowed_s: The time that was allowed.

    """

    def __init__(self, *, waiting_for: str, allowed_s: float) -> None:
        self.waiting_for = waiting_for
        self.allowed_s = allowed_s
        super().__init__(waiting_for, allowed_s)

    def __str__(self) -> str:
        return f"no {self.waiting_for} within {self.allowed_s:.1f} s"


class SnapshotUnreadable(NodeLeakError):
    """There is no snapshot to read where one was expected.

    Attributes:
        path: The file, as it was given.
        problem: What is wrong with it, e.g. ``"No such file or directory"``.

    """

    def __init__(self, *, path: Path, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(path, problem)

    def __str__(self) -> str:
        return (
            f"{self.path}: {self.problem}\n"
            "Give a heap snapshot file: one that v8.writeHeapSnapshot(),"
            " --heapsnapshot-signal=SIGUSR2 or DevTools' Memory panel has saved"
            " completely."
        )


class SnapshotsUnrelated(NodeLeakError):
    """Snapshots are not of one process, or not in the order they were taken.

    Attributes:
        files: Two of them, as they were given.
        problem: What is wrong with them.
        remedy: What to give instead.

    """

    def __init__(self, *, files: tuple[str, str], problem: str, remedy: str) -> None:
        self.files = files
        self.problem = problem
        self.remedy = remedy
        super().__init__(files, problem, remedy)

    def __str__(self) -> str:
        return f"{' and '.join(self.files)} {self.problem}.\n{self.remedy}"


class FileNotWritable(NodeLeakError):
    """A file that was asked for cannot be written.

    Attributes:
        path: The file, as it was given.
        problem: Why not.
        remedy: What to do.

    """

    def __init__(self, *, path: Path, problem: str, remedy: str) -> None:
        self.path = path
        self.problem = problem
        self.remedy = remedy
        super().__init__(path, problem, remedy)

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}\n{self.remedy}"


class SnapshotFormatError(NodeLeakError):
    """A heap snapshot is truncated, corrupt or foreign."""


class LeakDetected(AssertionError):
    """A check failed: the app leaks, or is over a limit, or could not be judged.

    The message is the report; ``str(error)`` is what pytest prints.
    """


class DoesNotFit(AssertionError):
    """The app may need more memory than there is; the message is the sum."""
