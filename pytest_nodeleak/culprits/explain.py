"""From what the heap says to what a programmer reads: files, lines, names, sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from pytest_nodeleak.advice import entry_noun
from pytest_nodeleak.advice.pinning import advice_on
from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.culprits.blame import blame, blame_hang
from pytest_nodeleak.culprits.blocks import Blocks
from pytest_nodeleak.evidence.findings import (
    Excerpt,
    Finding,
    FoundHolder,
    Frame,
    Place,
    RouteShare,
)
from pytest_nodeleak.evidence.fingerprint import fingerprint_of
from pytest_nodeleak.evidence.measurement import WatchedFinding
from pytest_nodeleak.evidence.occupancy import Drained, Linear, Plateau, Timed, Unclear
from pytest_nodeleak.evidence.watched import Watched
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.path_step import PathStep
from pytest_nodeleak.heap.sources import SourcePosition, script_path
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.nodejs.last_output import StackFrame
from pytest_nodeleak.sources.app_scripts import AppScripts, LoadedScript
from pytest_nodeleak.sources.declared import find_declared
from pytest_nodeleak.sources.excerpts import culprit_places, excerpts_at
from pytest_nodeleak.sources.originals import original_stacks, original_suspect
from pytest_nodeleak.sources.packages import find_package, home_of
from pytest_nodeleak.sources.stacks import Stack, heaviest_stack
from pytest_nodeleak.units import format_bytes, format_count

__all__ = ["Explainer"]

_LONGEST_PATH = 9
# What no variable holds is held by Node itself, below V8's roots.
_ROOT_NAMES = {
    Kind.HANDLE: "Node's open handles",
    Kind.MODULE: "Node's loaded modules",
    Kind.CONTEXT: "V8's contexts",
}


class Explainer:
    """Names places relative to the app, and reads its sources to find declarations.

    What a compiler or bundler made is named by its original source.
    """

    def __init__(
        self,
        app_directory: Path,
        loaded: Mapping[str, LoadedScript] = MappingProxyType({}),
    ) -> None:
        """Take the directory that places are relative to.

        Args:
            app_directory: The app's.
            loaded: Scripts as V8 runs them, by their names in V8; others are read from
                their files.

        """
        self._scripts = AppScripts(app_directory, loaded)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader should know about the places named so far."""
        return self._scripts.notes

    def original_stacks(self, stacks: Sequence[Stack]) -> list[Stack]:
        """Return stacks as they are in the original sources."""
        return original_stacks(stacks, self._scripts)

    def leak(
        self,
        watched: Watched,
        stacks: Sequence[Stack],
        routes: Sequence[RouteShare] = (),
    ) -> WatchedFinding:
        """Explain a suspect.

        Args:
            watched: The suspect and what became of it.
            stacks: What allocated objects that stay, in the original sources.
            routes: What each route of a mixed load adds to it.

        """
        suspect = original_suspect(watched.suspect, self._scripts)
        watched, curve = replace(watched, suspect=suspect), watched.curve
        size: int | None = None
        entries = suspect.entries_per_request
        match curve:
            case (
                Linear(per_request=per_request, size=size)
                | Unclear(per_request=per_request, size=size)
            ):
                entries = per_request or entries
            case Plateau(size=size) | Drained(size=size) | Timed(size=size):
                pass
        callback = self._place(suspect.entry_defined)
        allocated_at = self._frames(
            heaviest_stack(
                [one for one in stacks if _is_of(suspect, one)],
                scripts=_scripts_of(suspect),
            )[0]
        )
        holder = self._holder(
            suspect, size, watched, _to_mend(suspect, callback, allocated_at)
        )
        finding = Finding(
            kind=suspect.kind,
            title=_leak_title(suspect, entries),
            entries_per_request=entries,
            objects_per_request=suspect.objects_per_request,
            bytes_per_request=suspect.bytes_per_request,
            external_bytes_per_request=suspect.external_bytes_per_request,
            counted_over=suspect.requests,
            constructors=suspect.constructors,
            holder=holder,
            path=self._path(suspect),
            allocated_at=allocated_at,
            routes=tuple(routes),
            callback=callback,
            threads=suspect.threads,
            fingerprint=fingerprint_of(
                suspect,
                home=self._home(suspect.holder.near),
                entry_home=self._home(suspect.entry_defined),
            ),
            pinning=watched.pinning,
            advice=advice_on(suspect.kind, watched.pinning, suspect.constructors),
        )
        bound = str(watched.bound) if watched.bound else None
        return WatchedFinding(
            finding=self._with_excerpts(finding)
            if isinstance(curve, Linear | Unclear)
            else finding,
            curve=curve,
            bound=bound,
            readings=watched.readings,
        )

    def blocking(self, blocks: Blocks, *, delay_ms: float) -> Finding:
        """Explain which function keeps the event loop busy, and with what.

        Args:
            blocks: As found in a profile.
            delay_ms: The longest delay of the loop.

        """
        return self._with_excerpts(blame(blocks, self._scripts, delay_ms=delay_ms))

    def hanging(
        self, frames: Sequence[ProfileFrame], profiled: Sequence[Stack]
    ) -> Finding:
        """Explain where an app hangs.

        Args:
            frames: Where it was stopped, each at the line it is at; empty if unknown.
            profiled: What it spent its time on.

        """
        return self._with_excerpts(blame_hang(frames, profiled, self._scripts))

    def place(self, position: SourcePosition | None) -> Place | None:
        """Return a position as a reader knows it: in the original source."""
        if position is None or position.line is None or position.is_node_internal:
            return self._place(position)
        return self._place(self._scripts.original(position))

    def stack(self, stack: Stack) -> tuple[Frame, ...]:
        """Explain a stack: the functions that a reader can act on, innermost first."""
        return self._frames(heaviest_stack(original_stacks([stack], self._scripts))[0])

    def excerpts(self, places: Iterable[Place]) -> tuple[Excerpt, ...]:
        """Return the source around places, as far as it can be read."""
        return excerpts_at(
            places, lambda file: self._scripts.text_of(str(self._path_of(file)))
        )

    def _with_excerpts(self, finding: Finding) -> Finding:
        return replace(finding, excerpts=self.excerpts(culprit_places(finding)))

    def frame(self, frame: StackFrame) -> Frame:
        """Explain a function on the stack of an error."""
        position = SourcePosition(
            script=frame.script, line=frame.line, column=frame.column
        )
        name = self._scripts.function_name(frame.function, position)
        return Frame(
            function=name or "(anonymous)",
            place=self._at(self._scripts.original(position)),
        )

    def _holder(
        self,
        suspect: Suspect,
        size: int | None,
        watched: Watched,
        to_mend: Place | None,
    ) -> FoundHolder:
        holder = suspect.holder
        declared = find_declared(holder, self._scripts.text_of)
        place = self._place(holder.near)
        package = find_package(holder.near.script) if holder.near else None
        name = holder.name
        if holder.near is None or holder.near.is_node_internal:
            # Node's own list: the line to mend is the callback's, or who added to it.
            place, declared = to_mend, None
            package = find_package(str(self._path_of(place.file))) if place else None
            if suspect.kind is Kind.TIMER:
                name = "Node's active timers"
            elif holder.is_root:
                name = _ROOT_NAMES.get(suspect.kind, "V8's roots")
        elif declared is not None and place is not None:
            line = declared.declaration.line
            place = Place(file=self._scripts.relative(declared.path), line=line)
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
            size=size,
            bound=str(watched.bound) if watched.bound else None,
            newest_keys=watched.newest_keys,
        )

    def _path(self, suspect: Suspect) -> tuple[str, ...]:
        steps = []
        for step in _meaningful(suspect.holder.steps):
            place = self._place(step.function)
            steps.append(f"{step.text} ({place})" if place else step.text)
        silent = {"Context", suspect.entry, *steps[-1:]}
        if not suspect.holder.is_root and suspect.holder.class_name not in silent:
            steps.append(suspect.holder.class_name)
        if suspect.entry:
            steps.append(suspect.entry)
        if len(steps) > _LONGEST_PATH:
            steps[3 : 3 + len(steps) - _LONGEST_PATH] = ["…"]
        return tuple(steps)

    def _frames(self, frames: Sequence[ProfileFrame]) -> tuple[Frame, ...]:
        return tuple(
            Frame(
                function=frame.function or "(anonymous)",
                place=self._at(
                    SourcePosition(
                        script=frame.url, line=frame.line, column=frame.column
                    )
                ),
            )
            for frame in frames
        )

    def _place(self, position: SourcePosition | None) -> Place | None:
        return None if position is None else self._at(position)

    def _at(self, position: SourcePosition) -> Place:
        return Place(
            file=self._scripts.relative(script_path(position.script)),
            line=position.line,
            column=position.column,
        )

    def _home(self, position: SourcePosition | None) -> str:
        """Return the package, or the file of the app, wherever the app lies."""
        if position is None or position.is_node_internal:
            return ""
        return home_of(position.script, app_directory=self._scripts.directory)

    def _path_of(self, file: str) -> Path:
        return self._scripts.directory / file


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


def _leak_title(suspect: Suspect, entries: float) -> str:
    rate = format_count(entries)
    noun = entry_noun(suspect.kind, plural=rate != "1.00")
    return (
        f"{suspect.holder.name} gains {rate} {noun} per request"
        f" ({format_bytes(suspect.bytes_per_request)})"
    )
