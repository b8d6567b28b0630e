"""What a check needs of an app, whoever has started it."""

from __future__ import annotations

from typing import Protocol

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Endpoint
from pytest_nodeleak.nodejs.memory_limit import MemoryLimit

__all__ = ["ObservedApp"]


class ObservedApp(Protocol):
    """An app that listens, answers and can be inspected."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it serves."""

    @property
    def inspector_url(self) -> str:
        """The WebSocket address of the inspector of the process that is measured."""

    @property
    def pid(self) -> int | None:
        """That process; None where it is not one of ours to look at from outside."""

    @property
    def root_pid(self) -> int | None:
        """The one that has started all others; None likewise."""

    @property
    def node_version(self) -> str:
        """As Node prints it, e.g. ``"v24.3.0"``."""

    @property
    def memory_limit(self) -> MemoryLimit | None:
        """Which we have set for all its processes together; None if we have not."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of how it is observed."""

    def output_tail(self, count: int = 20) -> tuple[str, ...] | None:
        """Return the last lines it printed; None where we cannot read them."""

    def note_workers(self) -> None:
        """Remember its processes before a load: any of them may die under it."""

    def count_twins(self) -> int:
        """Return how many processes it has of the kind of the one that is measured."""

    def is_alive(self) -> bool:
        """Tell whether it runs, and is not about to exit."""

    def may_answer(self, silent_s: float) -> bool:
        """Tell whether a request that was sent so long ago may still be answered."""

    def is_alive_after(self, deadline: Deadline) -> bool:
        """Tell whether it runs to the deadline; returns earlier if it does not."""

    def raise_if_exited(
        self,
        *,
        stage: str,
        requests_answered: int = 0,
        grace_s: float = 0.0,
        lost_answers: bool = False,
    ) -> None:
        """Raise :class:`AppExited` if it, or what serves of it, has ended.

        Args:
            stage: What we were doing.
            requests_answered: How far the load had come.
            grace_s: How long to wait for the end of an app that broke a connection.
            lost_answers: Whether connections broke; then a worker that is gone counts.

        """

    def stop(self) -> None:
        """End it if we have started it; twice is fine."""
