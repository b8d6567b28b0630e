"""Who blocks the event loop: from the stacks of a profile to a finding with its line."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pytest_nodeleak.app_scripts import AppScripts
from pytest_nodeleak.blocks import Blocks
from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.findings import Blocking, Finding, Frame, Place
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.sources import SourcePosition, package_of, script_path
from pytest_nodeleak.originals import original_stacks
from pytest_nodeleak.stacks import Stack, heaviest_stack, readable_frames
from pytest_nodeleak.sync_work import (
    REGEX_CALLS,
    SyncWork,
    Work,
    classify_work,
    is_node_s,
    loading_frames,
)

__all__ = ["blame", "blocking_frames"]

# A longer line is a bundler's: what else is on it tells nothing about the one that is hot.
_LONGEST_LINE = 400
_LONGEST_FUNCTION = 5000
# Node wraps some of its functions, and the wrapper's name is not the one in the source.
_ANY_SYNC = r"\w+Sync"


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
    frames = blocking_frames(heaviest, scripts, called_at=worst.called_at)
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


def _unknown(delay_ms: float) -> Finding:
    work = SyncWork(work=Work.NATIVE)
    return Finding(
        kind=Kind.LOOP_BLOCKED,
        title=f"the event loop is blocked for up to {delay_ms:,.0f} ms",
        blocking=Blocking(work=work.work, longest_ms=delay_ms),
        advice=work.cure,
    )


def blocking_frames(
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
    code = _code(frames[first], stack.hot_line if first == 0 else None, scripts)
    work = classify_work(frames, code)
    own = next((n for n, one in enumerate(frames) if _is_own(one, scripts)), first)
    return _Suspicion(
        stack=stack,
        work=work,
        called_at=_called_at(stack, own, work, scripts),
    )


def _is_own(frame: ProfileFrame, scripts: AppScripts) -> bool:
    """Tell whether a function is the app's own, also if a bundle has packages in it."""
    if is_node_s(frame) or package_of(frame.url) is not None:
        return False
    position = SourcePosition(script=frame.url, line=frame.line, column=frame.column)
    original = scripts.original(position)
    return package_of(original.script) is None and not scripts.is_added(position)


def _code(frame: ProfileFrame, hot_line: int | None, scripts: AppScripts) -> str:
    """Return the line that is hot, or all of the function where lines tell nothing."""
    if hot_line is None:
        return ""
    text = scripts.code_of(frame.url)
    begin, end = text.offset(hot_line, 1), text.offset(hot_line + 1, 1)
    line = "" if begin is None else text.text[begin:end]
    return line if len(line) <= _LONGEST_LINE else _body(frame, scripts)


def _body(frame: ProfileFrame, scripts: AppScripts) -> str:
    """Return the text of a function, as far as counting braces tells it."""
    text = scripts.code_of(frame.url)
    start = text.offset(frame.line, frame.column)
    if start is None:
        return ""
    body, depth = text.text[start : start + _LONGEST_FUNCTION], 0
    for position, character in enumerate(body):
        depth += (character == "{") - (character == "}")
        if (character == "}" and depth == 0) or depth < 0:
            return body[: position + 1]
    return body


def _called_at(
    stack: Stack, own: int, work: SyncWork, scripts: AppScripts
) -> SourcePosition | None:
    """Return the place in a function where it does or calls what blocks."""
    frame = stack.frames[own]
    text = scripts.code_of(frame.url)
    if own > 0:
        names = _names(stack.frames[own - 1], work)
        start, code = text.offset(frame.line, frame.column), _body(frame, scripts)
        line = None
    elif stack.hot_line is not None:
        names = [re.escape(work.call)] if work.call else []
        line = stack.hot_line
        start = text.offset(line, 1)
        end = text.offset(line + 1, 1)
        code = "" if start is None else text.text[start:end]
        if len(code) > _LONGEST_LINE:
            return None
    else:
        return None
    if start is None:
        return None
    for name in names:
        found = re.search(rf"(?<![\w$]){name}\s*\(", code)
        if found is not None:
            return _original_at(frame.url, start + found.start(), scripts)
    if line is None:
        return None
    return _original_at(frame.url, start + len(code) - len(code.lstrip()), scripts)


def _names(inner: ProfileFrame, work: SyncWork) -> Iterable[str]:
    """Return how the call of a function may look in the source."""
    if work.work is Work.MODULE:
        return ["require", "import"]
    if work.work is Work.REGEX:
        return REGEX_CALLS
    name = inner.function.rpartition(".")[2]
    if name and work.call != name and is_node_s(inner):
        return [re.escape(name), _ANY_SYNC]
    return [re.escape(name)] if name else [_ANY_SYNC]


def _original_at(script: str, offset: int, scripts: AppScripts) -> SourcePosition:
    line, column = scripts.code_of(script).position(offset)
    return scripts.original(SourcePosition(script=script, line=line, column=column))
