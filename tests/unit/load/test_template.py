from __future__ import annotations

import re
import uuid

import pytest

from pytest_nodeleak.load.fresh import Number
from pytest_nodeleak.load.template import Pool, Template


def test_the_counter_is_the_number_of_the_request() -> None:
    assert Template("/users/{n}").render(42) == "/users/42"


def test_a_uuid_is_a_valid_one_of_version_4() -> None:
    text = Template("{uuid}").render(7)

    assert str(uuid.UUID(text)) == text
    assert uuid.UUID(text).version == 4


def test_a_random_text_is_12_hex_digits() -> None:
    assert re.fullmatch("[0-9a-f]{12}", Template("{random}").render(7))


@pytest.mark.parametrize("name", ["n", "uuid", "random"])
def test_every_request_gets_another_text(name: str) -> None:
    template = Template(f"/items/{{{name}}}")

    assert not template.is_constant
    assert len({template.render(n) for n in range(1000)}) == 1000


def test_one_request_has_one_value_in_all_places_and_templates() -> None:
    path, body = Template("/a/{uuid}/b/{uuid}"), Template('{"id": "{uuid}"}')
    first, second = path.render(3).split("/")[2::2]

    assert first == second
    assert body.render(3) == f'{{"id": "{first}"}}'


def test_a_run_can_be_repeated() -> None:
    text = "{uuid} {random}"

    assert Template(text).render(9) == Template(text).render(9)


@pytest.mark.parametrize(
    "text", ["", "/health", "/users/{id}", '{"n": 1}', "{ n }", "{}"]
)
def test_text_without_placeholders_stays_as_it_is(text: str) -> None:
    assert Template(text).is_constant
    assert Template(text).render(5) == text


def test_placeholders_may_stand_side_by_side_and_at_both_ends() -> None:
    assert Template("{n}{n}/{n}").render(8) == "88/8"


def test_braces_of_a_text_that_is_put_together_are_braces() -> None:
    template = Template.of(["/a/{n}/", "/b"], [Number()])

    assert template.render(3) == "/a/{n}/3/b"


def test_a_pool_gives_its_texts_in_turn() -> None:
    pool = Pool([Template("/a"), Template("/b/{n}")])

    assert [pool.render(n) for n in range(4)] == ["/a", "/b/1", "/a", "/b/3"]
    assert not pool.is_constant


def test_a_pool_of_one_constant_text_is_constant() -> None:
    assert Pool([Template("/a")]).is_constant
    assert not Pool([Template("/a/{n}")]).is_constant
