"""``explain``: what a kind of finding, or a category, means, and what ends it."""

from __future__ import annotations

from pytest_nodeleak.advice import PAGES, advice_for, page_for
from pytest_nodeleak.commands.answer import Answer
from pytest_nodeleak.commands.asked import ExplainAsked
from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.report.schema import SCHEMA

__all__ = ["explain"]


def explain(asked: ExplainAsked) -> Answer:
    """Return the page on a kind of finding, or on a category of diagnoses.

    Raises:
        InvalidSetting: If there is no such page.

    """
    if asked.kind not in PAGES:
        raise InvalidSetting(
            name="kind",
            value=asked.kind,
            source="explain",
            expected=f"one of {', '.join(sorted(PAGES))}",
        )
    kind = PAGES[asked.kind]
    page = page_for(kind)
    return Answer(
        lines=page.rstrip().splitlines(),
        record={
            "schema": SCHEMA,
            "command": "explain",
            "kind": str(kind),
            "advice": advice_for(kind),
            "page": page,
        },
    )
