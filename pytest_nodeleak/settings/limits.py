"""The limits a user can set, by name: how they are written, and which policy they make."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.settings.given import parse_given
from pytest_nodeleak.units import parse_bytes, parse_duration_s

__all__ = ["LIMITS", "Limit", "apply_limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit.

    Attributes:
        field: The policy's field.
        parse: Reads text; raises ``ValueError`` saying what it expects.

    """

    field: str
    parse: Callable[[str], float]


def _milliseconds(text: str) -> float:
    # 9 ms must not become 9.000000000000002 ms.
    return round(parse_duration_s(text, bare_unit="ms") * 1000, 6)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    # Nothing exceeds a limit that is not a number.
    if not 0 <= rate < math.inf:
        msg = "a number such as '0' or '0.5'"
        raise ValueError(msg)
    return rate


def _share(text: str) -> float:
    number, percent, rest = text.strip().partition("%")
    try:
        share = float(number) / (100 if percent else 1)
    except ValueError:
        share = math.nan
    if rest or not 0 <= share <= 1:
        msg = "a part of the time such as '20 %' or '0.2'"
        raise ValueError(msg)
    return share


# A policy's field ends in its unit; the limit is called the same without it.
_UNITS: Mapping[str, Callable[[str], float]] = {
    "_bytes": parse_bytes,
    "_ms": _milliseconds,
    "_growth": _rate,
    "_share": _share,
}


def _limit(field: str) -> Limit:
    ending = next(ending for ending in _UNITS if field.endswith(ending))
    return Limit(field=field, parse=_UNITS[ending])


LIMITS: Mapping[str, Limit] = {
    field.name.removesuffix("_bytes").removesuffix("_ms"): _limit(field.name)
    for field in fields(LeakPolicy)
}


def apply_limits(
    policy: LeakPolicy, given: Mapping[str, object], *, source: str
) -> LeakPolicy:
    """Return the policy with the limits that were given, numbers or text, put in.

    Raises:
        InvalidSetting: If a name or value cannot be used.

    """
    values: dict[str, float] = {}
    for name, value in given.items():
        if name not in LIMITS:
            raise InvalidSetting(
                name="limit",
                value=name,
                source=source,
                expected=f"one of {', '.join(LIMITS)}",
            )
        limit = LIMITS[name]
        values[limit.field] = parse_given(name, value, limit.parse, source=source)
    return replace(policy, **values)
