from __future__ import annotations

from pathlib import Path

import pytest

from pytest_nodeleak.advice import advice_for, entry_noun, page_for
from pytest_nodeleak.heap.kinds import Kind

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_finding_has_one_sentence_of_advice(kind: Kind) -> None:
    advice = advice_for(kind)

    assert 40 < len(advice) < 300
    assert "\n" not in advice
    assert advice not in {advice_for(other) for other in Kind if other is not kind}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_page_that_the_docs_lead_to(kind: Kind) -> None:
    page = page_for(kind)
    index = (DOCS / "findings.md").read_text(encoding="utf-8")

    assert page.startswith(f"# {kind}\n")
    assert "\n## What happens\n" in page
    assert f"(../pytest_nodeleak/advice/{kind}.md)" in index


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_noun_in_singular_and_plural(kind: Kind) -> None:
    singular, plural = entry_noun(kind), entry_noun(kind, plural=True)

    assert plural in {f"{singular}s", f"{singular[:-1]}ies"}


def test_what_piles_up_is_called_by_its_name() -> None:
    assert entry_noun(Kind.COLLECTION) == "entry"
    assert entry_noun(Kind.EXTERNAL, plural=True) == "entries"
    assert entry_noun(Kind.LISTENER, plural=True) == "listeners"
