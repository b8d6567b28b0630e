"""The file in which the probe writes what ends the app; it has a name only for a moment.

The app opens it by its name and we do, and the name is taken away again: whatever ends one
or the other, nothing is left.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pytest_nodeleak.nodejs.last_words import LastWords, parse_last_words

__all__ = ["WordsFile"]


class WordsFile:
    """A file for the last words of one app; a context manager that closes it."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def offer(self, open_in_app: Callable[[Path], None]) -> None:
        """Have the app open the file.

        Where there is no room for temporary files, or the app may not write where they
        are, there will be no words, and its output has to do.

        Args:
            open_in_app: Takes the file's name; the app makes it, if it can.

        """
        try:
            directory = tempfile.TemporaryDirectory(
                prefix="nodeleak-", ignore_cleanup_errors=True
            )
        except OSError:
            return
        with directory as name:
            path = Path(name) / "last-words"
            open_in_app(path)
            with suppress(OSError):
                self._file = path.open("rb")

    def read(self) -> LastWords | None:
        """Return what the probe wrote down; None if there was none that could."""
        if self._file is None:
            return None
        self._file.seek(0)
        return parse_last_words(self._file.read().decode(errors="replace"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
