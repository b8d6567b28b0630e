from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_nodeleak.advice import PAGES, advice_for, entry_noun, page_for
from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.advice.pinning import advice_on, pinning_text
from pytest_nodeleak.evidence.findings import Pinning
from pytest_nodeleak.heap.kinds import Kind

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("kind", PAGES.values())
def test_every_kind_and_category_has_one_sentence_of_advice(
    kind: Kind | Category,
) -> None:
    advice = advice_for(kind)

    assert 40 < len(advice) < 300
    assert "\n" not in advice
    assert advice not in {
        advice_for(other) for other in PAGES.values() if other is not kind
    }


@pytest.mark.parametrize("kind", PAGES.values())
def test_every_page_is_one_that_the_docs_lead_to(kind: Kind | Category) -> None:
    page = page_for(kind)
    index = (DOCS / "findings.md").read_text(encoding="utf-8")

    assert page.startswith(f"# {kind}\n")
    assert "\n## What happens\n" in page
    assert f"(../pytest_nodeleak/advice/{kind}.md)" in index


@pytest.mark.parametrize("category", Category)
def test_the_page_of_a_category_tells_it_from_others_and_how_to_see_it_by_hand(
    category: Category,
) -> None:
    headings = re.findall("^## (.*)$", page_for(category), re.MULTILINE)

    assert headings[0] == "What happens"
    assert headings[-3:] == ["What ends it", "By hand", "Look-alikes"]


@pytest.mark.parametrize("page", PAGES.values())
def test_pages_lead_to_pages_that_are_there(page: Kind | Category) -> None:
    names = re.findall(r"\]\((\w+)\.md\)", page_for(page))

    assert [name for name in names if name not in PAGES] == []


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_noun_in_singular_and_plural(kind: Kind) -> None:
    singular, plural = entry_noun(kind), entry_noun(kind, plural=True)

    assert plural in {f"{singular}s", f"{singular[:-1]}ies"}


def test_what_piles_up_is_called_by_its_name() -> None:
    assert entry_noun(Kind.COLLECTION) == "entry"
    assert entry_noun(Kind.EXTERNAL, plural=True) == "entries"
    assert entry_noun(Kind.LISTENER, plural=True) == "listeners"


@pytest.mark.parametrize(
    ("is_text", "pieces", "text"),
    [
        (False, 1, "each slice of 16 B keeps all of its ArrayBuffer, 20.0 KB"),
        (False, 3, "3 of 16 B keep all of its ArrayBuffer, 20.0 KB"),
        (
            True,
            1,
            "each slice of 16 B keeps all of the string it was cut from, 20.0 KB",
        ),
    ],
)
def test_what_pieces_keep_is_said_with_both_sizes(
    is_text: bool,  # noqa: FBT001  # parametrized
    pieces: int,
    text: str,
) -> None:
    pinning = Pinning(
        is_text=is_text, piece_bytes=16, whole_bytes=20_000, pieces_of_each=pieces
    )
    assert pinning_text(pinning) == text
    assert "copy the small piece" in advice_on(Kind.COLLECTION, pinning)


def test_without_pieces_the_advice_is_that_of_the_kind() -> None:
    assert advice_on(Kind.EXTERNAL, None) == advice_for(Kind.EXTERNAL)


def test_threads_that_stay_are_handles_with_advice_of_their_own() -> None:
    threads = (("MessagePort", 3.0), ("Worker", 2.0))
    assert "terminate()" in advice_on(Kind.HANDLE, None, threads)
    # A cluster's Worker is a process.
    processes = (("Worker", 1.0), ("ChildProcess", 1.0))
    assert advice_on(Kind.HANDLE, None, processes) == advice_for(Kind.HANDLE)
    assert advice_on(Kind.COLLECTION, None, threads) == advice_for(Kind.COLLECTION)
