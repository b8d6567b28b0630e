"""Who blocks the event loop: from the stacks of a profile to a finding with its line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.culprits.blocks import Blocks
from pytest_nodeleak.culprits.call_sites import call_site, function_text, hot_code
from pytest_nodeleak.culprits.sync_work import (
    SyncWork,
    Work,
    classify_work,
    is_node_s,
    loading_frames,
)
from pytest_nodeleak.evidence.findings import Blocking, Finding, Frame, Place
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.sources import SourcePosition, package_of, script_path
from pytest_nodeleak.sources.app_scripts import AppScripts
from pytest_nodeleak.sources.originals import original_stacks
from pytest_nodeleak.sources.stacks import Stack, heaviest_stack, readable_frames

__all__ = ["blame", "blame_hang"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suspicion:
    """A stack, with what it was spent on.

    Attributes:
        stack: As V8 has it.
        work: What it is.
        called_at: Where the app's own function, or a package's where there is none, does
            it; None if unknown.

    """

    stack: Stack
    work: SyncWork
    called_at: SourcePosition | None


def blame(blocks: Blocks, scripts: AppScripts, *, delay_ms: float) -> Finding:
    """Explain what blocks the event loop.

    Args:
        blocks: Found in a profile.
        scripts: Name places by their original sources.
        delay_ms: The longest delay of the loop under load, for when the profile tells
            nothing.

    """
    stacks = [
        replace(stack, frames=tuple(loading_frames(stack.frames)))
        for stack in blocks.stacks
    ]
    originals = original_stacks(stacks, scripts)
    heaviest, _ = heaviest_stack(originals)
    if not heaviest:
        return _unknown(delay_ms)
    members = [
        stack
        for stack, original in zip(stacks, originals, strict=True)
        if readable_frames(original.frames) == heaviest
    ]
    worst = _worst([_suspect(stack, scripts) for stack in members])
    total_s = sum(stack.weight for stack in stacks)
    share = sum(stack.weight for stack in members) / total_s if total_s else 0.0
    frames = _frames(heaviest, scripts, called_at=worst.called_at)
    return Finding(
        kind=Kind.LOOP_BLOCKED,
        title=f"the event loop is blocked for up to {blocks.longest_ms:,.0f} ms at a time"
        f" by {worst.work.words}{_where(frames)}, {share:.0%} of the CPU time",
        blocking=Blocking(
            work=worst.work.work,
            call=worst.work.call,
            longest_ms=blocks.longest_ms,
            share=share,
        ),
        allocated_at=frames,
        advice=worst.work.cure,
    )


def blame_hang(
    frames: Sequence[ProfileFrame], profiled: Sequence[Stack], scripts: AppScripts
) -> Finding:
    """Explain where an app hangs.

    Args:
        frames: Where it was stopped, each at the line it is at; empty if unknown.
        profiled: What it spent its time on, for when it stopped nowhere in the app.
        scripts: Name places by their original sources.

    """
    stack = loading_frames(frames)
    (original,) = original_stacks([Stack(frames=tuple(stack), weight=1.0)], scripts)
    readable = readable_frames(original.frames)
    if not readable and heaviest_stack(original_stacks(profiled, scripts))[0]:
        found = blame(Blocks(stacks=tuple(profiled)), scripts, delay_ms=0.0)
        readable_at, work = found.allocated_at, found.blocking
        return replace(
            found,
            title=f"the event loop hangs in {_words(work)}{_where(readable_at)}",
            blocking=replace(work, longest_ms=None) if work else None,
        )
    work_here = SyncWork(work=Work.NATIVE)
    if readable:
        first = next(one for one in stack if not is_node_s(one))
        code = (
            function_text(first, scripts).partition("\n")[0]
            if first is stack[0]
            else ""
        )
        work_here = classify_work(stack, code)
    at = _frames(readable, scripts)
    return Finding(
        kind=Kind.LOOP_BLOCKED,
        title=f"the event loop hangs in {work_here.words}{_where(at) if at else ''}",
        blocking=Blocking(work=work_here.work, call=work_here.call),
        allocated_at=at,
        advice=work_here.cure,
    )


def _words(blocking: Blocking | None) -> str:
    work = Work(blocking.work) if blocking else Work.NATIVE
    return SyncWork(work=work, call=blocking.call if blocking else "").words


def _unknown(delay_ms: float) -> Finding:
    work = SyncWork(work=Work.NATIVE)
    return Finding(
        kind=Kind.LOOP_BLOCKED,
        title=f"the event loop is blocked for up to {delay_ms:,.0f} ms",
        blocking=Blocking(work=work.work, longest_ms=delay_ms),
        advice=work.cure,
    )


def _frames(
    stack: Sequence[ProfileFrame],
    scripts: AppScripts,
    *,
    called_at: SourcePosition | None = None,
) -> tuple[Frame, ...]:
    """Return a stack of original sources as reports show it.

    Args:
        stack: Without Node's own functions.
        scripts: Make paths relative.
        called_at: Where the app's innermost function does what blocks; its declaration
            if None.

    """
    frames = [
        Frame(
            function=frame.function or "(anonymous)",
            place=Place(
                file=scripts.relative(script_path(frame.url)),
                line=frame.line,
                column=frame.column,
            ),
        )
        for frame in stack
    ]
    at = _own(frames)
    if called_at is not None and called_at.line is not None:
        place = Place(
            file=scripts.relative(script_path(called_at.script)),
            line=called_at.line,
            column=called_at.column,
        )
        if place.file == frames[at].place.file:
            frames[at] = replace(frames[at], place=place)
    return tuple(frames)


def _own(frames: Sequence[Frame]) -> int:
    """Return the position of the app's innermost function; of the first if none is."""
    own = (
        n for n, one in enumerate(frames) if package_of(f"/{one.place.file}") is None
    )
    return next(own, 0)


def _where(frames: Sequence[Frame]) -> str:
    at = _own(frames)
    package = package_of(f"/{frames[0].place.file}")
    inside = f" in package {package}" if package and at else ""
    by = ", called by" if inside else " in"
    place = replace(frames[at].place, column=None)
    return f"{inside}{by} {frames[at].function} ({place})"


def _worst(suspicions: Sequence[_Suspicion]) -> _Suspicion:
    """Return the heaviest stack of the kind of work that is the heaviest."""
    weights: defaultdict[SyncWork, float] = defaultdict(float)
    for one in suspicions:
        weights[one.work] += one.stack.weight
    return max(suspicions, key=lambda one: (weights[one.work], one.stack.weight))


def _suspect(stack: Stack, scripts: AppScripts) -> _Suspicion:
    frames = stack.frames
    first = next((n for n, one in enumerate(frames) if not is_node_s(one)), None)
    if first is None:
        return _Suspicion(stack=stack, work=classify_work(frames, ""), called_at=None)
    code = hot_code(frames[first], stack.hot_line if first == 0 else None, scripts)
    work = classify_work(frames, code)
    own = next((n for n, one in enumerate(frames) if _is_own(one, scripts)), first)
    return _Suspicion(
        stack=stack,
        work=work,
        called_at=call_site(stack, own, work, scripts),
    )


def _is_own(frame: ProfileFrame, scripts: AppScripts) -> bool:
    """Tell whether a function is the app's own, also if a bundle has packages in it."""
    if is_node_s(frame) or package_of(frame.url) is not None:
        return False
    position = SourcePosition(script=frame.url, line=frame.line, column=frame.column)
    original = scripts.original(position)
    return package_of(original.script) is None and not scripts.is_added(position)
