"""How an app ended: one of a closed set of deaths, told from what it left behind.

The evidence is the exit code, what the app printed last, and what the probe inside it
wrote down. A text alone proves nothing: an app may log ``heap out of memory`` and go on,
or exit by itself.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.nodejs.last_output import (
    PrintedError,
    StackFrame,
    find_error,
)
from pytest_nodeleak.nodejs.last_words import EscapedError, LastWords
from pytest_nodeleak.nodejs.v8_output import V8Failure, find_v8_failure

__all__ = [
    "Aborted",
    "Death",
    "EndedItself",
    "FdExhaustion",
    "HeapLimit",
    "Killed",
    "OomKill",
    "StackOverflow",
    "UncaughtException",
    "UnhandledRejection",
    "Vanished",
    "classify_death",
    "error_of",
    "kind_of",
    "swallowed_errors_note",
]

_FD_CODES = {"EMFILE", "ENFILE"}
_WORKER_CODE = "ERR_WORKER_OUT_OF_MEMORY"
_STACK_OVERFLOW = "Maximum call stack size exceeded"
# A handler of uncaught errors logs, cleans up and exits; that takes it seconds.
_CLEAN_UP_S = 12.0
# What a shell returns for a command that a signal ended.
_SHELL_SIGNAL = 128
_CRASH_SIGNALS = {"SIGABRT", "SIGSEGV", "SIGBUS", "SIGILL", "SIGTRAP", "SIGFPE"}
_KILL_SIGNALS = {"SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGPIPE"}
_ABORT_SIGNALS = {"SIGABRT", "SIGTRAP", "SIGILL"}
# With these Node itself ends for an error.
_ERROR_CODES = {1, 7, None}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeapLimit:
    """V8 gave up: its heap was full.

    Attributes:
        message: V8's words.
        used_bytes: What the last collection left; None if V8 did not say.
        mutator_share: Of its last time, the app's; None if V8 did not say.
        in_worker: Whether it was the heap of a worker thread.

    """

    message: str
    used_bytes: int | None = None
    mutator_share: float | None = None
    in_worker: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OomKill:
    """It was killed for the memory limit of its container, not for V8's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UncaughtException:
    """An error was thrown that nothing caught."""

    error: PrintedError


@dataclass(frozen=True, slots=True, kw_only=True)
class UnhandledRejection:
    """A promise was rejected that nobody handled."""

    error: PrintedError


@dataclass(frozen=True, slots=True, kw_only=True)
class FdExhaustion:
    """An error that nothing caught said that no file descriptor was left."""

    error: PrintedError


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOverflow:
    """Recursion without an end; nothing to do with the heap."""

    error: PrintedError


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedItself:
    """The app exited by itself.

    Attributes:
        code: The exit code.
        called_by: Who called ``process.exit()``, innermost function first; empty where
            that is not known; None where it is known that nobody did.

    """

    code: int
    called_by: tuple[StackFrame, ...] | None = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """A signal from outside ended it, e.g. ``"SIGKILL"``."""

    signal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Aborted:
    """Native code gave up, or crashed.

    Attributes:
        signal: E.g. ``"SIGABRT"`` or ``"SIGSEGV"``.
        message: What it said; empty if nothing.

    """

    signal: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """The process is gone, and only its parent was told how it ended."""


Death = (
    HeapLimit
    | OomKill
    | UncaughtException
    | UnhandledRejection
    | FdExhaustion
    | StackOverflow
    | EndedItself
    | Killed
    | Aborted
    | Vanished
)

_KINDS: dict[type[Death], Kind] = {
    HeapLimit: Kind.HEAP_LIMIT,
    OomKill: Kind.OOM_KILL,
    UncaughtException: Kind.UNCAUGHT_EXCEPTION,
    UnhandledRejection: Kind.UNHANDLED_REJECTION,
    FdExhaustion: Kind.FD_EXHAUSTION,
    StackOverflow: Kind.UNCAUGHT_EXCEPTION,
}


def kind_of(death: Death) -> Kind | None:
    """Return the kind of finding a death is; None if it is none of the app's failures."""
    return _KINDS.get(type(death))


def error_of(death: Death) -> PrintedError | None:
    """Return the error that ended the app; None if none did."""
    match death:
        case (
            UncaughtException(error=error)
            | UnhandledRejection(error=error)
            | FdExhaustion(error=error)
            | StackOverflow(error=error)
        ):
            return error
        case _:
            return None


def classify_death(
    returncode: int | None,
    output: Sequence[str],
    *,
    words: LastWords | None = None,
    was_oom_kill: bool = False,
) -> Death:
    """Tell how an app ended.

    Args:
        returncode: As ``subprocess`` gives it: negative for a signal; None if only the
            parent of the process was told.
        output: The last lines it printed, the more the better.
        words: What the probe wrote down; None if there was no probe in it.
        was_oom_kill: Whether the memory limit of its container is known to have been
            enforced on it.

    """
    if was_oom_kill:
        return OomKill()
    ended_by = _signal_name(returncode)
    ended = words.exit if words is not None else None
    # Whoever exits has not aborted, whatever it logged.
    failure = None if ended is not None else find_v8_failure(output)
    if failure is not None and _is_real(failure, ended_by):
        return _out_of_memory(failure, ended_by)
    escaped = _fatal_error(words, returncode) if words is not None else None
    if escaped is not None:
        return _of_error(escaped.error)
    if ended is not None:
        return EndedItself(code=ended.code, called_by=ended.called_by)
    printed = find_error(output) if returncode in _ERROR_CODES else None
    # A probe that was there and did not speak has seen no error.
    if printed is not None and (words is None or returncode is None):
        return _of_error(printed)
    return _without_words(returncode, ended_by)


def swallowed_errors_note(words: LastWords) -> str:
    """Say that the app lived on after errors nobody caught; empty if there were none."""
    if not words.errors:
        return ""
    number = len(words.errors)
    count = f"at least {number}" if number > 1 else "an"
    return (
        f"{count} uncaught error{'s' * (number > 1)} went to the app's own handler, which"
        f" lets it live on in an unknown state; the first: {words.errors[0].error.title}"
    )


def _without_words(returncode: int | None, ended_by: str | None) -> Death:
    if ended_by in _CRASH_SIGNALS:
        return Aborted(signal=str(ended_by))
    if ended_by is not None:
        return Killed(signal=ended_by)
    if returncode is None:
        return Vanished()
    return EndedItself(code=returncode)


def _is_real(failure: V8Failure, ended_by: str | None) -> bool:
    """Tell whether V8's report belongs to this death.

    It aborts after it. Where a script between us and Node hides that, all of the report
    must be there.
    """
    return ended_by in _ABORT_SIGNALS or failure.is_complete


def _out_of_memory(failure: V8Failure, ended_by: str | None) -> Death:
    if failure.is_heap:
        used_bytes, share = failure.used_bytes, failure.mutator_share
        return HeapLimit(
            message=failure.message, used_bytes=used_bytes, mutator_share=share
        )
    return Aborted(signal=ended_by or "SIGABRT", message=failure.message)


def _fatal_error(words: LastWords, returncode: int | None) -> EscapedError | None:
    """Return the error that ended the app, not one that its handler swallowed."""
    if not words.errors:
        return None
    last = words.errors[-1]
    if words.exit is None:
        # A listener before the probe's has thrown.
        return last if returncode in _ERROR_CODES else None
    is_soon = words.exit.at_s - last.at_s <= _CLEAN_UP_S
    return last if is_soon and words.exit.code != 0 else None


def _of_error(error: PrintedError) -> Death:
    if error.code == _WORKER_CODE:
        return HeapLimit(message=error.message, in_worker=True)
    if error.code in _FD_CODES or error.message.startswith(tuple(_FD_CODES)):
        return FdExhaustion(error=error)
    if error.name == "RangeError" and error.message == _STACK_OVERFLOW:
        return StackOverflow(error=error)
    if error.is_rejection:
        return UnhandledRejection(error=error)
    return UncaughtException(error=error)


def _signal_name(returncode: int | None) -> str | None:
    """Return the signal that ended the app, or its child where a shell passes that on."""
    if returncode is None:
        return None
    number = -returncode if returncode < 0 else returncode - _SHELL_SIGNAL
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}" if returncode < 0 else None
    is_told = returncode < 0 or name in _CRASH_SIGNALS | _KILL_SIGNALS
    return name if is_told else None
