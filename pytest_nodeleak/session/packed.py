"""Records of checks as short texts: pytest keeps all reports to the end of its session.

Text and no bytes, since whoever writes reports as JSON writes every attribute of theirs.
"""

from __future__ import annotations

import binascii
import json
import zlib
from typing import Any

__all__ = ["pack", "unpack"]


def pack(text: str) -> str:
    """Return a record that is JSON text in some 40 % of its length."""
    return binascii.b2a_base64(zlib.compress(text.encode()), newline=False).decode()


def unpack(packed: str) -> dict[str, Any]:
    """Return the record that was packed."""
    record: dict[str, Any] = json.loads(zlib.decompress(binascii.a2b_base64(packed)))
    return record
