"""Looks at live objects of the app: how full, with which bounds, under which keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pytest_nodeleak.cdp.answers import whole
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import (
    RemoteObject,
    get_object_by_heap_object_id,
    release_object_group,
)
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import CommandFailed
from pytest_nodeleak.inspection.scripts import apply_script

__all__ = ["LiveObjects"]

T = TypeVar("T")

_GROUP = "nodeleak-live"


class LiveObjects:
    """Objects of the app that a snapshot named; none of its code runs to look at them."""

    def __init__(self, client: InspectorClient) -> None:
        self._client = client

    def find(self, heap_id: int, deadline: Deadline) -> RemoteObject | None:
        """Get the live object with an id of a snapshot; None if there is none to get.

        It stays pinned until :meth:`release`.
        """
        command = get_object_by_heap_object_id(heap_id, group=_GROUP)
        try:
            return self._client.execute(command, deadline).remote
        except CommandFailed:
            # It died meanwhile, or is no JavaScript object (a function's scope).
            return None

    def occupancy(self, live: RemoteObject, deadline: Deadline) -> int | None:
        """Return how much is in a live object, None where that cannot be told."""
        return self._apply(
            live,
            "occupancy",
            deadline,
            lambda size: None if size is None else whole(size),
        )

    def bounds(self, live: RemoteObject, deadline: Deadline) -> dict[str, float]:
        """Return the limits a live object announces, by name."""
        return self._apply(live, "bounds", deadline, _bounds_of)

    def timer_delay_s(self, live: RemoteObject, deadline: Deadline) -> float | None:
        """Return when a live one-shot Timeout fires; None if it repeats or is cleared."""
        return self._apply(live, "timer", deadline, _delay_of)

    def newest_keys(self, live: RemoteObject, deadline: Deadline) -> tuple[str, ...]:
        """Return the keys of the newest entries, the newest first, cut to a line.

        Values are never read. Empty where entries have no keys, as in an array.
        """
        return self._apply(
            live, "keys", deadline, lambda keys: tuple(str(key) for key in keys)
        )

    def piece_bytes(
        self, live: RemoteObject, key: str | int | None, deadline: Deadline
    ) -> float | None:
        """Return the size of a view, or of a string that a live object holds.

        Args:
            live: The view, what holds the string, or a collection of such strings.
            key: Under which name or index it holds the string; None if it is a view, or
                a collection, whose newest strings are taken together.
            deadline: Of the exchange.

        Returns:
            Bytes; None where that cannot be told.

        """
        return apply_script(
            self._client,
            live,
            "lengths",
            deadline,
            lambda size: None if size is None else float(size),
            arguments=(key,),
        )

    def release(self, deadline: Deadline) -> None:
        """Let go of all live objects that :meth:`find` gave."""
        self._client.execute(release_object_group(_GROUP), deadline)

    def _apply(
        self,
        live: RemoteObject,
        script: str,
        deadline: Deadline,
        read: Callable[[Any], T],
    ) -> T:
        return apply_script(self._client, live, script, deadline, read)


def _bounds_of(told: Mapping[str, Any] | None) -> dict[str, float]:
    return {str(name): float(bound) for name, bound in (told or {}).items()}


def _delay_of(timer: Mapping[str, Any] | None) -> float | None:
    if timer is None or timer["repeats"]:
        return None
    return float(timer["delayMs"]) / 1000
