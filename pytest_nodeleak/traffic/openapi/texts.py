"""Texts of each format, made new by the number of the request where that is possible."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_nodeleak.load.fresh import Fresh, Identifier, Number, Numeral
from pytest_nodeleak.load.plan import JsonValue

__all__ = ["FreshText", "formatted", "free_text", "fresh_like"]

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
# A number of a request may have so many digits, where an app is attached to.
_DIGITS = 16
_MOST = 4_000
_SHORT = 12
_FIRST, _LAST = date(2020, 1, 1), date(2030, 12, 31)


@dataclass(frozen=True, slots=True)
class FreshText:
    """A text with a part that no two requests share.

    Attributes:
        before: What stands before it.
        fresh: That part.
        after: What stands behind it.

    """

    before: str
    fresh: Fresh
    after: str = ""


def free_text(word: str, fewest: int | None, most: int | None) -> FreshText | str:
    """Return a text that begins with a word, if there is room for it and a number.

    Args:
        word: What it is about.
        fewest: How many characters it must have at least; None for no bound.
        most: How many it may have; None for no bound.

    """
    least, room = fewest or 0, _MOST if most is None else most
    if room >= max(_DIGITS + 2, least):
        # The number has one digit at least and 16 at most.
        before = word.ljust(least - 2, "x")[: room - _DIGITS - 1] + "-"
        if len(before) + 1 >= least:
            return FreshText(before, Number())
    if room < 1:
        return ""
    width = min(room, max(least, _SHORT))
    return FreshText("", Numeral(alphabet=_ALPHABET, width=width))


def fresh_like(example: str, schema: Mapping[str, JsonValue]) -> FreshText | str:
    """Return an example with a new part, where its schema leaves it free."""
    if any(key in schema for key in ("enum", "const", "pattern")):
        return example
    given = schema.get("format")
    if isinstance(given, str):
        return _FRESH_FORMATS.get(given, example)
    most = schema.get("maxLength")
    made = free_text(example, None, most if isinstance(most, int) else _MOST)
    # Without room for the example there would be nothing left of it.
    is_like = isinstance(made, FreshText) and made.before == f"{example}-"
    return made if is_like else example


def _dates() -> SearchStrategy[str]:
    return st.dates(_FIRST, _LAST).map(date.isoformat)


def _moments() -> SearchStrategy[str]:
    first = datetime(_FIRST.year, 1, 1, tzinfo=UTC)
    last = datetime(_LAST.year, 1, 1, tzinfo=UTC)
    seconds = st.integers(int(first.timestamp()), int(last.timestamp()))
    return seconds.map(
        lambda second: f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}"
    )


def _coded() -> SearchStrategy[str]:
    words = st.text(_ALPHABET, min_size=3, max_size=24)
    return words.map(lambda word: base64.b64encode(word.encode()).decode())


# The formats that leave room for a part that is new.
_FRESH_FORMATS: Mapping[str, FreshText] = {
    "uuid": FreshText("", Identifier()),
    "email": FreshText("user-", Number(), "@example.com"),
    "idn-email": FreshText("user-", Number(), "@example.com"),
    "uri": FreshText("https://example.com/", Number()),
    "url": FreshText("https://example.com/", Number()),
    "uri-reference": FreshText("/", Number()),
    "hostname": FreshText("host-", Number(), ".example.com"),
}
_OTHER_FORMATS: Mapping[str, Callable[[], SearchStrategy[str]]] = {
    "date": _dates,
    "date-time": _moments,
    "time": lambda: st.times().map(lambda one: f"{one:%H:%M:%S}Z"),
    "ipv4": lambda: st.ip_addresses(v=4, network="10.0.0.0/8").map(str),
    "ipv6": lambda: st.ip_addresses(v=6, network="fd00::/8").map(str),
    "byte": _coded,
}


def formatted(name: JsonValue) -> SearchStrategy[FreshText | str] | None:
    """Return texts of a format; None for one that is a free text to us."""
    if not isinstance(name, str):
        return None
    if name in _FRESH_FORMATS:
        return st.just(_FRESH_FORMATS[name])
    make = _OTHER_FORMATS.get(name)
    return None if make is None else make()
