"""What is in a heap, as text and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from pytest_nodeleak.evidence.findings import Place
from pytest_nodeleak.heap.duplicates import DuplicateString
from pytest_nodeleak.heap.inventory import BigObject, Group, Inventory
from pytest_nodeleak.heap.scopes import Scope
from pytest_nodeleak.heap.sources import SourcePosition, package_of
from pytest_nodeleak.report.culprit import printable
from pytest_nodeleak.report.schema import SCHEMA
from pytest_nodeleak.units import format_bytes

__all__ = ["inventory_lines", "inventory_record"]

Locate = Callable[[SourcePosition | None], Place | None]

_NAME_WIDTH = 44
_MOST_LINES = 10
_MOST_VARIABLES = 6
_LONGEST_TEXT = 60
_NO_FUNCTION = "(no function: V8 and its roots)"
_OWN = "(the app itself)"
_NODEJS = "(Node.js)"


def inventory_lines(
    inventory: Inventory, file: str, *, locate: Locate, show_strings: bool = False
) -> list[str]:
    """Return the summary of a snapshot.

    Args:
        inventory: What is in it.
        file: What it is called.
        locate: Gives places as a reader knows them.
        show_strings: Whether duplicate strings are shown themselves.

    """
    found = _lines(inventory, file, locate=locate, show_strings=show_strings)
    return [printable(line).rstrip() for line in found]


def inventory_record(
    inventory: Inventory, file: str, *, locate: Locate, show_strings: bool = False
) -> dict[str, Any]:
    """Return the same as data; arguments as in :func:`inventory_lines`."""
    duplicates = inventory.duplicates
    return {
        "schema": SCHEMA,
        "command": "show",
        "file": file,
        "nodes": inventory.nodes,
        "edges": inventory.edges,
        "bytes": inventory.size_bytes,
        "external_bytes": inventory.external_bytes,
        "unreachable_bytes": inventory.unreachable_bytes,
        "contexts": inventory.contexts,
        "types": [_group(group) for group in inventory.types],
        "classes": [_group(group) for group in inventory.classes],
        "files": [
            {"file": name, "held_bytes": size_bytes}
            for name, size_bytes in _by_file(inventory, locate)
        ],
        "packages": [
            {"package": name, "held_bytes": size_bytes}
            for name, size_bytes in _by_package(inventory)
        ],
        "duplicate_strings": {
            "texts": duplicates.texts,
            "strings": duplicates.strings,
            "wasted_bytes": duplicates.wasted_bytes,
            "largest": [
                _duplicate(one, show_strings=show_strings) for one in duplicates.largest
            ],
        },
        "scopes": [_scope(scope, locate) for scope in inventory.scopes],
        "objects": [_object(one, locate) for one in inventory.objects],
    }


def _lines(
    inventory: Inventory, file: str, *, locate: Locate, show_strings: bool
) -> Iterator[str]:
    yield f"{file}: {_headline(inventory)}"
    yield _line("by type", "nodes", "size")
    for group in inventory.types[:_MOST_LINES]:
        yield _line(group.name, f"{group.nodes:,}", format_bytes(group.size_bytes))
    yield from _section("by class", "objects", "size", "retained")
    for group in inventory.classes:
        yield _line(
            group.name,
            f"{group.nodes:,}",
            format_bytes(group.size_bytes),
            format_bytes(group.retained_bytes or 0),
        )
    for title, shares in (
        ("by file", _by_file(inventory, locate)),
        ("by package", _by_package(inventory)),
    ):
        yield from _section(title, "held", "share")
        for name, size_bytes in shares[:_MOST_LINES]:
            share = size_bytes / max(1, inventory.size_bytes)
            yield _line(name, format_bytes(size_bytes), f"{share:.1%}")
    yield from _duplicates(inventory, show_strings=show_strings)
    yield from _section("variables of functions", "retained")
    for scope in inventory.scopes:
        where = f"  {_some(scope.variables)}"
        yield (
            _line(_function(scope, locate), format_bytes(scope.retained_bytes)) + where
        )
    yield from _section("biggest objects", "retained", "size")
    for one in inventory.objects:
        yield (
            _line(
                f"{one.holder.name}: {one.holder.class_name}",
                format_bytes(one.retained_bytes),
                format_bytes(one.size_bytes),
            )
            + f"  {locate(one.holder.near) or ''}"
        )


def _headline(inventory: Inventory) -> str:
    total = format_bytes(inventory.size_bytes)
    parts = [
        f"{total} in {inventory.nodes:,} nodes, {inventory.edges:,} references",
        f"{format_bytes(inventory.external_bytes)} of it outside the V8 heap",
    ]
    if inventory.unreachable_bytes:
        unreachable = format_bytes(inventory.unreachable_bytes)
        parts.append(f"{unreachable} that nothing keeps any more")
    if inventory.contexts > 1:
        parts.append(f"{inventory.contexts:,} JavaScript contexts (node:vm)")
    return "; ".join(parts)


def _duplicates(inventory: Inventory, *, show_strings: bool) -> Iterator[str]:
    duplicates = inventory.duplicates
    yield from _section("duplicate strings", "times", "wasted")
    for one in duplicates.largest:
        name = f"{one.length:,}{' or more' if one.is_cut else ''} characters"
        line = _line(
            f"{name} #{one.digest}", f"{one.count:,}", format_bytes(one.wasted_bytes)
        )
        yield line + (f"  {_shown(one)!r}" if show_strings else "")
    yield _line(
        f"all {duplicates.texts:,} texts that are there several times",
        f"{duplicates.strings:,}",
        format_bytes(duplicates.wasted_bytes),
    )


def _section(title: str, *columns: str) -> Iterator[str]:
    yield ""
    yield _line(title, *columns)


def _line(name: str, *columns: str) -> str:
    short = name if len(name) <= _NAME_WIDTH else "…" + name[1 - _NAME_WIDTH :]
    return f"  {short:<{_NAME_WIDTH}}" + "".join(f"{one:>10}" for one in columns)


def _by_file(inventory: Inventory, locate: Locate) -> list[tuple[str, int]]:
    shares: Counter[str] = Counter()
    for script, size_bytes in inventory.scripts.items():
        place = locate(SourcePosition(script=script)) if script else None
        shares[place.file if place else _NO_FUNCTION] += size_bytes
    return shares.most_common()


def _by_package(inventory: Inventory) -> list[tuple[str, int]]:
    shares: Counter[str] = Counter()
    for script, size_bytes in inventory.scripts.items():
        shares[_package(script)] += size_bytes
    return shares.most_common()


def _package(script: str | None) -> str:
    if script is None:
        return _NO_FUNCTION
    if SourcePosition(script=script).is_node_internal:
        return _NODEJS
    return package_of(script) or _OWN


def _function(scope: Scope, locate: Locate) -> str:
    return f"{scope.function or '(anonymous)'} {locate(scope.place) or ''}".rstrip()


def _some(variables: tuple[str, ...]) -> str:
    more = len(variables) - _MOST_VARIABLES
    return ", ".join(variables[:_MOST_VARIABLES]) + (
        f" and {more} more" if more > 0 else ""
    )


def _shown(one: DuplicateString) -> str:
    return (
        one.text if len(one.text) <= _LONGEST_TEXT else one.text[:_LONGEST_TEXT] + "…"
    )


def _group(group: Group) -> dict[str, Any]:
    record: dict[str, Any] = {
        "name": group.name,
        "nodes": group.nodes,
        "bytes": group.size_bytes,
    }
    if group.retained_bytes is not None:
        record["retained_bytes"] = group.retained_bytes
    return record


def _duplicate(one: DuplicateString, *, show_strings: bool) -> dict[str, Any]:
    record: dict[str, Any] = {
        "length": one.length,
        "is_cut": one.is_cut,
        "hash": one.digest,
        "count": one.count,
        "wasted_bytes": one.wasted_bytes,
    }
    if show_strings:
        record["text"] = one.text
    return record


def _scope(scope: Scope, locate: Locate) -> dict[str, Any]:
    return {
        "function": scope.function,
        **_placed(locate(scope.place)),
        "variables": list(scope.variables),
        "retained_bytes": scope.retained_bytes,
    }


def _object(one: BigObject, locate: Locate) -> dict[str, Any]:
    return {
        "name": one.holder.name,
        "class": one.holder.class_name,
        **_placed(locate(one.holder.near)),
        "bytes": one.size_bytes,
        "retained_bytes": one.retained_bytes,
    }


def _placed(place: Place | None) -> dict[str, Any]:
    return {
        "file": place.file if place else None,
        "line": place.line if place else None,
    }
