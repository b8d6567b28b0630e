"""What a fault is, and what it is given to do its work with."""

from __future__ import annotations

import http.client
import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from faults.stages import Stage

__all__ = [
    "Fault",
    "Scene",
    "Seen",
    "by_app",
    "by_signal",
    "nothing",
    "tells_what_was_proven",
]

_LOADED = {Stage.SCREEN, Stage.IDENTIFY, Stage.CONFIRM, Stage.ATTRIBUTE}
_ANSWER_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Where a fault strikes: inside the pytest that runs the check.

    Attributes:
        stage: What was reached.
        directory: Of the project, where ``app.cjs`` runs.

    """

    stage: Stage
    directory: Path

    @property
    def pid(self) -> int:
        """The app's process."""
        return int(self._app()["pid"])

    def signal_app(self, number: signal.Signals) -> None:
        """Send a signal to the app's process."""
        os.kill(self.pid, number)

    def arm_app(self) -> None:
        """Have the app commit its fault at the tenth request from now."""
        port = int(self._app()["port"])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
        try:
            connection.request("GET", "/arm")
            connection.getresponse().read()
        finally:
            connection.close()

    def _app(self) -> Mapping[str, int]:
        found: Mapping[str, int] = json.loads((self.directory / "app.json").read_text())
        return found


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a session with a fault has left, for a fault's own checks.

    Attributes:
        directory: Of the project.
        output: What pytest printed.
        record: ``record.json``; empty if there is none.
        peak_bytes: The most memory that pytest took; 0 if it was not there to say so.

    """

    directory: Path
    output: str
    record: Mapping[str, Any]
    peak_bytes: int


def nothing(_: object) -> None:
    """Do nothing: the fault is in how things are from the start."""


def by_app(scene: Scene) -> None:
    """Let the app commit its fault itself: under load if there is some, else now."""
    if scene.stage in _LOADED:
        scene.arm_app()
    elif scene.stage is not Stage.START:
        scene.signal_app(signal.SIGUSR2)


def by_signal(number: signal.Signals) -> Callable[[Scene], None]:
    """Return what sends a signal to the app, in the middle of whatever it does.

    Under load and while it starts the app has to do so itself, to do it in time.
    """

    def strike(scene: Scene) -> None:
        if scene.stage in {*_LOADED, Stage.START}:
            by_app(scene)
        else:
            scene.signal_app(number)

    return strike


def tells_what_was_proven(seen: Seen) -> None:
    """Fail if the record has a leak that was proven, and the error does not tell of it."""
    proven = any(one["proven"] for one in seen.record["checks"])
    assert proven == ("Heap leak, proven before that: " in seen.output)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault, and the stages at which it makes sense.

    Attributes:
        name: Heads its row.
        what: What is done and what for, in one sentence for the page.
        stages: When it strikes, each a cell.
        sample: Those of them that ``make test`` runs.
        strike: Called in the pytest that runs the check when the stage is reached, in
            the thread of the check. What is not in ``app.cjs`` is done there.
        configure: Called there at its start: replaces what the fault needs replaced.
        arrange: Called before pytest is started, with the project's directory.
        env: Of pytest and the app.
        args: Of pytest, after the usual ones.
        memory_limit: Of the app: where the kernel lets us, there is a cgroup to be left
            behind. But that also takes processes with it that we have lost; None for none.
        command: How the app is started; empty if the fault itself does that, and has
            pytest attach to it.
        budget_s: Of the check: faults that are waited for are given less.
        budgets_s: The same for single stages.
        check: What else must hold of the session.
        burial_s: How long after pytest's end something may still be left: a pytest that
            is killed ends its app by somebody else.

    """

    name: str
    what: str
    stages: Sequence[Stage]
    sample: Sequence[Stage] = ()
    strike: Callable[[Scene], None] = nothing
    configure: Callable[[pytest.Config], None] = nothing
    arrange: Callable[[Path], None] = nothing
    env: Mapping[str, str] = field(default_factory=dict)
    args: Sequence[str] = ()
    memory_limit: str | None = "512 MiB"
    command: str = "node app.cjs"
    budget_s: float = 60.0
    budgets_s: Mapping[Stage, float] = field(default_factory=dict)
    check: Callable[[Seen], None] = nothing
    burial_s: float = 1.0

    def budget_at(self, stage: Stage) -> float:
        """Return the budget of the check in which it strikes then."""
        return self.budgets_s.get(stage, self.budget_s)
