"""What a name of a snapshot is replaced by where it may carry data, and when it is kept.

Code is kept: names of functions, classes, variables and script files, and V8's own words.
Everything else is data unless the program's code spells it out. A placeholder says what it
stands for, how long it was, and a number: the same text has the same number everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum, auto
from urllib.parse import urlsplit

from pytest_nodeleak.heap.placeholder import STRING, placeholder

__all__ = ["Disguise", "Role", "script_without_query"]


class Role(IntEnum):
    """What a name is the name of."""

    STRING = 0
    REGEXP = auto()
    NUMBER = auto()
    BIGINT = auto()
    SYMBOL = auto()
    CLASS = auto()
    FUNCTION = auto()
    CODE = auto()
    SCRIPT = auto()
    INTERNAL_NODE = auto()
    VARIABLE = auto()
    PROPERTY = auto()
    INTERNAL_EDGE = auto()
    UNKNOWN = auto()


# What V8 calls values whose content it does not write.
_CONSTANT_NAMES = {
    Role.STRING: {"(concatenated string)", "(sliced string)"},
    Role.NUMBER: {"heap number", "smi number", "number", "int32", "double"},
    Role.BIGINT: {"bigint"},
    Role.SYMBOL: {"symbol"},
}
# How V8 and Node.js call what no JavaScript object is.
_INTERNAL_NODE = re.compile(
    r"(?:system|Node|C\+\+) ?/? ?[\w :<>()*&,-]*|\([\w -]+\)|[A-Za-z_]\w* ?\w*"
)
_INTERNAL_EDGE = re.compile(
    r"(?:\d+ / )?(?:\w+(?:::\w+)*|DevTools[\w ]*|[\w ]*/ DevTools)"
)
_EPHEMERON = re.compile(
    r"(?P<index>\d+) / part of key \(.* @(?P<key>\d+)\) -> value \(.* @(?P<value>\d+)\)"
    r" pair in WeakMap \(table @(?P<table>\d+)\)",
    re.DOTALL,
)
_BUILT_IN_CLASS = re.compile(
    r"(?:Intl|WebAssembly|Temporal)\.\w+|(?:[A-Za-z-]+ ){1,3}Iterator|Iterator Helper"
    r"|system / \w+|(?:global|Object)(?: \(global\*?\))?|Generator|AsyncGenerator"
    r"|Atomics|Intl|JSON|Math|Reflect|WebAssembly"
)
# Classes of the language, and those this plugin knows a kind of leak by.
_KNOWN_CLASS = re.compile(
    r"(?:Aggregate|Eval|Range|Reference|Syntax|Type|URI)?Error|Abort(?:Controller|Signal)"
    r"|(?:Shared)?ArrayBuffer|(?:Big)?(?:Int|Uint|Float)\d+(?:Clamped)?Array|DataView|Buffer"
    r"|(?:Weak)?(?:Map|Set|Ref)|FinalizationRegistry|Array|BigInt|Boolean|Date|Number|Object"
    r"|Promise|Proxy|RegExp|String|Symbol|(?:Async)?Function|Event(?:Emitter|Target)?"
    r"|URL(?:SearchParams)?|Immediate(?:List)?|Timeout|TimersList|Listener|PromiseReaction"
    r"|Module(?:Wrap)?|SourceTextModule|LoadCache"
)
# Symbols of the language and of Node.js.
_KNOWN_SYMBOL = re.compile(r"(?:Symbol|nodejs)\.[\w.]+")
_SYMBOL_NAME = re.compile(r"<symbol (.*)>", re.DOTALL)
_ACCESSOR = re.compile(r"(get|set) (.*)", re.DOTALL)
# Words this plugin, or DevTools, knows objects by; they are code even where the function
# that mentions them has not run lately and V8 has dropped its constants.
_KNOWN_PROPERTIES = {
    "<symbol>",
    "__proto__",
    "callback",
    "events.event_target",
    "filename",
    "kEvents",
    "knownTimersById",
    "listener",
    "next",
    "nextSibling",
    "owner_symbol",
    "prev",
    "previous",
    "previousSibling",
    "timerListMap",
    "timerListQueue",
    "url",
    "_events",
    "_idleNext",
    "_idlePrev",
    "_onTimeout",
    "_repeat",
}
_NOUNS = {
    Role.STRING: STRING,
    Role.REGEXP: "regexp",
    Role.NUMBER: "number",
    Role.BIGINT: "bigint",
    Role.SYMBOL: "symbol",
    Role.CLASS: "class",
    Role.SCRIPT: "script",
    Role.INTERNAL_NODE: "internal",
    Role.VARIABLE: "variable",
    Role.INTERNAL_EDGE: "reference",
    Role.UNKNOWN: "name",
}
_EVALUATED = "evalmachine.<anonymous>"
_NOT_A_PATH = re.compile(r"(?:data|blob|javascript):", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disguise:
    """Replaces names that may carry data.

    Attributes:
        words: Names that the program's code spells out.
        heap_ids: Ids of all nodes, for names that mention some.
        keep_property_names: Whether all property names are taken for code.

    """

    words: frozenset[str]
    heap_ids: Collection[int]
    keep_property_names: bool = False

    def of(self, text: str, role: Role, *, number: int) -> str:
        """Return what a name is to be called: itself, or a placeholder.

        Args:
            text: The name.
            role: What it is the name of.
            number: Stands for the text in the placeholder.

        """
        if not text or text in _CONSTANT_NAMES.get(role, ()):
            return text
        match role:
            case Role.FUNCTION | Role.CODE:
                return text
            case Role.PROPERTY:
                return self._property(text, number)
            case Role.INTERNAL_EDGE:
                kept = self._internal_edge(text)
            case Role.SCRIPT:
                kept = script_without_query(text)
            case _:
                kept = text if self._is_kept(text, role) else ""
        return kept or placeholder(_NOUNS[role], text, number)

    def _is_kept(self, text: str, role: Role) -> bool:
        match role:
            case Role.CLASS:
                return text in self.words or _is_known_class(text)
            case Role.VARIABLE:
                return _is_identifier(text)
            case Role.INTERNAL_NODE:
                return bool(_INTERNAL_NODE.fullmatch(text))
            case _:
                return False

    def _property(self, text: str, number: int) -> str:
        if self.keep_property_names:
            return text
        symbol, accessor = _SYMBOL_NAME.fullmatch(text), _ACCESSOR.fullmatch(text)
        name = symbol[1] if symbol else accessor[2] if accessor else text
        if self._is_code(name) or self._is_code(text):
            return text
        if symbol:
            if _KNOWN_SYMBOL.fullmatch(name):
                return text
            return placeholder("symbol", name, number)
        instead = placeholder("property", name, number)
        return f"{accessor[1]} {instead}" if accessor else instead

    def _is_code(self, name: str) -> bool:
        return name in self.words or name in _KNOWN_PROPERTIES

    def _internal_edge(self, text: str) -> str:
        if _INTERNAL_EDGE.fullmatch(text):
            return text
        match = _EPHEMERON.fullmatch(text)
        if match is None:
            return ""
        # The names of key and value are within, and those of strings are their content.
        key, value, table = (
            int(match[group]) if int(match[group]) in self.heap_ids else 0
            for group in ("key", "value", "table")
        )
        return (
            f"{match['index']} / part of key (key @{key}) -> value (value @{value})"
            f" pair in WeakMap (table @{table})"
        )


def script_without_query(script: str) -> str:
    """Return a script's path or address without what may carry data; "" if it is none."""
    if _NOT_A_PATH.match(script):
        return ""
    if script.startswith("node:") or script == _EVALUATED:
        return script
    if "://" in script:
        try:
            parts = urlsplit(script)
        except ValueError:
            return ""
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path}"
    path = script.partition("?")[0]
    return path if "/" in path or "\\" in path else ""


def _is_known_class(text: str) -> bool:
    return bool(_KNOWN_CLASS.fullmatch(text) or _BUILT_IN_CLASS.fullmatch(text))


def _is_identifier(text: str) -> bool:
    name = text.replace("$", "_").removeprefix(".").removeprefix("#")
    return name.isidentifier()
