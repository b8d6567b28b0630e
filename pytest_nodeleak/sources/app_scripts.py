"""The app's scripts: their texts, their source maps, and what they were made from."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pytest_nodeleak.heap.sources import SourcePosition, package_of, script_path
from pytest_nodeleak.sources.declarations import find_declarator
from pytest_nodeleak.sources.named_files import is_quotable, read_map, read_text
from pytest_nodeleak.sources.source_map import (
    Original,
    SourceMap,
    map_reference,
    source_path,
)
from pytest_nodeleak.sources.source_text import SourceText

__all__ = ["AppScripts", "LoadedScript"]

# Searching a longer text for a declaration takes seconds.
_LARGEST_TEXT_BYTES = 5_000_000
_LARGEST_MAP_BYTES = 200_000_000
# Between a function's name and where V8 says that it begins.
_UP_TO_FUNCTION = r"\s*(?:[=:]\s*(?:async\s*)?(?:function\s*\*?\s*)?)?\Z"
_LONGEST_UP_TO_FUNCTION = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedScript:
    """A script as V8 runs it, which may not be what is on disk.

    Attributes:
        text: Its source; of TypeScript run by a loader, what the loader made of it.
        map_url: The URL of its source map as the text has it; empty if there is none.

    """

    text: str
    map_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mapping:
    """A source map.

    Attributes:
        source_map: The map.
        directory: What its sources are relative to.
        sources: The paths of its sources.

    """

    source_map: SourceMap
    directory: str
    sources: frozenset[str]


class AppScripts:
    """Finds what scripts were made from. Whatever cannot be read stays as it is.

    A package below ``node_modules`` is left as it was published: its sources are seldom
    there (Node does not map packages by default either).

    Attributes:
        directory: The app's, with symbolic links resolved.

    """

    def __init__(
        self,
        app_directory: Path,
        loaded: Mapping[str, LoadedScript] = MappingProxyType({}),
    ) -> None:
        """Take over what V8 has loaded, by the scripts' names in V8."""
        self.directory = app_directory.resolve()
        self._loaded = {script_path(name): script for name, script in loaded.items()}
        self._texts: dict[str, SourceText] = {}
        # Kept apart: a loader's output has the path of the source it was made from.
        self._originals: dict[str, str] = {}
        self._in_maps: set[str] = set()
        self._maps: dict[str, _Mapping | None] = {}
        self._found: dict[SourcePosition, tuple[str | None, SourcePosition] | None] = {}
        self._captured: dict[
            tuple[str, SourcePosition], tuple[str, SourcePosition] | None
        ] = {}
        self._notes: dict[str, str] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """Which maps could not be used so far, and why."""
        return tuple(self._notes.values())

    def text_of(self, script: str) -> str:
        """Return the text of a script or of an original source, empty if unknown."""
        path = script_path(script)
        original = self._originals.get(path)
        return self._text(path).text if original is None else original

    def quotable_text_of(self, script: str) -> str:
        """Return the same where a report may quote it, else an empty text.

        That is what V8 runs, what a source map has in it, and files of the project.
        """
        path = script_path(script)
        known = self._in_maps if path in self._originals else self._loaded
        if path in known or is_quotable(path, app_directory=self.directory):
            return self.text_of(path)
        return ""

    def code_of(self, script: str) -> SourceText:
        """Return the text that V8 runs, which its own lines and columns are about."""
        return self._text(script_path(script))

    def relative(self, path: str) -> str:
        """Return a path as reports show it: relative to the app where it lies in it."""
        try:
            return Path(path).relative_to(self.directory).as_posix()
        except ValueError:
            return path

    def original(self, position: SourcePosition) -> SourcePosition:
        """Return the place a place in a script was made from, or the same place.

        Of what a loader added to a source only the file is known: its lines are those of
        a text that nobody has.
        """
        found = self._look_up(position)
        if found:
            return found[1]
        mapping, path = self._map(position.script), script_path(position.script)
        if mapping is not None and path in mapping.sources:
            return SourcePosition(script=path)
        return position

    def is_added(self, position: SourcePosition) -> bool:
        """Tell whether a compiler added the code at a place: its map does not cover it."""
        return self._map(position.script) is not None and not self._look_up(position)

    def function_name(self, name: str, position: SourcePosition | None) -> str:
        """Return what the function at a place was called before it was minified."""
        if not name or position is None or (at := self._offset(position)) is None:
            return name
        text = self._text(script_path(position.script))
        begins = re.compile(rf"(?<![\w$.]){re.escape(name)}{_UP_TO_FUNCTION}")
        start = max(0, at - len(name) - _LONGEST_UP_TO_FUNCTION)
        named = begins.search(text.text, start, at)
        found = self._look_up_offset(position, named.start()) if named else None
        first, dot, rest = name.partition(".")
        return ((found[0] or first) if found else first) + dot + rest

    def captured(
        self, name: str, near: SourcePosition
    ) -> tuple[str, SourcePosition] | None:
        """Return original name and declaration of a variable that a function captured.

        Args:
            name: The variable in the script.
            near: The function.

        Returns:
            None where there is no map, or no declaration to be found in the script.

        """
        if (name, near) not in self._captured:
            self._captured[name, near] = self._find_captured(name, near)
        return self._captured[name, near]

    def _find_captured(
        self, name: str, near: SourcePosition
    ) -> tuple[str, SourcePosition] | None:
        if (at := self._offset(near)) is None:
            return None
        text = self._text(script_path(near.script))
        declared = find_declarator(text.text, name, near=at)
        if declared is None:
            return None
        found = self._look_up_offset(near, declared)
        return (found[0] or name, found[1]) if found else None

    def _offset(self, position: SourcePosition) -> int | None:
        """Return where a place is in the text of its script, if that has a map."""
        if position.line is None or self._map(position.script) is None:
            return None
        text = self._text(script_path(position.script))
        return text.offset(position.line, position.column or 1)

    def _look_up_offset(
        self, inside: SourcePosition, offset: int
    ) -> tuple[str | None, SourcePosition] | None:
        line, column = self._text(script_path(inside.script)).position(offset)
        return self._look_up(
            SourcePosition(script=inside.script, line=line, column=column)
        )

    def _look_up(
        self, position: SourcePosition
    ) -> tuple[str | None, SourcePosition] | None:
        # A profile asks for the same few functions again and again.
        if position not in self._found:
            self._found[position] = self._find_original(position)
        return self._found[position]

    def _find_original(
        self, position: SourcePosition
    ) -> tuple[str | None, SourcePosition] | None:
        mapping = self._map(position.script)
        if mapping is None or position.line is None:
            return None
        found = mapping.source_map.look_up(position.line, position.column or 1)
        if found is None:
            return None
        path = self._path(found, mapping)
        if path not in self._originals:
            # The map's own copy is what its lines refer to; the file may have changed.
            text = mapping.source_map.text_of(found.source)
            self._originals[path] = _read(path) if text is None else text
            if text is not None:
                self._in_maps.add(path)
        return found.name, SourcePosition(
            script=path, line=found.line, column=found.column
        )

    def _path(self, found: Original, mapping: _Mapping) -> str:
        """Return the path of an original source; a bundler's from where it is found."""
        candidates = [
            source_path(found.source, directory=mapping.directory, root=str(root))
            for root in (
                self.directory,
                mapping.directory,
                *Path(mapping.directory).parents,
            )
        ]
        existing = filter(os.path.isfile, dict.fromkeys(candidates))
        return next(existing, candidates[0])

    def _map(self, script: str) -> _Mapping | None:
        path = script_path(script)
        if path not in self._maps:
            self._maps[path] = None
            if not script.startswith("node:") and package_of(script) is None:
                self._maps[path] = self._find_map(path)
        return self._maps[path]

    def _find_map(self, path: str) -> _Mapping | None:
        loaded = self._loaded.get(path)
        url = (
            loaded.map_url
            if loaded
            else map_reference(read_text(Path(path), at_most_bytes=_LARGEST_MAP_BYTES))
        )
        if not url:
            return None
        try:
            content, directory = read_map(
                url, Path(path).parent, at_most_bytes=_LARGEST_MAP_BYTES
            )
            source_map = SourceMap.parse(content)
            return _Mapping(
                source_map=source_map,
                directory=directory,
                sources=frozenset(
                    source_path(source, directory=directory, root=str(self.directory))
                    for source in source_map.sources
                ),
            )
        except (ValueError, OSError) as exc:
            # The name of a map may be no name of a file at all.
            self._notes[path] = (
                f"the source map of {self.relative(path)} was not used, so its places are"
                f" those of the generated code: {exc}"
            )
            return None

    def _text(self, path: str) -> SourceText:
        if path not in self._texts:
            loaded = self._loaded.get(path)
            text = loaded.text if loaded else _read(path)
            self._texts[path] = SourceText(
                text if len(text) <= _LARGEST_TEXT_BYTES else ""
            )
        return self._texts[path]


def _read(path: str) -> str:
    return read_text(Path(path), at_most_bytes=_LARGEST_TEXT_BYTES)
