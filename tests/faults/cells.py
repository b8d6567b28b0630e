"""The matrix: which faults there are, in which part of the page, and what each cell is."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from _pytest.mark import ParameterSet
from faults.fault import Fault
from faults.stages import Stage

__all__ = ["PARTS", "Cell", "cells_of", "faults_of"]

# Modules with faults, in the order of the page, and what they have in common.
PARTS: Mapping[str, str] = {
    "faults.app_faults": "Faults of the app",
    "faults.inspector_faults": "Faults of the connection to the inspector",
    "faults.host_faults": "Faults of the host, and of pytest",
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A fault that strikes at a stage.

    Attributes:
        part: The module that has the fault.
        fault: The fault.
        stage: When it strikes.

    """

    part: str
    fault: Fault
    stage: Stage

    @property
    def key(self) -> str:
        """Names it among all cells."""
        return f"{self.fault.name} / {self.stage.title}"


def faults_of(part: str) -> tuple[Fault, ...]:
    """Return the faults of a part, in the order of the page."""
    faults: tuple[Fault, ...] = importlib.import_module(part).FAULTS
    return faults


def cells_of(part: str) -> list[ParameterSet]:
    """Return the cells of a part as parameters of a test; most are not in ``make test``."""
    return [
        pytest.param(
            Cell(part=part, fault=fault, stage=stage),
            marks=[] if stage in fault.sample else [pytest.mark.matrix],
            id=f"{fault.name}-{stage.title}",
        )
        for fault in faults_of(part)
        for stage in fault.stages
    ]
