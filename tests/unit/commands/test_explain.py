from __future__ import annotations

import pytest

from pytest_nodeleak.advice.categories import Category
from pytest_nodeleak.commands.asked import ExplainAsked
from pytest_nodeleak.commands.explain import explain
from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.heap.kinds import Kind


@pytest.mark.parametrize("kind", [*Kind, *Category])
def test_every_kind_and_category_is_explained(kind: Kind | Category) -> None:
    answer = explain(ExplainAsked(kind=str(kind), as_json=False))

    assert answer.text.startswith(f"# {kind}\n")
    assert (answer.status, answer.record["kind"]) == (0, str(kind))


def test_a_kind_that_does_not_exist_is_answered_by_those_that_do() -> None:
    with pytest.raises(InvalidSetting, match=r"'cache' is not one of aborted, .*timer"):
        explain(ExplainAsked(kind="cache", as_json=False))
