"""Known leaks: a file says which are accepted, why, until when, and up to which rate.

Pure: text in, values out, and the day is passed in. How a file reads is told in
``docs/suppressions.md``.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from pytest_nodeleak.evidence.fingerprint import FINGERPRINT_LENGTH
from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.heap.kinds import HOLDER_KINDS, Kind
from pytest_nodeleak.units import format_bytes, format_count, parse_bytes

__all__ = ["Rate", "Suppression", "Suppressions", "parse_suppressions"]

_TABLE = "suppress"
_FINGERPRINT = re.compile(rf"[0-9a-f]{{{FINGERPRINT_LENGTH}}}")
# What has no holder is no leak that could be known: limits can be raised, and a crash is
# never accepted.
_KINDS = tuple(str(kind) for kind in Kind if kind in HOLDER_KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What one request may add at most.

    Attributes:
        value: A number of entries, or of bytes.
        is_bytes: Which of them.

    """

    value: float
    is_bytes: bool = False

    def __str__(self) -> str:
        if self.is_bytes:
            return f"{format_bytes(self.value)}/request"
        return f"{format_count(self.value)}/request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One entry of the file. All of its patterns have to fit; an empty one always does.

    Attributes:
        number: Its position in the file, from 1.
        reason: Why the leak is accepted.
        expires: The last day that it is.
        fingerprint: That of the report.
        holder: The holder's name or a pattern of it, as ``fnmatch`` reads it.
        package: The same for the holder's package.
        kind: The finding's kind.
        target: A pattern of the route or scenario.
        at_most: The highest accepted rate; None for any.

    """

    number: int
    reason: str
    expires: date
    fingerprint: str = ""
    holder: str = ""
    package: str = ""
    kind: str = ""
    target: str = ""
    at_most: Rate | None = None

    def __str__(self) -> str:
        """Name the entry by what it is about."""
        about = self.fingerprint or self.holder
        return f"suppression {self.number} ({about})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressions:
    """A file of known leaks.

    Attributes:
        entries: In the file's order.
        today: The day that decides what has expired.
        file: The file's name; empty if there is none.

    """

    entries: tuple[Suppression, ...] = ()
    today: date = date.min
    file: str = ""


def parse_suppressions(text: str, *, file: str, today: date) -> Suppressions:
    """Read a file of known leaks.

    Args:
        text: TOML, with one ``[[suppress]]`` table for each.
        file: Its name, for errors.
        today: The day that decides what has expired.

    Raises:
        InvalidSetting: If there is anything wrong with it; it says what to write.

    """
    try:
        document = tomllib.loads(text)
    # The second is a number of thousands of digits, which TOML allows.
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as exc:
        raise InvalidSetting(
            name="suppressions file", value=file, source=file, expected=f"TOML: {exc}"
        ) from exc
    for name in document:
        if name != _TABLE:
            raise _unknown(name, (_TABLE,), what="table", source=file)
    tables = document.get(_TABLE, [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise InvalidSetting(
            name=_TABLE,
            value=tables,
            source=file,
            expected="a list of tables: write [[suppress]] above each entry",
        )
    return Suppressions(
        entries=tuple(
            _entry(table, number, file) for number, table in enumerate(tables, start=1)
        ),
        today=today,
        file=file,
    )


def _entry(table: Mapping[str, object], number: int, file: str) -> Suppression:
    about = table.get("fingerprint", table.get("holder"))
    source = f"{file}, entry {number}" + (f" ({about})" if about else "")
    values: dict[str, object] = {}
    for name, value in table.items():
        if name not in _FIELDS:
            raise _unknown(name, tuple(_FIELDS), what="key", source=source)
        try:
            values[name] = _FIELDS[name](value)
        except ValueError as exc:
            raise InvalidSetting(
                name=name, value=_shown(value), source=source, expected=str(exc)
            ) from exc
    for name, needed in _REQUIRED.items():
        if name not in values:
            raise InvalidSetting(
                name=name, value=None, source=source, expected=f"set; {needed}"
            )
    entry = Suppression(number=number, **values)  # type: ignore[arg-type]  # by _FIELDS
    _require_aim(entry, source)
    return entry


def _require_aim(entry: Suppression, source: str) -> None:
    """Refuse an entry that would accept every leak.

    Raises:
        InvalidSetting: If it does.

    """
    if not entry.fingerprint and not entry.holder:
        raise InvalidSetting(
            name="fingerprint",
            value=None,
            source=source,
            expected="set, and neither is holder; name the leak by one of them, as the"
            " report shows it",
        )
    narrow = (entry.fingerprint, entry.holder, entry.package, entry.target)
    if not any(pattern.strip("*?") for pattern in narrow):
        raise InvalidSetting(
            name="holder",
            value=entry.holder,
            source=source,
            expected="narrow enough: it fits every leak. Name the holder, or narrow the"
            " entry by package or target",
        )


def _unknown(
    name: str, known: Sequence[str], *, what: str, source: str
) -> InvalidSetting:
    alike = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {alike[0]!r}?" if alike else ""
    return InvalidSetting(
        name=what, value=name, source=source, expected=_one_of(known) + hint
    )


def _one_of(known: Sequence[str]) -> str:
    return f"one of {', '.join(known)}" if len(known) > 1 else repr(known[0])


def _shown(value: object) -> object:
    """Show a day as it is written in the file."""
    return str(value) if isinstance(value, date) else value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        msg = "a text in quotes"
        raise ValueError(msg)
    return value.strip()


def _fingerprint(value: object) -> str:
    if not isinstance(value, str) or not _FINGERPRINT.fullmatch(value):
        msg = f"the {FINGERPRINT_LENGTH} digits in quotes that the report shows"
        raise ValueError(msg)
    return value


def _kind(value: object) -> str:
    if value in _KINDS:
        return str(value)
    alike = difflib.get_close_matches(str(value), _KINDS, n=1)
    hint = f"; did you mean {alike[0]!r}?" if alike else ""
    msg = _one_of(_KINDS) + hint
    raise ValueError(msg)


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as exc:
        msg = "a day such as 2027-03-31"
        raise ValueError(msg) from exc


def _rate(value: object) -> Rate:
    rate: Rate | None = None
    # True is a number to Python.
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError):
            rate = Rate(value=float(value))
    elif isinstance(value, str) and not value.strip().replace(".", "").isdecimal():
        try:
            rate = Rate(value=parse_bytes(value), is_bytes=True)
        except ValueError:
            rate = None
    if rate is None or not 0 < rate.value < math.inf:
        msg = "a number of entries above 0, such as 1.5, or a size such as '2 KB'"
        raise ValueError(msg)
    return rate


_FIELDS: Mapping[str, Callable[[object], object]] = {
    "fingerprint": _fingerprint,
    "holder": _text,
    "package": _text,
    "kind": _kind,
    "target": _text,
    "reason": _text,
    "expires": _day,
    "at_most": _rate,
}
_REQUIRED = {
    "reason": "say why the leak is accepted, for whoever reads this next",
    "expires": "name the last day it is accepted, such as expires = 2027-03-31",
}
