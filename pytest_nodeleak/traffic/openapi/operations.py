"""The operations of an OpenAPI document: 3.0, 3.1 and Swagger 2 in one form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pytest_nodeleak.load.plan import JsonValue
from pytest_nodeleak.traffic.openapi.references import (
    Node,
    References,
    UnreadableDocument,
    mapping,
    sequence,
)

__all__ = ["Body", "Operation", "Parameter", "read_operations"]

_METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
# What Swagger 2 has in the parameter itself.
_OF_SCHEMA = frozenset(
    {
        *("type", "format", "items", "enum", "pattern", "default", "uniqueItems"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "minItems", "maxItems"),
    }
)
# What a generated body can be written as, the best first.
_MEDIA = (
    r"application/json",
    r"application/[\w.+-]+\+json",
    r"application/x-www-form-urlencoded",
    r"multipart/form-data",
    r"text/plain",
    r".*json.*",
)
_STATUSES = range(100, 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter that is no body.

    Attributes:
        name: As it is sent.
        place: ``"path"``, ``"query"``, ``"header"`` or ``"cookie"``.
        schema: Of its value.
        required: Whether it must be given.
        style: How arrays and objects are written.
        explode: Whether each of their parts is a parameter of its own.
        examples: Values the document gives.

    """

    name: str
    place: str
    schema: JsonValue
    required: bool
    style: str
    explode: bool
    examples: tuple[JsonValue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What is sent in a request.

    Attributes:
        media_type: As what it is written.
        schema: Of its value.
        examples: Values the document gives.

    """

    media_type: str
    schema: JsonValue
    examples: tuple[JsonValue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path.

    Attributes:
        method: In capitals.
        path: With ``{name}`` for parameters, without what all paths begin with.
        base_path: What they begin with, without a slash at the end.
        parameters: Those of the path and its own.
        body: What is sent; None if nothing is.
        statuses: Answers that the document declares, but for errors of the server.
        security: What it asks clients to prove themselves with, for messages.
        references: What its schemas refer to.

    """

    method: str
    path: str
    base_path: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    statuses: frozenset[int] = frozenset()
    security: tuple[str, ...] = ()
    references: References = field(repr=False, compare=False)

    @property
    def label(self) -> str:
        """How reports call it."""
        return f"{self.method} {self.path}"


def read_operations(references: References) -> list[Operation]:
    """Return all operations of a document, in its order.

    Raises:
        UnreadableDocument: If it is not what it should be; the text says what is.

    """
    root = references.root
    if "openapi" not in root and "swagger" not in root:
        msg = "an OpenAPI document: it has neither 'openapi' nor 'swagger'"
        raise UnreadableDocument(msg)
    found = [
        _operation(references, method, path, item)
        for path, value in mapping(root.get("paths")).items()
        for item in [references.follow(value)]
        for method in _METHODS
        if isinstance(item.get(method), dict)
    ]
    if not found:
        msg = "a document with operations: its 'paths' has none"
        raise UnreadableDocument(msg)
    return found


def _operation(references: References, method: str, path: str, item: Node) -> Operation:
    root, own = references.root, references.follow(item[method])
    given = {
        (str(one.get("name")), str(one.get("in"))): one
        for value in (
            *sequence(item.get("parameters")),
            *sequence(own.get("parameters")),
        )
        for one in [references.follow(value)]
    }.values()
    return Operation(
        method=method.upper(),
        path=path,
        base_path=_base_path(own, item, root),
        parameters=tuple(
            _parameter(references, one)
            for one in given
            if str(one.get("in")) in {"path", "query", "header", "cookie"}
        ),
        body=_body(references, own)
        or _swagger_2_body(
            references, list(given), own.get("consumes", root.get("consumes"))
        ),
        statuses=frozenset(_statuses(mapping(own.get("responses")))),
        security=tuple(_security(references, own)),
        references=references,
    )


def _base_path(*levels: Node) -> str:
    """Return what paths begin with, by the innermost level that has a server."""
    for level in levels:
        for server in sequence(level.get("servers")):
            url = str(mapping(server).get("url", ""))
            for name, variable in mapping(mapping(server).get("variables")).items():
                url = url.replace(
                    f"{{{name}}}", str(mapping(variable).get("default", ""))
                )
            return _path_of(url).rstrip("/")
    return str(levels[-1].get("basePath", "")).rstrip("/")


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError as exc:
        msg = f"a document whose servers have addresses, and {url!r} is none: {exc}"
        raise UnreadableDocument(msg) from exc


def _parameter(references: References, given: Node) -> Parameter:
    place = str(given.get("in"))
    schema = given.get("schema")
    content = mapping(given.get("content"))
    media: Node = {}
    if content:
        # Written as JSON, whatever it is said to be.
        media = references.follow(next(iter(content.values())))
        schema = media.get("schema")
    if schema is None:
        schema = _schema_of(given)
    multi = given.get("collectionFormat") == "multi"
    style = str(
        given.get("style", "form" if place in {"query", "cookie"} else "simple")
    )
    return Parameter(
        name=str(given.get("name")),
        place=place,
        schema=schema,
        required=bool(given.get("required")) or place == "path",
        style="json" if content else style,
        explode=bool(
            given.get("explode", multi or ("schema" in given and style == "form"))
        ),
        examples=_examples(references, given, media, schema),
    )


def _body(references: References, operation: Node) -> Body | None:
    content = mapping(references.follow(operation.get("requestBody")).get("content"))
    if not content:
        return None
    media_type = _best(list(content))
    media = references.follow(content[media_type])
    schema = media.get("schema", {})
    return Body(
        media_type=media_type,
        schema=schema,
        examples=_examples(references, media, {}, schema),
    )


def _swagger_2_body(
    references: References, given: Sequence[Node], consumes: JsonValue
) -> Body | None:
    types = [str(one) for one in sequence(consumes)]
    for one in given:
        if one.get("in") == "body":
            schema = one.get("schema", {})
            return Body(
                media_type=_best(types or ["application/json"]),
                schema=schema,
                examples=_examples(references, one, {}, schema),
            )
    form = [one for one in given if one.get("in") == "formData"]
    if not form:
        return None
    has_file = any(one.get("type") == "file" for one in form)
    properties: Node = {
        str(one.get("name")): {"type": "string", "format": "binary"}
        if one.get("type") == "file"
        else _schema_of(one)
        for one in form
    }
    required: list[JsonValue] = [
        str(one["name"]) for one in form if one.get("required")
    ]
    usual = "multipart/form-data" if has_file else "application/x-www-form-urlencoded"
    return Body(
        media_type=usual if has_file or not types else _best(types),
        schema={"type": "object", "properties": properties, "required": required},
    )


def _schema_of(parameter: Node) -> Node:
    return {key: value for key, value in parameter.items() if key in _OF_SCHEMA}


def _best(types: Sequence[str]) -> str:
    """Return the type that is written best; the first if none is known."""
    for pattern in _MEDIA:
        for one in types:
            if re.match(pattern, one, re.IGNORECASE):
                return one
    return types[0]


def _examples(
    references: References, first: Node, second: Node, schema: JsonValue
) -> tuple[JsonValue, ...]:
    """Return the examples of a parameter or a body, else those of its schema."""
    for node in (first, second):
        named = mapping(node.get("examples")).values()
        values = [references.follow(one) for one in named]
        if given := [one["value"] for one in values if "value" in one]:
            return tuple(given)
        for key in ("example", "x-example"):
            if key in node:
                return (node[key],)
    own = references.follow(schema)
    if several := sequence(own.get("examples")):
        return tuple(several)
    return (own["example"],) if "example" in own else ()


def _statuses(responses: Node) -> Iterator[int]:
    for status in responses:
        if re.fullmatch("[1-4]XX", status, re.IGNORECASE):
            hundred = 100 * int(status[0])
            yield from range(hundred, hundred + 100)
        elif re.fullmatch("[0-9]{3}", status) and int(status) in _STATUSES:
            yield int(status)


def _security(references: References, operation: Node) -> Iterator[str]:
    """Yield what each scheme is: one of them is enough."""
    root = references.root
    asked = operation.get("security", root.get("security"))
    schemes = mapping(mapping(root.get("components")).get("securitySchemes"))
    schemes = schemes or mapping(root.get("securityDefinitions"))
    for name in dict.fromkeys(each for one in sequence(asked) for each in mapping(one)):
        scheme = references.follow(schemes.get(name))
        kind = str(scheme.get("type", "unknown"))
        match kind:
            case "http":
                detail = f"HTTP {scheme.get('scheme', '')}"
            case "apiKey":
                detail = f"{scheme.get('in')} {scheme.get('name')}"
            case _:
                detail = kind
        yield f"{name} ({detail})"
