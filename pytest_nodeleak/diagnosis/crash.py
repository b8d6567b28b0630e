"""One plain sentence on an app that died or fails: the category, and why."""

from __future__ import annotations

from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.diagnosis.causes import because, named, short
from pytest_nodeleak.diagnosis.diagnosis import Diagnosis, diagnosed
from pytest_nodeleak.endings.crash import Crash
from pytest_nodeleak.endings.deaths import (
    Aborted,
    EndedItself,
    FdExhaustion,
    HeapLimit,
    Killed,
    OomKill,
    StackOverflow,
    UnhandledRejection,
    Vanished,
    error_of,
)
from pytest_nodeleak.endings.exhaustion import Exhaustion
from pytest_nodeleak.endings.hang import Hang
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.units import format_mib

__all__ = ["diagnose_broken", "diagnose_crash", "diagnose_exhaustion", "diagnose_hang"]

_FEWEST_READINGS = 2


def diagnose_broken(check: BrokenCheck) -> Diagnosis | None:
    """Return the diagnosis of a check that could not be finished; None if unknown."""
    if check.hang is not None:
        return diagnose_hang(check.hang)
    if check.exhaustion is not None:
        return diagnose_exhaustion(check.exhaustion)
    return diagnose_crash(check.crash) if check.crash else None


def diagnose_crash(crash: Crash) -> Diagnosis | None:
    """Return the diagnosis of a crash; None where nobody knows how the app ended."""
    match crash.death:
        case HeapLimit(in_worker=in_worker):
            return _heap_limit(crash, in_worker=in_worker)
        case OomKill():
            return _oom_kill(crash)
        case EndedItself(code=code, called_by=called_by):
            return _exited(crash, code, is_empty=called_by is None)
        case Killed() | Aborted():
            return _by_signal(crash, crash.death)
        case Vanished():
            return _vanished(crash)
        case _:
            return _by_error(crash)


def _say(
    crash: Crash, category: Category, what: str, *, page: Kind | None = None
) -> Diagnosis:
    also: tuple[Category, ...] = ()
    if crash.exited.restarted_as is not None and category != Category.RESTART_LOOP:
        what += "; its parent starts it again, which hides the failure"
        also = (Category.RESTART_LOOP,)
    return diagnosed(category, f"{crash.moment}, {what}", page=page, also=also)


def _heap_limit(crash: Crash, *, in_worker: bool) -> Diagnosis:
    if in_worker:
        what = "the memory that a worker thread may use was full, which ended the app"
        return _say(crash, Category.HEAP_LIMIT, what)
    culprits = crash.filling.findings if crash.filling else ()
    if crash.has_grown:
        why = f", because {because(culprits[0])}" if culprits else ""
        what = (
            "the memory for JavaScript objects was full, having climbed with the requests"
            f"{why}"
        )
        return _say(crash, Category.HEAP_LEAK, what, page=Kind.HEAP_LIMIT)
    if len(crash.readings) < _FEWEST_READINGS:
        seen = "it is not known whether bit by bit or by a single request"
    else:
        seen = "it had been flat until then: taken at once, it seems, and not leaked"
    holder = named(culprits[0].holder).removesuffix(",") if culprits else ""
    held = f"; most is held by {holder}" if holder else ""
    return _say(
        crash,
        Category.HEAP_LIMIT,
        f"the memory for JavaScript objects was full, and {seen}{held}",
    )


def _oom_kill(crash: Crash) -> Diagnosis:
    kill, fit = crash.exited.memory_kill, crash.fit
    limit = "its limit" if kill is None else format_mib(kill.limit_bytes)
    by = kill.by if kill else "the kernel"
    culprits = crash.filling.findings if crash.filling else ()
    has_grown = crash.filling is not None and crash.filling.has_grown
    filled = f"; the heap grew, because {because(culprits[0])}" if has_grown else ""
    if fit is not None and fit.exceeds_by_heaps:
        each = f" in each of {fit.processes} processes" if fit.processes > 1 else ""
        return _say(
            crash,
            Category.CONTAINER_TRAP,
            f"{by} killed the process at {limit} of memory, before V8 would have given up,"
            f" which allows JavaScript objects {format_mib(fit.heap_limit_bytes)}"
            f"{each}{filled}",
        )
    return _say(
        crash,
        Category.OOM_KILL,
        f"{by} killed the process, as all memory together, not just the heap, came to"
        f" {limit}{filled}",
    )


def _at(crash: Crash) -> str:
    return f" at {crash.place}" if crash.place else ""


def _exited(crash: Crash, code: int, *, is_empty: bool) -> Diagnosis:
    at = _at(crash)
    what = f"its own code ended the whole process with exit code {code}{at}"
    if is_empty:
        what = (
            "nothing was left that keeps it running, no server and no timer (exit code"
            f" {code})"
        )
    return _say(crash, Category.EXITED, what)


def _by_signal(crash: Crash, death: Killed | Aborted) -> Diagnosis:
    match death:
        case Aborted(signal=name):
            return _say(
                crash,
                Category.ABORTED,
                f"the process ended with {name}{_at(crash)}, as native add-ons do when"
                " they fail and process.abort() does; no JavaScript error has to do with"
                " it",
            )
        case Killed(signal="SIGKILL"):
            return _say(
                crash,
                Category.KILLED,
                "it got SIGKILL, which leaves no message: the machine or a container was"
                " out of memory, or somebody did it by hand",
            )
        case Killed(signal=name):
            return _say(crash, Category.KILLED, f"somebody sent the process {name}")


def _by_error(crash: Crash) -> Diagnosis | None:
    error = error_of(crash.death)
    if error is None:
        return None
    at = _at(crash)
    name = f"{_article(error.name)} {short(error.name)}" if error.name else "a value"
    match crash.death:
        case StackOverflow():
            return _say(
                crash,
                Category.STACK_OVERFLOW,
                f"functions called each other without an end{at}, which is a mistake in"
                " the flow of the program and no lack of memory",
            )
        case FdExhaustion():
            return _say(crash, Category.FD_EXHAUSTION, _descriptors(crash, at))
        case UnhandledRejection():
            return _say(
                crash,
                Category.UNHANDLED_REJECTION,
                f"a promise failed with {name}{at}, no code waited for it, and Node ends"
                " the whole process for that",
            )
        case _:
            return _say(
                crash,
                Category.UNCAUGHT_EXCEPTION,
                f"{name} was thrown{at} and nothing around it caught it, which ended the"
                " whole process with all other requests",
            )


def _descriptors(crash: Crash, at: str) -> str:
    limit = crash.start_up.fd_limit if crash.start_up else None
    of = f" ({limit:,} at most)" if limit else ""
    rise = crash.rises.get("fds")
    why = "too many were open at once, or something never closes them"
    if rise is not None and rise.growth.low > 0:
        why = "their number rose with the requests, so that something never closes them"
    return f"no more files or sockets could be opened{of}{at}: {why}"


def diagnose_exhaustion(exhaustion: Exhaustion) -> Diagnosis:
    """Return the diagnosis of an app that lives on and can open nothing any more."""
    why = "too many are open at once"
    if exhaustion.descriptors.per_request:
        why = "requests leave some open that nobody closes"
    return diagnosed(
        Category.FD_EXHAUSTION,
        f"the app lives on under {exhaustion.failed.target}, but no more files or sockets"
        f" can be opened: {why}",
    )


def diagnose_hang(hang: Hang) -> Diagnosis:
    """Return the diagnosis of an app that froze."""
    frames = hang.finding.allocated_at
    at = f" is in {frames[0]} and" if frames else ""
    return diagnosed(
        Category.LOOP_BLOCKED,
        f"the app froze under {hang.target}, as the one thread that runs JavaScript{at}"
        " does not come back, and no other request is answered",
    )


def _vanished(crash: Crash) -> Diagnosis | None:
    """Say that the failure repeats, if it does; how the process ended is not known."""
    if crash.exited.restarted_as is None:
        return None
    by = f" ({short(crash.exited.hidden_by)})" if crash.exited.hidden_by else ""
    return _say(
        crash,
        Category.RESTART_LOOP,
        f"the process that served died, and its parent{by} started another one in its"
        " place, which hides that it dies",
    )


def _article(noun: str) -> str:
    # As it is said: a URIError, a UserError.
    return "an" if noun[:1].upper() in set("AEIO") else "a"
