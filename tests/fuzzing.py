"""How foreign input is made odd, and how many cases of it are tried.

``make test`` tries a few hundred of each kind, ``make fuzz FUZZ=20000`` as many as it says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

__all__ = ["ODD_VALUES", "fuzzed", "mutated_documents", "mutated_texts"]

T = TypeVar("T", bound=Callable[..., object])

_CASES = int(os.environ.get("NODELEAK_FUZZ") or 0)
_ODD_NUMBERS = ("-1", "0", "2147483648", "4294967296", "9" * 19, "1e5", "-", "0.5")
_MARKS = (",", "[", "]", "{", "}", '"', "\\", ":", "\n", " ", "\x00", "\ufffd")
_DEEP = 20_000
# Copies of copies would take for ever.
_MOST_PLACES = 500


def _nested(depth: int) -> object:
    value: object = 0
    for _ in range(depth):
        value = [value]
    return value


# What JSON, TOML and YAML can hold where something else belongs.
ODD_VALUES: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1, 0.5, 1e308, -0.0),
    *(2**31, 2**32, 2**53, 2**63, 2**64, 10**400, float("inf"), float("nan")),
    *("", "0", "-1", "x", "\x00", "\x1b[31m", "\ud800", "é" * 300, "__proto__"),
    *([], {}, [[]], [None], {"": None}, {"x": {}}, [1, 2, 3]),
    _nested(60),
)


def fuzzed(cases: int) -> Callable[[T], T]:
    """Try so many cases, or as many as ``NODELEAK_FUZZ`` says."""
    return settings(
        max_examples=_CASES or cases,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@st.composite
def mutated_texts(draw: st.DrawFn, text: str, *, most: int = 4) -> str:
    """Draw what a bad disk, a bad network or a bad tool makes of a text."""
    for _ in range(draw(st.integers(1, most))):
        start = draw(st.integers(0, max(0, len(text) - 1)))
        end = min(len(text), start + draw(st.integers(0, 3) | st.integers(0, 400)))
        new = draw(
            st.text(max_size=3)
            | st.sampled_from(_ODD_NUMBERS + _MARKS)
            | st.just(text[start:end] * 2)
            | st.sampled_from(["[" * _DEEP, '{"":' * _DEEP, "9" * 5000])
        )
        if draw(st.booleans()) and (number := re.search(r"[0-9]+", text[start:])):
            start, end = start + number.start(), start + number.end()
        elsewhere = draw(st.integers(0, 9)) == 0
        if elsewhere:
            # A piece of it in another place.
            at = draw(st.integers(0, len(text)))
            text = text[:at] + text[start:end] + text[at:]
        else:
            text = text[:start] + new + text[end:]
    return text[: draw(st.integers(0, len(text)))] if draw(st.booleans()) else text


@st.composite
def mutated_documents(draw: st.DrawFn, document: object, *, most: int = 3) -> Any:  # noqa: ANN401  # JSON
    """Draw a JSON document in which some values are odd, missing, moved or repeated."""
    changed = deepcopy(document)
    for _ in range(draw(st.integers(1, most))):
        holder, key = draw(st.sampled_from(_places(changed)))
        what = draw(st.integers(0, 9))
        if what == 0:
            del holder[key]
        elif what == 1:
            other, from_key = draw(st.sampled_from(_places(changed)))
            # A copy, for otherwise it may hold itself.
            holder[key] = deepcopy(other[from_key])
        elif what == 2 and isinstance(holder, list):
            holder[key:key] = deepcopy(holder)
        elif what == 3 and isinstance(holder, dict):
            holder[draw(st.text(max_size=5))] = holder.pop(key)
        else:
            # A copy, for it may be changed in turn.
            holder[key] = deepcopy(draw(st.sampled_from(ODD_VALUES)))
        if not _places(changed):
            break
    return changed


def _places(document: object) -> list[tuple[Any, Any]]:
    """Return all keys and indices of a document, with what holds them."""
    found: list[tuple[Any, Any]] = []
    left = [document]
    while left and len(found) < _MOST_PLACES:
        holder = left.pop()
        inner: list[tuple[Any, object]] = []
        if isinstance(holder, dict):
            inner = list(holder.items())
        elif isinstance(holder, list):
            inner = list(enumerate(holder))
        found += [(holder, key) for key, _ in inner]
        left += [value for _, value in inner]
    return found
