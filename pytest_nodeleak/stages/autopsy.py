"""Finds out why an app died during a check, from what it and the check left behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pytest_nodeleak.culprits.explain import Explainer
from pytest_nodeleak.endings.crash import Crash, Filling
from pytest_nodeleak.endings.deaths import (
    Aborted,
    Death,
    EndedItself,
    HeapLimit,
    OomKill,
    classify_death,
    error_of,
)
from pytest_nodeleak.endings.trail import StartUp, Trail
from pytest_nodeleak.evidence.findings import Finding, Frame
from pytest_nodeleak.evidence.occupancy import Linear
from pytest_nodeleak.evidence.watched import Watched
from pytest_nodeleak.exceptions import (
    AppExited,
    SnapshotFormatError,
    SnapshotUnreadable,
)
from pytest_nodeleak.heap.bulk import find_bulk
from pytest_nodeleak.heap.files import read_snapshot_file
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.paths import PathTree, find_paths
from pytest_nodeleak.heap.sources import package_of
from pytest_nodeleak.heap.suspects import Suspect, find_suspects
from pytest_nodeleak.heap.window import Window
from pytest_nodeleak.judging.counters import rises_of
from pytest_nodeleak.nodejs.last_output import StackFrame, find_abort_stack
from pytest_nodeleak.nodejs.last_words import LastWords
from pytest_nodeleak.stages.opened import describe_descriptors

__all__ = ["examine", "written_snapshots"]

_WRITTEN = "Heap.*.heapsnapshot"
_MOST_FRAMES = 4
_MOST_CULPRITS = 3
# 100 MB take seconds to read, and nobody waits minutes for a post-mortem.
_LARGEST_SNAPSHOT_BYTES = 600e6
_NOTHING_STANDS_OUT = (
    "unknown: in the heap snapshot that Node wrote, no single object holds most of it"
)
_ENABLE = (
    "unknown: it died before two snapshots were taken; have Node write one just before the"
    " end (node_args=['--heapsnapshot-near-heap-limit=1'], or in NODE_OPTIONS)"
)


def examine(  # noqa: PLR0913  # it joins all that is left
    exited: AppExited,
    trail: Trail,
    *,
    target: str,
    words: LastWords | None,
    app_directory: Path,
    node_version: str,
) -> Crash:
    """Find out how an app died, and what of.

    Args:
        exited: That it did.
        trail: What the check had found out by then.
        target: The route or scenario.
        words: What the probe wrote down; None if it could not.
        app_directory: Places are relative to it.
        node_version: As Node prints it.

    """
    death = classify_death(
        exited.returncode,
        exited.output_tail,
        words=words,
        was_oom_kill=exited.memory_kill is not None,
    )
    explainer = Explainer(app_directory)
    filling: Filling | None = None
    if isinstance(death, HeapLimit | OomKill):
        filling = _filling(trail, exited, explainer)
    frames = _app_frames(_stack_of(death, exited.output_tail), explainer)
    readings = tuple(trail.readings)
    crash = Crash(
        death=death,
        exited=exited,
        target=target,
        in_flight=trail.unanswered,
        start_up=trail.start_up,
        fit=trail.fit,
        readings=readings,
        memory=trail.memory,
        rises=rises_of(readings),
        frames=frames,
        filling=filling,
        notes=explainer.notes,
        descriptors=describe_descriptors(trail, explainer),
        history=trail.history,
        node_version=node_version,
    )
    place = crash.place
    return (
        crash
        if place is None
        else replace(crash, excerpts=explainer.excerpts([place.place]))
    )


def _stack_of(death: Death, output: Sequence[str]) -> Sequence[StackFrame]:
    error = error_of(death)
    if error is not None:
        return error.frames
    match death:
        case EndedItself(called_by=called_by):
            return called_by or ()
        case Aborted():
            return find_abort_stack(output)
        case _:
            return ()


def _app_frames(stack: Sequence[StackFrame], explainer: Explainer) -> tuple[Frame, ...]:
    """Return the frames that matter: Node's own left out, recursion once.

    They end with the app's last function; the router above it is noise, and packages
    that call each other must not keep the app's own function out.
    """
    kept: list[StackFrame] = []
    for one in stack:
        is_again = kept and (kept[-1].function, kept[-1].script) == (
            one.function,
            one.script,
        )
        if not (one.is_internal or is_again):
            kept.append(one)
    own = [n for n, one in enumerate(kept) if package_of(one.script) is None]
    if own:
        kept = kept[: own[-1] + 1]
        if own[0] >= _MOST_FRAMES:
            kept = [*kept[: _MOST_FRAMES - 1], kept[own[0]]]
    return tuple(map(explainer.frame, kept[:_MOST_FRAMES]))


def _filling(trail: Trail, exited: AppExited, explainer: Explainer) -> Filling:
    """Tell what filled the heap, by the best evidence there is."""
    if trail.suspects:
        how = "grew in both windows of load"
        return _told(how, trail.suspects, explainer, has_grown=True)
    last = _last_snapshot(trail)
    seen = [*trail.snapshots]
    if isinstance(last, PathTree):
        seen.append((exited.requests, last))
    if len(seen) > 1:
        (before, earlier), (after, later) = seen[-2:]
        window = Window(earlier=earlier, later=later, requests=max(1, after - before))
        grown = find_suspects(window, window)
        if grown:
            how = f"grew between two snapshots, {after - before:,} requests apart"
            return _told(how, grown, explainer, has_grown=True)
    if seen:
        requests, tree = seen[-1]
        bulk = find_bulk(tree, requests=requests)
        if bulk is not None:
            how = f"held most of the heap in the snapshot after {requests:,} requests"
            return _told(how, [bulk], explainer, has_grown=False)
    if isinstance(last, PathTree):
        return Filling(found=_NOTHING_STANDS_OUT)
    return Filling(found=last if last is not None else _ENABLE)


def _told(
    how: str, suspects: Sequence[Suspect], explainer: Explainer, *, has_grown: bool
) -> Filling:
    heaviest = sorted(suspects, key=lambda one: -one.bytes_per_request)
    return Filling(
        found=how,
        findings=tuple(_culprit(one, explainer) for one in heaviest[:_MOST_CULPRITS]),
        has_grown=has_grown,
    )


def _culprit(suspect: Suspect, explainer: Explainer) -> Finding:
    curve = Linear(per_request=None, size=None, requests=suspect.requests)
    watched = Watched(suspect=suspect, curve=curve, bound=None)
    return explainer.leak(watched, ()).finding


def written_snapshots(start_up: StartUp) -> frozenset[Path]:
    """Return the snapshots that Node has written near the limit, of whatever run.

    Those that are there before a check are told from its own by their names: clocks may be
    set, and those of two machines differ.
    """
    directory = start_up.snapshot_directory
    return frozenset(directory.glob(_WRITTEN) if directory else ())


def _last_snapshot(trail: Trail) -> PathTree | str | None:
    """Return the newest snapshot that Node wrote near the limit.

    Returns:
        A text where there is one that cannot be read; None where there is none.

    """
    directory = trail.start_up.snapshot_directory if trail.start_up else None
    if directory is None:
        return None
    new = [
        (path.stat().st_mtime, path)
        for path in directory.glob(_WRITTEN)
        if path not in trail.older_snapshots
    ]
    problem = f"unknown: Node wrote no snapshot to {directory}, as it was told to"
    for _, path in sorted(new, reverse=True):
        if path.stat().st_size > _LARGEST_SNAPSHOT_BYTES:
            return (
                f"too large to be read here: the heap snapshot that Node wrote, {path}"
            )
        try:
            return find_paths(HeapGraph(read_snapshot_file(path)))
        except (SnapshotFormatError, SnapshotUnreadable) as exc:
            # It died while it wrote this one; there may be one from before.
            problem = f"unknown: {exc}"
    return problem
