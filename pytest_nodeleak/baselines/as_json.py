"""Baselines as text: JSON that reviewers read, one line for each rate.

Order and rounding depend on nothing but the rates, so that a file changes only where they
do. Pure; how a file reads is told in ``docs/baselines.md``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from pytest_nodeleak.baselines.baseline import Baseline, LeakRate, Rates
from pytest_nodeleak.evidence.estimate import Estimate

__all__ = [
    "BaselineFormatError",
    "format_baseline",
    "parse_baseline",
    "rates_from",
    "rates_record",
]

SCHEMA = 1
_SCHEMA_KEY = "nodeleak_baseline"
_DIGITS = 3
_MAJOR = re.compile("[0-9]{1,9}")
_INDENT = "  "


class BaselineFormatError(ValueError):
    """A text is no baseline; says what is wrong in it, without the file's name."""


def rates_record(rates: Rates) -> dict[str, Any]:
    """Return what is saved of a check, as plain values."""
    record: dict[str, Any] = {"verdict": rates.verdict}
    if rates.growth:
        record["growth"] = {
            name: _estimate_record(rates.growth[name]) for name in sorted(rates.growth)
        }
    if rates.leaks:
        record["leaks"] = {
            key: {
                "what": leak.what,
                "entries": _estimate_record(leak.entries),
                "bytes": _estimate_record(leak.size_bytes),
            }
            for key, leak in sorted(rates.leaks.items())
        }
    return record


def _estimate_record(estimate: Estimate) -> dict[str, float]:
    return {
        "low": _rounded(estimate.low),
        "value": _rounded(estimate.value),
        "high": _rounded(estimate.high),
    }


def _rounded(value: float) -> float:
    """Keep three digits; more of them only differ from run to run."""
    if value == 0:
        return 0
    digits = _DIGITS - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded


def format_baseline(baseline: Baseline) -> str:
    """Return the text of a file."""
    document = {
        _SCHEMA_KEY: SCHEMA,
        "checks": {
            check_id: {
                str(major): rates_record(by_major[major]) for major in sorted(by_major)
            }
            for check_id, by_major in sorted(baseline.checks.items())
            if by_major
        },
    }
    return _text(document, "") + "\n"


def _text(value: object, indent: str) -> str:
    """Write an object of plain values in one line, and any other one key by key."""
    if not isinstance(value, dict):
        return _plain(value)
    if not any(isinstance(inner, dict) for inner in value.values()):
        return _plain(value)
    inside = indent + _INDENT
    lines = (
        f"{inside}{_plain(name)}: {_text(inner, inside)}"
        for name, inner in value.items()
    )
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _plain(value: object) -> str:
    """Write a value as people read it, or in ASCII where it is not for their eyes."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)


def parse_baseline(text: str, *, name: str) -> Baseline:
    """Read the text of a file.

    Args:
        text: What is in it.
        name: The baseline's.

    Raises:
        BaselineFormatError: If it is none; it says what is wrong, and where.

    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as exc:
        # What a merge leaves behind is the usual reason.
        conflict = ", but conflict markers of a merge" if "<<<<<<<" in text else ""
        raise BaselineFormatError(f"no JSON{conflict}: {exc}") from exc
    if not isinstance(document, dict) or _SCHEMA_KEY not in document:
        raise BaselineFormatError(f"it lacks {_SCHEMA_KEY!r}, so it is another file")
    if document[_SCHEMA_KEY] != SCHEMA:
        raise BaselineFormatError(
            f"{_SCHEMA_KEY} is {document[_SCHEMA_KEY]!r} and this version reads {SCHEMA}:"
            " update pytest-nodeleak, or save the baseline anew"
        )
    checks = _object(document.get("checks"), "checks")
    return Baseline(
        name=name,
        checks={
            check_id: {
                _major(major, f"checks[{check_id!r}]"): rates_from(
                    rates, f"checks[{check_id!r}][{major!r}]"
                )
                for major, rates in _object(by, f"checks[{check_id!r}]").items()
            }
            for check_id, by in checks.items()
        },
    )


def rates_from(value: object, where: str = "rates") -> Rates:
    """Read what is saved of a check.

    Args:
        value: Plain values.
        where: Their place in the file, for errors.

    Raises:
        BaselineFormatError: If anything is missing or is no number.

    """
    rates = _object(value, where)
    verdict = rates.get("verdict")
    if not isinstance(verdict, str):
        raise BaselineFormatError(f"{where} lacks a verdict in quotes")
    leaks = _object(rates.get("leaks", {}), f"{where}.leaks")
    growth = _object(rates.get("growth", {}), f"{where}.growth")
    return Rates(
        verdict=verdict,
        leaks={
            key: _leak(key, leak, f"{where}.leaks.{key}") for key, leak in leaks.items()
        },
        growth={
            name: _estimate(one, f"{where}.growth.{name}")
            for name, one in growth.items()
        },
    )


def _leak(key: str, value: object, where: str) -> LeakRate:
    leak = _object(value, where)
    return LeakRate(
        fingerprint=key,
        what=str(leak.get("what", key)),
        entries=_estimate(leak.get("entries"), f"{where}.entries"),
        size_bytes=_estimate(leak.get("bytes"), f"{where}.bytes"),
    )


def _estimate(value: object, where: str) -> Estimate:
    numbers = _object(value, where)
    low, middle, high = (
        _number(numbers.get(name), f"{where}.{name}")
        for name in ("low", "value", "high")
    )
    if not low <= middle <= high:
        raise BaselineFormatError(
            f"{where} has to be low <= value <= high, and is {low}, {middle}, {high}"
        )
    return Estimate(value=middle, low=low, high=high)


def _number(value: object, where: str) -> float:
    # True is a number to Python.
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BaselineFormatError(f"{where} is {value!r} and has to be a number")
    try:
        number = float(value)
    except OverflowError as exc:
        raise BaselineFormatError(f"{where} is too large for a number") from exc
    if not math.isfinite(number):
        raise BaselineFormatError(f"{where} is {value!r} and has to be finite")
    return number


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BaselineFormatError(f"{where} is {value!r} and has to be an object")
    return value


def _major(text: str, where: str) -> int:
    if not _MAJOR.fullmatch(text):
        raise BaselineFormatError(
            f"{where} has the key {text!r}, and has to have major versions of Node.js"
            " such as '24'"
        )
    return int(text)
