"""A file that has no name before it is finished, so that nothing half-written is left.

Where the system can, it has none at all until then: whatever ends this process takes it
along.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["UnfinishedFile"]

_PREFIX = ".nodeleak-"
_PIECE_CHARACTERS = 1 << 20


class UnfinishedFile:
    """A new text file, for its owner's eyes only."""

    def __init__(self, directory: Path) -> None:
        """Open one that will be in a directory, which is made if there is none.

        Raises:
            OSError: If it cannot be made there.

        """
        _make(directory)
        self._directory = directory
        self._path: Path | None = None
        descriptor = _open_nameless(directory)
        if descriptor is None:
            descriptor, self._path = _open_hidden(directory)
        # Whatever the umask is.
        os.fchmod(descriptor, 0o600)
        self._file = os.fdopen(
            descriptor, "w+", encoding="utf-8", errors="backslashreplace"
        )

    def write(self, text: str) -> None:
        """Add a text.

        Raises:
            OSError: If there is no room for it.

        """
        self._file.write(text)

    def finish(self) -> None:
        """Write what is still held back: the last bytes may be those without room.

        Raises:
            OSError: If they are.

        """
        self._file.flush()

    def texts(self) -> Iterator[str]:
        """Yield what was written, from its beginning; nothing more can be added then.

        Raises:
            OSError: If it cannot be read, or what is still held back not be written.

        """
        self._file.seek(0)
        while text := self._file.read(_PIECE_CHARACTERS):
            yield text

    def publish(self, name: str) -> Path:
        """Finish it, and let it take the place of the file of this name; return its path.

        Raises:
            OSError: If that is not possible; it is dropped then.

        """
        final = self._directory / name
        try:
            self.finish()
            if self._path is None:
                # A link cannot take another file's place, a file can.
                self._path = _free_name(self._directory)
                _give_name(self._file.fileno(), self._path)
            self._path.replace(final)
            self._path = None
        finally:
            self.drop()
        return final

    def drop(self) -> None:
        """Have it gone; after it was published, or twice, nothing is done."""
        # What is in the way of its last bytes has been told, or does not matter.
        with suppress(OSError):
            self._file.close()
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink()
            self._path = None


def _make(directory: Path) -> None:
    """Make a directory for its owner's eyes only; one that is there stays as it is."""
    is_new = not directory.exists()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if is_new:
        # Whatever the umask is.
        directory.chmod(0o700)


def _open_nameless(directory: Path) -> int | None:
    """Open a file without a name; None where the system or the disk has none."""
    flags = getattr(os, "O_TMPFILE", None)
    if flags is None or not Path("/proc/self/fd").is_dir():
        return None
    try:
        return os.open(directory, flags | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError:
        # A disk that is full, or may not be written to, says so of the other one too.
        return None


def _open_hidden(directory: Path) -> tuple[int, Path]:
    # mkstemp() follows no link and creates with 0600.
    descriptor, name = tempfile.mkstemp(prefix=_PREFIX, dir=directory)
    return descriptor, Path(name)


def _give_name(descriptor: int, path: Path) -> None:
    # With a descriptor of a directory, which an absolute path has no use for, Python asks
    # for the link to be followed.
    os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor)


def _free_name(directory: Path) -> Path:
    descriptor, path = _open_hidden(directory)
    os.close(descriptor)
    path.unlink()
    return path
