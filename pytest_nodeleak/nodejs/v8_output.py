"""V8's report of memory it could not get, found among whatever else an app prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_nodeleak.units import MIB

__all__ = ["V8Failure", "find_v8_failure", "without_colours", "without_native_stacks"]

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_V8_FAILURE = re.compile(r"FATAL ERROR: (?P<message>.*?Allocation failed - .*memory.*)")
_COLLECTIONS = "<--- Last few GCs --->"
_COLLECTION = re.compile(r"-> (?P<used>\d{1,12}(?:\.\d+)?) \(\d+(?:\.\d+)?\) MB")
# mu is for mutator utilization; V8 cuts its lines anywhere.
_MUTATOR = re.compile(r"current mu = (\d\.\d{3})?")
_NATIVE_STACK = "----- Native stack trace -----"
_NATIVE_FRAME = re.compile(r"(?:^|\s)\d+: 0x[0-9a-f]+ ")
_JS_STACK = "<--- JS stacktrace --->"


@dataclass(frozen=True, slots=True, kw_only=True)
class V8Failure:
    """V8's report that it could not allocate.

    Attributes:
        message: E.g. ``"Reached heap limit Allocation failed - JavaScript heap out of
            memory"``.
        used_bytes: What the last collection left; None where that is not there.
        mutator_share: The part of the time since the collection before last that was
            left to the app, from 0 to 1; None where that is not there.
        is_complete: Whether all that V8 prints around it is there too.

    """

    message: str
    used_bytes: int | None
    mutator_share: float | None
    is_complete: bool

    @property
    def is_heap(self) -> bool:
        """Whether it was JavaScript's heap that was full, not the process's memory."""
        return "heap out of memory" in self.message


def without_colours(line: str) -> str:
    """Leave out the escape sequences of a terminal."""
    return _ANSI.sub("", line)


def find_v8_failure(lines: Sequence[str]) -> V8Failure | None:
    """Return V8's last report of an allocation that failed; None if there is none."""
    plain = [without_colours(line) for line in lines]
    for position in range(len(plain) - 1, -1, -1):
        match = _V8_FAILURE.search(plain[position])
        if match is None:
            continue
        before, after = plain[:position], plain[position:]
        used = [found for line in before for found in _COLLECTION.findall(line)]
        shares = [found for line in before for found in _MUTATOR.findall(line)]
        return V8Failure(
            message=match["message"].strip(),
            used_bytes=int(float(used[-1]) * MIB) if used else None,
            mutator_share=float(shares[-1]) if shares and shares[-1] else None,
            is_complete=any(_COLLECTIONS in line for line in before)
            and any(_NATIVE_STACK in line for line in after),
        )
    return None


def without_native_stacks(lines: Iterable[str]) -> tuple[str, ...]:
    """Leave out V8's native stack traces and lists of collections, for readers."""
    kept: list[str] = []
    in_collections = False
    for line in lines:
        if _COLLECTIONS in line:
            in_collections = True
        elif "FATAL ERROR" in line or _JS_STACK in line:
            in_collections = False
        is_noise = (
            in_collections
            or _JS_STACK in line
            or _NATIVE_STACK in line
            or _NATIVE_FRAME.search(line) is not None
        )
        if not is_noise:
            kept.append(line)
    return tuple(kept)
