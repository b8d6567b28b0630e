"""What to do about each kind of finding, and category: a page each, beside this module.

The first paragraph of a page is the advice of a report.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.heap.kinds import Kind

__all__ = ["PAGES", "advice_for", "entry_noun", "page_for"]

#: All pages by name; a category that is a kind of finding shares its page.
PAGES: dict[str, Kind | Category] = {str(page): page for page in (*Category, *Kind)}

_NOUNS = {
    Kind.LISTENER: ("listener", "listeners"),
    Kind.TIMER: ("timer", "timers"),
    Kind.CLOSURE: ("function", "functions"),
    Kind.PROMISE: ("reaction", "reactions"),
    Kind.MODULE: ("module", "modules"),
    Kind.CONTEXT: ("context", "contexts"),
    Kind.HANDLE: ("handle", "handles"),
}


@cache
def page_for(kind: Kind | Category) -> str:
    """Return the page on a kind of finding or a category, as Markdown."""
    page = resources.files(__name__) / f"{kind.value}.md"
    return page.read_text(encoding="utf-8")


def advice_for(kind: Kind | Category) -> str:
    """Return how to fix such a failure, as a clause for a report."""
    _title, paragraph, *_ = page_for(kind).split("\n\n")
    sentence = " ".join(paragraph.split())
    return sentence[0].lower() + sentence[1:].removesuffix(".")


def entry_noun(kind: Kind, *, plural: bool = False) -> str:
    """Return what one more in the holder is called."""
    return _NOUNS.get(kind, ("entry", "entries"))[plural]
