from __future__ import annotations

import json
from typing import Any

import pytest
from heaps import Heap

from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.schema import SnapshotSchema


def _header() -> dict[str, Any]:
    header: dict[str, Any] = json.loads(Heap().text())["snapshot"]
    return header


def test_type_codes_are_looked_up_by_name() -> None:
    header = _header()
    header["meta"]["node_types"][0] = ["native", "object"]
    header["meta"]["edge_types"][0] = ["weak", "property"]
    schema = SnapshotSchema.from_header(header)
    assert schema.node_type_code("object") == 1
    assert schema.edge_type_code("weak") == 0


def test_a_type_that_this_v8_lacks_has_no_code() -> None:
    schema = SnapshotSchema.from_header(_header())
    assert schema.node_type_code("object shape v2") == -1
    assert schema.edge_type_code("stronger") == -1


def test_counts_are_those_announced() -> None:
    header = _header()
    header["node_count"], header["edge_count"] = 7, 9
    schema = SnapshotSchema.from_header(header)
    assert (schema.node_count, schema.edge_count) == (7, 9)


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("node_fields", "self_size"),
        ("node_fields", "edge_count"),
        ("edge_fields", "name_or_index"),
        ("location_fields", "script_id"),
    ],
)
def test_a_missing_field_is_named_with_those_that_are_there(
    group: str, name: str
) -> None:
    header = _header()
    header["meta"][group].remove(name)
    with pytest.raises(SnapshotFormatError, match=f"{group} lacks '{name}'; got \\["):
        SnapshotSchema.from_header(header)


def test_a_missing_group_of_fields_is_named_with_those_that_are_there() -> None:
    header = _header()
    del header["meta"]["location_fields"]
    with pytest.raises(SnapshotFormatError, match=r"lacks 'location_fields'.*node_typ"):
        SnapshotSchema.from_header(header)


@pytest.mark.parametrize("types", [None, [], ["object"], {}])
def test_type_names_must_be_listed(types: object) -> None:
    header = _header()
    header["meta"]["edge_types"] = types
    with pytest.raises(SnapshotFormatError, match="edge_types has no list of type nam"):
        SnapshotSchema.from_header(header)


@pytest.mark.parametrize("count", [None, -1, "3", 2.0])
def test_a_count_must_be_a_natural_number(count: object) -> None:
    header = _header()
    header["node_count"] = count
    with pytest.raises(SnapshotFormatError, match=r"snapshot\.node_count is .*a count"):
        SnapshotSchema.from_header(header)


def test_a_header_is_not_quoted_at_length() -> None:
    header = _header()
    header["meta"]["node_fields"] = ["x" * 1_000_000]
    with pytest.raises(SnapshotFormatError, match="node_fields lacks") as info:
        SnapshotSchema.from_header(header)
    assert len(str(info.value)) < 500
