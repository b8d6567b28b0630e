"""Source maps: what a compiler, bundler or minifier made a script from.

Parsing and looking up is ``symbolic``'s work (Sentry's library for it); here is what it
leaves to its callers: the comment that names a map, ``data:`` URLs, and what the sources'
names mean as paths. Nothing here reads a file.

References:
    ECMA-426, "Source map format specification".

"""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, unquote_to_bytes, urlsplit

if TYPE_CHECKING:
    from symbolic.sourcemap import SourceMapView

__all__ = [
    "Original",
    "SourceMap",
    "SourceMapUnreadable",
    "decode_data_url",
    "map_reference",
    "source_path",
]

_REFERENCE = re.compile(
    r"//[#@]\s*sourceMappingURL=([^\s'\"`]+)[^\S\n]*$", re.MULTILINE
)
# What may follow the comment: white space and other comments.
_NO_CODE = re.compile(r"(?>\s|//[^\n]*|/\*.*?\*/)*+", re.DOTALL)
_DATA_URL = re.compile(r"data:([^,]*),(.*)", re.DOTALL)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:(?://[^/]*)?/?", re.IGNORECASE)
_WINDOWS_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
# A segment that maps to no source has these instead of numbers.
_NO_SOURCE = 0xFFFF_FFFF


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
    """Looks up where the code of one generated script comes from."""

    def __init__(self, view: SourceMapView) -> None:
        self._view = view
        self._index = {name: index for index, name in view.iter_sources()}

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Parse the JSON of a map, plain or made of sections.

        Raises:
            SourceMapUnreadable: If it is no source map.

        """
        try:
            # Lazy: only an app that is compiled or bundled needs it.
            from symbolic.exceptions import SymbolicError  # noqa: PLC0415
            from symbolic.sourcemap import SourceMapView  # noqa: PLC0415
        except ImportError as exc:
            msg = f"the package 'symbolic', which reads them, cannot be loaded: {exc}"
            raise SourceMapUnreadable(msg) from exc
        try:
            view = SourceMapView.from_json_bytes(content)
        except SymbolicError as exc:
            msg = f"it is no source map: {exc}"
            raise SourceMapUnreadable(msg) from exc
        if not len(view):
            # Also any other JSON object.
            msg = "it is no source map: it has no mappings"
            raise SourceMapUnreadable(msg)
        return cls(view)

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of all original sources."""
        return tuple(name for name in self._index if name)

    def look_up(self, line: int, column: int) -> Original | None:
        """Return where a generated place comes from, as the mapping at it or to its left.

        Args:
            line: 1-based.
            column: 1-based.

        Returns:
            None if no mapping of that line covers it. The name is given only where the
            mapping begins exactly there, since it is the name of what begins there.

        """
        match = self._view.lookup(line - 1, column - 1)
        if match is None or match.dst_line != line - 1 or match.src_id == _NO_SOURCE:
            return None
        if not match.src:
            return None
        is_exact = match.dst_col == column - 1
        return Original(
            source=match.src,
            line=match.src_line + 1,
            column=match.src_col + 1,
            name=match.name if is_exact else None,
        )

    def text_of(self, source: str) -> str | None:
        """Return the text of an original source, if the map brings it along."""
        index = self._index.get(source)
        return None if index is None else self._view.get_source_contents(index)


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
