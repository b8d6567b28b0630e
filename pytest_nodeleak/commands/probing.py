"""Starts an app once and asks it for routes, to see which of them a test can use."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Endpoint
from pytest_nodeleak.exceptions import NodeLeakError
from pytest_nodeleak.inspection.resume import resume
from pytest_nodeleak.load.driver import RouteDriver
from pytest_nodeleak.load.plan import LoadPlan
from pytest_nodeleak.nodejs.binary import find_node
from pytest_nodeleak.nodejs.command import AppSpec
from pytest_nodeleak.nodejs.launcher import RunningApp

__all__ = ["Probe", "probe"]

_START_S, _ANSWER_S, _ALL_S = 30.0, 3.0, 30.0
# Ids that a load comes to: an app that knows a few only has none of the second kind.
_SMALL, _LARGE = 1, 5003
_ANY_STATUS = frozenset(range(100, 600))
_GOOD, _NOT_FOUND = range(200, 300), 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What an app answered.

    Attributes:
        routes: Paths that a load may ask for, with ``{n}`` where any number will do.
        refused: Those that exist and were answered otherwise, with the status, e.g.
            ``"/admin (401)"``.
        is_https: Whether it serves HTTPS.
        problem: Why it was not asked; empty if it was.

    """

    routes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    is_https: bool = False
    problem: str = ""


def probe(
    command: str, directory: Path, candidates: Sequence[str], *, node: str | None
) -> Probe:
    """Start the app, ask for each candidate once or twice, and end the app.

    Args:
        command: How it is started.
        directory: Where.
        candidates: Paths, with ``{n}`` for parameters.
        node: The binary that was named, if any.

    """
    spec = AppSpec(command=command, cwd=directory, verify=False)
    try:
        binary = find_node(node, os.environ)
        with RunningApp.launch(spec, binary, Deadline(_START_S), resume=resume) as app:
            answers = list(_answers(app.endpoint, candidates))
            is_https = app.endpoint.base_url.startswith("https")
    except NodeLeakError as exc:
        return Probe(problem=str(exc))
    return Probe(
        routes=tuple(path for path, status in answers if status in _GOOD),
        refused=tuple(
            f"{path} ({status or 'no answer'})"
            for path, status in answers
            if status not in _GOOD and status != _NOT_FOUND
        ),
        is_https=is_https,
    )


def _answers(
    endpoint: Endpoint, candidates: Sequence[str]
) -> Iterator[tuple[str, int | None]]:
    deadline = Deadline(_ALL_S)
    for path in candidates:
        if deadline.has_passed():
            return
        status = _ask(endpoint, path, _SMALL)
        if (
            "{n}" in path
            and status in _GOOD
            and _ask(endpoint, path, _LARGE) not in _GOOD
        ):
            yield path.replace("{n}", str(_SMALL)), status
        else:
            yield path, status


def _ask(endpoint: Endpoint, path: str, number: int) -> int | None:
    """Return the status of an answer; None if none came."""
    plan = LoadPlan.for_route(f"GET {path}", concurrency=1, expect_status=_ANY_STATUS)
    abandon = Deadline(_ANSWER_S)
    driver = RouteDriver([plan], endpoint, itertools.count(number), abandon=abandon)
    with closing(driver):
        statuses = driver.run(1, abandon).statuses
    return next(iter(statuses), None)
