"""Counts the requests that one process of an app answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import (
    RemoteObject,
    call_function_on,
    evaluate,
    release_object_group,
)
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import DeadlineExceeded, InspectorError
from pytest_nodeleak.inspection.scripts import remote_of, value_of
from pytest_nodeleak.probe import load_script

__all__ = ["RequestCounter", "counting_requests"]

_GROUP = "nodeleak-requests"
_SCRIPT = "requests"
_ANSWER_S = 5.0
_CLOSE_S = 1.0


class RequestCounter:
    """A subscription inside the app; see :func:`counting_requests`."""

    def __init__(self, client: InspectorClient, counter: RemoteObject) -> None:
        self._client = client
        self._counter = counter

    def read(self) -> int:
        """Return how many requests have come since the counting began.

        Raises:
            DeadlineExceeded: If the process does not answer.
            InspectorError: If it is gone.

        """
        return int(self._call("read", Deadline(_ANSWER_S)))

    def close(self, deadline: Deadline) -> None:
        """Take the subscription back."""
        self._call("close", deadline)
        self._client.execute(release_object_group(_GROUP), deadline)

    def _call(self, method: str, deadline: Deadline) -> float:
        function = f"function () {{ return this.{method}() ?? 0; }}"
        answer = self._client.execute(
            call_function_on(self._counter, function), deadline
        )
        return value_of(answer, _SCRIPT, float)


@contextmanager
def counting_requests(client: InspectorClient) -> Iterator[RequestCounter]:
    """Count in the process for the length of a ``with`` block.

    It costs the process less than what can be measured.
    """
    answer = client.execute(
        evaluate(load_script(_SCRIPT), group=_GROUP), Deadline(_ANSWER_S)
    )
    counter = RequestCounter(client, remote_of(answer, _SCRIPT))
    try:
        yield counter
    finally:
        # A process that is gone has taken it with it.
        with suppress(DeadlineExceeded, InspectorError):
            counter.close(Deadline(_CLOSE_S))
