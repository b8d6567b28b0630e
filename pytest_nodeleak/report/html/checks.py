"""The checks of a record in the order of the page, each with what is drawn of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pytest_nodeleak.artifacts import is_redacted
from pytest_nodeleak.report.html.boxes import Rectangle, memory_boxes
from pytest_nodeleak.report.html.charts import (
    Chart,
    counter_charts,
    history_charts,
    occupancy_chart,
)
from pytest_nodeleak.report.html.harmless import harmless
from pytest_nodeleak.report.html.path_picture import PathPicture, picture_path
from pytest_nodeleak.report.schema import Record
from pytest_nodeleak.units import format_duration

__all__ = [
    "BECAME",
    "STATES",
    "ArtifactLink",
    "CheckView",
    "FindingView",
    "check_views",
]

#: What a check can be, the worst first, and what the page calls it.
STATES = {
    "crashed": "crashed",
    "leak": "leak",
    "over_limit": "over limit",
    "error": "error",
    "inconclusive": "inconclusive",
    "suppressed": "suppressed",
    "clean": "clean",
}
#: What became of a suspect, by its curve.
BECAME = {
    "linear": "grew to the end, and kept all of it",
    "plateau": "stopped growing under load",
    "drained": "let go of entries by itself",
    "timed": "grew without load as well",
    "unclear": "is not clear",
}
_ARTIFACTS = {
    "cpu_profile": ("CPU profile", "opens in DevTools, Performance"),
    "heap_snapshot": (
        "Heap snapshot",
        "opens in DevTools, Memory; has the app's data in it, secrets too",
    ),
    "heap_profile": ("Heap profile", "opens in DevTools, Memory"),
}
_REDACTED = "opens in DevTools, Memory; its data was replaced"
_USUAL_RATE = 50.0
# A heap that wanders by less than this is a straight line.
_FLAT_BYTES = 200_000
_SPARK_WIDTH, _SPARK_HEIGHT = 100.0, 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A culprit.

    Attributes:
        record: Of the finding.
        path: The retaining path; None where nothing holds it.
        chart: How full it got; None where that was not polled.
        suspect: What became of it; None if it was not watched.

    """

    record: Record
    path: PathPicture | None
    chart: Chart | None
    suspect: Record | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactLink:
    """A file that a check has left."""

    href: str
    path: str
    name: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """A check.

    Attributes:
        record: Of the check.
        number: Its position on the page, from 1 on.
        state: One of ``STATES``.
        findings: Its culprits.
        with_time: What grows without load as well.
        proven: Leaks that were proven before it broke.
        others: The suspects that are neither, with the charts of those that were polled.
        charts: Memory, the event loop and the counters that rose.
        boxes: Its memory before and after; None if that is not known.
        artifacts: Files it has left.

    """

    record: Record
    number: int
    state: str
    findings: tuple[FindingView, ...]
    with_time: tuple[FindingView, ...]
    proven: tuple[FindingView, ...]
    others: tuple[tuple[Record, Chart | None], ...]
    charts: tuple[Chart, ...]
    boxes: Mapping[str, Sequence[Rectangle]] | None
    artifacts: tuple[ArtifactLink, ...]

    @property
    def anchor(self) -> str:
        """The id of its part of the page."""
        return f"check-{self.number}"

    @property
    def is_bad(self) -> bool:
        """Whether its test fails, unless the test says otherwise."""
        return self.state not in {"clean", "suppressed"}

    @property
    def is_measured(self) -> bool:
        """Whether any counter was."""
        return any(
            one.get("slope") is not None or one.get("p99_ms") is not None
            for one in self.record["metrics"].values()
        )

    @property
    def culprit(self) -> Record | None:
        """The first of its findings."""
        return self.findings[0].record if self.findings else None

    @property
    def headline(self) -> str:
        """The line of its reason that is not the diagnosis."""
        first, _, rest = str(self.record["reason"]).partition("\n")
        is_told = self.record["diagnosis"] is not None and self.record["verdict"] in {
            "crashed",
            "error",
        }
        return rest.partition("\n")[0] if is_told and rest else first

    @property
    def runs_out(self) -> tuple[str, float] | None:
        """After what time the first limit is reached, and at which traffic."""
        forecast = self.record["forecast"]
        rates = forecast["hours_at"] if forecast else []
        if not rates:
            return None
        usual = min(rates, key=lambda one: abs(one["rps"] - _USUAL_RATE))
        return format_duration(usual["hours"] * 3600), usual["rps"]

    @property
    def sparkline(self) -> str:
        """The points of its heap's curve, in a box of 100 by 24; empty without one."""
        history = self.record["history"]
        requests, used = history["requests"], history["heap_used_bytes"]
        if len(used) < 2:
            return ""
        first, low = requests[0], min(used)
        across = _SPARK_WIDTH / max(1, requests[-1] - first)
        up = _SPARK_HEIGHT / max(_FLAT_BYTES, max(used) - low)
        return " ".join(
            f"{(x - first) * across:.1f},{_SPARK_HEIGHT - (y - low) * up:.1f}"
            for x, y in zip(requests, used, strict=True)
        )

    @property
    def data(self) -> dict[str, Any]:
        """The numbers of all its charts, by the ids of their figures."""
        return {chart_id: chart.data for chart_id, chart in self._every_chart()}

    def _every_chart(self) -> Iterator[tuple[str, Chart]]:
        for number, chart in enumerate(self.charts):
            yield f"{self.anchor}-chart-{number}", chart
        for group, views in (("finding", self.findings), ("timed", self.with_time)):
            for number, one in enumerate(views):
                if one.chart is not None:
                    yield f"{self.anchor}-{group}-{number}", one.chart
        for number, (_, other) in enumerate(self.others):
            if other is not None:
                yield f"{self.anchor}-other-{number}", other


def check_views(record: Record) -> list[CheckView]:
    """Return the checks of a session, those that failed first."""
    order = list(STATES)
    checks = sorted(record["checks"], key=lambda one: order.index(_state(one)))
    return [_view(check, number) for number, check in enumerate(checks, start=1)]


def _state(check: Record) -> str:
    if check["outcome"] == "clean" != check["verdict"]:
        return "suppressed"
    return str(check["outcome"]) if check["outcome"] in STATES else "error"


def _view(raw: Record, number: int) -> CheckView:
    check = harmless(raw)
    findings, with_time, proven = (
        tuple(_finding(one, check) for one in check[name])
        for name in ("findings", "with_time", "proven")
    )
    told = {one["suspect"] for one in (*check["findings"], *check["with_time"])}
    return CheckView(
        record=check,
        number=number,
        state=_state(check),
        findings=findings,
        with_time=with_time,
        proven=proven,
        others=tuple(
            (suspect, occupancy_chart(suspect))
            for position, suspect in enumerate(check["suspects"])
            if position not in told
        ),
        charts=(*history_charts(check), *counter_charts(check)),
        boxes=memory_boxes(check["memory"]) if check["memory"] else None,
        # A file is found by its own name only.
        artifacts=tuple(_links(raw["artifacts"])),
    )


def _finding(finding: Record, check: Record) -> FindingView:
    position = finding["suspect"]
    suspect = None if position is None else check["suspects"][position]
    return FindingView(
        record=finding,
        path=picture_path(finding),
        chart=occupancy_chart(suspect) if suspect else None,
        suspect=suspect,
    )


def _links(artifacts: Mapping[str, str]) -> Iterator[ArtifactLink]:
    for kind, path in artifacts.items():
        name, about = _ARTIFACTS.get(kind, (kind.replace("_", " ").capitalize(), ""))
        about = _REDACTED if is_redacted(path) else about
        yield ArtifactLink(
            href=_href(path), path=harmless(path), name=name, about=about
        )


def _href(path: str) -> str:
    """Return the address of a file, relative to the page's or absolute as the path is.

    Whatever the file is called: quoted, a name with a colon is no scheme.
    """
    quoted = quote(path, errors="surrogatepass")
    return f"file://{quoted}" if path.startswith("/") else quoted
