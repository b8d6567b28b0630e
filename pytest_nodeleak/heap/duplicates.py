"""Strings that are in a heap several times."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from pytest_nodeleak.heap.placeholder import hidden_length
from pytest_nodeleak.heap.snapshot import HeapSnapshot

__all__ = ["DuplicateString", "Duplicates", "find_duplicates"]

_HASH_DIGITS = 8
# V8 writes no more of a string's text than this, unless told otherwise.
CUT_BY_V8 = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateString:
    """A text that several strings have.

    Attributes:
        text: The text, as far as V8 has written it.
        length: Its number of characters, of the part that V8 has written.
        count: How many strings have it.
        wasted_bytes: What all but one of them take.

    """

    text: str
    length: int
    count: int
    wasted_bytes: int

    @property
    def digest(self) -> str:
        """A short hash: tells texts apart without showing them."""
        return hashlib.sha256(self.text.encode(errors="surrogatepass")).hexdigest()[
            :_HASH_DIGITS
        ]

    @property
    def is_cut(self) -> bool:
        """Whether the text may be longer than what V8 has written."""
        return self.length >= CUT_BY_V8


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """All texts that several strings have.

    Attributes:
        texts: How many texts there are.
        strings: How many strings have them.
        wasted_bytes: What would be saved if each were there once.
        largest: Those that waste most.

    """

    texts: int
    strings: int
    wasted_bytes: int
    largest: tuple[DuplicateString, ...]


def find_duplicates(snapshot: HeapSnapshot, *, most: int) -> Duplicates:
    """Return the texts that several strings have, and the worst of them.

    Strings that V8 has put together or cut out of others and not yet flattened have no
    text in a snapshot and are left out. Of a long text only the beginning is compared,
    and the size.
    """
    nodes = snapshot.nodes
    is_string = nodes.type == snapshot.schema.node_type_code("string")
    sizes, size = np.unique(nodes.self_size_bytes[is_string], return_inverse=True)
    # One number for text and size: rows of two take six times as long to sort.
    keys = nodes.name[is_string].astype(np.int64) * max(1, len(sizes)) + size.ravel()
    groups, count = np.unique(keys, return_counts=True)
    text, size = np.divmod(groups, max(1, len(sizes)))
    wasted = (count - 1) * sizes[size]
    several = np.flatnonzero((count > 1) & (sizes[size] > 0))
    order = several[np.argsort(-wasted[several], kind="stable")][:most]
    return Duplicates(
        texts=len(several),
        strings=int(count[several].sum()),
        wasted_bytes=int(wasted[several].sum()),
        largest=tuple(
            _describe(
                snapshot.strings[int(text[one])],
                count=int(count[one]),
                wasted_bytes=int(wasted[one]),
            )
            for one in order
        ),
    )


def _describe(text: str, *, count: int, wasted_bytes: int) -> DuplicateString:
    hidden = hidden_length(text)
    length = len(text) if hidden is None else hidden
    return DuplicateString(
        text=text, length=length, count=count, wasted_bytes=wasted_bytes
    )
