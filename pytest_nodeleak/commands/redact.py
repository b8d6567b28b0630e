"""``redact``: a copy of a snapshot without data."""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from pytest_nodeleak.commands.answer import Answer
from pytest_nodeleak.commands.asked import RedactAsked
from pytest_nodeleak.exceptions import FileNotWritable
from pytest_nodeleak.heap.files import read_snapshot_file, read_texts
from pytest_nodeleak.heap.graph import HeapGraph
from pytest_nodeleak.heap.redaction import redact as plan
from pytest_nodeleak.heap.rewriting import rewritten
from pytest_nodeleak.report.redaction import redaction_lines, redaction_record

__all__ = ["redact"]

_PACKED_SUFFIX = ".gz"


def redact(asked: RedactAsked) -> Answer:
    """Write the copy that was asked for.

    Raises:
        SnapshotUnreadable: If the snapshot cannot be read.
        SnapshotFormatError: If it is none.
        FileNotWritable: If the copy cannot be written, or is there already.

    """
    if asked.target.exists() and not asked.force:
        raise _exists(asked.target)
    snapshot = read_snapshot_file(asked.file)
    redaction = plan(HeapGraph(snapshot), keep_property_names=asked.keep_property_names)
    texts = rewritten(read_texts(asked.file), snapshot.schema, redaction)
    _write(asked.target, texts, force=asked.force)
    names = asked.file.name, asked.target.name
    return Answer(
        lines=redaction_lines(redaction, *names),
        record=redaction_record(redaction, *names),
    )


def _write(target: Path, texts: Iterable[str], *, force: bool) -> None:
    """Write a file that only its owner can read, and that is complete or not there."""
    try:
        # Of mode 0600 from the start.
        descriptor, name = tempfile.mkstemp(
            prefix=f".{target.name}.", dir=target.parent
        )
    except OSError as exc:
        raise _not_writable(target, exc) from exc
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _pour(texts, file, packed=target.suffix == _PACKED_SUFFIX)
        _put_in_place(draft, target, force=force)
    except OSError as exc:
        raise _not_writable(target, exc) from exc
    finally:
        draft.unlink(missing_ok=True)


def _pour(texts: Iterable[str], file: IO[bytes], *, packed: bool) -> None:
    if not packed:
        for text in texts:
            file.write(text.encode())
        return
    # Without the draft's name in it.
    with gzip.GzipFile(filename="", fileobj=file, mode="wb") as archive:
        for text in texts:
            archive.write(text.encode())


def _put_in_place(draft: Path, target: Path, *, force: bool) -> None:
    if force:
        draft.replace(target)
        return
    try:
        # A link, unlike a renaming, never takes the place of a file that is there.
        os.link(draft, target)
    except FileExistsError as exc:
        raise _exists(target) from exc
    except OSError:
        # Not every file system has links.
        if target.exists():
            raise _exists(target) from None
        draft.replace(target)


def _exists(target: Path) -> FileNotWritable:
    return FileNotWritable(
        path=target, problem="the file is there", remedy="--force replaces it."
    )


def _not_writable(target: Path, error: OSError) -> FileNotWritable:
    return FileNotWritable(
        path=target,
        problem=error.strerror or str(error),
        remedy="Name a file in an existing directory that you can write to.",
    )
