"""OpenAPI documents for tests, of as little as they take."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from pytest_nodeleak.traffic.openapi.drawing import draw
from pytest_nodeleak.traffic.openapi.operations import Operation, read_operations
from pytest_nodeleak.traffic.openapi.references import References
from pytest_nodeleak.traffic.openapi.texts import FreshText
from pytest_nodeleak.traffic.openapi.values import Value, Values

__all__ = ["document", "operation", "references_of", "rendered", "values_of"]


def references_of(content: dict[str, Any]) -> References:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "openapi.json"
        path.write_text(json.dumps(content))
        return References(path)


def document(paths: dict[str, Any], **others: object) -> dict[str, Any]:
    return {"openapi": "3.1.0", "paths": paths, **others}


def operation(content: dict[str, Any], path: str = "/a", **others: object) -> Operation:
    """Return the operation ``GET``, or ``POST`` where it has a body."""
    method = "post" if "requestBody" in content else "get"
    paths = {path: {method: {"responses": {"200": {}}, **content}}}
    [only] = read_operations(references_of(document(paths, **others)))
    return only


def values_of(schema: object, **others: object) -> list[Value]:
    """Return values of a schema, as they are drawn for a pool."""
    references = references_of({"openapi": "3.1.0", "schema": schema, **others})
    strategy = Values(references).of(references.root["schema"], "word")
    return draw(strategy, 40, "test")


def rendered(value: Value, n: int = 7) -> str:
    """Return what a text is in one request."""
    if isinstance(value, FreshText):
        return f"{value.before}{value.fresh.at(n)}{value.after}"
    assert isinstance(value, str), re.escape(repr(value))
    return value
