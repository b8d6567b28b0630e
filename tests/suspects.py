"""Suspects as snapshots show them, with sensible defaults; a test says what it is about.

By default it is a Map ``cache`` that gains one ``{name}`` with every request.
"""

from __future__ import annotations

from dataclasses import replace

from pytest_nodeleak.heap.holders import Holder
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.suspects import Suspect

__all__ = ["a_holder", "a_suspect"]

_HOLDER = Holder(
    heap_id=4711,
    owner_id=None,
    name="cache",
    variable="cache",
    class_name="Map",
    near=None,
    steps=(),
)
_SUSPECT = Suspect(
    holder=_HOLDER,
    kind=Kind.COLLECTION,
    objects_per_request=2.0,
    entries_per_request=1.0,
    bytes_per_request=402.4,
    external_bytes_per_request=0.0,
    constructors=(("{name}", 1.0), ("string", 1.0)),
    entry="{name}",
    entry_defined=None,
    requests=499,
    timer_id=None,
)


def a_holder(**parts: object) -> Holder:
    """Return a holder that differs from the usual one in these parts."""
    return replace(_HOLDER, **parts)  # type: ignore[arg-type]  # fields by name


def a_suspect(held_by: Holder = _HOLDER, **parts: object) -> Suspect:
    """Return a suspect with this holder that differs from the usual one in these parts."""
    return replace(_SUSPECT, holder=held_by, **parts)  # type: ignore[arg-type]  # likewise
