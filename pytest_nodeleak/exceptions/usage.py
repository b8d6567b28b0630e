"""What the user can mend: settings, commands, files to write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_nodeleak.exceptions.base import NodeLeakError

__all__ = [
    "AppPaused",
    "AppStopped",
    "CannotAttach",
    "CommandNotFound",
    "ExtraMissing",
    "FileNotWritable",
    "InvalidSetting",
    "LoadCommandFailed",
    "NodeNotFound",
    "NotAvailable",
    "TooFewDescriptors",
    "UntrustedCertificate",
]


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


class ExtraMissing(NodeLeakError):
    """What was asked for takes a package that is not installed.

    Attributes:
        extra: What brings it along.
        needed_for: What was asked for, as the user spells it.
        module: What was not found.

    """

    def __init__(self, *, extra: str, needed_for: str, module: str) -> None:
        self.extra = extra
        self.needed_for = needed_for
        self.module = module
        super().__init__(extra, needed_for, module)

    def __str__(self) -> str:
        return (
            f"{self.needed_for}: it needs packages that are not installed"
            f" (no {self.module}): pip install 'pytest-nodeleak[{self.extra}]'"
        )


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


class AppPaused(NodeLeakError):
    """Another debugger has stopped the app, so that it answers nothing.

    Attributes:
        stage: What we were doing.

    """

    def __init__(self, *, stage: str) -> None:
        self.stage = stage
        super().__init__(stage)

    def __str__(self) -> str:
        return (
            f"another debugger has paused the app while {self.stage}, so it answers nothing"
            " and there is nothing to judge; let it go on, or take its breakpoints out"
        )


class AppStopped(NodeLeakError):
    """A signal or a system debugger has stopped the app's process: it does nothing.

    Attributes:
        pid: The process.
        stage: What we were doing.

    """

    def __init__(self, *, pid: int, stage: str) -> None:
        self.pid = pid
        self.stage = stage
        super().__init__(pid, stage)

    def __str__(self) -> str:
        return (
            f"process {self.pid} of the app was stopped while {self.stage}, by a signal"
            " (SIGSTOP, SIGTSTP) or by a debugger such as gdb, and nobody let it go on, so"
            " it answers nothing and there is nothing to judge; kill -CONT lets it go on"
        )


class CannotAttach(NodeLeakError):
    """The app that was to be attached to cannot be measured.

    Attributes:
        address: Where it was expected: its inspector, or its base URL.
        problem: What was seen there.
        remedy: What to do.

    """

    def __init__(self, *, address: str, problem: str, remedy: str) -> None:
        self.address = address
        self.problem = problem
        self.remedy = remedy
        super().__init__(address, problem)

    def __str__(self) -> str:
        return f"cannot attach to {self.address}: {self.problem}\n{self.remedy}"


class NotAvailable(NodeLeakError):
    """What was asked for is known of an app only that was started by us.

    Attributes:
        name: What it was.

    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)

    def __str__(self) -> str:
        return (
            f"{self.name} is not available: the app was started elsewhere and attached to;"
            " where it was started it is known, or launch the app here"
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


class UntrustedCertificate(NodeLeakError):
    """The app serves with a certificate that nobody vouches for.

    Attributes:
        address: Where.
        problem: In the words of the TLS library.

    """

    def __init__(self, *, address: str, problem: str) -> None:
        self.address = address
        self.problem = problem
        super().__init__(address, problem)

    def __str__(self) -> str:
        return (
            f"the certificate of {self.address} is not trusted ({self.problem}): for a"
            " self-signed one say verify=False in launch(), --nodeleak-verify no, or name"
            " the file of certificates to trust"
        )


class LoadCommandFailed(NodeLeakError):
    """A tool that was to put load on the app did not do so, or did not say how much.

    Attributes:
        command: As it was given.
        problem: What went wrong.
        output_tail: The last lines the tool printed.

    """

    def __init__(
        self, *, command: str, problem: str, output_tail: Sequence[str] = ()
    ) -> None:
        self.command = command
        self.problem = problem
        self.output_tail = tuple(output_tail)
        super().__init__(command, problem)

    def __str__(self) -> str:
        printed = "".join(f"\n  {line}" for line in self.output_tail)
        return (
            f"the load command failed, so there is nothing to judge: {self.problem}\n"
            f"  command  {self.command}"
            + (f"\nLast output of the command:{printed}" if printed else "")
        )


class TooFewDescriptors(NodeLeakError):
    """This process, pytest's, has no file descriptor left.

    Attributes:
        limit: How many it may have; None if unknown.

    """

    def __init__(self, *, limit: int | None) -> None:
        self.limit = limit
        super().__init__(limit)

    def __str__(self) -> str:
        most = "" if self.limit is None else f" of the {self.limit:,} it may have"
        return (
            f"pytest itself, not the app, has no file descriptor left{most}: allow it more"
            " (ulimit -n 4096), or have the load use fewer connections (concurrency=)"
        )
