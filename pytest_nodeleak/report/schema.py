"""What is written as data: JSON objects of one version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["SCHEMA", "Record"]

SCHEMA = 1
"""The version of everything that is written: fields are added, none is renamed."""

Record = Mapping[str, Any]
"""A JSON object of the record: a session, a check, or a part of one; docs/record.md."""
