"""The limits a user can set, by name: how they are written, and which policy they make."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.policy import LeakPolicy
from pytest_nodeleak.units import parse_bytes, parse_duration_s

__all__ = ["LIMITS", "Limit", "apply_limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit.

    Attributes:
        field: The policy's field.
        parse: Reads text; raises ``ValueError`` saying what it expects.
        help: One line for the options page.

    """

    field: str
    parse: Callable[[str], float]
    help: str


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


LIMITS: Mapping[str, Limit] = {
    "heap_slope": Limit(
        field="heap_slope_bytes",
        parse=parse_bytes,
        help="highest heap growth per request, e.g. '64 B'",
    ),
    "external_slope": Limit(
        field="external_slope_bytes",
        parse=parse_bytes,
        help="highest growth of memory outside the heap per request, e.g. '64 B'",
    ),
    "listener_growth": Limit(
        field="listener_growth",
        parse=_rate,
        help="highest number of listeners added per request, e.g. '0'",
    ),
    "loop_delay_p50": Limit(
        field="loop_delay_p50_ms",
        parse=_milliseconds,
        help="highest median event-loop delay under load, e.g. '5 ms'",
    ),
    "loop_delay_p99": Limit(
        field="loop_delay_p99_ms",
        parse=_milliseconds,
        help="highest 99th percentile of the event-loop delay, e.g. '50 ms'"
        " (default 200 ms)",
    ),
    "loop_delay_max": Limit(
        field="loop_delay_max_ms",
        parse=_milliseconds,
        help="longest single event-loop delay, e.g. '500 ms'",
    ),
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
        try:
            number = limit.parse(str(value))
        except ValueError as exc:
            raise InvalidSetting(
                name=name, value=value, source=source, expected=str(exc)
            ) from exc
        values[limit.field] = number
    return replace(policy, **values)
