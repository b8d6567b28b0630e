"""The stable name of a bug: what stays when lines shift, ids change and Node.js is another.

It is built from where the holder is declared and what it is called. Left out is all that
two runs of the same bug may see differently: lines, counts, ids within names, the classes
of Node's own lists, and how much of what piles up is outside the heap.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.suspects import Suspect

__all__ = ["FINGERPRINT_LENGTH", "fingerprint_of", "hash_of", "steady_name"]

FINGERPRINT_LENGTH = 12
# Nobody starts a function there by hand: the names of such a script are another build's
# tomorrow.
_MINIFIED_COLUMN = 300
_LONGEST_MINIFIED = 2
_FAMILY = "[]"
# V8 cuts names in snapshots after as many; those of files it does not.
_LONGEST_NAME = 1024
# Ids within names, the most telling first: a UUID, a long token, hexadecimal digits, three
# digits and more, digits that no letter leads to.
_IDS = re.compile(
    r"""[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    | (?<![0-9a-z])(?=(?:[a-z_-]*[0-9]){3})(?=[0-9_-]*[a-z])[0-9a-z_-]{20,}
    | (?<![0-9a-z])(?=[a-f]*[0-9])[0-9a-f]{8,}(?![0-9a-z])
    | [0-9]{3,}
    | (?<![a-z0-9])[0-9]+
    """,
    re.VERBOSE | re.IGNORECASE,
)
# What a bundler puts between a file's name and its ending.
_BUILD = re.compile(r"(?<=[-.])(?=[A-Za-z_]*[0-9])[A-Za-z0-9_]{8}(?=\.\w+$)")


def fingerprint_of(suspect: Suspect, *, home: str, entry_home: str) -> str:
    """Hash what makes two findings the same bug.

    Args:
        suspect: The finding's suspect.
        home: The package, or the file of the app, that the holder is declared in; empty
            where it is Node's own.
        entry_home: The same for the first function, or the module, among the entries.

    Returns:
        Twelve hexadecimal digits.

    """
    return hash_of(_identity(suspect, _steady_file(home), _steady_file(entry_home)))


def hash_of(parts: Iterable[str]) -> str:
    """Hash what a bug is known by; return twelve hexadecimal digits."""
    digest = hashlib.sha256("|".join(parts).encode(errors="replace"))
    return digest.hexdigest()[:FINGERPRINT_LENGTH]


def _identity(suspect: Suspect, home: str, entry_home: str) -> tuple[str, ...]:
    holder, kind = suspect.holder, suspect.kind
    if kind is Kind.MODULE:
        # Held by whatever list of modules this version of Node.js has.
        return (kind, entry_home)
    if kind is Kind.TIMER and entry_home:
        # Whichever list of timers it is on, the app's function is what it is known by.
        return (kind, entry_home, steady_name(suspect.entry_function))
    if not home:
        name = suspect.entry if holder.is_root else steady_name(holder.name)
        return (kind, entry_home, steady_name(suspect.entry_function), name)
    names: tuple[str, ...] = (steady_name(holder.name),)
    # An AbortSignal is an EventTarget to another Node.js; the event is name enough.
    if kind is not Kind.LISTENER:
        names += (holder.class_name,)
    near = holder.near
    if near is not None and (near.column or 0) > _MINIFIED_COLUMN:
        names = (*map(_without_minified, names), suspect.entry)
    return (home, *names)


def steady_name(name: str) -> str:
    """Return a holder's name without ids, and a list of lists as a list."""
    return _IDS.sub("#", name[:_LONGEST_NAME].replace(_FAMILY, ""))


def _steady_file(file: str) -> str:
    return _IDS.sub("#", _BUILD.sub("#", file[-_LONGEST_NAME:]))


def _without_minified(name: str) -> str:
    """Leave out what a minifier has named: the variable, or the class."""
    first, dot, rest = name.partition(".")
    return ("" if len(first) <= _LONGEST_MINIFIED else first) + dot + rest
