"""All parts there are, and one run of one of them."""

from __future__ import annotations

import datetime as dt
import inspect
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

from benchmarks import (
    bench_analysis,
    bench_commands,
    bench_heap,
    bench_live,
    bench_load,
    bench_output,
    bench_overhead,
    bench_processes,
    bench_rate,
    bench_routes,
    bench_verdict,
)
from benchmarks.machine import CpuUse
from benchmarks.results import PartResult
from benchmarks.rows import Measure, Row, Size

__all__ = ["PARTS", "Part", "run_part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A subject.

    Attributes:
        module: What measures it, and says how.
        measure: Yields the rows.
        only_if_named: Why it is left out where it is not named; empty if it is not.

    """

    module: ModuleType
    measure: Measure
    only_if_named: str = ""

    @property
    def method(self) -> str:
        """How it is measured, for readers of the page."""
        return self.only_if_named or inspect.cleandoc(self.module.__doc__ or "")


#: By name, in the order of the page.
PARTS: Mapping[str, Part] = {
    "verdict": Part(module=bench_verdict, measure=bench_verdict.measure_verdicts),
    "load": Part(module=bench_load, measure=bench_load.measure_load),
    "analysis": Part(module=bench_analysis, measure=bench_analysis.analysis_rows),
    "live": Part(module=bench_live, measure=bench_live.measure_live),
    "overhead": Part(module=bench_overhead, measure=bench_overhead.measure_overhead),
    "heap": Part(module=bench_heap, measure=bench_heap.measure_heap),
    "rate": Part(module=bench_rate, measure=bench_rate.measure_rate),
    "routes": Part(module=bench_routes, measure=bench_routes.measure_routes),
    "sweep": Part(
        module=bench_routes,
        measure=bench_routes.measure_sweep,
        only_if_named="As *swept* above, and measured only where it is named, since it"
        " takes a quarter of an hour.",
    ),
    "processes": Part(
        module=bench_processes, measure=bench_processes.measure_processes
    ),
    "output": Part(module=bench_output, measure=bench_output.measure_output),
    "commands": Part(module=bench_commands, measure=bench_commands.measure_commands),
}


def run_part(name: str, size: Size) -> PartResult:
    """Measure one part; what it raises is its failure, and the next one goes on."""
    load, before, started = os.getloadavg()[0], CpuUse.now(), time.monotonic()
    rows: list[Row] = []
    failure = ""
    try:
        rows.extend(PARTS[name].measure(size))
    except Exception as exc:  # noqa: BLE001  # told on the page, and in the exit status
        failure = f"{type(exc).__name__}: {exc}"
    return PartResult(
        part=name,
        rows=tuple(rows),
        failure=failure,
        elapsed_s=time.monotonic() - started,
        others_share=before.others_share(CpuUse.now()),
        load_averages=(load, os.getloadavg()[0]),
        measured_on=dt.datetime.now(dt.UTC).date().isoformat(),
    )
