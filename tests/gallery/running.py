"""Launches a case's app, hammers it once, and ends it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from gallery.cases import Case
from gallery.outcomes import Outcome
from pytest_nodeleak.exceptions import NodeLeakError
from pytest_nodeleak.fixtures.factory import NodeLeak
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.nodejs.binary import NodeBinary
from pytest_nodeleak.settings.marker import MarkerSettings
from pytest_nodeleak.settings.settings import Settings

__all__ = ["INSTALLED", "check", "check_all"]

# Where the apps lie beside their packages; `make` puts them there.
INSTALLED = Path(__file__).parents[2] / ".cache" / "gallery"
_BUDGET_S = 60.0


def check_all(
    cases: tuple[Case, ...], nodes: tuple[NodeBinary, ...], *, repeat: int
) -> Iterator[Outcome]:
    """Check all cases ``repeat`` times with each Node.js, one at a time."""
    for node in nodes:
        # Not one case after itself: what a busy machine spoils is then spread out.
        for _ in range(repeat):
            for case in cases:
                yield check(case, node)


def check(case: Case, node: NodeBinary) -> Outcome:
    """Check a case once; an app that dies or answers wrongly is an outcome as well."""
    factory = NodeLeak(
        settings=Settings(cwd=INSTALLED, node=str(node.path)),
        marker=MarkerSettings(policy=LeakPolicy(), budget_s=_BUDGET_S),
        test="gallery",
        record=lambda _check: None,
    )
    started = time.perf_counter()
    try:
        report = factory.launch(f"node {case.file}").hammer(case.target, **case.hammer)
    except NodeLeakError as error:
        return Outcome(
            case=case.name,
            node=node.version,
            verdict="error",
            elapsed_s=time.perf_counter() - started,
            text=f"{type(error).__name__}: {error}",
        )
    finally:
        factory.close()
    return Outcome.of_report(report, case=case.name, node=node.version)
