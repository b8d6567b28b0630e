"""Suspects that cannot be polled, counted once more in snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pytest_nodeleak.evidence.occupancy import Curve, Unclear, judge_rates
from pytest_nodeleak.heap.paths import PathTree
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.heap.window import PastWindow, Window

__all__ = ["Recount"]

# So many objects do not fail to come by chance.
_FEWEST_DUE = 5


@dataclass(frozen=True, kw_only=True)
class Recount:
    """What the push and the silence after it did to every holder.

    Attributes:
        before: The last snapshot of the two windows.
        silence: A snapshot at the beginning of the silence; None if there is none.
        after: One at its end.
        requests: The load between the first and the last.
        watched_s: The seconds between them.
        silent_s: The seconds since the one in the middle.
        in_workers: The same of worker threads, by their ids.

    """

    before: PathTree
    silence: PathTree | None
    after: PathTree
    requests: int
    watched_s: float
    silent_s: float
    in_workers: Mapping[int, Recount] = field(default_factory=dict)

    @cached_property
    def in_push(self) -> PastWindow:
        """What came from the first snapshot to the last."""
        return Window(earlier=self.before, later=self.after, requests=1).past()

    @cached_property
    def in_silence(self) -> PastWindow | None:
        """What came in the silence; None if there is no snapshot of its beginning."""
        if self.silence is None:
            return None
        return Window(earlier=self.silence, later=self.after, requests=1).past()

    def gained(self, suspect: Suspect) -> int:
        """Return the objects that came to all holders of a suspect, in all threads."""
        return sum(
            one.objects_in(recount.in_push) for one, recount in self._parts(suspect)
        )

    def _gained_in_silence(self, suspect: Suspect) -> int:
        return sum(
            one.objects_in(recount.in_silence)
            for one, recount in self._parts(suspect)
            if recount.in_silence is not None
        )

    def _parts(self, suspect: Suspect) -> Iterator[tuple[Suspect, Recount]]:
        """Yield a suspect, or its copies, each with the counts of its thread.

        A thread that has ended has none: nothing is left of what it held.
        """
        for one in suspect.copies or (suspect,):
            if one.thread is None:
                yield one, self
            elif one.thread.id in self.in_workers:
                yield one, self.in_workers[one.thread.id]

    def curve(self, suspect: Suspect) -> Curve:
        """Judge a suspect by what it gained; what also came in silence is time's."""
        due = suspect.objects_per_request * self.requests
        if due < _FEWEST_DUE:
            return Unclear(reason="hardly any load was pushed")
        objects = self.gained(suspect)
        in_silence = self._gained_in_silence(suspect)
        by_time = in_silence / max(self.silent_s, 1e-9) * self.watched_s
        return judge_rates(
            suspect.objects_per_request,
            objects / max(1, self.requests),
            requests=self.requests,
            timed_share=by_time / max(1, objects),
        )
