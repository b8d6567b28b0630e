"""All live objects of a thread: how many, with which listeners, and what gains entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import (
    RemoteObject,
    call_function_on,
    evaluate,
    get_heap_object_id,
    query_objects,
    release_object_group,
)
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.inspection.probed import ListenerCensus, census_of, gains_of
from pytest_nodeleak.inspection.scripts import apply_script, remote_of

__all__ = ["Population"]

T = TypeVar("T")

_GROUP = "nodeleak-query"
# One query gets all there is: what it costs is its garbage collections, whatever it finds.
_LIVE_OBJECTS = "Object.prototype"
_MOST_GAINING = 8


class Population:
    """The live objects; each question goes through all of them.

    Attributes:
        is_under_way: Whether V8 goes through the heap now, or did when that failed.

    """

    is_under_way = False

    def __init__(self, client: InspectorClient, probe: RemoteObject) -> None:
        """Take what to ask by.

        Args:
            client: The inspector.
            probe: The probe in the thread.

        """
        self._client = client
        self._probe = probe

    def count_listeners(self, deadline: Deadline) -> ListenerCensus:
        """Count the objects, and the listeners of EventEmitters and EventTargets."""
        with self._all(deadline) as live:
            return self._ask(live, "listeners", deadline, census_of)

    def gaining(self, *, fewest: int, deadline: Deadline) -> dict[int, int]:
        """Return the collections that gained ``fewest`` entries twice running.

        Returns:
            Their object ids in heap snapshots, with their last gain.

        """
        with self._all(deadline) as live:
            gained = self._ask(live, "census", deadline, gains_of, fewest)
            return {
                self._heap_id(live, position, deadline): gain
                for position, gain in gained[:_MOST_GAINING]
            }

    def release(self, deadline: Deadline) -> None:
        """Let go of what an earlier question may have left pinned."""
        self._client.execute(release_object_group(_GROUP), deadline)

    @contextmanager
    def _all(self, deadline: Deadline) -> Iterator[RemoteObject]:
        """Hold an array of all live objects, which stay pinned meanwhile."""
        try:
            prototype = self._client.execute(
                evaluate(_LIVE_OBJECTS, group=_GROUP), deadline
            )
            # It answers: what it is asked for now takes long, if there is much of it.
            self.is_under_way = True
            query = query_objects(remote_of(prototype, _LIVE_OBJECTS), group=_GROUP)
            yield remote_of(self._client.execute(query, deadline), _LIVE_OBJECTS)
        finally:
            self.release(deadline)
        self.is_under_way = False

    def _ask(
        self,
        live: RemoteObject,
        script: str,
        deadline: Deadline,
        read: Callable[[Any], T],
        *arguments: float,
    ) -> T:
        return apply_script(
            self._client,
            live,
            script,
            deadline,
            read,
            arguments=(self._probe, *arguments),
        )

    def _heap_id(self, live: RemoteObject, position: int, deadline: Deadline) -> int:
        command = call_function_on(
            live,
            "function (position) { return this[position]; }",
            arguments=(position,),
            group=_GROUP,
        )
        one = remote_of(self._client.execute(command, deadline), "census")
        return self._client.execute(get_heap_object_id(one), deadline)
