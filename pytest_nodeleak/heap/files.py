"""Heap snapshots from files, whoever saved them: Node.js, Chrome DevTools, a CI job."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from pytest_nodeleak.exceptions import SnapshotFormatError, SnapshotUnreadable
from pytest_nodeleak.heap.reader import SnapshotReader
from pytest_nodeleak.heap.snapshot import HeapSnapshot

__all__ = ["read_snapshot_file", "read_texts"]

# Memory that is asked for in larger parts is given back to the system, and cleared for
# the next one, each time.
_CHUNK_BYTES = 1 << 18
_GZIP_SUFFIX = ".gz"


def read_snapshot_file(path: Path) -> HeapSnapshot:
    """Read a ``.heapsnapshot`` file, or one that was packed to ``.heapsnapshot.gz``.

    The file is read piece by piece; its text is never in memory as a whole.

    Raises:
        SnapshotUnreadable: If there is no such file or it cannot be read.
        SnapshotFormatError: If it is truncated, corrupt or something else; names the file.

    """
    reader = SnapshotReader()
    try:
        for text in read_texts(path):
            reader.feed(text)
        return reader.close()
    except SnapshotFormatError as exc:
        msg = f"{path}: {exc}"
        raise SnapshotFormatError(msg) from exc
    except (EOFError, gzip.BadGzipFile, zlib.error) as exc:
        msg = f"{path}: the gzip data is truncated or corrupt: {exc}"
        raise SnapshotFormatError(msg) from exc
    except OSError as exc:
        raise SnapshotUnreadable(path=path, problem=exc.strerror or str(exc)) from exc


def read_texts(path: Path) -> Iterator[str]:
    """Yield the text of a file, or of a packed one, in pieces.

    Raises:
        SnapshotUnreadable: If the file is empty.
        SnapshotFormatError: If it is no text.
        OSError: If it cannot be read.

    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    decoded = 0
    with _open(path) as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield _decoded(decoder, chunk, after=decoded)
            decoded += len(chunk)
    if not decoded:
        raise SnapshotUnreadable(path=path, problem="the file is empty")
    yield _decoded(decoder, b"", after=decoded)


def _open(path: Path) -> BinaryIO:
    if path.suffix == _GZIP_SUFFIX:
        return cast("BinaryIO", gzip.open(path))
    return path.open("rb")


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, *, after: int) -> str:
    pending = len(decoder.getstate()[0])
    try:
        return decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as exc:
        position = after - pending + exc.start
        msg = f"byte {position:,} is not UTF-8: {exc.reason}"
        raise SnapshotFormatError(msg) from exc
