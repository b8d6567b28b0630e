"""Second stage: three snapshots around two equal windows of load name the suspects."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_nodeleak.bench import Bench
from pytest_nodeleak.heap.gains import find_gaining
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.suspects import Suspect, find_suspects, smallest_growth
from pytest_nodeleak.heap.window import Window
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
    fewest = smallest_growth(requests)
    bench.census(fewest)
    before = bench.snapshot()
    first_requests = bench.load(requests).requests
    bench.census(fewest)
    between = bench.snapshot()
    second_requests = bench.load(requests).requests
    gains = bench.census(fewest)
    after = bench.snapshot()
    first = Window(earlier=before, later=between, requests=max(first_requests, 1))
    second = Window(earlier=between, later=after, requests=max(second_requests, 1))
    holding = find_suspects(first, second)
    return Identification(
        suspects=(*holding, *find_gaining(second, gains, known=holding)),
        last=after,
        requests_per_window=min(first.requests, second.requests),
    )
