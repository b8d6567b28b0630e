"""Places as a reader knows them: files below the app's directory, with lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.evidence.findings import Frame, Place
from pytest_nodeleak.heap.sources import SourcePosition, script_path
from pytest_nodeleak.sources.app_scripts import AppScripts
from pytest_nodeleak.sources.packages import home_of

__all__ = ["Places"]


class Places:
    """Names positions in scripts relative to the app."""

    def __init__(self, scripts: AppScripts) -> None:
        """Take the scripts that positions are in."""
        self._scripts = scripts

    def at(self, position: SourcePosition) -> Place:
        """Return the place of a position, as it is."""
        return Place(
            file=self._scripts.relative(script_path(position.script)),
            line=position.line,
            column=position.column,
        )

    def at_any(self, position: SourcePosition | None) -> Place | None:
        """Return the place of a position that may not be known."""
        return None if position is None else self.at(position)

    def of_frames(self, frames: Sequence[ProfileFrame]) -> tuple[Frame, ...]:
        """Return the functions of a stack with their places."""
        return tuple(
            Frame(
                function=frame.function or "(anonymous)",
                place=self.at(
                    SourcePosition(
                        script=frame.url, line=frame.line, column=frame.column
                    )
                ),
            )
            for frame in frames
        )

    def home(self, position: SourcePosition | None) -> str:
        """Return the package, or the file of the app, wherever the app lies."""
        if position is None or position.is_node_internal:
            return ""
        return home_of(position.script, app_directory=self._scripts.directory)

    def path_of(self, file: str) -> Path:
        """Return where a file lies that is named relative to the app."""
        return self._scripts.directory / file
