from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_nodeleak.load.template import Pool
from pytest_nodeleak.traffic.har import RecordedRoute, Recording, read_recording

Record = Callable[..., Recording]
UUID = "0b6b007c-f677-4993-9dee-fe078989c46d"
HASH = "507f1f77bcf86cd799439011"


def entry(
    url: str,
    method: str = "GET",
    *,
    status: int = 200,
    mime: str = "application/json",
    kind: str = "xhr",
    headers: Mapping[str, str] | None = None,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    target = url if "://" in url else f"https://shop.example{url}"
    return {
        "_resourceType": kind,
        "request": {
            "method": method,
            "url": target,
            "headers": [
                {"name": name, "value": value}
                for name, value in (headers or {}).items()
            ],
            **({"postData": body} if body else {}),
        },
        "response": {"status": status, "content": {"mimeType": mime}},
    }


@pytest.fixture
def record(tmp_path: Path) -> Record:
    def written(
        *entries: dict[str, Any],
        origin: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Recording:
        path = tmp_path / "traffic.har"
        path.write_text(json.dumps({"log": {"entries": entries}}), encoding="utf-8")
        return read_recording(path, origin=origin, headers=headers or {})

    return written


def paths(route: RecordedRoute, n: int = 5) -> list[str]:
    assert isinstance(route.plan.path, Pool)
    return [one.render(n) for one in route.plan.path.templates]


def test_requests_of_one_method_and_shape_are_one_route(record: Record) -> None:
    recording = record(
        entry("/users/17"),
        entry("/users/18/orders"),
        entry("/users/19?full=1"),
        entry("/users/17", "DELETE"),
        entry(f"/carts/{UUID}"),
        entry(f"/items/{HASH}"),
    )

    assert [route.name for route in recording.routes] == [
        "GET /users/{n}",
        "GET /users/{n}/orders",
        "DELETE /users/{n}",
        "GET /carts/{uuid}",
        "GET /items/{hash}",
    ]


def test_recorded_ids_take_turns_with_new_ones(record: Record) -> None:
    [route] = record(entry("/users/17?full=1"), entry("/users/17?full=1")).routes

    assert paths(route, 5) == ["/users/17?full=1", "/users/5?full=1"]


def test_new_ids_are_of_the_kind_of_the_recorded_ones(record: Record) -> None:
    uuids, hashes = record(entry(f"/a/{UUID}"), entry(f"/b/{HASH}")).routes

    assert [len(path) for path in paths(uuids)] == [39, 39]
    assert [len(path) for path in paths(hashes)] == [27, 27]
    assert len({*paths(uuids), *paths(hashes)}) == 4


def test_words_that_look_like_numbers_are_words(record: Record) -> None:
    [route] = record(entry("/deadbeefdeadbeef/v2/feed")).routes

    assert route.name == "GET /deadbeefdeadbeef/v2/feed"


def test_bodies_are_sent_as_they_were_recorded(record: Record) -> None:
    json_body = {"mimeType": "application/json", "text": '{"a": "{n}"}'}
    form = {"params": [{"name": "a b", "value": "1&2"}]}

    first, second = record(
        entry("/a", "POST", body=json_body), entry("/b", "POST", body=form)
    ).routes

    assert first.plan.body is not None
    assert second.plan.body is not None
    assert first.plan.body.render(1) == '{"a": "{n}"}'
    assert second.plan.body.render(1) == "a+b=1%262"


def test_headers_say_what_was_asked_and_not_by_whom(record: Record) -> None:
    sent = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "X-Tenant": "a",
        "Cookie": "sid=1",
        "Authorization": "Bearer x",
        "X-CSRF-Token": "x",
        "X-Api-Key": "x",
        "If-None-Match": "x",
        "User-Agent": "x",
    }

    [route] = record(entry("/a", headers=sent)).routes

    assert [name for name, _ in route.plan.headers] == [
        "accept",
        "content-type",
        "x-tenant",
    ]


def test_given_headers_take_the_place_of_recorded_ones(record: Record) -> None:
    [route] = record(
        entry("/a", headers={"Accept": "text/html", "X-Tenant": "a"}),
        headers={"x-tenant": "own", "Authorization": "Bearer own"},
    ).routes

    assert [(name, text.render(0)) for name, text in route.plan.headers] == [
        ("x-tenant", "own"),
        ("Authorization", "Bearer own"),
        ("accept", "text/html"),
    ]


def test_what_is_no_request_to_a_route_is_left_out_and_counted(record: Record) -> None:
    recording = record(
        entry("/users/1"),
        entry("/users/2"),
        entry("/app.js", mime="text/javascript", kind="script"),
        entry("/logo.svg", mime="image/svg+xml", kind=""),
        entry("/style.css", mime="", kind=""),
        entry("https://cdn.example/users"),
        entry("/users", "OPTIONS"),
        entry("wss://shop.example/socket"),
        entry("/events", mime="text/event-stream"),
    )

    assert recording.left_out == {
        "static files": 3,
        "preflights and sockets": 2,
        "streams": 1,
        "other origins": 1,
    }
    assert str(recording) == (
        "1 route of 2 requests to https://shop.example; left out: static files (3),"
        " preflights and sockets (2), streams (1), other origins (1)"
    )


def test_the_origin_can_be_named(record: Record) -> None:
    recording = record(
        entry("/a"),
        entry("/b"),
        entry("https://api.example/c"),
        origin="https://api.example/",
    )

    assert [route.name for route in recording.routes] == ["GET /c"]


def test_recorded_statuses_are_expected_but_for_errors_of_the_server(
    record: Record,
) -> None:
    [route] = record(entry("/a", status=404), entry("/a", status=503)).routes

    assert route.plan.expect_status == {404, *range(200, 400)}


def test_a_recording_without_requests_to_routes_is_told(record: Record) -> None:
    with pytest.raises(ValueError, match="of its 1 requests none is to a route"):
        record(entry("/a.js", kind="script"))


def test_a_recording_of_another_origin_is_told(record: Record) -> None:
    with pytest.raises(ValueError, match=r"its requests went to https://shop\.example"):
        record(entry("/a"), origin="https://api.example")


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"log": {}}', '{"log": {"entries": [{}]}}', "[" * 100_000],
    ids=lambda text: text[:30],
)
def test_a_file_that_is_no_har_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "traffic.har"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match="a HAR file"):
        read_recording(path, origin=None, headers={})


def test_a_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a readable file"):
        read_recording(tmp_path / "none.har", origin=None, headers={})
