"""What the page's charts show: the numbers to draw, and the same in words and as tables.

The numbers go into the page as JSON; a script of the page draws them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_nodeleak.report.schema import Record
from pytest_nodeleak.units import format_bytes

__all__ = [
    "Chart",
    "Line",
    "counter_charts",
    "delay_text",
    "history_charts",
    "occupancy_chart",
]

Numbers = Sequence[float | None]

# Less than this is what a clean app's counters wander by.
_WORTH_DRAWING = 20
_COUNTERS = {
    "listeners": "Listeners",
    "timers": "Timers",
    "handles": "Open handles",
    "fds": "File descriptors",
    "threads": "Threads",
}
_BYTES, _MS, _COUNT = "B", "ms", ""


def delay_text(delay_ms: float) -> str:
    """Write how late something was, in milliseconds."""
    return f"{delay_ms:,.1f} ms" if delay_ms < 100 else f"{delay_ms:,.0f} ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a chart; None where nothing was read."""

    label: str
    values: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart.

    Attributes:
        title: What it shows.
        x: Where the values are.
        x_label: What that is, e.g. ``"requests"``.
        unit: Of the values: ``"B"``, ``"ms"`` or empty.
        lines: At least one.
        marks: Positions with what began there.
        limit: The value that is allowed, if there is one.
        silent_from: The position from which on no load was sent, if there is one.
        note: What a reader must know of it.

    """

    title: str
    x: Sequence[float]
    x_label: str
    unit: str
    lines: tuple[Line, ...]
    marks: tuple[tuple[float, str], ...] = ()
    limit: float | None = None
    silent_from: float | None = None
    note: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """What the page's script draws."""
        return {
            "title": self.title,
            "x": list(self.x),
            "xLabel": self.x_label,
            "unit": self.unit,
            "lines": [
                {"label": one.label, "values": list(one.values)} for one in self.lines
            ],
            "marks": [{"x": x, "label": label} for x, label in self.marks],
            "limit": self.limit,
            "silentFrom": self.silent_from,
        }

    @property
    def span(self) -> str:
        """The first and the last value of its first line, and a peak where one is meant."""
        known = [one for one in self.lines[0].values if one is not None]
        if not known:
            return ""
        peak = max(known)
        # A heap wanders from one reading to the next; entries are counted.
        is_peak = not self.unit and peak > max(known[0], known[-1])
        ends = [known[0], *([peak] if is_peak else []), known[-1]]
        return " → ".join(map(self.shown, ends))

    @property
    def peak(self) -> str:
        """The largest value of its first line."""
        known = [one for one in self.lines[0].values if one is not None]
        return self.shown(max(known)) if known else ""

    @property
    def words(self) -> str:
        """The chart as a sentence, for those who do not see it."""
        how_far = f"{self.x[0]:,g} to {self.x[-1]:,g} {self.x_label}"
        return f"{self.title}: {self.span}, at most {self.peak}, over {how_far}"

    def shown(self, value: float | None) -> str:
        """Write a value with its unit."""
        if value is None:
            return "–"
        match self.unit:
            case "B":
                return format_bytes(value)
            case "ms":
                return delay_text(value)
            case _:
                return f"{value:,.0f}"

    @property
    def rows(self) -> Iterator[tuple[str, list[str]]]:
        """The chart as a table: a position, and the value of each line there."""
        for number, x in enumerate(self.x):
            yield f"{x:,g}", [self.shown(one.values[number]) for one in self.lines]


def history_charts(check: Record) -> tuple[Chart, ...]:
    """Return memory and the event loop's delay over the requests of a check."""
    history = check["history"]
    requests = history["requests"]
    charts = []
    if len(requests) > 1:
        charts = [
            _memory(check, "Heap in use", {"heap_used_bytes": "heap"}),
            _memory(
                check,
                "External memory",
                {"external_bytes": "external", "array_buffers_bytes": "Buffers"},
            ),
            _memory(
                check,
                "Resident memory (rss)",
                {"rss_bytes": "rss"},
                note="Includes what our own heap snapshots took, from identify on.",
            ),
        ]
    if history["loop_delay"]:
        charts.append(_loop_delay(check))
    return tuple(charts)


def _memory(
    check: Record, title: str, names: Mapping[str, str], *, note: str = ""
) -> Chart:
    """Return a chart of memory; the note is about what comes with the snapshots."""
    history = check["history"]
    marks = _marks(history)
    return Chart(
        title=title,
        x=history["requests"],
        x_label="requests",
        unit=_BYTES,
        lines=tuple(
            Line(label=label, values=history[name]) for name, label in names.items()
        ),
        marks=marks,
        note=note if any("identify" in name for _, name in marks) else "",
    )


def _loop_delay(check: Record) -> Chart:
    rounds = check["history"]["loop_delay"]
    return Chart(
        title="Event loop delay",
        x=[one["requests"] for one in rounds],
        x_label="requests",
        unit=_MS,
        lines=tuple(
            Line(label=label, values=[one[name] for one in rounds])
            for name, label in (
                ("p99_ms", "p99"),
                ("p50_ms", "median"),
                ("max_ms", "max"),
            )
        ),
        limit=check["metrics"]["loop_delay"]["limit_ms"],
        note="Per round of load in the screen.",
    )


def counter_charts(check: Record) -> tuple[Chart, ...]:
    """Return the other counters that rose."""
    history = check["history"]
    return tuple(
        Chart(
            title=title,
            x=history["requests"],
            x_label="requests",
            unit=_COUNT,
            lines=(Line(label=title.lower(), values=history[name]),),
            marks=_marks(history),
        )
        for name, title in _COUNTERS.items()
        if _has_risen(history[name])
    )


def _has_risen(values: Numbers) -> bool:
    known = [one for one in values if one is not None]
    return len(known) > 1 and known[-1] - known[0] > _WORTH_DRAWING


def _marks(history: Record) -> tuple[tuple[float, str], ...]:
    """Return where stages began; those that began at the same request as one."""
    marks: dict[float, list[str]] = {}
    first, last = history["requests"][0], history["requests"][-1]
    for stage in history["stages"]:
        if first <= stage["requests"] < last:
            marks.setdefault(stage["requests"], []).append(stage["name"])
    return tuple((x, ", ".join(names)) for x, names in marks.items())


def occupancy_chart(suspect: Record) -> Chart | None:
    """Return how full a suspect got; None where that was not polled."""
    if len(suspect["entries"]) < 2:
        return None
    silent = suspect["silent"]
    seconds = suspect["seconds"]
    return Chart(
        title=f"Entries in {suspect['name']}",
        x=seconds,
        x_label="seconds",
        unit=_COUNT,
        lines=(Line(label="entries", values=suspect["entries"]),),
        # The load ended with the reading before.
        silent_from=None if silent is None else seconds[max(0, silent - 1)],
    )
