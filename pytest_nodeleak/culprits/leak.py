"""What piles up, who holds it and which line put it there, as a finding."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_nodeleak.advice import entry_noun
from pytest_nodeleak.advice.pinning import advice_on
from pytest_nodeleak.evidence.findings import (
    Finding,
    FoundHolder,
    Frame,
    Place,
    RouteShare,
)
from pytest_nodeleak.evidence.fingerprint import fingerprint_of
from pytest_nodeleak.evidence.occupancy import Curve, Linear, Unclear
from pytest_nodeleak.evidence.watched import Watched
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.path_step import PathStep
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.sources.app_scripts import AppScripts
from pytest_nodeleak.sources.declared import find_declared
from pytest_nodeleak.sources.originals import original_suspect
from pytest_nodeleak.sources.packages import find_package
from pytest_nodeleak.sources.places import Places
from pytest_nodeleak.sources.stacks import Stack, heaviest_stack
from pytest_nodeleak.units import format_bytes, format_count

__all__ = ["explain_leak"]

_LONGEST_PATH = 9
# What no variable holds is held by Node itself, below V8's roots.
_ROOT_NAMES = {
    Kind.HANDLE: "Node's open handles",
    Kind.MODULE: "Node's loaded modules",
    Kind.CONTEXT: "V8's contexts",
}


def explain_leak(
    watched: Watched,
    stacks: Sequence[Stack],
    routes: Sequence[RouteShare],
    *,
    scripts: AppScripts,
) -> Finding:
    """Explain a suspect.

    Args:
        watched: The suspect and what became of it.
        stacks: What allocated objects that stay, in the original sources.
        routes: What each route of a mixed load adds to it.
        scripts: What the app runs.

    """
    places = Places(scripts)
    suspect = original_suspect(watched.suspect, scripts)
    entries = _entries_per_request(suspect, watched.curve)
    callback = places.at_any(suspect.entry_defined)
    allocated_at = places.of_frames(
        heaviest_stack(
            [one for one in stacks if _is_of(suspect, one)],
            scripts=_scripts_of(suspect),
        )[0]
    )
    to_mend = _to_mend(suspect, callback, allocated_at)
    return Finding(
        kind=suspect.kind,
        title=_title(suspect, entries),
        entries_per_request=entries,
        objects_per_request=suspect.objects_per_request,
        bytes_per_request=suspect.bytes_per_request,
        external_bytes_per_request=suspect.external_bytes_per_request,
        counted_over=suspect.requests,
        constructors=suspect.constructors,
        holder=_holder(suspect, watched, to_mend, scripts=scripts, places=places),
        path=_path(suspect, places),
        allocated_at=allocated_at,
        routes=tuple(routes),
        callback=callback,
        threads=suspect.threads,
        fingerprint=fingerprint_of(
            suspect,
            home=places.home(suspect.holder.near),
            entry_home=places.home(suspect.entry_defined),
        ),
        pinning=watched.pinning,
        advice=advice_on(suspect.kind, watched.pinning, suspect.constructors),
    )


def _entries_per_request(suspect: Suspect, curve: Curve) -> float:
    """Return what was counted while watching; what snapshots tell where nothing was."""
    if isinstance(curve, Linear | Unclear) and curve.per_request:
        return curve.per_request
    return suspect.entries_per_request


def _holder(
    suspect: Suspect,
    watched: Watched,
    to_mend: Place | None,
    *,
    scripts: AppScripts,
    places: Places,
) -> FoundHolder:
    holder = suspect.holder
    declared = find_declared(holder, scripts.text_of)
    place = places.at_any(holder.near)
    package = find_package(holder.near.script) if holder.near else None
    name = holder.name
    if holder.near is None or holder.near.is_node_internal:
        # Node's own list: the line to mend is the callback's, or who added to it.
        place, declared = to_mend, None
        package = find_package(str(places.path_of(place.file))) if place else None
        name = _name_of_node_s(suspect)
    elif declared is not None and place is not None:
        line = declared.declaration.line
        place = Place(file=scripts.relative(declared.path), line=line)
    elif place is not None and place.line is None and to_mend is not None:
        # Of a module only its file is known; who adds to it knows a line.
        place = to_mend
    return FoundHolder(
        name=name,
        class_name=suspect.entry if holder.is_root else holder.class_name,
        place=place,
        scope=declared.declaration.scope if declared else "",
        package=package.name if package else None,
        package_version=package.version if package else None,
        size=watched.curve.size,
        bound=str(watched.bound) if watched.bound else None,
        newest_keys=watched.newest_keys,
    )


def _name_of_node_s(suspect: Suspect) -> str:
    """Return what a reader calls a holder of Node's own."""
    if suspect.kind is Kind.TIMER:
        return "Node's active timers"
    if suspect.holder.is_root:
        return _ROOT_NAMES.get(suspect.kind, "V8's roots")
    return suspect.holder.name


def _path(suspect: Suspect, places: Places) -> tuple[str, ...]:
    steps = []
    for step in _meaningful(suspect.holder.steps):
        place = places.at_any(step.function)
        steps.append(f"{step.text} ({place})" if place else step.text)
    silent = {"Context", suspect.entry, *steps[-1:]}
    if not suspect.holder.is_root and suspect.holder.class_name not in silent:
        steps.append(suspect.holder.class_name)
    if suspect.entry:
        steps.append(suspect.entry)
    if len(steps) > _LONGEST_PATH:
        steps[3 : 3 + len(steps) - _LONGEST_PATH] = ["…"]
    return tuple(steps)


def _meaningful(steps: Sequence[PathStep]) -> Sequence[PathStep]:
    """Leave out the steps up to the last function of Node's own, if others follow."""
    internal = [
        number
        for number, step in enumerate(steps)
        if step.function is not None and step.function.is_node_internal
    ]
    return steps[internal[-1] + 1 :] if internal else steps


def _to_mend(
    suspect: Suspect, callback: Place | None, allocated_at: Sequence[Frame]
) -> Place | None:
    """Return where to mend what only Node holds: the callback, or who made the entry.

    A module that is loaded again and again is not to blame, but who loads it.
    """
    if callback is not None and suspect.kind is not Kind.MODULE:
        return callback
    makers = [
        frame.place
        for frame in allocated_at
        if callback is None or frame.place.file != callback.file
    ]
    return makers[0] if makers else callback


def _is_of(suspect: Suspect, stack: Stack) -> bool:
    """Tell whether a stack is of one of the threads that a suspect is in."""
    if stack.thread is None:
        return suspect.thread is None
    return stack.thread in suspect.threads


def _scripts_of(suspect: Suspect) -> set[str]:
    positions = (suspect.entry_defined, suspect.holder.near)
    return {
        position.script
        for position in positions
        if position is not None and not position.is_node_internal
    }


def _title(suspect: Suspect, entries: float) -> str:
    rate = format_count(entries)
    noun = entry_noun(suspect.kind, plural=rate != "1.00")
    return (
        f"{suspect.holder.name} gains {rate} {noun} per request"
        f" ({format_bytes(suspect.bytes_per_request)})"
    )
