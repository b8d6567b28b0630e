from __future__ import annotations

import json
from typing import Any

from openapi_documents import operation

from pytest_nodeleak.load.plan import LoadPlan
from pytest_nodeleak.load.template import Pool
from pytest_nodeleak.traffic.openapi.requests import Requests, requests_of


def plan_of(content: dict[str, Any], path: str = "/a", **others: object) -> LoadPlan:
    return requests_of(operation(content, path, **others), headers={}).plan


def paths(made: Requests | LoadPlan, n: int = 5) -> list[str]:
    plan = made.plan if isinstance(made, Requests) else made
    assert isinstance(plan.path, Pool)
    return [one.render(n) for one in plan.path.templates]


def test_an_operation_without_parameters_is_one_request() -> None:
    plan = plan_of({}, servers=[{"url": "/api"}])

    assert (plan.method, plan.target, paths(plan)) == ("GET", "GET /a", ["/api/a"])
    assert plan.body is None


def test_ids_are_new_and_the_first_ones_are_spare() -> None:
    parameter = {"name": "id", "in": "path", "schema": {"type": "integer"}}

    made = requests_of(operation({"parameters": [parameter]}, "/a/{id}"), headers={})

    assert paths(made, 41) == ["/a/42", "/a/1", "/a/2", "/a/3"]
    assert made.spare == (1, 2, 3)


def test_examples_of_a_parameter_come_first_and_new_values_beside_them() -> None:
    parameter = {
        "name": "id",
        "in": "path",
        "example": "x y",
        "schema": {"type": "string"},
    }

    plan = plan_of({"parameters": [parameter]}, "/a/{id}/b")

    assert paths(plan) == ["/a/x%20y/b", "/a/id-5/b"]


def test_examples_of_a_body_are_sent_as_they_are_and_made_new() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    media = {"schema": schema, "example": {"name": "Puffin"}}

    plan = plan_of({"requestBody": {"content": {"application/json": media}}})

    assert isinstance(plan.body, Pool)
    assert [json.loads(one.render(5)) for one in plan.body.templates] == [
        {"name": "Puffin"},
        {"name": "Puffin-5"},
    ]
    assert [(name, text.render(0)) for name, text in plan.headers] == [
        ("Content-Type", "application/json")
    ]


def test_a_pool_has_a_number_of_different_requests_that_is_prime() -> None:
    parameter = {
        "name": "q",
        "in": "query",
        "required": True,
        "schema": {"type": "number"},
    }

    found = paths(plan_of({"parameters": [parameter]}))

    assert len(found) == len(set(found)) == 61


def test_a_run_can_be_repeated() -> None:
    parameter = {"name": "q", "in": "query", "schema": {"type": "integer"}}

    assert paths(plan_of({"parameters": [parameter]})) == paths(
        plan_of({"parameters": [parameter]})
    )


def test_given_headers_take_the_place_of_those_of_the_document() -> None:
    parameters = [
        {
            "name": "X-Tenant",
            "in": "header",
            "required": True,
            "schema": {"const": "a"},
        },
        {"name": "X-Kind", "in": "header", "required": True, "schema": {"const": "b"}},
        {"name": "X-Other", "in": "header", "schema": {"const": "c"}},
        {"name": "sid", "in": "cookie", "required": True, "schema": {"const": "d"}},
    ]

    made = requests_of(
        operation({"parameters": parameters}), headers={"x-tenant": "own"}
    )

    assert [(name, text.render(0)) for name, text in made.plan.headers] == [
        ("x-tenant", "own"),
        ("X-Kind", "b"),
        ("Cookie", "sid=d"),
    ]


def test_what_the_document_declares_is_expected_beside_any_success() -> None:
    plan = plan_of({"responses": {"404": {}, "503": {}}})

    assert plan.expect_status == {404, *range(200, 400)}


def test_a_parameter_the_document_says_nothing_about_is_filled_in() -> None:
    assert paths(plan_of({}, "/a/{id}")) == ["/a/id-1"]
