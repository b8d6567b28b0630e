"""Which route of a mixed load makes a suspect grow: each is sent alone for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_nodeleak.cdp.messages import RemoteObject
from pytest_nodeleak.evidence.findings import RouteShare
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.heap.window import PastWindow, Window
from pytest_nodeleak.stages.bench import Bench

__all__ = ["share_by_route"]

_AT_MOST_S = 1.0
# Of what is left of the check, for all routes together.
_SHARE_OF_REST = 0.5
# Many routes get fewer requests each, so that all together are no more than ten windows.
_WINDOWS = 10
_FEWEST = 29
# Left of the check, for what is still to be told.
_ENOUGH_LEFT_S = 1.0


def share_by_route(
    bench: Bench, suspects: Sequence[Suspect], *, requests: int
) -> Mapping[int, tuple[RouteShare, ...]]:
    """Send each route alone and see what it adds to the suspects.

    Args:
        bench: The app under a mixed load.
        suspects: Those that leak.
        requests: The load of each route.

    Returns:
        By the holder's object id: what one request of each route adds, the most first;
        entries where the holder can be polled, else objects. Suspects that need snapshots
        the budget does not reach for are left out, and all are where it does not reach
        for every route: the one that was not sent might be the one.

    """
    counts = _Counts(bench, suspects)
    counted = [suspect for suspect in suspects if counts.can_count(suspect)]
    shares: dict[int, list[RouteShare]] = {one.holder.heap_id: [] for one in counted}
    targets = len(bench.targets)
    requests = min(requests, max(_FEWEST, _WINDOWS * requests // targets))
    each_s = min(_AT_MOST_S, _SHARE_OF_REST * bench.deadline.remaining_s() / targets)
    before = counts.take()
    for position, target in enumerate(bench.targets):
        if bench.deadline.remaining_s() < _ENOUGH_LEFT_S:
            return {}
        sent = bench.load(requests, at_most_s=each_s, only=position).requests
        after = counts.take()
        for heap_id, added in counts.added(counted, before, after).items():
            share = RouteShare(target=target, per_request=added / max(1, sent))
            shares[heap_id].append(share)
        before = after
    bench.live.release(bench.reply_deadline())
    return {
        heap_id: tuple(sorted(own, key=lambda share: -share.per_request))
        for heap_id, own in shares.items()
    }


class _Counts:
    """How much is in each suspect: polled, or by a snapshot where one cannot be."""

    def __init__(self, bench: Bench, suspects: Sequence[Suspect]) -> None:
        self._bench = bench
        self._live: dict[int, RemoteObject] = {}
        for suspect in suspects:
            heap_id = suspect.holder.heap_id
            live = bench.live.find(heap_id, bench.reply_deadline())
            if live is not None and self._poll(live) is not None:
                self._live[heap_id] = live
        uncounted = len(suspects) - len(self._live)
        snapshots = len(bench.targets) + 1
        self._by_snapshot = uncounted > 0 and bench.snapshots.are_allowed(snapshots)

    def can_count(self, suspect: Suspect) -> bool:
        """Tell whether a suspect can be counted, in the time there is."""
        return self._by_snapshot or suspect.holder.heap_id in self._live

    def _poll(self, live: RemoteObject) -> int | None:
        return self._bench.live.occupancy(live, self._bench.reply_deadline())

    def take(self) -> tuple[Mapping[int, int], PathTree | None]:
        """Count once."""
        sizes = {heap_id: self._poll(live) or 0 for heap_id, live in self._live.items()}
        return sizes, self._bench.snapshot() if self._by_snapshot else None

    def added(
        self,
        suspects: Sequence[Suspect],
        before: tuple[Mapping[int, int], PathTree | None],
        after: tuple[Mapping[int, int], PathTree | None],
    ) -> Mapping[int, int]:
        """Return what came to each suspect between two counts, by its object id."""
        window: PastWindow | None = None
        if before[1] is not None and after[1] is not None:
            window = Window(earlier=before[1], later=after[1], requests=1).past()
        added = {}
        for suspect in suspects:
            heap_id = suspect.holder.heap_id
            if heap_id in self._live or window is None:
                added[heap_id] = after[0].get(heap_id, 0) - before[0].get(heap_id, 0)
            else:
                added[heap_id] = suspect.objects_in(window)
        return added
