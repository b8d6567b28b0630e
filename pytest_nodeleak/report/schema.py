"""The version of everything that is written as data: fields are added, none is renamed."""

from __future__ import annotations

__all__ = ["SCHEMA"]

SCHEMA = 1
