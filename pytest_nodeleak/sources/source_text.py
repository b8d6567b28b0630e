"""Places in a source text, as V8 and source maps count them."""

from __future__ import annotations

import re
from bisect import bisect_right

__all__ = ["SourceText", "split_lines"]

# ECMA-262, "Line terminators".
_LINE_END = re.compile(r"\r\n|[\n\r\u2028\u2029]")


def split_lines(text: str) -> list[str]:
    """Return the lines of a text as JavaScript counts them; none of an empty text."""
    return _LINE_END.split(text) if text else []


class SourceText:
    """A text whose lines and columns are 1-based; columns count UTF-16 code units."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def offset(self, line: int, column: int) -> int | None:
        """Return the index in the text of a place, None if there is no such line."""
        if not 0 < line <= len(self._starts):
            return None
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        content = self.text[start:end]
        if content.isascii():
            return start + min(column - 1, len(content))
        before = content.encode("utf-16-le", "surrogatepass")[: 2 * (column - 1)]
        return start + len(before.decode("utf-16-le", "replace"))

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of an index in the text."""
        line = bisect_right(self._starts, offset)
        before = self.text[self._starts[line - 1] : offset]
        if before.isascii():
            return line, len(before) + 1
        return line, len(before.encode("utf-16-le", "surrogatepass")) // 2 + 1
