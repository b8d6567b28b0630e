"""The app is the reason that there is no verdict."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from pytest_nodeleak.exceptions.base import NodeLeakError
from pytest_nodeleak.memory_kill import MemoryKill
from pytest_nodeleak.printed import printable
from pytest_nodeleak.units import format_mib

__all__ = [
    "KNOWN_ELSEWHERE",
    "AppCrashed",
    "AppError",
    "AppExited",
    "AppHangs",
    "AppNotReady",
    "DescriptorsExhausted",
    "LoadFailed",
    "describe_exit",
]


# Of an app that was attached to.
KNOWN_ELSEWHERE = (
    "its exit code and what it printed are known where it was started (e.g. docker logs,"
    " kubectl logs --previous)"
)


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
    """The app has ended.

    Attributes:
        returncode: As ``subprocess`` gives it; negative for a signal; None if unknown.
        stage: What we were doing, e.g. ``"starting"``.
        requests: How many requests had been answered by then.
        output_tail: The last lines the app printed.
        memory_kill: Set if it was killed for the memory limit.
        hidden_by: The command of the process that outlives it and may start it again;
            empty if the app ended as a whole.
        restarted_as: The process that serves in its place; None if none does.
        in_background: A process that the command left running; None if it left none.
        seen: What was seen of the end of an app that was started elsewhere, whose exit
            code and output are known there; empty if we started it.

    """

    def __init__(  # noqa: PLR0913  # facts, all by name
        self,
        *,
        returncode: int | None,
        stage: str,
        output_tail: Sequence[str] | None,
        requests: int = 0,
        memory_kill: MemoryKill | None = None,
        hidden_by: str = "",
        restarted_as: int | None = None,
        in_background: int | None = None,
        seen: str = "",
    ) -> None:
        self.returncode = returncode
        self.in_background = in_background
        self.seen = seen
        self.stage = stage
        self.memory_kill = memory_kill
        self.hidden_by = hidden_by
        self.restarted_as = restarted_as
        self.requests = requests
        self.output_tail = tuple(output_tail or ())
        super().__init__(returncode, stage, requests)

    def __str__(self) -> str:
        after = f" at request {self.requests + 1:,}" if self.requests else ""
        if self.seen:
            how = f"{self.seen}; {KNOWN_ELSEWHERE}"
            return f"the app ended while {self.stage}{after}: {how}"
        return (
            f"the app ended while {self.stage}{after}: {self._how()}"
            f"{_output_section(self.output_tail)}"
        )

    def _how(self) -> str:
        how = "unknown" if self.returncode is None else describe_exit(self.returncode)
        kill = self.memory_kill
        if self.in_background is not None:
            return (
                f"{how}, and left process {self.in_background} running in the"
                " background; start the app so that its command lasts as long as it"
            )
        if kill is None:
            return how
        how = "one of its processes was killed" if self.returncode is None else how
        return (
            f"{how}, by {kill.by} at the memory limit of {format_mib(kill.limit_bytes)}"
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
            in_background=exited.in_background,
            seen=exited.seen,
        )
        self.kind = kind
        self.report = report

    def __str__(self) -> str:
        return self.report


class AppHangs(AppError):
    """The app froze during a check: its event loop does not come round.

    Attributes:
        kind: The kind of finding.
        report: Where it hangs, in one sentence, and what that rests on.

    """

    def __init__(self, *, kind: str, report: str) -> None:
        self.kind = kind
        self.report = report
        super().__init__(kind, report)

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


class DescriptorsExhausted(LoadFailed):
    """Requests failed since the app had no file descriptor left, or too many open.

    Attributes:
        kind: The kind of finding: ``"fd_exhaustion"``.
        report: The diagnosis in one sentence, and what it rests on.

    """

    kind = "fd_exhaustion"

    def __init__(self, failed: LoadFailed, *, report: str) -> None:
        super().__init__(
            target=failed.target,
            problem=failed.problem,
            first_bad=failed.first_bad,
            output_tail=failed.output_tail,
        )
        self.report = report

    def __str__(self) -> str:
        return self.report


def _output_section(lines: Sequence[str]) -> str:
    if not lines:
        return "\nThe app printed nothing."
    return "\nLast output of the app:\n" + "\n".join(
        f"  {printable(line)}" for line in lines
    )
