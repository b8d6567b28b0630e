"""Whether an app fits into a container, as a small table and as one sentence."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_nodeleak.capacity.fitting import RECOMMENDED_SHARES, Fit
from pytest_nodeleak.units import MIB, format_mib

__all__ = ["fit_lines", "trap_note", "trap_text"]


def fit_lines(fit: Fit) -> list[str]:
    """Return the sum as a table, what is wrong first and what to do last."""
    return [_headline(fit), *_rows(fit), *_advice(fit)]


def trap_note(fit: Fit) -> str:
    """Say in one sentence that the kernel kills before V8 gives up; empty if it fits."""
    return "" if fit.fits else f"{_category(fit)}: {trap_text(fit)}"


def trap_text(fit: Fit) -> str:
    """Say why an app does not fit and what to do, without naming it."""
    return f"{_trap(fit)}; {'; '.join(_remedy(fit))}"


def _headline(fit: Fit) -> str:
    if fit.fits:
        memory = format_mib(fit.memory_bytes)
        return (
            f"{_processes(fit)} into {memory}: {format_mib(fit.needed_bytes)} at most"
        )
    return f"{_category(fit)}: {_trap(fit)}"


def _category(fit: Fit) -> str:
    is_multiplied = fit.processes > 1 and not fit.is_trap
    return "cluster multiplier" if is_multiplied else "container trap"


def _trap(fit: Fit) -> str:
    if fit.is_trap:
        may, has = f"V8 may use {format_mib(fit.heap_limit_bytes)}", fit.memory_bytes
    else:
        may = f"{_processes(fit)} may take {format_mib(fit.needed_bytes)}"
        has = fit.usable_bytes
    return f"{may}, the container has {format_mib(has)}: the kernel kills first"


def _processes(fit: Fit) -> str:
    fits = "fit" if fit.fits else ""
    if fit.processes == 1:
        return f"1 process {fits}s" if fits else "1 process"
    return f"{fit.processes} processes {fits}".rstrip()


def _rows(fit: Fit) -> Iterator[str]:
    one = fit.footprint
    flag = "V8's default for this memory"
    if one.old_space_bytes is not None:
        flag = f"--max-old-space-size={one.old_space_bytes // MIB} and young objects"
    elif not one.is_sized_by_memory:
        flag = "as its flags say"
    yield _row("heap limit", fit, fit.heap_limit_bytes, flag)
    measured = (
        "as of now" if fit.external_bytes == one.external_bytes else "at the peak"
    )
    yield _row("external", fit, fit.external_bytes, f"Buffers, outside V8, {measured}")
    yield _row(
        "overhead", fit, one.overhead_bytes, "stacks, compiled code, native memory"
    )
    yield _row("shared", None, one.shared_bytes, "program code, once for all processes")
    yield _row("in all", None, fit.needed_bytes, "")
    yield _row("memory", None, fit.memory_bytes, _reserved(fit))


def _reserved(fit: Fit) -> str:
    if not fit.reserved_bytes:
        return ""
    return f"of it {format_mib(fit.reserved_bytes)} for the system"


def _row(name: str, times: Fit | None, size_bytes: int, meaning: str) -> str:
    each = f"{times.processes} x {format_mib(size_bytes)}" if times else ""
    in_all = size_bytes * (times.processes if times else 1)
    return f"  {name:<11} {each:>16} {format_mib(in_all):>12}   {meaning}".rstrip()


def _advice(fit: Fit) -> Iterator[str]:
    if not fit.fits:
        for number, line in enumerate(_remedy(fit)):
            yield f"  {'' if number else 'to fix':<11} {line}"


def _remedy(fit: Fit) -> Iterator[str]:
    least, most = (
        int(share * fit.usable_bytes / fit.processes / MIB)
        for share in RECOMMENDED_SHARES
    )
    if fit.recommended_mb is None:
        yield "no heap limit makes it fit: fewer processes or more memory"
        return
    each = f" in each of {fit.processes} processes" if fit.processes > 1 else ""
    yield f"start Node with --max-old-space-size={fit.recommended_mb}{each}"
    if fit.is_below_share:
        yield (
            f"that is less than the usual 60-75 % ({least:,}-{most:,} MB), as so much lies"
            " beside the heap"
        )
    else:
        yield f"60-75 % of the memory are {least:,}-{most:,} MB; the rest is for the others"
