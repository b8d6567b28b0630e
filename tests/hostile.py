"""Values of which every free text is hostile, made from their types alone.

A field that is added to a measurement tomorrow is hostile tomorrow, with nobody adding it
here; one that is not the app's to fill has to be named below.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pytest_nodeleak.artifacts import CPU_PROFILE, HEAP_SNAPSHOT
from pytest_nodeleak.endings.crash import Crash
from pytest_nodeleak.endings.exhaustion import Exhaustion
from pytest_nodeleak.endings.hang import Hang
from pytest_nodeleak.evidence.measurement import Measurement
from pytest_nodeleak.judging.broken_check import BrokenCheck
from pytest_nodeleak.judging.check import Check
from pytest_nodeleak.judging.counters import COUNTERS
from pytest_nodeleak.report.broken import broken_check
from pytest_nodeleak.report.record import check_record, session_record

__all__ = ["BENIGN", "HOSTILE", "TURNS", "hostile_session", "hostile_value"]

T = TypeVar("T")

#: So many turns take each member of the largest union.
TURNS = 11
BENIGN = "orders"
HOSTILE: Mapping[str, str] = {
    "terminal": "\x1b[2J\x1b]0;title\x07\x1b]8;;http://e.vil\x1b\\x\x9b31m\r\b\x7f",
    "broken": "\x00\udfff\ud800\ufffe\uffff\x0b\x0c\x85\ud83d",
    "bidi": "\u202egnp.exe\u2066\u200f\u2028\u2029\ufeff\u200b",
    "markup": "]]></style></script><script>alert(1)</script><img src=x onerror='a'>\"'&lt;"
    "{{7*7}}{% raw %}<!--",
    "markdown": "|a\\|b`c````d</code></summary>\n# o\n```\n</details> @all #1"
    " [x](javascript:x) ![y](//z)\n\n---",
    "commands": "x\n::error file=a::b\n  ::stop-commands::p\r\n\u2003::add-mask::e\n"
    "##[error]x ##vso[task.setvariable variable=PATH]x\n##teamcity[testFailed name='x']",
    "metrics": 'a\\"\\n}} 1 %0A::error::s,r:q\n# EOF\n# EOF\nnodeleak_run_info 7',
    "paths": "../../../../../../etc/passwd",
}
# What has names of ours, whatever the app calls its things.
_KEYS: Mapping[tuple[type, str], tuple[str, ...]] = {
    (Measurement, "rises"): tuple(one.name for one in COUNTERS),
    (Crash, "rises"): tuple(one.name for one in COUNTERS),
    (Check, "artifacts"): (HEAP_SNAPSHOT, CPU_PROFILE),
    (BrokenCheck, "artifacts"): (HEAP_SNAPSHOT, CPU_PROFILE),
}


def hostile_session(text: str, turn: int) -> dict[str, Any]:
    """Return the record of a session with a check of each sort."""
    checks = [
        {
            **check_record(one),
            "attempt": 1,
            "test": {
                "id": f"{text[:200]}#{number}",
                "outcome": "failed",
                "file": text[:200],
                "line": 3,
            },
        }
        for number, one in enumerate(_checks(text, turn))
    ]
    return session_record(
        checks, plugin="0.1.0", rootdir=Path("/srv/api"), repository=Path("/srv")
    )


def _checks(text: str, turn: int) -> Iterator[Check | BrokenCheck]:
    yield hostile_value(Check, text, turn=turn)
    yield hostile_value(BrokenCheck, text, turn=turn)
    yield broken_check(text, hostile_value(Crash, text, turn=turn), 1.5)[0]
    yield broken_check(text, hostile_value(Exhaustion, text, turn=turn), 1.5)[0]
    yield broken_check(text, hostile_value(Hang, text, turn=turn), 1.5)[0]


def hostile_value(kind: type[T], text: str, *, turn: int = 0) -> T:
    """Return a value of a type whose texts are all the same one.

    Args:
        kind: A dataclass, or a class whose constructor has annotations.
        text: What the app says, whatever it is asked.
        turn: Which of several types, or of an enumeration's members, it takes.

    """
    return typing.cast("T", _Maker(text, turn).of(kind))


class _Maker:
    def __init__(self, text: str, turn: int) -> None:
        self._text = text
        self._turn = turn
        self._plain: Mapping[type, object] = {
            str: text,
            int: 3 + turn,
            float: 1.5 + turn,
            bool: bool(turn % 2),
            date: date(2027, 6, 30),
            Path: Path("/srv") / text.replace("\x00", "").lstrip("/"),
        }

    def of(self, kind: Any) -> Any:  # noqa: ANN401  # whatever the type says
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin in {typing.Union, types.UnionType}:
            some = [one for one in arguments if one is not types.NoneType]
            return self.of(some[self._turn % len(some)])
        if origin is tuple and Ellipsis not in arguments:
            return tuple(map(self.of, arguments))
        if origin is not None and issubclass(origin, collections.abc.Mapping):
            return {self.of(arguments[0]): self.of(arguments[1])}
        if origin is not None:
            # Of several things the first is often told apart from the others.
            return tuple(self.of(arguments[0]) for _ in range(2))
        if issubclass(kind, Enum):
            return [*kind][self._turn % len(kind)]
        return self._plain[kind] if kind in self._plain else self._built(kind)

    def _built(self, kind: type) -> Any:  # noqa: ANN401
        hints = _fields(kind)
        values = {}
        for name in hints:
            values[name] = self.of(hints[name])
            if keys := _KEYS.get((kind, name)):
                (value,) = values[name].values()
                values[name] = dict.fromkeys(keys, value)
        return kind(**values)


@cache
def _fields(kind: type) -> Mapping[str, Any]:
    """Return what a class is made from, with the types."""
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return {
            one.name: hints[one.name] for one in dataclasses.fields(kind) if one.init
        }
    constructor = vars(kind)["__init__"]
    hints = typing.get_type_hints(constructor)
    return {name: hint for name, hint in hints.items() if name != "return"}
