"""The limits a user can set, by name: how they are written, and which policy they make."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.settings.given import parse_given
from pytest_nodeleak.units import parse_bytes, parse_duration_s

__all__ = ["LIMITS", "MARKER_ARGUMENTS", "Limit", "apply_limits"]


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
_HELP = {
    "heap_slope_bytes": "highest heap growth per request, e.g. '32 B'",
    "external_slope_bytes": (
        "highest growth of memory outside the heap per request, e.g. '1 KB'"
    ),
    "array_buffers_slope_bytes": (
        "highest growth of ArrayBuffers per request, e.g. '1 KB'"
    ),
    "rss_slope_bytes": "highest growth of resident memory per request, e.g. '4 KB'",
    "object_growth": "highest number of live objects added per request, e.g. '0.1'",
    "listener_growth": "highest number of listeners added per request, e.g. '0'",
    "timer_growth": "highest number of timers added per request, e.g. '0'",
    "handle_growth": "highest number of handles opened per request, e.g. '0'",
    "socket_growth": "highest number of connections opened per request, e.g. '0'",
    "fd_growth": "highest number of file descriptors opened per request, e.g. '0'",
    "context_growth": "highest number of JavaScript contexts added per request, e.g. '0'",
    "thread_growth": "highest number of threads started per request, e.g. '0'",
    "loop_delay_p50_ms": "highest median event-loop delay under load, e.g. '5 ms'",
    "loop_delay_p99_ms": (
        "highest 99th percentile of the event-loop delay, e.g. '50 ms'"
    ),
    "loop_delay_max_ms": "longest single event-loop delay, e.g. '500 ms'",
    "gc_pause_p99_ms": (
        "highest 99th percentile of garbage collection pauses, e.g. '20 ms'"
    ),
    "gc_pause_max_ms": "longest single pause of the garbage collector, e.g. '100 ms'",
    "gc_share": "largest part of the time for garbage collection, e.g. '20 %'",
}


def _limit(field: str) -> tuple[str, Limit]:
    ending = next(ending for ending in _UNITS if field.endswith(ending))
    unit = {"_bytes": " B", "_ms": " ms"}.get(ending, "")
    default = getattr(LeakPolicy(), field)
    usual = "" if default is None else f" (default {default:g}{unit})"
    limit = Limit(field=field, parse=_UNITS[ending], help=_HELP[field] + usual)
    return field.removesuffix("_bytes").removesuffix("_ms"), limit


LIMITS: Mapping[str, Limit] = dict(_limit(field) for field in _HELP)
# A marker takes all of them, and what is resolved by the marker's own module.
MARKER_ARGUMENTS = (*LIMITS, "memory_limit", "max_open_files", "budget")


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
