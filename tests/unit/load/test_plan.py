from __future__ import annotations

import json

import pytest

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.load.plan import JsonValue, LoadPlan, is_expected, parse_route
from pytest_nodeleak.load.template import Pool, Template


@pytest.mark.parametrize(
    ("route", "parsed"),
    [
        ("GET /users/{n}", ("GET", "/users/{n}")),
        ("/users/{n}", ("GET", "/users/{n}")),
        ("post  /cart?x=1&y={uuid}", ("POST", "/cart?x=1&y={uuid}")),
        ("  DELETE /\n", ("DELETE", "/")),
    ],
)
def test_a_route_is_a_method_and_a_path(route: str, parsed: tuple[str, str]) -> None:
    assert parse_route(route) == parsed


@pytest.mark.parametrize(
    "route",
    ["", "users", "GET users", "FETCH /users", "GET", "GET /a b", "http://host/users",
     "GET http://host/users", "GET\t"],
)  # fmt: skip
def test_what_is_no_route_is_refused_with_its_source(route: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        parse_route(route, source="--nodeleak-route")

    assert str(refused.value) == (
        f"--nodeleak-route: route {route!r} is not a method and a path such as"
        " 'GET /users/{n}'"
    )


def test_a_plan_is_named_by_its_method_and_path() -> None:
    plan = LoadPlan.for_route("put /users/{n}")

    assert plan.target == "PUT /users/{n}"
    assert (plan.method, plan.path.render(3)) == ("PUT", "/users/3")
    assert plan.body is None
    assert plan.headers == ()


def test_a_path_is_sent_in_ascii_and_otherwise_as_it_was_written() -> None:
    plan = LoadPlan.for_route("GET /städte/{n}?q=a%20b&r=[1]")

    assert plan.path.render(3) == "/st%C3%A4dte/3?q=a%20b&r=[1]"
    assert plan.target == "GET /städte/{n}?q=a%20b&r=[1]"


def headers_of(plan: LoadPlan, n: int = 0) -> dict[str, str]:
    return {name: value.render(n) for name, value in plan.headers}


def test_headers_and_bodies_have_placeholders() -> None:
    plan = LoadPlan.for_route("POST /x", headers={"X-Id": "id-{n}"}, data="n={n}")

    assert headers_of(plan, 5) == {"X-Id": "id-5"}
    assert plan.body is not None
    assert plan.body.render(5) == "n=5"


def test_a_json_body_is_written_and_declared() -> None:
    plan = LoadPlan.for_route("POST /x", json={"q": "{n}", "deep": [{"name": "ä"}]})

    assert plan.body is not None
    assert json.loads(plan.body.render(5)) == {"q": "5", "deep": [{"name": "ä"}]}
    assert headers_of(plan) == {"Content-Type": "application/json"}


@pytest.mark.parametrize("value", [False, 0, "", [], {}])
def test_an_empty_json_value_is_a_body_as_well(value: JsonValue) -> None:
    plan = LoadPlan.for_route("POST /x", json=value)

    assert plan.body is not None
    assert json.loads(plan.body.render(0)) == value


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_a_content_type_of_one_s_own_is_the_only_one(name: str) -> None:
    own = "application/vnd.api+json"

    plan = LoadPlan.for_route("POST /x", json={}, headers={name: own})

    assert headers_of(plan) == {name: own}


def test_json_and_data_together_are_refused() -> None:
    with pytest.raises(InvalidSetting) as refused:
        LoadPlan.for_route("POST /x", json={}, data="x")

    assert str(refused.value) == (
        "hammer(): json= together with data= for 'POST /x' is not possible;"
        " give one of them"
    )


def test_eight_requests_are_under_way_at_once_unless_told_otherwise() -> None:
    assert LoadPlan.for_route("GET /").concurrency == 8
    assert LoadPlan.for_route("GET /", concurrency=1).concurrency == 1


@pytest.mark.parametrize("concurrency", [0, -1])
def test_less_than_one_request_at_once_is_refused(concurrency: int) -> None:
    with pytest.raises(InvalidSetting) as refused:
        LoadPlan.for_route("GET /", concurrency=concurrency)

    assert str(refused.value) == (
        f"hammer(): concurrency= {concurrency} is not a whole number of at least 1"
    )


@pytest.mark.parametrize(
    ("given", "statuses"),
    [
        ((), set()),
        (404, {404}),
        ([200, 404], {200, 404}),
        (range(500, 502), {500, 501}),
    ],
    ids=["none", "one", "several", "range"],
)
def test_the_expected_statuses_are_one_or_several(
    given: int | list[int], statuses: set[int]
) -> None:
    assert LoadPlan.for_route("GET /", expect_status=given).expect_status == statuses


@pytest.mark.parametrize(
    ("status", "fine"), [(199, False), (200, True), (304, True), (400, False)]
)
def test_any_2xx_or_3xx_is_fine_unless_others_are_expected(
    status: int, *, fine: bool
) -> None:
    assert is_expected(status, frozenset()) is fine


def test_only_what_is_expected_is_fine() -> None:
    assert is_expected(404, {404, 410})
    assert not is_expected(200, {404, 410})


def test_variants_of_a_plan_are_kept_with_all_that_belongs_to_them() -> None:
    plan = LoadPlan(
        method="POST",
        target="POST /a",
        path=Pool([Template("/a"), Template("/b"), Template("/c")]),
        headers=(
            ("Accept", Template("*/*")),
            ("X-Key", Pool([Template("1"), Template("2"), Template("3")])),
        ),
        body=Pool([Template("x"), Template("y"), Template("z")]),
    )

    kept = plan.keeping([2, 0])

    assert (plan.variants, kept.variants) == (3, 2)
    assert [kept.path.render(n) for n in (0, 1)] == ["/c", "/a"]
    assert [text.render(0) for _, text in kept.headers] == ["*/*", "3"]
    assert kept.body is not None
    assert kept.body.render(0) == "z"


def test_a_route_is_one_variant() -> None:
    plan = LoadPlan.for_route("GET /users/{n}")

    assert plan.variants == 1
    assert plan.keeping([0]) == plan
