from __future__ import annotations

from typing import Any

import pytest
from openapi_documents import document, operation, references_of

from pytest_nodeleak.traffic.openapi.operations import read_operations
from pytest_nodeleak.traffic.openapi.references import UnreadableDocument


def test_every_method_of_every_path_is_an_operation_in_the_documents_order() -> None:
    paths: dict[str, Any] = {
        "/b": {"post": {}, "get": {}, "summary": "no method"},
        "/a/{id}": {"delete": {}},
    }

    found = read_operations(references_of(document(paths)))

    assert [one.label for one in found] == ["GET /b", "POST /b", "DELETE /a/{id}"]


@pytest.mark.parametrize(
    ("others", "base_path"),
    [
        ({}, ""),
        ({"servers": [{"url": "https://example.com/api/v1/"}]}, "/api/v1"),
        ({"servers": [{"url": "/api"}]}, "/api"),
        ({"servers": [{"url": "https://example.com"}]}, ""),
        (
            {"servers": [{"url": "/{v}", "variables": {"v": {"default": "v2"}}}]},
            "/v2",
        ),
        ({"basePath": "/v1"}, "/v1"),
    ],
)
def test_paths_begin_with_what_the_server_says(
    others: dict[str, Any], base_path: str
) -> None:
    assert operation({}, **others).base_path == base_path


def test_the_server_of_an_operation_beats_that_of_the_document() -> None:
    own = operation({"servers": [{"url": "/own"}]}, servers=[{"url": "/api"}])

    assert own.base_path == "/own"


def test_an_operations_parameter_takes_the_place_of_the_paths() -> None:
    paths = {
        "/a/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "schema": {"type": "integer"}},
                {"name": "q", "in": "query"},
            ],
            "get": {
                "parameters": [
                    {"name": "id", "in": "path", "schema": {"type": "string"}}
                ]
            },
        }
    }

    [only] = read_operations(references_of(document(paths)))

    assert [(one.name, one.schema, one.required) for one in only.parameters] == [
        ("id", {"type": "string"}, True),
        ("q", {}, False),
    ]


def test_declared_statuses_are_expected_but_for_errors_of_the_server() -> None:
    statuses: dict[str, object] = {"201": {}, "4xx": {}, "500": {}, "default": {}}

    declared = operation({"responses": statuses}).statuses

    assert declared == {201, *range(400, 500)}


def test_json_is_sent_where_it_is_one_of_several() -> None:
    content = {
        "application/xml": {"schema": {}},
        "application/x-www-form-urlencoded": {"schema": {}},
        "application/vnd.api+json": {"schema": {"type": "object"}},
    }

    body = operation({"requestBody": {"content": content}}).body

    assert body is not None
    assert (body.media_type, body.schema) == (
        "application/vnd.api+json",
        {"type": "object"},
    )


@pytest.mark.parametrize(
    ("given", "examples"),
    [
        ({"examples": {"a": {"value": 1}, "b": {"value": 2}}}, (1, 2)),
        ({"example": 3}, (3,)),
        ({"schema": {"example": 4}}, (4,)),
        ({"schema": {"examples": [5, 6]}}, (5, 6)),
        ({"schema": {"default": 7}}, ()),
    ],
)
def test_examples_are_those_of_the_parameter_else_of_its_schema(
    given: dict[str, Any], examples: tuple[int, ...]
) -> None:
    parameter = {"name": "q", "in": "query", **given}

    assert operation({"parameters": [parameter]}).parameters[0].examples == examples


def test_swagger_2_has_bodies_and_forms_among_its_parameters() -> None:
    paths = {
        "/a": {
            "post": {
                "consumes": ["application/json"],
                "parameters": [
                    {"name": "b", "in": "body", "schema": {"type": "object"}}
                ],
            },
            "put": {
                "parameters": [
                    {"name": "f", "in": "formData", "type": "file", "required": True},
                    {"name": "t", "in": "formData", "type": "string"},
                    {
                        "name": "q",
                        "in": "query",
                        "type": "array",
                        "items": {"type": "string"},
                        "collectionFormat": "multi",
                    },
                ],
            },
        }
    }

    post, put = read_operations(references_of({"swagger": "2.0", "paths": paths}))

    assert post.body is not None
    assert (post.body.media_type, post.body.schema) == (
        "application/json",
        {"type": "object"},
    )
    assert put.body is not None
    assert put.body.media_type == "multipart/form-data"
    assert put.body.schema == {
        "type": "object",
        "properties": {
            "f": {"type": "string", "format": "binary"},
            "t": {"type": "string"},
        },
        "required": ["f"],
    }
    [query] = put.parameters
    assert query.schema == {"type": "array", "items": {"type": "string"}}
    assert query.explode


def test_what_clients_have_to_prove_themselves_with_is_named() -> None:
    schemes = {
        "token": {"type": "http", "scheme": "bearer"},
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "login": {"type": "oauth2"},
    }
    asked = [{"token": []}, {"key": [], "login": ["read"]}]

    found = operation(
        {}, security=asked, components={"securitySchemes": schemes}
    ).security

    assert found == ("token (HTTP bearer)", "key (header X-Key)", "login (oauth2)")


def test_an_operation_may_ask_for_nothing() -> None:
    assert operation({"security": []}, security=[{"token": []}]).security == ()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"paths": {}}, "neither 'openapi' nor 'swagger'"),
        ({"openapi": "3.1.0"}, "'paths' has none"),
        ({"openapi": "3.1.0", "paths": {"/a": {"summary": "x"}}}, "'paths' has none"),
    ],
)
def test_a_document_without_operations_is_told(
    content: dict[str, Any], problem: str
) -> None:
    with pytest.raises(UnreadableDocument, match=problem):
        read_operations(references_of(content))
