"""From what the heap says to what a programmer reads: files, lines, names, sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.culprits.blame import blame, blame_hang
from pytest_nodeleak.culprits.blocks import Blocks
from pytest_nodeleak.culprits.leak import explain_leak
from pytest_nodeleak.evidence.findings import (
    Excerpt,
    Finding,
    Frame,
    Place,
    RouteShare,
)
from pytest_nodeleak.evidence.measurement import WatchedFinding
from pytest_nodeleak.evidence.occupancy import Linear, Unclear
from pytest_nodeleak.evidence.watched import Watched
from pytest_nodeleak.heap.sources import SourcePosition
from pytest_nodeleak.nodejs.last_output import StackFrame
from pytest_nodeleak.sources.app_scripts import AppScripts, LoadedScript
from pytest_nodeleak.sources.excerpts import culprit_places, excerpts_at
from pytest_nodeleak.sources.originals import original_stacks
from pytest_nodeleak.sources.places import Places
from pytest_nodeleak.sources.stacks import Stack, heaviest_stack

__all__ = ["Explainer"]


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
        self._places = Places(self._scripts)

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
        finding = explain_leak(watched, stacks, routes, scripts=self._scripts)
        # Only what grows is a finding that somebody reads.
        is_read = isinstance(watched.curve, Linear | Unclear)
        return WatchedFinding(
            finding=self._with_excerpts(finding) if is_read else finding,
            curve=watched.curve,
            bound=str(watched.bound) if watched.bound else None,
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
            return self._places.at_any(position)
        return self._places.at_any(self._scripts.original(position))

    def stack(self, stack: Stack) -> tuple[Frame, ...]:
        """Explain a stack: the functions that a reader can act on, innermost first."""
        return self._places.of_frames(
            heaviest_stack(original_stacks([stack], self._scripts))[0]
        )

    def heaviest(self, stacks: Sequence[Stack]) -> tuple[Frame, ...]:
        """Explain the stack that most of what stays is from; empty if there is none.

        Args:
            stacks: In the original sources.

        """
        return self._places.of_frames(heaviest_stack(stacks)[0]) if stacks else ()

    def excerpts(self, places: Iterable[Place]) -> tuple[Excerpt, ...]:
        """Return the source around places, as far as it can be read."""
        return excerpts_at(
            places,
            lambda file: self._scripts.quotable_text_of(
                str(self._places.path_of(file))
            ),
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
            place=self._places.at(self._scripts.original(position)),
        )
