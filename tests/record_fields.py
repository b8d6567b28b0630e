"""The fields of ``docs/record.md``, and those of a record, to compare them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pytest_nodeleak.judging.counters import COUNTERS

__all__ = ["DOCUMENT", "Documented", "Seen", "differences", "documented", "seen_in"]

DOCUMENT = Path(__file__).parents[1] / "docs" / "record.md"
_SECTIONS = {"The file": "", "A check": "checks[].", "A finding": "findings[]."}
_COUNTER = re.compile(rf"\bmetrics\.({'|'.join(one.name for one in COUNTERS)})\b")
# Objects whose keys are names of things, and not fields.
_KEYED = {
    "stages": "<stage>",
    "by_event": "<event>",
    "by_kind": "<kind>",
    "spaces": "<space>",
    "open": "<type>",
    "left_open": "<type>",
    "growth": "<counter>",
    "leaks": "<fingerprint>",
}

# Each documented field, and when it is null; empty if never.
Documented = Mapping[str, str]
# Each field that was met, and whether it was null and whether it was not.
Seen = Mapping[str, set[bool]]


def documented() -> Documented:
    """Return the document's fields."""
    fields, prefix = {}, None
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            prefix = _SECTIONS.get(line.lstrip("# "))
        elif prefix is not None and line.startswith("| `"):
            cells = (cell.strip() for cell in line.split("|")[1:-1])
            field, _unit, _meaning, null = cells
            fields[prefix + field.strip("`")] = "" if null == "-" else null
    return fields


def seen_in(record: Mapping[str, object]) -> Seen:
    """Return the fields of a session's record."""
    seen: defaultdict[str, set[bool]] = defaultdict(set)
    for path, value in _walk(record, ""):
        seen[_as_documented(path)].add(value is None)
    return seen


def differences(record: Mapping[str, object]) -> list[str]:
    """Return the fields that the document does not have, or does not have as null."""
    fields = documented()
    found = []
    for name, nulls in seen_in(record).items():
        is_object = any(
            other.startswith((f"{name}.", f"{name}[].")) for other in fields
        )
        if name not in fields and (not is_object or True in nulls):
            found.append(f"{name} is not in it")
        elif True in nulls and not fields[name]:
            found.append(f"{name} is null")
    return found


def _walk(value: object, path: str) -> Iterator[tuple[str, object]]:
    if path and not path.endswith("]"):
        yield path, value
    if isinstance(value, Mapping):
        keyed = _KEYED.get(path.rpartition(".")[2])
        for key, inner in value.items():
            yield from _walk(inner, f"{path}.{keyed or key}".lstrip("."))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _walk(inner, f"{path}[]")


def _as_documented(path: str) -> str:
    """Name a field as the document does, which says what is alike only once."""
    if not path.startswith("checks[]."):
        return path
    path = re.sub(r"\.memory\.after\b", ".memory.before", path)
    if path != "checks[].with_time[].entries_per_s":
        path = re.sub(
            r"^checks\[\]\.(findings|with_time|proven)\[\]", "findings[]", path
        )
    if "by_event" in path:
        return path
    return _COUNTER.sub("metrics.<counter>", path)
