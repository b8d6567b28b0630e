"""Second stage: three snapshots around two equal windows of load name the suspects."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_nodeleak.bench import Bench
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.suspects import (
    Suspect,
    Window,
    find_suspects,
    smallest_growth,
)
from pytest_nodeleak.pace import window_requests
from pytest_nodeleak.screen import Screening

__all__ = ["Identification", "identify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """Who is suspected, and what would have been.

    Attributes:
        suspects: Holders that grew in both windows.
        last: The last snapshot.
        requests_per_window: The load of each window.

    """

    suspects: tuple[Suspect, ...]
    last: PathTree
    requests_per_window: int

    @property
    def detectable_objects(self) -> float:
        """The smallest leak that would have been seen, in objects per request."""
        return smallest_growth(self.requests_per_window) / self.requests_per_window


def identify(bench: Bench, screening: Screening) -> Identification:
    """Take snapshots A, B and C around two windows and compare them."""
    heap = screening.rises.get("heap_used")
    external = screening.rises.get("external")
    requests = window_requests(
        screening.pace,
        bytes_per_request=max(
            heap.growth.low if heap else 0.0, external.growth.low if external else 0.0
        ),
    )
    before = bench.snapshot()
    first = bench.load(requests).requests
    between = bench.snapshot()
    second = bench.load(requests).requests
    after = bench.snapshot()
    suspects = find_suspects(
        Window(earlier=before, later=between, requests=max(first, 1)),
        Window(earlier=between, later=after, requests=max(second, 1)),
    )
    return Identification(
        suspects=suspects, last=after, requests_per_window=max(1, min(first, second))
    )
