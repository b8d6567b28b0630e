"""What to do about small pieces that keep large things whole, and how to say it."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_nodeleak.advice import advice_for
from pytest_nodeleak.advice.threads import ABOUT_THREADS
from pytest_nodeleak.evidence.findings import Pinning
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.threads import are_threads
from pytest_nodeleak.units import format_bytes

__all__ = ["advice_on", "pinning_text"]

_ABOUT_VIEWS = (
    "a small slice pins its whole Buffer: copy the small piece (Buffer.from(slice), or"
    " view.slice() of another typed array), and bound the collection"
)
_ABOUT_TEXTS = (
    "a short string cut out of a long one keeps all of that: copy the small piece"
    " (Buffer.from(piece).toString()), and bound the collection"
)


def advice_on(
    kind: Kind, pinning: Pinning | None, constructors: Sequence[tuple[str, float]] = ()
) -> str:
    """Return how to fix a leak: that of pieces by making them copies, for one."""
    if kind is Kind.HANDLE and are_threads(label for label, _ in constructors):
        return ABOUT_THREADS
    if pinning is None:
        return advice_for(kind)
    return _ABOUT_TEXTS if pinning.is_text else _ABOUT_VIEWS


def pinning_text(pinning: Pinning) -> str:
    """Say what is kept of what, e.g. ``"each slice of 16 B keeps all of ..."``."""
    pieces = round(pinning.pieces_of_each)
    piece = format_bytes(pinning.piece_bytes)
    whole = format_bytes(pinning.whole_bytes)
    who = (
        f"each slice of {piece} keeps" if pieces <= 1 else f"{pieces:,} of {piece} keep"
    )
    if pinning.is_text:
        return f"{who} all of the string it was cut from, {whole}"
    return f"{who} all of its ArrayBuffer, {whole}"
