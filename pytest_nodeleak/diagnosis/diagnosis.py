"""A diagnosis: one plain sentence that begins with the category, as a playbook names it.

It is for a reader who does not know V8, and says no more than the evidence carries.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.heap.kinds import Kind

__all__ = ["Diagnosis", "diagnosed", "unproven"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What is wrong, in words for somebody who does not know V8.

    Attributes:
        category: What the playbook calls it.
        sentence: It begins with the category.
        page: The page to read: ``python -m pytest_nodeleak explain PAGE``.
        is_certain: Whether it is proven; if not, the sentence says so.
        also: Other categories that the same check shows.

    """

    category: Category
    sentence: str
    page: Kind | Category
    is_certain: bool = True
    also: tuple[Category, ...] = ()

    def __str__(self) -> str:
        others = ", ".join(one.label.lower() for one in self.also)
        return f"{self.sentence} Also seen: {others}." if others else self.sentence


def diagnosed(
    category: Category,
    what: str,
    *,
    page: Kind | Category | None = None,
    also: tuple[Category, ...] = (),
) -> Diagnosis:
    """Return the diagnosis that something is the case.

    Args:
        category: What it is.
        what: The rest of the sentence, without a full stop.
        page: The page to read, if it is not the category's.
        also: Other categories that the same check shows.

    """
    return Diagnosis(
        category=category,
        sentence=f"{category.label}: {what}.",
        page=page or category,
        also=also,
    )


def unproven(
    category: Category, what: str, *, page: Kind | Category | None = None
) -> Diagnosis:
    """Return the diagnosis that something may be the case."""
    return Diagnosis(
        category=category,
        sentence=f"{category.label} or not, it is not proven: {what}.",
        page=page or category,
        is_certain=False,
    )
