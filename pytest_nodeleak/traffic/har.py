"""Recorded traffic (HAR) as load: one route for each method and shape of path."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from pytest_nodeleak.load.fresh import Digits, Fresh, Identifier, Number
from pytest_nodeleak.load.plan import JsonValue, LoadPlan
from pytest_nodeleak.load.template import Pool, Template
from pytest_nodeleak.units import format_things

__all__ = ["RecordedRoute", "Recording", "read_recording"]

_POOL = 61
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
_STATIC_KINDS = {"script", "stylesheet", "image", "font", "media", "manifest"}
_STATIC_FILE = re.compile(
    r"\.(?:m?js|css|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|otf|eot|mp[34]|webm"
    r"|wasm|webmanifest)",
    re.IGNORECASE,
)
_STATIC_TYPE = re.compile(
    r"(?:image|font|audio|video)/|text/css|.*javascript", re.IGNORECASE
)
# What a server sends for as long as the client listens.
_STREAM = "text/event-stream"
_SENT = {"accept", "accept-language", "content-type", "x-requested-with"}
_OWN = re.compile(
    r"x-(?!.*(?:token|key|auth|secret|csrf|xsrf|session|forwarded|real-ip))"
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# As long as a MongoDB id, and with a digit at least: "deadbeef" may be a word.
_HASH = re.compile(r"(?=[a-f]*[0-9])[0-9a-f]{16,64}", re.IGNORECASE)
_LONGEST_DIGITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRoute:
    """All recorded requests of one method and one shape of path.

    Attributes:
        name: Such as ``GET /users/{n}``.
        plan: The requests as they were recorded, and with new ids, in turn.

    """

    name: str
    plan: LoadPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The traffic of one app.

    Attributes:
        origin: Where the app was when it was recorded.
        routes: In the order of their first request.
        requests: How many requests they are made of.
        left_out: How many were left out, by why.

    """

    origin: str
    routes: tuple[RecordedRoute, ...]
    requests: int
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        left_out = ", ".join(
            f"{why} ({count:,})" for why, count in self.left_out.items()
        )
        routes = format_things(len(self.routes), "route")
        requests = format_things(self.requests, "request")
        return f"{routes} of {requests} to {self.origin}" + (
            f"; left out: {left_out}" if left_out else ""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One recorded request."""

    method: str
    origin: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    status: int
    kind: str
    content_type: str

    @property
    def target(self) -> str:
        return self.path + (f"?{self.query}" if self.query else "")

    @property
    def why_not(self) -> str:
        """Why it is no request to a route; empty if it is one."""
        if self.method not in _METHODS or not self.origin.startswith("http"):
            return "preflights and sockets"
        if self.kind in _STATIC_KINDS or _STATIC_TYPE.match(self.content_type):
            return "static files"
        if (
            _STATIC_FILE.search(self.path[-len(".webmanifest") :])
            and self.kind != "xhr"
        ):
            return "static files"
        if self.content_type.startswith(_STREAM) or self.status == 101:
            return "streams"
        return ""


def read_recording(
    path: Path, *, origin: str | None, headers: Mapping[str, str]
) -> Recording:
    """Read a HAR file.

    Args:
        path: The file.
        origin: Where the app was; if None, where most requests went that are not static.
        headers: Sent with every request; they take the place of recorded ones.

    Raises:
        ValueError: If it has no requests to the app; it says what was expected.

    """
    entries = list(_entries(path))
    left_out = Counter(why for one in entries if (why := one.why_not))
    usable = [one for one in entries if not one.why_not]
    if not usable:
        msg = (
            f"a recording of an app: of its {len(entries)} requests none is to a route"
        )
        raise ValueError(msg)
    origins = Counter(one.origin for one in usable)
    chosen = origin.rstrip("/") if origin else origins.most_common(1)[0][0]
    own = [one for one in usable if one.origin == chosen]
    if not own:
        msg = f"a recording of {chosen}: its requests went to {', '.join(origins)}"
        raise ValueError(msg)
    if len(own) < len(usable):
        left_out["other origins"] = len(usable) - len(own)
    groups: dict[tuple[str, str], list[_Entry]] = {}
    for one in own:
        # The same route may take forms and JSON.
        name = f"{one.method} {_shape(one.path)}"
        groups.setdefault((name, dict(one.headers).get("content-type", "")), []).append(
            one
        )
    return Recording(
        origin=chosen,
        routes=tuple(
            RecordedRoute(name=name, plan=_plan(name, group, headers))
            for (name, _), group in groups.items()
        ),
        requests=len(own),
        left_out=dict(left_out),
    )


def _entries(path: Path) -> Iterator[_Entry]:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        for one in document["log"]["entries"]:
            yield _entry(one["request"], one.get("response") or {}, one)
    except OSError as exc:
        msg = f"a readable file: {exc}"
        raise ValueError(msg) from exc
    except (
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as exc:
        msg = f"a HAR file, as browsers and proxies save it: {exc!r}"
        raise ValueError(msg) from exc


def _entry(
    request: dict[str, JsonValue],
    response: dict[str, JsonValue],
    whole: dict[str, JsonValue],
) -> _Entry:
    url = urlsplit(str(request["url"]))
    content = response.get("content")
    return _Entry(
        method=str(request["method"]).upper(),
        origin=f"{url.scheme}://{url.netloc}",
        path=url.path or "/",
        query=url.query,
        headers=tuple(_kept(request.get("headers"))),
        body=_body(request.get("postData")),
        status=int(str(response.get("status", 0))),
        kind=str(whole.get("_resourceType", "")),
        content_type=str(content.get("mimeType", ""))
        if isinstance(content, dict)
        else "",
    )


def _kept(headers: JsonValue) -> Iterator[tuple[str, str]]:
    """Yield the headers that say what is asked for, and not by whom."""
    for one in headers if isinstance(headers, list) else []:
        if isinstance(one, dict):
            name = str(one.get("name", "")).lower()
            if name in _SENT or _OWN.match(name):
                yield name, str(one.get("value", ""))


def _body(data: JsonValue) -> str | None:
    if not isinstance(data, dict):
        return None
    if isinstance(text := data.get("text"), str):
        return text
    fields = data.get("params")
    return urlencode(
        [
            (str(one.get("name", "")), str(one.get("value", "")))
            for one in (fields if isinstance(fields, list) else [])
            if isinstance(one, dict)
        ]
    )


def _shape(path: str) -> str:
    """Return a path with what varies in it left out, as in ``/users/{n}``."""
    return "/".join(_named(segment) for segment in path.split("/"))


def _named(segment: str) -> str:
    match _fresh(segment):
        case Number():
            return "{n}"
        case Identifier():
            return "{uuid}"
        case None:
            return segment
        case _:
            return "{hash}"


def _fresh(segment: str) -> Fresh | None:
    """Return what a part of a path varies by; None if it does not."""
    if segment.isdecimal() and segment.isascii():
        return Number()
    if _UUID.fullmatch(segment):
        return Identifier()
    if _HASH.fullmatch(segment):
        return Digits(width=min(len(segment), _LONGEST_DIGITS))
    return None


def _freshened(one: _Entry) -> Template:
    """Return where a request goes to, with new ids in its path."""
    literals, fresh = [""], []
    for position, segment in enumerate(one.path.split("/")):
        literals[-1] += "/" if position else ""
        made = _fresh(segment)
        if made is None:
            literals[-1] += segment
        else:
            fresh.append(made)
            literals.append("")
    literals[-1] += f"?{one.query}" if one.query else ""
    return Template.of(literals, fresh)


def _plan(name: str, group: Sequence[_Entry], headers: Mapping[str, str]) -> LoadPlan:
    requests = dict.fromkeys(
        (target, one.body)
        for one in group
        for target in (Template.of([one.target], ()), _freshened(one))
    )
    pool = list(requests)[:_POOL]
    given = {key.lower() for key in headers}
    own = [(key, value) for key, value in group[0].headers if key not in given]
    bodies = [Template.of([body or ""], ()) for _, body in pool]
    return LoadPlan(
        method=group[0].method,
        target=name,
        path=Pool([target for target, _ in pool]),
        body=Pool(bodies) if any(body is not None for _, body in pool) else None,
        headers=tuple(
            (key, Template.of([value], ())) for key, value in (*headers.items(), *own)
        ),
        expect_status=frozenset({*range(200, 400), *(one.status for one in group)})
        - {0, *range(500, 600)},
    )
