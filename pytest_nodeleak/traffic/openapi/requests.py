"""The requests of an operation: a pool of different ones, made before the load."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from hypothesis import strategies as st

from pytest_nodeleak.load.fresh import Fresh, Number
from pytest_nodeleak.load.plan import LoadPlan
from pytest_nodeleak.load.template import Pool, Template
from pytest_nodeleak.traffic.openapi.drawing import draw
from pytest_nodeleak.traffic.openapi.examples import freshened
from pytest_nodeleak.traffic.openapi.operations import Body, Operation, Parameter
from pytest_nodeleak.traffic.openapi.references import mapping
from pytest_nodeleak.traffic.openapi.values import Strategy, Value, Values, literal
from pytest_nodeleak.traffic.openapi.writing import (
    BOUNDARY,
    form,
    json_pieces,
    multipart,
    parameter,
    plain,
    template,
)

__all__ = ["Requests", "requests_of"]

# A prime number, so that windows of load are no multiples of it.
_POOL = 61
_PLACE = re.compile(r"\{([^}]+)\}")
_BODY = "body"
_FIRST_IDS = 3


@dataclass(frozen=True, slots=True)
class _Request:
    """One request of the pool, written."""

    path: Template
    body: Template | None
    headers: tuple[tuple[str, Template], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """An operation as load.

    Attributes:
        plan: The pool.
        spare: Positions in it of requests that ask for what an app with data of its own
            may have, for the case that it does not have what the others ask for.

    """

    plan: LoadPlan
    spare: tuple[int, ...] = ()


def requests_of(operation: Operation, *, headers: Mapping[str, str]) -> Requests:
    """Return an operation as load.

    Args:
        operation: What is called.
        headers: Sent with every request; they take the place of generated ones.

    Raises:
        UnreadableDocument: If a reference of a schema leads nowhere.
        NothingToDraw: If no value fits a schema.

    """
    given_names = {name.lower() for name in headers}
    sent = [
        one
        for one in operation.parameters
        if not (one.place == "header" and one.name.lower() in given_names)
        and not (one.place in {"header", "cookie"} and not _is_always(one))
    ]
    usual = _pool(operation, sent)
    pool = list(dict.fromkeys(_written(operation, sent, values) for values in usual))[
        :_POOL
    ]
    others = (_written(operation, sent, values) for values in _spare(sent, usual[0]))
    spare = [one for one in dict.fromkeys(others) if one not in pool]
    used = len(pool)
    pool += spare
    own_headers = [
        (name, Pool([one.headers[position][1] for one in pool]))
        for position, (name, _) in enumerate(pool[0].headers)
        if name.lower() not in given_names
    ]
    bodies = [one.body for one in pool if one.body is not None]
    plan = LoadPlan(
        method=operation.method,
        target=operation.label,
        path=Pool([one.path for one in pool]),
        body=Pool(bodies) if bodies else None,
        headers=(
            *((name, Template.of([text], ())) for name, text in headers.items()),
            *own_headers,
        ),
        expect_status=frozenset({*operation.statuses, *range(200, 400)}),
    )
    return Requests(plan=plan, spare=tuple(range(used, len(pool))))


def _spare(
    sent: Sequence[Parameter], values: Mapping[str, Value]
) -> Iterator[Mapping[str, Value]]:
    """Yield a request with the first ids there may be instead of new ones."""
    counted = {
        _key(one): value
        for one in sent
        if one.place == "path" and isinstance(value := values[_key(one)], Number)
    }
    if counted:
        for turn in range(_FIRST_IDS):
            yield {
                **values,
                **{key: int(number.at(turn)) for key, number in counted.items()},
            }


def _pool(operation: Operation, sent: Sequence[Parameter]) -> list[dict[str, Value]]:
    """Return what requests say: first what the examples say, then what is made up."""
    values = Values(operation.references)
    mandatory: dict[str, Strategy] = {}
    optional: dict[str, Strategy] = {}
    examples: dict[str, Sequence[Value]] = {}
    for one in sent:
        made = values.of(one.schema, one.name)
        if own := [literal(example) for example in one.examples]:
            examples[_key(one)] = own
            made = st.one_of(st.sampled_from(own), made)
        (mandatory if _is_always(one) else optional)[_key(one)] = made
    if operation.body is not None:
        made = values.of(operation.body.schema)
        if own := [literal(example) for example in operation.body.examples]:
            examples[_BODY] = own
            fresh = [
                freshened(example, operation.body.schema, values)
                for example in operation.body.examples
            ]
            made = st.sampled_from([*own, *fresh])
        mandatory[_BODY] = made
    everything = st.fixed_dictionaries(mandatory, optional=optional)
    drawn = draw(everything, _POOL, operation.label)
    first = [
        {**drawn[0], **{key: one[position % len(one)] for key, one in examples.items()}}
        for position in range(max(map(len, examples.values()), default=0))
    ]
    return [*first, *drawn]


def _is_always(one: Parameter) -> bool:
    return one.required or bool(one.examples and one.place != "query")


def _key(one: Parameter) -> str:
    return f"{one.place} {one.name}"


def _written(
    operation: Operation, sent: Sequence[Parameter], values: Mapping[str, Value]
) -> _Request:
    told: dict[str, list[tuple[Parameter, Value]]] = {}
    for one in sent:
        if _key(one) in values:
            told.setdefault(one.place, []).append((one, values[_key(one)]))
    headers = [
        (one.name, template(next(parameter(one, value))))
        for one, value in told.get("header", ())
    ]
    if cookies := told.get("cookie"):
        pieces: list[str | Fresh] = []
        for one, value in cookies:
            pieces += [
                "; " if pieces else "",
                f"{one.name}=",
                *next(parameter(one, value)),
            ]
        headers.append(("Cookie", template(pieces)))
    body = None
    if operation.body is not None:
        content_type, body = _written_body(operation.body, values[_BODY], operation)
        headers.append(("Content-Type", Template.of([content_type], ())))
    return _Request(
        path=_path(operation, told.get("path", ()), told.get("query", ())),
        body=body,
        headers=tuple(headers),
    )


def _path(
    operation: Operation,
    in_path: Sequence[tuple[Parameter, Value]],
    in_query: Sequence[tuple[Parameter, Value]],
) -> Template:
    by_name = {one.name: (one, value) for one, value in in_path}
    pieces: list[str | Fresh] = [operation.base_path]
    for position, text in enumerate(_PLACE.split(operation.path)):
        if position % 2 == 0:
            pieces.append(quote(text, safe="/:@!$&'()*+,;=~"))
        elif text in by_name:
            pieces += next(parameter(*by_name[text]))
        else:
            # The document says nothing about it, but there it is.
            pieces += plain(f"{text}-1")
    joint = "?"
    for one, value in in_query:
        for part in parameter(one, value):
            pieces += [joint, *part]
            joint = "&"
    return template(pieces)


def _written_body(
    body: Body, value: Value, operation: Operation
) -> tuple[str, Template]:
    """Return a body and its content type."""
    kind = body.media_type.lower()
    if "x-www-form-urlencoded" in kind:
        return body.media_type, template(form(value))
    if "multipart/" in kind:
        properties = mapping(operation.references.follow(body.schema).get("properties"))
        files = {
            key: "application/octet-stream"
            for key, schema in properties.items()
            if operation.references.follow(schema).get("format") == "binary"
        }
        content_type = f"multipart/form-data; boundary={BOUNDARY}"
        return content_type, template(multipart(value, files))
    if "json" in kind:
        return body.media_type, template(json_pieces(value))
    content_type = "application/octet-stream" if "*" in kind else body.media_type
    return content_type, template(plain(value, safe=None))
