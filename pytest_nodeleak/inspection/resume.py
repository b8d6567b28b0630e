"""Let a process go on that was told to wait for a debugger."""

from __future__ import annotations

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import run_if_waiting_for_debugger
from pytest_nodeleak.deadline import Deadline

__all__ = ["resume"]

_ANSWER_S = 5.0


def resume(inspector_url: str) -> None:
    """Do what a debugger does that has set its breakpoints: none.

    Raises:
        InspectorError: If the inspector does not answer.

    """
    deadline = Deadline(_ANSWER_S)
    with InspectorClient.open(inspector_url, deadline) as client:
        client.execute(run_if_waiting_for_debugger(), deadline)
