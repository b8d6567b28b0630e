"""What a load consists of, validated before anything is sent."""

from __future__ import annotations

import json as jsonlib
import re
import string
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.load.connections import Connections
from pytest_nodeleak.load.template import Pool, Rendering, Template

__all__ = [
    "JsonValue",
    "LoadPlan",
    "is_expected",
    "join_targets",
    "parse_route",
    "require_positive",
    "split_targets",
]

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]

_ROUTE = re.compile(r"(?:(?P<method>[A-Za-z]+)\s+)?(?P<path>/\S*)")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_SUCCESS = range(200, 400)
_BETWEEN_TARGETS = " + "


def join_targets(targets: Iterable[str]) -> str:
    """Return how reports name a load: its route or scenario, or all routes of a mix."""
    return _BETWEEN_TARGETS.join(targets)


def split_targets(target: str) -> list[str]:
    """Return the parts of a name that :func:`join_targets` has made."""
    return target.split(_BETWEEN_TARGETS)


def is_expected(status: int, expected: Collection[int]) -> bool:
    """Tell whether an answer is what the load asked for; default: any 2xx or 3xx."""
    return status in (expected or _SUCCESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """One route and how it is called.

    Attributes:
        method: In capitals.
        path: Path and query, with placeholders, or several in turn.
        target: How reports name it.
        headers: Values with placeholders.
        body: The request body with placeholders, or None.
        concurrency: How many requests are under way at once.
        expect_status: Statuses that are fine; empty means any 2xx or 3xx.
        connections: What becomes of the connections.

    """

    method: str
    path: Rendering
    target: str
    headers: tuple[tuple[str, Rendering], ...] = ()
    body: Rendering | None = None
    concurrency: int = 8
    expect_status: frozenset[int] = frozenset()
    connections: Connections = field(default_factory=Connections)

    @property
    def has_constant_headers(self) -> bool:
        """Whether all requests have the same headers."""
        return all(template.is_constant for _, template in self.headers)

    @property
    def variants(self) -> int:
        """How many different requests there are, however they are made new."""
        return len(self.path.templates) if isinstance(self.path, Pool) else 1

    def keeping(self, positions: Sequence[int]) -> LoadPlan:
        """Return the plan with some of its variants only."""

        def kept(rendering: Rendering) -> Rendering:
            if not isinstance(rendering, Pool):
                return rendering
            return Pool([rendering.templates[position] for position in positions])

        return replace(
            self,
            path=kept(self.path),
            headers=tuple((name, kept(text)) for name, text in self.headers),
            body=None if self.body is None else kept(self.body),
        )

    @classmethod
    def for_route(  # noqa: PLR0913  # the parameters of hammer(), all optional
        cls,
        route: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: JsonValue = None,
        data: str | None = None,
        concurrency: int = 8,
        expect_status: int | Collection[int] = (),
        connections: Connections | None = None,
    ) -> LoadPlan:
        """Build a plan from ``"GET /users/{n}"`` and the arguments of ``hammer``.

        Raises:
            InvalidSetting: If the route or an argument cannot be used.

        """
        method, path = parse_route(route)
        if json is not None and data is not None:
            raise InvalidSetting(
                name="json= together with data= for",
                value=route,
                source="hammer()",
                expected="possible; give one of them",
            )
        require_positive("concurrency=", concurrency)
        all_headers = dict(headers or {})
        if json is not None:
            data = jsonlib.dumps(json)
            if "content-type" not in map(str.lower, all_headers):
                all_headers["Content-Type"] = "application/json"
        statuses = {expect_status} if isinstance(expect_status, int) else expect_status
        return cls(
            method=method,
            # Quotes what is beyond ASCII only: the rest is as the user wants it sent.
            path=Template(quote(path, safe=string.punctuation)),
            target=f"{method} {path}",
            headers=tuple((key, Template(text)) for key, text in all_headers.items()),
            body=None if data is None else Template(data),
            concurrency=concurrency,
            expect_status=frozenset(statuses),
            connections=connections or Connections(),
        )


def require_positive(name: str, value: int | None, *, source: str = "hammer()") -> None:
    """Raise :class:`InvalidSetting` for a number below 1; None is fine."""
    if value is not None and value < 1:
        raise InvalidSetting(
            name=name,
            value=value,
            source=source,
            expected="a whole number of at least 1",
        )


def parse_route(route: str, *, source: str = "hammer()") -> tuple[str, str]:
    """Split ``"GET /users/{n}"`` into method and path; the method may be left out.

    Raises:
        InvalidSetting: If it is no route; it says that it came from ``source``.

    """
    match = _ROUTE.fullmatch(route.strip())
    # A group that did not take part is None, whatever the stubs say.
    given: str | None = match["method"] if match else ""
    method = "GET" if given is None else given.upper()
    if match is None or method not in _METHODS:
        raise InvalidSetting(
            name="route",
            value=route,
            source=source,
            expected="a method and a path such as 'GET /users/{n}'",
        )
    return method, match["path"]
