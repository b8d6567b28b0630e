"""An app that died during a check: what is known about it, and the diagnosis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pytest_nodeleak.advice import advice_for
from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.capacity.fitting import Fit
from pytest_nodeleak.endings.deaths import (
    Aborted,
    Death,
    EndedItself,
    FdExhaustion,
    HeapLimit,
    Killed,
    OomKill,
    StackOverflow,
    UncaughtException,
    UnhandledRejection,
    Vanished,
    error_of,
    kind_of,
)
from pytest_nodeleak.endings.trail import StartUp
from pytest_nodeleak.evidence.descriptors import Descriptors
from pytest_nodeleak.evidence.findings import Excerpt, Finding, Frame
from pytest_nodeleak.evidence.fingerprint import hash_of
from pytest_nodeleak.evidence.measurement import History, Reading, Rise
from pytest_nodeleak.evidence.memory import MemoryReading
from pytest_nodeleak.exceptions import AppExited, describe_exit
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.sources import package_of
from pytest_nodeleak.nodejs.last_output import StackFrame
from pytest_nodeleak.units import MIB, format_mib

__all__ = ["Crash", "Filling"]

# Those that are no kind of finding, or more than it says.
_PAGES: dict[type[Death], Category] = {
    StackOverflow: Category.STACK_OVERFLOW,
    EndedItself: Category.EXITED,
    Killed: Category.KILLED,
    Aborted: Category.ABORTED,
    Vanished: Category.RESTART_LOOP,
}
# What fills a heap in one go does not show in the readings before; a leak does.
_GROWN_SHARE = 0.1
# The category and what a reader should know of it.
_ERROR_WORDS: dict[type[Death], tuple[str, str]] = {
    UncaughtException: ("uncaught exception", ""),
    UnhandledRejection: ("unhandled rejection", ""),
    FdExhaustion: ("leaked descriptors or connections", ""),
    StackOverflow: (
        "stack overflow",
        ", recursion without an end and no memory problem",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What was in the heap when it was full.

    Attributes:
        found: How that was found out, or why it was not.
        findings: Who held it, the most bytes first.
        has_grown: Whether they were seen to grow, rather than just to be large.

    """

    found: str
    findings: tuple[Finding, ...] = ()
    has_grown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """An app that died, and the evidence.

    Attributes:
        death: How.
        exited: The bare facts.
        target: The route or scenario.
        in_flight: Requests that were under way.
        start_up: How the process was started; None if that was not known yet.
        fit: Its processes below the memory limit, before the load; None without a limit.
        readings: Settled readings until then.
        memory: The last reading of its memory, settled or not; None if there was none.
        rises: The slopes of their counters.
        frames: The stack of the error, or of who ended it, Node's own frames left out.
        excerpts: The source around the first of them that is the app's own.
        filling: What filled the heap; None where that is not the question.
        notes: What the reader should know about the places that are named.
        descriptors: What was open, and who opened it.
        history: How the check went.
        node_version: As Node prints it.

    """

    death: Death
    exited: AppExited
    target: str
    in_flight: tuple[str, ...] = ()
    start_up: StartUp | None = None
    fit: Fit | None = None
    readings: tuple[Reading, ...] = ()
    memory: MemoryReading | None = None
    rises: Mapping[str, Rise] = field(default_factory=dict)
    frames: tuple[Frame, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()
    filling: Filling | None = None
    notes: tuple[str, ...] = ()
    descriptors: Descriptors = field(default_factory=Descriptors)
    history: History = field(default_factory=History)
    node_version: str

    @property
    def kind(self) -> Kind | None:
        """The kind of finding; None for an app that just ended, or was ended."""
        return kind_of(self.death)

    @property
    def place(self) -> Frame | None:
        """The function to look at: the app's own, if there is one on the stack."""
        own = (one for one in self.frames if package_of(f"/{one.place.file}") is None)
        return next(own, self.frames[0] if self.frames else None)

    @property
    def limit_text(self) -> str:
        """Which limit the heap has, as its owner set it."""
        if self.start_up is None:
            return "its limit"
        own = self.start_up.old_space_limit_bytes
        if own is not None:
            size_mb = own // MIB
            return f"its limit of {size_mb:,} MB (--max-old-space-size={size_mb})"
        return f"V8's limit of {self.start_up.heap_limit_bytes / MIB:,.0f} MB"

    @property
    def last_memory(self) -> Reading | MemoryReading | None:
        """What its memory was when it was last read; None if it never was."""
        known: list[Reading | MemoryReading] = [*self.readings[-1:]]
        if self.memory is not None:
            known.append(self.memory)
        return max(known, key=lambda one: one.requests, default=None)

    @property
    def moment(self) -> str:
        """When it happened, in requests."""
        if self.exited.requests:
            plural = "s" if self.exited.requests != 1 else ""
            return f"after {self.exited.requests:,} request{plural} of {self.target}"
        return f"before {self.target} was answered"

    @property
    def headline(self) -> str:
        """What happened, and when, in one sentence of facts."""
        return f"{_what(self)} {self.moment}"

    @property
    def has_grown(self) -> bool:
        """Whether the heap filled with the requests, as a leak fills it."""
        if self.filling is not None and self.filling.has_grown:
            return True
        used = [reading.heap_used_bytes for reading in self.readings]
        if not used or self.start_up is None:
            return False
        return used[-1] - used[0] > _GROWN_SHARE * self.start_up.usable_heap_bytes

    @property
    def advice(self) -> str:
        """What to do."""
        culprits = self.filling.findings if self.filling else ()
        if culprits:
            return culprits[0].advice
        if isinstance(self.death, Vanished) and self.exited.seen:
            return ""
        page = _PAGES.get(type(self.death), self.kind)
        return advice_for(page) if page else ""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The death as a finding, with the holder of what filled the heap."""
        if self.kind is None:
            return ()
        culprits = self.filling.findings if self.filling else ()
        base = culprits[0] if culprits else Finding(kind=self.kind, title="")
        return (
            replace(
                base,
                kind=self.kind,
                title=self.headline,
                allocated_at=self.frames or base.allocated_at,
                excerpts=(*self.excerpts, *base.excerpts),
                fingerprint=base.fingerprint or self._fingerprint(),
                advice=self.advice,
            ),
        )

    def _fingerprint(self) -> str:
        """Hash what two deaths of the same cause share: no lines, no messages."""
        parts = [str(self.kind), _error_name(self.death)]
        parts += [f"{one.function}@{one.place.file}" for one in self.frames[:1]]
        return hash_of(parts)


def _error_name(death: Death) -> str:
    error = error_of(death)
    return type(death).__name__ if error is None else error.code or error.name


def _what(crash: Crash) -> str:
    """Return the category, as the playbook names it, and what happened."""
    death = crash.death
    at = f" at {crash.place}" if crash.place else ""
    error = error_of(death)
    if error is not None:
        category, so = _ERROR_WORDS[type(death)]
        return f"{category}: {error.title}{at}{so}, ended the app"
    match death:
        case HeapLimit(in_worker=True):
            return "heap limit of a worker thread: its heap was full and ended the app"
        case HeapLimit():
            category = "heap leak" if crash.has_grown else "heap limit"
            return f"{category}: JavaScript heap out of memory, at {crash.limit_text},"
        case OomKill():
            return f"container memory limit: {_killed_how(crash)},"
        case EndedItself(code=code, called_by=called_by):
            return f"the app ended by itself: {_ended_how(code, called_by, at)},"
        case _:
            return _from_outside(death)


def _ended_how(code: int, called_by: tuple[StackFrame, ...] | None, at: str) -> str:
    if called_by is None:
        return f"nothing was left to keep it running (exit code {code})"
    return f"process.exit({code}) called{at}" if at else f"exit code {code}"


def _from_outside(death: Death) -> str:
    match death:
        case Killed(signal="SIGKILL"):
            return (
                "killed from outside with no V8 error: SIGKILL (137), by the kernel or a"
                " container for its memory, or by hand,"
            )
        case Killed(signal=name):
            return f"killed from outside: {name}"
        case Aborted(signal=name, message=message):
            said = f": {message}," if message else " by native code or process.abort()"
            return f"aborted: {name}{said}"
        case _:
            return "crash: the process that served is gone"


def _killed_how(crash: Crash) -> str:
    kill, code = crash.exited.memory_kill, crash.exited.returncode
    by = kill.by if kill else "the kernel"
    how = f"killed by {by} with {describe_exit(-9 if code is None else code)}"
    at = "" if kill is None else f", at {format_mib(kill.limit_bytes)}"
    return f"{how} and no V8 error{at}"
