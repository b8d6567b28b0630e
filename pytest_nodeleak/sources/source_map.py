"""Source maps: what a compiler, bundler or minifier made a script from.

Here is the map itself, the comment that names one, ``data:`` URLs, and what the sources'
names mean as paths. Nothing here reads a file.

References:
    ECMA-426, "Source map format specification".

"""

from __future__ import annotations

import base64
import binascii
import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from pytest_nodeleak.sources.mappings import Mappings, decode_mappings, join_mappings

__all__ = [
    "Original",
    "SourceMap",
    "SourceMapUnreadable",
    "decode_data_url",
    "map_reference",
    "source_path",
]

T = TypeVar("T")

_LARGEST_OFFSET = 2**31

_REFERENCE = re.compile(
    r"//[#@]\s*sourceMappingURL=([^\s'\"`]+)[^\S\n]*$", re.MULTILINE
)
# What may follow the comment: white space and other comments.
_NO_CODE = re.compile(r"(?>\s|//[^\n]*|/\*.*?\*/)*+", re.DOTALL)
_DATA_URL = re.compile(r"data:([^,]*),(.*)", re.DOTALL)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:(?://[^/]*)?/?", re.IGNORECASE)
_WINDOWS_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


class SourceMapUnreadable(ValueError):
    """A source map, or the URL it is in, is not what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A place in an original source.

    Attributes:
        source: Its name in the map, after ``sourceRoot``.
        line: 1-based.
        column: 1-based.
        name: What the identifier that starts at the generated place was called.

    """

    source: str
    line: int
    column: int
    name: str | None = None


class SourceMap:
    """Looks up where the code of one generated script comes from.

    Attributes:
        mappings: Where its segments come from.
        names: What identifiers were called.

    """

    def __init__(
        self,
        mappings: Mappings,
        *,
        sources: Sequence[str | None],
        texts: Sequence[str | None],
        names: Sequence[str],
    ) -> None:
        self.mappings = mappings
        self.names = names
        self._sources = sources
        self._texts = dict(zip(sources, texts, strict=False))

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Parse the JSON of a map, plain or made of sections.

        Raises:
            SourceMapUnreadable: If it is no source map.

        """
        try:
            # Servers may put this before it, so that no page can load it as a script.
            found = json.loads(content.removeprefix(b")]}'"))
            mappings, lists = _read(found)
        except (ValueError, RecursionError) as exc:
            msg = f"it is no source map: {exc}"
            raise SourceMapUnreadable(msg) from exc
        return cls(
            mappings, sources=lists.sources, texts=lists.texts, names=lists.names
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of all original sources."""
        return tuple(name for name in self._sources if name)

    def look_up(self, line: int, column: int) -> Original | None:
        """Return where a generated place comes from, as the mapping at it or to its left.

        Args:
            line: 1-based.
            column: 1-based.

        Returns:
            None if no mapping of that line covers it. The name is given only where the
            mapping begins exactly there, since it is the name of what begins there.

        """
        found = self.mappings.at(line - 1, column - 1)
        if found is None or self.mappings.source[found] < 0:
            return None
        source = self._sources[self.mappings.source[found]]
        if not source:
            return None
        name = int(self.mappings.name[found])
        is_exact = self.mappings.column[found] == column - 1
        return Original(
            source=source,
            line=int(self.mappings.source_line[found]) + 1,
            column=int(self.mappings.source_column[found]) + 1,
            name=self.names[name] if is_exact and name >= 0 else None,
        )

    def text_of(self, source: str) -> str | None:
        """Return the text of an original source, if the map brings it along."""
        return self._texts.get(source)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lists:
    """What the numbers of mappings stand for."""

    sources: tuple[str | None, ...] = ()
    texts: tuple[str | None, ...] = ()
    names: tuple[str, ...] = ()


def _read(found: object) -> tuple[Mappings, _Lists]:
    if not isinstance(found, dict):
        msg = f"it is {type(found).__name__}, expected an object"
        raise ValueError(msg)  # noqa: TRY004  # the file's fault, not a caller's
    if "sections" in found:
        return _read_sections(found["sections"])
    if not found.get("mappings"):
        # Also any other JSON object.
        msg = "it has no mappings"
        raise ValueError(msg)
    lists = _read_lists(found)
    mappings = decode_mappings(_of(str, found, "mappings"))
    for what, column, size in (
        ("source", mappings.source, len(lists.sources)),
        ("name", mappings.name, len(lists.names)),
    ):
        if len(column) and not column.max() < size:
            msg = f"a segment has a {what} that is not among the {size} listed"
            raise ValueError(msg)
    return mappings, lists


def _read_sections(sections: object) -> tuple[Mappings, _Lists]:
    """Read an index map: maps of parts, each with the place where it begins."""
    parts = []
    lists = _Lists()
    for section in sections if isinstance(sections, list) else ():
        own_map = section.get("map") if isinstance(section, dict) else None
        if not isinstance(own_map, dict) or "sections" in own_map:
            msg = "a section has no map of its own"
            raise ValueError(msg)
        offset = _of(dict, section, "offset")
        begins = (_of(int, offset, "line"), _of(int, offset, "column"))
        if not 0 <= min(begins) <= max(begins) <= _LARGEST_OFFSET:
            msg = f"a section begins at line {begins[0]}, column {begins[1]}"
            raise ValueError(msg)
        mappings, own = _read(own_map)
        parts.append((mappings, begins, (len(lists.sources), len(lists.names))))
        lists = _Lists(
            sources=lists.sources + own.sources,
            texts=lists.texts + own.texts,
            names=lists.names + own.names,
        )
    if not parts:
        msg = "it has no sections"
        raise ValueError(msg)
    return join_mappings(parts), lists


def _read_lists(found: Mapping[str, object]) -> _Lists:
    root = found.get("sourceRoot") or ""
    sources = [
        _rooted(root, name) if isinstance(name, str) and isinstance(root, str) else None
        for name in _of(list, found, "sources")
    ]
    texts = found.get("sourcesContent")
    kept = [
        text if isinstance(text, str) else None
        for text in (texts if isinstance(texts, list) else ())
    ]
    names = found.get("names")
    return _Lists(
        sources=tuple(sources),
        texts=(*kept, *[None] * (len(sources) - len(kept)))[: len(sources)],
        names=tuple(map(str, names)) if isinstance(names, list) else (),
    )


def _rooted(root: str, name: str) -> str:
    is_absolute = name.startswith("/") or _SCHEME.match(name)
    return name if not root or not name or is_absolute else f"{root.rstrip('/')}/{name}"


def _of(kind: type[T], found: Mapping[str, object], key: str) -> T:
    value = found.get(key)
    if not isinstance(value, kind):
        msg = f"{key!r} is {type(value).__name__}, expected {kind.__name__}"
        raise ValueError(msg)  # noqa: TRY004  # the file's fault, not a caller's
    return value


def map_reference(script: str) -> str | None:
    """Return the URL in the last ``//# sourceMappingURL=`` comment of a script.

    Code after the comment makes it invalid: it was part of a string or of another file
    that is contained in this one.
    """
    last = None
    for match in _REFERENCE.finditer(script):
        last = match
    if last is None or not _NO_CODE.fullmatch(script, last.end()):
        return None
    return last[1]


def decode_data_url(url: str) -> bytes:
    """Return what a ``data:`` URL contains, be it in base64 or percent-encoded.

    Raises:
        SourceMapUnreadable: If it is not well-formed.

    """
    match = _DATA_URL.fullmatch(url)
    if match is None:
        msg = "its data: URL lacks a comma"
        raise SourceMapUnreadable(msg)
    content = unquote_to_bytes(match[2])
    if not match[1].lower().endswith(";base64"):
        return content
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as exc:
        msg = f"its data: URL is no base64: {exc}"
        raise SourceMapUnreadable(msg) from exc


def source_path(source: str, *, directory: str, root: str) -> str:
    """Return the path of an original source, with all ``..`` resolved.

    Args:
        source: Its name in the map: a relative or absolute path or URL.
        directory: Where the map is, or the script that contains the map.
        root: Where the project is: what ``webpack://name/./src/app.ts`` is relative to.

    """
    if source.startswith("file:"):
        path = unquote(urlsplit(source).path)
        # file:///C:/app/a.ts
        return posixpath.normpath(path[1:] if _WINDOWS_DRIVE.match(path, 1) else path)
    if _WINDOWS_DRIVE.match(source):
        return posixpath.normpath(source.replace("\\", "/"))
    scheme = _SCHEME.match(source)
    if scheme is not None:
        # Bundlers append ?hash where two sources would have one name.
        relative = unquote(source[scheme.end() :].partition("?")[0])
        return posixpath.normpath(posixpath.join(root, relative))
    relative = unquote(source.replace("\\", "/"))
    return posixpath.normpath(posixpath.join(directory, relative))
