"""What kind of synchronous work blocks the event loop, by a stack of a CPU profile.

V8 has frames for what is written in JavaScript, Node's own modules included, and none for
its builtins: ``JSON.parse`` and a regular expression count as the function that calls
them. What they are is told by the line of that function the time was spent on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pytest_nodeleak.cdp.profiles import ProfileFrame

__all__ = [
    "COLLECTOR",
    "REGEX_CALLS",
    "SyncWork",
    "Work",
    "classify_work",
    "is_node_s",
    "loading_frames",
]

# V8's name for the collector among the functions of a profile.
COLLECTOR = "(garbage collector)"
_REGEX_FRAME = "RegExp: "
REGEX_CALLS = (
    "test",
    "exec",
    "match",
    "matchAll",
    "search",
    "replace",
    "replaceAll",
    "split",
)
_LOADERS = ("node:internal/modules/", "node:internal/vm/module")


class Work(StrEnum):
    """Kinds of work that block; the values are part of the JSON record."""

    CRYPTO = "crypto"
    COMPRESSION = "compression"
    JSON = "json"
    FILE = "file"
    PROCESS = "process"
    REGEX = "regex"
    MODULE = "module"
    GC = "gc"
    WAIT = "wait"
    NODE = "node"
    NATIVE = "native"
    JAVASCRIPT = "javascript"


_MODULES: tuple[tuple[str, Work], ...] = (
    ("node:internal/crypto/", Work.CRYPTO),
    ("node:crypto", Work.CRYPTO),
    ("node:zlib", Work.COMPRESSION),
    ("node:child_process", Work.PROCESS),
    ("node:internal/child_process", Work.PROCESS),
    ("node:fs", Work.FILE),
    ("node:internal/fs/", Work.FILE),
)
# What a reader takes for a regular expression: a literal, or a name that says so. Many
# other objects have methods called exec, match or search.
_EXPRESSION = (
    r"(?:/(?![*/])(?:\\.|[^/\\\n])+/[a-z]*|new\s+RegExp\b"
    r"|(?:[\w$]+\.)*(?:[A-Z][A-Z0-9_$]{2,}|re|rx|regexp?|pattern"
    r"|[\w$]*(?:Re|R[Ee]g[Ee]xp?|RegExp|Pattern))\b)"
)
_BUILTINS: tuple[tuple[re.Pattern[str], Work], ...] = (
    (re.compile(r"\b(?P<call>Atomics\s*\.\s*wait)\s*\("), Work.WAIT),
    (re.compile(r"\b(?P<call>JSON\s*\.\s*(?:parse|stringify))\s*\("), Work.JSON),
    (re.compile(r"(?:\.\s*|^)(?P<call>test)\s*\("), Work.REGEX),
    (re.compile(rf"{_EXPRESSION}\s*\.\s*(?P<call>exec)\s*\("), Work.REGEX),
    (
        re.compile(
            r"(?:\.\s*|^)(?P<call>match|matchAll|search|replace|replaceAll|split)"
            rf"\s*\(\s*{_EXPRESSION}"
        ),
        Work.REGEX,
    ),
)
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'\\/])//(?=\s)[^\n]*", re.DOTALL)
_WORDS = {
    Work.CRYPTO: "synchronous crypto",
    Work.COMPRESSION: "synchronous compression",
    Work.JSON: "{call} of a large payload",
    Work.FILE: "synchronous file access",
    Work.PROCESS: "waiting for a child process",
    Work.REGEX: "a regular expression",
    Work.MODULE: "loading modules",
    Work.GC: "garbage collection",
    Work.WAIT: "waiting in Atomics.wait",
    Work.NODE: "a function of Node's own",
    Work.NATIVE: "native code that V8 can not interrupt",
    Work.JAVASCRIPT: "a computation in JavaScript",
}
_WITH_CALL = {
    Work.CRYPTO,
    Work.COMPRESSION,
    Work.FILE,
    Work.PROCESS,
    Work.NODE,
}
_CURES = {
    Work.CRYPTO: (
        "use the asynchronous form{form}: it runs in libuv's threads while the loop serves"
        " others; hash large data as a stream or in a worker thread"
    ),
    Work.COMPRESSION: (
        "use the asynchronous form{form} or a stream (zlib.createGzip() in pipeline()):"
        " they run in libuv's threads"
    ),
    Work.JSON: (
        "make the payload smaller (pages, fewer fields, a limit for bodies), stream it"
        " piece by piece, or do it in a worker thread"
    ),
    Work.FILE: (
        "use fs.promises{form}, or createReadStream() for large files; what never changes"
        " is read once, before the server listens"
    ),
    Work.PROCESS: (
        "use the asynchronous form{form} and await its end, limited to a few at once"
    ),
    Work.REGEX: (
        "it backtracks: no repetition inside a repetition such as (a+)+, a bound for the"
        " length of the input, or an engine with linear time (re2)"
    ),
    Work.MODULE: (
        "load modules once, at module scope, before the server listens; require() and"
        " import() in a handler read and compile files"
    ),
    Work.GC: (
        "allocate less per request and keep less alive: stream in place of large"
        " intermediate arrays, strings and copies"
    ),
    Work.WAIT: "never wait for another thread on the main one: use Atomics.waitAsync()",
    Work.NODE: (
        "do it in smaller pieces, with setImmediate() between two of them, or in a worker"
        " thread"
    ),
    Work.NATIVE: (
        "look for calls that end in Sync (crypto, zlib, fs, child_process) and for native"
        " addons in what this route does, and use their asynchronous forms"
    ),
    Work.JAVASCRIPT: (
        "do it in pieces, with setImmediate() between two of them so that other requests"
        " get in, or in a worker thread (piscina)"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncWork:
    """What blocks.

    Attributes:
        work: Its kind.
        call: The function of Node or V8 that the code calls, e.g. ``"pbkdf2Sync"``;
            empty where there is none.

    """

    work: Work
    call: str = ""

    @property
    def words(self) -> str:
        """What it is, as part of a sentence."""
        words = _WORDS[self.work].format(call=self.call)
        return (
            f"{words} ({self.call})" if self.call and self.work in _WITH_CALL else words
        )

    @property
    def cure(self) -> str:
        """What to do."""
        name = self.call.removesuffix("Sync")
        form = f" ({name})" if name and name != self.call else ""
        return _CURES[self.work].format(form=form)


def is_node_s(frame: ProfileFrame) -> bool:
    """Tell whether a function is Node's or V8's own."""
    return not frame.url or frame.url.startswith("node:")


def loading_frames(stack: Sequence[ProfileFrame]) -> Sequence[ProfileFrame]:
    """Return a stack without what a module does that is being loaded, for who loads it."""
    loaders = [n for n, frame in enumerate(stack) if frame.url.startswith(_LOADERS)]
    if not loaders or all(map(is_node_s, stack[loaders[-1] :])):
        return stack
    return stack[loaders[-1] :]


def classify_work(stack: Sequence[ProfileFrame], code: str) -> SyncWork:
    """Tell what kind of work a stack is.

    Args:
        stack: All of it, innermost first.
        code: The line of the innermost function of the app or a package that the time
            was spent on, or the text of that function; empty if unknown.

    """
    if any(frame.url.startswith(_LOADERS) for frame in stack):
        return SyncWork(work=Work.MODULE)
    if stack and stack[0].function == COLLECTOR:
        return SyncWork(work=Work.GC)
    inner: list[ProfileFrame] = []
    for frame in stack:
        if not is_node_s(frame):
            break
        inner.append(frame)
    return _of_node(inner) if inner else _of_builtin(code)


def _of_node(inner: Sequence[ProfileFrame]) -> SyncWork:
    """Tell by the functions of Node's that the app has called, innermost first."""
    if any(frame.function.startswith(_REGEX_FRAME) for frame in inner):
        return SyncWork(work=Work.REGEX)
    for frame in reversed(inner):
        for module, work in _MODULES:
            if frame.url.startswith(module) and _is_synchronous(work, inner):
                return SyncWork(work=work, call=_call_of(inner))
    return SyncWork(work=Work.NODE, call=_call_of(inner))


def _is_synchronous(work: Work, inner: Sequence[ProfileFrame]) -> bool:
    """Tell whether it waits: a file may as well be being opened for later."""
    return work is not Work.FILE or any(one.function.endswith("Sync") for one in inner)


def _call_of(inner: Sequence[ProfileFrame]) -> str:
    """Return the function the app has called; Node's wrappers have names of their own."""
    name = inner[-1].function
    return "" if "Wrapper" in name or name.startswith("(") else name


def _of_builtin(code: str) -> SyncWork:
    """Tell by what the code calls; of several kinds nobody knows which it was."""
    bare = _COMMENT.sub(" ", code)
    found = {
        work: match["call"]
        for pattern, work in reversed(_BUILTINS)
        if (match := pattern.search(bare)) is not None
    }
    if len(found) != 1:
        return SyncWork(work=Work.JAVASCRIPT)
    ((work, call),) = found.items()
    return SyncWork(work=work, call="".join(call.split()))
