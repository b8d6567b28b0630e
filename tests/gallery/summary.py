"""Outcomes as Markdown: who was confused with whom, how often, and on which Node.js."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from gallery.cases import CASES, Case
from gallery.outcomes import Outcome, mistakes

__all__ = ["summary_lines"]

_EXPECTED = ("leak", "clean")
_VERDICTS = ("leak", "clean", "over_limit", "inconclusive", "error")
_CASES: Mapping[str, Case] = {case.name: case for case in CASES}


def summary_lines(outcomes: Sequence[Outcome], *, machine: str) -> Iterator[str]:
    """Return the tables; ``machine`` is their first line."""
    yield machine
    by_major: defaultdict[int, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_major[outcome.node_major].append(outcome)
    for major in sorted(by_major):
        yield from _lines_of_major(by_major[major])


def _lines_of_major(outcomes: Sequence[Outcome]) -> Iterator[str]:
    versions = ", ".join(sorted({outcome.node for outcome in outcomes}))
    by_case: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_case[outcome.case].append(outcome)
    yield ""
    yield f"### Node {versions}: {len(by_case)} cases, {len(outcomes)} checks"
    yield ""
    yield from _confusion(outcomes)
    yield ""
    yield from _seconds(outcomes)
    yield from _named("unstable", _unstable(by_case))
    yield from _named("wrong", _wrong(by_case))


def _confusion(outcomes: Sequence[Outcome]) -> Iterator[str]:
    counts = Counter((_CASES[one.case].verdict, one.verdict) for one in outcomes)
    yield f"| expected | {' | '.join(_VERDICTS)} |"
    yield "|---" * (len(_VERDICTS) + 1) + "|"
    for expected in _EXPECTED:
        cells = (str(counts[expected, verdict]) for verdict in _VERDICTS)
        yield f"| {expected} | {' | '.join(cells)} |"


def _seconds(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for expected in _EXPECTED:
        seconds = [
            one.elapsed_s for one in outcomes if _CASES[one.case].verdict == expected
        ]
        if seconds:
            yield (
                f"- seconds per check, {expected}: median"
                f" {statistics.median(seconds):.1f}, longest {max(seconds):.1f}"
            )


def _unstable(by_case: Mapping[str, Sequence[Outcome]]) -> dict[str, str]:
    """Return the cases whose repeats disagree, and how."""
    unstable = {}
    for name, outcomes in by_case.items():
        answers = Counter(_answer(outcome) for outcome in outcomes)
        if len(answers) > 1:
            unstable[name] = _counted(answers)
    return unstable


def _answer(outcome: Outcome) -> str:
    if outcome.verdict != "leak":
        return outcome.verdict
    return f"leak ({outcome.kind}, {outcome.holder})"


def _wrong(by_case: Mapping[str, Sequence[Outcome]]) -> dict[str, str]:
    """Return the cases that were not right every time, and what was wrong."""
    wrong = {}
    for name, outcomes in by_case.items():
        found = Counter(
            mistake
            for outcome in outcomes
            for mistake in mistakes(outcome, _CASES[name])
        )
        if found:
            wrong[name] = _counted(found)
    return wrong


def _counted(texts: Counter[str]) -> str:
    return "; ".join(f"{count} x {text}" for text, count in texts.most_common())


def _named(what: str, texts: Mapping[str, str]) -> Iterator[str]:
    yield f"- {what} cases: {len(texts)}"
    for name, text in texts.items():
        yield f"  - `{name}`: {text}"
