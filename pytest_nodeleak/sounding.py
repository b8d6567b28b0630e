"""Asks once for each kind of request of a pool, to load an app with those it answers."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Endpoint
from pytest_nodeleak.exceptions import LoadFailed
from pytest_nodeleak.load.driver import RouteDriver
from pytest_nodeleak.load.plan import LoadPlan, is_expected

__all__ = ["Sounding", "sound"]

_AT_MOST_S = 10.0
_FAR = 1_000_000
_REFUSED = {401, 403}
# By these an app says that what was made up is not what it takes, declared or not.
_MISUNDERSTOOD = {400, 405, 406, 411, 413, 415, 422}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounding:
    """A pool of which only what the app takes is left.

    Attributes:
        plan: The load.
        notes: What was left out, and what the app answered to the rest.

    """

    plan: LoadPlan
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What came back for one kind of request.

    Attributes:
        status: None if nothing did.
        text: What went wrong; empty if it was as expected.

    """

    status: int | None
    text: str

    @property
    def is_success(self) -> bool:
        return self.status is not None and is_expected(self.status, ())


def sound(  # noqa: PLR0913  # what a load needs, and what it may be made of
    plan: LoadPlan,
    endpoint: Endpoint,
    numbers: Iterator[int],
    *,
    spare: Sequence[int] = (),
    security: Sequence[str] = (),
    may_answer: Callable[[float], bool] = lambda _silent_s: True,
) -> Sounding:
    """Ask once for each kind of request.

    Args:
        plan: The pool.
        endpoint: Where to.
        numbers: Numbers of requests.
        spare: Positions of requests that are used only if others are not answered well.
        security: What the app asks clients to prove themselves with, for messages.
        may_answer: As of the load driver.

    Returns:
        The requests that are answered, or that are declared to be answered as they are.

    Raises:
        LoadFailed: If no kind of request is answered with a success.

    """
    answers = _ask(plan, endpoint, numbers, may_answer)
    if any(answer.status is None for answer in answers.values()):
        # An app that has ended, or is about to: the check itself tells why.
        return Sounding(plan=plan)
    usual = [one for one in answers if one not in spare]
    if not any(answer.is_success for answer in answers.values()):
        raise LoadFailed(
            target=plan.target,
            problem="no kind of request was answered with a success"
            f" ({_statuses(answers)})",
            first_bad=f"{answers[usual[0]].text}\n{_remedy(answers, security)}",
        )
    kept = [one for one in usual if _is_to_be_sent(answers[one], plan)]
    if not all(answers[one].is_success for one in usual):
        found = [one for one in spare if answers[one].is_success]
        # As many of these as of all others: what is there is what an app works on.
        wanted = len(kept) if kept and found else len(found)
        kept += itertools.islice(itertools.cycle(found), wanted)
    return Sounding(plan=plan.keeping(kept), notes=tuple(_notes(answers, usual, kept)))


def _ask(
    plan: LoadPlan,
    endpoint: Endpoint,
    numbers: Iterator[int],
    may_answer: Callable[[float], bool],
) -> Mapping[int, _Answer]:
    deadline = Deadline(_AT_MOST_S)
    # Whatever is not a success comes with its text.
    variants = [
        replace(plan.keeping([position]), concurrency=1, expect_status=frozenset())
        for position in range(plan.variants)
    ]
    answers: dict[int, _Answer] = {}
    # The first ids may be those of the app's own data, and the load goes far beyond them.
    far = itertools.count(next(numbers) + _FAR)
    with RouteDriver(variants, endpoint, far, may_answer=may_answer) as driver:
        for position in range(plan.variants):
            if deadline.has_passed():
                break
            result = driver.run(1, deadline, only=position)
            status = next(iter(result.statuses), None)
            answers[position] = _Answer(status=status, text=result.first_bad or "")
    return answers


def _is_to_be_sent(answer: _Answer, plan: LoadPlan) -> bool:
    """Tell whether a kind of request is one that clients send, and not a bad guess."""
    if answer.is_success:
        return True
    status = answer.status
    return status in plan.expect_status and status not in _MISUNDERSTOOD | _REFUSED


def _statuses(answers: Mapping[int, _Answer]) -> str:
    counted = Counter(answer.status for answer in answers.values())
    return ", ".join(f"{number} x {status}" for status, number in counted.most_common())


def _remedy(answers: Mapping[int, _Answer], security: Sequence[str]) -> str:
    """Say what may have been missing in the requests."""
    if not _REFUSED.intersection(answer.status for answer in answers.values()):
        return "Give examples of values that it takes in the document."
    asked = f"The document asks for {' or '.join(security)}: say" if security else "Say"
    return (
        f"{asked} who asks with --nodeleak-header 'Authorization: Bearer $TOKEN'"
        " or the like."
    )


def _notes(
    answers: Mapping[int, _Answer], usual: Sequence[int], kept: Sequence[int]
) -> Iterator[str]:
    left_out = [answers[one] for one in usual if one not in kept]
    if left_out:
        yield (
            f"{len(left_out)} of {len(usual)} kinds of requests were left out, as they were"
            f" not taken: {left_out[0].text}"
        )
    failing = Counter(
        answers[one].status for one in kept if not answers[one].is_success
    )
    for status, number in failing.most_common():
        yield (
            f"{number} of {len(kept)} kinds of requests are answered {status}, as declared"
        )
