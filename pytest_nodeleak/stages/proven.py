"""What a check that broke had proven by then, in the words of the source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pytest_nodeleak.culprits.explain import Explainer
from pytest_nodeleak.endings.proven import Proven
from pytest_nodeleak.evidence.measurement import WatchedFinding

__all__ = ["explain_proven"]


def explain_proven(proven: Proven, app_directory: Path) -> tuple[WatchedFinding, ...]:
    """Return the leaks that were proven, each once, though several processes had it.

    There may be no app any more, so that sources are read from their files alone.
    """
    if not proven.leaks:
        return ()
    explainer = Explainer(app_directory)
    stacks = explainer.original_stacks(proven.stacks)
    leaks: dict[str, WatchedFinding] = {}
    for one in proven.leaks:
        # Errors are handed on, and keys of the app are not.
        leak = explainer.leak(replace(one, newest_keys=()), stacks)
        leaks.setdefault(leak.finding.fingerprint, leak)
    return tuple(leaks.values())
