"""The checks of a long session: every way in which one can end, in turn."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["EXPECTED", "KINDS", "MOST_CHECKS"]

# By kind: what the check's record has to say. An app that is only attached to lives on
# from check to check, so what is left behind in it would show.
EXPECTED: Mapping[str, str] = {
    "plain": "clean",
    "map": "leak",
    "ring": "clean",
    "refused": "error",
    "listener": "leak",
    "scenario": "clean",
    "thrown": "crashed",
    "attached": "clean",
    "timer": "leak",
    "missing": "error",
    "buffer": "leak",
    "two routes": "leak",
}
KINDS = tuple(EXPECTED)
# A session collects its tests before the first is run, and leaves out those it has no
# time for.
MOST_CHECKS = 500 * len(KINDS)
