"""Headers that are sent with every request of a sweep, and kept out of all reports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["Headers", "parse_header"]

_HEADER = re.compile(r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(?P<value>.*)")
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)\}|(?P<bare>\w+))")
# A word that is shorter is no secret, and would be found in every other line.
_SHORTEST_SECRET = 6
_MASK = "***"


def parse_header(text: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Read ``Authorization: Bearer $TOKEN``.

    Args:
        text: A name and a value; ``$NAME`` and ``${NAME}`` are filled in.
        environ: From here.

    Returns:
        The name and the value.

    Raises:
        ValueError: If it is no header, or a variable is not set; it says what is expected
            and does not show the value.

    """
    match = _HEADER.fullmatch(text.strip())
    if match is None:
        msg = "a name and a value such as 'Authorization: Bearer $TOKEN'"
        raise ValueError(msg)

    def value_of(variable: re.Match[str]) -> str:
        name = variable["braced"] or variable["bare"]
        if name not in environ:
            msg = f"possible: the environment has no {name}"
            raise ValueError(msg)
        return environ[name]

    return match["name"], _VARIABLE.sub(value_of, match["value"].strip())


@dataclass(frozen=True, slots=True)
class Headers:
    """Headers and what must not be shown of them.

    Attributes:
        values: By name.

    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def hidden_in(self, text: str) -> str:
        """Return a text without the values, whole or word by word, also in JSON."""
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, _MASK)
            text = text.replace(json.dumps(secret)[1:-1], _MASK)
        return text

    def _secrets(self) -> Iterable[str]:
        for value in self.values.values():
            for word in {value, *re.split(r"[\s;,=]+", value)}:
                if len(word) >= _SHORTEST_SECRET and word.lower() != "bearer":
                    yield word
